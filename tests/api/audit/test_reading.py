"""Pages of the audit log, its filter, and how long its events are kept."""

from typing import Any

import pytest

from models.db import database
from services.accounts.authentication import Role, Scope
from services.audit import retention
from services.ids import IdPrefix, encode
from tests.support.api_client import DAY, HOUR, MONDAY, Api, iso
from tests.support.audit_events import EVENTS, events_of
from tests.support.mutations import mutate
from tests.support.rows import add_audit_event, make_job, uuid_of
from tests.support.statement_work import PostgresObserver, SqliteObserver, recorded_reads


async def test_pages_are_newest_first_and_filtered(api: Api) -> None:
    _, bob = await api.make_user("Bob", Role.ADMIN)
    contact = await bob.make_contact("0712 345 678")
    await mutate(api.later(HOUR), "tagContacts", "count", contacts={"ids": [contact]}, add=["a"])
    await mutate(bob.later(2 * HOUR), "trashContacts", "count", contacts={"ids": [contact]})

    async def actions(**filter: Any) -> list[str]:
        found = await events_of(api, filter=filter)
        assert found["totalCount"] == len(found["nodes"])
        return [event["action"] for event in found["nodes"]]

    token = (await events_of(bob))["nodes"][0]["token"]["id"]
    assert await actions() == ["TRASH", "TAG", "CREATE"]
    assert await actions(actions=["TAG", "CREATE"]) == ["TAG", "CREATE"]
    assert await actions(actions=[]) == []
    assert await actions(userIds=[bob.user_id]) == await actions(tokenIds=[token]) == ["TRASH", "CREATE"]
    assert await actions(userIds=[bob.user_id, api.user_id], actions=["TAG"], subjectId=contact) == ["TAG"]
    assert await actions(subjectId=api.user_id) == []
    within = {"from": iso(MONDAY + HOUR), "before": iso(MONDAY + 2 * HOUR)}
    assert await actions(occurredAt=within) == ["TAG"]
    first = await events_of(api, first=2)
    rest = await events_of(api, first=2, after=first["pageInfo"]["endCursor"])
    assert [event["action"] for event in (*first["nodes"], *rest["nodes"])] == ["TRASH", "TAG", "CREATE"]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    assert first["nodes"][0] == first["nodes"][0] | {
        "subjectId": contact,
        "summary": "Trashed contacts, chosen by ID.",
        "user": {"id": bob.user_id},
        "ipAddress": "192.0.2.7",
        "occurredAt": iso(MONDAY + 2 * HOUR),
    }


async def test_only_an_admin_of_the_account_reads_it(api: Api) -> None:
    await api.make_contact("0712 345 678")
    others = await Api.of_new_account()
    _, manager = await api.make_user("Manu", Role.MANAGER)

    refused = await manager.ask(EVENTS)
    reader = await api.with_scopes(Scope.ADMIN).ask("{ auditEvents { nodes { action user { id } job { id } } } }")

    assert (await events_of(others))["totalCount"] == 0
    assert (await events_of(others, filter={"userIds": [api.user_id]}))["nodes"] == []
    assert (refused.data, refused.codes) == ({"auditEvents": None}, ["FORBIDDEN"])
    assert reader.data == {"auditEvents": {"nodes": [{"action": "CREATE", "user": None, "job": None}]}}


async def test_bad_values_are_told_with_their_places(api: Api) -> None:
    wrong: dict[str, Any] = {
        "INVALID_ID": [{"userIds": [api.user_id, "x"]}, {"tokenIds": [api.user_id]}, {"subjectId": "x"}, {"jobId": ""}],
        "BAD_USER_INPUT": [{"userIds": [api.user_id] * 1001}],
    }
    for code, filters in wrong.items():
        for filter in filters:
            answer = await api.ask(EVENTS, filter=filter)
            assert answer.codes == [code]
            assert answer.errors[0]["message"].startswith(f"filter.{next(iter(filter))}")


@pytest.mark.plain_postgres
async def test_events_are_deleted_when_their_time_is_over(api: Api) -> None:
    await api.make_contact("0712 000 001")
    await api.later(DAY).make_contact("0712 000 002")
    retention.configure(days=30)

    assert await retention.purge_expired(now=MONDAY + 30 * DAY + HOUR) == 1
    assert await retention.purge_expired(now=MONDAY + 30 * DAY + HOUR) == 0
    assert [event["occurredAt"] for event in (await events_of(api))["nodes"]] == [iso(MONDAY + DAY)]


async def test_a_filtered_page_reads_no_other_events(
    api: Api, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rare events are the oldest ones of many."""
    bob, of_bob = await api.make_user("Bob", Role.ADMIN)
    contact = await of_bob.make_contact("0712 345 678")
    job = await make_job(api)
    by = {"user_id": uuid_of(bob), "token_id": of_bob.caller.token_id, "job_id": uuid_of(job)}
    rare = await add_audit_event(api.account_id, **by, action="IMPORT", subject=contact)
    rows = [{"id": database.uuid7(MONDAY + number * HOUR)} for number in range(1, 4_001)]
    await database.execute(
        "INSERT INTO audit_event (account_id, id, action, count, summary, user_id, token_id, occurred_at) "
        f"SELECT $1, r.id, 'TAG', 1, '', $3, $4, $5 FROM {database.rows_of('$2', 'r', {'id': 'uuid'})}",
        api.account_id,
        rows,
        api.caller.user_id,
        api.caller.token_id,
        api.now + DAY,
    )
    await database.execute("ANALYZE")
    token = encode(IdPrefix.API_TOKEN, of_bob.caller.token_id)
    values = {
        "actions": ["IMPORT"],
        "userIds": [bob],
        "tokenIds": [token],
        "subjectId": contact,
        "jobId": job,
        "occurredAt": {"before": iso(MONDAY + HOUR)},
    }

    for name, value in values.items():
        with recorded_reads(monkeypatch) as statements:
            found = await api.run(EVENTS, filter={name: value})
        observer = PostgresObserver() if database.is_postgres() else SqliteObserver(database_url[len("sqlite:///") :])
        work = await observer.work(statements)
        observer.close()
        assert rare in [event["id"] for event in found["auditEvents"]["nodes"]]
        assert (name, work < 400) == (name, True), work
