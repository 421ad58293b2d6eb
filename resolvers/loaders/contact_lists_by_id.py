"""Lists by their ids."""

from resolvers.loaders.loading import RowByKey
from resolvers.tables import CONTACT_LISTS


class ContactListsById(RowByKey):
    table = CONTACT_LISTS
