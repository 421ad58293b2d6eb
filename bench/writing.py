"""The input of the write cases: people whose numbers are not in the data set, as typed, identical in every run."""

from random import Random
from typing import Any
from uuid import UUID

from bench.data import SEED, Facts
from bench.names import COMPANIES, MAIL_HOSTS, REGIONS, TAGS
from schema.ids import Prefix, encode

BATCH = 1000
NEW_OF_BATCH = 500
"""Rows of a campaign batch whose numbers have no contact yet."""

_FORMS = (
    ("0721 {} {}", "KE"),
    ("+234 8070 {} {}", "NG"),
    ("+27 790 {} {}", "ZA"),
    ("+233 277 {} {}", "GH"),
)


def creation(facts: Facts, place: int) -> dict[str, Any]:
    """Returns the input of createContact."""
    person = _person(place)
    return {"contact": person | {"companyName": COMPANIES[place % len(COMPANIES)], "listIds": [_list(facts, place)]}}


def change(place: int) -> dict[str, Any]:
    """Returns the input of updateContact for the contact at the same place."""
    person = _person(place)
    kept, *_ = person["tags"]
    others = [tag for tag in TAGS if tag not in person["tags"]]
    return {
        "contact": {"phone": person["phone"]},
        "lastName": f"{person['lastName']}-{place % 10}",
        "email": f"changed.{person['email']}",
        "companyName": None,
        "tags": [others[place % len(others)], kept],
    }


def batch(facts: Facts, place: int) -> dict[str, Any]:
    """Returns the input of bulkCreateContacts."""
    rows = [_person(row) for row in range(place * BATCH, (place + 1) * BATCH)]
    return {"contacts": rows, "listId": _list(facts, place)}


def campaign_batch(facts: Facts, place: int) -> dict[str, Any]:
    """Returns the input of addCampaignContacts; known and new numbers alternate."""
    rows = []
    for row in range(place * NEW_OF_BATCH, (place + 1) * NEW_OF_BATCH):
        person = _person(row)
        for phone in (facts.known[row % len(facts.known)], person["phone"]):
            rows.append(
                {
                    "contact": phone,
                    "name": f"{person['firstName']} {person['lastName']}",
                    "context": "Asked for the price list at the fair.",
                    "extractedData": {
                        "company": COMPANIES[row % len(COMPANIES)],
                        "visits": row % 9,
                        "tags": person["tags"],
                    },
                    "externalId": f"f-{row}",
                }
            )
    campaign_id = UUID(facts.campaign_ids[place % len(facts.campaign_ids)])
    return {"campaignId": encode(Prefix.CAMPAIGN, campaign_id), "contacts": rows}


def _person(place: int) -> dict[str, Any]:
    """Returns one of four million people."""
    random = Random(SEED << 32 | place)
    form, region_code = _FORMS[place % len(_FORMS)]
    digits = f"{place // len(_FORMS) * 7919 % 10**6:06}"
    region = next(region for region in REGIONS if region.code == region_code)
    first, last = random.choice(region.first_names), random.choice(region.last_names)
    return {
        "phone": form.format(digits[:3], digits[3:]),
        "firstName": first,
        "lastName": last,
        "email": f"{first}.{last}.{place}@{random.choice(MAIL_HOSTS)}".lower(),
        "tags": random.sample(TAGS, 2),
    }


def _list(facts: Facts, place: int) -> str:
    return encode(Prefix.CONTACT_LIST, UUID(facts.list_ids[place % len(facts.list_ids)]))
