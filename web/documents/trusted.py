"""Trusted documents: the operations of an app, which its build collects and its operator gives to the server."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

_SUFFIXES = (".graphql", ".gql")


class UnreadableDocuments(ValueError):
    """The path of the trusted documents can't be read. The text is one line for the operator."""


class TrustedDocuments:
    """Texts of documents by the ids of a manifest, by their file names and by their SHA-256 hashes."""

    def __init__(self, documents: Mapping[str, str]) -> None:
        self._documents = dict(documents)
        self._texts = frozenset(documents.values())
        self._by_id = {sha256(text): text for text in self._texts} | dict(documents)

    def __contains__(self, text: str) -> bool:
        return text in self._texts

    def extended(self, documents: Mapping[str, str]) -> "TrustedDocuments":
        """Returns these documents and others. An id of these comes first."""
        return TrustedDocuments({**documents, **self._documents})

    def text(self, name: str) -> str | None:
        """Returns the text of an id or a hash, which may have the prefix `sha256:`. None if it is unknown."""
        return self._by_id.get(name) or self._by_id.get(name.removeprefix("sha256:"))


def sha256(text: str) -> str:
    """Returns the hash that Apollo's clients send, in hexadecimal."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def load(path: Path | None) -> TrustedDocuments:
    """Reads a manifest in JSON, or the documents and manifests of a directory and the directories in it.

    A manifest maps ids to texts, as Relay's compiler and graphql-codegen write it, or has Apollo's list of
    operations. Raises UnreadableDocuments.
    """
    documents: dict[str, str] = {}
    try:
        for file in _files(path):
            read = _manifest(file) if file.suffix == ".json" else [(file.stem, file.read_text(encoding="utf-8"))]
            for name, text in read:
                if documents.setdefault(name, text) != text:
                    raise UnreadableDocuments(f"{file}: another document has the same name or id, {name[:100]!r}")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableDocuments(f"{path} can't be read: {error}") from None
    if path is not None and not documents:
        raise UnreadableDocuments(f"{path} has no documents")
    return TrustedDocuments(documents)


def _files(path: Path | None) -> list[Path]:
    if path is None or not path.is_dir():
        return [path] if path is not None else []
    return sorted(file for file in path.rglob("*") if file.suffix in (".json", *_SUFFIXES) and file.is_file())


def _manifest(file: Path) -> Iterator[tuple[str, str]]:
    try:
        content: Any = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise UnreadableDocuments(f"{file} is not valid JSON: {error}") from None
    if isinstance(content, dict) and isinstance(content.get("operations"), list):
        content = {one.get("id"): one.get("body") for one in content["operations"] if isinstance(one, dict)}
    if not isinstance(content, dict) or not all(isinstance(one, str) for pair in content.items() for one in pair):
        raise UnreadableDocuments(f"{file} is not a manifest: it must map ids to the texts of documents")
    yield from content.items()
