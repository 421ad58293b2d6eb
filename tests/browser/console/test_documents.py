"""The documents of the console are valid, and its modules use each of them."""

import pytest
from graphql import OperationDefinitionNode, parse, validate

from schema.root import schema
from web.console.files import FOLDER, documents

DOCUMENTS = documents()


def _operation_name(text: str) -> str:
    [operation] = [each for each in parse(text).definitions if isinstance(each, OperationDefinitionNode)]
    assert operation.name is not None
    return operation.name.value


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_document_is_one_valid_operation_whose_name_starts_with_console(name: str) -> None:
    assert validate(schema._schema, parse(DOCUMENTS[name])) == []
    assert _operation_name(DOCUMENTS[name]).startswith("Console")


def test_each_document_has_an_operation_name_of_its_own_and_a_module_that_names_it() -> None:
    names = [_operation_name(text) for text in DOCUMENTS.values()]
    modules = "".join(path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.js"))

    assert len(set(names)) == len(names)
    assert [name for name in DOCUMENTS if f'"{name.removeprefix("console/")}"' not in modules] == []
