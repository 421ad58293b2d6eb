"""Valid documents, and a cache of the documents that clients send more than once."""

import sys
from collections import OrderedDict

from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
)

from schema.execution.price_interface import Pricing
from schema.execution.request_errors import RequestError, RequestErrorKind

from .operations import Operation, directives_in
from .reading import TextReader
from .row_literals import ParsedText

MAX_SHARE = 8
"""The cache does not keep a document that is larger than one eighth of it."""
_SEEN = 2000
# Measured memory of a document and of a plan: a constant part, and a part for each token of the text.
_DOCUMENT_BYTES, _DOCUMENT_BYTES_PER_TOKEN = 1000, 400
_PLAN_BYTES, _PLAN_BYTES_PER_TOKEN = 8000, 900


class Document:
    """A valid document."""

    def __init__(self, schema: GraphQLSchema, parsed: ParsedText, text: str, pricing: Pricing | None) -> None:
        self._schema = schema
        self._node = node = parsed.node
        self._rows = parsed.rows
        self._text = text
        self._pricing = pricing
        token_count = node.token_count or 0
        self._own_bytes = _DOCUMENT_BYTES + 2 * sys.getsizeof(text) + token_count * _DOCUMENT_BYTES_PER_TOKEN
        self._plan_bytes = _PLAN_BYTES + token_count * _PLAN_BYTES_PER_TOKEN
        self._operations: dict[str | None, Operation] = {}
        self._fragments = {
            definition.name.value: definition
            for definition in node.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }

    @property
    def bytes(self) -> int:
        """The estimated memory of the document and its plans. Counts at least one plan."""
        plans = sum([operation.plan_count for operation in self._operations.values()])
        return self._own_bytes + max(plans, 1) * self._plan_bytes

    def operation(self, name: str | None) -> Operation:
        """Returns the operation with this name, or the only operation. Raises RequestError."""
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
            raise RequestError(RequestErrorKind.OPERATION, [GraphQLError(problem)])
        return nodes[0]

    def _operation(self, node: OperationDefinitionNode) -> Operation:
        directives = list(directives_in(self._node.definitions))
        return Operation(self._schema, node, self._fragments, directives, self._pricing, self._rows, self._text)


class Documents:
    """An LRU cache of documents by their texts.

    It keeps a text that is added for the second time, so texts that clients send only once do not evict others.
    `max_bytes` limits the estimated memory of the documents and their plans. Not thread-safe.
    """

    def __init__(
        self, schema: GraphQLSchema, reader: TextReader, *, max_bytes: int, pricing: Pricing | None = None
    ) -> None:
        self._schema = schema
        self._reader = reader
        self._pricing = pricing
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, tuple[Document, int]] = OrderedDict()
        """The document of each text, and the number of bytes counted for it."""
        self._kept_bytes = 0
        self._seen_once: OrderedDict[int, None] = OrderedDict()

    def __len__(self) -> int:
        """Returns the number of documents in the cache."""
        return len(self._kept)

    @property
    def bytes(self) -> int:
        """Returns the estimated memory of the documents and their plans."""
        return self._kept_bytes

    def known(self, text: str) -> Document | None:
        """Returns the document of a text; None if it is not in the cache."""
        cached = self._kept.get(text)
        if cached is None:
            return None
        self._kept.move_to_end(text)
        return cached[0]

    def recount(self, text: str) -> None:
        """Counts the memory of a text's document again, after a plan was added."""
        cached = self._kept.get(text)
        if cached is not None:
            self._forget(text)
            self._keep(text, cached[0])

    def get(self, text: str) -> Document:
        """Returns the document of a text, from the cache or newly read. Raises RequestError."""
        return self.known(text) or self.add(text, self._reader.read(text))

    def add(self, text: str, parsed: ParsedText) -> Document:
        """Returns the document of a parsed text. Adds it to the cache if the text was added before."""
        document = Document(self._schema, parsed, text, self._pricing)
        if self._came_before(text):
            self._keep(text, document)
        return document

    def _came_before(self, text: str) -> bool:
        fingerprint = hash(text)
        if fingerprint in self._seen_once:
            del self._seen_once[fingerprint]
            return True
        self._seen_once[fingerprint] = None
        if len(self._seen_once) > _SEEN:
            self._seen_once.popitem(last=False)
        return False

    def _keep(self, text: str, document: Document) -> None:
        size = document.bytes
        if size * MAX_SHARE > self._max_bytes:
            return
        if text in self._kept:  # another request read the same text concurrently
            self._forget(text)
        self._kept[text] = document, size
        self._kept_bytes += size
        while self._kept_bytes > self._max_bytes:
            self._forget(next(iter(self._kept)))

    def _forget(self, text: str) -> None:
        _, counted = self._kept.pop(text)
        self._kept_bytes -= counted
