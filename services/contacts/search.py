"""Search for contacts by words in names, e-mail, company and phone.

`contact.search_text` contains these values, folded (see search_key), one per line. PostgreSQL has four indexes
(0036_search_numbers.sql):

- Words and numbers. The words are indexed by trigrams of the text without the line of the phone. Trigrams consist only
  of letters and digits, so characters that are frequent between words are replaced with rare letters. There are only a
  thousand trigrams of digits, so the phone is indexed by its groups of five digits.
- Words with five digits in a row, which few contacts have outside the phone.
- Rare characters.
- Rows in which an unforeseen character follows a letter or digit.

SQLite's index is created in 0012_short_search.sql.
"""

import re
from collections.abc import Sequence
from itertools import chain, groupby, product

from models.db.database import is_postgres
from models.db.sql import FALSE, MARK, Search, Sql, all_of, contains, one_of
from search_key import search_key
from services.input.text import has_control
from services.phones.numbers import search_digits

MAX_SEARCH = 200
_TEXT = "contact.search_text"
_TRIGRAM = 3

# PostgreSQL's trigrams: characters between words, and the rare letters that replace them. Nested calls of replace() are
# four times as fast as translate().
_LETTERS = {" ": "ϣ", ".": "ϥ", "@": "ϧ", "-": "ϫ"}
_AS_LETTERS = str.maketrans(_LETTERS)
LETTERS = "".join(_LETTERS.values())
WORDS = f"replace(E'\\n' || {_TEXT} || E'\\n', E'\\n' || contact.phone || E'\\n', E'\\n')"
for _between, _letter in _LETTERS.items():
    WORDS = f"replace({WORDS}, '{_between}', '{_letter}')"
_WORD = re.compile(r"[^\W_]{3}")
_PAIR = re.compile(f"[a-z0-9{LETTERS}]{{2}}")

# The groups of adjacent digits of a phone, a plus and at most 15 digits, as integers, which are faster than texts.
_GROUP = 5
_GROUPS = ", ".join(f"contact.phone::bigint / {10**behind} % {10**_GROUP}" for behind in range(16 - _GROUP))
NUMBERS = f"(ARRAY[{_GROUPS}]::int[])[:length(contact.phone) - {_GROUP}]"
LONG_DIGITS = f"{WORDS} ~ '[0-9]{{{_GROUP}}}'"
_DIGITS = re.compile(r"\+?([0-9]+)")

# Characters that are frequent in nearly every account. All other characters are indexed.
COMMON = "abcdefghiklmnoprstuvwy0123456789+@. "
CHARACTERS = f"string_to_array(regexp_replace({_TEXT}, '[{COMMON}\\n]+', '', 'g'), NULL)"
# Characters that are expected after a letter or digit: ASCII without capitals. The search for a pair of characters
# combines it with each of them. PostgreSQL uses its trigram index for this only with at most 256 characters.
FOLLOWING = LETTERS + r" -@\[-~\n"
UNFORESEEN = f"{WORDS} ~ '([a-z0-9]|[a-z0-9{LETTERS}][{LETTERS}])[^{FOLLOWING}]'"

_FOUND_ON_SQLITE = "contact.search_rowid IN (SELECT rowid FROM contact_search WHERE contact_search MATCH {text})"
# Matches any of the indexed trigrams in a range. If there are none, matches a trigram that no text has: each text ends
# with two line feeds and starts with none.
_BEGINNING_WITH = f"""(
SELECT coalesce(group_concat('"' || replace(term, '"', '""') || '"', ' OR '), '"' || char(10, 10, 10) || '"')
FROM contact_search_terms WHERE term >= {MARK} AND term <= {MARK})
"""
_LAST = "\U0010ffff"
# Characters that SQLite's index replaces. It keeps all other characters of a folded text.
_AS_ON_SQLITE = str.maketrans("\ufffe\uffff", "\ufffd\ufffd")

# Number of characters of a long text to look up in an index. More characters cost more and narrow the result little.
_TELLING = 9
# Number of words to look up in an index. The rows that it finds are compared with all words.
_LOOKED_UP = 8
_SHORT_LOOKED_UP = 2

_Parts = tuple[str, ...]
"""The texts of which a contact must contain one: a word, or the forms of a phone number."""


def is_blank(text: str) -> bool:
    """Returns whether a search text has no words, and therefore is no condition."""
    return not search_key(text).split()


def search(text: str | None, *, region: str | None) -> Search | None:
    """Returns a search for contacts that contain all words of a text, in any order; None for a blank text.

    A word is part of a name, e-mail, company or phone. A text that can be a phone number, in any written form, is one
    word.
    """
    words = search_key(text).split() if text is not None else []
    if text is None or not words:
        return None
    if has_control("".join(words)):
        return Search(FALSE, FALSE)
    if digits := search_digits(text.strip(), region=region):
        groups = [_parts(" ".join(words), digits)]
    else:
        groups = _groups(words, region)
    plain = all_of([one_of([_holds(part) for part in parts]) for parts in groups])
    indexed = _on_postgres(groups) if is_postgres() else _on_sqlite(groups)
    return Search(plain, indexed if indexed is None else indexed & plain)


