"""Explains why a text is not a phone number, and suggests the most likely number."""

from dataclasses import dataclass
from typing import Final

from services.phones import normalization as phone_normalization
from services.phones.numbering_plan import is_region, split
from services.phones.parsing import DigitsOnlyNumbers, PhonePolicy, best, digits_of, is_possible, with_lost_plus
from services.refusal import Code

_LONGEST_VALUE: Final = 250
_LONGEST_SEARCHED: Final = 1_000
_ROUNDED: Final = (
    "A spreadsheet shortened the number to scientific notation, and its last digits are lost. "
    "Format the column as text and export it again."
)
_AMBIGUOUS: Final = (
    "The digits can be a number of {} in no range that is in use, or the number {} without its plus. Enter the number "
    "with its country code."
)


@dataclass(frozen=True, slots=True)
class PhoneProblem:
    """Why a text is not a number. `value` is the text, truncated to 250 characters; `suggestion` is in E.164.

    `code` is MISSING_CONTACT if the text is missing or has no content, AMBIGUOUS if it can be two numbers, and
    otherwise INVALID_PHONE_NUMBER.
    """

    code: Code
    value: str
    message: str
    suggestion: str | None


def problem_with(text: str | None, *, region: str | None, policy: PhonePolicy) -> PhoneProblem:
    """Returns the problem with a text that is not a number under this region and policy."""
    trimmed = (text or "").strip()
    if text is None or (len(trimmed) <= phone_normalization.LONGEST_TEXT and not phone_normalization.plain(trimmed)):
        return PhoneProblem(Code.MISSING_CONTACT, text or "", "No phone number is given.", None)
    code = Code.INVALID_PHONE_NUMBER
    if len(trimmed) > phone_normalization.LONGEST_TEXT:
        message, suggestion = (
            f"The phone number has {len(trimmed)} characters; at most {phone_normalization.LONGEST_TEXT} are allowed.",
            None,
        )
    elif suggestion := _other_reading(trimmed, region):
        code, message = Code.AMBIGUOUS, _AMBIGUOUS.format(region, suggestion)
    else:
        message, suggestion = _reason(trimmed, region, policy)
    value = text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "\u2026"
    return PhoneProblem(code, value, message, suggestion)


def _other_reading(text: str, region: str | None) -> str | None:
    """Returns the number that digits are with a plus if they are also possible in the region, else None."""
    forms = phone_normalization.candidate_numbers(text)
    dialled = (digits_of(form, region) for form in forms)
    if not any(digits is not None and is_possible(digits) for digits in dialled):
        return None
    return with_lost_plus(forms[0])


def numbers_in(text: str, *, region: str | None) -> list[str]:
    """Returns every number in a text, in E.164, also where the text as a whole is not a phone number.

    Examples: several numbers in one cell, a number with an extension, a number among words.
    """
    if (
        number := best(
            phone_normalization.candidate_numbers(text), region, PhonePolicy.POSSIBLE, DigitsOnlyNumbers.INTERNATIONAL
        )
    ) is not None:
        return [number]
    if len(text) > _LONGEST_SEARCHED:
        return []
    for pieces in phone_normalization.parts(text):
        numbers = [number for piece in pieces for number in _whole_or_base(piece, region)]
        if len(numbers) > 1:
            return list(dict.fromkeys(numbers))
    if numbers := _whole_or_base(text, region):
        return numbers
    likely = (_valid(part, region) for part in phone_normalization.likely_digits(text))
    return list(dict.fromkeys(number for number in likely if number is not None))


def _whole_or_base(text: str, region: str | None) -> list[str]:
    """Returns the valid number that a text is, perhaps without its plus or with an extension; empty if none."""
    base = phone_normalization.without_extension(text)
    number = _valid(text, region) or (_valid(base, region) if base is not None else None)
    if number is None and (forms := phone_normalization.candidate_numbers(text)) and forms[0][0] not in "+0":
        number = _valid("+" + forms[0], None)
    return [] if number is None else [number]


def _valid(text: str, region: str | None) -> str | None:
    """Returns the valid number that a text most likely means: this is a suggestion, not a reading."""
    return best(phone_normalization.candidate_numbers(text), region, PhonePolicy.VALID, DigitsOnlyNumbers.INTERNATIONAL)


def _reason(text: str, region: str | None, policy: PhonePolicy) -> tuple[str, str | None]:
    """Returns the message for the person who wrote the text, and the most likely number."""
    if phone_normalization.is_rounded(text):
        return _ROUNDED, None
    for pieces in phone_normalization.parts(text):
        numbers = [number for piece in pieces if (number := _valid(piece, region))]
        if len(numbers) > 1:
            return "The text contains more than one number. Enter only one.", numbers[0]
    base = phone_normalization.without_extension(text)
    if base is not None and (
        number := best(phone_normalization.candidate_numbers(base), region, policy, DigitsOnlyNumbers.INTERNATIONAL)
    ):
        return "An extension can't receive messages. Enter the number without it.", number
    forms = phone_normalization.candidate_numbers(text)
    if not forms:
        likely = next(
            (found for part in phone_normalization.likely_digits(text) if (found := _valid(part, region))), None
        )
        if any(character.isalpha() for character in text):
            return "A phone number has digits, not letters.", likely
        return "The text has no digits, or characters that are not allowed in a phone number.", likely
    return _reason_of_digits(forms[0], region)


def _reason_of_digits(form: str, region: str | None) -> tuple[str, str | None]:
    lost_plus = with_lost_plus(form)
    if not form.startswith("+") and (region is None or not is_region(region)):
        return (
            "The number has no country code, and no region is set. Enter the number with its country code.",
            lost_plus,
        )
    needless_plus = _valid(form[1:], region) if form.startswith("+") else None
    suggestion = lost_plus or needless_plus
    digits = digits_of(form, region)
    parts = split(digits) if digits else None
    if digits is None or parts is None:
        if form.startswith("+") and split(form[1:]) is None:
            return "No country has this calling code.", suggestion
        return "The number is too short or too long.", suggestion
    plan, national = parts
    place = f"of {plan.main_region}" if plan.main_region else f"with the code +{plan.code}"
    if is_possible(digits):
        return f"The number is in no range of numbers {place} that is in use.", suggestion
    if len(national) < min(plan.lengths):
        return f"The number has too few digits for a number {place}; the area code may be missing.", suggestion
    if len(national) > max(plan.lengths):
        return f"The number has too many digits for a number {place}.", suggestion
    return f"A number {place} can't have {len(national)} digits after the country code.", suggestion
