"""Substring search for contacts in names, e-mail, company and phone.

`contact.search_text` contains these values, folded. PostgreSQL has three indexes on it:

- Trigrams. They consist only of letters and digits, so characters that are frequent between words are replaced with
  rare letters (0014_search_between_words.sql).
- Rare characters (0011_contact_search.sql).
- Rows in which an unforeseen character follows a letter or digit (0014).

SQLite's index is created in 0012_short_search.sql.
"""

import re

from models.db.database import cast_to, is_postgres
from models.db.sql import FALSE, MARK, Search, Sql, contains, one_of
from services.input.text import fold, has_control
from services.phones.numbers import search_digits

MAX_SEARCH = 200
_TEXT = "contact.search_text"
_TRIGRAM = 3

# PostgreSQL's trigrams: characters between words, and the rare letters that replace them. Nested calls of replace() are
# four times as fast as translate().
_LETTERS = {" ": "ϣ", ".": "ϥ", "@": "ϧ", "-": "ϫ"}
_AS_LETTERS = str.maketrans(_LETTERS)
LETTERS = "".join(_LETTERS.values())
WORDS = _TEXT
for _between, _letter in _LETTERS.items():
    WORDS = f"replace({WORDS}, '{_between}', '{_letter}')"
_WORD = re.compile(r"[^\W_]{3}")
_PAIR = re.compile(f"[a-z0-9{LETTERS}]{{2}}")

# Characters that are frequent in nearly every account. All other characters are indexed.
COMMON = "abcdefghiklmnoprstuvwy0123456789+@. "
CHARACTERS = f"string_to_array(translate({_TEXT}, '{COMMON}' || chr(10), ''), NULL)"
# Characters that are expected after a letter or digit: ASCII without capitals, and Latin letters of many languages. The
# search for a pair of characters combines it with each of them. PostgreSQL uses its trigram index for this only with at
# most 256 characters, none beyond U+07FF.
FOLLOWING = LETTERS + r" -@\[-~\nà-öø-ÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĵķĺļľłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷźżžơưșțɓɗƙƴ"
UNFORESEEN = f"{WORDS} ~ '([a-z0-9]|[a-z0-9{LETTERS}][{LETTERS}])[^{FOLLOWING}]'"

_FOUND_ON_SQLITE = "contact.search_rowid IN (SELECT rowid FROM contact_search WHERE contact_search MATCH {text})"
# Matches any of the indexed trigrams in a range. If there are none, matches a trigram that no text has: each text ends
# with two line feeds and starts with none.
_BEGINNING_WITH = f"""
SELECT coalesce(group_concat('"' || replace(term, '"', '""') || '"', ' OR '), '"' || char(10, 10, 10) || '"')
FROM contact_search_terms WHERE term >= {MARK} AND term <= {MARK}
"""
_LAST = "\U0010ffff"
# Characters that SQLite's index replaces. It keeps all other characters of a folded text.
_AS_ON_SQLITE = str.maketrans("\ufffe\uffff", "\ufffd\ufffd")

# Number of characters of a long text to look up in an index. More characters cost more and narrow the result little.
_TELLING = 9


def search(text: str | None, *, region: str | None) -> Search | None:
    """Returns a search for contacts by part of a name, e-mail, company or phone; None for a blank text.

    The phone can be in any written form.
    """
    if text is None:
        return None
    wanted = fold(text.strip())
    if not wanted:
        return None
    if has_control(wanted):
        return Search(FALSE, FALSE)
    digits = search_digits(text, region=region)
    # If the text contains its digits, so does each match of the text, and the digits alone are enough.
    parts = digits if any(part in wanted for part in digits) else (wanted, *digits)
    indexed = [_indexed(part) for part in parts]
    return Search(
        one_of([_holds(part) for part in parts]),
        one_of([part for part in indexed if part is not None]) if None not in indexed else None,
    )


def _indexed(part: str) -> Sql | None:
    """Returns an indexed condition for contacts that contain a part; None if no index applies."""
    if not is_postgres():
        return _on_sqlite(part)
    words = _telling(part).translate(_AS_LETTERS)
    if _WORD.search(words):
        return _holds(part) & contains(WORDS, words)
    if _PAIR.fullmatch(words):
        return _holds(part) & _by_what_follows(words)
    rare = sorted(set(part) - set(COMMON))
    return Sql(f"{CHARACTERS} @> {cast_to(MARK, 'text[]')}", (rare,)) & _holds(part) if rare else None


def _by_what_follows(pair: str) -> Sql:
    """Returns a condition for a pair of characters, which is too short for a trigram.

    Searches for the pair with each expected next character, at the end of a text, and in the rows with unforeseen
    characters.
    """
    return one_of(
        (
            Sql(f"{WORDS} ~ {MARK}", (f"{pair}[{FOLLOWING}]",)),
            Sql(f"{WORDS} LIKE {MARK}", (f"%{pair}",)),
            Sql(UNFORESEEN),
        )
    )


def _on_sqlite(part: str) -> Sql:
    """Returns a condition on SQLite's trigram index, whose trigrams consist of any characters.

    For fewer than three characters, matches the indexed trigrams that begin with them.
    """
    if len(part) < _TRIGRAM:
        begun = part.translate(_AS_ON_SQLITE)
        condition = Sql(_FOUND_ON_SQLITE.format(text=f"({_BEGINNING_WITH})"), (begun, begun + 2 * _LAST))
    else:
        condition = Sql(_FOUND_ON_SQLITE.format(text=MARK), (_quoted(_telling(part)),))
    return condition & _holds(part)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _holds(part: str) -> Sql:
    """Returns a condition that checks a row itself. The planner considers no index for it."""
    return Sql(f"{'strpos' if is_postgres() else 'instr'}({_TEXT}, {MARK}) > 0", (part,))


def _telling(part: str) -> str:
    """Returns the most selective piece of a part for the index lookup.

    That is the last 9 digits of a number, or the last 9 characters of an e-mail address up to and including the @.
    Other parts are returned whole, as are parts whose piece contains no trigram.
    """
    name, at, _ = part.partition("@")
    told = (name + at)[-_TELLING:] if at else part[-_TELLING:] if part.isdigit() else part
    return told if _WORD.search(told.translate(_AS_LETTERS)) else part
