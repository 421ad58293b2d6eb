"""Users by their ids."""

from resolvers.loaders.loading import RowByKey
from resolvers.tables import USERS


class UsersById(RowByKey):
    table = USERS
