"""The persisted queries of Apollo's clients: texts that a client registers with their hashes, in memory."""

import sys
from collections import OrderedDict
from uuid import UUID

_ENTRY_BYTES = 300


class PersistedQueries:
    """Caches texts by account and hash. `max_bytes` limits the memory of all accounts together.

    Beyond the limit, the account with the most bytes loses its least recently used texts. So an account can't evict
    the texts of an account that has fewer. Each process has its own cache. A client sends an evicted text again.
    """

    def __init__(self, *, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._bytes = 0
        self._accounts: dict[UUID, _Texts] = {}

    def get(self, account_id: UUID, sha256: str) -> str | None:
        texts = self._accounts.get(account_id)
        if texts is None or sha256 not in texts.by_hash:
            return None
        texts.by_hash.move_to_end(sha256)
        return texts.by_hash[sha256]

    def put(self, account_id: UUID, sha256: str, text: str) -> None:
        texts = self._accounts.setdefault(account_id, _Texts())
        if sha256 in texts.by_hash:
            return
        texts.by_hash[sha256] = text
        texts.bytes += _size(text)
        self._bytes += _size(text)
        while self._bytes > self.max_bytes:
            self._evict()

    def _evict(self) -> None:
        account_id, texts = max(self._accounts.items(), key=lambda item: item[1].bytes)
        _, text = texts.by_hash.popitem(last=False)
        texts.bytes -= _size(text)
        self._bytes -= _size(text)
        if not texts.by_hash:
            del self._accounts[account_id]


class _Texts:
    """The texts of one account, the least recently used first."""

    def __init__(self) -> None:
        self.by_hash: OrderedDict[str, str] = OrderedDict()
        self.bytes = 0


def _size(text: str) -> int:
    return sys.getsizeof(text) + _ENTRY_BYTES
