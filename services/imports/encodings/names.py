"""Common names and headers of many languages. `likelihood` learns from them which letters follow each other.

Only words with letters beyond ASCII matter for languages in Latin script.
"""

from typing import Final

LATIN: Final = {
    "French": """
        José André René Hélène Amélie Zoé Chloé Noé Léa Théo Rémi Jérôme Cédric Stéphane Stéphanie Frédéric Sébastien
        Valérie Véronique Émilie Élodie Éric Étienne Édouard Gérard Hervé Cécile Céline Agnès Geneviève Michèle
        Inès Solène Thérèse Adèle Gaëlle Joël Noël Raphaël Mickaël Maël Anaïs Loïc Benoît François Françoise
        Grégoire Aurélie Aurélien Béatrice Bénédicte Bérénice Clémence Clément Désiré Dieudonné Aimé Barthélémy
        Lefèvre Lefebvre Côté Gagné Bélanger Lévesque Poirier Fréchette Béchard Crépeau Dubé Forêt
        Hébert Legaré Ménard Péron Prévost Rhéaume Sénécal Théberge Vézina Châtelain Gaudréau Brûlé
        Koné Traoré Touré Kéïta Diarrassouba Coulibaly Ouédraogo Kaboré Sanogo Cissé Koffi Yéo N'Guessan Béré Gbagbo
        Bédié Diomandé Kouamé Zadi Gnamké Téléphone Prénom Numéro Société Désabonné Libellé Catégorie Adresse
        Privé Téléphone Créé Modifié l'Hôpital Côte d'Ivoire Sénégal Bénin Cameroun Réunion Générale Mère Père Frère
        Élève Été Forêt Château Hôtel Café Église Île-de-France Orléans Nîmes Besançon Saint-Étienne Béziers""",
    "Spanish": """
        José María Jesús Ángel Álvaro Andrés Adrián Agustín Joaquín Martín Germán Fabián Julián Damián Sebastián Iván
        Tomás Nicolás Matías Elías Óscar Héctor Víctor César Raúl Rubén Simón Ramón Inés Lucía Sofía Rocío Mónica
        Verónica Beatríz Concepción Asunción Ascensión Belén Begoña Íñigo Iñaki Núñez Muñoz Peña Ibáñez Yáñez Ordóñez
        Castañeda Cañete Acuña Zúñiga Montaño Saldaña Zuñiga Quiñones Avendaño Treviño García Fernández González
        Rodríguez López Martínez Sánchez Pérez Gómez Hernández Jiménez Díaz Álvarez Domínguez Vázquez Gutiérrez
        Ramírez Suárez Méndez Benítez Giménez Márquez Velázquez Vásquez Estévez Cortés Marín Galán Durán Roldán
        Guzmán Alarcón Calderón Beltrán Rincón Cáceres Ávila Ríos Mejía Valdés Solís Mª José Mª Ángeles Teléfono
        Móvil Número Dirección Categoría Compañía Correo electrónico Año España México Perú Panamá Bogotá Medellín
        Málaga Cádiz Córdoba León Ñáñez Agüero Güell Argüelles Sigüenza Iguazú Tucumán Asunción Yucatán señor niño""",
    "Portuguese": """
        João José Antônio António Inês Conceição Assunção Gonçalves Gonçalo Fátima Fabrício Patrícia Letícia Vinícius
        Márcio Mário Flávio Flávia Cláudio Cláudia Sérgio Rogério Júlio Júlia Lúcia Luís Luísa Mônica Vânia Tânia Sônia
        Antônia Estêvão Simão Sebastião Adão Romão Galvão Brandão Leitão Falcão Cristóvão Magalhães Guimarães Simões
        Lourenço Mendonça Assunção França Araújo Gusmão Estêves Mateus Conceição Nóbrega Sá Trindade Proença
        Valença Bragança Lêda Zélia Célia Cecília Amélia Camões Fernão Ângela Ângelo Álvaro Áurea Érica Ícaro Íris
        Telefone Telemóvel Número Endereço Observação Observações Último Próprio Língua Região São Paulo Goiânia
        Brasília Ceará Pará Paraná Maranhão Piauí Luanda Huíla Benguela Câmara Conceição coração irmão mãe avó avô
        Nhamússua Macuácua Tomé Príncipe Guiné Moçambique Açores Évora Óbidos Setúbal Covilhã Leça Müller""",
    "German": """
        Jürgen Jörg Günter Günther Björn Sören Käthe Bärbel Hänsel Gökhan Müller Schröder Krüger Köhler König Möller
        Jäger Schäfer Bäcker Böhm Lühr Böttcher Schütz Schütte Schönfeld Größe Groß Weiß Voß Heß Preuß Strauß Fuß
        Häußler Bräuer Kühn Hübner Förster Köster Schröter Döring Löffler Löwe Röder Vögel Wölfel Zöllner Günzel
        Büttner Würz Grünwald Grüber Fröhlich Höfer Hölzel Höhne Kästner Krämer Mäder Näf Zürcher Bühler Lüthi
        Müßig Straße Übel Äpfel Öttinger Österreich Zürich München Köln Düsseldorf Nürnberg Lübeck Würzburg Telefon
        Persönlich Geschäftlich Rückruf für über Grüße Öffnung Büro Ärztin Schüler Lehrkräfte Gäste Mitglied
        Jörgen Ümit Özdemir Gülsen""",
    "Swedish, Finnish": """
        Åsa Åke Ågren Åberg Åkesson Björn Göran Jörgen Sören Gösta Håkan Mårten Pär Pål Märta Kåre Östen Örjan
        Öberg Öhman Österberg Ängström Sjöberg Lindström Bergström Nyström Engström Hallström Söderberg Söderström
        Sjögren Åström Björk Björklund Blomqvist Nordström Löfgren Löfberg Lövgren Högberg Hägg Häggström Fälth
        Dahlström Bäck Bäckström Ström Strömberg Grönlund Grönberg Lindén Norén Hedén Nordén Wallén
        Mäkinen Nieminen Mäkelä Hämäläinen Heikkilä Järvinen Kärkkäinen Väisänen Lähteenmäki Päivi Päivikki Jyrki
        Yrjö Töyrylä Hyvönen Ylönen Mönkkönen Sinikka Väinö Äijälä Ärölä Malmö Göteborg Västerås Örebro Jönköping
        Telefonnummer Förnamn Efternamn För Företag Anmärkning Sähköposti Etunimi Yhtiö""",
    "Danish, Norwegian, Icelandic": """
        Søren Jørgen Bjørn Bjørg Tøger Gørild Åge Ågot Pål Pål Kåre Håkon Håvard Børge Øyvind Øystein Ørjan Øivind
        Kjær Kjærgaard Næss Sæther Bærum Hæge Åse Aase Ærø Nørgaard Sørensen Jørgensen Bjørnson Østergaard Møller
        Højgaard Skjødt Brøgger Lønning Løkke Bødker Ødegård Øverland Grønland Strøm Nygård Tromsø Århus
        København Fødselsdag Telefonnummer Fornavn Køn Sørlie Mørk Dæhlie Bjørndalen Bråten Hågen Rønning Bøe Lærke
        Jón Þór Þóra Sigurður Guðrún Ásgeir Ásta Ólafur Óskar Sæmundur Björk Guðmundsdóttir Jónsdóttir Þórarinn
        Sigríður Hörður Davíð Ægir Örn Ýmir Snæbjörn Hjálmar Kristín Katrín Símon Jákup Rógvi Reykjavík Sími""",
    "Italian, Dutch, English": """
        Nicolò Niccolò Noè Mosè Zoë Chloë Loïs Daniël Raphaël Michaël Noëlle Renée Desirée André België Coördinator
        Brontë Seán Siobhán Róisín Ciarán Pádraig Máire Niamh Órla Éamon Sinéad Caoimhín Ó Súilleabháin Tomás Dónal
        Città Università Lunedì Papà Società Forlì Cantù Dalò Però Señor Café Beyoncé """,
    "Vietnamese, Filipino, African": """
        Peña Niño Dueñas Cañada Mañalac Ibañez Zoé Désiré Aïssatou Aïcha Fatoumata Mariétou Ndèye Ndeye Thérèse
        Sékou Amadé Moïse Isaïe Élie Ézéchiel Zénaïde Yaoundé Lomé N'Djaména Kévin Brésil Nadège Fréjus""",
    "Polish": """
        Łukasz Paweł Michał Rafał Bartłomiej Stanisław Władysław Bolesław Mirosław Zdzisław Wiesław Jarosław Bogusław
        Małgorzata Elżbieta Grażyna Bożena Żaneta Jędrzej Błażej Józef Żak Żuk Żurek Żebrowski Zając Wójcik Kowalczyk
        Woźniak Dąbrowski Kozłowski Jabłoński Król Wróbel Wróblewski Pawłowski Michałowski Łuczak Łapiński Łukaszewski
        Kaczyński Zieliński Wiśniewski Lewandowska Szymański Kamiński Piotrowski Grabowska Kołodziej Górski Górecki
        Gąsiorowski Sikorska Bąk Głowacki Gołębiewski Śliwa Świątek Śmigły Ścibor Źródło Ćwik Mączyński Mięsień
        Księżyc Wałęsa Gajewski Przybył Błaszczyk Kępa Sęk Dębski Ziółkowski Ostrów Łódź Kraków Gdańsk Poznań Wrocław
        Toruń Rzeszów Częstochowa Imię Nazwisko Telefon komórkowy Ulica Województwo Zgłoszenie""",
    "Czech, Slovak": """
        Jiří Jiřina Jaroslav Václav Zdeněk Zdeňka Luboš Lubomír Miloš Tomáš Lukáš Ondřej Matěj Alžběta Anežka Růžena
        Božena Květa Věra Kateřina Markéta Tereza Eliška Žaneta Šárka Štěpán Štefan Řehoř Čeněk Ľubomír Ľudovít Ľuboš
        Dvořák Dvořáková Novák Nováková Svobodová Novotný Černý Černá Procházka Procházková Kučera Veselý Horák Němec
        Pokorný Marešová Hájek Jelínek Král Růžička Beneš Fiala Sedláček Doležal Zeman Kolář Navrátil Čermák Vaněk
        Urban Blažek Kříž Kovář Kratochvíl Bartoš Vlček Polák Musil Kopecký Šimek Konečný Malý Holub Čech Staněk
        Kadlec Štěpánek Dostál Soukup Šťastný Mareš Moravec Sýkora Tichý Vávra Matoušek Bláha Kříž Ševčík Žák
        Kováč Horváth Varga Tóth Nagy Baláž Molnár Lukáč Ďurica Ťažký Hruška Krajčír Sloboda Jozef Ján Matúš Kováčová
        Příjmení Jméno Město Poznámka Telefón Mobilný Děčín Plzeň Brno Ústí Košice Žilina Trenčín Bořivoj
        Přemysl Dobříš Hřebejk Kouřil Řezníček Tůma Hanuš""",
    "Hungarian": """
        László István József János Zoltán Sándor Gábor Péter Tamás András György Lajos Miklós Mihály Béla Gyula Árpád
        Ákos Ádám Dániel Dávid Gergő Gergely Győző Zsófia Éva Mária Márta Ágnes Erzsébet Katalin Réka Dóra Eszter Ödön
        Örs Őszi Ottó Jenő Dezső Ernő Rezső Szűcs Tőkés Erdős Kőrösi Fehér Szabó Kovács Tóth Horváth Kiss Molnár Németh
        Balogh Takács Juhász Lakatos Mészáros Oláh Rácz Simon Fekete Szilágyi Török Gál Pintér Szalai Sipos Lukács
        Gulyás Bíró Király László Katona Jakab Bogdán Balázs Bodnár Sárközi Kelemen Somogyi Hegedűs Vörös Kőműves
        Győr Pécs Székesfehérvár Telefonszám Név Keresztnév Vezetéknév Cím Megjegyzés Ügyfél Ünnepi Lőrinc""",
    "Romanian, South Slavic": """
        Ştefan Ștefan Ţiriac Ionuţ Ionuț Cătălin Cătălina Mădălina Răzvan Bogdănescu Brâncuşi Brâncuși Vlăduţ Anişoara
        Nicoleta Mureşan Mureșan Constanţa Constanța Iaşi Iași Bucureşti Târgu Câmpulung Sfântu Română Oraş Prenume
        Băsescu Ceauşescu Ioniţă Niţă Tănase Dănuţ Gînju Păun Ţărnă Lăpuşneanu Hălăucă Înăscut Ţepeş
        Đorđe Đurđa Đoković Đukić Anđela Anđelko Miloš Saša Siniša Nataša Draško Željko Živko Žarko Božo Šime Šimun
        Ćiro Petrović Jovanović Nikolić Marković Đorđević Stojanović Ilić Stanković Pavlović Milošević Kovačević
        Horvat Knežević Babić Perić Radić Filipović Matić Tomić Božić Grgić Lovrić Šarić Vuković Župan Čović Čačić
        Krešimir Branimir Domagoj Tomislav Zvonimir Dražen Goranović Boštjan Žiga Urša Zupančič Kovačič Potočnik
        Golob Kralj Mlakar Hribar Krajnc Oblak Bijelić Janežič Šuštar Prezime Mobilni Bilješka""",
    "Turkish": """
        Ayşe Yılmaz Çağrı Çağlar Oğuz Oğuzhan Doğan Erdoğan Tuğba Tuğçe Buğra Özgür Özge Özlem Gökhan Gülşen Gülay
        Şule Şebnem Şükrü Hüseyin İbrahim İsmail İrem Işıl Işık Yıldız Yıldırım Kılıç Çelik Şahin Öztürk Aydın Özdemir
        Arslan Doğru Kaya Kılınç Çetin Kara Koç Kurt Özkan Şimşek Polat Korkmaz Özcan Güneş Güler Çakır Tekin Aslan
        Yalçın Taş Keskin Ünal Aktaş Bulut Avcı Erdem Coşkun Uçar Ateş Acar Bozkurt Duman Demirtaş Köse Sarı Tunç
        Çiftçi Karataş Gündoğdu Topçu Balcı Kaplanoğlu Müdüroğlu Soyadı Adı Müşteri Şirket İstanbul İzmir Eskişehir
        Muğla Diyarbakır Elâzığ Şanlıurfa Ağrı Iğdır Çanakkale Sakıp Nazım Fatih """,
    "Baltic": """
        Jānis Pēteris Andris Māris Ģirts Ēriks Līga Ilze Zaiga Bērziņš Kalniņš Ozoliņš Krūmiņš Liepiņa Zariņš Šķēle
        Vējonis Ķēniņš Ņikita Ļubova Žanis Čakste Rīga Jēkabpils Vārds Uzvārds Tālrunis Jonas Jonaitis Žemaitė Šarūnas
        Žydrūnas Rūta Jūratė Eglė Aušra Gražina Petrauskienė Kazlauskienė Jankauskas Žukauskas Butkutė Stankevičius
        Paulauskienė Rimšė Daukša Čepas Įmonė Pavardė Vardas Ąžuolas Ėglis Ųžas Kęstutis Sergejėvas Lāčplēsis
        Õnne Küllike Jõgi Mägi Tõnis Põder Pärn Sõber Käsper Rätsep Kõiv Ülo Öö""",
}

