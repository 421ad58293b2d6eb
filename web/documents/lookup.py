"""Finds the document of a request, and decides whether it may run."""

import structlog

from schema.execution import Engine, Operation
from services.accounts.authentication import Caller
from web.documents.persisted import PersistedQueries
from web.documents.trusted import TrustedDocuments, sha256
from web.http.errors import HttpRefusal, refuse
from web.http.requests import GraphQLRequest

log = structlog.get_logger()

_NOT_FOUND, _NOT_SUPPORTED = "PERSISTED_QUERY_NOT_FOUND", "PERSISTED_QUERY_NOT_SUPPORTED"
# The messages that Apollo's link and other clients compare.
_MESSAGES = {_NOT_FOUND: "PersistedQueryNotFound", _NOT_SUPPORTED: "PersistedQueryNotSupported"}


class DocumentLookup:
    """Prepares the operations of requests, whose documents are texts, ids or hashes.

    With `is_only_trusted`, it refuses all other documents. With `is_audited`, it logs them.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        trusted: TrustedDocuments,
        persisted: PersistedQueries,
        is_only_trusted: bool = False,
        is_audited: bool = False,
    ) -> None:
        self._engine = engine
        self._trusted = trusted
        self._persisted = persisted
        self._is_only_trusted = is_only_trusted
        self._is_audited = is_audited

    async def prepared(self, request: GraphQLRequest, caller: Caller) -> Operation:
        """Returns the operation of a request. Sets the request's text, and whether it is trusted.

        Raises HttpRefusal, and RequestError of the engine.
        """
        if request.document_id is not None or request.sha256 is not None:
            request.query = self._text(request, caller)
        request.is_trusted = request.query in self._trusted
        if self._is_only_trusted and not request.is_trusted:
            raise _not_trusted("This server runs only trusted documents.")
        operation = await self._engine.prepared(request.query, request.operation_name)
        if not request.is_trusted:
            if request.sha256 is not None:
                self._persisted.put(caller.account_id, request.sha256, request.query)
            if self._is_audited:
                name = operation.name and operation.name[:200]
                log.warning("a document is not trusted", document=sha256(request.query), operation=name)
        return operation

    def _text(self, request: GraphQLRequest, caller: Caller) -> str:
        """Returns the text of a request that has an id or a hash."""
        name = request.sha256 if request.document_id is None else request.document_id
        text = self._trusted.text(name or "")
        if text is not None:
            if request.query not in ("", text):
                raise refuse(400, "query is not the text of the trusted document that the request names.")
            return text
        if request.query:
            if request.sha256 is not None and request.sha256 != sha256(request.query):
                raise refuse(400, "sha256Hash is not the SHA-256 hash of query.")
            return request.query
        if request.sha256 is None or self._is_only_trusted:
            raise _not_trusted("There is no trusted document with this id.")
        if not self._persisted.max_bytes:
            raise _persisted_query_error(_NOT_SUPPORTED)
        text = self._persisted.get(caller.account_id, request.sha256)
        if text is None:
            raise _persisted_query_error(_NOT_FOUND)
        return text


def _not_trusted(message: str) -> HttpRefusal:
    return refuse(403, message, code="DOCUMENT_NOT_TRUSTED")


def _persisted_query_error(code: str) -> HttpRefusal:
    """Returns the answer that Apollo's link expects, which has the status 200."""
    return refuse(200, _MESSAGES[code], code=code)
