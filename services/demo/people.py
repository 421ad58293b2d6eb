"""Generates the demo account's contacts. Deterministic and pure; the numbers are valid in their countries."""

from dataclasses import dataclass
from random import Random
from typing import Any

LIVE = 2_000
TRASHED = 40
_SEED = 2026
_NO_NETWORK = 0.015  # landlines, which have no mobile network
_WITHOUT_NAME = 0.05


@dataclass(frozen=True, slots=True)
class Country:
    """A country of the demo contacts.

    `prefixes` begin the mobile numbers, `landlines` the landline numbers. `digits` is the total length.
    """

    weight: int
    language: str
    cities: tuple[str, ...]
    prefixes: tuple[str, ...]
    landlines: tuple[str, ...]
    digits: int
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


COUNTRIES = {
    "KE": Country(
        26,
        "Swahili",
        _words("Nairobi Mombasa Kisumu Nakuru Eldoret"),
        _words("254712 254722 254733 254701 254740 254757 254110"),
        _words("254202 254412"),
        12,
        _words(
            "Wanjiru Kamau Achieng Otieno Mercy Brian Faith Kevin Njeri Mwangi Joyce Peter Halima Juma Akinyi Kiptoo"
        ),
        _words("Njoroge Odhiambo Kiprop Mutua Wambui Kariuki Omondi Chebet Maina Nyambura Kimani Auma Barasa Hassan"),
    ),
    "NG": Country(
        18,
        "English",
        _words("Lagos Abuja Ibadan Kano Enugu"),
        _words("234803 234806 234813 234703 234802 234805 234815"),
        (),
        13,
        _words("Chinedu Ngozi Emeka Adaeze Tunde Yetunde Ibrahim Aisha Segun Funke Uche Blessing Musa Amina Kelechi"),
        _words("Okafor Adeyemi Balogun Eze Nwosu Bello Okonkwo Abubakar Ogunleye Danjuma Obi Lawal Udeh Olawale"),
    ),
    "GH": Country(
        9,
        "English",
        _words("Accra Kumasi Tamale Takoradi"),
        _words("23324 23354 23355 23320 23350 23326"),
        _words("233302"),
        12,
        _words("Kwame Ama Kofi Abena Yaw Akosua Kojo Efua Kwabena Adwoa Nana Esi Fiifi Araba"),
        _words("Mensah Owusu Boateng Asante Appiah Osei Agyeman Amoah Ofori Addo Quaye Tetteh Darko Frimpong"),
    ),
    "ZA": Country(
        9,
        "English",
        ("Johannesburg", "Cape Town", "Durban", "Pretoria"),
        _words("2782 2783 2772 2773 2784 2776"),
        _words("2711 2721"),
        11,
        _words("Thabo Lerato Sipho Nomsa Pieter Annika Johan Zanele Bongani Naledi Kagiso Precious Riaan Ayanda"),
        ("Nkosi", "Dlamini", "Botha", "Naidoo", "Mokoena", "van Wyk", "Khumalo", "Pillay", "Venter", "Sithole", "Zulu"),
    ),
    "TZ": Country(
        6,
        "Swahili",
        ("Dar es Salaam", "Arusha", "Mwanza", "Dodoma"),
        _words("255754 255715 255784 255621 255655 255767"),
        (),
        12,
        _words("Juma Neema Baraka Rehema Hamisi Zawadi Salim Upendo Rashidi Mwajuma Elia Tatu Hassan Furaha"),
        _words("Mushi Massawe Kimaro Mwakyusa Lyimo Shayo Mbwana Komba Ngowi Swai Temba Chuwa"),
    ),
    "UG": Country(
        6,
        "English",
        _words("Kampala Gulu Mbarara Jinja"),
        _words("256772 256782 256701 256752 256776"),
        (),
        12,
        _words("Akello Okello Nakato Wasswa Babirye Mugisha Namukasa Opio Atim Ssempala Kato Nabirye"),
        _words("Musoke Ochieng Nsubuga Byaruhanga Tumusiime Kagwa Odongo Lubega Mukasa Ssali Achan"),
    ),
    "RW": Country(
        3,
        "Kinyarwanda",
        _words("Kigali Huye Musanze"),
        _words("250788 250785 250722 250730"),
        (),
        12,
        _words("Eric Claudine Jean Diane Patrick Aline Olivier Solange Innocent Josiane"),
        _words("Uwimana Habimana Mukamana Niyonzima Ingabire Nshimiyimana Umutoni Bizimana Mugabo"),
    ),
    "EG": Country(
        3,
        "Arabic",
        _words("القاهرة الإسكندرية الجيزة"),
        _words("20100 20111 20122 20155"),
        (),
        12,
        _words("محمد أحمد فاطمة مريم يوسف نور عمر سلمى خالد ليلى"),
        _words("حسن إبراهيم علي محمود السيد عبدالله مصطفى صلاح"),
    ),
    "SN": Country(
        3,
        "French",
        ("Dakar", "Thiès", "Saint-Louis"),
        _words("22177 22176 22178"),
        (),
        12,
        _words("Aïssatou Mamadou Fatou Ousmane Awa Cheikh Mariama Ibrahima Khady Moussa"),
        _words("Diop Ndiaye Fall Sarr Faye Gueye Cissé Diallo Sow Mbaye"),
    ),
    "CI": Country(
        3,
        "French",
        ("Abidjan", "Bouaké", "Yamoussoukro"),
        _words("225070 225050 225010"),
        (),
        13,
        _words("Aya Kouadio Affoué Yao Adjoua Koffi Akissi N'Guessan Mariam Seydou"),
        _words("Kouassi Konan Koné Ouattara Touré Bamba Yapi Gnamba Traoré"),
    ),
    "MX": Country(
        8,
        "Spanish",
        ("Ciudad de México", "Guadalajara", "Monterrey", "Mérida"),
        _words("525512 525534 523312 528112 529992"),
        (),
        12,
        _words("José María Lucía Sofía Miguel Ángel Guadalupe Ximena Raúl Inés Andrés Beatriz Óscar Begoña"),
        _words("Hernández García Martínez López Muñoz Pérez Sánchez Ramírez Núñez Ibáñez Peña Ortiz"),
    ),
    "US": Country(
        6,
        "English",
        ("Houston", "Atlanta", "Minneapolis", "New York"),
        _words("1713555 1404555 1612555 1212555"),
        (),
        11,
        _words("Ashley Marcus Emily Darnell Rachel Tyler Nicole Jordan Hannah Derek Olivia Ethan"),
        _words("Johnson Williams Rivera Nguyen Cohen Walker Patel Bennett Murphy Brooks Kim O'Brien"),
    ),
}