CYRILLIC: Final = """
    Александр Сергей Владимир Дмитрий Алексей Андрей Иван Михаил Николай Евгений Максим Юрий Виктор Павел Анатолий
    Олег Игорь Константин Денис Роман Антон Илья Кирилл Вячеслав Валерий Василий Пётр Фёдор Семён Артём Лев Эдуард Яков
    Анна Елена Ольга Наталья Ирина Татьяна Мария Екатерина Светлана Людмила Марина Галина Юлия Анастасия Надежда Оксана
    Алина Дарья Вера Любовь Полина Ксения Ёлкина Жанна Зинаида Раиса Тамара Эльвира Щербакова
    Иванов Смирнов Кузнецов Попов Васильев Петров Соколов Михайлов Новиков Фёдоров Морозов Волков Алексеев Лебедев
    Семёнов Егоров Павлов Козлов Степанов Николаев Орлов Андреев Макаров Никитин Захаров Зайцев Соловьёв Борисов Яковлев
    Григорьев Романов Воробьёв Сергеев Кузьмин Фролов Александров Дмитриев Королёв Гусев Киселёв Ильин Максимов Поляков
    Сорокин Виноградов Ковалёв Белов Медведев Антонов Тарасов Жуков Баранов Филиппов Комаров Давыдов Беляев Герасимов
    Богданов Осипов Сидоров Матвеев Титов Марков Миронов Крылов Куликов Карпов Власов Мельников Денисов Гаврилов Тихонов
    Казаков Афанасьев Данилов Савельев Тимофеев Фомин Чернов Абрамов Мартынов Ефимов Федотов Щербаков Назаров Калинин
    Исаев Чернышёв Быков Маслов Родионов Коновалов Лазарев Воронин Климов Филатов Пономарёв Голубев Кудрявцев Прохоров
    Цветкова Шевченко Бондаренко Коваленко Олексій Сергій Андрій Юрій Дмитро Микола Михайло Володимир Ірина Наталія
    Оксана Тетяна Юлія Вікторія Ганна Єва Їжакевич Ґалаґан Ткаченко Кравченко Олійник Шевчук Поліщук Бойко Мельник
    Кириленко Яковенко Петренко Гриценко Георги Иванова Димитров Петрова Христо Стоян Ангелова Желязков Ђорђе Љубица
    Његош Ћирић Јовановић Николић Милош Џемал Аляксандр Ўладзімір Имя Фамилия Отчество Телефон Мобильный Номер Почта
    Город Адрес Компания Организация Примечание Комментарий Группа Москва Санкт-Петербург Новосибирск Київ Харків
    Ім'я Прізвище Име Фамилно Клиент Дата рождения Мобилен да нет"""

