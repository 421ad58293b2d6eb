"""The floor on PostgreSQL, in as few statements as possible."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from bench import floor_answers
from bench.data import Piece
from bench.floor_answers import CHANGED, COLUMNS, IS_OPTED_OUT, LIVE, NEWEST, TAGGED, Backend, Changed, Row, Steps, Tags
from models.audit_actions import AuditAction
from models.change import ChangeKind
from models.db.change_rows import OWN_POSITION
from models.db.sql import numbered
from schema.ids import encode_many
from services.contacts.search import CHARACTERS, FOLLOWING, LETTERS, UNFORESEEN, WORDS, by_digits

_LIST_IDS = """, ARRAY(
    SELECT m.contact_list_id FROM contact_list_member m
    WHERE m.account_id = contact.account_id AND m.contact_id = contact.id
)"""
_LISTS = (
    "SELECT id, name, contact_count FROM contact_list WHERE account_id = $1 AND id = ANY($2) ORDER BY lower(name), id"
)
_CONTAINS = "strpos(contact.search_text, $2) > 0"
_SEARCH = f"""
WITH hits AS MATERIALIZED (SELECT contact.account_id, contact.id {LIVE} AND {_CONTAINS} AND {{found}}),
     first AS MATERIALIZED (SELECT * FROM hits contact {NEWEST} LIMIT 25)
SELECT {{fields}} FROM first JOIN contact ON contact.account_id = first.account_id AND contact.id = first.id {NEWEST}
"""
_MEMBERS = """
SELECT p.list_id, c.id, c.phone, c.full_name, c.tags
FROM unnest($2::uuid[]) WITH ORDINALITY AS p(list_id, place)
CROSS JOIN LATERAL (
    SELECT c.id, c.phone, c.full_name, c.tags
    FROM contact_list_member m JOIN contact c ON c.account_id = m.account_id AND c.id = m.contact_id
    WHERE m.account_id = $1 AND m.contact_list_id = p.list_id AND c.deleted_at IS NULL
    ORDER BY m.contact_id DESC LIMIT 10
) c
ORDER BY p.place, c.id DESC
"""
_OTHERS = ("custom_variables", "last_inbound_at", "last_outbound_at", "created_at", "updated_at")
_CONTACT = int(ChangeKind.CONTACT)
_NOTED = f"""
    INSERT INTO change (position, account_id, kind, object_id, changed_at)
    SELECT {OWN_POSITION}, $1, o.kind, o.id, now() FROM {{source}}
