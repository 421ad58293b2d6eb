"""Phone numbers: the accepted texts, the numbers they give, and the error messages for other texts."""

import csv
import re
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given, settings, strategies as st

from services.phones.numbers import (
    DigitsOnlyNumbers,
    NetworkCheck,
    PhonePolicy,
    PhoneProblem,
    facts,
    identity,
    read,
    search_digits,
)
from services.refusal import Code

POSSIBLE, VALID = PhonePolicy.POSSIBLE, PhonePolicy.VALID
INTERNATIONAL, REFUSE = DigitsOnlyNumbers.INTERNATIONAL, DigitsOnlyNumbers.REFUSE
PHONES = Path(__file__).parent.parent.parent / "data" / "phones.csv"
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)

ROUNDED = (
    "A spreadsheet shortened the number to scientific notation, and its last digits are lost. "
    "Format the column as text and export it again."
)
NO_REGION = "The number has no country code, and no region is set. Enter the number with its country code."
LETTERS = "A phone number has digits, not letters."
SEVERAL = "The text contains more than one number. Enter only one."
EXTENSION = "An extension can't receive messages. Enter the number without it."


def refusal(value: str, message: str, suggestion: str | None = None) -> PhoneProblem:
    return PhoneProblem(Code.INVALID_PHONE_NUMBER, value, message, suggestion)


# ------------------------------------------------------------------ any written form in


@pytest.mark.parametrize(
    "text",
    [
        "+254712345678",
        "254712345678",
        "00254712345678",
        "00 254 (0) 712 345 678",
        "0712345678",
        "712345678",
        "0712 345 678",
        "(0712) 345-678",
        "0712.345.678",
        "0712/345678",
        "0712_345_678",
        "0712345678;",
        "+254 (0)712 345678",
        "+2540712345678",
        "++254 712 345678",
        "(+254) 712 345678",
        "\uff0b\uff12\uff15\uff14\uff17\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
        "\u0660\u0667\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668",
        "\u06f0\u06f7\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8",
        "\u0966\u096d\u0967\u0968\u0969\u096a\u096b\u096c\u096d\u096e",
        "+254\u00a0712\u2011345\u200b678",
        "0712\u2013345\u2014678",
        "\u202a+254712345678\u202c",
        "\ufeff0712345678\x00",
        "  0712345678\t",
        "0712345678" + " " * 500,
        "'0712345678",
        '="0712345678"',
        "p:+254712345678",
        "tel:+254-712-345-678",
        "tel:0712-345-678;phone-context=+254",
        "Tel. 0712 345678",
        "whatsapp:+254712345678",
        "whatsapp:%2B254712345678",
        "254712345678.0",
        "254712345678.00",
        "254712345678,0",
        "254,712,345,678",
        "254,712,345,678.00",
        "2.54712345678E+11",
    ],
)
def test_a_number_is_read_however_it_is_written(text: str) -> None:
    assert read(text, region="KE", policy=VALID) == "+254712345678"


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("33612730542", "FR", "+33612730542"),
        ("923 973 118", "AO", "+244923973118"),
        ("011 254 712345678", "US", "+254712345678"),
        ("8~10 254 712345678", "RU", "+254712345678"),
        ("009 254 712345678", "NG", "+254712345678"),
        ("0711/123456", "DE", "+49711123456"),
        ("+44 (0)20 7946 0958", None, "+442079460958"),
        ("+36 (0)1 234 5678", None, "+3612345678"),
        ("+39 (0)6 12345678", None, "+390612345678"),
        ("+39 (0)331 123456", None, "+390331123456"),
        ("+225 (0)7 08 09 10 11", None, "+2250708091011"),
        ("+800 1234 5678", None, "+80012345678"),
        ("+247 40123", None, "+24740123"),
    ],
)
def test_each_country_is_read_by_its_own_rules(text: str, region: str | None, number: str) -> None:
    assert read(text, region=region, policy=VALID) == number


def test_two_zeros_stand_for_a_plus_even_where_another_prefix_is_dialled() -> None:
    readings = [read("00 56 9 6123 4567", region=region, policy=VALID) for region in (None, "KE", "UG", "US", "NG")]

    assert readings == ["+56961234567"] * 5


