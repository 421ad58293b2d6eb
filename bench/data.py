"""The data set: a large and a small account with generated contacts, identical in every run.

All values are as Muster would write them: its own functions make numbers, search texts and counts.
"""

import asyncio
import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from models.db import migration
from models.db.sqlite.values import to_parameter
from schema.ids import IdPrefix, encode
from services.accounts.authentication import Role, Scope, hash_secret
from services.contacts.normalization import full_name, search_text
from services.demo.people import COUNTRIES, Country
from services.phones.numbers import NetworkCheck, PhonePolicy, facts, read

ROOT = Path(__file__).parent.parent
CONTACTS = 1_000_000
"""The default number of contacts of the large account. The small account has a fiftieth of it."""
SEED = 7
# Settings of both accounts.
REGION = "KE"
POLICY = PhonePolicy.POSSIBLE
NETWORK_CHECK = NetworkCheck.COVERED

# The demo's numbers in the US are too few for a large account.
_REGIONS = [country for code, country in COUNTRIES.items() if code != "US"]
COMPANIES = tuple(
    f"{first} {second}"
    for first in "Savanna Baobab Rift Nile Lagoon Sunrise Acacia Harbour Cedar Kilima Azteca Union".split()
    for second in "Foods Logistics Motors Textiles Clinics Traders Energy Farms Media Schools".split()
)
MAIL_HOSTS = ("gmail.com", "yahoo.com", "outlook.com", "safari-mail.co.ke", "naija-post.ng", "correo.mx")
TAGS = (
    "vip lead customer prospect newsletter event-2024 event-2025 referral wholesale retail nairobi lagos accra "
    "cape-town student teacher nurse farmer driver english swahili french spanish follow-up no-show paid trial churned"
).split()
_LISTS = [
    f"{what} {when}"
    for what in ("Customers", "Newsletter", "Webinar", "Partners", "Donors", "Volunteers", "Leads", "Members")
    for when in ("2023", "2024", "Q1 2025", "Q2 2025", "Q3 2025")
]
_USERS = "Ada Bob Chidi Dora Esi Femi Grace Hamza Imani Juma Kofi Lerato".split()
RARE_NAME = "Zwangendaba Xulu"
"""The name of exactly three contacts in each account."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_START = datetime(2023, 1, 1, 6, tzinfo=UTC)
_SPAN = timedelta(days=700)
_NEVER = datetime(2199, 1, 1, tzinfo=UTC)
_MADE_AT_START = {"created_at": _START, "updated_at": _START}
_SOME = 500
_KEPT = 20_000
# Rows that are in memory at the same time.
_PIECE = 30_000
_LABEL = "Loyalty number"
_CAMPAIGNS = ("Planting season", "Harvest", "New shop", "Holiday greetings", "Price list", "Survey", "Win back")
TOKENS = 5
"""The tokens of an account. The load uses all of them in turn, because each has limits that are below the load."""
SECRETS, SMALL_SECRETS = ([f"muster_bench_{name}_{place}" for place in range(TOKENS)] for name in ("large", "small"))
_MADE_OF = (
    "bench/data.py services/demo/people.py models/migrations/*.* search_key.py services/contacts/normalization.py "
    "services/phones/prefix_table.py"
).split()

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of one table."""

    table: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    async def copy_to(self, postgres: Any) -> None:
        await postgres.copy_records_to_table(self.table, columns=self.columns, records=self.rows)

    def insert_into(self, sqlite: sqlite3.Connection) -> None:
        marks = ", ".join("?" * len(self.columns))
        sql = f"INSERT INTO {self.table} ({', '.join(self.columns)}) VALUES ({marks})"
        sqlite.executemany(sql, ([to_parameter(value) for value in row] for row in self.rows))


@dataclass(frozen=True, slots=True)
class Facts:
    """Values of the large account that the cases need. `contact_ids`, `phones` and `emails` are of live contacts, in
    random order. `middle_id` is the id of a live contact in the middle of the account, as it is stored.
    """

    account_id: str
    list_ids: tuple[str, ...]
    campaign_ids: tuple[str, ...]
    contact_ids: tuple[str, ...]
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    middle_id: str


def key() -> str:
    """Returns a key that changes with the code that generates the data, and with the tables."""
    digest = hashlib.sha256()
    for file in chain.from_iterable(sorted(ROOT.glob(pattern)) for pattern in _MADE_OF):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


