"""Loads jobs by their IDs."""

from resolvers.loaders.loading import RowByKey
from resolvers.query.tables import JOBS


class JobsById(RowByKey):
    table = JOBS
