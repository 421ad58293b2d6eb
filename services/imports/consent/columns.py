"""Recognizes columns of consent by their headers, in the languages of the import and of large markets.

A column is taken if its header can only mean consent to text messages, or consent in general. A column about e-mail,
calls or another channel is not, but the import tells about it.
"""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from typing import Final


class Sense(StrEnum):
    """The meaning of the cells of a column.

    - OPT_OUT: yes, or a date, means that the person opted out.
    - CONSENT: no means that the person opted out.
    - STATEMENT: only cells that say it themselves count, such as "Unsubscribed".
    """

    OPT_OUT = "OPT_OUT"
    CONSENT = "CONSENT"
    STATEMENT = "STATEMENT"


def key(header: str) -> str:
    """Returns a header without case, accents, spaces and punctuation."""
    plain = unicodedata.normalize("NFKD", header).casefold()
    return "".join(character for character in plain if character.isalnum())


def _alternatives(words: str) -> str:
    keys = sorted({key(word) for word in words.split(",")}, key=len, reverse=True)
    return "(?:" + "|".join(keys) + ")"


_SMS: Final = _alternatives(
    "sms, mms, text, texts, texted, texting, text message, text messages, text messaging, mobile, cell"
)
_AROUND: Final = _alternatives(
    "message, messages, messaging, contact, contacts, customer, subscriber, user, member, recipient, person, number, "
    "marketing, campaign, campaigns, promotional, promotions, promo, communication, communications, notifications, "
    "be, is, has, have, of, from, to, for, the, all, and, email and, flag, date, time, timestamp, at, on, yes no, yn, "
    "global, globally, general, list, current, par, por, de, del, du, des, la, el, le, a, da, do, fecha, "
    "data, datum, "
    "дата, на, от, est, esta, ist, ya, wa, tarehe"
)
_OUT: Final = _alternatives(
    # English
    "opt out, opts out, opted out, opting out, opt outs, unsubscribe, unsubscribed, unsubscribes, unsubscription, "
    "unsub, unsubs, blacklist, blacklisted, blocklist, blocklisted, dnc, dnt, do not contact, do not text, "
    "do not sms, "
    "do not message, do not send, dont contact, dont text, dont sms, dont message, no sms, no texts, "
    "stop sms, opt out status, "
    "unsubscribe status, unsubscribed status, suppressed, sms suppressed, consent revoked, consent withdrawn, "
    # French, Spanish, Portuguese, Italian
    "désabonné, désabonnée, désabonnés, désabonnement, désinscrit, désinscrite, désinscription, stop sms, refus sms, "
    "ne pas contacter, ne plus contacter, liste noire, dado de baja, de baja, baja sms, fecha de baja, fecha baja, "
    "desuscrito, desuscripto, no contactar, no enviar sms, lista negra, descadastrado, descadastrada, descadastro, "
    "desinscrito, não contatar, não contactar, não enviar sms, disiscritto, disiscrizione, non contattare, "
    # German, Dutch, Polish
    "abgemeldet, abmeldung, abgemeldet am, nicht kontaktieren, keine sms, werbesperre, uitgeschreven, afgemeld, "
    "niet contacteren, wypisany, rezygnacja, nie kontaktować, "
    # Swahili, Turkish, Indonesian, Vietnamese
    "amejitoa, amejiondoa, amesitisha, asitumiwe sms, usitume sms, abonelikten çıktı, abonelik iptali, sms ret, "
    "berhenti berlangganan, hủy đăng ký, "
    # Russian, Ukrainian
    "отписан, отписана, отписался, отписалась, отписка, отказ от рассылки, отказ от sms, отказ от смс, не писать, "
    "не беспокоить, черный список, чёрный список, відписаний, відписався, відписалася, відписка, "
    "відмова від розсилки, "
    "відмова від sms, не турбувати, чорний список, "
    # Arabic, Hindi, Amharic, Chinese, Japanese, Korean
    "إلغاء الاشتراك, ألغى الاشتراك, ملغي الاشتراك, عدم الاتصال, القائمة السوداء, सदस्यता समाप्त, संपर्क न करें, "
    "退订, 已退订, 退訂, 已退訂, 拒收, 拒收短信, 黑名单, 黑名單, 配信停止, 配信拒否, 受信拒否, 수신거부, 수신 거부"
)
_CONSENT: Final = _alternatives(
    "consent, consents, consented, consent given, consent status, opt in, opts in, opted in, opt in status, optin, "
    "permission, permissions, accepts, accepts marketing, accept, accepted, allow, allows, allowed, agree, agrees, "
    "agreed, receive, receives, agreed to receive, agrees to receive, autorisation, wants, ok to, subscribed, "
    "subscribe, consentement, consentement marketing, accepte, "
    "abonné, inscrit, consentimiento, acepta, suscrito, consentimento, aceita, inscrito, einwilligung, zustimmung, "
    "consenso, toestemming, zgoda, согласие, згода, ridhaa, idhini, onay, izin"
)
_STATEMENT: Final = _alternatives(
    "subscription, subscription status, subscription state, subscriber status, subscribed, subscribed status, "
    "consent, consent status, "
    "opt in status, opt in, opted in, opt status, statut d'abonnement, statut abonnement, estado de suscripción, "
    "estado suscripción, estado da inscrição, status da inscrição, status da assinatura, abonnement status, "
    "статус подписки, статус підписки, حالة الاشتراك, 订阅状态, 訂閱狀態, 購読状況, 구독 상태"
)
_SMS_STATEMENT: Final = _alternatives("status, state, subscription, subscription status, marketing status")
_OTHER_CHANNEL: Final = re.compile(
    "e?mail|newsletter|courriel|correo|correio|barua|fax|postal|directmail|push|calls?(?!ed)|voice|whatsapp|viber|"
    "telegram|messenger|facebook|browser|почт|пошт"
)
_ABOUT_SMS: Final = re.compile("sms|mms|text|mobile|смс")
_E_MAILS_OF_MAILCHIMP: Final = frozenset({"unsubtime", "optintime", "optinip", "confirmtime"})

