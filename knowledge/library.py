"""Documents by meaning and by word: what is held, and what is found in it.

It writes in its own directory and must never reach the network itself, carry out what a passage
says, or be called on the serving loop: everything here blocks.
"""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import RLock
from typing import NamedTuple

import numpy as np
import structlog
from numpy.typing import NDArray

from knowledge.embeddings import Embedder, StaticEmbedder
from knowledge.lexical import TERMS_VERSION, Bm25
from knowledge.passages import Hit, Passage
from knowledge.ranking import Question, ranked
from knowledge.segment import Segment, write
from knowledge.vectors import VectorStore
from twin_core.errors import StoreDown

log = structlog.get_logger(__name__)

Progress = Callable[[int, int], None]
"""Told how many passages of how many have their vector."""

_SCHEMA = f"2.{TERMS_VERSION}"
_BATCH = 1000
_SEGMENTS = 8
"""More are put together, the largest left as it is while it is so many times the others."""
_LARGE = 4


class _Shelf(NamedTuple):
    segments: tuple[Segment, ...]
    alive: tuple[NDArray[np.bool_], ...]
    words: Bm25


class Library:
    """Passages, their vectors and postings, kept in `directory`.

    What is held is made of passages that others keep: `take` says which they are. Safe to call
    from several threads; a search sees what is held at its beginning, while more is taken in.

    Args:
        directory: for the vectors (`chroma/`) and what is searched (`segments/`).
        embedder: absent = the model that comes with us.
    """

    def __init__(self, directory: Path, embedder: Embedder | None = None) -> None:
        self._embedder = embedder or StaticEmbedder()
        self._store = VectorStore(directory / "chroma", self._embedder.name)
        self._folder = directory / "segments"
        self._writing = RLock()
        self._found: tuple[Segment, ...] | None = None
        self._shelf: _Shelf | None = None

    @property
    def model(self) -> str:
        """Name of the embedding model."""
        return self._embedder.name

    def missing(self, wanted: Mapping[str, str]) -> list[str]:
        """Which of the passages wanted (id → digest) are not held as they are now.

        Raises:
            StoreDown: the directory cannot be used.
        """
        shelf = self._shelf
        if shelf is None:
            with self._writing:
                segments = self._opened()
        else:
            segments = shelf.segments  # not behind a build that is under way
        held = {key for segment in segments for key in segment.keys}
        return [one for one, digest in wanted.items() if (one, digest) not in held]

    def take(
        self,
        passages: Sequence[Passage],
        wanted: Mapping[str, str] | None = None,
        progress: Progress | None = None,
    ) -> int:
        """Take passages in, and hold exactly those that are wanted.

        Args:
            passages: those that may be missing.
            wanted: id → digest of all; absent = exactly `passages`.
            progress: told as vectors are made.

        Returns:
            How many had to be embedded.

        Raises:
            StoreDown: the directory cannot be used.
            ModelDown: the embedding model does not answer; what it made before is kept.
        """
        if wanted is None:
            wanted = {one.id: one.digest for one in passages}
        with self._writing:
            lacking = set(self.missing(wanted))
            new = list({one.id: one for one in passages if one.id in lacking}.values())
            segments, made = self._opened(), 0
            if new:
                vectors, made = self._vectors(new, progress or _silent)
                segments = (*segments, self._write(new, vectors))
            self._held(segments, wanted)
            if new:
                self._store.forget_other_models()
            return made

    def search(
        self,
        query: str,
        classes: Sequence[str] = (),
        limit: int = 5,
        *,
        site: str = "",
        near: Mapping[str, int] | None = None,
        by_words: bool = False,
    ) -> Sequence[Hit]:
        """Passages nearest to the query, best first.

        Args:
            query: a question or some words.
            classes: equipment classes in question, () = all; a passage of no class is of every one.
            site: the site in question, "" = all; a passage of no site is of every one.
            near: equipment class or asset → steps in the plant's graph from the asset asked about;
                what is near comes before what fits about as well.
            limit: how many.
            by_words: whether meaning is left out, and no model asked.

        Raises:
            StoreDown: nothing was taken in yet.
            ModelDown: the embedding model does not answer.
        """
        shelf = self._shelf
        if shelf is None:
            raise StoreDown("documents", "they are still being taken in; try again in a moment")
        if not query.strip() or limit < 1:
            return ()
        vector = None if by_words else self._vector(query, shelf)
        asked = Question(query, vector, tuple(classes), site, near or {})
        found = ranked(shelf.segments, shelf.alive, shelf.words, asked, limit)
        return tuple(_hit(shelf.segments[one.segment].passage(one.row), one.score) for one in found)

    def _vector(self, query: str, shelf: _Shelf) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self._embedder.embed([query])[0]
        held = shelf.segments[0].vectors.shape[1] if shelf.segments else len(vector)
        if len(vector) != held:
            raise StoreDown(
                "documents",
                f"vectors of {held} numbers are kept and {self._embedder.name} now gives "
                f"{len(vector)}; name the model anew, or remove {self._folder.parent} and restart",
            )
        return vector

    def __len__(self) -> int:
        """Passages held."""
        return sum(int(mask.sum()) for mask in self._shelf.alive) if self._shelf else 0

    def close(self) -> None:
        """Let go of the directory."""
        with self._writing:
            self._store.close()
            self._shelf = self._found = None

    def _opened(self) -> tuple[Segment, ...]:
        """The segments there are; those of another model or schema, or damaged, are none."""
        if self._shelf is not None:
            return self._shelf.segments
        if self._found is None:
            self._found = self._mapped()
        return self._found

    def _mapped(self) -> tuple[Segment, ...]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            found = self._listed()
            for folder in self._folder.iterdir():
                if folder.is_dir() and folder.name not in found:
                    shutil.rmtree(folder, ignore_errors=True)
        except OSError as problem:
            raise StoreDown("documents", str(problem)) from problem
        segments = []
        for name in found:
            try:
                segments.append(Segment(self._folder / name))
            except (OSError, ValueError, KeyError) as problem:
                log.warning("passages are made ready for search again", problem=str(problem))
        return tuple(segments)

    def _listed(self) -> list[str]:
        path = self._folder / "manifest.json"
        if not path.is_file():
            return []
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            if (told["schema"], told["model"]) == (_SCHEMA, self._embedder.name):
                return [str(name) for name in told["segments"]]
            log.info(
                "passages are made ready for search again",
                was=f"{told['model']}, form {told['schema']}",
                now=f"{self._embedder.name}, form {_SCHEMA}",
            )
        except (ValueError, KeyError, TypeError) as problem:
            log.warning("passages are made ready for search again", problem=str(problem))
        return []

    def _vectors(
        self, passages: list[Passage], progress: Progress
    ) -> tuple[NDArray[np.float32], int]:
        """A vector each, made where none is kept; what is made is kept at once."""
        known = self._store.known(passages)
        lacking = [one for one in passages if one.id not in known]
        for start in range(0, len(lacking), _BATCH):
            some = lacking[start : start + _BATCH]
            rows = self._embedder.embed([one.words for one in some])
            self._store.keep(some, rows)
            known.update(zip((one.id for one in some), rows, strict=True))
            progress(min(start + _BATCH, len(lacking)), len(lacking))
        vectors = np.array([known[one.id] for one in passages], dtype=np.float32)
        return vectors, len(lacking)

    def _write(self, passages: Sequence[Passage], vectors: NDArray[np.float32]) -> Segment:
        taken = [int(p.name.removesuffix(".partial")) for p in self._folder.iterdir() if p.is_dir()]
        try:
            return write(self._folder / f"{max(taken, default=0) + 1:06d}", passages, vectors)
        except OSError as problem:
            raise StoreDown("documents", str(problem)) from problem

    def _held(self, segments: tuple[Segment, ...], wanted: Mapping[str, str]) -> None:
        """Hold what is wanted of these segments, put together where they have become many."""
        alive = _living(segments, wanted)
        kept = [i for i, mask in enumerate(alive) if mask.any()]
        held, alive = [segments[i] for i in kept], [alive[i] for i in kept]
        if merged := _to_merge(alive):
            one = self._merged([(held[i], alive[i]) for i in merged])
            held = [s for i, s in enumerate(held) if i not in merged] + [one]
            alive = _living(held, wanted)
        before = {key for segment in segments for key in segment.keys}
        words = Bm25([segment.lexicon for segment in held], alive)
        shelf = self._shelf = _Shelf(tuple(held), tuple(alive), words)
        told = {
            "schema": _SCHEMA,
            "model": self._embedder.name,
            "segments": [segment.folder.name for segment in shelf.segments],
        }
        partial = self._folder / "manifest.partial"
        try:
            partial.write_text(json.dumps(told), encoding="utf-8")
            partial.rename(self._folder / "manifest.json")
        except OSError as problem:
            raise StoreDown("documents", str(problem)) from problem
        # Chroma takes seconds to open: where nothing changed it is left alone.
        if gone := sorted({one for one, _ in before} - set(wanted)):
            self._store.forget(gone)
        for segment in segments:
            if segment not in shelf.segments:  # a search under way has it mapped still
                shutil.rmtree(segment.folder, ignore_errors=True)

    def _merged(self, parts: Sequence[tuple[Segment, NDArray[np.bool_]]]) -> Segment:
        passages, vectors = [], []
        for segment, alive in parts:
            rows = np.flatnonzero(alive)
            passages += [segment.passage(int(row)) for row in rows]
            vectors.append(segment.vectors[rows])
        return self._write(passages, np.concatenate(vectors))


