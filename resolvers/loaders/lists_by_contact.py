"""Loads the lists that contain each contact, ordered by name."""

from resolvers.loaders.loading import RowsByParent
from resolvers.query.default_orders import LISTS_BY_NAME
from resolvers.query.tables import CONTACT_LIST_MEMBERS, CONTACT_LISTS


class ListsByContact(RowsByParent):
    table = CONTACT_LISTS
    order = LISTS_BY_NAME
    link = CONTACT_LIST_MEMBERS
    child = "contact_list_id"
    parent = "contact_id"
