"""Serializes a contact filter to JSON, so that a job can store it."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from services.contacts.custom_variables import VariableCondition
from services.contacts.filter import ContactState, Criteria, Range

_IDS = frozenset("ids list_ids not_in_list_ids campaign_ids not_in_campaign_ids owner_ids assignee_ids".split())
_RANGES = frozenset("created_at updated_at last_inbound_at last_outbound_at".split())


def to_json(criteria: Criteria) -> dict[str, Any]:
    """Returns the filter's conditions as JSON values, without the unset ones."""
    given = ((field.name, getattr(criteria, field.name)) for field in fields(criteria))
    return {name: _written(value) for name, value in given if value is not None}


def from_json(stored: Mapping[str, Any]) -> Criteria:
    return Criteria(**{name: _read(name, value) for name, value in stored.items()})


def _written(value: Any) -> Any:
    if isinstance(value, Criteria):
        return to_json(value)
    if isinstance(value, Range):
        return [end and end.isoformat() for end in (value.start, value.before)]
    if isinstance(value, VariableCondition):
        return {name: part for name, part in asdict(value).items() if part is not None}
    if isinstance(value, UUID | ContactState):
        return str(value)
    if isinstance(value, list | tuple):
        return [_written(part) for part in value]
    return value


def _read(name: str, value: Any) -> Any:
    if name in ("and_", "or_"):
        return [from_json(part) for part in value]
    if name == "not_":
        return from_json(value)
    if name == "custom_variables":
        return [VariableCondition(**condition) for condition in value]
    if name == "state":
        return ContactState(value)
    if name in _RANGES:
        return Range(*(end and datetime.fromisoformat(end) for end in value))
    if name in _IDS:
        return [UUID(text) for text in value]
    return UUID(value) if name == "imported_by_job_id" else value
