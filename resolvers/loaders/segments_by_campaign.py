"""The dated slices of each campaign, by date."""

from uuid import UUID

from models import database
from models.database import Row
from models.sql import MARK, Sql
from resolvers.loaders.loading import Loader
from resolvers.reading import grouped, of_account, rows
from resolvers.tables import CAMPAIGN_SEGMENTS

_BY_DATE = "(campaign_segment.scheduled_date IS NULL), campaign_segment.scheduled_date, campaign_segment.segment_id"


class SegmentsByCampaign(Loader[UUID, list[Row]]):
    async def batch_load_fn(self, keys: list[UUID]) -> list[list[Row]]:
        table = CAMPAIGN_SEGMENTS
        wanted = Sql(database.any_of(f"{table.name}.campaign_id", MARK, "uuid"), (keys,))
        found = await rows(
            table,
            (*self.selection.columns, "campaign_id"),
            of_account(table, self.context.account_id) & wanted,
            order=_BY_DATE,
        )
        return grouped(found, "campaign_id", keys)
