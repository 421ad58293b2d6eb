"""Loads lists by their IDs."""

from resolvers.loaders.loading import RowByKey
from resolvers.query.tables import CONTACT_LISTS


class ContactListsById(RowByKey):
    table = CONTACT_LISTS