def _living(segments: Sequence[Segment], wanted: Mapping[str, str]) -> list[NDArray[np.bool_]]:
    """Which rows are wanted; of a passage held twice, the newest."""
    left = dict(wanted)
    alive = []
    for segment in reversed(segments):
        mask = np.zeros(len(segment), dtype=bool)
        for row, (one, digest) in enumerate(segment.keys):
            if left.get(one) == digest:
                mask[row] = True
                del left[one]
        alive.append(mask)
    return alive[::-1]


def _to_merge(alive: Sequence[NDArray[np.bool_]]) -> list[int]:
    """Segments to put together: too many, or half of one withdrawn."""
    wasted = [i for i, mask in enumerate(alive) if mask.mean() < 0.5]
    if len(alive) <= _SEGMENTS:
        return wasted
    sizes = [int(mask.sum()) for mask in alive]
    largest = int(np.argmax(sizes))
    spared = sizes[largest] > _LARGE * (sum(sizes) - sizes[largest]) and largest not in wasted
    return [i for i in range(len(alive)) if not spared or i != largest]


def _hit(passage: Passage, score: float) -> Hit:
    said = passage.model_dump(exclude={"id"})
    return Hit(passage=passage.id, score=round(score, 6), **said)


def _silent(_done: int, _of: int) -> None:
    """Tell nobody."""
