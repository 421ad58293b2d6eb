"""The built-in words of consent, by language. Pure data.

The table has words that SMS providers publish, and their forms in the languages of large markets. A word must be an
unlikely answer to a question in any language, because any text can come from anywhere: Spanish "seis", Hindi "band"
(closed) or Arabic "abadan" (never) are missing for this reason. Blanks separate the parts of a phrase, and commas
separate words. `keywords.compact` ignores letter case, accents and blanks, so that one form of a word is enough.
"""

from typing import Final

OPT_OUT: Final = (
    # English
    "stop, stop all, end, end all, cancel, cancel all, quit, unsubscribe, unsubscribe all, unsubscribe me, unsub, "
    "opt out, opt me out, revoke, remove, remove me, stop sms, stop messages",
    # French
    "arret, arrêter, arrête, arrêtez, stopper, annuler, désabonner, se désabonner, me désabonner, désabonnez moi, "
    "désabonnement, désinscrire, se désinscrire, me désinscrire, désinscrivez moi, désinscription, résilier, stop pub",
    # Spanish
    "alto, baja, dar de baja, darme de baja, darse de baja, parar, pare, cancelar, cancela, cancele, detener, detenga, "
    "anular, salir, desuscribir, desuscribirme, desuscribirse, desinscribir, desinscribirme, eliminar suscripción",
    # Portuguese
    "sair, parar, pare, cancelar, cancele, descadastrar, descadastre, descadastro, desinscrever, desinscrever se, "
    "desinscreva, remover, remova, cancelar inscrição",
    # German, Dutch
    "stopp, stoppen, abmelden, abmeldung, abbestellen, abbestellung, kündigen, kuendigen, austragen, "
    "afmelden, uitschrijven, opzeggen, stopzetten",
    # Italian, Romanian, Greek
    "annulla, cancella, cancellami, disiscrivi, disiscrivimi, disiscriversi, disiscrizione, "
    "dezabonare, dezabonează, dezabonați, oprește, opriți, στοπ, διαγραφή, διακοπή, ακύρωση",
    # Danish, Norwegian, Swedish, Finnish
    "afmeld, framelding, avmeld, avregistrer, avsluta, avregistrera, avanmäl, avprenumerera, lopeta, peruuta",
    # Polish, Czech, Slovak, Croatian, Serbian, Hungarian
    "rezygnuję, rezygnacja, wypisz, wypisz mnie, anuluj, zrušit, zrušiť, odhlásit, odhlásiť, odjava, odjavi, "
    "leiratkozás, leiratkozom, leiratkozni",
    # Russian, Bulgarian, Kazakh
    "стоп, отписка, отписаться, отписать, отписываюсь, отпишите, отпиши, отпишите меня, отмена, отменить, отказ, "
    "отказаться, отказываюсь, прекратить, прекратите, остановить, остановите, отписвам, тоқтату, otpiska, otpisatsya",
    # Ukrainian
    "відписка, відписатися, відписатись, відписати, відпишіть, відмова, відмовитися, відмовитись, відмовляюсь, "
    "скасувати, припинити, припиніть, зупинити, зупиніть",
    # Turkish, Azerbaijani, Uzbek
    "iptal, ret, durdur, çıkış, abonelikten çık, abonelik iptal, dayandır, ləğv et, abunəni ləğv et, imtina, "
    "bekor qilish, to'xtatish",
    # Arabic
    "إيقاف, أوقف, أوقفوا, توقف, توقفوا, قف, وقف, إلغاء, إلغاء الاشتراك, ألغ الاشتراك, الغاء اشتراكي, إنهاء, "
    "إيقاف الرسائل, ستوب",
    # Persian, Urdu, Hebrew
    "لغو, لغو اشتراک, انصراف, بند کریں, بند کرو, روکیں, روکو, ختم کریں, "
    "הסר, הסרה, להסרה, הסירו, עצור, הפסק, ביטול, סטופ",
    # Hindi, Marathi, Nepali, with their words in Latin letters
    "रोकें, रोको, रोकिए, बंद करो, बंद करें, बंद करे, बंद कीजिए, बंद कर दो, बन्द करो, बन्द करें, रद्द करें, रद्द करो, स्टॉप, स्टोप, "
    "सदस्यता समाप्त करें, थांबवा, बंद करा, रोक्नुहोस्, बन्द गर्नुहोस्, band karo, band karen, band karein, roko, rokein",
    # Bengali, Gujarati, Punjabi, Tamil, Telugu, Kannada, Malayalam, Sinhala
    "বন্ধ করুন, বন্ধ করো, স্টপ, বাতিল, বাতিল করুন, બંધ કરો, રોકો, સ્ટોપ, ਬੰਦ ਕਰੋ, ਰੋਕੋ, நிறுத்து, நிறுத்தவும், நிறுத்துங்கள், ஸ்டாப், "
    "ఆపు, ఆపండి, స్టాప్, ನಿಲ್ಲಿಸಿ, ನಿಲ್ಲಿಸು, ಸ್ಟಾಪ್, നിർത്തുക, നിർത്തൂ, സ്റ്റോപ്പ്, නවත්වන්න, නවතන්න",
    # Swahili
    "acha, acheni, simama, simamisha, sitisha, komesha, ondoa, niondoe, futa, jiondoe, jitoe, zuia, usinitumie, "
    "usitume, acha kutuma, acha kunitumia",
    # Amharic, Tigrinya, Oromo, Somali
    "አቁም, አቁሙ, አቁሚ, ይቁም, አቋርጥ, አቋርጡ, ሰርዝ, ሰርዙ, ስቶፕ, ኣቁም, ኣቋርጽ, dhaabi, dhaabaa, haqi, jooji, joojiya",
    # Hausa, Yoruba, Igbo, Zulu, Xhosa, Afrikaans, Kinyarwanda, Luganda, Malagasy
    "tsaya, dáwọ́ dúró, fagilé, kwụsị, kagbuo, yima, khansela, rhoxisa, staak, kanselleer, teken uit, "
    "hagarika, guhagarika, yimiriza, ajanony, atsaharo",
    # Chinese
    "停止, 退订, 退訂, 取消, 取消订阅, 取消訂閱, 终止, 終止, 停发, 停發, 停止发送, 停止發送, 拒收, 不再接收",
    # Japanese, Korean
    "停止する, 配信停止, 配信解除, 解除, 退会, 中止, 登録解除, 解約, ストップ, キャンセル, 購読解除, "
    "중지, 수신거부, 수신 중지, 무료수신거부, 취소, 해지, 정지, 그만, 스톱, 스탑, 구독 취소",
    # Vietnamese, Thai, Khmer, Burmese, Lao
    "hủy đăng ký, huỷ đăng ký, hủy bỏ, ngừng, ngừng gửi, หยุด, ยกเลิก, หยุดส่ง, เลิกรับ, ឈប់, បញ្ឈប់, ရပ်ပါ, ရပ်, ຢຸດ, ຍົກເລີກ",
    # Indonesian, Malay, Filipino
    "berhenti, hentikan, henti, batal, batalkan, keluar, unreg, hapus, berhenti berlangganan, tamat, itigil, tigil, "
    "ihinto, hinto, kanselahin",
    # Georgian, Armenian
    "შეწყვეტა, გაუქმება, სტოპ, შეაჩერე, ստոպ, կանգ",
)

OPT_IN: Final = (
    "start, unstop, opt in, opt me in, subscribe, resubscribe, alta, reanudar, suscribir, suscribirme, s'abonner, "
    "réabonner, abonnieren, anza, старт, подписаться, підписатися, "
    "підписатись, اشترك, शुरू करें, ጀምር, 订阅, 訂閱, 購読, 구독",
)
