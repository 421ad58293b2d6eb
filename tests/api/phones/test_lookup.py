"""Looks up a text as a phone number and reports its facts, without storing anything."""

from typing import Any

from services.phones.numbers import DigitsOnlyNumbers, PhonePolicy
from tests.support.api_client import Api, counted_statements

LOOK_UP = """
query ($typed: String!, $region: CountryCode) {
  phoneLookup(text: $typed, region: $region) {
    input isPossible isValid phone national international country type operator { name country } timeZones isOptedOut
    contact { firstName } error { __typename code message path value suggestion }
  }
}
"""
SAFARICOM = {
    "isPossible": True,
    "isValid": True,
    "phone": "+254712345678",
    "national": "0712 345678",
    "international": "+254 712 345678",
    "country": "KE",
    "type": "MOBILE",
    "operator": {"name": "Safaricom", "country": "KE"},
    "timeZones": ["Africa/Nairobi"],
    "isOptedOut": False,
    "contact": None,
    "error": None,
}
NOTHING: dict[str, Any] = {
    "isPossible": False,
    "isValid": False,
    "phone": None,
    "national": None,
    "international": None,
    "country": None,
    "type": "UNKNOWN",
    "operator": None,
    "timeZones": [],
    "isOptedOut": False,
    "contact": None,
}


async def look_up(api: Api, text: str, **arguments: Any) -> Any:
    return (await api.run(LOOK_UP, typed=text, **arguments))["phoneLookup"]


def error(code: str, message: str, value: str, suggestion: str | None = None) -> dict[str, Any]:
    problem = {"__typename": "PhoneError", "code": code, "message": message, "path": ["text"], "value": value}
    return {"error": {**problem, "suggestion": suggestion}}


async def test_a_number_is_read_in_any_written_form(api: Api) -> None:
    for text in ("+254712345678", "0712-345 678", "00254 (712) 345678", "٠٧١٢٣٤٥٦٧٨", "254712345678.0"):
        assert await look_up(api, text) == {"input": text, **SAFARICOM}


async def test_a_national_form_is_read_in_the_region_given_else_in_the_accounts(api: Api) -> None:
    in_tanzania = await look_up(api, "0712 345 678", region="TZ")
    nowhere = await look_up(api.with_settings(default_region=None), "0712 345 678")

    assert (in_tanzania["phone"], in_tanzania["country"]) == ("+255712345678", "TZ")
    message = "The number has no country code, and no region is set. Enter the number with its country code."
    assert nowhere == {"input": "0712 345 678", **NOTHING, **error("INVALID_PHONE_NUMBER", message, "0712 345 678")}


async def test_what_is_possible_and_not_valid_is_judged_by_the_accounts_policy(api: Api) -> None:
    known = {"country": "MX", "isPossible": True}
    text = "+521234567890"

    possible = await look_up(api, text)
    valid = await look_up(api.with_settings(phone_policy=PhonePolicy.VALID), text)

    written = {"phone": text, "national": "1234567890", "international": "+52 1234567890"}
    message = "The number is in no range of numbers of MX that is in use."
    assert possible == {"input": text, **NOTHING, **known, **written, "error": None}
    assert valid == {"input": text, **NOTHING, **known, **error("INVALID_PHONE_NUMBER", message, text)}


ROUNDED = (
    "A spreadsheet shortened the number to scientific notation, and its last digits are lost. "
    "Format the column as text and export it again."
)


NO_NUMBERS = [
    ("", "MISSING_CONTACT", "No phone number is given.", None),
    (" \u200b", "MISSING_CONTACT", "No phone number is given.", None),
    ("12ab", "INVALID_PHONE_NUMBER", "A phone number has digits, not letters.", None),
    ("2.547E+11", "INVALID_PHONE_NUMBER", ROUNDED, None),
    (
        "0712 345 678 x12",
        "INVALID_PHONE_NUMBER",
        "An extension can't receive messages. Enter the number without it.",
        "+254712345678",
    ),
]


async def test_a_text_that_is_no_number_is_told_why_and_what_was_likely_meant(api: Api) -> None:
    for text, code, message, suggestion in NO_NUMBERS:
        assert await look_up(api, text) == {"input": text, **NOTHING, **error(code, message, text, suggestion)}


async def test_a_plus_that_a_spreadsheet_ate_is_read_or_suggested_as_the_account_says(api: Api) -> None:
    read = await look_up(api.with_settings(default_region="US"), "2348031234567")
    refusing = api.with_settings(default_region="US", digits_only_numbers=DigitsOnlyNumbers.REFUSE)
    refused = await look_up(refusing, "2348031234567")

    assert (read["phone"], read["error"]) == ("+2348031234567", None)
    assert (refused["phone"], refused["error"]["suggestion"]) == (None, "+2348031234567")


async def test_a_lookup_shows_the_contact_that_has_the_number_and_whether_it_opted_out(api: Api, stranger: Api) -> None:
    await api.make_contact("0712 345 678", firstName="Amina")
    await api.run('mutation { optOut(input: {phone: "0712345678"}) { errors { code } } }')

    assert await look_up(api, "+254712345678") == {
        "input": "+254712345678",
        **SAFARICOM,
        "isOptedOut": True,
        "contact": {"firstName": "Amina"},
    }
    assert await look_up(stranger, "+254712345678") == {"input": "+254712345678", **SAFARICOM}


async def test_only_what_is_asked_of_the_account_costs_statements(api: Api) -> None:
    costs = {
        "phone operator { name } error { code }": 0,
        "isOptedOut": 1,
        "contact { id }": 1,
        "isOptedOut contact { id }": 2,
    }

    for fields, cost in costs.items():
        with counted_statements() as statements:
            await api.run(f'{{ phoneLookup(text: "0712345678") {{ {fields} }} }}')
            await api.run(f'{{ phoneLookup(text: "nonsense") {{ {fields} }} }}')

        assert (fields, len(statements)) == (fields, cost)


async def test_a_region_that_nobody_knows_is_refused(api: Api) -> None:
    for region in ("ke", "KEN", "XX", ""):
        answer = await api.ask(LOOK_UP, typed="0712345678", region=region)

        assert (answer.data, answer.codes) == (None, ["BAD_USER_INPUT"])
        assert answer.errors[0]["message"] == f"region: {region!r} is not a region that libphonenumber knows."


async def test_a_text_has_a_hundred_characters_at_most(api: Api) -> None:
    answer = await api.ask(LOOK_UP, typed="1" * 101)

    assert (await look_up(api, "1" * 100))["isPossible"] is False
    assert (answer.data, answer.codes) == (None, ["BAD_USER_INPUT"])
