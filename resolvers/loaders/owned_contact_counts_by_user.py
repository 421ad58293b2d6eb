"""How many contacts outside the trash belong to each user."""

from uuid import UUID

from models import database
from resolvers.loaders.loading import Loader


class OwnedContactCountsByUser(Loader[UUID, int]):
    async def batch_load_fn(self, keys: list[UUID]) -> list[int]:
        rows = await database.fetch(
            "SELECT owner_id, count(*) AS contact_count FROM contact WHERE account_id = $1 AND deleted_at IS NULL AND "
            f"{database.any_of('owner_id', '$2', 'uuid')} GROUP BY owner_id",
            self.context.account_id,
            keys,
        )
        counts = {row["owner_id"]: row["contact_count"] for row in rows}
        return [counts.get(key, 0) for key in keys]
