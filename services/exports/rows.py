"""Reads the contacts of an export in pages, oldest first, by keyset pagination over an account or a list."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from models.db import database
from models.db.database import Row
from models.db.sql import MARK, Sql, all_of, numbered
from services.contacts.fields import EXPORTED
from services.contacts.filter import IS_OPTED_OUT

PAGE = 2_000

_COLUMNS = ("id", *EXPORTED, "custom_variables", "status", "created_at")
_STORED_AS = {"phone": "COALESCE(contact.given_phone, contact.phone) AS phone"}


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """Selects the contacts to export.

    `where` is a condition on `contact` that includes the account. `list_id` restricts the selection to one list. List
    members have a separate index in the order of the pagination.
    """

    account_id: UUID
    list_id: UUID | None
    where: Sql

    async def count(self) -> int:
        return int((await self._fetch("count(*)", self.where))[0][0])

    async def labels(self) -> list[str]:
        """Returns the sorted labels of all custom variables of the selected contacts."""
        keys = f" CROSS JOIN {database.keys_of('contact.custom_variables', 'variable')}"
        return sorted(row[0] for row in await self._fetch("DISTINCT variable.key", self.where, joined=keys))

    async def pages(self) -> AsyncIterator[Sequence[Row]]:
        """Yields pages of contacts with the exported columns and `is_opted_out`."""
        key = "contact.id" if self.list_id is None else "member.contact_id"
        columns = ", ".join(_STORED_AS.get(name, f"contact.{name}") for name in _COLUMNS)
        what = f"{columns}, {database.selected_as(IS_OPTED_OUT, 'is_opted_out', 'boolean')}"
        where = self.where
        while True:
            rows = await self._fetch(what, where, rest=f" ORDER BY {key} LIMIT {PAGE}")
            if rows:
                yield rows
            if len(rows) < PAGE:
                return
            where = all_of((self.where, Sql(f"{key} > {MARK}", (rows[-1]["id"],))))

    async def _fetch(self, what: str, where: Sql, *, joined: str = "", rest: str = "") -> Sequence[Row]:
        source, of_list = "contact", Sql("TRUE")
        if self.list_id is not None:
            source = (
                "contact_list_member member JOIN contact "
                "ON contact.account_id = member.account_id AND contact.id = member.contact_id"
            )
            of_list = Sql(
                f"member.account_id = {MARK} AND member.contact_list_id = {MARK}", (self.account_id, self.list_id)
            )
        condition = all_of((of_list, where))
        return await database.fetch(
            numbered(f"SELECT {what} FROM {source}{joined} WHERE {condition.text}{rest}"), *condition.values
        )
