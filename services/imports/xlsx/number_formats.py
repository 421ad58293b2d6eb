"""Formats numbers as Excel displays them, if the format adds or shows something that a plain number lacks.

See ECMA-376, part 1, 18.8.31 (numFmts). Formats that only round, group or abbreviate a number are left out, because the
plain number has all its digits. The reader of the workbook recognizes dates and durations.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

BUILT_IN: Final = {9: "0%", 10: "0.00%"}
"""Formats without a code in the workbook that `formatter` supports."""

_SECTION: Final = re.compile(r'(?:"[^"]*"|\\.|\[[^\]]*\]|[^;"\\\[])*')
_TOKEN: Final = re.compile(r'"([^"]*)"|\\(.)|_(?:.)|\*(?:.)|\[([^\]]*)\]|(General)|(.)', re.IGNORECASE | re.DOTALL)
_CONDITION: Final = re.compile(r"(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)")
_PLACEHOLDERS: Final = "0#?"
_COMPARED: Final[dict[str, Callable[[float, float], bool]]] = {
    "<=": float.__le__,
    ">=": float.__ge__,
    "<>": float.__ne__,
    "<": float.__lt__,
    ">": float.__gt__,
    "=": float.__eq__,
}

Formatter = Callable[[float], str | None]
"""Returns the number as the sheet displays it, or None if the plain number shows as much."""


class _Section(NamedTuple):
    """A part of a format. `tokens` has placeholders as 0, # and ?, and literal texts with `=` in front."""

    condition: tuple[str, float] | None
    tokens: tuple[str, ...]
    decimals: int | None
    """Decimals of a percentage; None for other formats."""


def formatter(code: str) -> Formatter | None:
    """Returns the formatter of a format code, or None if numbers of this format are read as plain numbers."""
    sections = [_parsed(part) for part in _SECTION.findall(code) if part][:3]
    if not any(sections):
        return None

    def shown(value: float) -> str | None:
        section = _chosen(sections, value)
        if section is None:
            return None
        if section.decimals is not None:
            return f"{value * 100:.{section.decimals}f}%"
        return _whole(section, value, has_own_sign=len(sections) > 1) if value.is_integer() else None

    def padded(value: float) -> str | None:
        """Fast path of formats such as 00000."""
        return f"{int(value):0{len(code)}d}" if value >= 0 and value.is_integer() else shown(value)

    return shown if code.strip("0") else padded


def _chosen(sections: Sequence[_Section | None], value: float) -> _Section | None:
    for section in sections:
        if section is not None and section.condition is not None:
            sign, limit = section.condition
            if _COMPARED[sign](value, limit):
                return section
    rest = [section for section in sections if section is None or section.condition is None]
    if len(rest) < len(sections):  # the format has conditions, so the section without one is for all other numbers
        return rest[0] if rest else None
    return rest[1 if value < 0 and len(rest) > 1 else 2 if not value and len(rest) > 2 else 0]


def _parsed(part: str) -> _Section | None:
    """Returns the section, or None if its numbers are read as plain numbers."""
    condition, tokens = None, []
    for quoted, escaped, bracket, general, other in _TOKEN.findall(part):
        if bracket:
            if match := _CONDITION.fullmatch(bracket):
                condition = match[1], float(match[2])
        elif general:
            return None
        elif quoted or escaped:
            tokens.append("=" + (quoted or escaped))
        elif other and other in _PLACEHOLDERS + ".%":
            tokens.append(other)
        elif other and other in "+-() /:$":
            tokens.append("=" + other)
        elif other:  # a date, a scientific or a grouped number, or a text
            return None
    return _section(condition, tokens)


def _section(condition: tuple[str, float] | None, tokens: Sequence[str]) -> _Section | None:
    if tokens and tokens[-1] == "%":
        decimals = len(tokens) - 2 - tokens.index(".") if "." in tokens else 0
        return _Section(condition, (), decimals) if set(tokens) <= {"0", "#", ".", "%"} else None
    if "." in tokens or "%" in tokens or "=/" in tokens:
        return None
    literals = "".join(token[1:] for token in tokens if token[0] == "=")
    if "0" in tokens:  # every placeholder behind a 0 shows a digit
        start = tokens.index("0")
        tokens = [*tokens[:start], *("0" if token in _PLACEHOLDERS else token for token in tokens[start:])]
    pads = tokens.count("0") > 1
    if not any(token in _PLACEHOLDERS for token in tokens) or not (pads or (literals and not _has_letter(literals))):
        return None
    return _Section(condition, tuple(tokens), None)


def _has_letter(text: str) -> bool:
    return any(map(str.isalpha, text))


def _whole(section: _Section, value: float, *, has_own_sign: bool) -> str:
    """Returns a whole number in the section's placeholders. Further digits go to the first placeholder."""
    digits = f"{abs(int(value))}"
    shown: list[str] = []
    first = next(place for place, token in enumerate(section.tokens) if token in _PLACEHOLDERS)
    for place in range(len(section.tokens) - 1, -1, -1):
        token = section.tokens[place]
        if token[0] == "=":
            shown.append(token[1:])
        elif place == first:
            shown.append(digits or ("0" if token == "0" else ""))
        elif digits:
            shown.append(digits[-1])
            digits = digits[:-1]
        elif token == "0":
            shown.append("0")
    sign = "-" if value < 0 and not has_own_sign else ""
    return sign + "".join(reversed(shown)).strip()
