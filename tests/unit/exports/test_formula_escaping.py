"""A cell is never run as a formula, and is read back unchanged."""

import pytest
from hypothesis import given, strategies as st

from services.exports.formula_escaping import escape, unescape

texts = st.text() | st.text(alphabet="'=+-@\t\r\n\u3000\uff1d\uff20ab ", max_size=6)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+254712345678", "'+254712345678"),
        ("-5", "'-5"),
        ("@home", "'@home"),
        ("\tindented", "'\tindented"),
        ("\rreturned", "'\rreturned"),
        ("'=quoted", "''=quoted"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\uff0b1", "'\uff0b1"),
        ("\uff0d1", "'\uff0d1"),
        ("\uff20home", "'\uff20home"),
        (" =1", "' =1"),
        ("\n\n@home", "'\n\n@home"),
        ("\xa0\u3000\uff1d1", "'\xa0\u3000\uff1d1"),
        ("' =1", "'' =1"),
        (" x", " x"),
        ("'tis", "'tis"),
        ("O'Neill", "O'Neill"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_what_begins_like_a_formula_gets_a_quote(text: str, cell: str) -> None:
    assert escape(text) == cell
    assert unescape(cell) == text


@given(texts)
def test_every_text_comes_back_as_it_was(text: str) -> None:
    assert unescape(escape(text)) == text


@given(texts)
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert escape(text)[:1] not in ("\t", "\r")
    assert escape(text).strip()[:1] not in ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
