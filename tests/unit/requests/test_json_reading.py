"""JSON with halves of surrogate pairs is read, with U+FFFD in their places. Other JSON is read as before."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given, strategies as st

from web.http.json_reading import loaded
from web.http.requests import of_url

texts = st.text(st.sampled_from('\ud83d\ude00\udbffé\\u"d8\n'), max_size=12)
values = st.recursive(
    texts, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=20
)


def without_halves(value: Any) -> Any:
    """Replaces the surrogates that are left after json has joined the pairs."""
    if isinstance(value, str):
        return "".join("\N{REPLACEMENT CHARACTER}" if "\ud800" <= each <= "\udfff" else each for each in value)
    if isinstance(value, list):
        return [without_halves(item) for item in value]
    return {without_halves(key): without_halves(item) for key, item in value.items()}


@given(value=values)
def test_halves_become_replacement_characters(value: Any) -> None:
    text = json.dumps(value)

    assert loaded(text) == loaded(text.encode()) == without_halves(json.loads(text))


def test_the_variables_of_a_url_are_read_the_same_way() -> None:
    request = of_url(rb'query={a}&variables={"a":"\uD83D"}')

    assert request.variables == {"a": "\N{REPLACEMENT CHARACTER}"}


@pytest.mark.parametrize(
    "text",
    [
        rb'{"a": "\ud83d"',
        rb'"\ud83',
        b'"\xed\xa0\xbd"',
        rb'"\ud83d" NaN',
        rb'["\ud83d", "\x"]',
        b'["' + rb"\ud83d" * 100_001 + b'"]',  # more than a repair may take
    ],
)
def test_other_json_that_is_broken_is_refused(text: bytes) -> None:
    with pytest.raises(orjson.JSONDecodeError):
        loaded(text)
