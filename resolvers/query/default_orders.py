"""The sort orders of the API, including the default orders, which the descriptions in the schema state."""

from collections.abc import Sequence
from functools import lru_cache

from resolvers.query.keyset_order import Order, SortType, Term
from schema.inputs.contact_filter import ContactOrder, ContactOrderField, OrderDirection
from schema.inputs.list_order import ListOrder
from schema.types.contact_list import ListOrderField
from services.refusal import Code, refuse

MAX_ORDERED_BY = 5


def _newest_first(table: str, id_column: str) -> Order:
    """Sorts by ID. An ID contains the time of creation, so this is the order of creation."""
    return Order(f"{table}.newest", (Term(id_column, SortType.ID, is_descending=True),))


def _by_name(table: str) -> Order:
    return Order(
        f"{table}.name", (Term(f"{table}.name", SortType.TEXT, is_folded=True), Term(f"{table}.id", SortType.ID))
    )


NEWEST_CONTACTS = _newest_first("contact", "contact.id")
# The same order by a column of the link table, which has an index in this order.
NEWEST_MEMBERS = _newest_first("contact", "contact_list_member.contact_id")
NEWEST_MESSAGES = Order(
    "message.newest",
    (
        Term("message.occurred_at", SortType.INSTANT, is_descending=True),
        Term("message.id", SortType.ID, is_descending=True),
    ),
)
NEWEST_TOKENS = _newest_first("api_token", "api_token.id")
NEWEST_WEBHOOK_ENDPOINTS = _newest_first("webhook_endpoint", "webhook_endpoint.id")
NEWEST_WEBHOOK_DELIVERIES = Order(
    "webhook_delivery.newest", (Term("webhook_delivery.position", SortType.NUMBER, is_descending=True),)
)
NEWEST_AUDIT_EVENTS = _newest_first("audit_event", "audit_event.id")
NEWEST_JOBS = _newest_first("job", "job.id")
NEWEST_CAMPAIGNS = _newest_first("campaign", "campaign.id")
LISTS_BY_NAME = _by_name("contact_list")
USERS_BY_NAME = _by_name("account_user")
CAMPAIGN_CONTACTS_AS_ADDED = Order("campaign_contact.added", (Term("campaign_contact.id", SortType.ID),))
BY_PREFIX = Order("operator_prefix.prefix", (Term("prefix", SortType.TEXT),))
ROW_ERRORS_IN_FILE_ORDER = Order(
    "job_row_error.line",
    (Term("job_row_error.line", SortType.NUMBER), Term("job_row_error.position", SortType.NUMBER)),
)
LATEST_OPT_OUTS = Order(
    "opt_out.changed",
    (
        Term("opt_out.changed_at", SortType.INSTANT, is_descending=True),
        Term("opt_out.phone", SortType.TEXT, is_descending=True),
    ),
)

# column, kind, nullable, folded
_CONTACT_TERMS = {
    ContactOrderField.CREATED_AT: ("created_at", SortType.INSTANT, False, False),
    ContactOrderField.UPDATED_AT: ("updated_at", SortType.INSTANT, False, False),
    ContactOrderField.NAME: ("full_name", SortType.TEXT, True, True),
    ContactOrderField.FIRST_NAME: ("first_name", SortType.TEXT, True, True),
    ContactOrderField.LAST_NAME: ("last_name", SortType.TEXT, True, True),
    ContactOrderField.COMPANY_NAME: ("company_name", SortType.TEXT, True, True),
    ContactOrderField.PHONE: ("phone", SortType.TEXT, False, False),
    ContactOrderField.DELETED_AT: ("deleted_at", SortType.INSTANT, True, False),
    ContactOrderField.LAST_INBOUND_AT: ("last_inbound_at", SortType.INSTANT, True, False),
    ContactOrderField.LAST_OUTBOUND_AT: ("last_outbound_at", SortType.INSTANT, True, False),
}
_LIST_TERMS = {
    ListOrderField.NAME: ("name", SortType.TEXT, True),
    ListOrderField.CREATED_AT: ("created_at", SortType.INSTANT, False),
    ListOrderField.UPDATED_AT: ("updated_at", SortType.INSTANT, False),
    ListOrderField.CONTACT_COUNT: ("contact_count", SortType.NUMBER, False),
}


def contact_order(requested: Sequence[ContactOrder] | None) -> Order:
    """Returns the requested order; newest first by default. The ID breaks ties, in the direction of the last field.

    Raises Refused if there are more than `MAX_ORDERED_BY` fields.
    """
    if not requested:
        return NEWEST_CONTACTS
    if len(requested) > MAX_ORDERED_BY:
        raise refuse(
            Code.TOO_MANY, f"The list has {len(requested)} fields; at most {MAX_ORDERED_BY} are allowed.", "orderBy"
        )
    return _contact_order(tuple((part.field, part.direction is OrderDirection.DESC) for part in requested))


@lru_cache(maxsize=1000)
def _contact_order(requested: tuple[tuple[ContactOrderField, bool], ...]) -> Order:
    terms, names = [], []
    for part, descends in requested:
        column, kind, is_nullable, is_folded = _CONTACT_TERMS[part]
        terms.append(Term(f"contact.{column}", kind, descends, is_nullable, is_folded))
        names.append(f"{column} {'DESC' if descends else 'ASC'}")
    terms.append(Term("contact.id", SortType.ID, terms[-1].is_descending))
    return Order(f"contact.{','.join(names)}", tuple(terms))


def list_order(table: str, requested: ListOrder | None, default: Order) -> Order:
    """Returns the requested order of the table of lists or campaigns."""
    return (
        default
        if requested is None
        else _list_order(table, requested.field, requested.direction is OrderDirection.DESC)
    )


@lru_cache(maxsize=100)
def _list_order(table: str, field: ListOrderField, descends: bool) -> Order:
    column, kind, is_folded = _LIST_TERMS[field]
    terms = (
        Term(f"{table}.{column}", kind, descends, is_folded=is_folded),
        Term(f"{table}.id", SortType.ID, descends),
    )
    return Order(f"{table}.{column} {'DESC' if descends else 'ASC'}", terms)
