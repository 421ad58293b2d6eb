"""Recognizes columns of phone numbers by the words of their headers, and the kind of number that a label names."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

MOBILE: Final = 0
OTHER: Final = 3
FAX: Final = -1
_PHONE_WORDS: Final = {
    **dict.fromkeys(
        "mobile mobiles mob cell cells cellphone cellphones cellular gsm msisdn iphone handy portable portables movil "
        "moviles celular celulares telemovel telemoveis rununu mkononi".split(),
        MOBILE,
    ),
    **dict.fromkeys("whatsapp wa".split(), 1),
    **dict.fromkeys(
        "phone phones telephone telephones tel tels fone fones telefono telefonos telefone telefones simu".split(),
        2,
    ),
}
"""Words of a phone column, with the rank of its kind: the first kind with a number counts."""
_KIND_WORDS: Final = {
    **dict.fromkeys("other others alternate alternative alt secondary second autre otro outro nyingine".split(), OTHER),
    **dict.fromkeys("home house residence domicile casa residencial particular nyumbani".split(), 4),
    **dict.fromkeys(
        "work business office company bureau travail professionnel trabajo trabalho comercial kazini ofisi".split(),
        5,
    ),
}
_NEUTRAL_WORDS: Final = frozenset(
    "number numbers no nos num nr n numero numeros namba nambari ya za primary main principal contact contacts "
    "contacto contato customer client cliente member person personal user subscriber recipient your my votre mon su "
    "seu the a of de du da do del la le el what is please enter e 164 formatted full current active preferred best "
    "default value valid s 1".split()
)
_NO_PHONE: Final = frozenset("fax pager bip".split())
_CAMEL: Final = re.compile(r"(?<=[a-z])(?<!\bWhats)(?<!\bi)(?=[A-Z])")
_EXPLANATION: Final = re.compile(r"\b(?:with|incl\w*|e\.?g|example|format|ejemplo|exemple|exemplo)\b.*", re.IGNORECASE)
_WORD: Final = re.compile(r"[a-z]+|[0-9]+")
_LATER: Final = re.compile(r"[2-9]|1[0-9]")


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", _CAMEL.sub(" ", text)).casefold()
    return _WORD.findall("".join(character for character in plain if not unicodedata.combining(character)))


@lru_cache(maxsize=1024)
def rank_of_header(header: str) -> int | None:
    """Returns the rank of `Phone Number (WhatsApp)` or `Phone - Mobile`, or None if it has other words, too.

    Ignores the text after `with`, `e.g.` and similar words, which explains the column.
    """
    words = _words(_EXPLANATION.sub("", header))
    phones = [_PHONE_WORDS[word] for word in words if word in _PHONE_WORDS]
    kinds = [_KIND_WORDS[word] for word in words if word in _KIND_WORDS]
    kinds += [OTHER for word in words if _LATER.fullmatch(word)]
    known = sum(word in _NEUTRAL_WORDS for word in words)
    if not phones or len(phones) + len(kinds) + known < len(words):
        return None
    return max(kinds, default=min(phones))


@lru_cache(maxsize=1024)
def rank_of_label(label: str) -> int | None:
    """Returns the rank of the number beside a label such as `Mobile` or `Home`; FAX for a fax, None for other words."""
    words = _words(label)
    if not _NO_PHONE.isdisjoint(words):
        return FAX
    phones = [_PHONE_WORDS[word] for word in words if word in _PHONE_WORDS]
    kinds = [_KIND_WORDS[word] for word in words if word in _KIND_WORDS]
    if MOBILE in phones:
        return MOBILE
    return max(kinds, default=min(phones, default=None))
