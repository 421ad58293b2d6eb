"""The folded form of the texts in `contact.search_text`, and of the texts that people search for.

Python folds both, so the result does not depend on the database, its version or its collation. The module belongs to
no package, because migrations use it, and the processes that parse imported files must not load the models.
"""

import re
import unicodedata

# Accents of Latin, Greek and Cyrillic letters, points of Hebrew and Arabic ones, and invisible characters. They are
# listed, because Unicode's category of combining characters also contains vowels, for example of Hindi and Thai.
_REMOVED = re.compile(
    "["
    "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff"
    "]+"
)
# Letters that Unicode does not decompose, and typographic punctuation.
_REPLACED = str.maketrans(
    {
        **dict(zip("øłđðħŧıɓɗƙƴɛɔŋ", "olddhtibdkyeon", strict=True)),
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        **dict.fromkeys("‘’‛ʼ", "'"),
        **dict.fromkeys("“”‟", '"'),
        **dict.fromkeys("‐‒–—―−", "-"),
    }
)


def search_key(text: str) -> str:
    """Returns the text without case, accents and invisible characters. A compatible character becomes an ordinary one.

    Folding the result again, or a text that is already case-folded, makes no difference.
    """
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", text).casefold())
    return unicodedata.normalize("NFC", _REMOVED.sub("", folded).casefold().translate(_REPLACED))
