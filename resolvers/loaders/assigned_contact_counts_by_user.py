"""How many contacts outside the trash each user works on."""

from uuid import UUID

from models import database
from resolvers.loaders.loading import Loader


class AssignedContactCountsByUser(Loader[UUID, int]):
    async def batch_load_fn(self, keys: list[UUID]) -> list[int]:
        rows = await database.fetch(
            "SELECT link.user_id, count(*) AS contact_count FROM contact_assignee link JOIN contact "
            "ON contact.account_id = link.account_id AND contact.id = link.contact_id AND contact.deleted_at IS NULL "
            f"WHERE link.account_id = $1 AND {database.any_of('link.user_id', '$2', 'uuid')} GROUP BY link.user_id",
            self.context.account_id,
            keys,
        )
        counts = {row["user_id"]: row["contact_count"] for row in rows}
        return [counts.get(key, 0) for key in keys]
