"""The data set of the case `review`: an account with a million contacts and five million messages.

SQL statements in PostgreSQL generate it, identically in every run. It is kept under bench/data.
"""

import asyncio
import hashlib
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import asyncpg

from bench import databases
from bench.data import ROOT, Facts
from bench.watch import POSTMASTER, Watch, postmaster
from models.db import migration
from services.accounts.authentication import hash_secret
from tests.support.servers.cluster import Cluster

CONTACTS = 1_000_000
MESSAGES = 5_000_000
_DATABASE = "reviewed"
_COMPLETE = "complete"
_SECRET = "muster_bench_review"
_ACCOUNT = "01900000-0000-7000-8000-000000000001"
_MADE_AT = datetime(2025, 1, 1, tzinfo=UTC)
_MADE_OF = ("bench/review_data.py", "models/migrations")

# A UUID made of the row's kind and its number. Ids of one kind sort by number.
_ID = "('01900000-0000-7000-800{kind}-' || lpad(to_hex({number}), 12, '0'))::uuid"
# Unique Kenyan mobile numbers. Number n belongs to contact n; numbers beyond the last contact have no contact.
_PHONE = "'+2547' || lpad(({number} * 29 % 40000000)::text, 8, '0')"

_FILL = (
    """
    INSERT INTO account SELECT $1, 'Great Lakes Mobile', 'KE', 'POSSIBLE', 'COVERED', 24, 90, $2, $2
    """,
    f"""
    INSERT INTO account_user (account_id, id, email, email_key, name, role, is_active, created_at, updated_at)
    SELECT $1, {_ID.format(kind=1, number="n")}, n || '@example.com', n || '@example.com', 'User ' || n,
           CASE WHEN n = 1 THEN 'ADMIN' ELSE 'AGENT' END, TRUE, $2, $2
    FROM generate_series(1, 40) n
    """,
    f"""
    INSERT INTO contact (account_id, id, phone, first_name, last_name, full_name, email, tags, custom_variables, status,
                         operator, operator_country, country, time_zones, owner_id, owned_at, search_text, created_at,
                         updated_at)
    SELECT $1, {_ID.format(kind=2, number="n")}, phone, 'Amina' || n % 977, 'Otieno' || n % 1009, name, mail, '{{}}',
           '{{}}', 'VALID', 'Safaricom', 'KE', 'KE', '{{Africa/Nairobi}}',
           CASE WHEN n % 2 = 0 THEN {_ID.format(kind=1, number="n / 2 % 40 + 1")} END,
           CASE WHEN n % 2 = 0 THEN $2::timestamptz + n * interval '30 seconds' END,
           lower(name || chr(10) || phone || chr(10) || mail), $2::timestamptz + n * interval '30 seconds',
           $2::timestamptz + n * interval '30 seconds'
    FROM (SELECT n, {_PHONE.format(number="n")} AS phone, 'Amina' || n % 977 || ' Otieno' || n % 1009 AS name,
                 'amina' || n || '@example.com' AS mail
          FROM generate_series(1, {CONTACTS}) n) AS made
    WHERE $2 IS NOT NULL
    """,
    f"""
    INSERT INTO contact_assignee (account_id, contact_id, user_id)
    SELECT $1, {_ID.format(kind=2, number="n")}, {_ID.format(kind=1, number="n / 5 % 40 + 1")}
    FROM generate_series(1, {CONTACTS}) n WHERE n % 5 = 0 AND $2::timestamptz IS NOT NULL
    """,
    f"""
    INSERT INTO opt_out (account_id, phone, is_opted_out, source, changed_at)
    SELECT $1, {_PHONE.format(number="n")}, TRUE, 'KEYWORD', $2 FROM generate_series(1, {CONTACTS}) n WHERE n % 50 = 7
    """,
    # Half of the numbers have no messages, some have dozens. Rows are in order of arrival, so one number's rows are
    # scattered.
    f"""
    INSERT INTO message (account_id, id, phone, direction, status, kind, channel, body, occurred_at, created_at)
    SELECT $1, {_ID.format(kind=3, number="m")},
           {_PHONE.format(number=f"((m * 7919) % ((m * 31) % {CONTACTS // 2} + 1) * 2 + 1)")},
           CASE WHEN m % 4 = 0 THEN 'INBOUND' ELSE 'OUTBOUND' END,
           CASE WHEN m % 4 = 0 THEN 'RECEIVED' WHEN m % 19 = 1 THEN 'FAILED' ELSE 'DELIVERED' END,
           CASE WHEN m % 29 = 0 THEN 'VERIFICATION' ELSE 'CONVERSATION' END, 'SMS',
           'Habari? Order ' || m || ' is ready.',
           $2::timestamptz + m * interval '6 seconds', $2::timestamptz + m * interval '6 seconds'
    FROM generate_series(1, {MESSAGES}::bigint) m
    """,
    """
    INSERT INTO phone_history (account_id, phone, last_inbound_at, last_outbound_at)
    SELECT account_id, phone, max(occurred_at) FILTER (WHERE direction = 'INBOUND'),
           max(occurred_at) FILTER (WHERE direction = 'OUTBOUND' AND status NOT IN ('FAILED', 'DECLINED', 'CANCELLED'))
    FROM message WHERE account_id = $1 AND kind = 'CONVERSATION' AND $2::timestamptz IS NOT NULL GROUP BY 1, 2
    """,
)


