"""Turns people for a campaign into rows, before any SQL. As in `floor_writing`, the product's functions do it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from bench import floor_writing
from bench.data import NETWORK_CHECK, POLICY, REGION
from bench.floor_writing import COLUMNS, Row
from models.db.database import uuid7
from schema.ids import Prefix, decode_as, encode_many
from services.accounts.authentication import Settings
from services.campaigns.row_validation import GivenRow, read_row

CONTACT_COLUMNS = (*COLUMNS, "name")
PLACE_COLUMNS = ("id", "contact_id", "name", "context", "extracted_data", "external_id")

_GIVEN = {"name": "name", "context": "context", "extractedData": "extracted_data", "externalId": "external_id"}
_SETTINGS = Settings(UUID(int=0), REGION, POLICY, NETWORK_CHECK, 0, 90)
_COUNTED = {"CREATED": "created", "SKIPPED_DUPLICATE": "skippedDuplicate", "FAILED": "failed"}


class CampaignBatch:
    """The rows of an addCampaignContacts. Existing contacts and campaign contacts are passed to `take`."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.campaign_id = decode_as(Prefix.CAMPAIGN, given["campaignId"])
        self._rows = [
            read_row(
                GivenRow(phone=row["contact"], details={_GIVEN[name]: row[name] for name in _GIVEN if name in row}),
                _SETTINGS,
                None,
            )
            for row in given["contacts"]
        ]
        self.phones = list({row.phone: None for row in self._rows if not row.refusals})

    def take(
        self, contacts: Mapping[str, UUID], opted_out: set[str], places: Mapping[UUID, UUID], instant: datetime
    ) -> tuple[list[Row], list[Row]]:
        """Returns new contacts and new campaign contacts.

        `contacts` has the ids of existing contacts by number. `places` has the ids of existing campaign contacts by
        contact.
        """
        known, there = dict(contacts), dict(places)
        new_contacts: list[Row] = []
        new_places: list[Row] = []
        self._ends: list[tuple[str, UUID | None]] = []
        for row in self._rows:
            contact_id = known.get(row.phone)
            if contact_id is not None and (place_id := there.get(contact_id)) is not None:
                self._ends.append(("SKIPPED_DUPLICATE", place_id))
                continue
            if row.refusals or row.phone in opted_out:
                self._ends.append(("FAILED", None))
                continue
            if contact_id is None:
                contact = floor_writing.new_row({}, row.phone, instant) | {"name": row.details.get("name")}
                new_contacts.append(floor_writing.finished(contact))
                contact_id = known[row.phone] = contact["id"]
            place = {"id": uuid7(instant), "contact_id": contact_id, **dict.fromkeys(PLACE_COLUMNS[2:]), **row.details}
            new_places.append(place)
            there[contact_id] = place["id"]
            self._ends.append(("CREATED", place["id"]))
        return new_contacts, new_places

    def answer(self) -> Any:
        counts = dict.fromkeys(("created", "updated", "skippedDuplicate", "failed"), 0)
        ids = iter(encode_many(Prefix.CAMPAIGN_CONTACT, [id for _, id in self._ends if id is not None]))
        results = []
        for index, (row, (outcome, id)) in enumerate(zip(self._rows, self._ends, strict=True)):
            counts[_COUNTED[outcome]] += 1
            place = {"id": next(ids)} if id is not None else None
            results.append({"index": index, "outcome": outcome, "phone": row.phone, "campaignContact": place})
        summary = {"total": len(results), **counts}
        return {"addCampaignContacts": {"summary": summary, "results": results, "errors": []}}
