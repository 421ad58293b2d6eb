"""Custom scalars: their parsing, serialization and descriptions."""

from datetime import UTC, datetime
from typing import Any, NewType

import strawberry
from graphql import GraphQLError

from schema.execution import serialized_as_is
from services.requests.uploads import UploadedFile

PhoneNumber = NewType("PhoneNumber", str)
CountryCode = NewType("CountryCode", str)
StringMap = NewType("StringMap", dict[str, str])
JSONObject = NewType("JSONObject", dict[str, Any])
Upload = NewType("Upload", UploadedFile)


def parse_instant(value: Any) -> datetime:
    """Parses an ISO 8601 text with a UTC offset into an aware datetime in UTC. Raises GraphQLError."""
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
        if instant is not None and instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise GraphQLError(
        f"DateTime must be an ISO 8601 string with a UTC offset, such as 2026-01-31T09:30:00Z, "
        f"not {_truncated_repr(value)}."
    )


@serialized_as_is(datetime, having="tzinfo")
def show_instant(value: Any) -> datetime:
    """Returns the datetime unchanged; the encoder of responses writes it as ISO 8601 in UTC."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise GraphQLError(f"DateTime must be an aware datetime, not {value!r}.")
    return value


def parse_phone(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _text(value, "PhoneNumber")


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise GraphQLError(f"{name} must be a string, not {_truncated_repr(value)}.")
    return value


def parse_object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise GraphQLError(f"JSONObject must be an object, not {_truncated_repr(value)}.")
    return value


def parse_upload(value: Any) -> UploadedFile:
    if not isinstance(value, UploadedFile):
        raise GraphQLError(f"Upload must be a file part of a multipart request, not {_truncated_repr(value)}.")
    return value


def _no_output(value: Any) -> None:
    raise GraphQLError("Upload is for input only.")


def parse_string_map(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise GraphQLError(f"StringMap must be an object, not {_truncated_repr(value)}.")
    for key, text in value.items():
        if not isinstance(text, str):
            raise GraphQLError(f"StringMap values must be strings; {_truncated_repr(key)} is {_truncated_repr(text)}.")
    return value


def _truncated_repr(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:60] + "…"


SCALARS: dict[object, Any] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description=(
            "A point in time in ISO 8601. Output is in UTC, such as 2026-01-31T09:30:00Z. Input may have any UTC "
            "offset, but must have one."
        ),
        serialize=show_instant,
        parse_value=parse_instant,
    ),
    PhoneNumber: strawberry.scalar(
        name="PhoneNumber",
        description="A phone number. Output is E.164, such as +254712345678. Input may be in any written form.",
        serialize=str,
        parse_value=parse_phone,
    ),
    CountryCode: strawberry.scalar(
        name="CountryCode",
        description=(
            "A region code of libphonenumber: ISO 3166-1 alpha-2 in upper case, such as KE, and a few additions (AC, "
            "TA, XK)."
        ),
        serialize=str,
        parse_value=lambda value: _text(value, "CountryCode"),
    ),
    StringMap: strawberry.scalar(
        name="StringMap",
        description="A JSON object whose values are strings. The keys are labels for people and may contain spaces.",
        serialize=lambda value: value,
        parse_value=parse_string_map,
    ),
    JSONObject: strawberry.scalar(
        name="JSONObject",
        description="A JSON object with any keys and values.",
        serialize=lambda value: value,
        parse_value=parse_object,
    ),
    Upload: strawberry.scalar(
        name="Upload",
        description="A file part of a GraphQL multipart request. For input only.",
        serialize=_no_output,
        parse_value=parse_upload,
    ),
}
