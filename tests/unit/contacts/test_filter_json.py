"""The filter stored with a job equals the requested filter."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from services.contacts.custom_variables import VariableCondition
from services.contacts.filter import ContactState, Criteria, Range
from services.contacts.filter_json import from_json, to_json

AN_ID = UUID(int=7)
AN_INSTANT = datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC)


def through_json(criteria: Criteria) -> Criteria:
    return from_json(orjson.loads(orjson.dumps(to_json(criteria))))


def test_every_condition_survives_being_kept() -> None:
    values: dict[str, Any] = {
        "state": ContactState.ANY,
        "search": "a",
        "in_no_list": False,
        "is_opted_out": True,
        "is_verified": False,
        "status": "VALID",
        "has_owner": True,
        "is_assigned": False,
        "sender_number": "+254712345678",
        "has_email": True,
        "imported_by_job_id": AN_ID,
        "not_": Criteria(search="b"),
        "and_": [Criteria(any_tags=["x"]), Criteria(or_=[Criteria(ids=[AN_ID])])],
        "or_": [],
        "custom_variables": [
            VariableCondition(label="a", equals="1", any_of=["1", "2"], contains="", exists=True),
            VariableCondition(label="b", exists=False),
        ],
    }
    values |= {
        name: ["x", "y"]
        for name in "phones external_ids all_tags any_tags no_tags countries operators company_names".split()
    }
    values |= {
        name: [AN_ID]
        for name in "ids list_ids not_in_list_ids campaign_ids not_in_campaign_ids owner_ids assignee_ids".split()
    }
    values |= {
        "created_at": Range(AN_INSTANT, None),
        "updated_at": Range(None, AN_INSTANT),
        "last_inbound_at": Range(None, None),
        "last_outbound_at": Range(AN_INSTANT, AN_INSTANT),
    }

    assert set(values) == set(Criteria.__dataclass_fields__)
    for name, value in values.items():
        criteria = Criteria(**{name: value})
        assert through_json(criteria) == criteria
    assert through_json(Criteria()) == Criteria()
