"""The selection of a bulk change: some ids, some numbers, or all contacts that match a filter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.audit_actions import AuditAction
from models.db import database
from models.db.database import Row
from models.db.sql import ACCOUNT, MARK, TRUE, Sql, all_of, numbered, one_of
from services.accounts.settings import AccountSettings
from services.audit import recording as audit
from services.contacts import filter as contact_filter
from services.contacts.filter import ContactState, Criteria, visible
from services.contacts.table import is_owner_active
from services.ids import IdPrefix
from services.refusal import Code, refuse


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenContacts:
    """A selection by one of `ids`, `phones` (in any written form) and `criteria`.

    `expected_count` is the number of contacts that the client expects `criteria` to match.
    """

    settings: AccountSettings
    ids: Sequence[UUID] | None = None
    phones: Sequence[str] | None = None
    criteria: Criteria | None = None
    expected_count: int | None = None
    is_expected_count_needed: bool = False

    @property
    def how(self) -> str:
        """Describes the selection for the audit log, without values."""
        if self.criteria is not None:
            return f"by filter ({', '.join(contact_filter.condition_names(self.criteria)) or 'no conditions'})"
        return "by ID" if self.ids is not None else "by phone number"

    def where(self, state: ContactState, *, now: datetime) -> Sql:
        """Returns a condition on `contact` for the account's chosen contacts in a state."""
        if self.criteria is not None:
            matching = contact_filter.where(self.criteria, default_state=state, settings=self.settings, now=now)
            return all_of((matching, visible(state, now=now)))
        if self.ids is not None:
            named = Sql(database.sql_in("contact.id", MARK, "uuid"), (list(self.ids),))
            return all_of((self._of_account(), named, visible(state, now=now)))
        return all_of((self._of_account(), self._of_phones(state, now)))

    def _of_account(self) -> Sql:
        return Sql(f"contact.account_id = {MARK}", (self.settings.account_id,))

    def _of_phones(self, state: ContactState, now: datetime) -> Sql:
        """Selects by number: the contact outside the trash, or in the trash the one that was trashed last."""
        numbers = contact_filter.parsed_phones(self.phones or (), self.settings)
        named = Sql(database.sql_in("contact.phone", MARK, "text"), (numbers,))
        last = Sql(
            f"contact.id = (SELECT other.id FROM contact other WHERE other.account_id = {ACCOUNT} "
            f"AND other.phone = contact.phone AND other.deleted_at IS NOT NULL AND other.purge_at > {MARK} "
            "ORDER BY other.deleted_at DESC, other.id DESC LIMIT 1)",
            (now,),
        )
        trashed = all_of((visible(ContactState.TRASHED, now=now), last))
        if state is ContactState.ACTIVE:
            return all_of((named, visible(state, now=now)))
        if state is ContactState.TRASHED:
            return all_of((named, trashed))
        return all_of((named, self._indexed(numbers), one_of((visible(ContactState.ACTIVE, now=now), trashed))))

    def _indexed(self, numbers: Sequence[str]) -> Sql:
        """Returns a condition for the numbers in any state that lets SQLite use both partial indexes by number.

        SQLite would read the whole account for an OR of states.
        """
        if database.is_postgres():
            return TRUE
        found = f"SELECT c.id FROM contact c WHERE c.account_id = {MARK} AND {database.sql_in('c.phone', MARK, 'text')}"
        values = (self.settings.account_id, list(numbers)) * 2
        return Sql(
            f"contact.id IN ({found} AND c.deleted_at IS NULL UNION ALL {found} AND c.deleted_at IS NOT NULL)", values
        )


_COLUMNS = (
    "id",
    "phone",
    "external_id",
    "tags",
    "owner_id",
    "owned_at",
    "deleted_at",
)


MOST_AT_ONCE = 10_000

_COUNT_PATH = ("contacts", "matching", "expectedCount")


class TooManyAtOnce(Exception):
    """More contacts match than one request may change. A job is needed."""


async def lock(chosen: ChosenContacts, *, state: ContactState = ContactState.ACTIVE, now: datetime) -> Sequence[Row]:
    """Locks the chosen contacts in a state until the transaction ends. Returns them ordered by id.

    Raises Refused: REQUIRED if the expected count is required and missing, COUNT_CHANGED if it is wrong. Raises
    TooManyAtOnce if more than 10,000 contacts match a filter.
    """
    if chosen.criteria is not None and chosen.expected_count is None:
        if chosen.is_expected_count_needed:
            raise refuse(
                Code.REQUIRED,
                "expectedCount is required with a filter: the number of contacts that you expect to match.",
                *_COUNT_PATH,
            )
        if not chosen.criteria.has_conditions:
            raise refuse(
                Code.REQUIRED,
                "expectedCount is required with a filter without conditions: the number of contacts that you expect.",
                *_COUNT_PATH,
            )
    where = chosen.where(state, now=now)
    columns = ", ".join(f"contact.{name}" for name in _COLUMNS)
    is_limited = chosen.criteria is not None
    limited = f" ORDER BY contact.id LIMIT {MOST_AT_ONCE + 1}{database.for_update()}"
    rows = await database.fetch(
        numbered(
            f"SELECT {columns}, {is_owner_active()} FROM contact WHERE {where.text}"
            f"{limited if is_limited else database.locked_in_order('contact.id')}"
        ),
        *where.values,
    )
    if is_limited and len(rows) > MOST_AT_ONCE:
        raise TooManyAtOnce
    check_count(chosen, len(rows))
    return rows


def record(
    chosen: ChosenContacts,
    action: AuditAction,
    what: str,
    *,
    ids: Sequence[UUID] = (),
    count: int | None = None,
    subject: tuple[IdPrefix, UUID] | None = None,
    now: datetime,
) -> None:
    """Records in the audit log that a request changed some of the chosen contacts, and how it chose them.

    `ids` are the changed contacts, or else `count` is their number; a change of none is not recorded. `subject` is the
    list or campaign of the change; without one, it is the contact if only one changed.
    """
    changed = len(ids) if count is None else count
    if not changed:
        return
    if subject is None and changed == len(ids) == 1:
        subject = (IdPrefix.CONTACT, ids[0])
    summary = f"{what}, chosen {chosen.how}."
    audit.record(chosen.settings.account_id, action, summary, subject=subject, count=changed, now=now)


def check_count(chosen: ChosenContacts, count: int) -> None:
    """Raises Refused with COUNT_CHANGED if the expected count differs."""
    if chosen.expected_count is not None and count != chosen.expected_count:
        raise refuse(
            Code.COUNT_CHANGED,
            f"The number of matching contacts is {count}, not {chosen.expected_count}.",
            *_COUNT_PATH,
        )