"""
# $2 to $16 are COLUMNS; the instant is $17, the list $18. Those of the audit event begin at $19.
_CREATE = f"""
WITH made AS (
    INSERT INTO contact (account_id, {", ".join((*COLUMNS, *_OTHERS))})
    SELECT $1, {", ".join(f"${place}" for place in range(2, 17))}, '{{}}', h.last_inbound_at, h.last_outbound_at,
           $17, $17
    FROM (SELECT) one LEFT JOIN phone_history h ON h.account_id = $1 AND h.phone = $3
    ON CONFLICT DO NOTHING RETURNING id
), noted AS (
    {_NOTED.format(source=f"made, (VALUES ({_CONTACT}, $2), ({ChangeKind.CONTACT_LIST:d}, $18)) o(kind, id)")}
), audited AS (
    {floor_answers.audited("made", AuditAction.CREATE, 19)}
), member AS (
    INSERT INTO contact_list_member (account_id, contact_list_id, contact_id, created_at)
    SELECT $1, $18, made.id, $17 FROM made
), counted AS (
    UPDATE contact_list SET contact_count = contact_count + 1 FROM made WHERE account_id = $1 AND contact_list.id = $18
), tagged AS (
    {TAGGED.format(source="(SELECT unnest($9::text[]) AS name, 1 AS change FROM made) t")}
)
SELECT {IS_OPTED_OUT.format(phone="$3")} FROM made
"""
_UPDATE = f"""
WITH changed AS (
    UPDATE contact SET updated_at = $14, {", ".join(f"{name} = ${place}" for place, name in enumerate(CHANGED, 6))}
    WHERE account_id = $1 AND id = $2 AND updated_at = $3 RETURNING id
), noted AS (
    {_NOTED.format(source=f"(SELECT {_CONTACT} AS kind, id FROM changed) o")}
), audited AS (
    {floor_answers.audited("changed", AuditAction.UPDATE, 13)}
), remembered AS (
    {floor_answers.remembered("changed", "$2", 13)}
), tagged AS (
    {TAGGED.format(source="changed, unnest($4::text[], $5::integer[]) AS t(name, change)")}
)
SELECT id FROM changed
"""
_HISTORY = (
    "SELECT phone, last_inbound_at, last_outbound_at FROM phone_history WHERE account_id = $1 AND phone = ANY($2)"
)
_AS_LETTERS = str.maketrans(" .@-", LETTERS)


class _Connection(asyncpg.Connection):
    def get_reset_query(self) -> str:
        return ""


class PostgresBackend(Backend):
    def __init__(self) -> None:
        sql = {"instant": "contact.created_at", "in_page": _LIST_IDS, "contains": _CONTAINS}
        sql |= {"of_phones": "phone = ANY($2)", "of_tags": "unnest($2::text[], $3::integer[]) AS t(name, change)"}
        super().__init__(lambda id: id, encode_many, lambda tags: tags, begin="BEGIN", **sql)

    async def open(self, url: str) -> None:
        self._pool = await asyncpg.create_pool(url, min_size=1, max_size=10, connection_class=_Connection)

    async def run(self, steps: Steps) -> Any:
        async with self._pool.acquire() as connection:
            rows: Any = None
            try:
                while True:
                    step = steps.send(rows)
                    if isinstance(step, Piece):
                        await step.copy_to(connection)
                    else:
                        rows = await connection.fetch(*step)
            except StopIteration as done:
                return done.value

    def lists_of(self, account: UUID, rows: list[Any]) -> Steps:
        """Each list on the page is fetched once."""
        found = yield _LISTS, account, list({list_id for row in rows for list_id in row[9]})
        lists, places = self.shown_lists(found), {row[0]: place for place, row in enumerate(found)}
        return [[lists[at] for at in sorted([places[id] for id in row[9]])] for row in rows]

    def members_of(self, account: UUID, lists: list[Any]) -> Steps:
        return (yield _MEMBERS, account, [row[0] for row in lists])

    def by_index(self, text: str) -> tuple[Any, ...]:
        """A trigram index can't find texts of fewer than three letters."""
        if text.isdigit() and (digits := by_digits(text)):
            return _SEARCH.format(fields=self.fields, found=f"({numbered(digits.text, 3)})"), text, *digits.values
        words = text.translate(_AS_LETTERS)
        found, values = f"{WORDS} LIKE $3", [f"%{words}%"]
        if len(text) == 2:
            found, values = f"({WORDS} ~ $3 OR {UNFORESEEN})", [f"{words}[{FOLLOWING}]"]
        elif len(text) == 1:
            found, values = f"{CHARACTERS} @> ARRAY[$3::text]", [text]
        return _SEARCH.format(fields=self.fields, found=found), text, *values

    def insert_contacts(self, account: UUID, rows: list[Row], now: datetime) -> Steps:
        found = yield _HISTORY, account, [row["phone"] for row in rows]
        history, never = {row[0]: row[1:] for row in found}, (None, None)
        contacts = [
            (account, *[row[name] for name in COLUMNS], "{}", *history.get(row["phone"], never), now, now)
            for row in rows
        ]
        yield Piece("contact", ("account_id", *COLUMNS, *_OTHERS), contacts)

    def insert_one(self, account: UUID, row: Row, list_id: UUID, now: datetime) -> Steps:
        """Creates a contact in one statement, which is a transaction."""
        audited = self.audit(row, now)
        ((is_opted_out,),) = yield _CREATE, account, *[row[name] for name in COLUMNS], now, list_id, *audited
        return is_opted_out

    def note(self, account: UUID, changed: Changed) -> Steps:
        source = "unnest($2::smallint[], $3::uuid[]) o(kind, id)"
        yield _NOTED.format(source=source), account, *map(list, zip(*changed, strict=True))

    def save(self, account: UUID, row: Row, tags: Tags, logged: Sequence[Any]) -> Steps:
        """Writes the contact if no other request has changed it in between, without a lock."""
        values = [*tags, *[row[name] for name in CHANGED], *logged]
        assert (yield _UPDATE, account, row["id"], row["updated_at"], *values), "another request changed it"
