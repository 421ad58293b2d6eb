"""Applies keyword messages to the opt-out register."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from models.db import database
from services import planner_statistics
from services.consent import register as opt_out
from services.consent.keywords import Change, Keyword, Said, Standing, heeded


@database.transactional
async def heed(*, account_id: UUID, said: Sequence[Said], token_id: UUID, now: datetime) -> None:
    """Applies keyword messages in order, each as if it had arrived alone."""
    if not said:
        return
    rows = await database.fetch(
        "SELECT phone, is_opted_out, changed_at, last_stop_at FROM opt_out WHERE account_id = $1 "
        f"AND {database.any_of('phone', '$2', 'text')} ORDER BY phone{database.for_update()}",
        account_id,
        list({one.phone for one in said}),
    )
    known = {row["phone"]: Standing(row["is_opted_out"], row["changed_at"], row["last_stop_at"]) for row in rows}
    new: dict[str, Standing] = {}
    touched: dict[str, Standing] = {}
    changes: list[Change] = []
    for one in said:
        standing = known.get(one.phone) or new.get(one.phone) or Standing()
        if one.keyword is Keyword.STOP and one.phone not in known:
            new[one.phone] = standing
        last_stop_at = standing.last_stop_at
        change = heeded(standing, one)
        if change is not None:
            changes.append(change)
        if one.phone in known and (change is not None or standing.last_stop_at != last_stop_at):
            touched[one.phone] = standing
    await _insert(account_id, new)
    await _update(account_id, touched, changed={change.phone for change in changes})
    cause = opt_out.Cause(source=opt_out.Source.KEYWORD, reason=None, user_id=None, token_id=token_id, at=now)
    await opt_out.recorded(account_id, changes, cause)


_STANDING = {
    "phone": "text",
    "is_opted_out": "boolean",
    "is_changed": "boolean",
    "changed_at": "timestamptz",
    "last_stop_at": "timestamptz",
}


async def _insert(account_id: UUID, standings: dict[str, Standing]) -> None:
    """Inserts numbers into the register. Raises Conflict if a concurrent transaction inserted one of them."""
    if not standings:
        return
    inserted = await database.fetch(
        "INSERT INTO opt_out (account_id, phone, is_opted_out, source, changed_at, last_stop_at) "
        "SELECT $1, r.phone, r.is_opted_out, $3, r.changed_at, r.last_stop_at "
        f"FROM {database.rows_of('$2', 'r', _STANDING)} WHERE TRUE ORDER BY r.phone "
        "ON CONFLICT DO NOTHING RETURNING phone",
        account_id,
        _rows(standings),
        opt_out.Source.KEYWORD.value,
    )
    if len(inserted) != len(standings):
        raise database.Conflict("a concurrent transaction inserted a number into the opt-out register")
    planner_statistics.accounts().gain("opt_out", account_id, len(inserted))


async def _update(account_id: UUID, standings: dict[str, Standing], *, changed: Collection[str]) -> None:
    if standings:
        await database.execute(
            "UPDATE opt_out SET is_opted_out = r.is_opted_out, changed_at = r.changed_at, "
            "last_stop_at = r.last_stop_at, source = CASE WHEN r.is_changed THEN $3 ELSE opt_out.source END, "
            "reason = CASE WHEN r.is_changed THEN NULL ELSE opt_out.reason END, "
            "changed_by_id = CASE WHEN r.is_changed THEN NULL ELSE opt_out.changed_by_id END "
            f"FROM {database.rows_of('$2', 'r', _STANDING)} "
            "WHERE opt_out.account_id = $1 AND opt_out.phone = r.phone",
            account_id,
            _rows(standings, changed),
            opt_out.Source.KEYWORD.value,
        )


def _rows(standings: dict[str, Standing], changed: Collection[str] = ()) -> list[dict[str, object]]:
    return [
        {
            "phone": phone,
            "is_opted_out": standing.is_opted_out,
            "is_changed": phone in changed,
            "changed_at": standing.changed_at,
            "last_stop_at": standing.last_stop_at,
        }
        for phone, standing in standings.items()
    ]
