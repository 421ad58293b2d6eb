#!/usr/bin/env python3
"""Walks through the whole Review step with the API. Read it, or run it on a test account.

    MUSTER_TOKEN=muster_… python examples/review_campaign.py tests/data/exports/semalink_mixed.csv

The token must be an ADMIN's. The walk creates two users, assigns some numbers of the file to them and to you, and
records messages. Then it acts like an application in which a person presses Review: it validates the file for a
campaign, shows the rows of each bucket, and launches the selected rows.
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

sys.path.insert(0, str(Path(__file__).parent.parent))  # lets it run as a file, too

from examples.load_contacts import FIELDS, Failed, Muster, read_text

Row = dict[str, Any]

NEEDED = 38  # seven times five with a history, two that opt out, and a new one

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
    """Runs a mutation, and returns its payload. Raises Failed if it has errors; nothing was written then."""
    (payload,) = muster.run(mutation, {"input": input}).values()
    if payload["errors"]:
        raise Failed(
            "; ".join(f"{error['code']} at {error['path']}: {error['message']}" for error in payload["errors"])
        )
    return payload


def read_rows(path: Path) -> list[Row]:
    """Returns the file's rows as ReviewContactInput: the number, the names, and all other cells unchanged."""
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
    """The ids of the token's user and of two others."""

    me: str
    bob: str
    eve: str


def find_colleagues(muster: Muster) -> Colleagues:
    """Returns the token's user and two others, which it creates if missing. Raises Failed without an ADMIN's token."""
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
    """Creates contacts with a history, so that each bucket has rows. Returns their ids by kind."""
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
    """Yields the nodes of all pages of the connection at `path`."""
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
    """Prints the first rows of each bucket, with the facts that a person needs to decide."""
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
    """Runs all steps from a file to a launched campaign, and prints each. Raises Failed."""
    people = find_colleagues(muster)
    change(muster, PROTECT, contactProtectionHours=24)
    rows = read_rows(path)
    placed = {"region": region} if region else {}

    # The server decides which rows have a number. A first review without a campaign returns the numbers in E.164.
    first = change(muster, VALIDATE, contacts=rows, **placed)["review"]
    read = pages(muster, ENTRIES, first["id"], "campaignReview", "entries")
    unknown = [row["phoneNumber"] for row in read if row["bucket"] == "NEW"]
    if len(unknown) < NEEDED:
        raise Failed(f"the walk needs {NEEDED} numbers without a contact; {path.name} has {len(unknown)}")
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

    # While the person looks at the review, Bob becomes the owner of a contact. That row of the review is then outdated.
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
    """Returns 0 if all steps succeed, and 2 if the file can't be read or the server refuses."""
    parser = argparse.ArgumentParser(description="Walk through the Review step of a campaign.")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--url", default="http://127.0.0.1:8000/graphql", help="default: %(default)s")
    parser.add_argument("--token", default=os.environ.get("MUSTER_TOKEN"), help="default: $MUSTER_TOKEN")
    parser.add_argument("--region", help="for numbers without a country code, such as KE; default: the account's")
    given = parser.parse_args(arguments)
    if not given.token:
        parser.error("the token is missing: use --token, or set MUSTER_TOKEN in the environment")
    try:
        walk(Muster(given.url, given.token), given.file, region=given.region)
    except (Failed, OSError, csv.Error) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
