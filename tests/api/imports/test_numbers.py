"""A row's number: the country that a file names, lost pluses, and the right one of several cells."""

from typing import Any

import pytest

from services.phones.numbers import DigitsOnlyNumbers
from tests.support.api_client import Api
from tests.support.imports import JOB, import_content, summary
from tests.support.mutations import bulk_create, contacts, create, no_number

TOLD = JOB + " warnings { code column line value count } columns { header field }"


async def phones(api: Api) -> list[str]:
    return sorted(one["phone"] for one in await contacts(api, "phone"))


def warned(ended: Any, *codes: str) -> list[tuple[Any, ...]]:
    keys = ("code", "column", "line", "value", "count")
    return [tuple(each[key] for key in keys) for each in ended["warnings"] if not codes or each["code"] in codes]


def errors(ended: Any) -> list[tuple[Any, ...]]:
    keys = ("line", "code", "column", "value", "suggestion", "isRejected")
    return [tuple(error[key] for key in keys) for error in ended["rowErrors"]["nodes"]]


async def test_numbers_are_read_in_the_country_that_their_row_names(api: Api) -> None:
    content = (
        "Pays;T\u00e9l\u00e9phone\n"
        "Ouganda;0772009201\n"
        "TZ;0754009202\n"
        "KEN;0712009203\n"
        "C\u00f4te d'Ivoire;0707009204\n"
        "Uganda;0772009205\n"
        ";0712009206\n"
        "n/a;0712009207\n"
        "Uganda;+256 772 009208\n"
        "Atlantis;0712009209\n"
        "Atlantis;+254712009210\n"
    )

    ended = await import_content(api, content, selected=TOLD)

    assert ended["columns"] == [
        {"header": "Pays", "field": "country"},
        {"header": "T\u00e9l\u00e9phone", "field": "phone"},
    ]
    assert await phones(api) == sorted(
        [
            *("+256772009201", "+255754009202", "+254712009203", "+2250707009204", "+256772009205", "+254712009206"),
            *("+254712009207", "+256772009208", "+254712009210"),
        ]
    )
    assert errors(ended) == [(10, "UNKNOWN_VALUE", "Pays", "Atlantis", None, True)]
    assert warned(ended) == [
        ("REGION_FROM_FILE", "Pays", 2, "UG", 2),
        ("REGION_FROM_FILE", "Pays", 3, "TZ", 1),
        ("REGION_FROM_FILE", "Pays", 5, "CI", 1),
    ]


async def test_a_number_that_contradicts_its_country_is_told_and_nobody_elses(api: Api) -> None:
    content = "Phone,Country\n+254712009101,UG\n0110009102,UG\n254712009103,UG\n0712009104,KE\n+1 416 555 0133,US\n"

    ended = await import_content(api, content, selected=TOLD)

    assert errors(ended) == [
        (2, "COUNTRY_MISMATCH", "Phone", "+254712009101", "+254712009101", True),
        (3, "COUNTRY_MISMATCH", "Phone", "0110009102", "+254110009102", True),
        (4, "COUNTRY_MISMATCH", "Phone", "254712009103", "+254712009103", True),
    ]
    assert ended["rowErrors"]["nodes"][0]["message"] == (
        "The row names UG as its country, but the number is one of KE."
    )
    assert await phones(api) == ["+14165550133", "+254712009104"]


@pytest.mark.parametrize("header", ["Country code", "Calling Code", "Phones / Primary Phone Calling Code", "Indicatif"])
async def test_a_calling_code_stands_before_a_country(api: Api, header: str) -> None:
    content = f"Country,{header},Phone\nKE,+256,772002001\nKE,,0712002002\nTZ,255,0754002001\nKE,abc,0712002003\n"

    ended = await import_content(api, content, selected=TOLD)

    assert [column["field"] for column in ended["columns"]] == ["country", "calling_code", "phone"]
    assert await phones(api) == ["+254712002002", "+255754002001", "+256772002001"]
    assert errors(ended) == [(5, "UNKNOWN_VALUE", header, "abc", None, True)]


async def test_a_column_that_holds_no_countries_is_not_taken_for_them_unless_mapped(api: Api) -> None:
    content = "Phone,Country\n0712000001,Nairobi\n0712000002,Kisumu\n"

    ended = await import_content(api, content, selected=TOLD)
    mapped = await import_content(
        api, content, selected=TOLD, mapping=[{"header": "Country", "field": "country"}], dryRun=True
    )

    assert ended["columns"][1]["field"] is None
    assert warned(ended) == [("COLUMN_GUESSED", "Country", None, None, 1)]
    assert [error[1] for error in errors(mapped)] == ["UNKNOWN_VALUE"] * 2


async def test_digits_that_lost_their_plus_are_read_and_told_or_refused(api: Api) -> None:
    content = "Phone\n256772123001\n447911123001\n254712009801\n0712009802\n"
    refusing = api.with_settings(digits_only_numbers=DigitsOnlyNumbers.REFUSE)

    refused = await import_content(refusing, content, selected=TOLD, dryRun=True)
    ended = await import_content(api, content, selected=TOLD)

    assert warned(ended) == [("DIGITS_ONLY_NUMBERS", "Phone", 2, None, 2)]
    assert await phones(api) == ["+254712009801", "+254712009802", "+256772123001", "+447911123001"]
    assert (warned(refused), [error[4] for error in errors(refused)]) == ([], ["+256772123001", "+447911123001"])


