"""Which passages come first: words and meaning together, over those that are in question.

Pure functions of mapped arrays. It must never read a passage's text.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge.lexical import Bm25
from knowledge.segment import Segment

_NEAR = 0.30
"""Cosine below which a passage that shares no word with the question is no hit."""
_WHOLE = 0.3
"""Share of a segment from which its vectors are read through rather than picked out."""
_RUNS = 200
"""Of neighbouring rows; more are not scored run by run."""
_BONUS = 0.3
_FARTHER = 3
"""What a passage about the asset itself is given, of 1, and by how much less for each step farther.

Chosen on the manuals that come with us: of the failure modes of a machine's own class 256 of 268
find a passage about it first, of those of what supplies it 251 of 260 one about the supplier.
"""


class Question(NamedTuple):
    """What is asked, of which passages.

    Attributes:
        words: of the question.
        vector: (dimension,) of it; None = by words alone.
        classes: equipment classes in question, () = all; a passage of no class is of every one.
        site: the site in question, "" = all; a passage of no site is of every one.
        near: equipment class or asset → steps in the plant's graph from the asset asked about.
    """

    words: str
    vector: NDArray[np.float32] | None
    classes: Sequence[str] = ()
    site: str = ""
    near: Mapping[str, int] = {}


class Ranked(NamedTuple):
    """A passage found: which segment, which row, and how well it fits, 0..1."""

    segment: int
    row: int
    score: float


def ranked(
    segments: Sequence[Segment],
    alive: Sequence[NDArray[np.bool_]],
    words: Bm25,
    asked: Question,
    most: int,
) -> list[Ranked]:
    """The passages in question that fit best, best first; equal ones by id.

    Cosine and BM25, each min-max normalised over the passages in question, at equal weights, and
    for a passage near the asset asked about up to `_BONUS` more before the sum is brought to 0..1.
    A passage that shares no word with the question and is far from it in meaning is no hit.
    """
    rows = [np.flatnonzero(_inside(s, a, asked)) for s, a in zip(segments, alive, strict=True)]
    if most < 1 or not any(len(one) for one in rows):
        return []
    scores = words.scores(asked.words)
    match = np.concatenate([found[inside] for found, inside in zip(scores, rows, strict=True)])
    near = np.concatenate(
        [_cosines(s.vectors, r, asked.vector) for s, r in zip(segments, rows, strict=True)]
    )
    bonus = np.concatenate([_bonus(s, r, asked) for s, r in zip(segments, rows, strict=True)])
    score = ((_scaled(near) + _scaled(match)) / 2 + bonus) / (1 + _BONUS if asked.near else 1)
    fit = np.flatnonzero((match > 0) | (near >= _NEAR))
    if len(fit) > most:
        least = np.partition(score[fit], len(fit) - most)[len(fit) - most]
        fit = fit[score[fit] >= least]
    places = np.repeat(np.arange(len(segments)), [len(one) for one in rows])[fit]
    found = [
        Ranked(int(place), int(row), float(value))
        for place, row, value in zip(places, np.concatenate(rows)[fit], score[fit], strict=True)
    ]
    found.sort(key=lambda one: (-one.score, segments[one.segment].keys[one.row]))
    return found[:most]


def _inside(segment: Segment, alive: NDArray[np.bool_], asked: Question) -> NDArray[np.bool_]:
    inside = alive
    for kind, wanted in (
        ("class", tuple(asked.classes)),
        ("site", (asked.site,) * bool(asked.site)),
    ):
        if wanted:
            marked = np.zeros(len(segment), dtype=bool)
            for name in (*wanted, ""):
                marked[segment.tagged(f"{kind}/{name}")] = True
            inside = inside & marked
    return inside


def _cosines(
    vectors: NDArray[np.float32], rows: NDArray[np.int64], asked: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    """In runs where rows lie together, as those of one site do; picked out costs three times."""
    if asked is None:
        return np.zeros(len(rows), dtype=np.float32)
    cuts = np.flatnonzero(np.diff(rows) != 1) + 1
    if len(cuts) < _RUNS:
        runs = [run for run in np.split(rows, cuts) if len(run)]
        parts = [vectors[run[0] : run[-1] + 1] @ asked for run in runs]
        return np.concatenate([np.zeros(0, dtype=np.float32), *parts])
    if len(rows) > _WHOLE * len(vectors):
        found: NDArray[np.float32] = (vectors @ asked)[rows]
        return found
    return vectors[rows] @ asked


def _bonus(segment: Segment, rows: NDArray[np.int64], asked: Question) -> NDArray[np.float64]:
    given = np.zeros(len(segment))
    for name, steps in asked.near.items():
        for tag in (f"class/{name}", f"asset/{name}"):
            about = segment.tagged(tag)
            given[about] = np.maximum(given[about], _BONUS / _FARTHER**steps)
    return given[rows]


def _scaled(value: NDArray[np.floating]) -> NDArray[np.float64]:
    low, high = float(value.min()), float(value.max())
    found = value.astype(np.float64)
    return (found - low) / (high - low) if high > low else np.zeros_like(found)
