"""The input of the cases that write, and of imports: people whose numbers are not in the data set, as typed. It is
identical in every run.
"""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from bench.data import COMPANIES, MAIL_HOSTS, SEED, TAGS, Facts
from services.demo.people import COUNTRIES

BATCH = 1000
NEW_OF_BATCH = 500
"""Rows of a campaign batch whose numbers have no contact yet."""

_FORMS = (("0721 {} {}", "KE"), ("+234 8070 {} {}", "NG"), ("+27 790 {} {}", "ZA"), ("+233 277 {} {}", "GH"))


def person(place: int) -> dict[str, Any]:
    """Returns one of four million people."""
    random = Random(SEED << 32 | place)
    form, code = _FORMS[place % len(_FORMS)]
    digits = f"{place // len(_FORMS) * 7919 % 10**6:06}"
    first, last = random.choice(COUNTRIES[code].first_names), random.choice(COUNTRIES[code].last_names)
    return {
        "phone": form.format(digits[:3], digits[3:]),
        "firstName": first,
        "lastName": last,
        "email": f"{first}.{last}.{place}@{random.choice(MAIL_HOSTS)}".lower().replace(" ", "-"),
        "tags": random.sample(TAGS, 2),
    }


def creation(facts: Facts, place: int) -> dict[str, Any]:
    """Returns the input of createContact."""
    company, list_id = COMPANIES[place % len(COMPANIES)], facts.list_ids[place % len(facts.list_ids)]
    return {"contact": person(place) | {"companyName": company, "listIds": [list_id]}}


def change(place: int) -> dict[str, Any]:
    """Returns the input of updateContact for the contact at the same place."""
    before = person(place)
    kept, *_ = before["tags"]
    others = [tag for tag in TAGS if tag not in before["tags"]]
    return {
        "contact": {"phone": before["phone"]},
        "lastName": f"{before['lastName']}-{place % 10}",
        "email": f"changed.{before['email']}",
        "companyName": None,
        "tags": [others[place % len(others)], kept],
    }


def batch(facts: Facts, place: int) -> dict[str, Any]:
    """Returns the input of bulkCreateContacts."""
    rows = [person(row) for row in range(place * BATCH, (place + 1) * BATCH)]
    return {"contacts": rows, "listId": facts.list_ids[place % len(facts.list_ids)]}


def campaign_batch(facts: Facts, place: int) -> dict[str, Any]:
    """Returns the input of addCampaignContacts; known and new numbers alternate."""
    rows = []
    for row in range(place * NEW_OF_BATCH, (place + 1) * NEW_OF_BATCH):
        new = person(row)
        details = {
            "name": f"{new['firstName']} {new['lastName']}",
            "context": "Asked for the price list at the fair.",
            "extractedData": {"company": COMPANIES[row % len(COMPANIES)], "visits": row % 9, "tags": new["tags"]},
            "externalId": f"f-{row}",
        }
        rows += [{"contact": phone, **details} for phone in (facts.phones[row % len(facts.phones)], new["phone"])]
    return {"campaignId": facts.campaign_ids[place % len(facts.campaign_ids)], "contacts": rows}


def write_file(path: Path, count: int, known: Sequence[str]) -> None:
    """Writes a CSV file: of every hundred rows, 78 are new, 5 have an unknown network, 12 are of known numbers, 3 are
    repeated and 2 unreadable.
    """
    with path.open("w", encoding="utf-8") as file:
        file.write("first_name,last_name,phone,email,tags,notes,company_name\n")
        for row in range(count):
            new, kind = person(row), row % 100
            number = new["phone"]
            if kind >= 98:
                number = f"n/a {row}"
            elif kind >= 95:
                number = person(row - 50)["phone"]
            elif kind >= 83:
                number = known[row % len(known)]
            elif kind >= 78:
                number = f"+25499{row:07}"
            notes = "Met at the fair; prefers a call in the evening." if row % 10 == 0 else ""
            cells = [new["firstName"], new["lastName"], number, new["email"], ";".join(new["tags"]), notes]
            file.write(",".join([*cells, COMPANIES[row % len(COMPANIES)]]) + "\n")
