"""The data set: two accounts with generated contacts, identical in every run.

All values are as Muster would write them: its own functions make numbers, search texts and counts.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from bench.names import COMPANIES, LIST_NAMES, MAIL_HOSTS, PEOPLE, RARE_NAME, REGIONS, TAGS, Region
from services.accounts.authentication import Role, Scope, hash_secret
from services.contacts.normalization import full_name, search_text
from services.phones.numbers import NetworkCheck, PhonePolicy, facts, read

ROOT = Path(__file__).parent.parent
LARGE = 1_000_000
SMALL = 20_000
SEED = 7
# Settings of both accounts.
REGION = "KE"
POLICY = PhonePolicy.POSSIBLE
NETWORK_CHECK = NetworkCheck.COVERED

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_START = datetime(2023, 1, 1, 6, tzinfo=UTC)
_SPAN = timedelta(days=700)
_NEVER = datetime(2199, 1, 1, tzinfo=UTC)
_SOME = 500
_KNOWN = 20_000
# Contacts, with their linked rows, that are in memory at the same time.
_PIECE = 10_000
_CAMPAIGNS = ("Planting season", "Harvest", "New shop", "Holiday greetings", "Price list", "Survey", "Win back")
# The rate limit of a token for campaign changes is below the load, so the load uses several tokens.
_TOKENS = 5
_MADE_OF = (
    "bench/data.py",
    "bench/names.py",
    "bench/databases.py",
    "models/migrations",
    "services/contacts/normalization.py",
    "services/phones/prefix_table.py",
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of one table."""

    table: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Facts:
    """Values of the large account that the cases need."""

    account_id: str
    secrets: tuple[str, ...]
    list_ids: tuple[str, ...]
    campaign_ids: tuple[str, ...]
    contact_ids: tuple[str, ...]
    known: tuple[str, ...]
    """Numbers of live contacts, unordered."""
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    deep_created_at: str
    """The createdAt of a contact that slightly more than half of the account precedes, newest first."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def key() -> str:
    """Returns a key that changes with the generator, the tables, and the code that derives contact columns."""
    digest = hashlib.sha256(f"{LARGE} {SMALL} {SEED}".encode())
    for place in _MADE_OF:
        path = ROOT / place
        for file in sorted(path.glob("*.*")) if path.is_dir() else [path]:
            if file.suffix != ".pyc":
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


class DataSet:
    """The rows of both accounts, in pieces. Rows may reference rows of later pieces."""

    def __init__(self) -> None:
        self._large, self._small = _Account("Savanna Foods", LARGE), _Account("Corner Shop", SMALL)

    def pieces(self) -> Iterator[Piece]:
        yield from self._large.pieces()
        yield from self._small.pieces()

    def facts(self) -> Facts:
        """Complete only after the last piece."""
        return self._large.facts()


class _Account:
    def __init__(self, name: str, size: int) -> None:
        self._random = Random(f"{SEED} {name}")
        self._name = name
        self._size = size
        self._pieces: dict[str, Piece] = {}
        secret = f"muster_bench_{name.replace(' ', '_').lower()}"
        self._secrets = [f"{secret}_{place}" for place in range(_TOKENS)]
        self._id = self._uuid7(_START)
        self._users = [self._uuid7(_START) for _ in PEOPLE]
        self._lists = [self._uuid7(_START) for _ in LIST_NAMES]
        self._campaigns = [self._uuid7(_START) for _ in _CAMPAIGNS]
        self._list_counts: Counter[UUID] = Counter()
        self._tag_counts: Counter[str] = Counter()
        self._some = Random(SEED).sample(range(size), min(_SOME, size))
        self._known = Random(SEED + 1).sample(range(size), min(_KNOWN, size))
        self._kept: dict[int, dict[str, Any]] = {}
        self._deep_created_at: datetime | None = None

    def pieces(self) -> Iterator[Piece]:
        self._write_people()
        kept, middle = {*self._some, *self._known}, self._size * 49 // 100
        for place, contact in enumerate(self._make_contacts()):
            self._add("contact", **contact)
            self._write_links(contact)
            if contact["deleted_at"] is None:
                if place in kept:
                    self._kept[place] = {name: contact[name] for name in ("id", "phone", "email")}
                if place >= middle and self._deep_created_at is None:
                    self._deep_created_at = contact["created_at"]
            if place % _PIECE == _PIECE - 1:
                yield from self._taken()
        self._write_counts()
        yield from self._taken()

    def _taken(self) -> list[Piece]:
        taken = list(self._pieces.values())
        self._pieces = {}
        return taken

    def _write_people(self) -> None:
        """Adds the account and all rows that don't depend on contacts."""
        self._add(
            "account",
            id=self._id,
            name=self._name,
            default_region=REGION,
            phone_policy=POLICY.value,
            network_check=NETWORK_CHECK.value,
            contact_protection_hours=0,
            trash_retention_days=90,
            created_at=_START,
            updated_at=_START,
        )
        for user_id, name in zip(self._users, PEOPLE, strict=True):
            email = f"{name.lower()}@{self._name.replace(' ', '-').lower()}.example.com"
            self._add(
                "account_user",
                id=user_id,
                email=email,
                email_key=email,
                name=name,
                role=(Role.ADMIN if name == PEOPLE[0] else Role.AGENT).value,
                is_active=True,
                created_at=_START,
                updated_at=_START,
            )
        for secret in self._secrets:
            self._add(
                "api_token",
                id=self._uuid7(_START),
                user_id=None,
                name="bench",
                scopes=sorted(scope.value for scope in Scope),
                secret_hash=hash_secret(secret),
                created_at=_START,
            )
        for campaign_id, name in zip(self._campaigns, _CAMPAIGNS, strict=True):
            self._add(
                "campaign",
                id=campaign_id,
                name=name,
                channel="SMS",
                status="DRAFT",
                contact_count=0,
                created_at=_START,
                updated_at=_START,
            )

    def facts(self) -> Facts:
        some, known = (
            [self._kept[place] for place in places if place in self._kept] for places in (self._some, self._known)
        )
        assert self._deep_created_at is not None
        return Facts(
            account_id=str(self._id),
            secrets=tuple(self._secrets),
            list_ids=tuple(map(str, self._lists)),
            campaign_ids=tuple(map(str, self._campaigns)),
            contact_ids=tuple(str(contact["id"]) for contact in some),
            known=tuple(contact["phone"] for contact in known),
            phones=tuple(contact["phone"] for contact in some),
            emails=tuple(contact["email"] for contact in some if contact["email"]),
            deep_created_at=self._deep_created_at.isoformat(),
        )

    # ---------------------------------------------------------------- contacts

    def _make_contacts(self) -> Iterator[dict[str, Any]]:
        """Yields contacts, oldest first, minutes apart, each with a unique number."""
        random, taken = self._random, set[str]()
        step = _SPAN / self._size
        rare = set(random.sample(range(self._size), 3))
        regions = random.choices(REGIONS, [region.weight for region in REGIONS], k=self._size)
        for place, region in enumerate(regions):
            created_at = _START + step * place + timedelta(milliseconds=random.randrange(500))
            phone = self._phone(region, taken)
            yield self._contact(region, phone, created_at, is_rare=place in rare)

    def _phone(self, region: Region, taken: set[str]) -> str:
        while True:
            digits = f"{self._random.choice(region.prefixes)}{self._random.randrange(10**region.free):0{region.free}}"
            phone = read(f"+{digits}", region=None, policy=POLICY)
            if isinstance(phone, str) and phone not in taken:
                taken.add(phone)
                return phone

    def _contact(self, region: Region, phone: str, created_at: datetime, *, is_rare: bool) -> dict[str, Any]:
        random = self._random
        first, last = random.choice(region.first_names), random.choice(region.last_names)
        if is_rare:
            first, last = RARE_NAME.split()
        known = facts(phone, network_check=NETWORK_CHECK)
        has_name, has_owner = is_rare or random.random() < 0.97, random.random() < 0.5
        local_part = f"{first}.{last}{random.randrange(10_000)}".lower()
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
            "custom_variables": f'{{"Loyalty number":"{random.randrange(10**8)}"}}' if random.random() < 0.2 else "{}",
            "status": known.status,
            "invalid_reason": known.invalid_reason,
            "operator": known.operator,
            "operator_country": known.operator_country,
            "country": known.country,
            "time_zones": list(known.time_zones),
            "owner_id": random.choice(self._users) if has_owner else None,
            "owned_at": created_at if has_owner else None,
            "created_at": created_at,
            "updated_at": created_at,
            "deleted_at": created_at + timedelta(days=1) if is_trashed else None,
            "purge_at": _NEVER if is_trashed else None,
        }
        return contact | {"full_name": full_name(contact), "search_text": search_text(contact)}

    # ---------------------------------------------------------------- what contacts are tied to

    def _write_links(self, contact: dict[str, Any]) -> None:
        random = self._random
        lists = random.sample(self._lists, random.choices((0, 1, 2, 3), (25, 40, 25, 10))[0])
        if contact["deleted_at"] is None:
            self._list_counts.update(lists)
            self._tag_counts.update(contact["tags"])
        for list_id in lists:
            self._add(
                "contact_list_member",
                contact_list_id=list_id,
                contact_id=contact["id"],
                created_at=contact["created_at"],
            )
        if random.random() < 0.2:
            for user_id in random.sample(self._users, random.choice((1, 1, 2))):
                self._add("contact_assignee", contact_id=contact["id"], user_id=user_id)
        if random.random() < 0.02:
            self._add(
                "opt_out",
                phone=contact["phone"],
                is_opted_out=True,
                source="KEYWORD",
                reason=None,
                changed_at=contact["created_at"] + timedelta(hours=5),
            )

    def _write_counts(self) -> None:
        """Adds the rows that depend on all contacts."""
        for list_id, name in zip(self._lists, LIST_NAMES, strict=True):
            self._add(
                "contact_list",
                id=list_id,
                name=name,
                name_key=name.casefold(),
                description=None,
                contact_count=self._list_counts[list_id],
                created_at=_START,
                updated_at=_START,
            )
        for tag, count in sorted(self._tag_counts.items()):
            self._add("tag", name=tag, contact_count=count)

    # ---------------------------------------------------------------- rows

    def _add(self, table: str, **values: Any) -> None:
        if table != "account":
            values = {"account_id": self._id, **values}
        if table not in self._pieces:
            self._pieces[table] = Piece(table, tuple(values), [])
        self._pieces[table].rows.append(tuple(values.values()))

    def _uuid7(self, instant: datetime) -> UUID:
        """Returns an id. Ids sort by their instants if these are at least a millisecond apart."""
        milliseconds = (instant - _EPOCH) // timedelta(milliseconds=1)
        return UUID(
            int=milliseconds << 80
            | 7 << 76
            | self._random.getrandbits(12) << 64
            | 2 << 62
            | self._random.getrandbits(62)
        )
