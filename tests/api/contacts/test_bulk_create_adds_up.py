"""A batch of random rows has the same result as one request per row, and its summary adds up."""

from collections import Counter
from typing import Any

from hypothesis import given, settings, strategies as st

from tests.support.api_client import Api
from tests.support.mutations import SUMMARY, contacts, create, mutate
from tests.support.snapshot import stored_counts, true_counts

SHOWN = "phone firstName email externalId tags customVariables"

_PHONES = ["0712000001", "+254 712 000 001", "0712000002", "0712000003", "0202222222", "", "12", "call me"]
ROWS = st.lists(
    st.fixed_dictionaries(
        {"phone": st.sampled_from(_PHONES)},
        optional={
            "firstName": st.sampled_from(["Ann", "Bea", "", "a\x00"]),
            "email": st.sampled_from(["ann@example.com", "ann", ""]),
            "externalId": st.sampled_from(["a", "b", "c", ""]),
            "tags": st.lists(st.sampled_from(["a", "b", "c", ";"]), max_size=2),
            "customVariables": st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["x", "y", ""])),
        },
    ),
    min_size=1,
    max_size=12,
)
FEW = settings(max_examples=25, derandomize=True)


@FEW
@given(rows=ROWS, if_exists=st.sampled_from(["ERROR", "SKIP", "UPDATE"]))
async def test_a_batch_ends_as_its_rows_one_by_one_and_adds_up(
    db: None, rows: list[dict[str, Any]], if_exists: str
) -> None:
    in_a_batch, one_by_one = await Api.of_new_account(), await Api.of_new_account()

    answer = await mutate(
        in_a_batch,
        "bulkCreateContacts",
        f"summary {{ {SUMMARY} }} results {{ index outcome contact {{ phone }} error {{ code }} }}",
        contacts=rows,
        ifExists=if_exists,
    )
    alone = [await create(one_by_one, "phone", if_exists=if_exists, **row) for row in rows]

    results, summary = answer["results"], answer["summary"]
    assert [(one["outcome"], (one["error"] or {}).get("code")) for one in results] == [
        (one["outcome"] or "FAILED", one["errors"][0]["code"] if one["errors"] else None) for one in alone
    ]
    assert [one["index"] for one in results] == list(range(len(rows)))
    assert await contacts(in_a_batch, SHOWN) == await contacts(one_by_one, SHOWN)
    assert await stored_counts(in_a_batch) == await true_counts(in_a_batch) == await stored_counts(one_by_one)
    outcomes = Counter(one["outcome"] for one in results)
    assert summary["total"] == len(rows) == summary["imported"] + summary["skipped"]
    assert summary["imported"] == summary["valid"] + summary["invalid"] == summary["created"] + summary["updated"]
    assert (summary["created"], summary["updated"], summary["rejected"], summary["skipped"] - summary["rejected"]) == (
        outcomes["CREATED"],
        outcomes["UPDATED"],
        outcomes["FAILED"],
        outcomes["SKIPPED"],
    )
