"""Defines the stored input of an import job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.contacts.saving import IfExists
from services.phones.numbers import PhonePolicy

TASK: Final = "import"


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Settings that determine how a file's rows are read.

    Numbers without a country code are read as numbers of `region`.
    """

    region: str | None
    phone_policy: PhonePolicy
    mapping: Sequence[tuple[str, str]]
    sheet: str | None
    if_exists: IfExists
    is_existing_added_to_list: bool
    tags: tuple[str, ...]


def options_to_input(options: ImportOptions) -> dict[str, Any]:
    """Returns the job's input.

    It stores the settings, because the account may change them while the job runs. All rows of a file follow the same
    settings.
    """
    return {
        "region": options.region,
        "phone_policy": options.phone_policy.value,
        "mapping": [list(pair) for pair in options.mapping],
        "sheet": options.sheet,
        "if_exists": options.if_exists.value,
        "add_existing_to_list": options.is_existing_added_to_list,
        "tags": list(options.tags),
    }


def options_from_input(given: Mapping[str, Any]) -> ImportOptions:
    """Returns the options from a job's input. Inverse of `options_to_input`."""
    return ImportOptions(
        region=given["region"],
        phone_policy=PhonePolicy(given["phone_policy"]),
        mapping=[(header, field) for header, field in given["mapping"]],
        sheet=given["sheet"],
        if_exists=IfExists(given["if_exists"]),
        is_existing_added_to_list=given["add_existing_to_list"],
        tags=tuple(given["tags"]),
    )
