#!/usr/bin/env python3
"""The Review step from end to end, by the API alone: a walk to read, and to run on an account made for trying it.

    MUSTER_TOKEN=muster_… python examples/review_campaign.py tests/data/exports/semalink_mixed.csv

The token must be an ADMIN's. The walk makes two colleagues, lets some numbers of the file be theirs and yours, records
messages, and then does what an application does when a person presses Review: validates the file for a campaign, shows
what each bucket holds, and launches what is ticked.
"""

import argparse
import csv
import io
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))  # so that it runs as a file, too

from examples.load_contacts import FIELDS, Failed, Muster, read_text

Row = dict[str, Any]

NEEDED = 38  # seven times five that get a past, two that opt out, and a new one

WHO_AM_I = "{ viewer { user { id role } } }"
FIND_USER = "query ($email: String!) { users(search: $email) { nodes { id } } }"
CREATE_USER = """
mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } errors { code message path } } }
"""
PROTECT = """
mutation ($input: UpdateAccountInput!) {
  updateAccount(input: $input) { account { contactProtectionHours } errors { code message path } }
}
"""
SAVE = """
mutation ($input: BulkCreateContactsInput!) {
  bulkCreateContacts(input: $input) {
    summary { created skipped rejected } results { contact { id } error { message } } errors { code message path }
  }
}
"""
ASSIGN = """
mutation ($input: AssignContactsInput!) { assignContacts(input: $input) { count errors { code message path } } }
"""
OPT_OUT = """
mutation ($input: OptOutInput!) { optOut(input: $input) { optOut { phone } errors { code message path } } }
"""
RECORD = """
mutation ($input: RecordMessagesInput!) {
  recordMessages(input: $input) { summary { created failed } errors { code message path } }
}
"""
CREATE_CAMPAIGN = """
mutation ($input: CreateCampaignInput!) {
  createCampaign(input: $input) { campaign { id } errors { code message path } }
}
"""
COUNTS = """
counts {
  total newContacts existingContacts assignedToOtherUsers alreadyMessagedOutbound alreadyMessagedInbound
  assignedToYouNotOwned protectedContacts invalidContacts duplicateContacts optedOut
}
"""
VALIDATE = f"""
mutation ($input: ValidateCampaignContactsInput!) {{
  validateCampaignContacts(input: $input) {{ review {{ id {COUNTS} }} errors {{ code message path }} }}
}}
"""
ENTRIES = """
query ($id: ID!, $after: String) {
  campaignReview(id: $id) {
    entries(first: 100, after: $after) {
      nodes {
        index bucket phoneNumber flags protectedUntil segmentId targetUser { name } isSelectedByDefault isSelectable
        duplicateOfIndex error { code message }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""
APPLY = """
mutation ($input: ApplyCampaignReviewInput!) {
  applyCampaignReview(input: $input) {
    summary { total created skippedDuplicate failed } changed { index bucket phoneNumber }
    campaign { contactCount } errors { code message path }
  }
}
"""
PLACES = """
query ($id: ID!, $after: String) {
  campaign(id: $id) {
    contactCount segments { segmentId contactCount }
    contacts(first: 100, after: $after) {
      nodes { contact { phone name owner { name } } assignee { name } segmentId extractedData }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""


def change(muster: Muster, mutation: str, **input: Any) -> Any:
    """A mutation's payload. What it refuses is raised as Failed: nothing was written then."""
    (payload,) = muster.run(mutation, {"input": input}).values()
    if payload["errors"]:
        raise Failed(
            "; ".join(f"{error['code']} at {error['path']}: {error['message']}" for error in payload["errors"])
        )
    return payload


def read_rows(path: Path) -> list[Row]:
    """The file's rows as ReviewContactInput: the number, the names, and all other cells as they are."""
    text = read_text(path)
    delimiter = max(",;\t|", key=text.partition("\n")[0].count)
    named = {"phone": "phoneNumber", "firstName": "firstName", "lastName": "lastName"}
    rows = []
    for cells in csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter):
        row: Row = {"columns": {}}
        for header, cell in cells.items():
            field = named.get(FIELDS.get((header or "").strip().lower(), ""))
            if field:
                row[field] = cell
            elif header:
                row["columns"][header] = cell
        rows.append(row)
    return rows


@dataclass(frozen=True)
class Colleagues:
    """Users' ids: whoever asks, and two others."""

    me: str
    bob: str
    eve: str


def find_colleagues(muster: Muster) -> Colleagues:
    """Whoever asks, and two colleagues, made where they are not there yet. Raises Failed: not an ADMIN's token."""
    user = muster.run(WHO_AM_I, {})["viewer"]["user"]
    if user is None or user["role"] != "ADMIN":
        raise Failed("the walk needs the token of an ADMIN")
    others = []
    for name in ("Bob", "Eve"):
        email = f"{name.lower()}@review.example.com"
        found = muster.run(FIND_USER, {"email": email})["users"]["nodes"]
        made = found or [change(muster, CREATE_USER, email=email, name=name, role="AGENT")["user"]]
        others.append(made[0]["id"])
    return Colleagues(user["id"], *others)


def furnish(muster: Muster, numbers: Iterator[str], people: Colleagues) -> dict[str, list[str]]:
    """Makes some numbers contacts with a past, so that each bucket has something in it; ids by what they are."""
    made: dict[str, list[str]] = {}
    for kind, owner in {
        "mine": people.me,
        "nobody's": None,
        "written to": people.me,
        "wrote": people.me,
        "worked on by Bob": None,
        "worked on by me": None,
        "Eve's since today": people.eve,
    }.items():
        taken = list(islice(numbers, 5))
        saved = change(muster, SAVE, contacts=[{"phone": phone, "ownerId": owner} for phone in taken])
        made[kind] = [result["contact"]["id"] for result in saved["results"] if result["contact"]]
        if kind in ("written to", "wrote"):
            way = {"direction": "OUTBOUND", "status": "DELIVERED"} if kind == "written to" else {"direction": "INBOUND"}
            change(muster, RECORD, messages=[{"phone": phone, "body": "Habari!", **way} for phone in taken])
    change(muster, ASSIGN, contacts={"ids": made["worked on by Bob"]}, addAssigneeIds=[people.bob])
    change(muster, ASSIGN, contacts={"ids": made["worked on by me"]}, addAssigneeIds=[people.me])
    for phone in islice(numbers, 2):
        change(muster, OPT_OUT, phone=phone, reason="said so at the counter")
    return made


def pages(muster: Muster, query: str, id: str, *path: str) -> Iterator[Row]:
    """The nodes of a connection, all its pages; `path` leads to it."""
    after = None
    while True:
        found = muster.run(query, {"id": id, "after": after})
        for name in path:
            found = found[name]
        yield from found["nodes"]
        if not found["pageInfo"]["hasNextPage"]:
            return
        after = found["pageInfo"]["endCursor"]


def show(entries: Sequence[Row]) -> None:
    """The first rows of each bucket, with what a person needs to know of them."""
    for bucket in dict.fromkeys(entry["bucket"] for entry in entries):
        of_bucket = [entry for entry in entries if entry["bucket"] == bucket]
        print(f"{bucket} ({len(of_bucket)})")
        for entry in of_bucket[:2]:
            tick = "[x]" if entry["isSelectedByDefault"] else "[ ]" if entry["isSelectable"] else "   "
            told = [*entry["flags"]]
            if entry["protectedUntil"]:
                told.append(f"until {entry['protectedUntil']}")
            if entry["duplicateOfIndex"] is not None:
                told.append(f"as in row {entry['duplicateOfIndex']}")
            if entry["error"]:
                told.append(entry["error"]["message"])
            whom = f" for {entry['targetUser']['name']}" if entry["targetUser"] else ""
            print(f"  {tick} row {entry['index']}: {entry['phoneNumber']}{whom}  {' '.join(told)}".rstrip())


def walk(muster: Muster, path: Path, *, region: str | None) -> None:
    """From a file to a launched campaign, each step printed. Raises Failed."""
    people = find_colleagues(muster)
    change(muster, PROTECT, contactProtectionHours=24)
    rows = read_rows(path)
    placed = {"region": region} if region else {}

    # Which rows hold a number is the server's to tell: a first review, of no campaign, gives them in E.164.
    first = change(muster, VALIDATE, contacts=rows, **placed)["review"]
    read = pages(muster, ENTRIES, first["id"], "campaignReview", "entries")
    unknown = [row["phoneNumber"] for row in read if row["bucket"] == "NEW"]
    if len(unknown) < NEEDED:
        raise Failed(f"the walk needs {NEEDED} numbers that are no contacts yet; {path.name} has {len(unknown)}")
    made = furnish(muster, iter(unknown), people)

    campaign = change(muster, CREATE_CAMPAIGN, name=f"Review of {path.name}")["campaign"]["id"]
    waves = [{"segmentId": "wave 1", "contactCount": 40, "scheduledDate": "2030-01-07T06:00:00Z"}]
    review = change(
        muster,
        VALIDATE,
        contacts=rows,
        campaignId=campaign,
        segmentationConfig={
            "enabled": True,
            "contactDistribution": [*waves, {"segmentId": "wave 2", "contactCount": 40}],
        },
        **placed,
    )["review"]
    print(", ".join(f"{name} {count}" for name, count in review["counts"].items()))
    show(list(pages(muster, ENTRIES, review["id"], "campaignReview", "entries")))

    # While the person looks at it, Bob takes a contact over: that row is not what was shown any more.
    change(muster, ASSIGN, contacts={"ids": made["nobody's"][:1]}, ownerId=people.bob)
    for attempt in ("launched", "launched again"):
        applied = change(muster, APPLY, reviewId=review["id"])
        told = ", ".join(f"{name} {count}" for name, count in applied["summary"].items())
        moved = ", ".join(f"row {entry['index']} is {entry['bucket']} now" for entry in applied["changed"])
        print(f"{attempt}: {told}; {moved}; {applied['campaign']['contactCount']} in the campaign")

    places = list(pages(muster, PLACES, campaign, "campaign", "contacts"))
    for segment in muster.run(PLACES, {"id": campaign})["campaign"]["segments"]:
        print(f"{segment['segmentId']}: {segment['contactCount']} contacts")
    print(
        f"{len(places)} contacts, the first of them {places[0]['contact']['phone']} for {places[0]['assignee']['name']}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """0: the walk was walked. 2: the file can't be read, or the server refuses."""
    parser = argparse.ArgumentParser(description="Walk through the Review step of a campaign.")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--url", default="http://127.0.0.1:8000/graphql", help="default: %(default)s")
    parser.add_argument("--token", default=os.environ.get("MUSTER_TOKEN"), help="default: $MUSTER_TOKEN")
    parser.add_argument("--region", help="for numbers without a country code, such as KE; default: the account's")
    given = parser.parse_args(arguments)
    if not given.token:
        parser.error("a token is needed: --token, or MUSTER_TOKEN in the environment")
    try:
        walk(Muster(given.url, given.token), given.file, region=given.region)
    except (Failed, OSError, csv.Error) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
