"""The shortest tour past places of a warehouse: exact for one block, near it for several.

It must never apply a rule of thumb where the layout has one block.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, product
from typing import TypeAlias

import numpy as np

from twin_core.plant.warehouse import Layout, Spot

EXACT_PLACES = 8
"""Up to so many places a tour over several blocks is the shortest; beyond, it is 2-optimal."""

_NONE, _ODD, _EVEN = 0, 1, 2
_State: TypeAlias = tuple[int, int, int]
"""Degree of an aisle's back and front end so far (none, odd, even), and separate parts so far."""

_Edge: TypeAlias = tuple[Spot, Spot]

_Table: TypeAlias = dict[_State, tuple[float, tuple[_Edge, ...]]]
"""The cheapest partial tour of each class: its metres and edges."""

_ACROSS = tuple(product((0, 1, 2), repeat=2))
"""Edges along the back and along the front cross-aisle from one aisle to the next."""


def shortest(layout: Layout, places: Collection[Spot]) -> tuple[Spot, ...]:
    """The spots of a shortest tour, straight from one to the next; depot first and last."""
    if not places:
        return ()
    if layout.crossings:
        return _straight(layout, _visited(layout, sorted(set(places))))
    return _walk(layout.home, _edges(layout, set(places)))


@dataclass(frozen=True, slots=True)
class _Inside:
    """A way to serve one aisle: what it adds to the degrees, whether it joins both ends."""

    back: int
    front: int
    joins: bool
    metres: float
    edges: tuple[_Edge, ...]


def _edges(layout: Layout, places: set[Spot]) -> list[_Edge]:
    """Edges of the shortest tour subgraph, aisle by aisle.

    Ratliff, H. D. and Rosenthal, A. S.: Order-picking in a rectangular warehouse: a solvable case
    of the traveling salesman problem. *Operations Research* 31 (1983), 507–521. Their seven
    classes of partial tours are the states that arise here; a partial tour is told by the parity
    of its ends and by its parts alone, so the cheapest of a class is all that must be kept.
    """
    aisles = {layout.depot, *(aisle for aisle, _ in places)}
    first, last, depth = min(aisles), max(aisles), layout.depth_m
    best: _Table = {(_NONE, _NONE, 0): (0.0, ())}
    for aisle in range(first, last + 1):
        ways = _ways(depth, aisle, sorted(y for a, y in places if a == aisle))
        served: _Table = {}
        for (state, (cost, edges)), way in product(best.items(), ways):
            after = _after(state, way.back, way.front, joins=way.joins)
            if after is not None:
                _keep(served, after, cost + way.metres, edges, way.edges)
        depot = aisle == layout.depot
        if aisle == last:
            done = [
                found
                for (back, front, parts), found in served.items()
                if parts == 1 and _ODD not in {back, front} and (front or not depot)
            ]
            return list(min(done, key=lambda found: found[0])[1])
        best = {}
        behind, before = ((aisle, depth), (aisle + 1, depth)), ((aisle, 0.0), (aisle + 1, 0.0))
        for (state, (cost, edges)), (back, front) in product(served.items(), _ACROSS):
            beyond = _beyond(state, back, front)
            if beyond is None or (depot and not (state[1] or front)):
                continue
            across = (behind,) * back + (before,) * front
            _keep(best, beyond, cost + layout.gap_m * (back + front), edges, across)
    raise AssertionError  # the last aisle returns


def _keep(
    table: _Table,
    state: _State,
    cost: float,
    edges: tuple[_Edge, ...],
    more: tuple[_Edge, ...],
) -> None:
    if state not in table or cost < table[state][0]:
        table[state] = cost, edges + more


def _ways(depth: float, aisle: int, ys: Sequence[float]) -> list[_Inside]:
    """Every way to serve an aisle, so deep, that can be part of a shortest tour."""

    def path(*points: float) -> tuple[_Edge, ...]:
        return tuple(((aisle, a), (aisle, b)) for a, b in pairwise(points))

    through = path(0.0, *ys, depth)
    ways = [
        _Inside(_ODD, _ODD, joins=True, metres=depth, edges=through),
        _Inside(_EVEN, _EVEN, joins=True, metres=2 * depth, edges=through * 2),
    ]
    if not ys:
        return [_Inside(_NONE, _NONE, joins=False, metres=0.0, edges=()), *ways]
    up, down = path(0.0, *ys), path(*ys, depth)
    ways += [
        _Inside(_NONE, _EVEN, joins=False, metres=2 * ys[-1], edges=up * 2),
        _Inside(_EVEN, _NONE, joins=False, metres=2 * (depth - ys[0]), edges=down * 2),
    ]
    if len(ys) > 1:
        gaps = [b - a for a, b in pairwise(ys)]
        cut = gaps.index(max(gaps)) + 1
        ends = path(0.0, *ys[:cut]) + path(*ys[cut:], depth)
        metres = 2 * (depth - max(gaps))
        ways.append(_Inside(_EVEN, _EVEN, joins=False, metres=metres, edges=ends * 2))
    return ways


