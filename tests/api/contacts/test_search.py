"""Search finds all words in names, e-mail, company and phone numbers, the latter in any written form."""

import re
from itertools import chain
from typing import Any

import pytest
from hypothesis import example, given, settings, strategies as st

from models.db import database
from models.db.sql import numbered
from search_key import search_key
from services.contacts.normalization import search_text
from services.contacts.search import search
from services.phones.numbers import search_digits
from tests.api.contacts.test_filter import NOBODY
from tests.support.api_client import Api, counted_statements
from tests.support.rows import insert_contacts

FIND = """
query ($search: String, $inside: [ContactFilter!]) {
  contacts(filter: {search: $search, and: $inside}, orderBy: [{field: PHONE}]) { nodes { phone } totalCount }
}
"""

PEOPLE: dict[str, dict[str, Any]] = {
    "+254712345678": {"firstName": "Amina", "lastName": "Otieno", "email": "a.otieno@example.com"},
    "+254722000001": {"name": "ÉLODIE Ångström", "companyName": "Straße & Söhne"},
    "+254722000002": {"name": "100% off_season", "companyName": "back\\slash (Pty) Ltd."},
    "+254722000003": {"name": "😀 Zoë 👩‍👩‍👧"},
    "+254722000004": {"name": "محمد علي", "companyName": "שלום"},
    "+254722000005": {"name": "Nguyễn Thị Ánh", "firstName": "Nguyen", "lastName": "Thi"},
    "+254722000006": {"name": "ΟΔΥΣΣΕΥΣ", "companyName": "ООО Ромашка"},
    "+525512345678": {"name": 'O\'Brien "Bob" --', "notes": "secret", "externalId": "X-9", "tags": ["needle"]},
}
FOUND = [
    ("amina", ["+254712345678"]),
    ("MIN", ["+254712345678"]),
    ("a oti", ["+254712345678"]),
    ("Amina Otieno", ["+254712345678"]),
    ("  amina  ", ["+254712345678"]),
    ("A.OTIENO@EX", ["+254712345678"]),
    ("Otieno Amina", ["+254712345678"]),
    ("otieno\u00a0 \t amina", ["+254712345678"]),
    ("example.com amina 0712345678", ["+254712345678"]),
    ("amina\notieno", ["+254712345678"]),
    ("otieno\n+254", ["+254712345678"]),
    ("amina strasse", NOBODY),
    ("amina\x00", NOBODY),
    ("élodie å", ["+254722000001"]),
    ("ÉLODIE", ["+254722000001"]),
    ("e\u0301lodie", ["+254722000001"]),
    ("elodie", ["+254722000001"]),
    ("ANGSTROM elodie", ["+254722000001"]),
    ("élödîe", ["+254722000001"]),
    ("STRASSE", ["+254722000001"]),
    ("straße", ["+254722000001"]),
    ("söh", ["+254722000001"]),
    ("%", ["+254722000002"]),
    ("100%", ["+254722000002"]),
    ("f_s", ["+254722000002"]),
    ("season 100%", ["+254722000002"]),
    ("_", ["+254722000002"]),
    ("\\", ["+254722000002"]),
    ("K\\S", ["+254722000002"]),
    ("(pty)", ["+254722000002"]),
    ("%off", NOBODY),
    ("😀", ["+254722000003"]),
    ("ZOË", ["+254722000003"]),
    ("👩‍👩‍👧", ["+254722000003"]),
    ("محمد", ["+254722000004"]),
    ("مد ع", ["+254722000004"]),
    ("שלום", ["+254722000004"]),
    ("nguyễn", ["+254722000005"]),
    ("anh nguyen", ["+254722000005"]),
    ("Nguyen", ["+254722000005"]),
    ("thi", ["+254722000005"]),
    ("οδυσσευς", ["+254722000006"]),
    ("ромашка", ["+254722000006"]),
    ("о", ["+254722000006"]),
    ("o'brien", ["+525512345678"]),
    ('"bob"', ["+525512345678"]),
    ('bob" --', ["+525512345678"]),
    ("secret", NOBODY),
    ("X-9", NOBODY),
    ("needle", NOBODY),
]
BY_PHONE = [
    ("+254712345678", ["+254712345678"]),
    ("0712 345 678", ["+254712345678"]),
    ("0712345678", ["+254712345678"]),
    ("(0712) 345-678", ["+254712345678"]),
    ("00254 712 345 678", ["+254712345678"]),
    ("254712345678", ["+254712345678"]),
    ("712345", ["+254712345678"]),
    ("345 678", ["+254712345678", "+525512345678"]),
    ("345-678", ["+254712345678", "+525512345678"]),
    ("٠٧١٢٣٤٥٦٧٨", ["+254712345678"]),
    ("+52 1 55 1234 5678", ["+525512345678"]),
    ("+5255", ["+525512345678"]),
    ("55 1234", ["+525512345678"]),
    ("678 345", NOBODY),
    ("Amina 0712 345 678", ["+254712345678"]),
    ("(0712) 345678 otieno", ["+254712345678"]),
    ("Amina 0712 345 679", NOBODY),
    ("season 100 +254 722", ["+254722000002"]),
    ("0000 07", NOBODY),
]
EVERY_PHONE = sorted(PEOPLE)
# Names in many scripts, each with texts that find it alone.
SCRIPTS = [
    ("Lucía Fernández Peña", ["lucia", "LUCIA PENA", "Lucı\u0301a", "peña lucía", "ＬＵＣＩＡ", "luci\u200ba"]),
    ("Łukasz Øster Đặng", ["lukasz", "OSTER dang", "ŁUKASZ", "đặng łukasz"]),
    ("İsmail Işık Gülşen", ["ismail", "ISMAIL", "isik", "gulsen ışık"]),
    ("Strauß Æneas", ["strauss", "STRAUSS aeneas", "æneas"]),
    ("Ɓala Ƙofar Ŋyoko", ["bala", "kofar ƁALA", "nyoko"]),
    ("Ευάγγελος Παπαδόπουλος", ["ευαγγελος", "ΕΥΑΓΓΕΛΟΣ ΠΑΠΑΔΟΠΟΥΛΟΣ", "παπαδόπουλος"]),
    ("Фёдор Найдёнов", ["федор", "ФЁДОР найденов", "наиденов"]),
    ("مُحَمَّد أحمد", ["محمد", "احمد محمد", "محـمد"]),
    ("שָׁלוֹם לוי", ["שלום", "לוי שלום"]),
    ("प्रिया शर्मा", ["शर्मा प्रिया", "प्रिया"]),
    ("สมชาย ใจดี", ["สมชาย", "ใจดี สมชาย"]),
    ("田中 花子", ["田中", "花子 田中", "花子\u3000田中"]),
    ("ガブリエル", ["ガブリエル", "ｶﾞﾌﾞﾘｴﾙ"]),
    ("김민준", ["김민준", "민준"]),
    ("O’Connor–Smith", ["o'connor", "connor-smith", "O’CONNOR"]),
]
DIFFERENT = ["lucas", "शर्मि", "กา", "ギブリエル", "김민진", "strasser"]


