"""Pages of a review's entries, by bucket and by flag, and the cost of reading a review."""

from typing import Any

from services.reviews.entries import PART_SIZE
from tests.support.api_client import Api, counted_statements
from tests.support.review_requests import COUNTS, LISTS, rows, validate
from tests.support.rows import insert_contacts

PAGE = """
query ($id: ID!, $first: Int, $after: String, $buckets: [ReviewBucket!], $flags: [ReviewFlag!]) {
  campaignReview(id: $id) {
    entries(first: $first, after: $after, buckets: $buckets, flags: $flags) {
      totalCount nodes { index bucket } edges { cursor node { index } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}
"""
COUNT = 2 * PART_SIZE + 30


async def long_review(api: Api) -> str:
    """Creates a review of as many invalid, known and new numbers, each with more than one part."""
    known = [f"+25471{place:07}" for place in range(0, 3 * COUNT, 3)]
    await insert_contacts(api, [{"phone": phone} for phone in known])
    given = [f"+25471{place:07}" if place % 3 != 2 else "none" for place in range(3 * COUNT)]
    return str((await validate(api, rows(*given)))["id"])


async def page(api: Api, review: str, **more: Any) -> Any:
    return (await api.run(PAGE, id=review, **more))["campaignReview"]["entries"]


async def walk(api: Api, review: str, **more: Any) -> list[int]:
    """Returns the indexes of all pages, in order."""
    found: list[int] = []
    after = None
    while True:
        one = await page(api, review, first=100, after=after, **more)
        found += [entry["index"] for entry in one["nodes"]]
        assert one["pageInfo"]["hasPreviousPage"] == (after is not None)
        if not one["pageInfo"]["hasNextPage"]:
            assert one["totalCount"] == len(found)
            return found
        after = one["pageInfo"]["endCursor"]


async def test_pages_hold_every_entry_once_in_the_order_of_the_rows(api: Api) -> None:
    review = await long_review(api)

    assert await walk(api, review) == list(range(3 * COUNT))
    assert await walk(api, review, buckets=["INVALID"]) == list(range(2, 3 * COUNT, 3))
    known_and_new = [place for place in range(3 * COUNT) if place % 3 != 2]
    assert await walk(api, review, buckets=["NEW", "EXISTING"]) == known_and_new
    assert await walk(api, review, flags=["UNOWNED", "OPTED_OUT"]) == list(range(0, 3 * COUNT, 3))
    assert await walk(api, review, buckets=["NEW"], flags=["UNOWNED"]) == []
    assert await walk(api, review, buckets=[]) == []


async def test_a_page_tells_where_it_lies(api: Api) -> None:
    review = str((await validate(api, rows("0712000001", "x", "0712000002", "0712000003")))["id"])

    first = await page(api, review, first=2, buckets=["NEW"])
    second = await page(api, review, first=2, buckets=["NEW"], after=first["edges"][1]["cursor"])

    new = [{"index": index, "bucket": "NEW"} for index in (0, 2, 3)]
    cursors = [edge["cursor"] for edge in first["edges"]]
    assert first == {
        "totalCount": 3,
        "nodes": new[:2],
        "edges": [{"cursor": cursors[0], "node": {"index": 0}}, {"cursor": cursors[1], "node": {"index": 2}}],
        "pageInfo": {
            "hasNextPage": True,
            "hasPreviousPage": False,
            "startCursor": cursors[0],
            "endCursor": cursors[1],
        },
    }
    assert second["nodes"] == new[2:]
    assert second["pageInfo"]["hasNextPage"] is False
    beyond = await page(api, review, after=second["pageInfo"]["endCursor"])
    assert (beyond["nodes"], beyond["pageInfo"]["startCursor"], beyond["totalCount"]) == ([], None, 4)


async def test_bad_pages_are_refused(api: Api) -> None:
    review = str((await validate(api, rows("0712000001")))["id"])
    contact = await api.make_contact("0712000001")
    other = "{ contacts { edges { cursor node { id } } } }"
    (edge,) = (await api.run(other))["contacts"]["edges"]
    assert edge["node"]["id"] == contact

    for wrong in ({"first": 0}, {"first": 101}, {"after": "garbage"}, {"after": edge["cursor"]}):
        assert (await api.ask(PAGE, id=review, **wrong)).codes == ["BAD_USER_INPUT"]


async def test_the_lists_of_a_long_review_are_whole(api: Api) -> None:
    review = await long_review(api)
    text = f"query ($id: ID!) {{ campaignReview(id: $id) {{ {' '.join(f'{name} {{ index }}' for name in LISTS)} }} }}"

    found = (await api.run(text, id=review))["campaignReview"]

    expected = {
        "newContacts": range(1, 3 * COUNT, 3),
        "existingContacts": range(0, 3 * COUNT, 3),
        "invalidContacts": range(2, 3 * COUNT, 3),
    }
    assert {name: [entry["index"] for entry in found[name]] for name in LISTS} == {
        name: list(expected.get(name, ())) for name in LISTS
    }


async def test_counts_and_totals_read_no_entries_and_a_page_reads_its_own_parts(api: Api) -> None:
    review = await long_review(api)
    asked = {
        f"{COUNTS} createdAt campaign {{ id }}": 1,
        "entries { totalCount pageInfo { hasNextPage endCursor } }": 2,
        "entries(first: 100) { nodes { index } }": 2,
        "entries(first: 100, flags: [UNOWNED]) { totalCount nodes { index contact { id } targetUser { id } } }": 4,
        "newContacts { index }": 2,
        "newContacts { index targetUser { name } } invalidContacts { index }": 4,
    }

    costs = {}
    for selected in asked:
        with counted_statements() as statements:
            await api.run(f"query ($id: ID!) {{ campaignReview(id: $id) {{ {selected} }} }}", id=review)
        costs[selected] = len(statements)
        if selected.startswith("counts"):
            assert "directory" not in statements[0]
            assert "campaign_review_part" not in statements[0]

    assert costs == asked


async def test_a_review_that_was_just_made_is_read_from_memory(api: Api) -> None:
    costs = []
    for selected in ("id", f"id {COUNTS} entries {{ totalCount nodes {{ index }} }}"):
        with counted_statements() as statements:
            await validate(api, rows("0712000001", "0712000002"), selected)
        costs.append(len(statements))

    assert costs[0] == costs[1]
