"""Every tag in use is listed with its number of contacts."""

from typing import Any

import pytest

from tests.support.api_client import Api, counted_statements

TAGS = "query ($search: String) { tags(search: $search) { name contactCount } }"


def tags(**counts: int) -> dict[str, Any]:
    return {"tags": [{"name": name, "contactCount": count} for name, count in counts.items()]}


@pytest.fixture
async def tagged(api: Api) -> list[str]:
    return [
        await api.make_contact("0712 345 678", tags=["vip", "Äpfel", "100%"]),
        await api.make_contact("0733 123 456", tags=["vip", "VIP"]),
    ]


async def test_tags_come_by_name_with_how_many_contacts_carry_them(api: Api, tagged: list[str]) -> None:
    assert await api.run(TAGS) == tags(**{"100%": 1, "VIP": 1, "vip": 2, "Äpfel": 1})


async def test_a_tag_that_only_the_trash_carries_is_not_in_use(api: Api, tagged: list[str]) -> None:
    await api.run("mutation ($id: ID!) { trashContacts(input: {contacts: {ids: [$id]}}) { count } }", id=tagged[1])

    assert await api.run(TAGS) == tags(**{"100%": 1, "vip": 1, "Äpfel": 1})


SEARCHED: list[tuple[str | None, dict[str, Any]]] = [
    ("vi", tags(VIP=1, vip=2)),
    ("VIP", tags(VIP=1, vip=2)),
    (" vip ", tags(VIP=1, vip=2)),
    ("äpf", tags(Äpfel=1)),
    ("A\u0308PFEL", tags(Äpfel=1)),
    ("%", tags(**{"100%": 1})),
    ("_", tags()),
    ("\0", tags()),
    ("", tags(**{"100%": 1, "VIP": 1, "vip": 2, "Äpfel": 1})),
    ("  ", tags(**{"100%": 1, "VIP": 1, "vip": 2, "Äpfel": 1})),
    (None, tags(**{"100%": 1, "VIP": 1, "vip": 2, "Äpfel": 1})),
]


async def test_tags_are_found_by_any_part_in_any_letter_case(api: Api, tagged: list[str]) -> None:
    assert [(text, await api.run(TAGS, search=text)) for text, _ in SEARCHED] == SEARCHED


async def test_tags_of_another_account_do_not_exist_and_all_cost_one_statement(
    api: Api, tagged: list[str], stranger: Api
) -> None:
    with counted_statements() as statements:
        answer = await stranger.run(TAGS)

    assert (answer, len(statements)) == (tags(), 1)
