"""Merges a block of parsed rows into the contacts as one set, within the caller's transaction.

New contacts follow the same rules as elsewhere (services.contacts.table, services.contacts.saving).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from models.db import database, staging
from services.accounts.active_users import ActiveUsers
from services.accounts.settings import AccountSettings
from services.consent import register as consent_register
from services.consent.register import Cause, OptOutSource
from services.contacts import saving as contact_saving, table as contact_table, value_counts
from services.contacts.saving import IfExists, NewContact, ParsedContact, SaveOutcome
from services.history import recording as history
from services.imports.block_parsing import COLUMNS, DELIMITER, NULL, ParsedBlock
from services.imports.cells import CellError
from services.imports.links import Links
from services.imports.options import ImportMatch
from services.imports.warnings import WarningCode, Warnings, truncated
from services.input.omitted import OMITTED
from services.lists import membership
from services.refusal import Code

TABLE: Final = "staged_contact"
_AT_ONCE: Final = 500
_FEW: Final = 500
_LIVE: Final = "c.deleted_at IS NULL"
_IN_TRASH: Final = "c.deleted_at IS NOT NULL AND c.purge_at > $2"
_MESSAGES: Final = {
    Code.DUPLICATE_IN_FILE: "An earlier row of the file has this number.",
    Code.DUPLICATE_PHONE: "Another contact has this number.",
    Code.DUPLICATE_EXTERNAL_ID: "Another contact has this external id.",
}


@dataclass(frozen=True, slots=True)
class MergeTarget:
    """Settings of the merge. `headers` maps each field to its column header, for error messages."""

    settings: AccountSettings
    job_id: UUID
    user_id: UUID | None
    if_exists: IfExists
    list_id: UUID | None
    is_existing_added_to_list: bool
    headers: dict[str, str]
    match_on: ImportMatch = ImportMatch.PHONE
    is_creating_lists: bool = False
    is_opt_outs_only: bool = False

    @property
    def account_id(self) -> UUID:
        return self.settings.account_id


@dataclass(slots=True)
class Outcomes:
    """Result of a block: the counts of the API's ImportSummary, the row errors and the warnings of its rows.

    `existing_lines` are the lines of rows that were skipped because their contact exists.
    """

    counts: dict[str, int]
    errors: list[CellError] = field(default_factory=list)
    warnings: Warnings = field(default_factory=Warnings)
    existing_lines: list[int] = field(default_factory=list)

    @property
    def has_file(self) -> bool:
        """True if the job's file contains rows of the block."""
        return bool(self.counts["rejected"] or self.existing_lines)


class ListGone(Exception):
    """The target list was deleted."""


async def merge_block(
    target: MergeTarget, block: ParsedBlock, later: dict[int, Code], opted_out: Collection[str], *, now: datetime
) -> Outcomes:
    """Merges the block and returns its outcomes.

    `later` maps positions of rows that repeat an earlier row of the file to the error code. `opted_out` contains
    numbers to opt out, including those of rejected rows.

    Raises Conflict if a concurrent transaction interfered, and ListGone.
    """
    merge = _Merge(target, block, now)
    if target.is_opt_outs_only:
        await merge.opt_out(opted_out)
        return merge.outcomes()
    await staging.stage(TABLE, COLUMNS, block.staged, delimiter=DELIMITER, null=NULL)
    await merge.load_links()
    await merge.reject_duplicates(later)
    await merge.merge_existing()
    await merge.reject_taken_keys()
    await merge.create()
    await merge.opt_out(opted_out)
    return merge.outcomes()