LISTS = {
    "Loyalty members": "Points and offers, at most twice a month.",
    "Store openings – Nairobi": "Everybody in and around Nairobi who asked to be invited.",
    "Appointment reminders": "Clinics send these the day before.",
    "Planting season": "Farmers who get prices and weather in spring.",
    "Lagos expo leads": "Scanned badges; call within two weeks.",
    "Clientes México": "Mensajes en español.",
    "Partners": "Resellers and integrations.",
    "Volunteers": None,
}

_COMPANIES = {
    "MX": ("Mercado del Valle", "Café Ixchel", "Ferretería Morelos", "Clínica San Ángel"),
    "US": ("Lone Star Freight", "Peachtree Tutoring", "Northside Bakery"),
    "EG": ("مخبز النيل", "دار الشفاء"),
    "SN": ("Teranga Hôtels", "Pharmacie du Plateau"),
    "CI": ("Cacao de la Lagune", "Transports Bandama"),
}
_OTHER_COMPANIES = (
    "Savanna Dairy",
    "Baobab Health",
    "Kilele Logistics",
    "Sahel Solar",
    "Umoja Sacco",
    "Harmattan Textiles",
    "Blue Crane Foods",
    "Oasis Academy",
)
_TAGS = ("customer", "lead", "newsletter", "vip", "wholesale", "clinic", "farmer", "school", "event 2026", "follow-up")
_TAG_WEIGHTS = (40, 18, 22, 5, 6, 8, 10, 5, 9, 7)
_NOTES = (
    "Asked to be called after five.",
    "Met at the Lagos expo; wants a price list.",
    "Prefers WhatsApp over SMS.",
    "Changed branch in March. Send invoices to the new address.",
    "Second number of the same household.",
    "Interested in the wholesale offer, decides at the end of the quarter.",
    "Gets invoices by e-mail, everything else by SMS.",
    "Returned a parcel; resolved.",
)
# The examples and the README use this contact.
WANJIRU: dict[str, Any] = {
    "phone": "+254712345678",
    "country": "KE",
    "first_name": "Wanjiru",
    "last_name": "Kamau",
    "email": "wanjiru.kamau@example.com",
    "company_name": "Savanna Dairy",
    "notes": "Prefers WhatsApp over SMS.",
    "tags": ["customer", "vip"],
    "custom_variables": {"City": "Nairobi", "Language": "Swahili", "Loyalty tier": "Silver"},
    "external_id": "CRM-10000",
    "lists": ["Loyalty members", "Store openings – Nairobi"],
}
_TIERS = ("Bronze", "Silver", "Gold")


