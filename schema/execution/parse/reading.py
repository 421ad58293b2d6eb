"""Parses and validates the text of a document, with limits on its size and on the work that it causes."""

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OverlappingFieldsCanBeMergedRule,
    Source,
    Token,
    TokenKind,
    parse,
    specified_rules,
    validate,
)
from graphql.validation.rules import overlapping_fields_can_be_merged
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from schema.execution.request_errors import RequestError, RequestErrorKind

from .merging import can_surely_be_merged
from .row_literals import ParsedText, lift_rows

MAX_NUMBER_CHARACTERS = 100
MAX_SUGGESTED = 3
"""A document with more errors gets no suggestions, because each suggestion takes up to ten milliseconds."""

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
_MERGED_RULES = tuple(rule for rule in RULES if rule is not OverlappingFieldsCanBeMergedRule)
_NUMBERS = (TokenKind.INT, TokenKind.FLOAT)
_ABORTED = "Validation aborted."

# The number of field comparisons after which graphql-core aborts. Its default of 500,000 takes two seconds.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 20_000


class TextReader:
    """Parses and validates texts. Thread-safe, because it keeps no state."""

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        max_characters: int,
        max_tokens: int,
    ) -> None:
        self._schema = schema
        self._max_characters = max_characters
        self._max_tokens = max_tokens

    def check_length(self, text: str) -> None:
        """Raises RequestError if the text is longer than allowed."""
        if len(text) > self._max_characters:
            message = f"The query has {len(text)} characters; at most {self._max_characters} are allowed."
            raise RequestError(RequestErrorKind.SYNTAX, [GraphQLError(message)])

    def read(self, text: str) -> ParsedText:
        """Returns the valid document of a text. Raises RequestError."""
        self.check_length(text)
        try:
            node = parse(text, max_tokens=self._max_tokens)
            _unlink_tokens(node)
        except GraphQLSyntaxError as error:
            raise RequestError(RequestErrorKind.SYNTAX, [error]) from None
        parsed = lift_rows(self._schema, node)
        errors = self._errors(parsed.node)
        if errors:
            raise RequestError(RequestErrorKind.VALIDATION, errors)
        return parsed

    def _errors(self, node: DocumentNode) -> list[GraphQLError]:
        is_merged = can_surely_be_merged(self._schema, node)
        rules = _MERGED_RULES if is_merged else RULES
        errors = validate(self._schema, node, rules, hide_suggestions=True)
        if 0 < len(errors) <= MAX_SUGGESTED:
            errors = validate(self._schema, node, rules)
        return [_explained(error) for error in errors]


def _unlink_tokens(node: DocumentNode) -> None:
    """Removes the links between tokens. Raises GraphQLSyntaxError if a number is too long.

    Each location refers to two tokens, so the links would keep all tokens of a text in reference cycles.
    """
    assert node.loc is not None
    token: Token | None = node.loc.start_token
    while token is not None:
        length = token.end - token.start
        if length > MAX_NUMBER_CHARACTERS and token.kind in _NUMBERS:
            raise _long_number(node.loc.source, token.start, length)
        following, token.next, token.prev = token.next, None, None
        token = following


def _long_number(source: Source, position: int, length: int) -> GraphQLSyntaxError:
    message = f"A number has {length} characters; at most {MAX_NUMBER_CHARACTERS} are allowed."
    return GraphQLSyntaxError(source, position, message)


def _explained(error: GraphQLError) -> GraphQLError:
    if error.message != _ABORTED:
        return error
    return GraphQLError(
        "The document selects the same fields too often, or is nested too deeply. Select each field once."
    )
