"""The case `review`: sorts 10,000 numbers against a million contacts and five million messages, over HTTP.

The floor is one hand-written SQL statement, run with asyncpg. It joins the numbers, already in E.164, with their
contacts and their last messages. It does not parse numbers, apply rules, store the review, or use JSON or HTTP.
"""

import asyncio
import time
from collections.abc import Sequence
from random import Random
from typing import Any

import asyncpg

from bench import measuring, report, review_data
from bench.cases import Case, Request
from bench.data import SEED, Facts
from bench.measuring import Disagreement
from bench.report import Figures, Round
from bench.servers import MUSTER, Server
from bench.watch import Watch

NAME = "review"
ROWS = 10_000
_KNOWN = 7_000
_ROUNDS = 12
_FLOOR = """
SELECT n.phone, c.id, c.owner_id, c.owned_at, inbound.occurred_at, outbound.occurred_at
FROM unnest($2::text[]) AS n(phone)
LEFT JOIN contact c ON c.account_id = $1 AND c.phone = n.phone AND c.deleted_at IS NULL
LEFT JOIN LATERAL (
    SELECT m.occurred_at FROM message m
    WHERE m.account_id = $1 AND m.phone = n.phone AND m.kind = 'CONVERSATION' AND m.direction = 'INBOUND'
    ORDER BY m.occurred_at DESC LIMIT 1
) AS inbound ON TRUE
LEFT JOIN LATERAL (
    SELECT m.occurred_at FROM message m
    WHERE m.account_id = $1 AND m.phone = n.phone AND m.kind = 'CONVERSATION' AND m.direction = 'OUTBOUND'
      AND m.status NOT IN ('FAILED', 'DECLINED', 'CANCELLED')
    ORDER BY m.occurred_at DESC LIMIT 1
) AS outbound ON TRUE
"""
_LISTS = (
    "newContacts existingContacts assignedToOtherUsers alreadyMessagedOutbound alreadyMessagedInbound "
    "assignedToYouNotOwned protectedContacts invalidContacts duplicateContacts"
).split()
_ENTRY = "index phoneNumber firstName lastName flags isSelectable isSelectedByDefault"


def measure(watch: Watch) -> list[Figures]:
    """Measures the floor, Muster, and Muster without entries in its answer, to show the cost of the entries."""
    with review_data.reviewed(watch) as (url, facts), MUSTER.serve(url, facts, watch) as muster:
        return asyncio.run(_measure(url, facts, muster))


def case() -> Case:
    """Returns the case for profiling."""
    errand = [_request(" ".join(f"{name} {{ {_ENTRY} }}" for name in _LISTS))]
    return Case(NAME, (MUSTER,), [errand], lambda _: [errand], connections=1)


async def _measure(url: str, facts: Facts, muster: Server) -> list[Figures]:
    phones, (whole, bare) = _phones(), (case().first[0][0], _request(""))
    rounds: dict[str, list[Round]] = {"floor": [], "muster": [], "muster, counts alone": []}
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("TRUNCATE campaign_review, campaign_review_part")
        found = await connection.fetch(_FLOOR, facts.account_id, phones)
        _require_equal(found, measuring.asked(muster, whole))
        # PostgreSQL plans a statement's first runs each time, and a server's first requests are slow; rounds below 0
        # don't count.
        for number in range(-3, _ROUNDS):
            start = time.perf_counter()
            await connection.fetch(_FLOOR, facts.account_id, phones)
            took = [("floor", time.perf_counter() - start, None)]
            for name, request in (("muster", whole), ("muster, counts alone", bare)):
                before, start = muster.cpu_seconds(), time.perf_counter()
                measuring.asked(muster, request)
                elapsed, after = time.perf_counter() - start, muster.cpu_seconds()
                cpu = None if before is None or after is None else (after - before) * 1000
                took.append((name, elapsed, cpu))  # type: ignore[arg-type]  # the floor's CPU time is not measured
            for name, seconds, cpu in took if number >= 0 else ():
                memory = None if name == "floor" else muster.rss_mib()
                rounds[name].append(Round(1 / seconds, [seconds * 1000], cpu, memory))
    finally:
        await connection.close()
    return [report.figures(NAME, "postgres", name, of, rounds["floor"]) for name, of in rounds.items()]


def _require_equal(found: Sequence[Any], answer: Any) -> None:
    """Checks that floor and Muster agree on the new numbers and on the contacts with inbound messages."""
    review = answer["validateCampaignContacts"]["review"]
    theirs = sorted(row["phone"] for row in found if row["id"] is None)
    ours = sorted(entry["phoneNumber"] for entry in review["newContacts"])
    if theirs != ours or review["counts"]["total"] != ROWS:
        raise Disagreement(f"{NAME}: the floor finds {len(theirs)} new numbers, Muster finds {len(ours)}")
    messaged = {row["phone"] for row in found if row[4] is not None and row["id"] is not None}
    flagged = {
        entry["phoneNumber"] for name in _LISTS for entry in review[name] if "MESSAGED_INBOUND" in entry["flags"]
    }
    if messaged != flagged:
        raise Disagreement(
            f"{NAME}: the floor finds {len(messaged)} contacts with inbound messages, Muster finds {len(flagged)}"
        )


def _phones() -> list[str]:
    """Returns numbers in E.164, shuffled: known ones from the whole account, and some without a contact."""
    step = review_data.CONTACTS // _KNOWN
    places = [place * step + 1 for place in range(_KNOWN)]
    places += range(review_data.CONTACTS + 1, review_data.CONTACTS + 1 + ROWS - _KNOWN)
    Random(SEED).shuffle(places)
    return [review_data.number(place) for place in places]


def _request(selected: str) -> Request:
    counts = f"counts {{ total {' '.join(_LISTS)} optedOut }}"
    text = (
        "mutation Review($input: ValidateCampaignContactsInput!) { validateCampaignContacts(input: $input) "
        f"{{ review {{ id {counts} {selected} }} errors {{ code message path }} }} }}"
    )
    rows = [
        {
            "phoneNumber": _typed(phone, place),
            "firstName": f"Amina{place % 97}",
            "lastName": f"Otieno{place % 89}",
            "columns": {"City": "Nairobi", "Order": str(place), "Note": "Prefers a call in the evening."},
        }
        for place, phone in enumerate(_phones())
    ]
    return Request(text, {"input": {"contacts": rows}}, "", {})


def _typed(phone: str, place: int) -> str:
    """Returns the number as a file contains it: in E.164, as dialled in the country, or with spaces."""
    forms = (phone, f"0{phone[4:]}", f"{phone[:4]} {phone[4:7]} {phone[7:10]} {phone[10:]}")
    return forms[place % len(forms)]
