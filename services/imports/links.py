"""Looks up the lists and users that rows name, and links contacts to them, in the transaction of a block."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.accounts import active_users
from services.accounts.active_users import ActiveUsers
from services.contacts import table as contact_table
from services.imports.cells import CellError
from services.imports.row_parsing import RowLinks
from services.imports.warnings import truncated
from services.input.text import fold
from services.lists import management as lists, membership, named_lists
from services.refusal import Code, Refused

_NO_LIST = "There is no such list. Create it, or set createLists."
_NO_USER = "There is no active user with this e-mail address."


@dataclass(frozen=True, slots=True)
class Links:
    """Lists and users that the rows of a block name. `rows` has positions as keys. Names of lists ignore case."""

    rows: Mapping[int, tuple[UUID, RowLinks]]
    lists: Mapping[str, UUID]
    people: ActiveUsers

    @staticmethod
    async def load(
        account_id: UUID, rows: Mapping[int, tuple[UUID, RowLinks]], *, is_creating_lists: bool, now: datetime
    ) -> "Links":
        """Looks up the names. Creates lists that do not exist if `is_creating_lists`."""
        if not rows:
            return Links({}, {}, ActiveUsers(frozenset(), {}))
        names = {name for _, links in rows.values() for name in links.lists}
        emails = [email for _, links in rows.values() for email in (links.owner_email, links.assignee_email)]
        known = await named_lists.by_names(account_id, names)
        if is_creating_lists and (missing := [name for name in names if fold(name) not in known]):
            await named_lists.create_missing(account_id, list(filter(None, map(_valid, missing))), now=now)
            known = await named_lists.by_names(account_id, names)
        return Links(rows, known, await active_users.load_named(account_id, emails=filter(None, emails)))

    def list_ids(self, place: int) -> list[UUID]:
        if place not in self.rows:
            return []
        names = self.rows[place][1].lists
        return [list_id for name in names if (list_id := self.lists.get(fold(name))) is not None]

    def owner_id(self, place: int) -> UUID | None:
        return self._user(self.rows[place][1].owner_email) if place in self.rows else None

    def assignee_id(self, place: int) -> UUID | None:
        return self._user(self.rows[place][1].assignee_email) if place in self.rows else None

    def _user(self, email: str | None) -> UUID | None:
        return None if email is None else self.people.with_email(email)

    def unknown(self, place: int, line: int, headers: Mapping[str, str]) -> Iterator[CellError]:
        """Yields an error for each name of a row that nothing has. The row is stored nevertheless."""
        if place not in self.rows:
            return
        links = self.rows[place][1]
        for name in links.lists:
            if fold(name) not in self.lists:
                yield _unknown(line, headers.get("lists"), name, _NO_LIST)
        for field, email in (("owner_email", links.owner_email), ("assignee_email", links.assignee_email)):
            if email is not None and self._user(email) is None:
                yield _unknown(line, headers.get(field), email, _NO_USER)

    async def link_new(self, account_id: UUID, created: Collection[int], *, now: datetime) -> None:
        """Adds new contacts to their lists, and sets their owners and assignees."""
        places = [place for place in sorted(self.rows) if place in created]
        ids = {place: self.rows[place][0] for place in places}
        await self.add_to_lists(account_id, ids, now=now)
        await contact_table.set_owners(
            account_id, [(ids[place], owner) for place in places if (owner := self.owner_id(place))], now=now
        )
        await contact_table.assign(
            account_id, [(ids[place], assignee) for place in places if (assignee := self.assignee_id(place))]
        )

    async def add_to_lists(
        self, account_id: UUID, contacts: Mapping[int, UUID], *, now: datetime
    ) -> dict[UUID, list[UUID]]:
        """Adds contacts, by position, to the lists that their rows name. Returns the added contacts of each list."""
        pairs = [(list_id, contact_id) for place, contact_id in contacts.items() for list_id in self.list_ids(place)]
        existing = await membership.lock(account_id, {list_id for list_id, _ in pairs})
        return await membership.add(account_id, dict.fromkeys(pair for pair in pairs if pair[0] in existing), now=now)


def _valid(name: str) -> str | None:
    """Returns the normalized name of a list, or None if no list can have it."""
    try:
        return lists.name(name)
    except Refused:
        return None


def _unknown(line: int, column: str | None, value: str, message: str) -> CellError:
    return CellError(line, Code.NOT_FOUND, column, truncated(value), message, None, False)
