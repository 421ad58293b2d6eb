#!/usr/bin/env python3
"""Loads contact files that other programs export into Muster. A small client that needs only Python.

    MUSTER_TOKEN=muster_… python examples/load_contacts.py --region FR brevo.csv

It recognizes the columns of Google Contacts, Outlook.com, HubSpot, Mailchimp, Brevo and Facebook lead ads, and plain
English and Portuguese ones. It is safe to repeat: with --if-exists SKIP, the default, existing contacts stay unchanged.
"""

import argparse
import csv
import io
import json
import os
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROWS_A_BATCH = 1000

# The headers of each field of a contact in the files, in lower case. Other columns are ignored.
HEADERS = {
    "phone": ["phone", "phone number", "phone_number", "phone 1 - value", "mobile phone", "sms", "telemóvel"],
    "firstName": ["first name", "first_name", "firstname", "nome"],
    "lastName": ["last name", "last_name", "lastname", "apelido"],
    "name": ["name", "full_name"],
    "email": ["email", "e-mail", "email address", "e-mail address", "e-mail 1 - value"],
    "companyName": ["company", "company_name", "organization name", "associated company"],
    "notes": ["notes", "observações"],
    "tags": ["tags", "labels", "etiquetas"],
    "externalId": ["external_id", "record id"],
}
FIELDS = {header: field for field, headers in HEADERS.items() for header in headers}
# Columns in which a yes means that the person has opted out of text messages.
OPT_OUT_HEADERS = {"opt_out", "opted_out", "is_opted_out", "unsubscribed", "sms_blacklisted"}
YES = {"yes", "true", "1"}

BULK_CREATE = """
mutation ($input: BulkCreateContactsInput!) {
  bulkCreateContacts(input: $input) {
    summary { created updated skipped rejected }
    results(only: [FAILED]) { index error { code message ... on PhoneError { suggestion } } }
    errors { code message path }
  }
}
"""
OPT_OUT = """
mutation ($input: OptOutInput!) { optOut(input: $input) { optOut { phone } errors { code message } } }
"""


@dataclass(frozen=True)
class Record:
    """A record of a file: its number, where the header is 1, and its contact."""

    line: int
    contact: dict[str, Any]
    is_opted_out: bool


# ------------------------------------------------------------------ files


