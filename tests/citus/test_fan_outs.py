"""Each operation of an account touches one shard, and processes without work touch none."""

from collections.abc import AsyncIterator

import asyncpg
import orjson
import pytest

from models.db import database
from models.db.deadline import ResultUnknown
from services import account_queue, purge_log, write_probe
from services.accounts import token_sql
from services.accounts.authentication import authenticate, hash_secret
from services.demo import account as demo
from services.events import outbox
from services.job_tasks import TASKS
from services.jobs import leases_sql as leases
from services.jobs.worker import Worker
from services.purging import traces
from services.subscriptions.registry import interest
from tests.api.examples.test_operations import NAMED, OPERATIONS, only
from tests.support.api_client import MONDAY, TUESDAY, Api
from tests.support.fan_outs import Fans, heard, watching
from tests.support.messages import inbound
from tests.support.mutations import bulk_create, mutate, purge, report, trash, update

pytestmark = pytest.mark.citus

FILTERS = """{
  contacts(first: 5, filter: {or: [{tags: ["a"]}, {optedOut: true}], not: {assignedTo: {isEmpty: true}}}) {
    nodes { id optedOut tags { name } lists { nodes { name } } assignees { nodes { name } } }
  }
}"""


MANY = 110  # more than fit into VALUES
END_OPEN_TRANSACTIONS = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE state = 'idle in transaction' AND datname = current_database()
"""


@pytest.fixture
async def fans(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fans]:
    fans = watching(monkeypatch)
    await database.connect(database_url)
    await fans.learn()
    yield fans
    await database.disconnect()


async def test_each_kind_of_operation_touches_one_shard(fans: Fans) -> None:
    account_id = await demo.fill(now=TUESDAY)
    caller = await authenticate(await demo.new_token(account_id=account_id, now=TUESDAY), now=TUESDAY)
    assert caller is not None
    api, worker, touched = Api(caller, now=TUESDAY), Worker(TASKS, clock=lambda: TUESDAY), {}
    worker.start()
    for path in OPERATIONS:
        beside = path.with_suffix(".json")
        variables = orjson.loads(beside.read_bytes()) if beside.exists() else {}
        for name in NAMED.findall(path.read_text()):
            with fans.counted() as places:
                await api.ask(only(path.read_text(), name), **variables)
                await heard()
            touched[name] = len(places)
    await worker.stop()
    await database.execute("UPDATE api_token SET name = 'former' WHERE name = 'Muster demo'")  # others fill it again

    assert {name: count for name, count in touched.items() if count > 1} == {}
    assert 1 in touched.values()


async def test_changes_of_one_account_commit_in_one_phase(fans: Fans) -> None:
    api = await Api.of_new_account()
    list_id = await api.make_list("Customers")
    with fans.counted() as places:
        contact_id = await api.make_contact("0712345678", tags=["a"], customVariables={"b": "c"}, listIds=[list_id])
        await update(api, contact_id, "id", firstName="Ada", tags=["b"], assigneeIds=[api.user_id])
        await bulk_create(api, "id", [{"phone": f"071234560{place}", "listIds": [list_id]} for place in range(3)])
        await report(api, inbound(phone="0712345678", body="STOP"))
        await trash(api, [contact_id])
        await heard()

    assert len(places) == 1
    assert any(text.endswith("COMMIT") for text in fans.asked)
    assert [text for text in fans.asked if "PREPARE" in text] == []


async def test_changes_of_many_contacts_commit_in_one_phase(fans: Fans) -> None:
    api = await Api.of_new_account()
    list_id = await api.make_list("Customers")
    campaign = await mutate(api, "createCampaign", "campaign { id }", name="Spring", listIds=[list_id])
    with fans.counted() as places:
        made = await bulk_create(api, "id", [{"phone": f"0712345{number}"} for number in range(500, 500 + MANY)])
        ids = [row["contact"]["id"] for row in made["results"]]
        await mutate(api, "addContactsToList", "added", listId=list_id, contacts={"ids": ids})
        await mutate(api, "tagContacts", "count", contacts={"ids": ids}, add=["a"])
        await mutate(api, "updateCampaign", "", id=campaign["campaign"]["id"], status="SCHEDULED")
        await mutate(api, "deleteCampaign", "", id=campaign["campaign"]["id"])
        await mutate(api, "deleteContactList", "", id=list_id)
        await trash(api, ids)
        await purge(api, ids)
        await heard()

    assert len(places) == 1
    assert [text for text in fans.asked if "PREPARE" in text] == []


async def test_a_commit_that_a_worker_did_not_confirm_has_an_unknown_result(fans: Fans, database_url: str) -> None:
    api = await Api.of_new_account()
    other = await asyncpg.connect(database_url)

    async def lose_the_worker() -> None:
        async with database.transaction():
            sql = "INSERT INTO tag (account_id, name, contact_count) VALUES ($1, 'lost', 0)"
            await database.execute(sql, api.account_id)
            await other.execute(f"SELECT run_command_on_workers($$ {END_OPEN_TRANSACTIONS} $$)")

    with pytest.raises(ResultUnknown):
        await lose_the_worker()

    await other.close()
    assert await database.fetch("SELECT 1 FROM tag WHERE account_id = $1", api.account_id) == []


async def test_a_token_with_its_account_is_looked_up_on_one_shard(fans: Fans) -> None:
    api = await Api.of_new_account()
    with fans.counted() as of_account:
        await token_sql.look_up(hash_secret("none"), account_id=api.account_id, now=MONDAY)
        await heard()
    with fans.counted() as of_all:
        await token_sql.look_up(hash_secret("none"), account_id=None, now=MONDAY)
        await heard()

    assert (len(of_account), len(of_all)) == (1, 8)


async def test_whoever_looks_for_work_asks_no_worker_while_there_is_none(fans: Fans) -> None:
    await Api.of_new_account()
    with fans.counted() as places:
        await leases.end_abandoned(now=MONDAY)
        assert await leases.claim(now=MONDAY) is None
        assert await outbox.claim(now=MONDAY, limit=10) == []
        assert await purge_log.claim(now=MONDAY) is None
        await traces.erase(now=MONDAY)
        assert (await account_queue.due(account_queue.Queue.DELIVERIES, now=MONDAY)).has_none
        await interest().refresh(now=MONDAY)
        await write_probe.write(now=MONDAY)
        await heard()

    assert places == set()