_OF_FIELD_NAMES: Final = re.compile(r"^hs_|__c$")
"""What HubSpot and Salesforce add to the internal names of fields."""

_OUT_HEADER: Final = re.compile(f"(?:{_SMS}|{_AROUND})*{_OUT}(?:{_SMS}|{_AROUND})*")
_CONSENT_HEADER: Final = re.compile(
    f"(?:{_AROUND})*(?:{_SMS}(?:{_SMS}|{_AROUND})*{_CONSENT}|{_CONSENT}(?:{_AROUND})*{_SMS})(?:{_SMS}|{_AROUND})*"
)
_STATEMENT_HEADER: Final = re.compile(
    f"(?:{_AROUND})*(?:(?:{_SMS})*{_STATEMENT}|{_SMS}(?:{_AROUND})*{_SMS_STATEMENT})(?:{_SMS}|{_AROUND})*"
)

_WORD: Final = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])|[^\W\d_]")
_LOOKS: Final = re.compile(
    "opt(?:s|ed|ing)?$|opt(?:s|ed|ing)?(?:in|out)|unsub|subscri|subscrip|suscri|souscri|consent|consens|permission|"
    "stop(?!w)|block(?:ed|list)|dnc|dnd|blacklist|suppress|revok|status|statut|estado|unsubscri|desabon|desinscri|"
    "descadastr|abmeld|abgemeld|einwillig|zustimm|"
    "accepts|отпис|подпис|відпис|підпис|согласи|згод|статус|退订|退訂|订阅|拒收|수신"
)
_LOOKS_ANYWHERE: Final = re.compile(
    "optedout|optout|optedin|optin(?!g)|unsubscri|subscription|blacklist|blocklist|"
    "donot(?:contact|text|call|mail|email|sms|disturb)|notexts|consent|permission(?!s?level)|اشتراك|सदस्यता|退订|退訂|拒收|수신거부"
)


@lru_cache(maxsize=4096)
def sense_of(header: str) -> Sense | None:
    """Returns the sense of a column that can only be about consent to text messages or in general; None otherwise."""
    name = key(_OF_FIELD_NAMES.sub("", header.strip()))
    if not name or name in _E_MAILS_OF_MAILCHIMP:
        return None
    if _OTHER_CHANNEL.search(name) and not _ABOUT_SMS.search(name):
        return None
    if _OUT_HEADER.fullmatch(name):
        return Sense.OPT_OUT
    if _CONSENT_HEADER.fullmatch(name):
        return Sense.CONSENT
    return Sense.STATEMENT if _STATEMENT_HEADER.fullmatch(name) else None


def looks_like_consent(header: str) -> bool:
    """Returns whether a header could be about consent. The import warns if it leaves such a column out."""
    words = (key(word) for word in _WORD.findall(unicodedata.normalize("NFC", header)))
    return any(_LOOKS.match(word) for word in words) or _LOOKS_ANYWHERE.search(key(header)) is not None
