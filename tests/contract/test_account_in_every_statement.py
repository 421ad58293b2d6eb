"""Every statement restricts each table that it reads or writes to one account."""

import re
from typing import Any

import pytest

from models.db import database
from services.account_queue import Due, Queue
from services.accounts import authentication, usage as usage_of_accounts
from services.accounts.usage import usage
from services.audit import retention as audit_retention
from services.changes import retention as change_retention
from services.contacts import search_index, trash, value_counts
from services.events import outbox
from services.history import retention as history_retention
from services.jobs import backlog, files as job_files, leases_sql as leases, retention as job_retention
from services.purging import traces as purged_traces
from services.requests import idempotency, rate_limits
from services.requests.idempotency import Answer
from services.requests.rate_limits import Limit
from services.reviews import storage as review_storage
from services.subscriptions import event_log as subscription_events
from services.webhooks import endpoints as webhook_endpoints, queue as webhook_queue
from tests.contract.test_tables import tables
from tests.support.api_client import DAY, HOUR, MONDAY, Api, counted_statements
from tests.support.day_of_changes import LEFT_OUT, day_of_changes
from tests.support.imports import run_jobs
from tests.support.mutations import mutate
from tests.support.operations import operation, root_fields
from tests.support.relations import ALONE, PATHS, create_linked_rows, full_selection, has_total, relations
from tests.support.rows import make_job
from tests.support.sample_contacts import create_sample_contacts
from tests.support.webhooks import record_events

NO_ALIAS = "|".join("ON WHERE SET JOIN ORDER GROUP CROSS LEFT VALUES SELECT LIMIT NOT".split())
MENTIONED = rf'\b(?:FROM|JOIN|UPDATE|INTO)\s+"?({{tables}})"?(?:\s+(?:AS\s+)?"?(?!(?:{NO_ALIAS})\b)(\w+)"?)?'
# Statements that can't be restricted to one account, each with its reason.
EXCEPTIONS = {
    "FROM api_token t": "the account of a secret is unknown before the lookup",
    "(SELECT account_id, id FROM campaign_review WHERE expires_at <= ": "deletes expired reviews of all accounts",
    "(SELECT account_id, id FROM contact WHERE purge_at <= ": "what is due in any account is purged at once",
    "FROM contact_purge WHERE erase_at <= ": "what any account's purges have left goes at once",
    "FROM contact_purge WHERE purged_at > ": "all accounts share SQLite's search index",
    "FROM job leased": "a worker ends the transactions of any account's lost workers",
    "FROM job waiting": "a worker takes up the next job of any account",
    "FROM job WHERE finished_at <= ": "jobs of any account that finished long ago go at once",
    "FROM tag WHERE contact_count = 0": "tags of any account that nobody carries go at once",
    "FROM custom_variable_label WHERE contact_count = 0": "labels of any account that nobody carries go at once",
    "UPDATE job SET output_key = NULL": "files of any account that have had their time go at once",
    "FROM job_file WHERE NOT EXISTS": "files of any account that no job came of go at once",
    "FROM idempotency_key WHERE created_at <= ": "what any account has had kept for its time goes at once",
    "FROM event WHERE delivered_at IS NULL AND due_at <= ": "the events of all accounts go to one address",
    "FROM event WHERE delivered_at IS NULL AND due_at > ": "metrics show the events of all accounts",
    "FROM job WHERE status IN ": "metrics show the jobs of all accounts",
    "FROM job WHERE status = 'RUNNING' ": "metrics show the speed of the jobs of all accounts",
    "FROM job WHERE finished_at > ": "metrics show the finished jobs of all accounts",
    "FROM event WHERE occurred_at <= ": "the events of any account that have had their time go at once",
    "FROM subscription WHERE expires_at <= ": "what nobody in any account listens by any more goes at once",
    "FROM subscription_event WHERE occurred_at <= ": "what nobody in any account is told any more goes at once",
    "FROM webhook_endpoint e WHERE e.disabled_at IS NULL AND (e.leased_until": "endpoints of all accounts are served",
    "FROM webhook_endpoint e CROSS JOIN webhook_delivery d WHERE": "metrics show what waits for all accounts",
    "FROM webhook_endpoint e LEFT JOIN api_token": "endpoints of all accounts whose token has ended are switched off",
    "FROM webhook_delivery WHERE (account_id, endpoint_id) > ": "the deliveries of all accounts are purged in turn",
    '"webhook_endpoint" WHERE "disabled_at" IS NULL': "the selections of all accounts are checked after an upgrade",
    "SELECT max(position) FROM change": "on SQLite all accounts share one sequence of positions",
    "SELECT id FROM account": "the changes of each account that have had their time go at once",
    "DELETE FROM account_usage WHERE day <= ": "counts of any account that are too old go at once",
    "SELECT id AS account_id FROM account": "the audit events of each account that have had their time go at once",
    "FROM bulk_change WHERE occurred_at <= ": "bulk changes of any account that have had their time go at once",
    "FROM rate_limit WHERE idle_at <= ": "whoever has been idle in any account is forgotten at once",
}