@pytest.fixture
async def people(api: Api) -> None:
    for phone, fields in PEOPLE.items():
        await api.make_contact(phone, **fields)


async def find(api: Api, text: str) -> list[str]:
    """Returns the numbers found. The total, and the search inside another filter, must agree."""
    found = (await api.run(FIND, search=text, inside=[]))["contacts"]
    inside = (await api.run(FIND, search=None, inside=[{"search": text}]))["contacts"]
    assert inside == found
    assert found["totalCount"] == len(found["nodes"])
    return [contact["phone"] for contact in found["nodes"]]


async def test_any_part_of_names_email_and_company_is_found_in_any_letter_case(api: Api, people: None) -> None:
    assert [(text, await find(api, text)) for text, _ in FOUND] == FOUND


async def test_case_and_accents_are_ignored_in_every_script(api: Api) -> None:
    phones = [f"+2547220000{place:02}" for place in range(len(SCRIPTS))]
    await insert_contacts(
        api, [{"phone": phone, "name": name} for phone, (name, _) in zip(phones, SCRIPTS, strict=True)]
    )

    found = [[(text, await find(api, text)) for text in texts] for _, texts in SCRIPTS]

    assert found == [[(text, [phone]) for text in texts] for phone, (_, texts) in zip(phones, SCRIPTS, strict=True)]
    assert [await find(api, text) for text in DIFFERENT] == [NOBODY] * len(DIFFERENT)


async def test_a_phone_is_found_in_any_written_form(api: Api, people: None) -> None:
    assert [(text, await find(api, text)) for text, _ in BY_PHONE] == BY_PHONE


async def test_without_a_region_the_national_form_is_found_all_the_same(api: Api, people: None) -> None:
    nowhere = api.with_settings(default_region=None)

    assert await find(nowhere, "0712 345 678") == ["+254712345678"]
    assert await find(nowhere, "+254 712") == ["+254712345678"]
    assert await find(nowhere, "otieno 0712 345 678") == ["+254712345678"]


@pytest.mark.parametrize("blank", ["", " ", "\n\t ", "\u3000"])
async def test_a_blank_search_is_no_condition(api: Api, people: None, blank: str) -> None:
    assert await find(api, blank) == EVERY_PHONE


