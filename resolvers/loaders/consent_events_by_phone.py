"""Loads a page of each phone number's changes of consent, newest first."""

from datetime import datetime
from typing import Any, NamedTuple

from models.db.sql import MARK, TRUE, Sql
from resolvers.loaders.loading import PageByParent
from resolvers.query.default_orders import NEWEST_CONSENT_EVENTS
from resolvers.query.page_sql import PageSource
from resolvers.query.tables import CONSENT_EVENTS
from schema.pagination import Page


class LedgerUntil(NamedTuple):
    """The changes of a number up to an instant."""

    phone: str
    until: datetime


class ConsentEventsByPhone(PageByParent):
    """The keys are numbers, or one LedgerUntil."""

    _where = TRUE

    async def batch_load_fn(self, keys: list[Any]) -> list[Page]:
        if isinstance(keys[0], LedgerUntil):
            [ledger] = keys
            self._where = Sql(f"consent_event.occurred_at <= {MARK}", (ledger.until,))
            keys = [ledger.phone]
        return await super().batch_load_fn(keys)

    def source(self) -> PageSource:
        return PageSource(CONSENT_EVENTS, self._where, NEWEST_CONSENT_EVENTS, parent="consent_event.phone")
