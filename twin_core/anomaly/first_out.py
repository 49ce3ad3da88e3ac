"""Where an anomaly starts, with no failure mode known: the first out over the plant's graph.

A cause departs no later than what it causes, reaches it over departed assets, and what it causes
follows its course. Of all assets that could be it, the one that accounts for most of what departed,
and leaves least of what it should have moved unmoved, comes first (weighted Jaccard of departed and
reachable assets, after Rehak et al., INDIN 2023; a cause is upstream of everything anomalous that
it explains, as in anomaly traversal, Chen et al., NSDI 2014). It must never claim a cause: it says
where to look first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LIMIT = 3.0
"""Robust standard deviations from which on an asset has departed (Hampel identifier)."""
_TOGETHER = 1
"""Rows within which two departures cannot be told apart in time."""


@dataclass(frozen=True, slots=True)
class Origin:
    """An asset at which an anomaly may have started.

    Attributes:
        node: index of the asset.
        accounts: 0..1, share of all that departed, or should have, that it accounts for.
        onset: row in which it had departed half-way; None of an asset that nobody measures.
        carries: the assets that departed and that it reaches, itself included if measured.
        healthy_before: measured assets directly upstream that did not depart.
    """

    node: int
    accounts: float
    onset: int | None
    carries: tuple[int, ...]
    healthy_before: tuple[int, ...]


def origins(
    course: NDArray[np.float64],
    acts_on: Mapping[int, Sequence[int]],
    complaint: int | None = None,
    candidates: Sequence[int] | None = None,
) -> tuple[Origin, ...]:
    """Where it may have started, best first; none if nothing departed that could tell.

    Args:
        course: departure of each asset from its own baseline by row, in robust standard
            deviations, float64[T, N]; NaN = not measured then; all NaN = an asset that nobody
            measures, which may carry or start an anomaly and cannot show it.
        acts_on: asset → those it acts on directly.
        complaint: the asset complained about; only what reaches it may be the origin. None: any.
        candidates: to choose from; None = every asset that departed.
    """
    course = _since(course, complaint)
    size = np.nan_to_num(np.abs(course), nan=0.0)
    hidden: NDArray[np.bool_] = ~np.any(np.isfinite(course), axis=0)
    departed: NDArray[np.bool_] = np.any(size > LIMIT, axis=0)
    if complaint is not None and not departed[complaint]:
        return ()
    first = np.argmax(size >= np.maximum(size.max(axis=0) / 2.0, LIMIT), axis=0)
    weight = np.log1p(size.max(axis=0))
    into = _reversed(acts_on, course.shape[1])
    every = np.flatnonzero(departed) if candidates is None else np.asarray(candidates, dtype=int)
    found = []
    for node in every.tolist():
        if not (departed[node] or hidden[node]):
            continue
        onset = None if hidden[node] else int(first[node])
        reached = _reached(node, acts_on, departed | hidden)
        carries = tuple(
            m
            for m in sorted(reached)
            if departed[m] and (onset is None or first[m] >= onset - _TOGETHER)
        )
        if not carries or (complaint is not None and complaint not in carries):
            continue
        told = sum(weight[m] * _follows(course, node, m, hidden) for m in carries)
        whole = weight[departed].sum()
        if hidden[node]:  # of which nothing else is known
            whole += np.log1p(LIMIT) * len(_unmoved(reached, acts_on, departed | hidden))
        before = tuple(m for m in into[node] if not (departed[m] or hidden[m]))
        found.append(Origin(node, float(told / whole), onset, carries, before))
    return tuple(sorted(found, key=lambda o: (-o.accounts, o.node)))


def departures(
    healthy: NDArray[np.float64], rows: NDArray[np.float64], floor: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Rows against the median of healthy rows, in robust standard deviations, float64[T, P].

    Args:
        healthy: float64[H, P]; NaN = not measured.
        rows: float64[T, P].
        floor: the smallest credible standard deviation of each column, > 0, float64[P].
    """
    middle, spread = np.zeros(healthy.shape[1]), floor.copy()
    some = np.isfinite(healthy).any(axis=0)
    if some.any():
        middle[some] = np.nanmedian(healthy[:, some], axis=0)
        away = np.abs(healthy[:, some] - middle[some])
        spread[some] = np.maximum(1.4826 * np.nanmedian(away, axis=0), floor[some])
    found: NDArray[np.float64] = np.where(some, (rows - middle) / spread, np.nan)
    return found


def _since(course: NDArray[np.float64], complaint: int | None) -> NDArray[np.float64]:
    """Departures from where each asset stood before the one complained about departed.

    What stood elsewhere long before, and did not move then, is another story.
    """
    if complaint is None:
        return course
    size = np.nan_to_num(np.abs(course[:, complaint]))
    start = int(np.argmax(size >= max(float(size.max()) / 2.0, LIMIT)))
    if start == 0 or size.max() < LIMIT:
        return course
    before = course[:start]
    some = np.isfinite(before).any(axis=0)
    stood = np.zeros(course.shape[1])
    stood[some] = np.nanmedian(before[:, some], axis=0)
    found: NDArray[np.float64] = course - stood
    return found


def _follows(
    course: NDArray[np.float64], cause: int, effect: int, hidden: NDArray[np.bool_]
) -> float:
    """Share of the effect's departure that a multiple of the cause's accounts for, 0..1.

    Of a cause that nobody measures, all of it: nothing speaks against it.
    """
    if hidden[cause] or cause == effect:
        return 1.0
    x, y = np.nan_to_num(course[:, cause]), np.nan_to_num(course[:, effect])
    together = float(x @ y)
    return max(0.0, together) ** 2 / float((x @ x) * (y @ y))


def _reached(
    node: int, acts_on: Mapping[int, Sequence[int]], carrying: NDArray[np.bool_]
) -> set[int]:
    """What an asset reaches over those that departed or that nobody measures, itself included."""
    seen, queue = {node}, [node]
    while queue:
        for other in acts_on.get(queue.pop(), ()):
            if carrying[other] and other not in seen:
                seen.add(other)
                queue.append(other)
    return seen


def _unmoved(
    reached: set[int], acts_on: Mapping[int, Sequence[int]], carrying: NDArray[np.bool_]
) -> set[int]:
    """Measured assets just beyond that should have been moved and were not."""
    return {m for n in reached for m in acts_on.get(n, ()) if not carrying[m]}


def _reversed(acts_on: Mapping[int, Sequence[int]], nodes: int) -> list[list[int]]:
    into: list[list[int]] = [[] for _ in range(nodes)]
    for source, targets in acts_on.items():
        for target in targets:
            into[target].append(source)
    return into
