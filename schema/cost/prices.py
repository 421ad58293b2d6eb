"""The prices, in points: one point is about the work of reading one row. docs/costs.md lists them for clients.

The server runs one statement for each relation and level of an operation, regardless of the number of objects. So there
are prices for each object, and prices for a level.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from schema.pagination import DEFAULT_CHANGES, DEFAULT_PAGE, MAX_CHANGES, MAX_PAGE

DEFAULT_LIMIT = 1_000_000

# ------------------------------------------------------------------ for each object

FIELD = 1
"""Any field, for each object that has it, and each object of a list."""
LIST = 10
"""The assumed length of a list that is not a page and not in SIZES."""
SKIPPED_ROWS = 10
"""The rows of an `offset` that cost one point together."""

# ------------------------------------------------------------------ for a level

STATEMENT = 100
"""A field of the root type, or a relation. It runs a statement."""
COUNTED = 20_000
"""A number that is counted on request. Every leaf field with a loader is one."""
TOTAL = 1_000
"""A `totalCount`."""
TOTAL_OF_FILTER = 4
"""A `totalCount` multiplies the price of the page's arguments by this, because it evaluates them for every row."""
SEARCH = 5_000
"""A `search`, as an argument or in a filter, or the conditions on custom variables of a filter."""
CONDITION = 100
"""A condition of a filter, or an argument that filters a page."""
VALUE = 3
"""A value of a list in an argument or variable."""
ROW = 20
"""An input object of a list in an argument or variable, such as a row of a batch."""
FACET = 20_000
"""A field that `contactFacets` counts by. It reads all contacts that match."""
BULK = 20_000
"""A change that can affect thousands of rows."""

# ------------------------------------------------------------------ by name

MUTATIONS: Final[Mapping[str, int]] = {
    "applyCampaignReview": BULK,
    "deleteContactList": BULK,
    "updateCampaign": BULK,
}
"""Prices of mutations in addition to STATEMENT."""
CHANGES: Final = 6 * STATEMENT
"""The price of `changes` in addition to STATEMENT: a statement for each type of object."""
ROOT_FIELDS: Final[Mapping[str, int]] = {**MUTATIONS, "changes": CHANGES}


class PageSizes(NamedTuple):
    default: int
    largest: int


_PAGES: Final = PageSizes(DEFAULT_PAGE, MAX_PAGE)
_LARGE_PAGES: Final[Mapping[str, PageSizes]] = {"Query.changes": PageSizes(DEFAULT_CHANGES, MAX_CHANGES)}


def pages_of(type_name: str, field_name: str) -> PageSizes:
    """Returns the sizes of a connection's pages."""
    return _LARGE_PAGES.get(f"{type_name}.{field_name}", _PAGES)


SIZES: Final[Mapping[str, int]] = {
    "Account.usage": 400,
    "Query.tags": 1_000,
    "Query.customVariableLabels": 1_000,
    "Query.contactFacets": 9,
    "ContactFacet.values": 50,
    "CampaignReview.newContacts": 1_000,
    "CampaignReview.existingContacts": 1_000,
    "CampaignReview.assignedToOtherUsers": 1_000,
    "CampaignReview.alreadyMessagedOutbound": 1_000,
    "CampaignReview.alreadyMessagedInbound": 1_000,
    "CampaignReview.assignedToYouNotOwned": 1_000,
    "CampaignReview.protectedContacts": 1_000,
    "CampaignReview.invalidContacts": 1_000,
    "CampaignReview.duplicateContacts": 1_000,
    "ApplyCampaignReviewPayload.changed": 1_000,
    "ApplyCampaignReviewPayload.results": 1_000,
    "AssignContactsPayload.conflicts": 100,
    "RestoreContactsPayload.conflicts": 100,
    "TrashContactsPayload.contactLists": 100,
    "RestoreContactsPayload.contactLists": 100,
    "PurgeContactsPayload.contactLists": 100,
}
"""The assumed lengths of lists that are often longer than LIST."""

INPUT_FIELDS: Final[Mapping[str, int]] = {
    "ContactFilter.search": SEARCH,
    "ContactFilter.customVariables": SEARCH,
    "ContactFilter.and": 0,
    "ContactFilter.or": 0,
    "ContactFilter.not": 0,
    "ContactSelection.matching": BULK,
}
"""Input fields with a specific price. Every other field of a filter costs CONDITION, any other input field 0."""

INPUT_VALUES: Final[Mapping[str, int]] = {
    "ContactSelection.ids": ROW,
    "ContactSelection.phones": ROW,
    "OptOutNumbersInput.phones": ROW,
}
"""Lists whose values cost more than VALUE: each one is a contact or a number to change."""

ARGUMENT_VALUES: Final[Mapping[str, int]] = {"Query.contactFacets.fields": FACET}
"""Lists in arguments whose values cost more than VALUE."""

FILTERS: Final = frozenset({"ContactFilter"})
"""The input types whose fields are conditions."""
