"""Counts the contacts outside the trash that each user owns, or is assigned to."""

from models.db import database
from resolvers.loaders.loading import CountByParent

_OWNED = "contact.account_id = parents.account_id AND contact.owner_id = parents.key AND contact.deleted_at IS NULL"
_LINKED = "contact.account_id = link.account_id AND contact.id = link.contact_id AND contact.deleted_at IS NULL"


class OwnedContactCountsByUser(CountByParent):
    def tables(self) -> str:
        return database.lookup_join("contact", _OWNED)


class AssignedContactCountsByUser(CountByParent):
    def tables(self) -> str:
        link = "link.account_id = parents.account_id AND link.user_id = parents.key"
        links = database.lookup_join("contact_assignee link", link)
        return f"{links} {database.lookup_join('contact', _LINKED)}"
