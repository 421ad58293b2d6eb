"""Ids of another account are unknown, in every place of the schema that takes an id.

The places are found by walking the schema, so a new one can't be missed; see id_places.
"""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from models.db import database
from schema.ids import IdPrefix, decode_as, encode
from services.accounts import tokens
from services.accounts.authentication import Scope
from tests.support.api_client import MONDAY, TUESDAY, Api
from tests.support.id_places import TYPES, WITHOUT, Ids, Place, places_by_field
from tests.support.mutations import trash
from tests.support.review_requests import rows, validate
from tests.support.rows import add_audit_event, add_webhook_endpoint
from tests.support.snapshot import stored_rows

PLACES = places_by_field()
every_field = pytest.mark.parametrize("field", PLACES)
# An unknown id of each type.
NOBODY = {prefix: f"{prefix}_01jd8vq0c5fj2v7wq1x3ynm8za" for prefix in IdPrefix}
GARBAGE = ["", "1", "cnt_", "cnt_81jd8vq0c5fj2v7wq1x3ynm8za", "xyz_01jd8vq0c5fj2v7wq1x3ynm8za", "' OR 1=1 --", "\x00"]


async def furnished(api: Api, field: str) -> Ids:
    """Creates an object of every type, all linked, and returns the ids. Trashes the contact for restore and purge."""
    contact_list = await api.make_list("Clients")
    bob_id, _ = await api.make_user("Bob")
    contact = await api.make_contact(
        "0712345678", externalId="x", tags=["a"], listIds=[contact_list], ownerId=bob_id, assigneeIds=[bob_id]
    )
    token_id, _ = await tokens.create(
        account_id=api.account_id,
        name="Key",
        user_id=None,
        scopes=[Scope.CONTACTS_READ],
        expires_at=None,
        now=MONDAY,
        grantable=frozenset(Scope),
    )
    made = {name: database.uuid7() for name in ("campaign", "campaign_contact", "message", "job")}
    of_account = {"account_id": api.account_id, "created_at": MONDAY}
    of_campaign = {"account_id": api.account_id, "campaign_id": made["campaign"]}
    contact_id, user_id = decode_as(IdPrefix.CONTACT, contact), decode_as(IdPrefix.USER, bob_id)
    of_message = {"phone": "+254712345678", "direction": "INBOUND", "status": "RECEIVED", "kind": "CONVERSATION"}
    of_job = {"kind": "IMPORT", "status": "COMPLETED", "input": {}, "checkpoint": {}, "columns": []}
    spring = {"name": "Spring", "channel": "SMS", "status": "DRAFT", "contact_count": 1, "updated_at": MONDAY}
    place = {"contact_id": contact_id, "extracted_data": {}, "assignee_id": user_id, "updated_at": MONDAY}
    await _insert("campaign", **of_account, id=made["campaign"], **spring)
    await _insert("campaign_list", **of_campaign, contact_list_id=decode_as(IdPrefix.CONTACT_LIST, contact_list))
    await _insert("campaign_contact", **of_campaign, id=made["campaign_contact"], created_at=MONDAY, **place)
    await _insert(
        "message", **of_account, id=made["message"], **of_message, channel="SMS", user_id=user_id, occurred_at=MONDAY
    )
    endpoint_id, delivery_id, event_id = await add_webhook_endpoint(api.account_id)
    await _insert("job", **of_account, id=made["job"], **of_job, done_row_count=1, is_dry_run=False)
    await database.execute(
        "UPDATE contact SET imported_by_job_id = $2 WHERE account_id = $1", api.account_id, made["job"]
    )
    campaign_id = encode(IdPrefix.CAMPAIGN, made["campaign"])
    review = await validate(api.at(TUESDAY), rows("0712999998"), campaignId=campaign_id)
    if field in ("Mutation.restoreContacts", "Mutation.purgeContacts"):
        await trash(api, [contact])
    if field == "Mutation.cancelJob":
        await database.execute("UPDATE job SET status = 'QUEUED' WHERE account_id = $1", api.account_id)
    ids = {
        IdPrefix.ACCOUNT: encode(IdPrefix.ACCOUNT, api.account_id),
        IdPrefix.USER: bob_id,
        IdPrefix.API_TOKEN: encode(IdPrefix.API_TOKEN, token_id),
        IdPrefix.CONTACT: contact,
        IdPrefix.CONTACT_LIST: contact_list,
        IdPrefix.CAMPAIGN: campaign_id,
        IdPrefix.CAMPAIGN_CONTACT: encode(IdPrefix.CAMPAIGN_CONTACT, made["campaign_contact"]),
        IdPrefix.CAMPAIGN_REVIEW: review["id"],
        IdPrefix.MESSAGE: encode(IdPrefix.MESSAGE, made["message"]),
        IdPrefix.JOB: encode(IdPrefix.JOB, made["job"]),
        IdPrefix.WEBHOOK_ENDPOINT: encode(IdPrefix.WEBHOOK_ENDPOINT, endpoint_id),
        IdPrefix.WEBHOOK_DELIVERY: encode(IdPrefix.WEBHOOK_DELIVERY, delivery_id),
        IdPrefix.EVENT: encode(IdPrefix.EVENT, event_id),
        IdPrefix.AUDIT_EVENT: await add_audit_event(api.account_id, user_id=user_id, job_id=made["job"]),
    }
    await add_audit_event(api.account_id, token_id=token_id)  # the token has no user
    for subject in ids.values():
        await add_audit_event(api.account_id, subject=subject)
    return ids


