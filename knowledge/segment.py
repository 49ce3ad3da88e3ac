"""Passages made ready for search, in a folder that is written once and then only mapped.

A segment holds everything that a search needs: vectors, postings, tags, the passages themselves.
It is made of what is kept elsewhere and can be thrown away. It must never be changed in place.
"""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.lexical import Lexicon
from knowledge.passages import Passage

_ARRAYS = ("vectors", "starts", "rows", "counts", "lengths", "tag_starts", "tag_rows", "texts")


class Segment:
    """A folder of passages, mapped into memory: what is not looked at is not read.

    Raises:
        OSError, ValueError, KeyError: the folder is not one, or is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        held: dict[str, Any] = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r").view(np.ndarray)
            for name in _ARRAYS
        }  # plain arrays on the same pages: a memmap's own slices cost three times as much
        told = json.loads((folder / "names.json").read_text(encoding="utf-8"))
        self.keys: list[tuple[str, str]] = [(one, digest) for one, digest in told["keys"]]
        self._tags: dict[str, int] = {tag: i for i, tag in enumerate(told["tags"])}
        self.vectors: NDArray[np.float32] = held["vectors"]
        self.lexicon = Lexicon(
            {term: i for i, term in enumerate(told["terms"])},
            held["starts"], held["rows"], held["counts"], held["lengths"],
        )  # fmt: skip
        self._tag_starts, self._tag_rows = held["tag_starts"], held["tag_rows"]
        self._starts = held["texts"]
        # Now and not when first needed: the folder may be gone by then, while a search goes on.
        words = np.memmap(folder / "passages.bin", dtype=np.uint8, mode="r")
        self._words: NDArray[np.uint8] = words.view(np.ndarray)
        if not len(self.keys) == len(self.vectors) == len(self._starts) - 1:
            raise ValueError(f"{folder} holds {len(self.keys)} names, {len(self.vectors)} vectors")

    def __len__(self) -> int:
        """Passages in it, withdrawn ones too."""
        return len(self.keys)

    def tagged(self, tag: str) -> NDArray[np.int32]:
        """Rows that bear a tag (`class/x`, `site/x`, `asset/x`; `class/` = of no class)."""
        t = self._tags.get(tag)
        if t is None:
            return np.zeros(0, dtype=np.int32)
        found: NDArray[np.int32] = self._tag_rows[self._tag_starts[t] : self._tag_starts[t + 1]]
        return found

    def passage(self, row: int) -> Passage:
        """The passage of a row, as it was given."""
        start, end = int(self._starts[row]), int(self._starts[row + 1])
        return Passage.model_validate_json(self._words[start:end].tobytes())


def write(folder: Path, passages: Sequence[Passage], vectors: NDArray[np.float32]) -> Segment:
    """Make a segment in a folder that is not there yet: whole or not at all.

    Its rows are ordered by site and class, so that those of one lie together.

    Args:
        folder: where it will be.
        passages: at least one.
        vectors: (passages, dimension), each of length 1.

    Raises:
        OSError: it cannot be written.
    """
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    order = sorted(range(len(passages)), key=lambda i: (passages[i].sites, passages[i].classes))
    passages, vectors = [passages[i] for i in order], vectors[order]
    lexicon = Lexicon.of([passage.words for passage in passages])
    tags: dict[str, list[int]] = {}
    for row, passage in enumerate(passages):
        for tag in passage.tags:
            tags.setdefault(tag, []).append(row)
    bodies = [passage.model_dump_json().encode() for passage in passages]
    held: dict[str, NDArray[Any]] = {
        "vectors": np.ascontiguousarray(vectors, dtype=np.float32),
        "starts": lexicon.starts,
        "rows": lexicon.rows,
        "counts": lexicon.counts,
        "lengths": lexicon.lengths,
        "tag_starts": np.cumsum([0, *(len(rows) for rows in tags.values())], dtype=np.int64),
        "tag_rows": np.array([row for rows in tags.values() for row in rows], dtype=np.int32),
        "texts": np.cumsum([0, *(len(body) for body in bodies)], dtype=np.int64),
    }
    for name in _ARRAYS:
        np.save(partial / f"{name}.npy", held[name])
    (partial / "passages.bin").write_bytes(b"".join(bodies))
    keys = [(passage.id, passage.digest) for passage in passages]
    told = {"keys": keys, "terms": list(lexicon.places), "tags": list(tags)}
    (partial / "names.json").write_text(json.dumps(told), encoding="utf-8")
    for file in partial.iterdir():
        with file.open("rb") as written:
            os.fsync(written.fileno())
    partial.rename(folder)
    return Segment(folder)
