"""How far a campaign is, and how it moves on. Pure."""

from enum import StrEnum

from services.refusal import Code, Refusal


class CampaignStatus(StrEnum):
    DRAFT = "DRAFT"
    SCHEDULED = "SCHEDULED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    ARCHIVED = "ARCHIVED"


# One that runs, held or not, can end. A draft is scheduled before it runs; without a date it waits to be started.
NEXT: dict[CampaignStatus, tuple[CampaignStatus, ...]] = {
    CampaignStatus.DRAFT: (CampaignStatus.SCHEDULED,),
    CampaignStatus.SCHEDULED: (CampaignStatus.DRAFT, CampaignStatus.RUNNING),
    CampaignStatus.RUNNING: (CampaignStatus.PAUSED, CampaignStatus.COMPLETED),
    CampaignStatus.PAUSED: (CampaignStatus.RUNNING, CampaignStatus.COMPLETED),
    CampaignStatus.COMPLETED: (CampaignStatus.ARCHIVED,),
    CampaignStatus.ARCHIVED: (),
}
OVER = (CampaignStatus.COMPLETED, CampaignStatus.ARCHIVED)
"""Campaigns that take no more contacts."""
UNDER_WAY = (CampaignStatus.RUNNING, CampaignStatus.PAUSED)
"""Campaigns that can't be deleted."""


def refused_move(before: CampaignStatus, after: CampaignStatus) -> Refusal | None:
    """WRONG_STATE at `status` where there is no such move. To stay is none."""
    if before is after or after in NEXT[before]:
        return None
    ways = " or ".join(NEXT[before])
    message = f"From {before} a campaign moves to {ways}, not to {after}." if ways else f"{before} is the end."
    return Refusal(Code.WRONG_STATE, message, ("status",))