async def test_a_search_has_two_hundred_characters_at_most(api: Api, people: None) -> None:
    with counted_statements() as statements:
        answer = await api.ask(FIND, search="x" * 201)

    assert await find(api, "x" * 200) == NOBODY
    assert (answer.data, answer.codes, statements) == (None, ["BAD_USER_INPUT"], [])
    assert answer.errors[0]["message"] == "filter.search: The search has 201 characters; at most 200 are allowed."


async def test_search_follows_a_contact_that_changes(api: Api, people: None) -> None:
    update = "mutation ($i: UpdateContactInput!) { updateContact(input: $i) { errors { code } } }"

    await api.run(update, i={"contact": {"phone": "0712345678"}, "lastName": "Wanjiru", "phone": "0733 999 888"})

    assert await find(api, "otieno") == ["+254733999888"]  # matches the email address
    assert await find(api, "amina wanj") == ["+254733999888"]
    assert await find(api, "0712345678") == NOBODY
    assert await find(api, "0733 999") == ["+254733999888"]


async def test_search_finds_nothing_of_another_account(api: Api, people: None, stranger: Api) -> None:
    assert await find(stranger, "amina") == NOBODY
    assert await find(stranger, "a") == NOBODY


async def test_a_search_that_many_meet_is_found_page_by_page_as_one_that_few_meet(api: Api) -> None:
    """A scan in page order finds frequent texts, an index finds rare ones; 1,300 contacts need both."""
    phones = [f"+2547000{number:05}" for number in range(1300)]
    await insert_contacts(
        api,
        [
            {"phone": phone, "name": f"{'rare' if place % 400 == 0 else 'often'} {place}"}
            for place, phone in enumerate(phones)
        ],
    )

    assert await walk(api, "often", 100) == [phone for place, phone in enumerate(phones) if place % 400]
    assert await walk(api, "rare", 3) == phones[::400]
    assert await walk(api, "rare", 4) == phones[::400]
    assert await walk(api, "en 129", 7) == [phones[129], phones[1129], *phones[1290:1300]]
    assert await walk(api, "often 1299", 7) == [phones[1299]]
    assert await walk(api, "often rare", 7) == []


@pytest.mark.parametrize("text", ["w", "n@", "qx", "#", "鑫", "w@q", "---"])
async def test_a_short_text_is_found_far_down_the_account(api: Api, stranger: Api, text: str) -> None:
    """Works with and without an index hit. Rows of other accounts have no effect."""
    for place, asks in enumerate((api, stranger)):
        await insert_contacts(
            asks, [{"phone": f"+2547{place}00{number:05}", "name": f"{number}"} for number in range(700)]
        )
    await insert_contacts(api, [{"phone": "+254729999999", "name": f"a {text}"}, {"phone": "+254729999998"}])
    await insert_contacts(stranger, [{"phone": f"+25473000000{place}", "name": text} for place in range(9)])

    assert await walk(api, text, 3) == ["+254729999999"]


FOLLOWED = ["qx", "qx #", "q x", "QX.", "aqx\t", "qxa", "9qx0", "qxé", "qxź", "qxư", "qxạ", "qx中", "qxİ", "qx́"]
BY_INDEXES = {
    "contact_search_text contact_search_unforeseen": ["qx", "x0", "9q", "x.", ".c", "Qx é"],
    "contact_search_characters": ["中", "x中", "q", "x #", "q x"],
    "contact_search_text": [
        *("somebody q", "example x0 +2547 somebody", "3@e", "@example.", "aqx", "qxa"),
        *("somebody.0003@example.com", "somebody.0003@example.org"),
        *("220", "2200", "+2547"),
    ],
    "contact_search_digits contact_search_text": ["254722000003", "0722 000 003", "72200", "2200001", "q 254722"],
}


@pytest.mark.plain_postgres
async def test_an_index_finds_what_a_look_at_each_row_finds(api: Api) -> None:
    """The table has no statistics."""
    await insert_contacts(
        api,
        [
            {"phone": f"+2547220000{place:02}", "email": f"somebody.{place:04}@example.com", "name": name}
            for place, name in enumerate(FOLLOWED)
        ]
        + [{"phone": f"+2547230000{place:02}", "company_name": name} for place, name in enumerate(FOLLOWED)],
    )
    used: dict[str, list[str]] = {}

    for text in chain.from_iterable(BY_INDEXES.values()):
        wanted = search(text, region="KE")
        assert wanted is not None
        assert wanted.indexed is not None
        indexed, plain = (
            f"SELECT phone FROM contact WHERE {condition.text}" for condition in (wanted.indexed, wanted.plain)
        )
        async with database.transaction():
            seen = [row[0] for row in await database.fetch(numbered(plain), *wanted.plain.values)]
            if database.is_postgres():
                await database.execute("SET LOCAL enable_seqscan = off")
            found = [row[0] for row in await database.fetch(numbered(indexed), *wanted.indexed.values)]
            explain = "EXPLAIN" if database.is_postgres() else "EXPLAIN QUERY PLAN"
            plan = await database.fetch(numbered(f"{explain} {indexed}"), *wanted.indexed.values)
        assert (text, sorted(found)) == (text, sorted(seen))
        assert bool(seen) == (not text.endswith(".org")), text
        place = 0 if database.is_postgres() else 3
        names = {name for line in plan for name in re.findall(r"contact_search\w*", line[place])}
        used.setdefault(" ".join(sorted(names)), []).append(text)

    if database.is_postgres():
        assert used == BY_INDEXES
    else:
        assert all("contact_search" in names for names in used)