def demo_contacts() -> list[dict[str, Any]]:
    """Returns LIVE contacts, followed by TRASHED ones.

    Each has `phone`, `country`, details by column name, and `lists` by name.
    """
    random = Random(_SEED)
    phones: set[str] = {WANJIRU["phone"]}
    codes = random.choices(list(COUNTRIES), [country.weight for country in COUNTRIES.values()], k=LIVE - 1 + TRASHED)
    contacts = [_contact(random, code, phones, number) for number, code in enumerate(codes)]
    return [*contacts[: LIVE - 1], WANJIRU, *contacts[LIVE - 1 :]]


def _contact(random: Random, code: str, phones: set[str], number: int) -> dict[str, Any]:
    country = COUNTRIES[code]
    first, last = random.choice(country.first_names), random.choice(country.last_names)
    city = random.choice(country.cities)
    is_named = random.random() >= _WITHOUT_NAME
    contact: dict[str, Any] = {
        "phone": _phone(random, country, phones),
        "country": code,
        "first_name": first if is_named else None,
        "last_name": last if is_named else None,
        "email": _email(random, first, last, number) if is_named else None,
        "company_name": random.choice(_COMPANIES.get(code, _OTHER_COMPANIES)) if random.random() < 0.35 else None,
        "notes": random.choice(_NOTES) if random.random() < 0.15 else None,
        "tags": sorted(set(random.choices(_TAGS, _TAG_WEIGHTS, k=random.choice((0, 1, 1, 2, 3))))),
        "custom_variables": {"City": city, "Language": country.language},
        "external_id": f"CRM-{number + 10_001}" if random.random() < 0.6 else None,
    }
    if random.random() < 0.3:
        contact["custom_variables"]["Loyalty tier"] = random.choice(_TIERS)
    contact["lists"] = _lists(random, contact, city)
    return contact


def _phone(random: Random, country: Country, phones: set[str]) -> str:
    """Returns a number that is not in `phones`, and adds it."""
    while True:
        is_landline = country.landlines and random.random() < _NO_NETWORK
        prefix = random.choice(country.landlines if is_landline else country.prefixes)
        free = country.digits - len(prefix)
        phone = f"+{prefix}{random.randrange(10**free):0{free}}"
        if phone not in phones:
            phones.add(phone)
            return phone


def _email(random: Random, first: str, last: str, number: int) -> str | None:
    local = f"{first}.{last}".lower().replace(" ", "").replace("'", "")
    if not local.isascii() or random.random() < 0.4:
        return None
    return f"{local}{number % 100}@example.{random.choice(('com', 'org', 'net'))}"


def _lists(random: Random, contact: dict[str, Any], city: str) -> list[str]:
    tags = contact["tags"]
    wanted = {
        "Loyalty members": "Loyalty tier" in contact["custom_variables"],
        "Store openings – Nairobi": city == "Nairobi" and random.random() < 0.7,
        "Appointment reminders": "clinic" in tags,
        "Planting season": "farmer" in tags,
        "Lagos expo leads": city == "Lagos" and "lead" in tags,
        "Clientes México": contact["country"] == "MX",
        "Partners": "wholesale" in tags or (contact["country"] == "US" and random.random() < 0.3),
        "Volunteers": random.random() < 0.03,
    }
    return [name for name, is_wanted in wanted.items() if is_wanted]
