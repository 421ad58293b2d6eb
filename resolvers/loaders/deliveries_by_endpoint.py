"""Loads a page of each webhook endpoint's deliveries of the last seven days, newest first."""

from models.db import database
from models.db.sql import MARK, Sql
from resolvers.loaders.loading import PageByParent
from resolvers.query.default_orders import NEWEST_WEBHOOK_DELIVERIES
from resolvers.query.page_sql import PageSource
from resolvers.query.tables import WEBHOOK_DELIVERIES
from services.webhooks.queue import KEPT_FOR


class DeliveriesByEndpoint(PageByParent):
    def source(self) -> PageSource:
        where = Sql(f"webhook_delivery.created_at > {MARK}", (self.context.now - KEPT_FOR,))
        if (statuses := self.argument("statuses")) is not None:
            values = sorted({status.value for status in statuses})
            where &= Sql(database.sql_in("webhook_delivery.status", MARK, "text"), (values,))
        return PageSource(WEBHOOK_DELIVERIES, where, NEWEST_WEBHOOK_DELIVERIES, parent="webhook_delivery.endpoint_id")