@pytest.mark.parametrize("text", [" ".join("abcdefghijklmnopqrstuvwxyz"), "qa wb xc yd ze", "a b c"])
async def test_few_of_many_short_words_are_looked_up(db: None, text: str) -> None:
    """Each of them begins thousands of trigrams, and on SQLite a query of them all would take a minute."""
    wanted = search(text, region=None)

    assert wanted is not None
    assert wanted.plain.text.count("search_text") == len(text.split())
    terms = 0 if wanted.indexed is None else wanted.indexed.text.count("FROM contact_search_terms")
    assert terms <= 2
    assert (wanted.indexed is None) == (text == "a b c")


WALK = """
query ($search: String, $first: Int, $after: String) {
  contacts(filter: {search: $search}, orderBy: [{field: PHONE}], first: $first, after: $after) {
    nodes { phone } pageInfo { endCursor hasNextPage }
  }
}
"""


async def walk(api: Api, text: str, size: int) -> list[str]:
    found: list[str] = []
    after = None
    while True:
        page = (await api.run(WALK, search=text, first=size, after=after))["contacts"]
        found += [contact["phone"] for contact in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


ALPHABET = "aAbBéÉßsSŞşİıIi%_\\\"' *-()😀مΣσς\u0301qx@.ϣϧϫ\ufffe\uffff\U0010ffff"
NAMES = [
    "aAbB",
    "ÉßsS",
    "Şş İı Ii",
    "%_\\",
    "\"' *-()",
    "😀م",
    "ΣΑσς",
    "e\u0301a",
    "ab ab ab",
    "II ii ıı İİ",
    "qx0 xqé",
    "@q.x0",
    "xϣq aϧb -ϫ- a-b+_ x q a@b ---",
    "a\ufffe\uffffb q\U0010ffff\U0010ffff",
]


@given(text=st.text(ALPHABET, min_size=1, max_size=5))
@settings(max_examples=60)
async def test_what_is_found_is_what_contains_the_text(api: Api, text: str) -> None:
    """Compares folded texts exactly, also on SQLite, whose index folds letters differently."""
    phones = [f"+2547220000{place:02}" for place in range(len(NAMES))]
    if not (await api.run(FIND, search=None, inside=[]))["contacts"]["totalCount"]:
        await insert_contacts(api, [{"phone": phone, "name": name} for phone, name in zip(phones, NAMES, strict=True)])

    found = await find(api, text)

    words = search_key(text).split()
    texts = [search_key(name) for name in NAMES]
    assert found == [phone for phone, text in zip(phones, texts, strict=True) if all(word in text for word in words)]


# Digits of phones, also in other values, where a phone may continue or be a line.
DIGITS: list[dict[str, Any]] = [
    {"phone": "+254712121212", "name": "+254712121212"},
    {"phone": "+254700000000", "name": "+2547000000009 shop", "company_name": "7000 0 00"},
    {"phone": "+2348031234567", "name": "121212", "email": "a.99999@example.com"},
    {"phone": "+525512345678", "first_name": "+525512345678", "last_name": "+525512345678", "email": "1@2.34"},
    {"phone": "+49110", "name": "491 1 012"},
    {"phone": "+491234567890123", "email": "4912345678901234567@example.com"},
]


@given(text=st.one_of(st.text("0127", min_size=1, max_size=7), st.text("0123456789+", min_size=1, max_size=16)))
@example("49110")
@example("110")
@example("890123")
@example("9012345")
@example("0000009")
@example("+2547000000009")
@settings(max_examples=60)
async def test_digits_are_found_wherever_they_are(api: Api, text: str) -> None:
    if not (await api.run(FIND, search=None, inside=[]))["contacts"]["totalCount"]:
        await insert_contacts(api, DIGITS)

    found = await find(api, text)

    parts = (text, *search_digits(text, region="KE"))
    assert found == sorted(row["phone"] for row in DIGITS if any(part in search_text(row) for part in parts))