async def nameless(statements: list[str]) -> list[tuple[str, str]]:
    """Returns the tables that a statement uses without the account, each with the statement."""
    names = "|".join(sorted(await tables(), key=len, reverse=True))
    mentioned = re.compile(MENTIONED.format(tables=names), re.IGNORECASE)
    found = []
    for statement in dict.fromkeys(statements):
        if any(part in statement for part in EXCEPTIONS):
            continue
        mentions = mentioned.findall(statement)
        for table, alias in mentions:
            key = r"(?:account_)?id" if table == "account" else "account_id"
            is_inserted = re.search(rf'INTO "?{table}"? \(account_id\b', statement)
            is_plain = len(re.findall(rf"(?<![\w.]){key}\b", statement)) >= len(mentions)
            if not is_inserted and not is_plain and not re.search(rf'\b{alias or table}"?\."?{key}\b', statement):
                found.append((table, statement))
    return found


async def test_a_statement_without_its_account_is_noticed(db: None) -> None:
    wrong = [
        "SELECT id FROM contact WHERE id = $1",
        "SELECT l.id FROM contact_list l JOIN contact_list_member m ON m.contact_list_id = l.id AND l.account_id = $1",
        "DELETE FROM tag WHERE name = $1",
        'UPDATE "contact" SET name = $1 WHERE id = $2',
    ]

    assert [table for table, _ in await nameless(wrong)] == ["contact", "contact_list_member", "tag", "contact"]


async def test_every_statement_of_every_root_field_names_the_account(api: Api) -> None:
    await create_sample_contacts(api)

    with counted_statements() as statements:
        for root in ("Query", "Mutation"):
            for name in root_fields(root):
                text, variables = operation(root, name)
                await api.ask(text, **variables)

    assert len(statements) >= 30
    assert await nameless(statements) == []


async def test_every_statement_of_every_relation_names_the_account(api: Api) -> None:
    filled = await create_linked_rows(api)
    variables = filled.variables(5)

    with counted_statements() as statements:
        for name, field in relations():
            if name not in ALONE:
                selected = PATHS[name] % full_selection(name, field)
                if has_total(name, field):
                    selected = selected.replace("pageInfo", "totalCount pageInfo")
                used = {key: value for key, value in variables.items() if f"${key}" in selected}
                kinds = {"first": "Int", "reviewed": "ID!"}
                head = ", ".join(f"${key}: {kinds.get(key, '[ID!]!')}" for key in used)
                await api.run(f"query ({head}) {{ {selected} }}", **used)
        await api.run("{ viewer { account { name usage { day } } user { name } } }")

    assert await nameless(statements) == []


FILTERS: list[Any] = [
    {"search": "amina"},
    {"search": "a", "state": "ANY"},
    {"companyNames": ["Mbali Ltd"], "customVariables": [{"label": "Plan", "equals": "Gold"}]},
    {"customVariables": [{"label": "Plan", "contains": "o"}, {"label": "plan", "exists": False}]},
    {"isOptedOut": True},
    {"inNoList": True},
    {"isAssigned": True},
    {"and": [{"search": "amina"}], "or": [{"listIds": []}], "not": {"campaignIds": [], "assigneeIds": []}},
]


async def test_every_statement_of_a_filter_and_an_order_names_the_account(api: Api) -> None:
    await create_sample_contacts(api)
    find = """
    query ($filter: ContactFilter, $after: String, $offset: Int) {
      contacts(
        filter: $filter, after: $after, offset: $offset, orderBy: [{field: NAME}, {field: CREATED_AT, direction: DESC}]
      ) {
        totalCount nodes { protectedUntil optedOutAt } pageInfo { endCursor }
      }
    }
    """

    with counted_statements() as statements:
        for filter in FILTERS:
            found = await api.run(find, filter=filter)
            await api.run(find, filter=filter, after=found["contacts"]["pageInfo"]["endCursor"])
            await api.run(find, filter=filter, offset=1)

    assert await nameless(statements) == []


