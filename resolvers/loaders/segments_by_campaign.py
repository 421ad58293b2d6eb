"""Loads the segments of each campaign, ordered by date; those without a date last."""

from uuid import UUID

from models.db.database import Row
from resolvers.loaders.loading import Loader
from resolvers.query.row_queries import rows_of_keys
from resolvers.query.tables import CAMPAIGN_SEGMENTS

_BY_DATE = "(campaign_segment.scheduled_date IS NULL), campaign_segment.scheduled_date, campaign_segment.segment_id"


class SegmentsByCampaign(Loader[UUID, list[Row]]):
    async def batch_load_fn(self, keys: list[UUID]) -> list[list[Row]]:
        groups: list[list[Row]] = [[] for _ in keys]
        for row in await rows_of_keys(
            CAMPAIGN_SEGMENTS,
            self.selection.columns,
            self.context.account_id,
            keys=keys,
            key="campaign_id",
            order=_BY_DATE,
        ):
            groups[row[-1]].append(row)
        return groups