def test_a_lost_plus_is_seen_where_the_digits_begin_with_the_regions_own_code() -> None:
    readings = [
        read("4915123456789", region="DE", policy=VALID),  # also a valid number of the area 04915
        read("9118001234", region="IN", policy=VALID),  # an Indian mobile number; with a plus it would be toll-free
    ]

    assert readings == ["+4915123456789", "+919118001234"]


def test_every_row_of_the_samples_is_read_as_expected() -> None:
    with PHONES.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))

    wrong = []
    for row in rows:
        result = read(row["raw"], region=row["default_region"] or None, policy=VALID)
        number = result if isinstance(result, str) else None
        is_same, is_refused = number == row["e164"], number is None
        is_as_expected = {
            "same": is_same,
            "reject": is_refused,
            "same_or_reject": is_same or is_refused,
            "reject_or_not_equal": not is_same,
        }
        if not is_as_expected[row["expect"]]:
            wrong.append((row, result))

    assert (len(rows), wrong) == (12_152, [])


def test_every_sample_number_is_read_whatever_the_region() -> None:
    with PHONES.open(encoding="utf-8", newline="") as lines:
        numbers = sorted({row["e164"] for row in csv.DictReader(lines)})

    wrong = [
        number
        for number in numbers
        for region in (None, "KE", "US", "DE", "RU", "MX", "XX")
        for policy in PhonePolicy
        if read(number, region=region, policy=policy) != number
    ]

    assert wrong == []


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize("text", [None, "", "  ", "\u200b\ufeff", "\u00a0\t\n", "'", '""'])
def test_a_blank_is_told_apart_from_what_cannot_be_read(text: str | None) -> None:
    problem = read(text, region="KE", policy=POSSIBLE)

    assert problem == PhoneProblem(Code.MISSING_CONTACT, text or "", "No phone number is given.", None)


@pytest.mark.parametrize(
    ("text", "region", "message", "suggestion"),
    [
        ("33612730542", None, NO_REGION, "+33612730542"),
        ("0712345678", None, NO_REGION, None),
        ("0712345678", "XX", NO_REGION, None),
        ("33612730542", "KE", "The number has too many digits for a number of KE.", "+33612730542"),
        ("+0712345678", "KE", "No country has this calling code.", "+254712345678"),
        (
            "+712345678",
            "KE",
            "The number has too few digits for a number of RU; the area code may be missing.",
            "+254712345678",
        ),
        ("+999123456789", "KE", "No country has this calling code.", None),
        ("5550123", "US", "The number has too few digits for a number of US; the area code may be missing.", None),
        ("12", "KE", "The number has too few digits for a number of KE; the area code may be missing.", None),
        ("+254", "KE", "The number is too short or too long.", None),
        ("+2547123456789012", None, "The number has too many digits for a number of KE.", None),
        ("2.547E+11", "KE", ROUNDED, None),
        ("2,547E+11", "KE", ROUNDED, None),
        ("2.54712E+11", "KE", ROUNDED, None),
        ("abc", "KE", LETTERS, None),
        ("0712abc", "KE", LETTERS, None),
        ("1-800-FLOWERS", "US", LETTERS, None),
        ("O712345678", "KE", LETTERS, "+254712345678"),
        ("0712345678 (mum)", "KE", LETTERS, "+254712345678"),
        ("*100#", "KE", "The text has no digits, or characters that are not allowed in a phone number.", None),
        ("+", "KE", "The text has no digits, or characters that are not allowed in a phone number.", None),
        ("0712345678 ext. 12", "KE", EXTENSION, "+254712345678"),
        ("0712345678x12", "KE", EXTENSION, "+254712345678"),
        ("tel:+254712345678;ext=12", "KE", EXTENSION, "+254712345678"),
        ("+254712345678, +254733345678", "KE", SEVERAL, "+254712345678"),
        ("0712345678 / 0733345678", "KE", SEVERAL, "+254712345678"),
        ("0712345678/0733345678", "KE", SEVERAL, "+254712345678"),
        ("0712345678 or 0733345678", "KE", SEVERAL, "+254712345678"),
        ("0712345678\n0733345678", "KE", SEVERAL, "+254712345678"),
        ("+254712345678 ::: +254733345678", "KE", SEVERAL, "+254712345678"),
        ("030 1234/030 5678", "DE", SEVERAL, "+49301234"),
        ("x" * 129, "KE", "The phone number has 129 characters; at most 128 are allowed.", None),
    ],
)
def test_what_cannot_be_read_is_told_why_and_what_was_likely_meant(
    text: str, region: str | None, message: str, suggestion: str | None
) -> None:
    assert read(text, region=region, policy=POSSIBLE, digits_only=REFUSE) == refusal(text, message, suggestion)


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("256772123001", "KE", "+256772123001"),
        ("2348031234001", "KE", "+2348031234001"),
        ("447911123001", "KE", "+447911123001"),
        ("14155550133", "KE", "+14155550133"),
        ("251911123301", "GH", "+251911123301"),
        ("22997123401", "KE", "+2290197123401"),
        ("5491151234501", "KE", "+5491151234501"),
        ("256 772 123001", "KE", "+256772123001"),
        ("256772123001.0", "KE", "+256772123001"),
        ("33612730542", None, "+33612730542"),
        ("33612730542", "XX", "+33612730542"),
    ],
)
@pytest.mark.parametrize("policy", PhonePolicy)
def test_digits_that_lost_their_plus_are_international_or_refused_as_the_account_says(
    text: str, region: str | None, number: str, policy: PhonePolicy
) -> None:
    readings = [read(text, region=region, policy=policy, digits_only=digits_only) for digits_only in DigitsOnlyNumbers]

    refused = readings[1]
    assert isinstance(refused, PhoneProblem)
    assert (readings[0], refused.suggestion) == (number, number)


