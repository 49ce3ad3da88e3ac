"""What kind a question is of, learnt from examples: the more one is like it, the more it counts.

Likeness is a Gaussian of the distance in words, pieces of words and embeddings; how much each
example counts for each kind is a ridge regression (Rifkin, Yeo and Poggio 2003, “Regularized
least-squares classification”). From the same examples the same is learnt; what they taught is kept
beside them, and learnt anew where they have changed (`keep` puts it there).
It must never learn from what people ask.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.offline import examples
from agents.offline.slots import SPOKEN, masked
from knowledge.embeddings import StaticEmbedder

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float32]

_IN_A_ROW = 3
"""Words that are compared together."""
_LETTERS = (3, 4)
_COMMON = 400
"""Pieces of words in more examples than this tell nothing."""
_MEANT = 1.4
"""How much the embeddings weigh beside words and pieces of words, each 1."""
_WIDTH = 8.0
_RIDGE = 0.2
_SHARP = 10.0
"""Makes probabilities of the regression's scores, so that they come true (see the tests)."""
_LATELY = 1024
_KEPT = Path(__file__).with_name("learnt.npz")


@dataclass(frozen=True, slots=True)
class Ranked:
    """Kinds, the likeliest first, and how probable each is."""

    kinds: tuple[str, ...]
    chances: tuple[float, ...]

    def of(self, *kinds: str) -> float:
        """How probable it is that it is one of these."""
        return sum(c for kind, c in zip(self.kinds, self.chances, strict=True) if kind in kinds)


class Bag:
    """Texts as vectors of length 1 of the pieces they have, rare ones weighing more.

    Args:
        split: the pieces of a text.
        texts: that its pieces are taken from.
        least, most: texts that a piece must and may stand in.
    """

    def __init__(
        self, split: Callable[[str], list[str]], texts: Sequence[str], least: int, most: int
    ) -> None:
        self._split = split
        held = Counter(piece for text in texts for piece in set(split(text)))
        self.pieces = sorted(piece for piece, n in held.items() if least <= n <= most)
        self._column = {piece: i for i, piece in enumerate(self.pieces)}
        among = np.array([held[piece] for piece in self.pieces], np.float32)
        self._weights = np.log((1 + len(texts)) / (1 + among)) + 1

    def rows(self, texts: Sequence[str]) -> "csr_array":
        """One row a text; of zeros, where none of its pieces is known."""
        from scipy.sparse import csr_array

        columns: list[int] = []
        counts: list[int] = []
        ends = [0]
        for text in texts:
            found = Counter(self._column[p] for p in self._split(text) if p in self._column)
            columns.extend(found)
            counts.extend(found.values())
            ends.append(len(columns))
        at, starts = np.array(columns, np.int32), np.array(ends, np.int32)
        values = (1 + np.log(np.array(counts, np.float32))) * self._weights[at]
        of = np.repeat(np.arange(len(texts)), np.diff(starts))
        squares = np.bincount(of, values * values, len(texts))
        values /= np.sqrt(squares)[of]
        shape = (len(texts), len(self.pieces))
        return csr_array((values.astype(np.float32), at, starts), shape=shape)


