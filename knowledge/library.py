"""Documents by meaning and by word. The one place that knows Chroma.

It reads files of its corpus and its own directory, and must never reach the network, carry out
what a passage says, or be called on the serving loop: everything here blocks.
"""

from collections.abc import Sequence
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from knowledge.embeddings import Embedder, StaticEmbedder
from knowledge.lexical import Lexicon
from knowledge.passages import Hit, Passage, passages
from twin_core.errors import DocumentError, StoreDown

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api.client import Client

_NAME = "passages"
_BATCH = 500
_CANDIDATES = 200
_NEAR = 0.30
_CLASS = "class:"


class Library:
    """Passages of a folder of documents, their vectors kept in `directory`.

    Safe to call from several threads.
    """

    def __init__(self, directory: Path, corpus: Path, embedder: Embedder | None = None) -> None:
        self._directory = directory
        self._corpus = corpus
        self._embedder = embedder or StaticEmbedder()
        self._lock = RLock()
        self._client: Client | None = None
        self._collection: Collection | None = None
        self._passages: tuple[Passage, ...] = ()
        self._place: dict[str, int] = {}
        self._lexicon = Lexicon(())

    def sync(self) -> int:
        """Take up the corpus as it is now; how many passages had to be embedded.

        Raises:
            DocumentError: no corpus, a document that cannot be filed, or two of one passage.
            StoreDown: the directory cannot be used.
        """
        with self._lock:
            found = self._read()
            try:
                collection = self._opened()
                changed = self._store(collection, found)
            except (OSError, _vendor_error()) as problem:
                raise StoreDown("documents", str(problem)) from problem
            self._collection = collection
            self._passages = found
            self._place = {passage.id: i for i, passage in enumerate(found)}
            self._lexicon = Lexicon([passage.words for passage in found])
            return changed

    def search(self, query: str, classes: Sequence[str] = (), limit: int = 5) -> Sequence[Hit]:
        """Passages nearest to the query, best first; `classes` narrows to equipment classes.

        Cosine and BM25, each min-max normalised over the passages in question, at equal weights.
        A passage that shares no word with the query and is far from it in meaning is no hit.

        Raises:
            StoreDown: the directory cannot be used.
        """
        with self._lock:
            if self._collection is None:
                self.sync()
            assert self._collection is not None
            asked = frozenset(classes)
            inside = np.array(
                [not asked or not asked.isdisjoint(p.classes) for p in self._passages], dtype=bool
            )
            if not query.strip() or not inside.any() or limit < 1:
                return ()
            most = min(int(inside.sum()), _CANDIDATES)
            near = self._nearness(self._collection, query, sorted(asked), most)
            match = np.where(inside, self._lexicon.scores(query), 0.0)
        score = (_scaled(near, inside) + _scaled(match, inside)) / 2
        fit = inside & ((match > 0) | (near >= _NEAR))
        order = sorted(np.flatnonzero(fit), key=lambda i: (-score[i], self._passages[i].id))
        return tuple(_hit(self._passages[i], score[i]) for i in order[:limit])

    def close(self) -> None:
        """Let go of the directory. A later call opens it again."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = self._collection = None

    def _read(self) -> tuple[Passage, ...]:
        found: dict[str, Passage] = {}
        if not self._corpus.is_dir():
            raise DocumentError(str(self._corpus), "there is no such folder of documents")
        for path in sorted(self._corpus.glob("*.md")):
            try:
                text = path.read_text(encoding="utf-8")
            except UnicodeDecodeError as problem:
                raise DocumentError(path.name, "it is not UTF-8 text") from problem
            for passage in passages(text, path.name):
                if passage.id in found:
                    raise DocumentError(path.name, f"document {passage.document} is filed twice")
                found[passage.id] = passage
        return tuple(found.values())

    def _opened(self) -> "Collection":
        """Our collection; one that another model filled is thrown away."""
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
        wanted = {"model": self._embedder.name}
        if _NAME in {collection.name for collection in self._client.list_collections()}:
            present = self._client.get_collection(_NAME, embedding_function=None)
            if present.metadata == wanted:
                return present
            self._client.delete_collection(_NAME)
        return self._client.create_collection(
            _NAME,
            metadata=wanted,
            configuration={"hnsw": {"space": "cosine"}},
            embedding_function=None,
        )

    def _store(self, collection: "Collection", found: tuple[Passage, ...]) -> int:
        """Bring the collection to `found`; only what changed is embedded."""
        stored = collection.get(include=["metadatas"])
        digests = {
            identity: (metadata or {}).get("digest")
            for identity, metadata in zip(stored["ids"], stored["metadatas"] or (), strict=True)
        }
        gone = sorted(set(digests) - {passage.id for passage in found})
        if gone:
            collection.delete(ids=gone)
        changed = [passage for passage in found if digests.get(passage.id) != passage.digest]
        for start in range(0, len(changed), _BATCH):
            some = changed[start : start + _BATCH]
            # Delete first: an upsert would leave the keys of classes that a passage has lost.
            known = [passage.id for passage in some if passage.id in digests]
            if known:
                collection.delete(ids=known)
            collection.add(
                ids=[passage.id for passage in some],
                embeddings=self._embedder.embed([passage.words for passage in some]),
                documents=[passage.text for passage in some],
                metadatas=[_metadata(passage) for passage in some],
            )
        return len(changed)

    def _nearness(
        self, collection: "Collection", query: str, classes: Sequence[str], most: int
    ) -> NDArray[np.float64]:
        """Cosine of the query with the `most` nearest passages in question; the others 0."""
        keys: list[dict[str, Any]] = [{f"{_CLASS}{kind}": True} for kind in classes]
        where: dict[str, Any] | None = {"$or": keys} if len(keys) > 1 else next(iter(keys), None)
        try:
            found = collection.query(
                query_embeddings=self._embedder.embed([query]),
                n_results=most,
                where=where,
                include=["distances"],
            )
        except (OSError, _vendor_error()) as problem:
            raise StoreDown("documents", str(problem)) from problem
        near = np.zeros(len(self._passages))
        for identity, distance in zip(
            found["ids"][0], (found["distances"] or [[]])[0], strict=True
        ):
            near[self._place[identity]] = 1.0 - distance
        return near


def _metadata(passage: Passage) -> dict[str, Any]:
    return {
        "document": passage.document,
        "title": passage.title,
        "version": passage.version,
        "section": passage.section,
        "digest": passage.digest,
        **{f"{_CLASS}{kind}": True for kind in passage.classes},
    }


def _scaled(value: NDArray[np.float64], inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    low, high = value[inside].min(), value[inside].max()
    return (value - low) / (high - low) if high > low else np.zeros_like(value)


def _hit(passage: Passage, score: float) -> Hit:
    said = passage.model_dump(exclude={"id"})
    return Hit(passage=passage.id, score=round(float(score), 6), **said)


def _vendor_error() -> type[Exception]:
    from chromadb.errors import ChromaError

    return ChromaError
