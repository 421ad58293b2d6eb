"""Loads entries of the opt-out register by their phone numbers."""

from resolvers.loaders.loading import RowByKey
from resolvers.query.tables import OPT_OUTS


class OptOutsByPhone(RowByKey):
    table = OPT_OUTS
    key = "phone"
    kind = "text"
