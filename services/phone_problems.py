"""What is wrong with a text that can't be read as a phone number, in a sentence, and which number is the likeliest."""

from dataclasses import dataclass
from typing import Final

from services import phone_spelling
from services.numbering_plan import is_region, split
from services.phone_reading import PhonePolicy, best, digits_of, is_possible

_LONGEST_VALUE: Final = 250
_ROUNDED: Final = (
    "A spreadsheet shortened the number to scientific notation and its last digits are lost: it is beyond repair. "
    "Format the column as text and export it again."
)


@dataclass(frozen=True, slots=True)
class PhoneProblem:
    """Why a text is no number. `value` is the text, cut after 250 characters; `suggestion` a number in E.164.

    is_blank: there was no text to speak of (MISSING_CONTACT); otherwise it can't be read (INVALID_PHONE_NUMBER).
    """

    value: str
    message: str
    suggestion: str | None
    is_blank: bool


def problem_with(text: str | None, *, region: str | None, policy: PhonePolicy) -> PhoneProblem:
    """For a text that is no number by this region and policy."""
    trimmed = (text or "").strip()
    if text is None or (len(trimmed) <= phone_spelling.LONGEST_TEXT and not phone_spelling.plain(trimmed)):
        return PhoneProblem(value=text or "", message="No phone number is given.", suggestion=None, is_blank=True)
    if len(trimmed) > phone_spelling.LONGEST_TEXT:
        message, suggestion = f"A phone number has at most {phone_spelling.LONGEST_TEXT} characters.", None
    else:
        message, suggestion = _reason(trimmed, region, policy)
    value = text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "\u2026"
    return PhoneProblem(value, message, suggestion, is_blank=False)


def _valid(text: str, region: str | None) -> str | None:
    return best(phone_spelling.dialled(text), region, PhonePolicy.VALID)


def _reason(text: str, region: str | None, policy: PhonePolicy) -> tuple[str, str | None]:
    """A sentence for the person who wrote the text, and the likeliest number meant."""
    if phone_spelling.is_rounded(text):
        return _ROUNDED, None
    for pieces in phone_spelling.parts(text):
        numbers = [number for piece in pieces if (number := _valid(piece, region))]
        if len(numbers) > 1:
            return "There is more than one number here; give one.", numbers[0]
    base = phone_spelling.without_extension(text)
    if base is not None and (number := best(phone_spelling.dialled(base), region, policy)):
        return "An extension can't be messaged; give the number without it.", number
    forms = phone_spelling.dialled(text)
    if not forms:
        likely = next((found for part in phone_spelling.likely_digits(text) if (found := _valid(part, region))), None)
        if any(character.isalpha() for character in text):
            return "A phone number has digits, not letters.", likely
        return "There are characters here that no phone number has, or no digits.", likely
    return _reason_of_digits(forms[0], region)


def _reason_of_digits(form: str, region: str | None) -> tuple[str, str | None]:
    lost_plus = None if form.startswith(("+", "0")) else _valid("+" + form, None)
    if not form.startswith("+") and (region is None or not is_region(region)):
        return "The number has no country code, and there is no region to read it in.", lost_plus
    needless_plus = _valid(form[1:], region) if form.startswith("+") else None
    suggestion = lost_plus or needless_plus
    digits = digits_of(form, region)
    parts = split(digits) if digits else None
    if digits is None or parts is None:
        if form.startswith("+") and split(form[1:]) is None:
            return "No country has this calling code.", suggestion
        return "The number is too short or too long to be one.", suggestion
    plan, national = parts
    place = f"of {plan.main_region}" if plan.main_region else f"behind +{plan.code}"
    if is_possible(digits):
        return f"The number is in no range of numbers {place} that is in use.", suggestion
    if len(national) < min(plan.lengths):
        return f"The number has too few digits for a number {place}; the area code may be missing.", suggestion
    if len(national) > max(plan.lengths):
        return f"The number has too many digits for a number {place}.", suggestion
    return f"No number {place} has so many digits.", suggestion
