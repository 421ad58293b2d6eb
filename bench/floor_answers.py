"""The parts of the floor that both databases share: the cases that read, and the rows and answers of mutations.

Floor and Muster share the functions of the product for its rules: they parse numbers, look up the facts of a number,
trim texts and build the search text. So the ratio measures everything else.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bench.data import POLICY, REGION, number_columns
from models.db.database import uuid7
from schema.ids import IdPrefix, decode_as, encode
from search_key import search_key
from services.contacts.normalization import full_name, normalized, search_text
from services.phones.numbers import read

Steps = Generator[tuple[Any, ...], list[Any], Any]
"""Yields statements with their values, receives their rows, and returns the operation's `data`."""

IS_OPTED_OUT = "(SELECT o.is_opted_out FROM opt_out o WHERE o.account_id = $1 AND o.phone = {phone}) IS TRUE"
LIVE = "FROM contact WHERE contact.account_id = $1 AND contact.deleted_at IS NULL"
NEWEST = "ORDER BY contact.id DESC"
_LISTS = "SELECT id, name, contact_count FROM contact_list WHERE account_id = $1 ORDER BY lower(name), id LIMIT 10"


class Reader(ABC):
    """`key` is a database's form of an id, `ids` encodes keys, and `tags` decodes tags. `instant` is SQL for createdAt,
    `in_page` for a page's columns after the tags, and `contains` for contacts whose text contains $2.
    """

    def __init__(
        self, key: Callable[..., Any], ids: Callable[..., list[str]], tags: Callable[..., Any], **sql: str
    ) -> None:
        self.key, self.ids, self.tags = key, ids, tags
        self.fields = f"""
            contact.id, contact.phone, contact.full_name, contact.email, contact.company_name,
            {IS_OPTED_OUT.format(phone="contact.phone")}, contact.status, {sql["instant"]}
        """
        page = f"SELECT {self.fields}, contact.tags{sql['in_page']} {LIVE} {{after}} {NEWEST} LIMIT 50"
        self._page, self._deep = page.format(after=""), page.format(after="AND contact.id < $2")
        self._one = f"SELECT {self.fields} FROM contact WHERE contact.account_id = $1 AND contact.id = $2"
        newest = f"(SELECT * {LIVE} {NEWEST} LIMIT $3) contact"
        self._newest = f"SELECT {self.fields} FROM {newest} WHERE {sql['contains']} {NEWEST} LIMIT 25"

    @abstractmethod
    def lists_of(self, account: Any, rows: list[Any]) -> Steps:
        """Returns the lists of each contact on a page."""

    @abstractmethod
    def members_of(self, account: Any, lists: list[Any]) -> Steps:
        """Returns list id, contact id, phone, full_name and tags of the newest ten contacts of each list."""

    @abstractmethod
    def by_index(self, text: str) -> tuple[Any, ...]:
        """Returns the statement that searches by an index, and its values after the account."""

    def page(self, account: Any, variables: dict[str, Any]) -> Steps:
        return (yield from self._with_lists(account, (yield self._page, account)))

    def deep(self, account: Any, variables: dict[str, Any]) -> Steps:
        after = self.key(decode_as(IdPrefix.CONTACT, variables["id"]))
        return (yield from self._with_lists(account, (yield self._deep, account, after)))

    def _with_lists(self, account: Any, rows: list[Any]) -> Steps:
        contacts, lists, tags = self._contacts(rows), (yield from self.lists_of(account, rows)), self.tags
        for contact, row, on in zip(contacts, rows, lists, strict=True):
            contact["tags"] = tags(row[8])
            contact["lists"] = on
        return {"contacts": {"nodes": contacts}}

    def one(self, account: Any, variables: dict[str, Any]) -> Steps:
        rows = yield self._one, account, self.key(decode_as(IdPrefix.CONTACT, variables["id"]))
        return {"contact": self._contacts(rows)[0] if rows else None}

    def search(self, account: Any, variables: dict[str, Any]) -> Steps:
        """A scan in page order soon finds a frequent text. An index finds a rare text; its few hits are sorted."""
        written = variables["search"]
        # A number as dialled in the country or abroad is found by its digits in E.164.
        digits = written.replace(" ", "").removeprefix("+")
        text = digits.removeprefix("0") if digits.isdigit() else search_key(written)
        rows = yield self._newest, account, text, 500
        if 0 < len(rows) < 25:
            rows = yield self._newest, account, text, 10_000
        if len(rows) < 25:
            sql, *values = self.by_index(text)
            rows = yield sql, account, *values
        return {"contacts": {"nodes": self._contacts(rows)}}

    def nested(self, account: Any, variables: dict[str, Any]) -> Steps:
        lists = yield _LISTS, account
        rows = yield from self.members_of(account, lists)
        nodes, tags, members = self.shown_lists(lists), self.tags, {row[0]: list[Any]() for row in lists}
        for id, row in zip(self.ids(IdPrefix.CONTACT, [row[1] for row in rows]), rows, strict=True):
            members[row[0]].append({"id": id, "phone": row[2], "name": row[3], "tags": tags(row[4])})
        for node, contacts in zip(nodes, members.values(), strict=True):
            node["contacts"] = {"nodes": contacts}
        return {"contactLists": {"nodes": nodes}}

    def shown_lists(self, rows: Sequence[Any]) -> list[Any]:
        ids = self.ids(IdPrefix.CONTACT_LIST, [row[0] for row in rows])
        return [{"id": id, "name": row[1], "contactCount": row[2]} for id, row in zip(ids, rows, strict=True)]

    def _contacts(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        return [
            {
                "id": id,
                "phone": row[1],
                "name": row[2],
                "email": row[3],
                "companyName": row[4],
                "isOptedOut": row[5] == 1,
                "status": row[6],
                "createdAt": row[7],
            }
            for id, row in zip(self.ids(IdPrefix.CONTACT, [row[0] for row in rows]), rows, strict=True)
        ]


Row = dict[str, Any]

# The columns of a contact that the cases write. created_at and updated_at are the request's `now`; custom_variables is
# empty.
COLUMNS = tuple(
    "id phone first_name last_name full_name email company_name tags status invalid_reason operator "
    "operator_country country time_zones search_text".split()
)
CHANGED = ("first_name", "last_name", "full_name", "email", "company_name", "tags", "search_text")
"""The columns of a contact that an update writes, except updated_at."""

_DETAILS = {"firstName": "first_name", "lastName": "last_name", "companyName": "company_name"}
_DETAILS |= {"email": "email", "tags": "tags"}


def now() -> datetime:
    return datetime.now(UTC)


def number(written: str) -> str:
    phone = read(written, region=REGION, policy=POLICY)
    assert isinstance(phone, str), phone
    return phone


def details(given: Mapping[str, Any]) -> Row:
    """Returns the input fields by column, normalized."""
    wanted = {_DETAILS[name]: value for name, value in given.items() if name in _DETAILS}
    values, refusals = normalized(wanted, region=REGION, policy=POLICY)
    assert not refusals, refusals
    return values


def new_row(given: Mapping[str, Any], phone: str, instant: datetime) -> Row:
    row: Row = dict.fromkeys(COLUMNS)
    row |= {"id": uuid7(instant), "phone": phone, "tags": [], **details(given), **number_columns(phone)}
    return finished(row)


def finished(row: Row) -> Row:
    row["full_name"] = full_name(row)
    row["search_text"] = search_text(row)
    return row


def tag_changes(before: list[str], after: list[str]) -> tuple[list[str], list[int]]:
    """Returns names, and the changes of their counts, sorted, so that all writers lock the tags in the same order."""
    old, new = set(before), set(after)
    return _sorted(dict.fromkeys(new - old, 1) | dict.fromkeys(old - new, -1))


def tag_counts(rows: Sequence[Row]) -> tuple[list[str], list[int]]:
    return _sorted(Counter(tag for row in rows for tag in row["tags"]))


def _sorted(changes: Mapping[str, int]) -> tuple[list[str], list[int]]:
    names = sorted(changes)
    return names, [changes[name] for name in names]


def saved(row: Row, is_opted_out: bool, created_at: datetime) -> dict[str, Any]:
    """Returns what both mutations answer."""
    names = {"phone": "phone", "name": "full_name", "email": "email", "companyName": "company_name"}
    contact = {"id": encode(IdPrefix.CONTACT, row["id"])} | {name: row[column] for name, column in names.items()}
    contact |= {"isOptedOut": is_opted_out, "status": row["status"], "createdAt": created_at, "tags": row["tags"]}
    return {"contact": contact, "errors": []}


class Batch:
    """The rows of a bulkCreateContacts. Existing contacts are passed to `take`."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.list_id = decode_as(IdPrefix.CONTACT_LIST, given["listId"])
        self._contacts = [(number(contact["phone"]), contact) for contact in given["contacts"]]
        self.phones = list({phone: None for phone, _ in self._contacts})

    def take(self, known: Mapping[str, Any], instant: datetime) -> list[Row]:
        """Returns the new contacts. `known` has id, phone and full_name of existing contacts, by number."""
        there, new = dict(known), list[Row]()
        self._outcomes: list[tuple[str, Row]] = []
        for phone, given in self._contacts:
            if (row := there.get(phone)) is not None:
                self._outcomes.append(("SKIPPED", row))
                continue
            row = there[phone] = new_row(given, phone, instant)
            new.append(row)
            self._outcomes.append(("CREATED", row))
        return new

    def answer(self) -> Any:
        results = []
        for index, (outcome, row) in enumerate(self._outcomes):
            contact = {"id": encode(IdPrefix.CONTACT, row["id"]), "phone": row["phone"], "name": row["full_name"]}
            results.append({"index": index, "outcome": outcome, "contact": contact})
        return {"bulkCreateContacts": {"results": results, "errors": []}}
