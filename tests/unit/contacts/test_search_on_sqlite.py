"""Texts are folded before they reach SQLite's index; the index's own folding must not change them."""

import sqlite3
import sys

from search_key import search_key

INDEX = """
CREATE VIRTUAL TABLE folded USING fts5 (text, tokenize = 'trigram', detail = 'full');
CREATE VIRTUAL TABLE terms USING fts5vocab ('folded', 'instance');
"""


def test_the_index_has_each_folded_letter_as_it_is() -> None:
    cased = [c for c in map(chr, range(sys.maxunicode + 1)) if not c.lower() == c.upper() == c.casefold()]
    letters = sorted({letter for character in cased for letter in search_key(character)})
    connection = sqlite3.connect(":memory:")
    connection.executescript(INDEX)

    connection.executemany("INSERT INTO folded (text) VALUES (?)", [(f"{letter}\n\n",) for letter in letters])

    terms = [term for (term,) in connection.execute("SELECT term FROM terms")]
    connection.close()
    assert len(letters) > 900
    assert sorted(terms) == [f"{letter}\n\n" for letter in letters]
