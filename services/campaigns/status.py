"""Campaign statuses and the allowed transitions between them. Pure functions."""

from enum import StrEnum

from services.refusal import Code, Refusal


class CampaignStatus(StrEnum):
    DRAFT = "DRAFT"
    SCHEDULED = "SCHEDULED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    ARCHIVED = "ARCHIVED"


# RUNNING and PAUSED campaigns can be completed. A draft must be scheduled before it runs; without a date it stays
# SCHEDULED until it is started.
NEXT: dict[CampaignStatus, tuple[CampaignStatus, ...]] = {
    CampaignStatus.DRAFT: (CampaignStatus.SCHEDULED,),
    CampaignStatus.SCHEDULED: (CampaignStatus.DRAFT, CampaignStatus.RUNNING),
    CampaignStatus.RUNNING: (CampaignStatus.PAUSED, CampaignStatus.COMPLETED),
    CampaignStatus.PAUSED: (CampaignStatus.RUNNING, CampaignStatus.COMPLETED),
    CampaignStatus.COMPLETED: (CampaignStatus.ARCHIVED,),
    CampaignStatus.ARCHIVED: (),
}
CLOSED = (CampaignStatus.COMPLETED, CampaignStatus.ARCHIVED)
"""Statuses in which no contacts can be added."""
UNDER_WAY = (CampaignStatus.RUNNING, CampaignStatus.PAUSED)
"""Statuses in which a campaign can't be deleted."""


def refused_move(before: CampaignStatus, after: CampaignStatus) -> Refusal | None:
    """Returns WRONG_STATE at `status` if the transition is not allowed, else None.

    An unchanged status is always allowed.
    """
    if before is after or after in NEXT[before]:
        return None
    ways = " or ".join(NEXT[before])
    message = (
        f"A campaign that is {before} can change to {ways}, not to {after}."
        if ways
        else f"A campaign that is {before} can't change its status."
    )
    return Refusal(Code.WRONG_STATE, message, ("status",))