def read_text(path: Path) -> str:
    """Returns the text of a file, decoded by its byte order mark, else as UTF-8, else as Windows-1252."""
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def read_records(path: Path, *, region: str | None = None) -> Iterator[Record]:
    """Yields the records of a file except blank ones. `region`, such as KE, is for numbers without a country code."""
    text = read_text(path)
    delimiter = max(",;\t|", key=text.partition("\n")[0].count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    headers = [header.strip().lower() for header in next(rows, [])]
    for line, row in enumerate(rows, start=2):
        cells = dict(zip(headers, map(str.strip, row), strict=False))
        if not any(cells.values()):
            continue
        is_opted_out = any(cells.get(header, "").lower() in YES for header in OPT_OUT_HEADERS)
        yield Record(line, to_contact(cells, region=region), is_opted_out)


def to_contact(cells: dict[str, str], *, region: str | None) -> dict[str, Any]:
    """Returns a row as Muster's ContactInput, also without a number: the server then reports the error."""
    contact: dict[str, Any] = {"phone": ""}
    if region:
        contact["region"] = region
    for header, cell in cells.items():
        field = FIELDS.get(header)
        if field == "tags":
            contact["tags"] = to_tags(cell)
        elif field == "phone":
            contact["phone"] = cell.split(" ::: ")[
                0
            ]  # Google joins several numbers like this; the first is the main one
        elif field and cell:
            contact[field] = cell
    return contact


def to_tags(cell: str) -> list[str]:
    """Splits `* myContacts ::: VIP` (Google), `"VIP","Blog"` (Mailchimp) or `vip;nairobi`. Drops Google's own tags."""
    if " ::: " in cell or cell.startswith("* "):
        tags = cell.split(" ::: ")
    else:
        tags = next(csv.reader([cell.replace(";", ",")]), [])
    return [tag.strip() for tag in tags if tag.strip() and not tag.startswith("* ")]


# ------------------------------------------------------------------ the server


class Failed(Exception):
    """The server can't be reached, or refused a request. The message gives the reason."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Muster:
    """A server, and a token for it."""

    url: str
    token: str

    def run(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Runs an operation, and returns its data. Raises Failed."""
        request = urllib.request.Request(
            self.url,
            data=json.dumps({"query": query, "variables": variables}).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
        )
        try:
            with urllib.request.urlopen(request) as response:
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            raise Failed(f"{self.url} answered {error.code}: {_messages(error.read())}", error.code) from None
        except (OSError, ValueError) as error:
            raise Failed(f"{self.url} can't be reached: {error}") from None
        if answer.get("errors"):
            raise Failed(", ".join(error["message"] for error in answer["errors"]))
        data: dict[str, Any] = answer["data"]
        return data


def _messages(body: bytes) -> str:
    try:
        return ", ".join(error["message"] for error in json.loads(body)["errors"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")[:200]


def load(muster: Muster, records: Sequence[Record], **options: Any) -> tuple[Counter[str], list[str]]:
    """Sends the records. Returns the numbers of created, updated, skipped, rejected and opted-out ones, and the errors.

    It sends opt-outs first, so that a person who has opted out can't get a message in between.
    """
    counts: Counter[str] = Counter()
    problems: list[str] = []
    for record in records:
        if record.is_opted_out:
            number = {name: record.contact[name] for name in ("phone", "region") if name in record.contact}
            opted_out = muster.run(OPT_OUT, {"input": number})["optOut"]
            counts["opted out"] += not opted_out["errors"]
    for start in range(0, len(records), ROWS_A_BATCH):
        batch = records[start : start + ROWS_A_BATCH]
        sent = {"contacts": [record.contact for record in batch], **options}
        payload = muster.run(BULK_CREATE, {"input": sent})["bulkCreateContacts"]
        if payload["errors"]:
            raise Failed(", ".join(error["message"] for error in payload["errors"]))
        counts.update(payload["summary"])
        problems += [_problem(batch[result["index"]].line, result["error"]) for result in payload["results"]]
    return counts, problems


def _problem(line: int, error: dict[str, Any]) -> str:
    meant = f" Did you mean {error['suggestion']}?" if error.get("suggestion") else ""
    return f"line {line}: {error['code']}: {error['message']}{meant}"


# ------------------------------------------------------------------ the command


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 if no row was rejected, 1 if some were, and 2 if a file can't be read or the server refuses."""
    parser = argparse.ArgumentParser(description="Load files of contacts into Muster.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--url", default="http://127.0.0.1:8000/graphql", help="default: %(default)s")
    parser.add_argument("--token", default=os.environ.get("MUSTER_TOKEN"), help="default: $MUSTER_TOKEN")
    parser.add_argument("--region", help="for numbers without a country code, such as KE; default: the account's")
    parser.add_argument("--list", metavar="ID", dest="list_id", help="the list to which all contacts are added")
    parser.add_argument("--if-exists", choices=["SKIP", "UPDATE", "ERROR"], default="SKIP", help="default: %(default)s")
    given = parser.parse_args(arguments)
    if not given.token:
        parser.error("the token is missing: use --token, or set MUSTER_TOKEN in the environment")
    options: dict[str, Any] = {"ifExists": given.if_exists}
    if given.list_id:
        options |= {"listId": given.list_id, "addExistingToList": True}

    rejected = 0
    for path in given.files:
        try:
            records = list(read_records(path, region=given.region))
            counts, problems = load(Muster(given.url, given.token), records, **options)
        except (Failed, OSError, csv.Error) as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            return 2
        for problem in problems:
            print(f"{path.name}, {problem}", file=sys.stderr)
        print(
            f"{path.name}: {len(records)} rows: {counts['created']} created, {counts['updated']} updated, "
            f"{counts['skipped']} skipped ({counts['rejected']} of them rejected), {counts['opted out']} opted out"
        )
        rejected += counts["rejected"]
    return 1 if rejected else 0


if __name__ == "__main__":
    sys.exit(main())
