"""Converts contact filters to conditions on the table `contact`, for queries, bulk changes, exports and audiences."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

from models.db.database import cast_to, elements_of, is_postgres, sql_in
from models.db.sql import ACCOUNT, FALSE, MARK, TRUE, Search, Sql, all_of, negated, one_of
from services.accounts.settings import AccountSettings
from services.contacts.custom_variables import VariableCondition, variable_search
from services.contacts.search import is_blank, search
from services.input.phone_input import read_number
from services.phones.numbers import PhoneProblem, identity

_GROUP = 32

T = TypeVar("T")


class ContactState(StrEnum):
    ACTIVE = "ACTIVE"
    TRASHED = "TRASHED"
    ANY = "ANY"


@dataclass(frozen=True, slots=True)
class Range:
    """A period from `start`, inclusive, to `before`, exclusive. None means no limit."""

    start: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """A contact filter with decoded IDs. None is no condition. An empty list of wanted values matches no contact."""

    state: ContactState | None = None
    search: str | None = None
    ids: Sequence[UUID] | None = None
    phones: Sequence[str] | None = None
    external_ids: Sequence[str] | None = None
    list_ids: Sequence[UUID] | None = None
    not_in_list_ids: Sequence[UUID] | None = None
    in_no_list: bool | None = None
    campaign_ids: Sequence[UUID] | None = None
    not_in_campaign_ids: Sequence[UUID] | None = None
    all_tags: Sequence[str] | None = None
    any_tags: Sequence[str] | None = None
    no_tags: Sequence[str] | None = None
    is_opted_out: bool | None = None
    is_verified: bool | None = None
    status: str | None = None
    owner_ids: Sequence[UUID] | None = None
    has_owner: bool | None = None
    assignee_ids: Sequence[UUID] | None = None
    is_assigned: bool | None = None
    countries: Sequence[str] | None = None
    operators: Sequence[str] | None = None
    company_names: Sequence[str] | None = None
    custom_variables: Sequence[VariableCondition] | None = None
    sender_number: str | None = None
    has_email: bool | None = None
    imported_by_job_id: UUID | None = None
    created_at: Range | None = None
    updated_at: Range | None = None
    last_inbound_at: Range | None = None
    last_outbound_at: Range | None = None
    and_: Sequence["Criteria"] | None = None
    or_: Sequence["Criteria"] | None = None
    not_: "Criteria | None" = None

    @property
    def has_conditions(self) -> bool:
        """True if the filter has a condition besides the state that can exclude contacts. A blank search can't."""
        return any(_is_condition(field.name, getattr(self, field.name)) for field in fields(self))

    @property
    def names_contacts(self) -> bool:
        """True if the filter matches only contacts that it lists by ID, phone number or external ID."""
        is_named = self.ids is not None or self.phones is not None or self.external_ids is not None
        return is_named or any(part.names_contacts for part in self.and_ or ())


def condition_names(criteria: Criteria) -> list[str]:
    """Returns the names of the filter's conditions as in the API, sorted, with those of nested filters."""
    names: set[str] = set()
    for field in fields(criteria):
        value = getattr(criteria, field.name)
        if value is None:
            continue
        if field.name in ("and_", "or_", "not_"):
            for part in [value] if isinstance(value, Criteria) else value:
                names.update(condition_names(part))
        else:
            first, *others = field.name.split("_")
            names.add(first + "".join(word.capitalize() for word in others))
    return sorted(names)


EVERYTHING = Criteria()
_conditions = attrgetter(*(field.name for field in fields(Criteria) if field.name not in ("state", "search")))
_NO_CONDITIONS = _conditions(EVERYTHING)

_LIVE = Sql("contact.deleted_at IS NULL")
_UNWANTED = ("not_in_list_ids", "not_in_campaign_ids", "all_tags", "no_tags", "custom_variables")


def _is_condition(name: str, value: Any) -> bool:
    if value is None or name == "state":
        return False
    if name == "search":
        return not is_blank(value)
    if name in _UNWANTED:
        return bool(value)
    if isinstance(value, Range):
        return value.start is not None or value.before is not None
    if name == "and_":
        return any(part.has_conditions for part in value)
    return name != "or_" or all(part.has_conditions for part in value)


_NOT_EXPIRED = f"contact.deleted_at IS NULL OR contact.purge_at > {MARK}"
"""The SQL of State.ANY. Its parameter is the current time."""


