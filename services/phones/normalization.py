"""Normalizes phone numbers as written by people, spreadsheets and exports to dialled digits, for any country."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

LONGEST_TEXT: Final = 128
"""Maximum length of a text that can be a number, in characters after trimming."""

# Escaped, because many of them look like other characters.
_PLUSES: Final = frozenset("+\u207a\u208a\ufb29\ufe62\uff0b\u2795")
_DASHES: Final = frozenset("-_~\u2212\u2043\u02d7\u30fc\uff70\uff5e\u223c\u223d\u2053")
_DOTS: Final = frozenset(".\u00b7\u2022\u2027\u2219\u2024\uff0e\u3002\uff61\u066b")
_SLASHES: Final = frozenset("/\u2044\u2215\uff0f")
_QUOTES: Final = frozenset(
    "'\"`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u2032\uff07\uff02"
)
_BLANKS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_LINE_ENDS: Final = frozenset("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
_OPENING: Final = frozenset("[{(\uff08\uff3b\uff5b\ufe59\u3010")
_CLOSING: Final = frozenset("]})\uff09\uff3d\uff5d\ufe5a\u3011")


def _plainly(character: str) -> str | None:
    """Returns the ASCII equivalent of a character in a phone number, "" to ignore it, or None to keep it unchanged."""
    if character in _PLUSES:
        return "+"
    if character in _LINE_ENDS:
        return "\n"
    if character in _BLANKS or character.isspace():
        return " "
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.digit(character))
    if category == "Pd" or character in _DASHES:
        return "-"
    if character in _DOTS:
        return "."
    if character in _SLASHES:
        return "/"
    if character in _QUOTES:
        return "'"
    # Invisible: controls, direction marks, joiners, soft hyphens, and marks that turn a digit into an emoji.
    if category in ("Cc", "Cf", "Me") or "\ufe00" <= character <= "\ufe0f":
        return ""
    if character in _OPENING:
        return "("
    if character in _CLOSING:
        return ")"
    wide = unicodedata.normalize("NFKC", character)
    return wide if len(wide) == 1 and wide.isascii() and wide.isprintable() and not wide.isdigit() else None


class _Characters(dict[int, str | int]):
    """Translation table for str.translate. Caches each changed character at first use, a few hundred at most."""

    def __missing__(self, code: int) -> str | int:
        plain = _plainly(chr(code))
        if plain is None:
            return code
        self[code] = plain
        return plain


_CHARACTERS: Final = _Characters()
_AROUND: Final = " \n'=,;:"
_CLEAN: Final = re.compile(r"(?!00)\+?[0-9]{6,15}")
_DIALLED: Final = re.compile(r"[ ().\-/]*(\+?)\+*([0-9 ().\-/]*)")
_SEPARATORS: Final = str.maketrans("", "", " ().-/")
_FLOAT: Final = re.compile(r"(\+?[0-9]+)[.,]0{1,2}")
_GROUPED: Final = re.compile(r"(\+?[0-9]{1,3}(?:(?:,[0-9]{3}){2,}|(?:\.[0-9]{3}){2,}))(?:[.,]0{1,2})?")
_SCIENTIFIC: Final = re.compile(r"\+?([0-9])(?:[.,]([0-9]*))? ?E ?\+?([0-9]{1,2})", re.IGNORECASE)
_LABEL: Final = re.compile(
    r"(?:p|t|m|tel|telephone|phone|mobile|mob|cell|gsm|msisdn|whatsapp|wa|sms|smsto|callto)"
    r" ?(?::|\.:?)(?://)? *(?:%2B(?=[0-9]))?",
    re.IGNORECASE,
)
_PARAMETERS: Final = re.compile(r"([^;]*)((?:;[a-z][a-z0-9-]*(?:=[^;]*)?)+)", re.IGNORECASE)
_CONTEXT: Final = re.compile(r";phone-context=(\+[0-9().\-]*)", re.IGNORECASE)
_EXTENSION: Final = re.compile(
    r"(.*?[0-9].*?)[ ,(]*"
    r"(?:;ext=|(?:e?xt(?:ensi[o\u00f3]n)?n?|anexo|ramal|poste|interno?|\u0434\u043e\u0431)[ .:]*|[x#] ?|,,+|;)"
    r"([0-9]{1,9})[#) ]*",
    re.IGNORECASE,
)
_TRUNK_IN_BRACKETS: Final = re.compile(r"((?:\+|00)[0-9 ().\-]*?)\( ?0 ?\)")
_BREAKS: Final = tuple(
    re.compile(pattern)
    for pattern in (r"[,;|&\n]|:::", r"(?<=[0-9]) *(?=\+)", r"/", r" - ", r" [a-z]{1,3} ", r" {2,}", r" ")
)
_NUMBER_IN_TEXT: Final = re.compile(r"\+?[0-9][0-9 ().\-/]{4,}[0-9]")
_DIGITS_ASTRAY: Final = str.maketrans("oOlI", "0011")


def plain(text: str) -> str:
    """Returns the text with ASCII digits, one kind of dash, and no invisible characters, as phone numbers need it."""
    return text.translate(_CHARACTERS).strip(_AROUND)


def candidate_numbers(text: str) -> tuple[str, ...]:
    """Returns the possible numbers, as digits or + and digits, most likely first. Empty if the text is not one number.

    `00254…` may be dialled digits or mean +254…. The (0) of +44 (0)20… is omitted, or is part of the number (Italy).
    """
    if _CLEAN.fullmatch(text):
        return (text,)
    if len(text) > LONGEST_TEXT and len(text := text.strip()) > LONGEST_TEXT:
        return ()
    text = _unlabelled(plain(text))
    if ("." in text or "," in text) and (match := _FLOAT.fullmatch(text) or _GROUPED.fullmatch(text)):
        text = match[1].replace(",", "")  # a spreadsheet's number: 254712345678.0, or 254,712,345,678.00
    match = _DIALLED.fullmatch(text)
    if match is None:
        mended = _from_scientific(text)
        return () if mended is None else (mended,)
    if "/" in text and sum(len(part) - part.count(" ") >= 7 for part in text.split("/")) > 1:
        return ()
    number = match[1] + match[2].translate(_SEPARATORS)
    if number in ("", "+"):
        return ()
    forms = [number]
    if "(0)" in text or "( 0 )" in text:
        without = _TRUNK_IN_BRACKETS.sub(r"\1", text).translate(_SEPARATORS)
        if without != number:
            forms.append(without)
    if not match[1] and number.startswith("00") and len(number) > 2:
        forms = ["+" + form[2:] for form in forms] + [number]
    return tuple(forms)


def without_extension(text: str) -> str | None:
    """Returns the text before an extension (`ext. 12`, `x12`, `;ext=12`), or None if it has no extension."""
    match = _EXTENSION.fullmatch(_unlabelled(plain(text)))
    return None if match is None else match[1]


def parts(text: str) -> Iterator[list[str]]:
    """Yields the ways to split the text into several numbers, each as its parts in order."""
    text = plain(text)
    for break_ in _BREAKS:
        pieces = [piece for piece in break_.split(text) if any(map(str.isdigit, piece))]
        if len(pieces) > 1:
            yield pieces


def is_rounded(text: str) -> bool:
    """Returns whether a spreadsheet wrote the number as 2.547E+11, so that its last digits are lost."""
    text = _unlabelled(plain(text))
    return _SCIENTIFIC.fullmatch(text) is not None and _from_scientific(text) is None


def likely_digits(text: str) -> Iterator[str]:
    """Yields likely readings of a text: letters that resemble digits as digits, and numbers among words."""
    text = plain(text)
    mended = text.translate(_DIGITS_ASTRAY)
    if mended != text:
        yield mended
    yield from _NUMBER_IN_TEXT.findall(text)


def _unlabelled(text: str) -> str:
    """Removes phone labels: `tel:` and its parameters, the `p:` of Facebook's lead exports."""
    match = _LABEL.match(text)
    if match is None:
        return text.replace("%2B", "+", 1) if text.startswith("%2B") else text
    text = ("+" if match[0].upper().endswith("%2B") else "") + text[match.end() :]
    with_parameters = _PARAMETERS.fullmatch(text)
    if with_parameters is None or ";ext=" in text.lower():
        return text
    context = _CONTEXT.search(text)
    number = with_parameters[1]
    return context[1] + number if context and not number.startswith("+") else number


def _from_scientific(text: str) -> str | None:
    """Returns the number of 2.54712345678E+11, which still has all its digits, or None if digits are lost."""
    match = _SCIENTIFIC.fullmatch(text)
    if match is None:
        return None
    decimals, shift = match[2] or "", int(match[3])
    if len(decimals) < shift or decimals[shift:].strip("0"):
        return None
    return match[1] + decimals[:shift]
