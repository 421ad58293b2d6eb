"""Reads the contacts of an export in pages, oldest first, by keyset pagination over an account or a list."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models.db import database
from models.db.database import Row
from models.db.sql import MARK, Sql, all_of, numbered
from services.contacts.fields import EXPORTED
from services.contacts.filter import IS_OPTED_OUT

PAGE = 2_000

_COLUMNS = ("id", *EXPORTED, "full_name", "custom_variables", "country", "status", "created_at", "updated_at")
_STORED_AS = {"phone": "COALESCE(contact.given_phone, contact.phone) AS phone"}


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """Selects the contacts to export.

    `where` is a condition on `contact` that includes the account. `list_id` restricts the selection to one list. List
    members have a separate index in the order of the pagination. `has_lists`: the contacts have their `lists`.
    """

    account_id: UUID
    list_id: UUID | None
    where: Sql
    has_lists: bool = False

    async def count(self) -> int:
        return int((await self._fetch("count(*)", self.where))[0][0])

    async def labels(self) -> list[str]:
        """Returns the sorted labels of all custom variables of the selected contacts."""
        keys = f" CROSS JOIN {database.keys_of('contact.custom_variables', 'variable')}"
        return sorted(row[0] for row in await self._fetch("DISTINCT variable.key", self.where, joined=keys))

    async def pages(self) -> AsyncIterator[Sequence[Row] | Sequence[Mapping[str, Any]]]:
        """Yields pages of contacts with the exported columns and `is_opted_out`."""
        key = "contact.id" if self.list_id is None else "member.contact_id"
        columns = ", ".join(_STORED_AS.get(name, f"contact.{name}") for name in _COLUMNS)
        what = f"{columns}, {database.selected_as(IS_OPTED_OUT, 'is_opted_out', 'boolean')}"
        where = self.where
        while True:
            rows = await self._fetch(what, where, rest=f" ORDER BY {key} LIMIT {PAGE}")
            if rows:
                yield await self._with_lists(rows) if self.has_lists else rows
            if len(rows) < PAGE:
                return
            where = all_of((self.where, Sql(f"{key} > {MARK}", (rows[-1]["id"],))))

    async def _with_lists(self, contacts: Sequence[Row]) -> Sequence[Mapping[str, Any]]:
        """Returns the contacts with their lists, which have an id and a name each, by name."""
        rows = await database.fetch(
            "SELECT contact_list_member.contact_id, contact_list.id, contact_list.name "
            f"FROM {database.by_keys('contact_list_member', 'contact_id')} "
            "JOIN contact_list ON contact_list.account_id = contact_list_member.account_id "
            "AND contact_list.id = contact_list_member.contact_list_id ORDER BY contact_list.name, contact_list.id",
            self.account_id,
            [contact["id"] for contact in contacts],
        )
        lists: dict[UUID, list[Row]] = {}
        for row in rows:
            lists.setdefault(row["contact_id"], []).append(row)
        names = (*_COLUMNS, "is_opted_out")
        return [
            {**{name: contact[name] for name in names}, "lists": lists.get(contact["id"], ())} for contact in contacts
        ]

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
