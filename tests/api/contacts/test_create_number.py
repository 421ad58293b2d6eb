"""createContact accepts a number in any written form, stores it in one form, and derives facts from it."""

import pytest

from models.db import database
from services.phones.numbers import NetworkCheck, PhonePolicy
from tests.support.api_client import MONDAY, TUESDAY, Api, iso
from tests.support.mutations import create, no_number, refusal
from tests.support.snapshot import stored_rows


@pytest.mark.parametrize(
    "written",
    [
        "+254712345678",
        "254712345678",
        "00254 712 345 678",
        "0712 345-678",
        "(0712) 345.678",
        "712345678",
        "\u202a+254 712 345 678\u202c",
        "\uff0b\uff12\uff15\uff14\uff17\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
        "\u0660\u0667\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668",
        "254712345678.0",
        "p:+254712345678",
    ],
)
async def test_a_number_is_kept_in_one_form_however_it_is_written(api: Api, written: str) -> None:
    answer = await create(api, "phone country", phone=written)

    assert answer == {"outcome": "CREATED", "contact": {"phone": "+254712345678", "country": "KE"}, "errors": []}


async def test_a_number_may_come_as_a_json_number(api: Api) -> None:
    answer = await create(api, "phone", phone=254712345678)

    assert answer["contact"] == {"phone": "+254712345678"}


@pytest.mark.parametrize("written", ["", "   ", "\u200b", "\n"])
async def test_a_blank_number_is_a_missing_contact(api: Api, written: str) -> None:
    before = await stored_rows(api)

    answer = await create(api, "id", phone=written, firstName="Ann")

    assert answer == {
        "outcome": None,
        "contact": None,
        "errors": [refusal("MISSING_CONTACT", "No phone number is given.", "contact", "phone")],
    }
    assert await stored_rows(api) == before


@pytest.mark.parametrize(
    ("written", "suggestion"),
    [
        ("call me", None),
        ("12", None),
        ("+254 712 345 678 ext. 9", "+254712345678"),
        ("0712345678 / 0733345678", "+254712345678"),
        ("254712O45678", "+254712045678"),
        ("+0712345678", "+254712345678"),
        ("2.547E+11", None),
        ("x" * 129, None),
    ],
)
async def test_a_text_that_is_no_number_is_refused_with_the_likeliest_one_meant(
    api: Api, written: str, suggestion: str | None
) -> None:
    before = await stored_rows(api)

    answer = await create(api, "id", phone=written)

    message = answer["errors"][0]["message"]
    told = no_number(message, "contact", "phone", value=written, suggestion=suggestion)
    assert answer == {"outcome": None, "contact": None, "errors": [told]}
    assert await stored_rows(api) == before


async def test_a_number_that_a_spreadsheet_rounded_is_said_to_be_beyond_repair(api: Api) -> None:
    answer = await create(api, "id", phone="2.547E+11")

    message = (
        "A spreadsheet shortened the number to scientific notation, and its last digits are lost. "
        "Format the column as text and export it again."
    )
    assert answer["errors"] == [no_number(message, "contact", "phone", value="2.547E+11")]


async def test_a_number_is_read_in_the_region_given_and_else_in_the_accounts(api: Api) -> None:
    given = await create(api, "phone", phone="0712345678", region="TZ")
    default = await create(api, "phone", phone="0712345678")
    null = await create(api, "phone", phone="0733345678", region=None)

    assert given["contact"] == {"phone": "+255712345678"}
    assert default["contact"] == {"phone": "+254712345678"}
    assert null["contact"] == {"phone": "+254733345678"}


async def test_the_region_serves_the_sender_number_as_well(api: Api) -> None:
    answer = await create(api, "phone senderNumber", phone="0712345678", region="TZ", senderNumber="0713000000")

    assert answer["contact"] == {"phone": "+255712345678", "senderNumber": "+255713000000"}


