"""Custom operator prefixes of an account, which extend or replace the built-in ones."""

import asyncio
from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from operator import attrgetter
from uuid import UUID

from models import OperatorPrefix
from models.db import database
from services.accounts.authentication import forget_callers
from services.accounts.settings import AccountSettings
from services.audit import recording as audit
from services.audit.recording import AuditAction
from services.input.field_readers import Field, a_line, read_fields
from services.input.phone_input import no_region
from services.phones import network_recheck, prefix_sql
from services.phones.numbering_plan import region_of_prefix
from services.phones.numbers import is_region
from services.phones.operators import built_in_prefixes
from services.refusal import Code, refuse

MAX_PREFIXES = 1_000
MAX_DIGITS = 15
MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class CustomPrefix:
    prefix: str
    operator: str
    country: str | None
    is_custom: bool


async def prefixes(
    settings: AccountSettings, *, start: str = "", country: str | None = None, is_custom: bool | None = None
) -> list[CustomPrefix]:
    """Returns the built-in and custom prefixes, sorted, that start with some digits and belong to a country.

    A custom prefix hides the same built-in prefix.
    """
    own = settings.custom_prefixes
    built_in = await asyncio.to_thread(_built_in)
    rows: list[CustomPrefix] = []
    if is_custom is not True:
        first = bisect_left(built_in, start, key=_by_prefix)
        behind = bisect_left(built_in, f"{start}:", key=_by_prefix) if start else len(built_in)  # ":" sorts after "9"
        rows = [row for row in built_in[first:behind] if row.prefix not in own]
    if is_custom is not False:
        rows += [CustomPrefix(prefix, *known, True) for prefix, known in own.items() if prefix.startswith(start)]
        rows.sort(key=_by_prefix)
    return rows if country is None else [row for row in rows if row.country == country]


_by_prefix = attrgetter("prefix")


@cache
def _built_in() -> list[CustomPrefix]:
    """Cached, because computing the countries of 29,000 prefixes takes half a second."""
    rows = [CustomPrefix(one.prefix, one.operator.name, one.operator.country, False) for one in built_in_prefixes()]
    return sorted(rows, key=_by_prefix)


async def set_prefix(
    *, settings: AccountSettings, prefix: str, operator: str, country: str | None, user_id: UUID | None, now: datetime
) -> tuple[CustomPrefix, UUID | None]:
    """Sets the operator of a prefix. Returns the row, and the id of the job that rechecks the contacts.

    The job is None if nothing changed. The default country is that of the prefix. Raises Refused: REQUIRED, TOO_LONG,
    INVALID, or TOO_MANY beyond 1,000 custom prefixes per account.
    """
    values = read_fields(
        {"prefix": prefix, "operator": operator, "country": country},
        {
            "prefix": Field("prefix", _digits),
            "operator": Field("operator", a_line(MAX_NAME)),
            "country": Field("country", _country, is_nullable=True),
        },
    )
    row = CustomPrefix(
        values["prefix"], values["operator"], values["country"] or region_of_prefix(values["prefix"]), True
    )
    job_id = await _write(settings.account_id, row, user_id, now)
    await forget_callers()
    return row, job_id


@database.transactional
async def _write(account_id: UUID, row: CustomPrefix, user_id: UUID | None, now: datetime) -> UUID | None:
    if not await prefix_sql.upsert(account_id, row.prefix, row.operator, row.country, now=now):
        return None
    if await OperatorPrefix.filter(account_id=account_id).count() > MAX_PREFIXES:
        raise refuse(
            Code.TOO_MANY, f"An account can have at most {MAX_PREFIXES} custom prefixes. Delete one first.", "prefix"
        )
    return await _recheck(account_id, row.prefix, "Set the network of a prefix.", user_id, now)


async def delete_prefix(*, account_id: UUID, prefix: str, user_id: UUID | None, now: datetime) -> tuple[str, UUID]:
    """Deletes a custom prefix. Returns its digits, and the id of the job that rechecks the contacts.

    Raises Refused: NOT_FOUND, or the same as `set_prefix`.
    """
    digits = read_fields({"prefix": prefix}, {"prefix": Field("prefix", _digits)})["prefix"]
    job_id = await _delete(account_id, digits, user_id, now)
    await forget_callers()
    return digits, job_id


@database.transactional
async def _delete(account_id: UUID, prefix: str, user_id: UUID | None, now: datetime) -> UUID:
    if not await OperatorPrefix.filter(account_id=account_id, prefix=prefix).delete():
        raise refuse(Code.NOT_FOUND, "The account has no such custom prefix.", "prefix")
    return await _recheck(account_id, prefix, "Deleted a prefix.", user_id, now)


async def _recheck(account_id: UUID, prefix: str, summary: str, user_id: UUID | None, now: datetime) -> UUID:
    job_id = await network_recheck.start(account_id=account_id, prefix=prefix, user_id=user_id, now=now)
    audit.record(account_id, AuditAction.CHANGE_PREFIX, summary, job_id=job_id, now=now)
    return job_id


def _digits(text: str) -> str:
    digits = text.strip().removeprefix("+").replace(" ", "")
    if not digits:
        raise refuse(
            Code.REQUIRED,
            "The prefix is empty. Enter the first digits of the numbers, beginning with the country code.",
        )
    if not (digits.isascii() and digits.isdigit()) or digits[0] == "0":
        raise refuse(Code.INVALID, "A prefix consists of digits and begins with the country code, such as 25470.")
    if len(digits) > MAX_DIGITS:
        raise refuse(Code.TOO_LONG, f"The prefix has {len(digits)} digits; at most {MAX_DIGITS} are allowed.")
    return digits


def _country(text: str) -> str:
    if not is_region(text):
        raise refuse(Code.INVALID, no_region(text))
    return text
