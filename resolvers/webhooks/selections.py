"""The selections of an application's webhook endpoints."""

import strawberry

from models.db.application import PerApplication
from schema.event_selection import EngineLimits, EventSelections


class EventSelectionSettings:
    """The limits of an application's selections, and the selections of its schema."""

    def __init__(self) -> None:
        self.limits = EngineLimits()
        self._made: tuple[strawberry.Schema, EventSelections] | None = None

    def of(self, schema: strawberry.Schema) -> EventSelections:
        """Returns the selections on a schema. The first call makes them."""
        if self._made is None or self._made[0] is not schema:
            self._made = schema, EventSelections(schema, self.limits)
        return self._made[1]


event_selections = PerApplication(EventSelectionSettings)
