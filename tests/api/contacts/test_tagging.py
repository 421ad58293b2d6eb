"""Tags are added to contacts, removed from them, and counted."""

from typing import Any

import pytest

from tests.support.api_client import MONDAY, TUESDAY, Api, counted_statements, iso
from tests.support.mutations import contacts, mutate, purge, refusal, tag_counts, trash
from tests.support.snapshot import stored_counts, stored_rows, true_counts

NO_CONTROL = "A tag can't contain ; or | or control characters."


async def tag(api: Api, ids: list[str], **changes: Any) -> Any:
    return await mutate(api, "tagContacts", "count contactIds", contacts={"ids": ids}, **changes)


async def test_tags_are_added_and_removed_where_they_are_not_yet_so(api: Api) -> None:
    old = await api.make_contact("0712000001", tags=["old"])
    both = await api.make_contact("0712000002", tags=["new", "old"])
    new = await api.make_contact("0712000003", tags=["new", "other"])

    answer = await tag(api.at(TUESDAY), [old, both, new], add=[" new "], remove=["old"])

    assert answer == {"count": 2, "contactIds": [old, both], "errors": []}
    assert await contacts(api, "tags updatedAt") == [
        {"tags": ["new"], "updatedAt": iso(TUESDAY)},
        {"tags": ["new"], "updatedAt": iso(TUESDAY)},
        {"tags": ["new", "other"], "updatedAt": iso(MONDAY)},
    ]
    assert await tag_counts(api) == {"new": 3, "other": 1}


async def test_tags_keep_their_case_and_are_composed(api: Api) -> None:
    one = await api.make_contact("0712000001", tags=["VIP"])

    answer = await tag(api, [one], add=["vip", "Re\u0301gion", "R\u00e9gion"])

    assert answer["count"] == 1
    assert await contacts(api, "tags") == [{"tags": ["R\u00e9gion", "VIP", "vip"]}]
    assert await tag_counts(api) == {"R\u00e9gion": 1, "VIP": 1, "vip": 1}


async def test_what_is_in_the_trash_keeps_its_tags_and_is_not_counted(api: Api) -> None:
    trashed, live = await api.make_contact("0712000001", tags=["a"]), await api.make_contact("0712000002", tags=["a"])
    await trash(api, [trashed])

    answer = await tag(api, [trashed, live], add=["b"])
    while_trashed = await tag_counts(api)
    await mutate(api, "restoreContacts", "count", contacts={"ids": [trashed]})

    assert answer == {"count": 1, "contactIds": [live], "errors": []}
    assert while_trashed == {"a": 1, "b": 1}
    assert await tag_counts(api) == {"a": 2, "b": 1}


async def test_a_tag_that_nobody_has_any_more_is_gone(api: Api) -> None:
    one, other = await api.make_contact("0712000001", tags=["a"]), await api.make_contact("0712000002", tags=["b"])

    await tag(api, [one], remove=["a"])
    await purge(api, [other])

    assert await tag_counts(api) == {}
    assert await stored_counts(api) == await true_counts(api)


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"add": [""]}, [refusal("INVALID", "A tag can't be blank.", "add", "0")]),
        (
            {"add": ["a", "b;c", "d|e"]},
            [refusal("INVALID", NO_CONTROL, "add", "1"), refusal("INVALID", NO_CONTROL, "add", "2")],
        ),
        ({"remove": ["a\x00"]}, [refusal("INVALID", NO_CONTROL, "remove", "0")]),
        ({"add": ["x" * 65]}, [refusal("TOO_LONG", "A tag has at most 64 characters, not 65.", "add", "0")]),
        (
            {"add": [str(number) for number in range(51)]},
            [refusal("TOO_MANY", "The list has 51 tags; at most 50 are allowed.", "add")],
        ),
        (
            {"remove": [str(number) for number in range(51)]},
            [refusal("TOO_MANY", "The list has 51 tags; at most 50 are allowed.", "remove")],
        ),
        ({"add": ["a"], "remove": [" a"]}, [refusal("INVALID", "'a' can't be both added and removed.", "remove")]),
    ],
)
async def test_what_cannot_be_a_tag_is_refused(api: Api, changes: dict[str, Any], errors: list[Any]) -> None:
    one = await api.make_contact("0712000001", tags=["old"])
    before = await stored_rows(api)

    answer = await tag(api, [one], **changes)

    assert answer == {"count": None, "contactIds": [], "errors": errors}
    assert await stored_rows(api) == before


async def test_a_contact_that_would_have_too_many_tags_refuses_the_change(api: Api) -> None:
    full = await api.make_contact("0712000001", tags=[f"t{number}" for number in range(50)])
    free = await api.make_contact("0712000002")
    before = await stored_rows(api)

    refused = await tag(api, [free, full], add=["more"])
    unchanged = await stored_rows(api)
    taken = await tag(api, [free, full], add=["more"], remove=["t0"])

    message = "A contact would have 51 tags; at most 50 are allowed."
    assert refused == {"count": None, "contactIds": [], "errors": [refusal("TOO_MANY", message, "add")]}
    assert unchanged == before
    assert taken["count"] == 2


async def test_nothing_to_add_or_remove_changes_nothing(api: Api, stranger: Api) -> None:
    one, theirs = await api.make_contact("0712000001", tags=["a"]), await stranger.make_contact("0712000001")
    before, before_theirs = await stored_rows(api), await stored_rows(stranger)

    nothing = await tag(api, [one])
    nulls = await tag(api, [one], add=None, remove=None)
    as_asked = await tag(api, [one, theirs], add=["a"], remove=["b"])

    assert nothing == nulls == as_asked == {"count": 0, "contactIds": [], "errors": []}
    assert (await stored_rows(api), await stored_rows(stranger)) == (before, before_theirs)


async def test_the_number_of_statements_does_not_depend_on_the_number_of_contacts(api: Api) -> None:
    ids = [await api.make_contact(f"07120000{number:02}") for number in range(51)]

    async def statements(*chosen: str) -> int:
        with counted_statements() as seen:
            assert (await tag(api, list(chosen), add=["a", "b"]))["count"] == len(chosen)
        return len(seen)

    assert await statements(*ids[:2]) == await statements(*ids[2:])
