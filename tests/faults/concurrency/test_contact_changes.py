"""Changes of one contact at once lose nothing of each other. On a Citus cluster they all take the general path."""

import asyncio

from tests.support.api_client import Api
from tests.support.mutations import contact, trash, update
from tests.support.snapshot import stored_counts, true_counts

FIELDS = ["firstName", "lastName", "companyName", "notes", "externalId"]


async def test_changes_of_different_fields_at_once_all_remain(api: Api) -> None:
    contact_id = await api.make_contact("+254712345678", tags=["a"])
    labels = [f"label {place}" for place in range(8)]

    answers = await asyncio.gather(
        *(update(api, contact_id, "id", **{name: f"a {name}"}) for name in FIELDS),
        *(update(api, contact_id, "id", customVariables={label: "x"}) for label in labels),
        update(api, contact_id, "id", tags=["b"]),
    )

    assert [answer["errors"] for answer in answers if answer["errors"]] == []
    assert await contact(api, contact_id, f"{' '.join(FIELDS)} tags customVariables version") == {
        **{name: f"a {name}" for name in FIELDS},
        "tags": ["b"],
        "customVariables": dict.fromkeys(labels, "x"),
        "version": 1 + len(answers),
    }
    assert await stored_counts(api) == await true_counts(api)


async def test_a_change_is_before_the_trashing_or_refused(api: Api) -> None:
    contact_ids = [await api.make_contact(f"+2547123456{place:02}", tags=["a"]) for place in range(8)]

    *answers, _ = await asyncio.gather(
        *(update(api, contact_id, "id", firstName="Augusta", tags=["b"]) for contact_id in contact_ids),
        trash(api, contact_ids),
    )

    for contact_id, answer in zip(contact_ids, answers, strict=True):
        found = await contact(api, contact_id, "firstName deletedAt")
        codes = [error["code"] for error in answer["errors"]]
        assert (found["firstName"], codes) in [("Augusta", []), (None, ["IN_TRASH"])]
        assert found["deletedAt"] is not None
    assert await stored_counts(api) == await true_counts(api)
