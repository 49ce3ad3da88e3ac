"""The vectors of passages, kept in Chroma, a collection for each embedding model.

The one place that knows Chroma. A vector is dear where a model is asked over the wire: it is kept
with the digest of what it was made of, and made once. It must never be searched in: with a filter
by site and class that costs 50 to 140 ms at 100,000 passages.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from knowledge.passages import Passage
from twin_core.errors import StoreDown

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api.client import Client

_BATCH = 2000
_OURS = "passages-"


class VectorStore:
    """The vectors that one model made, in a directory. Used by one thread at a time.

    Args:
        directory: of Chroma; made when first needed.
        model: name, version and size: vectors of two models are never in one collection.
    """

    def __init__(self, directory: Path, model: str) -> None:
        self._directory = directory
        self._model = model
        self._name = _OURS + hashlib.sha256(model.encode()).hexdigest()[:16]
        self._client: Client | None = None
        self._held: Collection | None = None

    def known(self, passages: Sequence[Passage]) -> dict[str, NDArray[np.float32]]:
        """Vectors by id of those passages that are kept as they are now.

        Raises:
            StoreDown: the directory cannot be used.
        """
        found: dict[str, NDArray[np.float32]] = {}
        try:
            collection = self._collection()
            if not collection.count():
                return found
            for start in range(0, len(passages), _BATCH):
                some = {one.id: one.digest for one in passages[start : start + _BATCH]}
                got = collection.get(ids=list(some), include=["metadatas", "embeddings"])
                vectors, told = got["embeddings"], got["metadatas"]
                assert vectors is not None
                assert told is not None
                for one, vector, metadata in zip(got["ids"], vectors, told, strict=True):
                    if (metadata or {}).get("digest") == some[one]:
                        found[one] = np.asarray(vector, dtype=np.float32)
        except (OSError, _vendor_error()) as problem:
            raise StoreDown("documents", str(problem)) from problem
        return found

    def keep(self, passages: Sequence[Passage], vectors: NDArray[np.float32]) -> None:
        """Keep vectors, a row a passage; what was kept under an id is replaced.

        Raises:
            StoreDown: the directory cannot be used.
        """
        try:
            collection = self._collection()
            for start in range(0, len(passages), _BATCH):
                some = passages[start : start + _BATCH]
                collection.upsert(
                    ids=[one.id for one in some],
                    embeddings=vectors[start : start + _BATCH],
                    metadatas=[{"document": one.document, "digest": one.digest} for one in some],
                )
        except (OSError, _vendor_error()) as problem:
            raise StoreDown("documents", str(problem)) from problem

    def forget(self, ids: Sequence[str]) -> None:
        """Let go of vectors; ids that are not kept are passed over.

        Raises:
            StoreDown: the directory cannot be used.
        """
        try:
            collection = self._collection()
            for start in range(0, len(ids), _BATCH):
                collection.delete(ids=list(ids[start : start + _BATCH]))
        except (OSError, _vendor_error()) as problem:
            raise StoreDown("documents", str(problem)) from problem

    def forget_other_models(self) -> None:
        """Let go of what other models made: once ours has made everything.

        Raises:
            StoreDown: the directory cannot be used.
        """
        try:
            self._collection()
            assert self._client is not None
            for one in self._client.list_collections():
                if one.name != self._name:
                    self._client.delete_collection(one.name)
        except (OSError, _vendor_error()) as problem:
            raise StoreDown("documents", str(problem)) from problem

    def close(self) -> None:
        """Let go of the directory. A later call opens it again."""
        if self._client is not None:
            self._client.close()
        self._client = self._held = None

    def _collection(self) -> "Collection":
        if self._held is not None:
            return self._held
        from chromadb.api.client import Client
        from chromadb.config import Settings

        if self._client is None:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._client = Client(
                settings=Settings(
                    anonymized_telemetry=False,
                    is_persistent=True,
                    persist_directory=str(self._directory),
                )
            )
        self._held = self._client.get_or_create_collection(
            self._name,
            metadata={"model": self._model},
            # Its graph is never walked: the least that it can be made of takes a third of the time.
            configuration={"hnsw": {"space": "cosine", "ef_construction": 8, "max_neighbors": 4}},
            embedding_function=None,
        )
        return self._held


def _vendor_error() -> type[Exception]:
    from chromadb.errors import ChromaError

    return ChromaError
