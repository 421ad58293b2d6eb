"""Names for the generated contacts by region, with the prefixes of the region's mobile numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Region:
    """`prefixes` are the fixed digits in E.164, without the plus. `free` random digits follow."""

    code: str
    weight: int
    prefixes: tuple[str, ...]
    free: int
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


REGIONS = (
    Region(
        "KE",
        34,
        ("254712", "254722", "254733", "254701", "254740", "254757", "254110", "254768"),
        6,
        _words(
            "Wanjiru Kamau Achieng Otieno Mercy Brian Faith Kevin Grace Dennis Njeri Mwangi Joyce Peter Esther John"
        ),
        _words("Njoroge Odhiambo Kiprop Mutua Wambui Kariuki Omondi Chebet Maina Nyambura Kimani Auma Barasa Ndungu"),
    ),
    Region(
        "NG",
        24,
        ("234803", "234806", "234813", "234703", "234706", "234802", "234805", "234815"),
        7,
        _words("Chinedu Ngozi Emeka Adaeze Tunde Yetunde Ibrahim Aisha Segun Funke Uche Blessing Musa Amina Kelechi"),
        _words("Okafor Adeyemi Balogun Eze Nwosu Bello Okonkwo Abubakar Ogunleye Danjuma Obi Lawal Udeh Olawale"),
    ),
    Region(
        "ZA",
        12,
        ("2782", "2783", "2772", "2773", "2784", "2776"),
        7,
        _words("Thabo Lerato Sipho Nomsa Pieter Annika Johan Zanele Bongani Naledi Kagiso Precious Riaan Ayanda"),
        _words("Nkosi Dlamini Botha Naidoo Mokoena Van-Wyk Khumalo Pillay Mabaso Venter Sithole Zulu Jacobs Molefe"),
    ),
    Region(
        "GH",
        9,
        ("23324", "23354", "23355", "23320", "23350", "23326"),
        7,
        _words("Kwame Ama Kofi Abena Yaw Akosua Kojo Efua Kwabena Adwoa Nana Esi Fiifi Araba"),
        _words("Mensah Owusu Boateng Asante Appiah Osei Agyeman Amoah Ofori Addo Quaye Tetteh Darko Frimpong"),
    ),
    Region(
        "TZ",
        8,
        ("255754", "255715", "255784", "255621", "255655", "255767"),
        6,
        _words("Juma Neema Baraka Rehema Hamisi Zawadi Salim Upendo Rashidi Mwajuma Elia Tatu Hassan Furaha"),
        _words("Mwakyusa Komba Massawe Mushi Lyimo Shayo Kessy Mollel Nyerere Swai Temba Urassa Macha Mbwana"),
    ),
    Region(
        "MX",
        8,
        ("5255", "5233", "5281"),
        8,
        _words("José María Juan Guadalupe Luis Fernanda Carlos Alejandra Jesús Verónica Miguel Sofía Ángel Ximena"),
        _words("Hernández García Martínez López González Pérez Rodríguez Sánchez Ramírez Cruz Flores Gómez Núñez"),
    ),
    Region(
        "US",
        5,
        ("141555", "121273", "131264", "171322"),
        5,
        _words("James Mary Robert Patricia Michael Jennifer David Linda William Susan Casey Jamie Taylor Jordan"),
        _words("Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Thomas Moore Jackson Martin Lee"),
    ),
)

COMPANIES = tuple(
    f"{first} {second}"
    for first in _words("Savanna Baobab Rift Nile Lagoon Sunrise Acacia Harbour Cedar Kilima Azteca Union")
    for second in _words("Foods Logistics Motors Textiles Clinics Traders Energy Farms Media Schools")
)
MAIL_HOSTS = ("gmail.com", "yahoo.com", "outlook.com", "safari-mail.co.ke", "naija-post.ng", "correo.mx")
TAGS = _words(
    "vip lead customer prospect newsletter event-2024 event-2025 referral wholesale retail nairobi lagos accra "
    "cape-town student teacher nurse farmer driver english swahili french spanish follow-up no-show paid trial churned"
)
LIST_NAMES = tuple(
    f"{what} {when}"
    for what in ("Customers", "Newsletter", "Webinar", "Partners", "Donors", "Volunteers", "Leads", "Members")
    for when in ("2023", "2024", "Q1 2025", "Q2 2025", "Q3 2025")
)
PEOPLE = _words("Ada Bob Chidi Dora Esi Femi Grace Hamza Imani Juma Kofi Lerato")

RARE_NAME = "Zwangendaba Xulu"
"""The name of exactly three contacts in each account."""