@pytest.mark.parametrize("text", ["0256772123001", "25677212300123", "99772123001"])
@pytest.mark.parametrize("policy", PhonePolicy)
def test_digits_that_are_no_valid_number_with_a_plus_stay_refused(text: str, policy: PhonePolicy) -> None:
    problem = read(text, region="KE", policy=policy, digits_only=INTERNATIONAL)

    assert isinstance(problem, PhoneProblem)
    assert problem.suggestion is None


@pytest.mark.parametrize("digits_only", DigitsOnlyNumbers)
@pytest.mark.parametrize("policy", PhonePolicy)
@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("254712345678", "NG", "+254712345678"),
        ("45 23 45 67 89", "US", "+4523456789"),
        ("6591234567.0", "KE", "+6591234567"),
    ],
)
def test_digits_that_are_possible_in_the_region_but_valid_only_with_a_plus_are_ambiguous(
    text: str, region: str, number: str, policy: PhonePolicy, digits_only: DigitsOnlyNumbers
) -> None:
    message = (
        f"The digits can be a number of {region} in no range that is in use, or the number {number} without its plus. "
        "Enter the number with its country code."
    )

    problem = read(text, region=region, policy=policy, digits_only=digits_only)

    assert problem == PhoneProblem(Code.AMBIGUOUS, text, message, number)


def test_the_value_of_a_problem_is_never_longer_than_a_line() -> None:
    problem = read("9" * 10_000_000, region="KE", policy=POSSIBLE)

    assert problem == refusal(
        "9" * 250 + "\u2026", "The phone number has 10000000 characters; at most 128 are allowed."
    )


def test_possible_takes_what_valid_refuses() -> None:
    text = "+52 123 456 7890"

    readings = [read(text, region=None, policy=policy) for policy in (POSSIBLE, VALID)]

    assert readings == [
        "+521234567890",
        refusal(text, "The number is in no range of numbers of MX that is in use."),
    ]