async def test_a_national_number_needs_a_region(api: Api) -> None:
    nowhere = api.with_settings(default_region=None)
    before = await stored_rows(api)

    answer = await create(nowhere, "id", phone="0712345678")

    message = "The number has no country code, and no region is set. Enter the number with its country code."
    assert answer["errors"] == [no_number(message, "contact", "phone", value="0712345678")]
    assert await stored_rows(api) == before


@pytest.mark.parametrize("region", ["", "ke", "XX", "KEN", "\x00"])
async def test_a_region_that_is_none_is_refused(api: Api, region: str) -> None:
    before = await stored_rows(api)

    answer = await create(api, "id", phone="+254712345678", region=region)

    message = f"{region!r} is not a region that libphonenumber knows."
    assert answer["errors"] == [refusal("INVALID", message, "contact", "region")]
    assert await stored_rows(api) == before


async def test_a_possible_number_is_taken_unless_the_account_asks_for_valid_ones(api: Api) -> None:
    strict = api.with_settings(phone_policy=PhonePolicy.VALID)

    refused = await create(strict, "id", phone="+521234567890")
    taken = await create(api, "phone country status", phone="+521234567890")

    message = "The number is in no range of numbers of MX that is in use."
    assert refused["errors"] == [no_number(message, "contact", "phone", value="+521234567890")]
    assert taken["contact"] == {"phone": "+521234567890", "country": "MX", "status": "VALID"}


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("+52 1 222 165 9397", "+522221659397"),
        ("+52 222 165 9397", "+522221659397"),
        ("+55 11 6155-6795", "+5511961556795"),
        ("+55 11 96155-6795", "+5511961556795"),
        ("+55 11 3155-6795", "+551131556795"),
    ],
)
async def test_a_mexican_or_brazilian_number_is_kept_in_its_modern_form(api: Api, written: str, phone: str) -> None:
    there = await api.make_contact(phone)

    answer = await create(api, "id phone", if_exists="SKIP", phone=written)

    assert answer == {"outcome": "SKIPPED", "contact": {"id": there, "phone": phone}, "errors": []}


LANDLINE = "+254202222222"


@pytest.mark.parametrize(
    ("check", "phone", "status", "reason"),
    [
        (NetworkCheck.COVERED, LANDLINE, "INVALID", "UNKNOWN_NETWORK"),
        (NetworkCheck.COVERED, "+12015236611", "VALID", None),
        (NetworkCheck.STRICT, "+12015236611", "INVALID", "UNKNOWN_NETWORK"),
        (NetworkCheck.OFF, LANDLINE, "VALID", None),
        (NetworkCheck.STRICT, "+254712345678", "VALID", None),
    ],
)
async def test_a_number_of_no_known_network_is_stored_and_marked(
    api: Api, check: NetworkCheck, phone: str, status: str, reason: str | None
) -> None:
    careful = api.with_settings(network_check=check)

    answer = await create(careful, "phone status invalidReason", phone=phone)

    assert answer["contact"] == {"phone": phone, "status": status, "invalidReason": reason}


@pytest.mark.parametrize("written", ["12", "MUSTER"])
async def test_a_sender_number_that_is_none_is_refused(api: Api, written: str) -> None:
    before = await stored_rows(api)

    answer = await create(api, "id", phone="0712345678", senderNumber=written)

    message = answer["errors"][0]["message"]
    assert answer["errors"] == [no_number(message, "contact", "senderNumber", value=written)]
    assert await stored_rows(api) == before


async def test_a_new_contact_has_the_history_of_its_number(api: Api) -> None:
    await database.execute(
        "INSERT INTO phone_history (account_id, phone, last_inbound_at, last_outbound_at) VALUES ($1, $2, $3, $4)",
        api.account_id,
        "+254712345678",
        MONDAY,
        TUESDAY,
    )

    answer = await create(api, "lastInboundAt lastOutboundAt", phone="0712345678")

    assert answer["contact"] == {"lastInboundAt": iso(MONDAY), "lastOutboundAt": iso(TUESDAY)}
