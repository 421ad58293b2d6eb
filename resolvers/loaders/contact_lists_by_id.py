"""Loads lists by their IDs."""

from resolvers.loaders.loading import RowByKey
from resolvers.tables import CONTACT_LISTS


class ContactListsById(RowByKey):
    table = CONTACT_LISTS
