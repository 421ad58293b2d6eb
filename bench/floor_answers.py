"""The parts of the floor that both databases share: the steps of each request, and the rows and answers of mutations.

Mutations write the same rows as Muster, also those of the change log, the audit log and the history of contacts.

Floor and Muster share the functions of the product for its rules: they parse numbers, look up the facts of a number,
trim texts and build the search text. So the ratio measures everything else.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from bench.data import POLICY, REGION, Piece, number_columns
from models.audit_actions import AuditAction
from models.change import ChangeKind
from models.db.database import uuid7
from schema.ids import IdPrefix, decode_as
from search_key import search_key
from services.audit import recording as audit
from services.contacts.normalization import full_name, normalized, search_text
from services.history import recording as history
from services.phones.numbers import read

Steps = Generator[tuple[Any, ...] | Piece, Any, Any]
"""Yields statements with their values, or rows to insert. Receives the rows of a statement. Returns the result."""
Row = dict[str, Any]
Tags = tuple[list[str], list[int]]
"""Names, and the changes of their counts, sorted, so that all writers lock the tags in the same order."""

Changed = Sequence[tuple[ChangeKind, Any]]
"""Kinds and keys of changed objects."""

IS_OPTED_OUT = "(SELECT o.is_opted_out FROM opt_out o WHERE o.account_id = $1 AND o.phone = {phone}) IS TRUE"
LIVE = "FROM contact WHERE contact.account_id = $1 AND contact.deleted_at IS NULL"
NEWEST = "ORDER BY contact.id DESC"
# The columns of a contact that the cases write. created_at and updated_at are the request's `now`; custom_variables is
# empty.
COLUMNS = tuple(
    "id phone first_name last_name full_name email company_name tags status invalid_reason operator "
    "operator_country country time_zones search_text".split()
)
CHANGED = ("first_name", "last_name", "full_name", "email", "company_name", "tags", "search_text")
"""The columns of a contact that an update writes, except updated_at."""
TAGGED = """
    INSERT INTO tag (account_id, name, contact_count)
    SELECT $1, t.name, t.change FROM {source} WHERE TRUE ORDER BY t.name
    ON CONFLICT (account_id, name) DO UPDATE SET contact_count = tag.contact_count + excluded.contact_count