def visible(state: ContactState, *, now: datetime) -> Sql:
    """Returns the condition for contacts in a state. Expired contacts are invisible even before the purge."""
    if state is ContactState.ACTIVE:
        return Sql("contact.deleted_at IS NULL")
    if state is ContactState.TRASHED:
        return Sql(f"contact.deleted_at IS NOT NULL AND contact.purge_at > {MARK}", (now,))
    return Sql(_NOT_EXPIRED, (now,))


def where(criteria: Criteria, *, default_state: ContactState, settings: AccountSettings, now: datetime) -> Sql:
    """Returns the condition for contacts of the settings' account that match a filter."""
    rest, searched = _split_top(criteria, default_state, settings, now)
    is_looked_up = criteria.names_contacts or (searched is not None and searched.indexed is not None)
    return _joined(all_of((_of_account(settings, is_looked_up=is_looked_up), rest)), searched)


def where_and_search(
    criteria: Criteria, *, default_state: ContactState, settings: AccountSettings, now: datetime
) -> tuple[Sql, Search | None]:
    """Returns the condition of `where` in two parts: without the searches, and these, or None."""
    rest, searched = _split_top(criteria, default_state, settings, now)
    return all_of((_of_account(settings, is_looked_up=criteria.names_contacts), rest)), searched


def _of_account(settings: AccountSettings, *, is_looked_up: bool) -> Sql:
    # The `+` prevents SQLite from using the indexes that contain an account's contacts in the order of the page.
    sign = "+" if is_looked_up and not is_postgres() else ""
    return Sql(f"{sign}contact.account_id = {MARK}", (settings.account_id,))


def matching(criteria: Criteria, *, default_state: ContactState, settings: AccountSettings, now: datetime) -> Sql:
    """Returns the condition of `where` without the account, for contacts that are joined to rows of the account."""
    return _joined(*_split_top(criteria, default_state, settings, now))


def checked(criteria: Criteria, *, default_state: ContactState, settings: AccountSettings, now: datetime) -> Sql:
    """Returns the condition of `where` for a few contacts that the statement finds by their ids."""
    rest, searched = _split_top(criteria, default_state, settings, now)
    return rest if searched is None else rest & searched.plain


def _split_top(
    criteria: Criteria, default_state: ContactState, settings: AccountSettings, now: datetime
) -> tuple[Sql, Search | None]:
    if criteria is EVERYTHING and default_state is ContactState.ACTIVE:
        return _LIVE, None
    rest, searched = _split(criteria, settings, now)
    return all_of((visible(criteria.state or default_state, now=now), rest)), searched


def _split(criteria: Criteria, settings: AccountSettings, now: datetime) -> tuple[Sql, Search | None]:
    """Returns all conditions of a filter except the state, in two parts: the searches, or None, and the others."""
    searches = _searches(criteria, settings)
    if _conditions(criteria) == _NO_CONDITIONS:
        return TRUE, _all_found(searches)
    conditions = [variable_search(part).plain for part in criteria.custom_variables or () if part.exists is False]
    conditions += _of_values(criteria, settings)
    conditions += _of_links(criteria)
    conditions += _of_tags(criteria)
    conditions += _of_flags(criteria)
    for name in ("created_at", "updated_at", "last_inbound_at", "last_outbound_at"):
        conditions += _in_range(f"contact.{name}", getattr(criteria, name))
    if criteria.and_ is not None:
        parts = [_split_nested(part, settings, now) for part in criteria.and_]
        conditions.append(_grouped(all_of, [rest for rest, _ in parts]))
        searches += [searched for _, searched in parts if searched is not None]
    if criteria.or_ is not None:
        parts = [_split_nested(part, settings, now) for part in criteria.or_]
        if (found := _one_found(parts)) is not None:
            searches.append(found)
        else:
            conditions.append(_grouped(one_of, [_joined(rest, searched) for rest, searched in parts]))
    if criteria.not_ is not None:
        rest, searched = _split_nested(criteria.not_, settings, now)
        conditions.append(negated(rest if searched is None else rest & searched.plain))
    return all_of(conditions), _all_found(searches)


def _split_nested(criteria: Criteria, settings: AccountSettings, now: datetime) -> tuple[Sql, Search | None]:
    rest, searched = _split(criteria, settings, now)
    return rest if criteria.state is None else all_of((visible(criteria.state, now=now), rest)), searched