async def _insert(table: str, **values: Any) -> None:
    marks = ", ".join(f"${place}" for place in range(1, len(values) + 1))
    await database.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", *values.values())


def user_errors(found: Any) -> Iterator[dict[str, Any]]:
    """Yields all user errors in an answer."""
    if isinstance(found, dict):
        if "code" in found and "path" in found:
            yield found
        for value in found.values():
            yield from user_errors(value)
    elif isinstance(found, list):
        for value in found:
            yield from user_errors(value)


def leads_to(place: Place, path: list[str]) -> bool:
    """Returns whether an error's path leads to the place, or to the object with the id."""
    named = [step for step in path if not step.isdigit()]
    return named == list(place.path) or [*named, "id"] == list(place.path)


def places_of(field: str) -> list[tuple[Place, IdPrefix]]:
    """Returns the places of a field, each with every id type that it accepts."""
    return [(place, kind) for place in PLACES[field] for kind in place.types]


@every_field
async def test_an_id_of_another_account_is_an_id_of_nothing(api: Api, stranger: Api, field: str) -> None:
    own, theirs = await furnished(api, field), await furnished(stranger, field)
    before, before_theirs = await stored_rows(api), await stored_rows(stranger)

    for place, kind in places_of(field):
        for given in (theirs[kind], NOBODY[kind]):
            text, variables = place.operation(given, own)
            answer = await api.at(TUESDAY).ask(text, **variables)

            assert answer.errors == [], place
            told = list(user_errors(answer.data))
            if exports_what_it_finds(place):  # an export of nothing: see test_export_contacts.py
                assert told == [], place
                for made in (
                    "job WHERE kind = 'EXPORT'",
                    "audit_event WHERE action = 'EXPORT'",
                    "account_queue WHERE TRUE",
                ):
                    await database.execute(f"DELETE FROM {made} AND account_id = $1", api.account_id)
            elif place.name in WITHOUT and place.is_mutation:
                assert [error["code"] for error in told] == ["COUNT_CHANGED"], place
            elif place.is_mutation and not place.is_chosen_among:
                assert [error["code"] for error in told] == ["NOT_FOUND"], place
                assert leads_to(place, told[0]["path"]), place
            else:
                assert told == [], place
            if not place.is_mutation and place.name not in WITHOUT:
                assert is_nothing(answer.data), place
            shown = orjson.dumps(answer.data).decode()
            assert not [one for one in theirs.values() if one in shown], place
        assert await stored_rows(api) == before, place
        assert await stored_rows(stranger) == before_theirs, place


def exports_what_it_finds(place: Place) -> bool:
    return place.field == "exportContacts" and place.name.startswith("ContactFilter.")


def is_nothing(found: Any) -> bool:
    """Returns whether an answer contains only the objects that lead to the field."""
    if isinstance(found, dict):
        if "nodes" in found and "pageInfo" in found:
            return not (found["nodes"] or found["edges"] or found["totalCount"])
        if "otherCount" in found:
            return not (found["values"] or found["otherCount"] or found["missingCount"])
        return all(is_nothing(value) for name, value in found.items() if name != "__typename")
    return found is None or (isinstance(found, list) and all(map(is_nothing, found)))


@every_field
async def test_the_accounts_own_id_is_an_id_of_something(db: None, field: str) -> None:
    """Otherwise the test above would pass for a field that never finds anything."""
    for place, kind in places_of(field):
        api = await Api.of_new_account()
        own = await furnished(api, field)
        text, variables = place.operation(own[kind], own)

        answer = await api.at(TUESDAY).ask(text, **variables)

        assert answer.errors == [], place
        told = [error["code"] for error in user_errors(answer.data)]
        is_counted = place.is_mutation and place.name.startswith("ContactFilter.") and place.name not in WITHOUT
        is_counted = is_counted and not exports_what_it_finds(place)
        assert told == (["COUNT_CHANGED"] if is_counted else []), place
        if not place.is_mutation and place.name not in WITHOUT:
            assert not is_nothing(answer.data), place


@every_field
async def test_an_id_of_another_type_and_garbage_are_invalid(api: Api, field: str) -> None:
    own = await furnished(api, field)
    before = await stored_rows(api)

    for place in PLACES[field]:
        of_other_types = [one for kind, one in own.items() if kind not in place.types]
        for given in (
            *of_other_types,
            NOBODY[IdPrefix.VIEWER],
            NOBODY[IdPrefix.OPT_OUT],
            NOBODY[IdPrefix.REVIEW_ENTRY],
            *GARBAGE,
        ):
            text, variables = place.operation(given, own)
            answer = await api.at(TUESDAY).ask(text, **variables)

            if place.is_mutation:
                assert answer.errors == [], place
                (told,) = user_errors(answer.data)
                assert told["code"] == "INVALID_ID", place
                assert [step for step in told["path"] if not step.isdigit()] == list(place.path)
            else:
                assert answer.codes == ["INVALID_ID"], (place, given)
    assert await stored_rows(api) == before


def test_every_entry_of_the_table_is_in_the_schema() -> None:
    assert {place.name for places in PLACES.values() for place in places} == set(TYPES)