class _Merge:
    def __init__(self, target: MergeTarget, block: ParsedBlock, now: datetime) -> None:
        self._target = target
        self._block = block
        self._now = now
        self._rejected: dict[int, tuple[Code, str]] = {}
        self._skipped: set[int] = set()
        self._updated: dict[int, bool] = {}  # maps positions to whether the contact is VALID
        self._added = 0
        self._opted_out = 0
        self._warnings = Warnings()
        self._warnings.merge(block.warnings)
        self._links = Links({}, {}, ActiveUsers(frozenset(), {}))

    async def load_links(self) -> None:
        self._links = await Links.load(
            self._target.account_id,
            self._block.links,
            is_creating_lists=self._target.is_creating_lists,
            now=self._now,
        )

    # -------------------------------------------------------------- rows that make no contact

    async def reject_duplicates(self, later: dict[int, Code]) -> None:
        """Rejects rows that repeat an earlier row of the file.

        The decision depends only on the file, so it does not depend on the order in which blocks are committed.
        """
        for place, code in later.items():
            message = "An earlier row of the file has this external id." if code is Code.DUPLICATE_EXTERNAL_ID else ""
            self._rejected[place] = (code, message or _MESSAGES[code])
        await self._unstage(later)

    async def merge_existing(self) -> None:
        """Handles rows whose number or external id, as the target says, belongs to a live contact."""
        target = self._target
        is_linked = target.list_id is not None or bool(self._links.rows)
        is_locked = target.if_exists is IfExists.UPDATE or (
            target.is_existing_added_to_list and is_linked and target.if_exists is IfExists.SKIP
        )
        places: dict[int, UUID] = {}
        if self._is_matched_by_external_id:
            places |= await self._holders("external_id", is_locked=is_locked)
            places |= await self._holders("phone", "s.external_id IS NULL", is_locked=is_locked)
        else:
            places |= await self._holders("phone", is_locked=is_locked)
        await self._unstage(places)
        await self._warn_of_list(places)
        if target.if_exists is IfExists.UPDATE:
            await self._update(sorted(places))
        elif target.if_exists is IfExists.ERROR:
            self._reject_existing(places)
        else:
            self._skip(places)
            if is_locked:
                await self._add_existing(places)

    @property
    def _is_matched_by_external_id(self) -> bool:
        return self._target.match_on is ImportMatch.EXTERNAL_ID and self._block.external_ids is not None

    async def _holders(
        self,
        name: str,
        rows: str = "TRUE",
        *,
        contacts: str = _LIVE,
        args: tuple[Any, ...] = (),
        is_locked: bool = False,
    ) -> dict[int, UUID]:
        """Returns a contact that has the row's number or external id, by the position of the row.

        `rows` and `contacts` are conditions on the rows and on the contacts. `args` are $2 and further parameters.
        A subquery makes PostgreSQL search the index for each row. For a join it often reads all contacts.
        """
        if database.is_distributed():
            places = await self._holders_on_cluster(name, rows, contacts, args)
        else:
            holder = (
                f"SELECT c.id FROM contact c WHERE c.account_id = $1 AND c.{name} = s.{name} AND {contacts} LIMIT 1"
            )
            found = await database.fetch(
                f"SELECT h.position, {database.selected_as('h.id', 'id', 'uuid')} FROM "
                f"(SELECT s.position, ({holder}) AS id FROM {TABLE} s WHERE {rows}) h WHERE h.id IS NOT NULL",
                self._target.account_id,
                *args,
            )
            places = {row["position"]: row["id"] for row in found}
        return await self._locked(name, places) if is_locked and places else places

    async def _holders_on_cluster(self, name: str, rows: str, contacts: str, args: tuple[Any, ...]) -> dict[int, UUID]:
        """Does the same on a Citus cluster, where a node with contacts does not have the staged rows."""
        staged = await database.fetch(
            f"SELECT s.position, s.{name} AS key FROM {TABLE} s WHERE {rows} AND s.{name} IS NOT NULL"
        )
        holders = await database.fetch(
            f"SELECT c.{name} AS key, c.id FROM contact c WHERE c.account_id = $1 "
            f"AND {database.sql_in(f'c.{name}', f'${len(args) + 2}', 'text')} AND {contacts}",
            self._target.account_id,
            *args,
            [row["key"] for row in staged],
        )
        ids = {row["key"]: row["id"] for row in holders}
        return {row["position"]: ids[row["key"]] for row in staged if row["key"] in ids}

    async def _locked(self, name: str, places: Mapping[int, UUID]) -> dict[int, UUID]:
        """Locks the contacts. Returns those that still have the rows' number or external id."""
        rows = await database.fetch(
            f"SELECT id, {name} FROM contact WHERE account_id = $1 AND {database.sql_in('id', '$2', 'uuid')} "
            f"AND deleted_at IS NULL{database.locked_in_order('id')}",
            self._target.account_id,
            list(places.values()),
        )
        given = self._block.phones if name == "phone" else self._block.external_ids or ()
        held = {row["id"]: row[name] for row in rows}
        return {place: contact_id for place, contact_id in places.items() if held.get(contact_id) == given[place]}

    def _reject_existing(self, places: Collection[int]) -> None:
        external_ids = self._block.external_ids or ()
        by_id = {place for place in places if self._is_matched_by_external_id and external_ids[place] is not None}
        self._reject(by_id, Code.DUPLICATE_EXTERNAL_ID)
        self._reject(set(places) - by_id, Code.DUPLICATE_PHONE)

    async def _add_existing(self, places: Mapping[int, UUID]) -> None:
        target = self._target
        if target.list_id is not None:
            await self._lock_list()
            pairs = [(target.list_id, contact_id) for contact_id in places.values()]
            added = await membership.add(target.account_id, pairs, now=self._now)
            self._added += len(added.get(target.list_id, ()))
            await history.record_added_to_lists(target.account_id, added, now=self._now)
        added = await self._links.add_to_lists(target.account_id, places, now=self._now)
        await history.record_added_to_lists(target.account_id, added, now=self._now)

    def _skip(self, places: Collection[int]) -> None:
        self._skipped |= set(places)
        self._warn(
            WarningCode.EXISTING_SKIPPED,
            "Contacts with these numbers exist, and the import left them unchanged. The job's file lists the rows.",
            places,
        )

    async def _warn_of_list(self, places: Mapping[int, UUID]) -> None:
        """Warns of existing contacts that are not on the list and that the import does not add to it."""
        target = self._target
        if target.list_id is None or target.is_existing_added_to_list or target.if_exists is IfExists.ERROR:
            return
        members = await membership.members_among(target.account_id, target.list_id, list(places.values()))
        self._warn(
            WarningCode.EXISTING_NOT_ADDED_TO_LIST,
            "Contacts with these numbers exist, and the import did not add them to the list. Set addExistingToList to "
            "add them.",
            [place for place, contact_id in places.items() if contact_id not in members],
        )

    def _warn(self, code: WarningCode, message: str, places: Collection[int]) -> None:
        if places:
            lines = self._block.lines
            self._warnings.add(code, message, line=min(lines[place] for place in places), count=len(places))

    async def _update(self, places: list[int]) -> None:
        """Updates contacts row by row, like any other contact update."""
        target = self._target
        for start in range(0, len(places), _AT_ONCE):
            some = places[start : start + _AT_ONCE]
            batch = await contact_saving.save_parsed(
                [self._parsed(place) for place in some],
                settings=target.settings,
                user_id=target.user_id,
                if_exists=target.if_exists,
                list_id=target.list_id,
                is_existing_added_to_list=target.is_existing_added_to_list,
                is_matched_by_external_id=self._is_matched_by_external_id,
                now=self._now,
            )
            self._added += batch.added_to_list
            for place, saved in zip(some, batch.rows, strict=True):
                if saved.outcome is SaveOutcome.FAILED:
                    self._rejected[place] = (saved.refusals[0].code, saved.refusals[0].message)
                else:
                    self._updated[place] = saved.is_valid

    def _parsed(self, place: int) -> ParsedContact:
        links = self._links
        phone = self._block.given_phones.get(place, self._block.phones[place])
        assignee_id = links.assignee_id(place)
        given = NewContact(
            phone=phone,
            list_ids=links.list_ids(place),
            owner_id=links.owner_id(place) or OMITTED,
            assignee_ids=[] if assignee_id is None else [assignee_id],
        )
        return ParsedContact(given, phone, self._block.values[place], ())

    async def reject_taken_keys(self) -> None:
        """Rejects rows that would make a contact with the external id or the number of another contact."""
        if self._block.external_ids is None:
            return
        places = await self._holders("external_id")
        self._reject(places, Code.DUPLICATE_EXTERNAL_ID)
        await self._unstage(places)
        if self._is_matched_by_external_id:
            places = await self._holders("phone")
            self._reject(places, Code.DUPLICATE_PHONE)
            await self._unstage(places)

    def _reject(self, places: Collection[int], code: Code) -> None:
        self._rejected |= dict.fromkeys(places, (code, _MESSAGES[code]))

    async def _unstage(self, places: Collection[int]) -> None:
        if places:
            await database.execute(
                f"DELETE FROM {TABLE} WHERE {database.sql_in('position', '$1', 'integer')}", list(places)
            )

    # -------------------------------------------------------------- new contacts

    async def create(self) -> None:
        """Creates contacts from all rows that are still staged."""
        target = self._target
        created = self._created()
        await self._warn_of_trash()
        await contact_table.insert_staged(
            target.account_id,
            TABLE,
            count=len(created),
            owner_id=target.user_id,
            job_id=target.job_id,
            now=self._now,
        )
        if target.list_id is not None and created:
            await self._lock_list()
            self._added += await membership.add_staged(target.account_id, target.list_id, TABLE, now=self._now)
        await self._links.link_new(target.account_id, created, now=self._now)
        if self._block.has_tags and created:
            await value_counts.TAGS.add_staged(target.account_id, TABLE)
        if self._block.has_variables and created:
            await value_counts.LABELS.add_staged(target.account_id, TABLE)

    async def _warn_of_trash(self) -> None:
        """Warns of numbers that a contact in the trash has. The row creates a new contact.

        Most trashes are small, and reading their numbers takes less time than searching for each row.
        """
        few = await database.fetch(
            f"SELECT phone FROM contact WHERE account_id = $1 AND deleted_at IS NOT NULL LIMIT {_FEW + 1}",
            self._target.account_id,
        )
        if len(few) <= _FEW and {row["phone"] for row in few}.isdisjoint(self._block.phones):
            return
        for place in sorted(await self._holders("phone", contacts=_IN_TRASH, args=(self._now,))):
            self._warnings.add(
                WarningCode.NUMBER_IN_TRASH,
                "A contact with this number is in the trash. The import created another contact.",
                column=self._target.headers["phone"],
                line=self._block.lines[place],
                value=self._block.phone_cells[place],
            )

    async def _lock_list(self) -> None:
        target = self._target
        if target.list_id is not None and not await membership.lock(target.account_id, [target.list_id]):
            raise ListGone

    async def opt_out(self, phones: Collection[str]) -> None:
        """Opts out the numbers, including those of rejected rows: an opt-out always takes effect."""
        if phones:
            cause = Cause(
                source=OptOutSource.IMPORT, reason=None, user_id=self._target.user_id, token_id=None, at=self._now
            )
            changed = await consent_register.opt_out(account_id=self._target.account_id, phones=phones, cause=cause)
            self._opted_out = len(changed)

    # -------------------------------------------------------------- outcomes

    def _created(self) -> set[int]:
        others = self._rejected.keys() | self._skipped | self._updated.keys()
        return set(range(len(self._block.phones))) - others

    def outcomes(self) -> Outcomes:
        block, created = self._block, self._created()
        rejected = len(block.rejected) + len(self._rejected)
        imported = len(created) + len(self._updated)
        invalid = len(created & block.invalid) + sum(not is_valid for is_valid in self._updated.values())
        errors = list(block.rejected)
        for place, (code, message) in self._rejected.items():
            errors.append(self._error(place, code, message))
        for place, marks in block.marked.items():
            if place in created or place in self._updated:
                errors += marks
        for place in block.links:
            if place in created or place in self._updated:
                errors += self._links.unknown(place, block.lines[place], self._target.headers)
        counts = {
            "total": block.total,
            "imported": imported,
            "valid": imported - invalid,
            "invalid": invalid,
            "skipped": block.total - imported,
            "rejected": rejected,
            "created": len(created),
            "updated": len(self._updated),
            "opted_out": self._opted_out,
            "added_to_list": self._added,
        }
        return Outcomes(
            counts, sorted(errors, key=lambda error: error.line), self._warnings, self._lines(self._skipped)
        )

    def _lines(self, places: Collection[int]) -> list[int]:
        return [self._block.lines[place] for place in sorted(places)]

    def _error(self, place: int, code: Code, message: str) -> CellError:
        block = self._block
        if code is Code.DUPLICATE_EXTERNAL_ID:
            column = self._target.headers.get("external_id")
            value = block.external_ids[place] if block.external_ids else None
        elif code in (Code.DUPLICATE_IN_FILE, Code.DUPLICATE_PHONE):
            column, value = self._target.headers["phone"], truncated(block.phone_cells[place])
        else:
            column, value = None, None
        return CellError(block.lines[place], code, column, value, message, None, True)