def _joined(rest: Sql, searched: Search | None) -> Sql:
    return rest if searched is None else rest & searched.condition


def _searches(criteria: Criteria, settings: AccountSettings) -> list[Search]:
    """Returns the conditions that can match many contacts or hardly any, and that an index supports."""
    searches = [variable_search(part) for part in criteria.custom_variables or () if part.exists is not False]
    if (text := search(criteria.search, region=settings.default_region)) is not None:
        searches.append(text)
    if criteria.company_names is not None:
        names = storable(criteria.company_names)
        plain = Sql(sql_in("contact.company_name", MARK, "text"), (names,))
        searches.append(Search(plain, _with_keys("company_name", "text", names, settings)))
    return searches


def _all_found(searches: Sequence[Search]) -> Search | None:
    """Returns one search for the contacts that all of them find; None if there are none."""
    if len(searches) < 2:
        return searches[0] if searches else None
    plain = _grouped(all_of, [part.plain for part in searches])
    if all(part.indexed is None for part in searches):
        return Search(plain, None)
    return Search(plain, _grouped(all_of, [part.condition for part in searches]))


def _one_found(parts: Sequence[tuple[Sql, Search | None]]) -> Search | None:
    """Returns one search for the contacts that a part matches; None if a part has no search or no index for it."""
    plain, indexed = [], []
    for rest, searched in parts:
        if searched is None or searched.indexed is None:
            return None
        plain.append(rest & searched.plain)
        indexed.append(rest & searched.indexed)
    return Search(_grouped(one_of, plain), _grouped(one_of, indexed)) if parts else None


def _grouped(join: Callable[[Sequence[Sql]], Sql], parts: Sequence[Sql]) -> Sql:
    """Joins many parts in groups. SQLite supports at most 1,000 levels in an expression, and each OR is a level."""
    groups = [join(parts[start : start + _GROUP]) for start in range(0, len(parts), _GROUP)]
    return join(groups)


def _of_values(criteria: Criteria, settings: AccountSettings) -> list[Sql]:
    conditions = []
    for term, values, kind in (
        ("contact.owner_id", criteria.owner_ids, "uuid"),
        ("contact.country", criteria.countries, "text"),
        ("contact.operator", criteria.operators, "text"),
    ):
        if values is not None:
            conditions.append(Sql(sql_in(term, MARK, kind), (storable(values),)))
    if criteria.ids is not None:
        conditions.append(_with_keys("id", "uuid", criteria.ids, settings))
    if criteria.external_ids is not None:
        conditions.append(_with_keys("external_id", "text", storable(criteria.external_ids), settings))
    if criteria.phones is not None:
        conditions.append(_with_keys("phone", "text", parsed_phones(criteria.phones, settings), settings))
    if criteria.sender_number is not None:
        number = read_number(criteria.sender_number, region=settings.default_region, settings=settings)
        is_number = not isinstance(number, PhoneProblem)
        conditions.append(Sql(f"contact.sender_number = {MARK}", (number,)) if is_number else FALSE)
    if criteria.status is not None:
        conditions.append(Sql(f"contact.status = {MARK}", (criteria.status,)))
    if criteria.imported_by_job_id is not None:
        conditions.append(Sql(f"contact.imported_by_job_id = {MARK}", (criteria.imported_by_job_id,)))
    return conditions


def _with_keys(name: str, kind: str, values: Sequence[Any], settings: AccountSettings) -> Sql:
    """Returns the condition for contacts with these keys.

    On SQLite it searches by each key, once outside the trash and once in it.
    """
    if is_postgres():
        return Sql(sql_in(f"contact.{name}", MARK, kind), (values,))
    keys = f"json_each({MARK}) k CROSS JOIN contact c ON c.account_id = {MARK} AND c.{name} = k.value"
    live, trashed = (
        f"SELECT c.search_rowid FROM {keys} AND c.{name} IS NOT NULL AND c.deleted_at IS {state}"
        for state in ("NULL", "NOT NULL")
    )
    return Sql(f"contact.search_rowid IN ({live} UNION ALL {trashed})", (values, settings.account_id) * 2)


def storable(values: Sequence[T]) -> list[T]:
    """Returns the values without texts that contain U+0000. No column contains them, and PostgreSQL rejects them."""
    return [value for value in values if not (isinstance(value, str) and "\0" in value)]


