"""Counts the contacts outside the trash that each user is assigned to."""

from models.db import database
from resolvers.loaders.loading import CountByParent

_CONTACT = "contact.account_id = link.account_id AND contact.id = link.contact_id AND contact.deleted_at IS NULL"


class AssignedContactCountsByUser(CountByParent):
    def tables(self) -> str:
        link = "link.account_id = parents.account_id AND link.user_id = parents.key"
        links = database.lookup_join("contact_assignee link", link)
        return f"{links} {database.lookup_join('contact', _CONTACT)}"
