"""Loads users by their IDs."""

from resolvers.loaders.loading import RowByKey
from resolvers.query.tables import USERS


class UsersById(RowByKey):
    table = USERS
