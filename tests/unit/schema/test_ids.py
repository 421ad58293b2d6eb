"""Client-visible ids are TypeIDs; encoding and decoding are inverse."""

from random import Random
from uuid import UUID

import pytest

from schema.ids import IdPrefix, InvalidId, decode, decode_as, encode, encode_many

KNOWN = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
DIGITS = "01h455vb4pex5vsknk084sn02q"  # from the TypeID specification


def test_an_id_is_its_prefix_and_the_digits_that_the_specification_gives() -> None:
    assert encode(IdPrefix.CONTACT, KNOWN) == f"cnt_{DIGITS}"
    assert decode(f"cnt_{DIGITS}") == (IdPrefix.CONTACT, KNOWN)


@pytest.mark.parametrize("count", [0, 1, 2, 127, 128, 129, 300])
def test_many_ids_are_what_they_are_one_by_one_and_decode_to_what_they_were_made_of(count: int) -> None:
    random = Random(count)
    values = [UUID(int=random.getrandbits(128)) for _ in range(count)]

    for prefix in IdPrefix:
        ids = encode_many(prefix, values)
        assert ids == [encode(prefix, value) for value in values]
        assert [decode_as(prefix, text) for text in ids] == values


def test_the_least_and_the_greatest_uuid_have_ids() -> None:
    least, greatest = UUID(int=0), UUID(int=2**128 - 1)

    assert encode_many(IdPrefix.JOB, [least, greatest]) == [f"job_{'0' * 26}", f"job_7{'z' * 25}"]
    assert decode(f"job_7{'z' * 25}") == (IdPrefix.JOB, greatest)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cnt",
        "cnt_",
        DIGITS,
        f"_{DIGITS}",
        f"xyz_{DIGITS}",
        f"CNT_{DIGITS}",
        f"CONTACT_{DIGITS}",
        f"cnt_{DIGITS}0",
        f"cnt_{DIGITS[:-1]}",
        f"cnt_8{DIGITS[1:]}",
        f"cnt_{DIGITS.upper()}",
        *(f"cnt_{DIGITS[:-1]}{digit}" for digit in "iloué+- \n\0\ud800"),
        f"cnt_0_1{DIGITS[3:]}",
    ],
)
def test_a_text_that_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidId, match="is not an id"):
        decode(text)


def test_an_id_of_another_type_is_refused() -> None:
    with pytest.raises(InvalidId, match="must start with lst_"):
        decode_as(IdPrefix.CONTACT_LIST, f"cnt_{DIGITS}")