def parsed_phones(phones: Sequence[str], settings: AccountSettings) -> list[str]:
    """Returns the identities of the phone numbers among some texts. Omits all other texts."""
    read_phones = [read_number(text, region=settings.default_region, settings=settings) for text in phones]
    return [identity(phone) for phone in read_phones if not isinstance(phone, PhoneProblem)]


_LINK = (
    f"EXISTS (SELECT 1 FROM {{table}} link WHERE link.account_id = {ACCOUNT} AND link.contact_id = contact.id{{more}})"
)


def _link(table: str, more: str = "") -> str:
    return _LINK.format(table=table, more=f" AND {more}" if more else "")


def _of_links(criteria: Criteria) -> list[Sql]:
    conditions = []
    for table, column, wanted, unwanted in (
        ("contact_list_member", "contact_list_id", criteria.list_ids, criteria.not_in_list_ids),
        ("campaign_contact", "campaign_id", criteria.campaign_ids, criteria.not_in_campaign_ids),
        ("contact_assignee", "user_id", criteria.assignee_ids, None),
    ):
        linked = _link(table, sql_in(f"link.{column}", MARK, "uuid"))
        if wanted is not None:
            conditions.append(Sql(linked, (list(wanted),)))
        if unwanted is not None:
            conditions.append(Sql(f"NOT {linked}", (list(unwanted),)))
    if criteria.in_no_list is not None:
        conditions.append(_affirmed(not criteria.in_no_list, Sql(_link("contact_list_member"))))
    if criteria.is_assigned is not None:
        conditions.append(_affirmed(criteria.is_assigned, Sql(_link("contact_assignee"))))
    return conditions


def _of_tags(criteria: Criteria) -> list[Sql]:
    conditions = []
    if criteria.all_tags is not None:
        conditions.append(_has_all_tags(criteria.all_tags))
    if criteria.any_tags is not None:
        conditions.append(_has_any_tag(criteria.any_tags))
    if criteria.no_tags is not None:
        conditions.append(negated(_has_any_tag(criteria.no_tags)))
    return conditions


def _has_all_tags(tags: Sequence[str]) -> Sql:
    if storable(tags) != list(tags):
        return FALSE
    if is_postgres():
        return Sql(f"contact.tags @> {cast_to(MARK, 'text[]')}", (list(tags),))
    missing = "SELECT 1 FROM json_each({mark}) wanted WHERE wanted.value NOT IN (SELECT value FROM {tags})"
    return Sql(f"NOT EXISTS ({missing.format(mark=MARK, tags=elements_of('contact.tags', 'has'))})", (list(tags),))


def _has_any_tag(tags: Sequence[str]) -> Sql:
    if is_postgres():
        return Sql(f"contact.tags && {cast_to(MARK, 'text[]')}", (storable(tags),))
    return Sql(
        f"EXISTS (SELECT 1 FROM {elements_of('contact.tags', 'has')} WHERE {sql_in('has.value', MARK, 'text')})",
        (storable(tags),),
    )


IS_OPTED_OUT = (
    f"EXISTS (SELECT 1 FROM opt_out WHERE opt_out.account_id = {ACCOUNT} AND opt_out.phone = contact.phone "
    "AND opt_out.is_opted_out)"
)
"""The condition on `contact` that the contact's number is opted out."""


def _of_flags(criteria: Criteria) -> list[Sql]:
    return [
        _affirmed(wanted, condition)
        for wanted, condition in (
            (criteria.is_opted_out, Sql(IS_OPTED_OUT)),
            (criteria.is_verified, Sql("contact.verified_at IS NOT NULL")),
            (criteria.has_owner, Sql("contact.owner_id IS NOT NULL")),
            (criteria.has_email, Sql("contact.email IS NOT NULL")),
        )
        if wanted is not None
    ]


def _affirmed(wanted: bool, condition: Sql) -> Sql:
    return condition if wanted else Sql(f"NOT ({condition.text})", condition.values)


def _in_range(term: str, span: Range | None) -> list[Sql]:
    conditions: list[Sql] = []
    if span is not None and span.start is not None:
        conditions.append(Sql(f"{term} >= {MARK}", (span.start,)))
    if span is not None and span.before is not None:
        conditions.append(Sql(f"{term} < {MARK}", (span.before,)))
    return conditions
