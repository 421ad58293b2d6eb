"""Search: the contacts that hold a text, letter for letter, in a name, e-mail, company or phone.

What they hold is in `contact.search_text`, folded. PostgreSQL's indexes of it: of trigrams, which take letters and
digits alone, and so have what often stands between words as letters (0014_search_between_words.sql); of the characters
that few texts hold (0011_contact_search.sql); and of the rows in which something unforeseen stands behind a letter or
digit (0014). SQLite's is made in 0012_short_search.sql.
"""

import re

from models.database import cast_to, is_postgres
from models.sql import FALSE, MARK, Search, Sql, contains, one_of
from services.phone_numbers import search_digits
from services.texts import fold, has_control

MAX_SEARCH = 200
_TEXT = "contact.search_text"
_TRIGRAM = 3

# For PostgreSQL's trigrams: what stands between words, and letters in its stead that hardly a text holds. (One by one:
# translate() takes four times as long.)
_LETTERS = {" ": "ϣ", ".": "ϥ", "@": "ϧ", "-": "ϫ"}
_AS_LETTERS = str.maketrans(_LETTERS)
LETTERS = "".join(_LETTERS.values())
WORDS = _TEXT
for _between, _letter in _LETTERS.items():
    WORDS = f"replace({WORDS}, '{_between}', '{_letter}')"
_WORD = re.compile(r"[^\W_]{3}")
_PAIR = re.compile(f"[a-z0-9{LETTERS}]{{2}}")

# What nearly every account's texts are full of. All other characters are in an index.
COMMON = "abcdefghiklmnoprstuvwy0123456789+@. "
CHARACTERS = f"string_to_array(translate({_TEXT}, '{COMMON}' || chr(10), ''), NULL)"
# What may stand behind a letter or digit: all of ASCII, capitals aside, and the Latin letters of many languages. A pair
# is looked for with each of them; PostgreSQL does so where they are 256 at most, and none is beyond U+07FF.
FOLLOWING = LETTERS + r" -@\[-~\nà-öø-ÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĵķĺļľłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷźżžơưșțɓɗƙƴ"
UNFORESEEN = f"{WORDS} ~ '([a-z0-9]|[a-z0-9{LETTERS}][{LETTERS}])[^{FOLLOWING}]'"

_FOUND_ON_SQLITE = "contact.search_rowid IN (SELECT rowid FROM contact_search WHERE contact_search MATCH {text})"
# Any of some trigrams; where there is none, one that no text has: two line ends are behind each, and none at its start.
_BEGINNING_WITH = f"""
SELECT coalesce(group_concat('"' || replace(term, '"', '""') || '"', ' OR '), '"' || char(10, 10, 10) || '"')
FROM contact_search_terms WHERE term >= {MARK} AND term <= {MARK}
"""
_LAST = "\U0010ffff"
# What SQLite's index has other characters for. All others it has as they are folded here.
_AS_ON_SQLITE = str.maketrans("\ufffe\uffff", "\ufffd\ufffd")

# Of a long text, an index is asked for so many characters: more cost it more and tell it little.
_TELLING = 9


def search(text: str | None, *, region: str | None) -> Search | None:
    """Contacts with a part of a name, e-mail, company or, in any written form, phone. None for a blank text."""
    if text is None:
        return None
    wanted = fold(text.strip())
    if not wanted:
        return None
    if has_control(wanted):
        return Search(FALSE, FALSE)
    digits = search_digits(text, region=region)
    # What holds the text as it was written then holds its digits.
    parts = digits if any(part in wanted for part in digits) else (wanted, *digits)
    indexed = [_indexed(part) for part in parts]
    return Search(
        one_of([_holds(part) for part in parts]),
        one_of([part for part in indexed if part is not None]) if None not in indexed else None,
    )


def _indexed(part: str) -> Sql | None:
    """The contacts that hold a part, by an index; None where none tells of it."""
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
    """Two letters are no trigram; with what stands behind them they are, but at the end of the text."""
    return one_of(
        (
            Sql(f"{WORDS} ~ {MARK}", (f"{pair}[{FOLLOWING}]",)),
            Sql(f"{WORDS} LIKE {MARK}", (f"%{pair}",)),
            Sql(UNFORESEEN),
        )
    )


def _on_sqlite(part: str) -> Sql:
    """Its trigrams are of any characters; which of them begin with less than three is told by what there is of them."""
    if len(part) < _TRIGRAM:
        begun = part.translate(_AS_ON_SQLITE)
        found = Sql(_FOUND_ON_SQLITE.format(text=f"({_BEGINNING_WITH})"), (begun, begun + 2 * _LAST))
    else:
        found = Sql(_FOUND_ON_SQLITE.format(text=MARK), (_quoted(_telling(part)),))
    return found & _holds(part)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _holds(part: str) -> Sql:
    """Told of a row at hand: in words for which no index is tried."""
    return Sql(f"{'strpos' if is_postgres() else 'instr'}({_TEXT}, {MARK}) > 0", (part,))


def _telling(part: str) -> str:
    """What tells most of it: the last digits of a number, of an e-mail address the end of what is before the @."""
    name, at, _ = part.partition("@")
    told = (name + at)[-_TELLING:] if at else part[-_TELLING:] if part.isdigit() else part
    return told if _WORD.search(told.translate(_AS_LETTERS)) else part
