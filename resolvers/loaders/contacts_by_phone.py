"""Loads contacts outside the trash by their phone numbers."""

from models.sql import Sql
from resolvers.loaders.loading import RowByKey
from resolvers.tables import CONTACTS
from services.contact_filter import State, visible


class ContactsByPhone(RowByKey):
    table = CONTACTS
    key = "phone"
    kind = "text"

    def where(self) -> Sql:
        return visible(State.ACTIVE, now=self.context.now)
