"""Answers to clients on temporary failures: the whole answer or some fields fail, and with which code."""

from errno import EACCES, EDQUOT, ENOSPC, EROFS
from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLError

from models.db.deadline import (
    ClientDisconnected,
    DeadlineExceeded,
    ResultUnknown,
    StorageFull,
    TemporaryFailure,
    Unavailable,
)
from schema.root import schema
from web.http.graphql_errors import ErrorWriter, status_of
from web.http.temporary_failures import refusal, replacing, temporary

DOWN, LATE, FULL, UNKNOWN = Unavailable(), DeadlineExceeded(), StorageFull(), ResultUnknown()
ERRORS = ErrorWriter(schema._schema)


@pytest.mark.parametrize(
    ("failure", "code", "status", "retry_after"),
    [
        (Unavailable(), "UNAVAILABLE", 503, "2"),
        (StorageFull(), "INSUFFICIENT_STORAGE", 507, None),
        (DeadlineExceeded(), "OPERATION_TIMEOUT", 504, None),
        (ResultUnknown(), "RESULT_UNKNOWN", 503, "2"),
        (ClientDisconnected(), "UNAVAILABLE", 503, "2"),
        (OSError(ENOSPC, "full"), "INSUFFICIENT_STORAGE", 507, None),
        (OSError(EDQUOT, "full"), "INSUFFICIENT_STORAGE", 507, None),
        (OSError(EROFS, "read-only"), "UNAVAILABLE", 503, "2"),
    ],
)
def test_each_failure_has_a_code_a_status_and_maybe_a_time(
    failure: Exception, code: str, status: int, retry_after: str | None
) -> None:
    found = temporary(failure)
    assert found is not None

    refused = refusal(found, request_id="x")

    [error] = refused.errors
    assert (refused.status, error["extensions"]["code"]) == (status, code)
    assert refused.headers.get("Retry-After") == retry_after
    assert str(error["extensions"].get("retryAfter")) == str(retry_after)


@pytest.mark.parametrize("error", [OSError(EACCES, "no"), ConnectionError(), ValueError(), OSError("text alone")])
def test_other_errors_are_no_temporary_failures(error: Exception) -> None:
    assert temporary(error) is None


# is_query, is_keyed, has_written, has_data
QUERY = (True, False, False, False)
QUERY_WITH_DATA = (True, False, False, True)
MUTATION = (False, False, False, False)
BESIDE_A_REFUSAL = (False, False, False, True)
COMMITTED = (False, False, True, False)
COMMITTED_WITH_DATA = (False, False, True, True)
KEYED = (False, True, False, False)
KEYED_WITH_DATA = (False, True, False, True)
KEYED_AND_OUTSIDE = (False, True, True, False)


@pytest.mark.parametrize(
    ("failures", "case", "expected"),
    [
        ([], QUERY, None),
        ([LATE], QUERY, LATE),
        ([DOWN, LATE], QUERY_WITH_DATA, DOWN),
        ([UNKNOWN], QUERY, Unavailable),
        ([FULL], MUTATION, FULL),
        ([DOWN, UNKNOWN], MUTATION, UNKNOWN),
        ([DOWN], BESIDE_A_REFUSAL, None),
        ([LATE], COMMITTED, None),
        ([LATE], COMMITTED_WITH_DATA, None),
        ([LATE], KEYED, LATE),
        ([FULL], KEYED_WITH_DATA, FULL),
        ([LATE], KEYED_AND_OUTSIDE, None),
    ],
)
def test_which_failure_replaces_the_whole_answer(failures: list[Any], case: tuple[bool, ...], expected: Any) -> None:
    is_query, is_keyed, has_written, has_data = case

    found = replacing(failures, is_query=is_query, is_keyed=is_keyed, has_written=has_written, has_data=has_data)

    assert type(found) is expected if isinstance(expected, type) else found is expected


def answer(data: Any, *errors: tuple[Exception, list[str]], **known: bool) -> tuple[int, list[str]]:
    """The status, and the codes of the errors."""
    located = [GraphQLError("x", original_error=error, path=path) for error, path in errors]
    result = ExecutionResult(data, located)
    written = ERRORS.written(result, request_id="x", **known)
    return status_of(data, written), [error["extensions"]["code"] for error in written]


async def test_a_query_has_data_or_a_temporary_failure() -> None:
    with pytest.raises(DeadlineExceeded):
        answer({"viewer": {"id": "1"}, "jobs": None}, (LATE, ["jobs"]))


@pytest.mark.parametrize(
    ("data", "errors", "expected"),
    [
        # The payload is read too late: the change is there, with a null in it.
        (
            {"createContact": {"contact": {"lists": None}}},
            [(LATE, ["createContact", "contact", "lists"])],
            (200, ["OPERATION_TIMEOUT"]),
        ),
        # The fields of the answer are null: a client must not read this as "not written".
        ({"createContact": None}, [(LATE, ["createContact"])], (503, ["RESULT_UNKNOWN"])),
        ({"createContact": None}, [(DOWN, ["createContact", "contact", "id"])], (503, ["RESULT_UNKNOWN"])),
        (None, [(FULL, ["createContact"])], (503, ["RESULT_UNKNOWN"])),
        ({"createContact": None}, [(KeyError("bug"), ["createContact"])], (503, ["RESULT_UNKNOWN"])),
        # One field of several.
        ({"a": {"errors": []}, "b": None}, [(DOWN, ["b"])], (200, ["RESULT_UNKNOWN"])),
        ({"a": {"contact": None}, "b": None}, [(KeyError("bug"), ["a", "contact"])], (200, ["INTERNAL_SERVER_ERROR"])),
    ],
)
async def test_after_a_commit_no_error_says_that_nothing_was_written(
    data: Any, errors: list[tuple[Exception, list[str]]], expected: tuple[int, list[str]]
) -> None:
    assert answer(data, *errors, is_query=False, has_written=True) == expected


async def test_before_any_commit_the_whole_mutation_failed() -> None:
    for error in (DOWN, LATE, FULL, UNKNOWN):
        with pytest.raises((TemporaryFailure, ResultUnknown)) as raised:
            answer({"createContact": None}, (error, ["createContact"]), is_query=False)
        assert raised.value is error


async def test_a_failure_beside_data_keeps_its_own_code_if_nothing_was_written() -> None:
    found = answer({"a": {"errors": [1]}, "b": None}, (DOWN, ["b"]), is_query=False)

    assert found == (200, ["UNAVAILABLE"])


async def test_a_full_disk_is_remembered() -> None:
    errors = ErrorWriter(schema._schema)
    errors.refusal(Unavailable(), request_id="x")
    before = errors.storage_was_full_at

    errors.refusal(StorageFull(), request_id="x")

    assert before is None
    assert errors.storage_was_full_at is not None
