"""Counts the contacts outside the trash that each user owns."""

from models.db import database
from resolvers.loaders.loading import CountByParent

_CONTACT = "contact.account_id = parents.account_id AND contact.owner_id = parents.key AND contact.deleted_at IS NULL"


class OwnedContactCountsByUser(CountByParent):
    def tables(self) -> str:
        return database.lookup_join("contact", _CONTACT)
