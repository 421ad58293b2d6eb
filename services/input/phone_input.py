"""Reads phone numbers from input, as dialled in a region."""

from services.accounts.settings import AccountSettings
from services.phones.numbers import PhoneProblem, is_region, read
from services.refusal import Code, Refusal, Refused, refuse


def number(text: str | None, *, region: str | None, settings: AccountSettings, path: str = "phone") -> str:
    """Returns the number in E.164, read as dialled in the region or, by default, in the account's region.

    Raises Refused: INVALID at `region`, or the code of the problem at `path`.
    """
    check_region(region)
    result = read_number(text, region=region or settings.default_region, settings=settings)
    if isinstance(result, PhoneProblem):
        raise Refused(refusal_of(result).under(path))
    return result


def read_number(text: str | None, *, region: str | None, settings: AccountSettings) -> str | PhoneProblem:
    """Returns the number in E.164, read as the account reads numbers, or the problem with the text."""
    return read(text, region=region, policy=settings.phone_policy, digits_only=settings.digits_only_numbers)


def check_region(region: str | None) -> None:
    """Raises Refused with INVALID at `region` if the region is unknown."""
    if region is not None and not is_region(region):
        raise refuse(Code.INVALID, no_region(region), "region")


def no_region(text: str) -> str:
    return f"{text[:20]!r} is not a region that libphonenumber knows."


def refusal_of(problem: PhoneProblem) -> Refusal:
    if problem.code is Code.MISSING_CONTACT:
        return Refusal(problem.code, problem.message)
    return Refusal(problem.code, problem.message, value=problem.value, suggestion=problem.suggestion)
