"""Texts, parsed and validated once."""

from collections import OrderedDict

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from .operations import Operation, directives_in
from .pricing import Pricing
from .requests import Refusal, RequestError

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
MAX_CACHED_CHARACTERS = 20_000
CACHED_CHARACTERS_PER_TEXT = 100


class Document:
    """A valid document."""

    def __init__(self, schema: GraphQLSchema, node: DocumentNode, pricing: Pricing | None) -> None:
        self._schema = schema
        self._node = node
        self._pricing = pricing
        self._operations: dict[str | None, Operation] = {}

    def operation(self, name: str | None) -> Operation:
        """The operation of this name, or the only one. Raises RequestError."""
        operation = self._operations.get(name)
        if operation is None:
            operation = self._operations[name] = self._operation(self._chosen(name))
        return operation

    def _chosen(self, name: str | None) -> OperationDefinitionNode:
        nodes = [node for node in self._node.definitions if isinstance(node, OperationDefinitionNode)]
        problem = f"Unknown operation named '{name}'."
        if name is not None:
            nodes = [node for node in nodes if node.name is not None and node.name.value == name]
        elif nodes:
            problem = "Must provide operation name if query contains multiple operations."
        else:
            problem = "Must provide an operation."
        if len(nodes) != 1:
            raise RequestError(Refusal.OPERATION, [GraphQLError(problem)])
        return nodes[0]

    def _operation(self, node: OperationDefinitionNode) -> Operation:
        definitions = self._node.definitions
        fragments = {
            definition.name.value: definition
            for definition in definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        return Operation(self._schema, node, fragments, list(directives_in(definitions)), self._pricing)


class Documents:
    """The valid documents of late, by their text.

    A text is kept from its second time on, so that texts that never come again don't drive out those that do. What is
    kept is bounded in number and in length: a document and its plan take some 450 bytes for each character of the text.
    """

    def __init__(
        self, schema: GraphQLSchema, *, cache_size: int, max_tokens: int, pricing: Pricing | None = None
    ) -> None:
        self._schema = schema
        self._max_tokens = max_tokens
        self._pricing = pricing
        self._cache_size = cache_size
        self._cache_characters = cache_size * CACHED_CHARACTERS_PER_TEXT
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._kept_characters = 0
        self._seen_once: OrderedDict[int, None] = OrderedDict()

    def get(self, text: str) -> Document:
        """The document of this text. Raises RequestError."""
        document = self._kept.get(text)
        if document is not None:
            self._kept.move_to_end(text)
            return document
        document = self._parse(text)
        if self._is_worth_keeping(text):
            self._keep(text, document)
        return document

    def _parse(self, text: str) -> Document:
        try:
            node = parse(text, max_tokens=self._max_tokens)
        except GraphQLSyntaxError as error:
            raise RequestError(Refusal.SYNTAX, [error]) from None
        errors = validate(self._schema, node, RULES)
        if errors:
            raise RequestError(Refusal.VALIDATION, errors)
        return Document(self._schema, node, self._pricing)

    def _is_worth_keeping(self, text: str) -> bool:
        if len(text) > MAX_CACHED_CHARACTERS or self._cache_size <= 0:
            return False
        fingerprint = hash(text)
        if fingerprint in self._seen_once:
            del self._seen_once[fingerprint]
            return True
        self._seen_once[fingerprint] = None
        if len(self._seen_once) > self._cache_size:
            self._seen_once.popitem(last=False)
        return False

    def _keep(self, text: str, document: Document) -> None:
        self._kept[text] = document
        self._kept_characters += len(text)
        while len(self._kept) > self._cache_size or self._kept_characters > max(self._cache_characters, len(text)):
            oldest, _ = self._kept.popitem(last=False)
            self._kept_characters -= len(oldest)