GREEK: Final = """
    Γιώργος Γεώργιος Ιωάννης Γιάννης Δημήτρης Δημήτριος Νίκος Νικόλαος Κώστας Κωνσταντίνος Παναγιώτης Βασίλης Χρήστος
    Αθανάσιος Μιχάλης Ευάγγελος Σπύρος Αντώνης Ανδρέας Θεόδωρος Ηλίας Στέφανος Μαρία Ελένη Αικατερίνη Κατερίνα Βασιλική
    Σοφία Αγγελική Γεωργία Δήμητρα Ιωάννα Άννα Παναγιώτα Ευαγγελία Χρυσούλα Ζωή Φωτεινή Ειρήνη Όλγα Παπαδόπουλος
    Παπαδοπούλου Παππάς Καραγιάννης Βλάχος Ιωαννίδης Οικονόμου Παπαγεωργίου Μακρής Κωνσταντινίδης Δημόπουλος Γεωργίου
    Ψαράς Ξένος Όνομα Επώνυμο Τηλέφωνο Κινητό Αθήνα Θεσσαλονίκη"""

CHINESE: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛"
    "闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华建国文玉红春梅桂玲婷雪琳晶慧莉萍鹏辉飞宇浩轩子涵梓欣怡佳"
    "嘉诗雨思颖晓东海波斌峰志新永生德庆荣贵福祥安康宁志宏立成俊博天一家豪少云瑞雅美凤珍珠莲素月香爱琴淑贞清彩莎丹燕倩洁青松柏茂林森义仁信礼智光正良才世宗元"
    "姓名电话手机号码地址邮箱公司备注标签客户性别年龄城市部门联系人男女先生小姐老师北京上海广州深圳省市区县"
    "張劉陳楊黃趙吳孫馬鄭謝羅許韓馮鄧曾蔣蔡葉蘇盧鍾譚陸賴莊簡偉麗強軍靜傑豪雅婷怡君淑芬美惠志明俊宏建家慶榮貴電話號碼備註聯絡稱臺灣台北"
)
JAPANESE: Final = (
    "佐藤鈴木高橋田中伊渡辺山本村小林加吉口松井上清水森阿部池下石川前岡長谷後近坂遠青野金太郎一二三子美恵和裕真由優花愛香奈菜結衣陽翔大輔健翼拓也直樹浩之誠"
    "隆正明幸洋平雄夫男久博英樹信義勝弘昭康秀典勇剛光進豊茂実稔修治司聡哲智仁宏純介祐悠斗蓮颯湊樹央介能千代紀雪桜彩葵咲莉乃葉月夏海空里佳沙織麻友知理絵梨"
    "原島崎福西東南北内宮新古谷丸今関柴馬場倉江尾沢安久保氏名電話番号携帯住所会社備考姓性別年齢東京都大阪府京市区町県様"
)
KOREAN: Final = (
    "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민류나진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용"
    "민준서연지우현도윤하은주원시예수아진영호성재훈경희미숙순자정철동상혁승태규빈찬건율채린나라별솔봄혜선은정화란옥분남춘복광식길만석환범섭근배종창덕열관웅의엽"
    "름번전화휴대폰대표회사메모주소업체고객담당자님연락처성함비고씨서울부산대구인천광주대전울산"
)
ARABIC: Final = """
    محمد أحمد علي حسن حسين عبد الله عبدالله عبد الرحمن خالد سعيد سالم يوسف إبراهيم إسماعيل عمر عثمان مصطفى محمود سلطان
    فاطمة عائشة مريم خديجة زينب نورة سارة ليلى هدى أمل منى سلمى رنا ريم آمنة الزهراء القحطاني الشمري العتيبي الغامدي
    الحربي السيد المصري العلي الأحمد الحسن رؤى وائل لؤي ضياء ظافر غادة ثامر شيماء جمال طارق صالح فيصل قاسم كريم بدر
    الاسم الهاتف رقم الجوال البريد الإلكتروني العنوان المدينة الشركة ملاحظات اسم العائلة المجموعة مها فؤاد هند ياسمين"""
HEBREW: Final = """
    יוסף משה דוד אברהם יעקב יצחק שרה רחל לאה רבקה מרים חנה אסתר כהן לוי מזרחי פרץ ביטון דהן אברהמי פרידמן שלום גולן
    מיכאל דניאל נועם איתי עומר תמר נועה מאיה שם טלפון נייד כתובת עיר הערות חברה משפחה פרטי צבי זאב אפרים ירושלים
    קץ סוף"""
THAI: Final = """
    สมชาย สมหญิง สมศักดิ์ ประเสริฐ วิชัย สุรชัย อนุชา นภา กาญจนา พรทิพย์ รัตนา ชื่อ นามสกุล โทรศัพท์ มือถือ ที่อยู่ บริษัท
    สุวรรณ แก้ว ทองดี ศรีสุข ใจดี ณัฐ ธนพล ปิยะ วรรณา มาลี บุญมี อรุณ เพชร จันทร์ ภูมิ ฉัตร"""
