"""Loads a page of each phone number's changes of consent, newest first."""

from models.db.sql import TRUE
from resolvers.loaders.loading import PageByParent
from resolvers.query.default_orders import NEWEST_CONSENT_EVENTS
from resolvers.query.page_sql import PageSource
from resolvers.query.tables import CONSENT_EVENTS


class ConsentEventsByPhone(PageByParent):
    def source(self) -> PageSource:
        return PageSource(CONSENT_EVENTS, TRUE, NEWEST_CONSENT_EVENTS, parent="consent_event.phone")