@cache
def _after(state: _State, more_back: int, more_front: int, *, joins: bool) -> _State | None:
    """The class after an aisle is served; None where the tour was closed before."""
    back, front, parts = state
    if not more_back and not more_front:
        return state
    if parts and not back and not front:
        return None
    apart = parts + bool(more_back and not back) + bool(more_front and not front)
    return _sum(back, more_back), _sum(front, more_front), 1 if joins else apart


def _sum(degree: int, more: int) -> int:
    if not degree or not more:
        return degree or more
    return _EVEN if degree == more else _ODD


@cache
def _beyond(state: _State, back: int, front: int) -> _State | None:
    """The class at the next aisle, with so many edges along both cross-aisles; None: no tour."""
    left_back, left_front, parts = state
    if (left_back == _ODD) != (back == 1) or (left_front == _ODD) != (front == 1):
        return None
    closed = parts and not left_back and not left_front
    if not back and not front:
        return (_NONE, _NONE, parts) if parts < 2 else None
    if closed:
        return None
    if back and front:
        alone = (not left_back) + (not left_front)
        return back, front, min(2, parts + alone)
    # a part that goes no further must hang together with the one that does
    if parts == 2 or (
        (left_front if back else left_back) and not (left_back if back else left_front)
    ):
        return None
    return back, front, 1


def _walk(home: Spot, edges: Sequence[_Edge]) -> tuple[Spot, ...]:
    """The edges, each once, from home and back (Hierholzer 1873)."""
    at: dict[Spot, list[int]] = {}
    for i, (a, b) in enumerate(edges):
        at.setdefault(a, []).append(i)
        at.setdefault(b, []).append(i)
    used = [False] * len(edges)
    stack, walk = [home], list[Spot]()
    while stack:
        here = stack[-1]
        ways = at.get(here, [])
        while ways and used[ways[-1]]:
            ways.pop()
        if not ways:
            walk.append(stack.pop())
            continue
        edge = ways.pop()
        used[edge] = True
        a, b = edges[edge]
        stack.append(b if a == here else a)
    return tuple(walk)


def _straight(layout: Layout, visited: Sequence[Spot]) -> tuple[Spot, ...]:
    """With the corners at which one turns into and out of cross-aisles."""
    walk = [visited[0]]
    for a, b in pairwise(visited):
        if a[0] != b[0]:
            y = min(layout.across, key=lambda y: abs(a[1] - y) + abs(b[1] - y))
            walk += [(a[0], y), (b[0], y)]
        walk.append(b)
    return tuple(walk)


def _visited(layout: Layout, places: Sequence[Spot]) -> list[Spot]:
    """The places in the order of a shortest (or 2-optimal) tour, the depot at both ends."""
    spots = [layout.home, *places]
    metres = np.array([[layout.walk_m(a, b) for b in spots] for a in spots])
    order = held_karp(metres) if len(places) <= EXACT_PLACES else _two_opt(metres)
    return [spots[i] for i in (*order, 0)]


def held_karp(metres: np.ndarray) -> list[int]:
    """The order of a shortest round trip from 0 over a distance matrix [n, n].

    Held, M. and Karp, R. M.: A dynamic programming approach to sequencing problems. *J. SIAM* 10
    (1962), 196–210. Time and room grow as n² 2ⁿ.
    """
    n = len(metres)
    if n == 1:
        return [0]
    best = {(1 << i, i): (float(metres[0, i]), 0) for i in range(1, n)}
    for seen in range(2, 1 << n, 2):
        inside = [i for i in range(1, n) if seen >> i & 1]
        if len(inside) < 2:
            continue
        for i in inside:
            rest = seen ^ (1 << i)
            best[seen, i] = min((best[rest, j][0] + metres[j, i], j) for j in inside if j != i)
    seen = (1 << n) - 2
    last = min(range(1, n), key=lambda i: best[seen, i][0] + metres[i, 0])
    order = []
    while last:
        order.append(last)
        seen, last = seen ^ (1 << last), best[seen, last][1]
    return [0, *order[::-1]]


def _two_opt(metres: np.ndarray) -> list[int]:
    """Nearest neighbour, then 2-opt until no reversal shortens it (Croes, *Op. Res.* 6, 1958)."""
    n = len(metres)
    order, left = [0], set(range(1, n))
    while left:
        order.append(min(left, key=lambda i: (metres[order[-1], i], i)))
        left.remove(order[-1])
    order.append(0)
    better = True
    while better:
        better = False
        for i in range(1, n - 1):
            for j in range(i + 1, n):
                a, b, c, d = order[i - 1], order[i], order[j], order[j + 1]
                if metres[a, c] + metres[b, d] < metres[a, b] + metres[c, d] - 1e-9:
                    order[i : j + 1] = order[i : j + 1][::-1]
                    better = True
    return order[:-1]
