"""Tags on contacts."""

import strawberry

from schema.execution import column


@strawberry.type(description="A label on contacts of the account.")
class Tag:
    name: str = column(description="Text of the tag, 1 to 64 characters; compared exactly.")
    contact_count: int = column(description="Number of contacts outside the trash with the tag.")