@contextmanager
def reviewed(watch: Watch) -> Iterator[tuple[str, Facts]]:
    """Starts a PostgreSQL for the bench and yields the database's URL and facts."""
    place = databases.place_of("review", _key())
    is_complete = (place / _COMPLETE).exists()
    if not is_complete:
        shutil.rmtree(place, ignore_errors=True)
    if postmaster(place / "data") is not None:
        sys.exit("bench: another bench is running. Wait until it ends.")
    cluster = Cluster(settings=databases.SETTINGS, directory=place)
    with watch.over(POSTMASTER, place / "data"), cluster:
        if not is_complete:
            print(f"bench: making {CONTACTS:,} contacts and {MESSAGES:,} messages …", flush=True)
            asyncio.run(_fill(cluster))
            (place / _COMPLETE).touch()
        asyncio.run(databases.warm(cluster.url(_DATABASE)))
        facts = Facts(
            account_id=_ACCOUNT,
            secrets=(_SECRET,),
            list_ids=(),
            campaign_ids=(),
            contact_ids=(),
            known=(),
            phones=(),
            emails=(),
            deep_created_at="",
        )
        yield cluster.url(_DATABASE), facts


def number(place: int) -> str:
    """Returns the number of the contact at this place, from 1. Places beyond the last contact have no contact."""
    return f"+2547{place * 29 % 40_000_000:08}"


def _key() -> str:
    digest = hashlib.sha256()
    for name in _MADE_OF:
        path = ROOT / name
        for file in sorted(path.glob("*.*")) if path.is_dir() else [path]:
            if file.suffix != ".pyc":
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


async def _fill(cluster: Cluster) -> None:
    await databases.run(cluster.url(), f'DROP DATABASE IF EXISTS "{_DATABASE}"', f'CREATE DATABASE "{_DATABASE}"')
    await migration.migrate(cluster.url(_DATABASE))
    connection = await asyncpg.connect(cluster.url(_DATABASE))
    try:
        async with databases.without_indexes(connection):
            await connection.execute("SET session_replication_role = replica")
            for statement in _FILL:
                await connection.execute(statement, _ACCOUNT, _MADE_AT)
            await connection.execute(
                "INSERT INTO api_token (account_id, id, name, user_id, scopes, secret_hash, created_at) "
                f"SELECT $1, {_ID.format(kind=4, number='1')}, 'bench', {_ID.format(kind=1, number='1')}, $3, $4, $2",
                _ACCOUNT,
                _MADE_AT,
                ["CONTACTS_READ", "CAMPAIGNS_READ", "CAMPAIGNS_WRITE"],
                hash_secret(_SECRET),
            )
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
