"""Defines the stored input of an import job."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Final

from services.contacts.saving import IfExists
from services.imports.columns import MappingEntry
from services.imports.decoding import LookOptions
from services.phones.numbers import DigitsOnlyNumbers, PhonePolicy

TASK: Final = "import"


class ImportMatch(StrEnum):
    """The field by which a row finds its contact. With EXTERNAL_ID, the number decides if the row has no such id."""

    PHONE = "PHONE"
    EXTERNAL_ID = "EXTERNAL_ID"


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Settings that determine how a file's rows are read.

    Numbers without a country code are read as numbers of `region`.
    """

    region: str | None
    phone_policy: PhonePolicy
    mapping: Sequence[MappingEntry]
    look: LookOptions
    if_exists: IfExists
    is_existing_added_to_list: bool
    tags: tuple[str, ...]
    match_on: ImportMatch
    is_creating_lists: bool
    is_opt_outs_only: bool
    digits_only: DigitsOnlyNumbers


def options_to_input(options: ImportOptions) -> dict[str, Any]:
    """Returns the job's input.

    It stores the settings, because the account may change them while the job runs. All rows of a file follow the same
    settings.
    """
    return {
        "region": options.region,
        "phone_policy": options.phone_policy.value,
        "mapping": [[entry.header, entry.field, entry.column] for entry in options.mapping],
        **asdict(options.look),
        "if_exists": options.if_exists.value,
        "add_existing_to_list": options.is_existing_added_to_list,
        "tags": list(options.tags),
        "match_on": options.match_on.value,
        "create_lists": options.is_creating_lists,
        "opt_outs_only": options.is_opt_outs_only,
        "digits_only": options.digits_only.value,
    }


def options_from_input(given: Mapping[str, Any]) -> ImportOptions:
    """Returns the options from a job's input. Inverse of `options_to_input`.

    A job that an earlier release created lacks the options that are read with a default.
    """
    return ImportOptions(
        region=given["region"],
        phone_policy=PhonePolicy(given["phone_policy"]),
        mapping=[_entry(*stored) for stored in given["mapping"]],
        look=LookOptions(**{each.name: given.get(each.name) for each in fields(LookOptions)}),
        if_exists=IfExists(given["if_exists"]),
        is_existing_added_to_list=given["add_existing_to_list"],
        tags=tuple(given["tags"]),
        match_on=ImportMatch(given.get("match_on", ImportMatch.PHONE)),
        is_creating_lists=given.get("create_lists", False),
        is_opt_outs_only=given.get("opt_outs_only", False),
        digits_only=DigitsOnlyNumbers(given.get("digits_only", DigitsOnlyNumbers.REFUSE)),
    )


def _entry(header: str | None, field: str, column: int | None = None) -> MappingEntry:
    return MappingEntry(header, column, field)