def _groups(words: Sequence[str], region: str | None) -> list[_Parts]:
    """Returns the parts of each word, longest word first, without words that are part of another word.

    Words of digits that follow each other can be one number, so each of them may also be found by that number.
    """
    alone = {word: search_digits(word, region=region) for word in words}
    digits: dict[str, _Parts] = {}
    for _, run in groupby(words, key=lambda word: bool(alone[word])):
        of_run = list(run)
        together = search_digits(" ".join(of_run), region=region)
        digits |= {word: (*alone[word], *together) for word in of_run}
    longest: list[str] = []
    for word in sorted(digits, key=lambda word: (-len(word), word)):
        if not any(word in longer for longer in longest):
            longest.append(word)
    return [_parts(word, digits[word]) for word in longest]


def _parts(word: str, digits: _Parts) -> _Parts:
    """Returns the word and its digits, without those that contain another part and therefore match nothing more."""
    parts = dict.fromkeys((word, *digits))
    return tuple(part for part in parts if not any(other != part and other in part for other in parts))


def _on_postgres(groups: Sequence[_Parts]) -> Sql | None:
    """Returns a condition for the contacts that the indexes find; None if no index applies.

    Words with a trigram are enough, because the other indexes find more rows.
    """
    by_trigrams = [parts for parts in groups if all(_has_trigram(part) for part in parts)]
    conditions = []
    for parts in by_trigrams or groups:
        indexed = [condition for part in parts if (condition := _indexed(part)) is not None]
        if len(indexed) == len(parts):
            conditions.append(one_of(indexed))
    return all_of(conditions[:_LOOKED_UP]) if conditions else None


def _indexed(part: str) -> Sql | None:
    """Returns a condition on PostgreSQL's indexes for contacts that contain a part; None if none applies."""
    if digits := _DIGITS.fullmatch(part):
        return by_digits(digits[1])
    words = _telling(part).translate(_AS_LETTERS)
    if _WORD.search(words):
        return contains(WORDS, words)
    if _PAIR.fullmatch(words):
        return _by_what_follows(words)
    rare = sorted(set(part) - set(COMMON))
    return Sql(f"{CHARACTERS} @> {MARK}::text[]", (rare,)) if rare else None


def by_digits(digits: str) -> Sql | None:
    """Returns a condition for digits, which may be part of the phone or of another text.

    Fewer than five digits are completed to each group that contains them. That is no help for one or two digits, which
    nearly every account has in its first few contacts.
    """
    if len(digits) < _TRIGRAM:
        return None
    digits = _telling(digits)
    groups = [digits[place : place + _GROUP] for place in range(len(digits) - _GROUP + 1)] or _completed(digits)
    operator = "@>" if len(digits) >= _GROUP else "&&"
    in_phone = Sql(f"{NUMBERS} {operator} {MARK}::int[]", ([int(group) for group in groups],))
    in_words = contains(WORDS, digits)
    return one_of((in_phone, in_words if len(digits) < _GROUP else in_words & Sql(LONG_DIGITS)))


def _completed(digits: str) -> list[str]:
    """Returns all groups of five digits that contain the given ones."""
    missing = _GROUP - len(digits)
    others = ["".join(other) for other in product("0123456789", repeat=missing)]
    return [other[:before] + digits + other[before:] for before in range(missing + 1) for other in others]


def _has_trigram(part: str) -> bool:
    return _WORD.search(part.translate(_AS_LETTERS)) is not None


def _by_what_follows(pair: str) -> Sql:
    """Returns a condition for a pair of characters, which is too short for a trigram.

    Searches for the pair with each expected next character, and in the rows with unforeseen characters.
    """
    return one_of((Sql(f"{WORDS} ~ {MARK}", (f"{pair}[{FOLLOWING}]",)), Sql(UNFORESEEN)))


def _on_sqlite(groups: Sequence[_Parts]) -> Sql | None:
    """Returns a condition on SQLite's trigram index, whose trigrams consist of any characters; None if it is no help.

    For fewer than three characters, matches the indexed trigrams that begin with them. These are many, so short words
    are only looked up if no word is longer, at most two of them, and no single character that is frequent.
    """
    telling = [parts for parts in groups if all(part not in COMMON or len(part) > 1 for part in parts)]
    if not telling:
        return None
    longest = min(max(_shortest(parts) for parts in telling), _TRIGRAM)
    looked_up = [parts for parts in telling if _shortest(parts) >= longest]
    if longest < _TRIGRAM:
        looked_up.sort(key=lambda parts: sum(character in COMMON for character in "".join(parts)))
    looked_up = looked_up[: _LOOKED_UP if longest == _TRIGRAM else _SHORT_LOOKED_UP]
    terms = [[_term(part) for part in parts] for parts in looked_up]
    either = [" || ' OR ' || ".join(term.text for term in parts) for parts in terms]
    text = " || ' AND ' || ".join(f"'(' || {parts} || ')'" for parts in either)
    return Sql(_FOUND_ON_SQLITE.format(text=text), tuple(chain.from_iterable(term.values for term in chain(*terms))))


def _shortest(parts: _Parts) -> int:
    return min(len(part) for part in parts)


def _term(part: str) -> Sql:
    """Returns the text of a part in a full-text query."""
    if len(part) >= _TRIGRAM:
        return Sql(MARK, (_quoted(_telling(part)),))
    begun = part.translate(_AS_ON_SQLITE)
    return Sql(_BEGINNING_WITH, (begun, begun + 2 * _LAST))


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