class DataSet:
    """The rows of both accounts, in pieces. Rows may reference rows of later pieces."""

    def __init__(self, contacts: int) -> None:
        large = _Account("Savanna Foods", SECRETS, contacts)
        self._accounts = large, _Account("Corner Shop", SMALL_SECRETS, contacts // 50)
        self.facts = large.facts  # complete only after the last piece

    def pieces(self) -> Iterator[Piece]:
        rows = chain.from_iterable(account.rows() for account in self._accounts)
        while some := list(islice(rows, _PIECE)):
            tables: dict[str, list[Row]] = {}
            for table, row in some:
                tables.setdefault(table, []).append(row)
            for table, of_table in tables.items():
                yield Piece(table, tuple(of_table[0]), [tuple(row.values()) for row in of_table])


class _Account:
    """Yields rows as pairs of a table and its columns' values."""

    def __init__(self, name: str, secrets: list[str], size: int) -> None:
        self._name, self._secrets, self._size, self._random = name, secrets, size, Random(f"{SEED} {name}")
        self._id = self._uuid7(_START)
        self._users = [self._uuid7(_START) for _ in _USERS]
        self._lists, self._campaigns = ([self._uuid7(_START) for _ in names] for names in (_LISTS, _CAMPAIGNS))
        self._list_counts, self._tag_counts, self._labelled = Counter[UUID](), Counter[str](), 0
        self._kept: list[Row] = []

    def rows(self) -> Iterator[tuple[str, Row]]:
        phones = {"default_region": REGION, "phone_policy": POLICY.value, "network_check": NETWORK_CHECK.value}
        hours = {"contact_protection_hours": 0, "trash_retention_days": 90}
        yield "account", {"id": self._id, "name": self._name, **phones, **hours, **_MADE_AT_START}
        for table, row in chain(self._people(), self._contacts(), self._counts()):
            yield table, {"account_id": self._id, **row}

    def _people(self) -> Iterator[tuple[str, Row]]:
        """Yields the rows that don't depend on contacts."""
        for user_id, name in zip(self._users, _USERS, strict=True):
            email = f"{name.lower()}@{self._name.replace(' ', '-').lower()}.example.com"
            role = (Role.ADMIN if name == _USERS[0] else Role.AGENT).value
            user = {"id": user_id, "email": email, "email_key": email, "name": name, "role": role, "is_active": True}
            yield "account_user", user | _MADE_AT_START
        scopes = sorted(scope.value for scope in Scope)
        for secret in self._secrets:
            token = {"id": self._uuid7(_START), "name": "bench", "scopes": scopes, "secret_hash": hash_secret(secret)}
            yield "api_token", {"user_id": None, **token, "created_at": _START}
        for campaign_id, name in zip(self._campaigns, _CAMPAIGNS, strict=True):
            campaign = {"id": campaign_id, "name": name, "channel": "SMS", "status": "DRAFT", "contact_count": 0}
            yield "campaign", campaign | _MADE_AT_START

    def facts(self) -> Facts:
        kept = Random(SEED).sample(self._kept, len(self._kept))
        return Facts(
            account_id=str(self._id),
            list_ids=tuple(encode(IdPrefix.CONTACT_LIST, id) for id in self._lists),
            campaign_ids=tuple(encode(IdPrefix.CAMPAIGN, id) for id in self._campaigns),
            contact_ids=tuple(encode(IdPrefix.CONTACT, contact["id"]) for contact in kept[:_SOME]),
            phones=tuple(contact["phone"] for contact in kept),
            emails=tuple(contact["email"] for contact in kept[:_SOME] if contact["email"]),
            middle_id=str(self._kept[len(kept) // 2]["id"]),
        )

    def _contacts(self) -> Iterator[tuple[str, Row]]:
        """Yields contacts, oldest first, each with a unique number, and what is linked to them."""
        random, phones, step = self._random, set[str](), _SPAN / self._size
        kept = {*Random(SEED).sample(range(self._size), min(_KEPT, self._size))}
        rare = set(random.sample(range(self._size), 3))
        regions = random.choices(_REGIONS, [region.weight for region in _REGIONS], k=self._size)
        for place, region in enumerate(regions):
            created_at = _START + step * place + timedelta(milliseconds=random.randrange(500))
            contact = self._contact(region, self._phone(region, phones), created_at, is_rare=place in rare)
            if place in kept and contact["deleted_at"] is None:
                self._kept.append({name: contact[name] for name in ("id", "phone", "email")})
            yield "contact", contact
            yield from self._links(contact)

    def _phone(self, region: Country, taken: set[str]) -> str:
        while True:
            prefix = self._random.choice(region.prefixes)
            free = region.digits - len(prefix)
            phone = read(f"+{prefix}{self._random.randrange(10**free):0{free}}", region=None, policy=POLICY)
            if isinstance(phone, str) and phone not in taken:
                taken.add(phone)
                return phone

    def _contact(self, region: Country, phone: str, created_at: datetime, *, is_rare: bool) -> Row:
        random = self._random
        first, last = random.choice(region.first_names), random.choice(region.last_names)
        if is_rare:
            first, last = RARE_NAME.split()
        has_name, has_owner = is_rare or random.random() < 0.97, random.random() < 0.5
        local_part = f"{first}.{last}{random.randrange(10_000)}".lower().replace(" ", "-")
        is_trashed = not is_rare and random.random() < 0.01
        contact = {
            "id": self._uuid7(created_at),
            "phone": phone,
            "first_name": first if has_name else None,
            "last_name": last if has_name and random.random() < 0.9 else None,
            "name": None,
            "email": f"{local_part}@{random.choice(MAIL_HOSTS)}" if random.random() < 0.6 else None,
            "company_name": random.choice(COMPANIES) if random.random() < 0.4 else None,
            "notes": "Met at the fair; prefers a call in the evening." if random.random() < 0.1 else None,
            "tags": sorted(random.sample(TAGS, random.choices((0, 1, 2, 3, 4), (20, 30, 25, 15, 10))[0])),
            "custom_variables": f'{{"{_LABEL}":"{random.randrange(10**8)}"}}' if random.random() < 0.2 else "{}",
            **number_columns(phone),
            "owner_id": random.choice(self._users) if has_owner else None,
            "owned_at": created_at if has_owner else None,
            "created_at": created_at,
            "updated_at": created_at,
            "deleted_at": created_at + timedelta(days=1) if is_trashed else None,
            "purge_at": _NEVER if is_trashed else None,
        }
        return contact | {"full_name": full_name(contact), "search_text": search_text(contact)}

    def _links(self, contact: Row) -> Iterator[tuple[str, Row]]:
        random, of_contact, created_at = self._random, {"contact_id": contact["id"]}, contact["created_at"]
        lists = random.sample(self._lists, random.choices((0, 1, 2, 3), (25, 40, 25, 10))[0])
        if contact["deleted_at"] is None:
            self._list_counts.update(lists)
            self._tag_counts.update(contact["tags"])
            self._labelled += contact["custom_variables"] != "{}"
        for list_id in lists:
            yield "contact_list_member", {"contact_list_id": list_id, **of_contact, "created_at": created_at}
        if random.random() < 0.2:
            for user_id in random.sample(self._users, random.choice((1, 1, 2))):
                yield "contact_assignee", {**of_contact, "user_id": user_id}
        if random.random() < 0.02:
            opt_out = {"phone": contact["phone"], "is_opted_out": True, "source": "KEYWORD", "reason": None}
            yield "opt_out", {**opt_out, "changed_at": created_at + timedelta(hours=5)}

    def _counts(self) -> Iterator[tuple[str, Row]]:
        """Yields the rows that depend on all contacts."""
        for id, name in zip(self._lists, _LISTS, strict=True):
            names = {"id": id, "name": name, "name_key": name.casefold(), "description": None}
            yield "contact_list", {**names, "contact_count": self._list_counts[id], **_MADE_AT_START}
        for tag, count in sorted(self._tag_counts.items()):
            yield "tag", {"name": tag, "contact_count": count}
        yield "custom_variable_label", {"label": _LABEL, "contact_count": self._labelled}

    def _uuid7(self, instant: datetime) -> UUID:
        """Returns an id. Ids sort by their instants if these are at least a millisecond apart."""
        milliseconds, random = (instant - _EPOCH) // timedelta(milliseconds=1), self._random
        return UUID(int=milliseconds << 80 | 7 << 76 | random.getrandbits(12) << 64 | 2 << 62 | random.getrandbits(62))


def number_columns(phone: str) -> Row:
    """Returns the columns of a contact that depend on its number alone."""
    known = facts(phone, network_check=NETWORK_CHECK)
    names = ("status", "invalid_reason", "operator", "operator_country", "country")
    return {name: getattr(known, name) for name in names} | {"time_zones": list(known.time_zones)}


async def fill_postgres(url: str, made: DataSet) -> None:
    await migration.migrate(url)
    connection = await asyncpg.connect(url)
    await connection.execute("SET session_replication_role = replica")  # skips foreign key checks
    for piece in made.pieces():
        await piece.copy_to(connection)
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")
    await connection.close()


def fill_sqlite(path: Path, made: DataSet) -> None:
    """Fills the file. Does not run ANALYZE, because Muster does not run it at this point either."""
    path.unlink(missing_ok=True)
    asyncio.run(migration.migrate(f"sqlite:///{path}"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA cache_size = -400000")
        for piece in made.pieces():
            piece.insert_into(connection)
        connection.commit()
