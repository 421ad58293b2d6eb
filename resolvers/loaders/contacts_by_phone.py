"""Loads contacts outside the trash by their phone numbers."""

from models.db.sql import Sql
from resolvers.loaders.loading import RowByKey
from resolvers.query.tables import CONTACTS
from services.contacts.filter import ContactState, visible


class ContactsByPhone(RowByKey):
    table = CONTACTS
    key = "phone"
    kind = "text"

    def where(self) -> Sql:
        return visible(ContactState.ACTIVE, now=self.context.now)