# ------------------------------------------------------------------ one person, one number


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("+5215512345678", None, "+525512345678"),
        ("5215512345678", "MX", "+525512345678"),
        ("044 55 1234 5678", "MX", "+525512345678"),
        ("01 55 1234 5678", "MX", "+525512345678"),
        ("+55 11 8765-4321", None, "+5511987654321"),
        ("(11) 8765-4321", "BR", "+5511987654321"),
        ("551187654321", "BR", "+5511987654321"),
        ("+55 11 7123-4567", None, "+5511971234567"),
        ("+55 11 98765-4321", None, "+5511987654321"),
        # Benin: 01 in front of each number of eight digits since 30 November 2024.
        ("+229 97 12 34 01", None, "+2290197123401"),
        ("97 12 34 01", "BJ", "+2290197123401"),
        ("22997123401", "BJ", "+2290197123401"),
        ("00229 61 23 45 67", None, "+2290161234567"),
        ("21 31 23 45", "BJ", "+2290121312345"),
        ("01 97 12 34 01", "BJ", "+2290197123401"),
        ("+229 01 97 12 34 01", None, "+2290197123401"),
        # Gabon: 01 became 11, 02 62, 04 74, 05 65, 06 66 and 07 77 on 15 November 2019.
        ("+241 01 44 12 34", None, "+24111441234"),
        ("+241 02 12 34 56", None, "+24162123456"),
        ("+241 04 12 34 56", None, "+24174123456"),
        ("+241 05 12 34 56", None, "+24165123456"),
        ("+241 06 12 34 56", None, "+24166123456"),
        ("+241 07 45 67 89", None, "+24177456789"),
        ("07 45 67 89", "GA", "+24177456789"),
        ("077 45 67 89", "GA", "+24177456789"),
        ("77 45 67 89", "GA", "+24177456789"),
        ("+241 7 45 67 89", None, "+24177456789"),
        ("+241 077 45 67 89", None, "+24177456789"),
        ("011 44 12 34", "GA", "+24111441234"),
    ],
)
@pytest.mark.parametrize("policy", PhonePolicy)
def test_a_mobile_is_read_in_its_modern_form(text: str, region: str | None, number: str, policy: PhonePolicy) -> None:
    assert read(text, region=region, policy=policy) == number


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("+54 9 11 5123 4501", None, "+5491151234501"),
        ("+54 11 5123 4501", None, "+541151234501"),
        ("011 15 5123 4501", "AR", "+5491151234501"),
        ("011 5123 4501", "AR", "+541151234501"),
        ("+54 9 3541 49 1234", None, "+5493541491234"),
    ],
)
def test_a_number_of_argentina_stays_as_given_and_is_compared_without_its_9(
    text: str, region: str | None, number: str
) -> None:
    assert read(text, region=region, policy=VALID) == number
    assert identity(number) == number.replace("+549", "+54")
    assert identity(number)[3:] in search_digits(text, region=region)


@pytest.mark.parametrize("number", ["+549115123450", "+54800123456789", "+5511987654321", "+254912345678"])
def test_any_other_number_is_compared_as_it_is(number: str) -> None:
    assert identity(number) == number


@pytest.mark.parametrize("text", ["+551131234567", "+551123456789", "+525512345678", "+558001234567"])
@pytest.mark.parametrize("policy", PhonePolicy)
def test_a_landline_is_never_turned_into_a_mobile(text: str, policy: PhonePolicy) -> None:
    assert read(text, region=None, policy=policy) == text


def test_an_old_form_of_no_valid_number_stays_refused() -> None:
    reading = read("+5211234567890", region=None, policy=POSSIBLE)

    assert reading == refusal("+5211234567890", "The number has too many digits for a number of MX.")


# ------------------------------------------------------------------ whatever the text


WRITTEN = st.text(
    alphabet=st.one_of(st.sampled_from("+00123456789 ()-./,;:xE'\u200b\u0661\uff11"), st.characters()), max_size=40
)


@settings(max_examples=1500)
@given(WRITTEN, st.sampled_from([None, "XX", "", *REGIONS]), st.sampled_from(PhonePolicy))
def test_any_text_is_a_number_in_e164_that_reads_as_itself_or_a_problem(
    text: str, region: str | None, policy: PhonePolicy
) -> None:
    result = read(text, region=region, policy=policy)

    number = result.suggestion if isinstance(result, PhoneProblem) else result
    if number is not None:
        assert re.fullmatch(r"\+[1-9]\d{1,14}", number, re.ASCII)
        assert read(number, region=region, policy=policy) == number
        assert facts(number, network_check=NetworkCheck.STRICT).status in ("VALID", "INVALID")
    assert all(digits.isascii() and digits.isdigit() for digits in search_digits(text, region=region))
