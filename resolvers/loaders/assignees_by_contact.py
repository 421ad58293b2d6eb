"""Loads the assignees of each contact, ordered by name."""

from resolvers.loaders.loading import RowsByParent
from resolvers.query.default_orders import USERS_BY_NAME
from resolvers.query.tables import CONTACT_ASSIGNEES, USERS


class AssigneesByContact(RowsByParent):
    table = USERS
    order = USERS_BY_NAME
    link = CONTACT_ASSIGNEES
    child = "user_id"
    parent = "contact_id"
