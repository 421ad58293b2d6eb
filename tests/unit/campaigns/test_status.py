"""Campaigns can only change their status along the allowed transitions."""

from itertools import product

import pytest

from services.campaigns.status import CampaignStatus, refused_move
from services.refusal import Code, Refusal

MOVES = {
    ("DRAFT", "SCHEDULED"),
    ("SCHEDULED", "DRAFT"),
    ("SCHEDULED", "RUNNING"),
    ("RUNNING", "PAUSED"),
    ("PAUSED", "RUNNING"),
    ("RUNNING", "COMPLETED"),
    ("PAUSED", "COMPLETED"),
    ("COMPLETED", "ARCHIVED"),
}
NO_MOVES = [pair for pair in product(CampaignStatus, repeat=2) if pair not in MOVES and pair[0] is not pair[1]]


@pytest.mark.parametrize(("before", "after"), sorted(MOVES))
def test_a_campaign_moves_from_one_status_to_the_next(before: str, after: str) -> None:
    assert refused_move(CampaignStatus(before), CampaignStatus(after)) is None


@pytest.mark.parametrize(("before", "after"), NO_MOVES)
def test_any_other_move_is_a_wrong_state(before: CampaignStatus, after: CampaignStatus) -> None:
    refusal = refused_move(before, after)

    assert refusal is not None
    assert (refusal.code, refusal.path) == (Code.WRONG_STATE, ("status",))


@pytest.mark.parametrize("status", CampaignStatus)
def test_to_stay_is_no_move(status: CampaignStatus) -> None:
    assert refused_move(status, status) is None


def test_a_refusal_names_the_ways_that_there_are() -> None:
    messages = {
        before: refusal.message
        for before, after in NO_MOVES
        if isinstance(refusal := refused_move(before, after), Refusal) and after in ("DRAFT", "SCHEDULED", "ARCHIVED")
    }

    assert messages == {
        "DRAFT": "A campaign that is DRAFT can change to SCHEDULED, not to ARCHIVED.",
        "SCHEDULED": "A campaign that is SCHEDULED can change to DRAFT or RUNNING, not to ARCHIVED.",
        "RUNNING": "A campaign that is RUNNING can change to PAUSED or COMPLETED, not to ARCHIVED.",
        "PAUSED": "A campaign that is PAUSED can change to RUNNING or COMPLETED, not to ARCHIVED.",
        "COMPLETED": "A campaign that is COMPLETED can change to ARCHIVED, not to SCHEDULED.",
        "ARCHIVED": "A campaign that is ARCHIVED can't change its status.",
    }
