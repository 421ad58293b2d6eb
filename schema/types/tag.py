"""Tags."""

import strawberry

from schema.execution import column


@strawberry.type(description="A word that contacts are marked with.")
class Tag:
    name: str = column(description="The tag itself: 1 to 64 characters, compared exactly.")
    contact_count: int = column(description="How many contacts outside the trash carry it.")
