"""Loads the usage of the caller's account by day, newest first."""

from typing import Any
from uuid import UUID

from resolvers.decoding import bad_input
from resolvers.loaders.loading import Loader
from services.accounts import usage
from services.accounts.usage import KEPT_DAYS

DEFAULT_DAYS = 30


class UsageByAccount(Loader[UUID, list[dict[str, Any]]]):
    async def batch_load_fn(self, keys: list[UUID]) -> list[list[dict[str, Any]]]:
        first = self.argument("first")
        days = DEFAULT_DAYS if first is None else first
        if not 1 <= days <= KEPT_DAYS:
            raise bad_input(f"first must be 1 to {KEPT_DAYS}, not {days}.")
        found = await usage.read(self.context.account_id, days, now=self.context.now)
        return [found if key == self.context.account_id else [] for key in keys]
