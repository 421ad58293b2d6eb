"""Guesses an encoding: the one in which a sample of the file has the most likely names."""

import codecs
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.imports.encodings import likelihood

_PRIORS: Final = {
    "cp1252": 3.0,
    "cp1250": 1.0,
    "cp1251": 1.0,
    "cp1254": 0.0,
    "cp1256": 0.0,
    "cp1253": 0.0,
    "cp1255": 0.0,
    "mac_roman": 0.0,
    "cp932": 0.0,
    "gb18030": 0.0,
    "cp949": 0.0,
    "cp1257": -1.0,
    "cp874": -1.0,
    "big5hkscs": -1.0,
    "euc_jp": -2.0,
    "koi8_r": -2.0,
    "mac_cyrillic": -3.0,
    "mac_latin2": -3.0,
    "cp850": -3.0,
    "cp852": -3.0,
    "cp866": -3.0,
    "iso8859_2": -3.0,
    "koi8_u": -3.0,
    "iso8859_5": -4.0,
    "iso8859_6": -4.0,
    "iso8859_7": -4.0,
    "mac_greek": -4.0,
    "mac_turkish": -4.0,
    "cp720": -4.0,
    "cp737": -4.0,
    "cp857": -4.0,
    "cp862": -4.0,
}
_OF_SEVERAL_BYTES: Final = frozenset({"cp932", "gb18030", "cp949", "big5hkscs", "euc_jp"})
"""The encodings that are tried, with the logarithms of their frequencies."""

_LABELS: Final = {
    "cp874": "windows-874",
    **{f"cp{page}": f"windows-{page}" for page in range(1250, 1259)},
    **{f"cp{page}": f"ibm{page}" for page in (720, 737, 850, 852, 857, 862, 866)},
    "mac_roman": "macintosh",
    "mac_cyrillic": "x-mac-cyrillic",
    "mac_latin2": "x-mac-ce",
    "cp932": "shift_jis",
    "gb18030": "gbk",
    "cp949": "euc-kr",
    "big5hkscs": "big5",
    "euc_jp": "euc-jp",
    "koi8_r": "koi8-r",
    "iso8859_2": "iso-8859-2",
}
_SUPERSETS: Final = {  # as browsers read these labels, see https://encoding.spec.whatwg.org/#names-and-labels
    **{label: codec for codec, label in _LABELS.items()},
    "ascii": "utf_8",
    "iso8859_1": "cp1252",
    "iso8859_9": "cp1254",
    "shift_jis": "cp932",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "utf_8_sig": "utf_8",
}
_NO_CHARACTERS: Final = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf_7"})
_LONGEST_LABEL: Final = 50
_LEAST_LIKELY: Final = -6.3
"""The lowest likelihood of a plausible reading, for each byte beyond ASCII. Random bytes have less."""
_SURELY_LIKELY: Final = {False: -4.0, True: -4.8}
"""The lowest likelihood of a sure reading, by whether characters have several bytes."""
_SURE_DISTANCE: Final = 12.0
"""A reading is sure if it is e^12 times as likely as any other."""


@dataclass(frozen=True, slots=True)
class Guess:
    """The name of a codec. `is_sure` is false if another codec reads the sample almost as well."""

    codec: str
    is_sure: bool


def codec_of(label: str) -> str | None:
    """Returns the codec for a client's name of an encoding, or None if the name is unknown."""
    name = label[:_LONGEST_LABEL].strip().lower()
    try:
        found = codecs.lookup(_SUPERSETS.get(name, name)).name.replace("-", "_")
        if found in _NO_CHARACTERS or not isinstance(b"a".decode(found), str):
            return None
    except (LookupError, ValueError):
        return None
    return _SUPERSETS.get(found, found)


def label_of(codec: str) -> str:
    """Returns the name of a codec's encoding for people, such as windows-1251."""
    return _LABELS.get(codec, codec.replace("_", "-").replace("iso8859", "iso-8859"))


def guess(cells: Sequence[bytes]) -> Guess | None:
    """Returns the codec of the cells, or None if no codec makes them plausible.

    Every cell has bytes beyond ASCII.
    """
    size = sum(byte > 0x7F for cell in cells for byte in cell)
    readings = []
    for codec, prior in _PRIORS.items():
        texts = [cell.decode(codec, "replace") for cell in cells]
        readings.append((likelihood.score(texts) + prior, codec, texts))
    best, codec, texts = max(readings, key=lambda reading: reading[0])
    if best < _LEAST_LIKELY * size:
        return None
    rival = max(value for value, _, others in readings if others != texts)
    return Guess(codec, best - rival > _SURE_DISTANCE and best > _SURELY_LIKELY[codec in _OF_SEVERAL_BYTES] * size)