class Learnt:
    """Learns where it is made; then ranks the kinds of a masked question.

    Args:
        told: kind and masked text of each example.
        embedder: of words.
    """

    def __init__(self, told: Sequence[tuple[str, str]], embedder: StaticEmbedder) -> None:
        self.kinds = tuple(sorted({kind for kind, _ in told}))
        self.texts = [text for _, text in told]
        self.told = np.array([self.kinds.index(kind) for kind, _ in told])
        self._embedder = embedder
        self._bags = (
            Bag(_runs, self.texts, 1, len(told)),
            Bag(_letters, self.texts, 2, _COMMON),
        )
        self._words = Bag(str.split, self.texts, 1, len(told))
        self._meanings = embedder.embed([SPOKEN.get(w, w) for w in self._words.pieces])
        self._sparse, self._dense = self._features(self.texts)
        self._columns = self._sparse.T.tocsr()
        self._squares = _squares(self._sparse, self._dense)
        each = np.bincount(self.told)
        self._weights = np.sqrt(each.mean() / each)[self.told].astype(np.float32)
        self._wanted = np.eye(len(self.kinds), dtype=np.float32)[self.told]
        self._usual: Floats = (self._wanted * self._weights[:, None]).sum(
            axis=0
        ) / self._weights.sum()
        counts = _kept(self.digest)
        self.counts: Floats = self.regressed() if counts is None else counts

    @property
    def digest(self) -> str:
        """Of the examples, and of all that what they teach depends on."""
        rows = (f"{kind} {text}" for kind, text in zip(self.told, self.texts, strict=True))
        how = f"{self._embedder.name} {_IN_A_ROW} {_LETTERS} {_COMMON} {_MEANT} {_WIDTH} {_RIDGE}"
        return sha256("\n".join((how, *rows)).encode()).hexdigest()

    def scores(self, texts: Sequence[str]) -> Floats:
        """How much each text is of each kind, one row a text; about 1 where it surely is."""
        found: Floats = _product(self._alike(texts), self.counts.T) + self._usual
        return found

    def ranked(self, text: str) -> Ranked:
        """The kinds of a text, the likeliest first."""
        (scores,) = self.scores([text])
        chances = np.exp(_SHARP * (scores - scores.max()))
        chances /= chances.sum()
        order = np.argsort(-chances, kind="stable")
        return Ranked(
            tuple(self.kinds[i] for i in order), tuple(round(float(chances[i]), 4) for i in order)
        )

    def regressed(self) -> Floats:
        """What each example counts for each kind; a kind of few examples is not drowned."""
        from scipy.linalg import cho_factor, cho_solve

        alike = self._alike(self.texts)
        alike[np.diag_indices_from(alike)] += _RIDGE / self._weights
        factor = cho_factor(alike, lower=True, overwrite_a=True, check_finite=False)
        found: Floats = cho_solve(factor, self._wanted - self._usual, check_finite=False)
        return found

    def _alike(self, texts: Sequence[str]) -> Floats:
        """How alike each text is to each example, up to 1."""
        known = texts is self.texts
        sparse, dense = (self._sparse, self._dense) if known else self._features(texts)
        squares = self._squares if known else _squares(sparse, dense)
        near = _product(dense, self._dense)
        near += (sparse @ self._columns).toarray()
        near *= 2
        near -= squares[:, None]
        near -= self._squares
        near /= _WIDTH
        return np.exp(near, out=near)

    def _features(self, texts: Sequence[str]) -> "tuple[csr_array, Floats]":
        """Words and pieces of words; the embedding of the whole, and of its words by rarity."""
        from scipy.sparse import hstack

        sparse = hstack([bag.rows(texts) for bag in self._bags], format="csr")
        telling = self._words.rows(texts) @ self._meanings
        telling /= np.maximum(np.linalg.norm(telling, axis=1, keepdims=True), 1e-6)
        spoken = [" ".join(SPOKEN.get(word, word) for word in text.split()) for text in texts]
        whole = self._embedder.embed(spoken)
        return sparse, np.hstack([telling * _MEANT**0.5, whole]).astype(np.float32)


def _runs(text: str) -> list[str]:
    """Words alone and in a row, the ends of the text among them."""
    words = ["^", *text.split(), "$"]
    return [
        " ".join(words[at : at + n])
        for n in range(1, _IN_A_ROW + 1)
        for at in range(len(words) - n + 1)
    ]


def _letters(text: str) -> list[str]:
    """Letters in a row, within words and at their ends: a slip leaves most of them."""
    spaced = [f" {word} " for word in text.split()]
    return [
        word[at : at + n] for word in spaced for n in _LETTERS for at in range(len(word) - n + 1)
    ]


def _product(a: Floats, b: Floats) -> Floats:
    """All products of rows; of a single row without BLAS, whose threads take longer to wake."""
    found: Floats = a @ b.T if len(a) > 1 else np.einsum("j,kj->k", a[0], b)[None]
    return found


def _squares(sparse: "csr_array", dense: Floats) -> Floats:
    squares = np.asarray(sparse.multiply(sparse).sum(axis=1)).ravel()
    found: Floats = (squares + (dense * dense).sum(axis=1)).astype(np.float32)
    return found


def _kept(digest: str) -> Floats | None:
    """What was learnt before; None where it was of other examples."""
    if not _KEPT.is_file():
        return None
    with _KEPT.open("rb") as file, np.load(file) as kept:
        return kept["counts"].astype(np.float32) if str(kept["digest"]) == digest else None


def keep() -> None:
    """Put what the examples teach beside them, to three digits."""
    counts, digest = learnt().regressed().astype(np.float16), np.array(learnt().digest)
    with _KEPT.open("wb") as file:
        np.savez_compressed(file, counts=counts, digest=digest)


_learning = Lock()


def learnt() -> Learnt:
    """What the examples that come with us teach; about a second at the first call."""
    with _learning:
        return _once()


@cache
def _once() -> Learnt:
    told = dict.fromkeys((kind, masked(line)) for kind, line in examples.questions())
    return Learnt(tuple(told), StaticEmbedder())


@lru_cache(_LATELY)
def ranked(text: str) -> Ranked:
    """The kinds that a masked question may be of, the likeliest first."""
    return learnt().ranked(text)