async def test_digits_that_can_be_two_numbers_are_ambiguous_in_calls_batches_lookups_and_files(api: Api) -> None:
    digits, meant = "6591234567", "+6591234567"

    single = await create(api, "id", phone=digits)
    batch = await bulk_create(api, "id", [{"phone": digits}, {"phone": meant}])
    lookup = (await api.run(f'{{ phoneLookup(text: "{digits}") {{ error {{ code suggestion }} }} }}'))["phoneLookup"]
    ended = await import_content(api, f"Phone\n{digits}\n", selected=TOLD)

    message = (
        f"The digits can be a number of KE in no range that is in use, or the number {meant} without its plus. "
        "Enter the number with its country code."
    )
    told = no_number(message, "contact", "phone", value=digits, suggestion=meant) | {"code": "AMBIGUOUS"}
    assert single["errors"] == [told]
    assert [row["error"] for row in batch["results"]] == [told | {"path": ["input", "contacts", "0", "phone"]}, None]
    assert lookup["error"] == {"code": "AMBIGUOUS", "suggestion": meant}
    assert errors(ended) == [(2, "AMBIGUOUS", "Phone", digits, meant, True)]


async def test_the_first_number_that_can_be_mobile_counts_and_others_are_told(api: Api) -> None:
    content = (
        "Name,Home Phone,Mobile,Phone\n"
        "Placeholder,,N/A,0712000001\n"
        "Landline,020 2712345,,0712000002\n"
        "Both,,0712000003,0712000004\n"
        "Same,,0712000005,+254 712 000005\n"
        "Bad,,12,0712000006\n"
        "Only,020 2712346,-,none\n"
        "None,0,-,NULL\n"
        "Worse,,12,13\n"
    )

    ended = await import_content(api, content, selected=TOLD)

    assert {one["name"]: one["phone"] for one in await contacts(api, "name phone")} == {
        "Placeholder": "+254712000001",
        "Landline": "+254712000002",
        "Both": "+254712000003",
        "Same": "+254712000005",
        "Bad": "+254712000006",
        "Only": "+254202712346",
    }
    assert ended["summary"] == summary(total=8, imported=6, valid=5, invalid=1, skipped=2, rejected=2, created=6)
    assert [error[:4] + error[5:] for error in errors(ended)] == [
        (6, "INVALID_PHONE_NUMBER", "Mobile", "12", False),
        (7, "UNKNOWN_NETWORK", "Home Phone", "020 2712346", False),
        (8, "MISSING_CONTACT", "Mobile", None, True),
        (9, "INVALID_PHONE_NUMBER", "Mobile", "12", True),
    ]
    assert warned(ended) == [
        ("EXTRA_NUMBERS_LEFT_OUT", "Home Phone", 3, None, 1),
        ("EXTRA_NUMBERS_LEFT_OUT", "Phone", 4, None, 1),
    ]


async def test_the_label_beside_a_number_says_its_kind(api: Api) -> None:
    content = (
        "First Name,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value\n"
        "Home,Home,0712000001,Mobile,0712000002\n"
        "Fax,Work Fax,0712000003,Other,0712000004\n"
        "Joined,* Mobile,0712 000 005 ::: 0733 000 005,,\n"
    )

    ended = await import_content(api, content, selected=TOLD)

    assert await phones(api) == ["+254712000002", "+254712000004", "+254712000005"]
    assert errors(ended) == []
    assert warned(ended) == [("EXTRA_NUMBERS_LEFT_OUT", "Phone 1 - Value", 2, None, 2)]


async def test_cells_decide_what_an_ambiguous_header_names(api: Api) -> None:
    files = {
        "Name,SMS,Phone\nA,Yes,0712000001\nB,No,0712000002\n": ["name", None, "phone"],
        "Name,SMS\nA,0712000003\nB,-\n": ["name", "phone"],
        "Full Names,Contact\nA,0712000004\n": ["name", "phone"],
        "Contact,Mobile\nAnn,0712000005\n": ["name", "phone"],
        "Number,Name,Mobile\n712002007,A,0712000006\n": [None, "name", "phone"],
        "Name,Number\nA,0712000007\n": ["name", "phone"],
        "Customer ID,Phone\nC1,0712000008\nC2,0712000009\n": ["external_id", "phone"],
        "Customer ID,Phone\nC3,0712000010\nC3,0712000011\n": [None, "phone"],
    }

    ended = [await import_content(api, content, selected=TOLD) for content in files]

    assert [[column["field"] for column in job["columns"]] for job in ended] == list(files.values())
    assert [len(warned(job, "COLUMN_GUESSED")) for job in ended] == [1, 1, 1, 0, 1, 1, 0, 1]
    assert all(errors(job) == [] or job is ended[1] for job in ended)
    assert len(await phones(api)) == 11
