"""The account's settings."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from models import Account, OperatorPrefix
from services.consent.keywords import NO_OWN_KEYWORDS, OwnKeywords
from services.phones.numbers import DigitsOnlyNumbers, NetworkCheck, PhonePolicy
from services.phones.operators import NO_CUSTOM_PREFIXES, CustomPrefixes


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """The account's settings that affect reading and writing contacts."""

    account_id: UUID
    default_region: str | None
    phone_policy: PhonePolicy
    network_check: NetworkCheck
    contact_protection_hours: int
    trash_retention_days: int
    digits_only_numbers: DigitsOnlyNumbers = DigitsOnlyNumbers.INTERNATIONAL
    custom_prefixes: CustomPrefixes = field(default_factory=dict, hash=False)
    keywords: OwnKeywords = NO_OWN_KEYWORDS


async def custom_prefixes(account_id: UUID) -> CustomPrefixes:
    """Returns the account's custom operator prefixes: operator and country by prefix."""
    rows = await OperatorPrefix.filter(account_id=account_id).values_list("prefix", "operator", "country")
    return {prefix: (operator, country) for prefix, operator, country in rows}


async def load_account_settings(account_id: UUID) -> AccountSettings:
    """Reads the account's current settings. Raises LookupError if the account does not exist."""
    account = await Account.get_or_none(id=account_id)
    if account is None:
        raise LookupError("there is no such account")
    return AccountSettings(
        account_id=account_id,
        default_region=account.default_region,
        phone_policy=PhonePolicy(account.phone_policy),
        network_check=NetworkCheck(account.network_check),
        contact_protection_hours=account.contact_protection_hours,
        trash_retention_days=account.trash_retention_days,
        digits_only_numbers=DigitsOnlyNumbers(account.digits_only_numbers),
        custom_prefixes=await custom_prefixes(account_id),
        keywords=OwnKeywords(tuple(account.opt_out_keywords), tuple(account.opt_in_keywords)),
    )


async def settings_of_row(row: Any) -> AccountSettings:
    """Returns the settings in a row of a look-up. It reads custom prefixes if `has_prefixes` is true."""
    return AccountSettings(
        account_id=row["account_id"],
        default_region=row["default_region"],
        phone_policy=PhonePolicy(row["phone_policy"]),
        network_check=NetworkCheck(row["network_check"]),
        contact_protection_hours=row["contact_protection_hours"],
        trash_retention_days=row["trash_retention_days"],
        digits_only_numbers=DigitsOnlyNumbers(row["digits_only_numbers"]),
        custom_prefixes=await custom_prefixes(row["account_id"]) if row["has_prefixes"] else NO_CUSTOM_PREFIXES,
        keywords=OwnKeywords(tuple(row["opt_out_keywords"]), tuple(row["opt_in_keywords"])),
    )