"""
_AUDITED = ("id", "occurred_at", "subject", "summary", "ip_address")
_MEMBER = ("account_id", "contact_list_id", "contact_id", "created_at")
_COUNT = "UPDATE contact_list SET contact_count = contact_count + $3 WHERE account_id = $1 AND id = $2"
_BEFORE = "id phone first_name last_name name email company_name tags status created_at updated_at is_opted_out".split()
_READ = f"SELECT {', '.join(_BEFORE[:-1])}, {IS_OPTED_OUT.format(phone='$2')} {LIVE} AND phone = $2"
_OPTED_OUT = f"SELECT {IS_OPTED_OUT.format(phone='$2')}"
_SHOWN = "id phone full_name email company_name is_opted_out status created_at".split()
_LISTS = "SELECT id, name, contact_count FROM contact_list WHERE account_id = $1 ORDER BY lower(name), id LIMIT 10"
_TRACKED = ("last_name", "email", "company_name", "tags")
_DETAILS = {"firstName": "first_name", "lastName": "last_name", "companyName": "company_name"}
_DETAILS |= {"email": "email", "tags": "tags"}


class Backend(ABC):
    """`key` is a database's form of an id, `ids` encodes keys, and `tags` decodes tags. `instant` is SQL for createdAt,
    `in_page` for a page's columns after the tags, `contains` for contacts whose text contains $2, `of_phones` for those
    whose number is in $2, `of_tags` for the names and changes in $2 and $3, and `begin` for the start of a transaction.
    """

    def __init__(
        self, key: Callable[..., Any], ids: Callable[..., list[str]], tags: Callable[..., Any], **sql: str
    ) -> None:
        self.key, self.ids, self.tags = key, ids, tags
        self.begin, self.tagged = sql["begin"], TAGGED.format(source=sql["of_tags"])
        self.fields = f"""
            contact.id, contact.phone, contact.full_name, contact.email, contact.company_name,
            {IS_OPTED_OUT.format(phone="contact.phone")}, contact.status, {sql["instant"]}
        """
        page = f"SELECT {self.fields}, contact.tags{sql['in_page']} {LIVE} {{after}} {NEWEST} LIMIT 50"
        self._page, self._deep = page.format(after=""), page.format(after="AND contact.id < $2")
        self._one = f"SELECT {self.fields} FROM contact WHERE contact.account_id = $1 AND contact.id = $2"
        newest = f"(SELECT * {LIVE} {NEWEST} LIMIT $3) contact"
        self._newest = f"SELECT {self.fields} FROM {newest} WHERE {sql['contains']} {NEWEST} LIMIT 25"
        self._known = f"SELECT id, phone, full_name {LIVE} AND {sql['of_phones']}"

    @abstractmethod
    async def run(self, steps: Steps) -> Any:
        """Runs the steps of a request, and returns the operation's `data`."""

    @abstractmethod
    def lists_of(self, account: Any, rows: list[Any]) -> Steps:
        """Returns the lists of each contact on a page."""

    @abstractmethod
    def members_of(self, account: Any, lists: list[Any]) -> Steps:
        """Returns list id, contact id, phone, full_name and tags of the newest ten contacts of each list."""

    @abstractmethod
    def by_index(self, text: str) -> tuple[Any, ...]:
        """Returns the statement that searches by an index, and its values after the account."""

    @abstractmethod
    def insert_contacts(self, account: Any, rows: list[Row], now: datetime) -> Steps: ...

    @abstractmethod
    def note(self, account: Any, changed: Changed) -> Steps:
        """Writes rows of the change log."""

    @abstractmethod
    def save(self, account: Any, row: Row, tags: Tags, logged: Sequence[Any]) -> Steps:
        """Saves a contact. `logged` are the values of `audited` and the changed fields as JSON."""

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

    def create(self, account: Any, variables: dict[str, Any]) -> Steps:
        given, now = variables["input"]["contact"], datetime.now(UTC)
        row = self._new_row(given, _number(given["phone"]), now)
        list_id = self.key(decode_as(IdPrefix.CONTACT_LIST, given["listIds"][0]))
        row["is_opted_out"] = yield from self.insert_one(account, row, list_id, now)
        return {"createContact": {"outcome": "CREATED", **self._saved(row)}}

    def update(self, account: Any, variables: dict[str, Any]) -> Steps:
        given, now = variables["input"], datetime.now(UTC)
        before = yield from self.before(account, _number(given["contact"]["phone"]))
        row = _finished({**before, **_details(given)})
        old, new = set(before["tags"]), set(row["tags"])
        changes = orjson.dumps([(name, before[name], row[name]) for name in _TRACKED if before[name] != row[name]])
        tags = _sorted(dict.fromkeys(new - old, 1) | dict.fromkeys(old - new, -1))
        yield from self.save(account, row, tags, [*self.audit(row, now), changes.decode()])
        return {"updateContact": self._saved(row)}

    def before(self, account: Any, phone: str) -> Steps:
        """Returns the contact that `save` then changes."""
        (found,) = yield _READ, account, phone
        return dict(zip(_BEFORE, found, strict=True))

    def bulk(self, account: Any, variables: dict[str, Any]) -> Steps:
        given, now = variables["input"], datetime.now(UTC)
        contacts = {_number(contact["phone"]): contact for contact in given["contacts"]}
        yield (self.begin,)
        rows = yield self._known, account, list(contacts)
        known = {row[1]: {"id": row[0], "phone": row[1], "full_name": row[2]} for row in rows}
        new = {phone: self._new_row(contacts[phone], phone, now) for phone in contacts if phone not in known}
        list_id = self.key(decode_as(IdPrefix.CONTACT_LIST, given["listId"]))
        yield from self.insert(account, list(new.values()), list_id, now)
        yield ("COMMIT",)
        results, saved = list[Any](), [known.get(phone) or new[phone] for phone in contacts]
        for index, (id, row) in enumerate(zip(self._ids(saved), saved, strict=True)):
            contact = {"id": id, "phone": row["phone"], "name": row["full_name"]}
            outcome = "CREATED" if row["phone"] in new else "SKIPPED"
            results.append({"index": index, "outcome": outcome, "contact": contact})
        return {"bulkCreateContacts": {"results": results, "errors": []}}

    def insert(self, account: Any, rows: list[Row], list_id: Any, now: datetime) -> Steps:
        """Inserts contacts that are on a list."""
        yield from self.insert_contacts(account, rows, now)
        members = [(account, list_id, row["id"], now) for row in rows]
        yield Piece("contact_list_member", _MEMBER, members)
        yield _COUNT, account, list_id, len(rows)
        yield self.tagged, account, *_sorted(Counter(tag for row in rows for tag in row["tags"]))
        contacts = [(ChangeKind.CONTACT, row["id"]) for row in rows]
        yield from self.note(account, [(ChangeKind.CONTACT_LIST, list_id), *contacts])
        yield _CREATED, account, *self.audit(rows[0], now)

    def audit(self, row: Row, now: datetime) -> tuple[Any, ...]:
        """Returns the values of an audit event about a contact."""
        return self.key(uuid7(now)), now, *self._ids([row]), "The floor changed a contact.", "127.0.0.1"

    def insert_one(self, account: Any, row: Row, list_id: Any, now: datetime) -> Steps:
        """Inserts a contact, and returns whether its number has opted out."""
        yield (self.begin,)
        yield from self.insert(account, [row], list_id, now)
        ((is_opted_out,),) = yield _OPTED_OUT, account, row["phone"]
        yield ("COMMIT",)
        return is_opted_out

    def _new_row(self, given: Mapping[str, Any], phone: str, now: datetime) -> Row:
        row: Row = dict.fromkeys(COLUMNS)
        row |= {"id": self.key(uuid7(now)), "phone": phone, "created_at": now, "tags": []}
        return _finished(row | _details(given) | number_columns(phone))

    def _ids(self, rows: Sequence[Row]) -> list[str]:
        return self.ids(IdPrefix.CONTACT, [row["id"] for row in rows])

    def _saved(self, row: Row) -> dict[str, Any]:
        """Returns what both mutations answer."""
        (contact,) = self._contacts([[row[name] for name in _SHOWN]])
        return {"contact": contact | {"tags": row["tags"]}, "errors": []}


