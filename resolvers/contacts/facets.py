"""Counts of contacts by the values of their fields."""

from collections.abc import Iterable
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry
from strawberry import UNSET

from resolvers.contacts.queries import Filter
from resolvers.decoding import as_top_level, decode_filter
from resolvers.query.row_queries import rows_of_keys
from resolvers.query.tables import CONTACT_LISTS, USERS
from schema.context import Info
from schema.ids import IdPrefix, encode
from schema.types.contact_facet import ContactFacet, ContactFacetField, ContactFacetValue
from services import planner_statistics
from services.contacts import facets as contact_facet_counts, filter as contact_filter
from services.contacts.facets import Facet, FacetField
from services.contacts.filter import ContactState
from services.phones.numbers import international

Fields = Annotated[
    list[ContactFacetField],
    strawberry.argument(description="Fields to count by. The result has each of them once, in this order."),
]

_LABELS: Final = {
    FacetField.STATUS: {"VALID": "Valid", "INVALID": "Invalid"},
    FacetField.IS_OPTED_OUT: {"true": "Opted out", "false": "Not opted out"},
    FacetField.IS_VERIFIED: {"true": "Verified", "false": "Not verified"},
}
_NAMED: Final = {
    FacetField.LIST: (CONTACT_LISTS, IdPrefix.CONTACT_LIST),
    FacetField.OWNER: (USERS, IdPrefix.USER),
}


async def contact_facets(info: Info, fields: Fields, filter: Filter = UNSET) -> list[ContactFacet]:
    context = info.context
    with as_top_level():
        criteria = decode_filter(filter, "filter")
    where = contact_filter.where(
        criteria, default_state=ContactState.ACTIVE, settings=context.caller.settings, now=context.now
    )
    await planner_statistics.accounts().ensure_fresh(context.account_id, now=context.now)
    wanted = {one: FacetField[one.name] for one in fields}
    counted = await contact_facet_counts.count(wanted.values(), where)
    return [await _shown(context.account_id, shown, one, counted[one]) for shown, one in wanted.items()]


async def _shown(account_id: UUID, shown: ContactFacetField, field: FacetField, facet: Facet) -> ContactFacet:
    if field in _NAMED:
        labels, prefix = await _names(account_id, field, facet.values), _NAMED[field][1]
    else:
        labels, prefix = _LABELS.get(field, {}), None
        if field is FacetField.SENDER_NUMBER:
            labels = {value: international(value) for value in facet.values}
    return ContactFacet(
        field=shown,
        values=[
            ContactFacetValue(
                value=value if prefix is None else encode(prefix, UUID(value)),
                label=labels.get(value, value),
                count=count,
            )
            for value, count in facet.values.items()
        ],
        other_count=facet.other_count,
        missing_count=facet.missing_count,
    )


async def _names(account_id: UUID, field: FacetField, ids: Iterable[str]) -> dict[str, str]:
    """Returns the names of lists or users by their ids. Runs one statement, none without ids."""
    keys = [UUID(id) for id in ids]
    matches: Any = await rows_of_keys(_NAMED[field][0], ("id", "name"), account_id, keys=keys) if keys else ()
    return {str(row["id"]): row["name"] for row in matches}
