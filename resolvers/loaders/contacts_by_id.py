"""Loads contacts by their IDs, including those in the trash."""

from models.db.sql import Sql
from resolvers.loaders.loading import RowByKey
from resolvers.query.tables import CONTACTS
from services.contacts.filter import ContactState, visible


class ContactsById(RowByKey):
    table = CONTACTS

    def where(self) -> Sql:
        return visible(ContactState.ANY, now=self.context.now)