def audited(source: str, action: AuditAction, first: int) -> str:
    """Returns the INSERT of an audit event for a row of `source`. The values of `Backend.audit` begin at $`first`."""
    values = {name: f"${first + place}" for place, name in enumerate(_AUDITED)}
    return audit.insertion(of=source, action=action, values=values)


def remembered(source: str, contact: str, first: int) -> str:
    """Returns the INSERT of a change into the history. The values of `audited` begin at $`first`, then the changes."""
    values = {"contact_id": contact, "id": f"${first}", "occurred_at": f"${first + 1}", "changes": f"${first + 5}"}
    return history.insertion(of=source, action=AuditAction.UPDATE, values=values)


_CREATED = audited("(SELECT 1) one", AuditAction.CREATE, 2)


def _number(written: str) -> str:
    phone = read(written, region=REGION, policy=POLICY)
    assert isinstance(phone, str), phone
    return phone


def _details(given: Mapping[str, Any]) -> Row:
    """Returns the input fields by column, normalized."""
    wanted = {_DETAILS[name]: value for name, value in given.items() if name in _DETAILS}
    values, refusals = normalized(wanted, region=REGION, policy=POLICY)
    assert not refusals, refusals
    return values


def _finished(row: Row) -> Row:
    row["full_name"] = full_name(row)
    row["search_text"] = search_text(row)
    return row


def _sorted(changes: Mapping[str, int]) -> Tags:
    names = sorted(changes)
    return names, [changes[name] for name in names]