async def test_every_statement_of_a_day_of_changes_names_the_account(api: Api) -> None:
    changes = await day_of_changes(api)

    with counted_statements() as statements:
        for name, given in changes:
            kind = f"{name[0].upper()}{name[1:]}Input"
            text = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ errors {{ code message path }} }} }}"
            answer = await api.later(HOUR).run(text, input=given)
            assert (name, answer[name]["errors"]) == (name, [])
            if name == "importContacts":
                await run_jobs(api)

    assert {name for name, _ in changes} | LEFT_OUT == set(root_fields("Mutation"))
    assert await nameless(statements) == []


async def test_every_statement_of_a_kept_answer_and_of_a_limit_names_the_account(api: Api) -> None:
    async def answer() -> Answer:
        return Answer(200, b"{}")

    with counted_statements() as statements:
        for _ in range(2):
            await idempotency.run_once(
                account_id=api.account_id, owner_id=api.account_id, key="a", request_hash="x", run=answer, now=MONDAY
            )
            for calls in (1, 2):
                limit = Limit("calls", 1, HOUR)
                await rate_limits.count(limit, account_id=api.account_id, subject="a", calls=calls, now=MONDAY)

    assert len(set(statements)) >= 4
    assert await nameless(statements) == []


@pytest.mark.plain_postgres  # other accounts of the server have work, too
async def test_what_serves_all_accounts_is_named_with_its_reason(api: Api) -> None:
    before = [*database.statement_watchers]

    with counted_statements() as statements:
        await authentication.authenticate("muster_nonsense", now=MONDAY)
        await trash.purge_expired(now=MONDAY + DAY)
        await leases.end_abandoned(now=MONDAY)
        await leases.claim(now=MONDAY)
        await job_files.remove_expired(now=MONDAY)
        await purged_traces.erase(now=MONDAY)
        await search_index.merge(now=MONDAY)
        await job_retention.purge_finished(now=MONDAY)
        await value_counts.TAGS.purge_unused(now=MONDAY)
        await value_counts.LABELS.purge_unused(now=MONDAY)
        await idempotency.purge_expired(now=MONDAY)
        await review_storage.purge_expired(now=MONDAY)
        await rate_limits.purge_idle(now=MONDAY)
        await outbox.claim(now=MONDAY, limit=1)
        await outbox.purge_expired(now=MONDAY)
        await subscription_events.purge_expired(now=MONDAY)
        await webhook_queue.candidates(Due(Queue.DELIVERIES), now=MONDAY)
        await webhook_queue.switch_off_ended(Due(Queue.DELIVERIES), now=MONDAY)
        await webhook_queue.purge_expired(now=MONDAY)
        await webhook_endpoints.selections()
        await backlog.read(now=MONDAY)
        await change_retention.purge_expired(now=MONDAY)
        usage().note_request(api.account_id, now=MONDAY)
        await usage().flush()
        await usage_of_accounts.purge_expired(now=MONDAY)
        await audit_retention.purge_expired(now=MONDAY)
        await history_retention.purge_expired(now=MONDAY)

    if database.is_postgres():
        others = ("FROM contact_purge WHERE purged_at > ", "SELECT max(position) FROM change")
    else:
        others = ("FROM job leased", "SELECT id FROM account")
    of_one_database = dict.fromkeys(others, 0)
    assert {part: sum(part in statement for statement in statements) for part in EXCEPTIONS} == (
        dict.fromkeys(EXCEPTIONS, 1) | of_one_database
    )
    assert await nameless(statements) == []
    assert database.statement_watchers == before


@pytest.mark.plain_postgres  # other accounts of the server have events, too
async def test_every_statement_of_an_event_on_its_way_names_the_account(api: Api) -> None:
    await record_events(api, count=2)

    with counted_statements() as statements:
        first, second = await outbox.claim(now=MONDAY, limit=2)
        await outbox.mark_attempts(delivered=[first], failed=[second], now=MONDAY)

    assert len(statements) == 4
    assert await nameless(statements) == []


@pytest.mark.plain_postgres  # other accounts of the server have expired rows, too
async def test_every_statement_that_deletes_what_has_expired_names_the_account(api: Api) -> None:
    contact = await api.make_contact("0712000001", tags=["a"])
    await mutate(api, "tagContacts", "count", contacts={"ids": [contact]}, remove=["a"])
    await make_job(api, finished_at=MONDAY)

    with counted_statements() as statements:
        assert await job_retention.purge_finished(now=MONDAY + 30 * DAY) == 1
        assert await value_counts.TAGS.purge_unused(now=MONDAY) == 1

    assert len(statements) >= 7
    assert await nameless(statements) == []
