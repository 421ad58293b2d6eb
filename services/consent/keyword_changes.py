"""Applies keyword messages to the opt-out register."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from models.db import database
from services import planner_statistics
from services.changes import recording as change_log
from services.consent import register as consent_register
from services.consent.keywords import ConsentChange, ConsentState, Keyword, KeywordMessage, apply_keyword


@database.transactional
async def record_keywords(
    *, account_id: UUID, messages: Sequence[KeywordMessage], token_id: UUID, now: datetime
) -> None:
    """Applies keyword messages in order, each as if it had arrived alone."""
    if not messages:
        return
    rows = await database.fetch(
        "SELECT phone, is_opted_out, changed_at, last_stop_at FROM opt_out WHERE account_id = $1 "
        f"AND {database.sql_in('phone', '$2', 'text')} ORDER BY phone{database.for_update()}",
        account_id,
        list({one.phone for one in messages}),
    )
    known = {row["phone"]: ConsentState(row["is_opted_out"], row["changed_at"], row["last_stop_at"]) for row in rows}
    new: dict[str, ConsentState] = {}
    touched: dict[str, ConsentState] = {}
    changes: list[ConsentChange] = []
    for one in messages:
        state = known.get(one.phone) or new.get(one.phone) or ConsentState()
        if one.keyword is Keyword.STOP and one.phone not in known:
            new[one.phone] = state
        last_stop_at = state.last_stop_at
        change = apply_keyword(state, one)
        if change is not None:
            changes.append(change)
        if one.phone in known and (change is not None or state.last_stop_at != last_stop_at):
            touched[one.phone] = state
    await _insert(account_id, new)
    await _update(account_id, touched, changed={change.phone for change in changes})
    cause = consent_register.Cause(
        source=consent_register.OptOutSource.KEYWORD, reason=None, user_id=None, token_id=token_id, at=now
    )
    await consent_register.record_history(account_id, changes, cause)


_STANDING = {
    "phone": "text",
    "is_opted_out": "boolean",
    "is_changed": "boolean",
    "changed_at": "timestamptz",
    "last_stop_at": "timestamptz",
}


async def _insert(account_id: UUID, states: dict[str, ConsentState]) -> None:
    """Inserts numbers into the register. Raises Conflict if a concurrent transaction inserted one of them."""
    if not states:
        return
    inserted = await database.fetch(
        "INSERT INTO opt_out (account_id, phone, is_opted_out, source, changed_at, last_stop_at) "
        "SELECT r.account_id, r.phone, r.is_opted_out, $3, r.changed_at, r.last_stop_at "
        f"FROM {database.rows_to_insert('$2', 'r', _STANDING)} WHERE TRUE ORDER BY r.phone "
        "ON CONFLICT DO NOTHING RETURNING phone",
        account_id,
        _rows(states),
        consent_register.OptOutSource.KEYWORD.value,
    )
    if len(inserted) != len(states):
        raise database.Conflict("a concurrent transaction inserted a number into the opt-out register")
    await change_log.note_opt_outs(account_id, states)
    planner_statistics.accounts().note_inserted("opt_out", account_id, len(inserted))


async def _update(account_id: UUID, states: dict[str, ConsentState], *, changed: Collection[str]) -> None:
    if states:
        await database.execute(
            "UPDATE opt_out SET is_opted_out = r.is_opted_out, changed_at = r.changed_at, "
            "last_stop_at = r.last_stop_at, source = CASE WHEN r.is_changed THEN $3 ELSE opt_out.source END, "
            "reason = CASE WHEN r.is_changed THEN NULL ELSE opt_out.reason END, "
            "changed_by_id = CASE WHEN r.is_changed THEN NULL ELSE opt_out.changed_by_id END "
            f"FROM {database.rows_of('$2', 'r', _STANDING)} "
            "WHERE opt_out.account_id = $1 AND opt_out.phone = r.phone",
            account_id,
            _rows(states, changed),
            consent_register.OptOutSource.KEYWORD.value,
        )
        await change_log.note_opt_outs(account_id, states)


def _rows(states: dict[str, ConsentState], changed: Collection[str] = ()) -> list[dict[str, object]]:
    return [
        {
            "phone": phone,
            "is_opted_out": state.is_opted_out,
            "is_changed": phone in changed,
            "changed_at": state.changed_at,
            "last_stop_at": state.last_stop_at,
        }
        for phone, state in states.items()
    ]
