"""Defines the stored input of an import job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.contacts.saving import IfExists
from services.phones.numbers import PhonePolicy

TASK: Final = "import"


@dataclass(frozen=True, slots=True)
class Order:
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


def input_of(order: Order) -> dict[str, Any]:
    """Returns the job's input.

    It stores the settings, because the account may change them while the job runs. All rows of a file follow the same
    settings.
    """
    return {
        "region": order.region,
        "phone_policy": order.phone_policy.value,
        "mapping": [list(pair) for pair in order.mapping],
        "sheet": order.sheet,
        "if_exists": order.if_exists.value,
        "add_existing_to_list": order.is_existing_added_to_list,
        "tags": list(order.tags),
    }


def order_of(given: Mapping[str, Any]) -> Order:
    """Returns the order from a job's input. Inverse of `input_of`."""
    return Order(
        region=given["region"],
        phone_policy=PhonePolicy(given["phone_policy"]),
        mapping=[(header, field) for header, field in given["mapping"]],
        sheet=given["sheet"],
        if_exists=IfExists(given["if_exists"]),
        is_existing_added_to_list=given["add_existing_to_list"],
        tags=tuple(given["tags"]),
    )
