"""Search texts are folded once for all databases, and a migration folds those of earlier versions."""

import sys
import unicodedata
from types import SimpleNamespace
from typing import Any, cast

import pytest

from models.db import database
from models.migrations import _tables
from search_key import search_key
from services.input.text import fold
from tests.support.api_client import Api
from tests.support.rows import insert_contacts

NAMES = ["Lucía Peña", "plain", "Łódź", "STRASSE", "محمد", "Élodie", "ᾳ"]


def test_folding_again_makes_no_difference_for_any_character() -> None:
    wrong = []
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if unicodedata.category(character) in ("Cs", "Cn", "Co"):
            continue
        folded = search_key(character)
        if not search_key(folded) == search_key(fold(character)) == folded:
            wrong.append(character)

    assert wrong == []


@pytest.mark.plain_postgres
async def test_a_migration_folds_the_texts_of_earlier_versions_in_steps(
    api: Api, stranger: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_tables, "SEARCH_TEXTS_AT_ONCE", 2)
    for one in (api, stranger):
        rows = [{"phone": f"+25471200000{place}", "name": name} for place, name in enumerate(NAMES)]
        await insert_contacts(one, rows)
    for name in NAMES:
        await database.execute("UPDATE contact SET search_text = $1 WHERE full_name = $2", fold(name), name)
    editor: Any = SimpleNamespace(client=database.connection())

    await _tables.FoldSearchTexts().database_forward("models", cast(Any, None), cast(Any, None), editor)

    texts = await database.fetch("SELECT full_name, search_text FROM contact ORDER BY phone, account_id")
    assert [tuple(row) for row in texts] == [(name, search_key(fold(name))) for name in NAMES for _ in range(2)]
