"""The table of contact fields agrees with the model, the GraphQL types, imports and exports."""

from typing import cast

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType

import models
from schema.root import schema
from services.contacts.fields import EXPORTED, FIELDS, ContactField
from services.contacts.table import SIMPLE_COLUMNS, WRITTEN_COLUMNS
from services.exports import columns as export_columns
from services.imports import block_parsing, headers
from tests.docs.markdown import DOCS

INPUTS = ("ContactInput", "UpdateContactInput")
EVERY_FIELD = pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)


@EVERY_FIELD
def test_a_field_is_stored_and_staged_in_a_column_of_the_model(field: ContactField) -> None:
    assert field.name in models.Contact._meta.fields_map
    assert WRITTEN_COLUMNS[field.name] == block_parsing.COLUMNS[field.name] == field.kind
    assert (field.name in SIMPLE_COLUMNS) is (field.name not in ("phone", "external_id"))


@EVERY_FIELD
def test_a_field_is_in_the_type_and_in_both_inputs_with_its_limit(field: ContactField) -> None:
    types = schema._schema.type_map
    found = [cast(GraphQLInputObjectType, types[name]).fields[field.graphql_name] for name in INPUTS]

    assert field.graphql_name in cast(GraphQLObjectType, types["Contact"]).fields
    if field.limit is not None:
        assert all(f"at most {field.limit} characters" in (part.description or "") for part in found)


@EVERY_FIELD
def test_a_field_is_exported_under_a_header_that_an_import_knows(field: ContactField) -> None:
    is_by_label = field.name == "custom_variables"
    known = headers.field_of(field.name)

    assert (known is not None and known[0] == field.name) is not is_by_label
    assert (field.name in headers.FIELDS) is (field.name in export_columns.COLUMNS) is not is_by_label


def test_each_exported_column_has_its_own_position() -> None:
    positions = [field.export_column for field in FIELDS if field.export_column is not None]

    assert sorted(positions) == list(range(1, len(EXPORTED) + 1))


def test_every_exported_column_is_documented() -> None:
    text = (DOCS / "imports.md").read_text(encoding="utf-8")

    assert [name for name in export_columns.COLUMNS if f"`{name}`" not in text] == []
