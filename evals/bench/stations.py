"""Exponential stations in a row as a Markov chain, solved: what a simulation of them must say.

Blocked after service; a machine fails only while it works (Gershwin and Berman, *AIIE Transactions*
13, 1981). It shares nothing with the simulation.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

_IDLE, _WORKS, _BLOCKED = range(3)


@dataclass(frozen=True, slots=True)
class _State:
    doing: tuple[int, ...]
    up: tuple[bool, ...]
    held: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stations:
    """Rates per second of work, failure and repair by station, and places between them."""

    work: Sequence[float]
    fail: Sequence[float]
    repair: Sequence[float]
    places: Sequence[int]

    @property
    def rate(self) -> float:
        """Parts a second, in the long run."""
        n = len(self.work)
        doing, held = self._settled([_IDLE] * n, [0] * len(self.places))
        start = _State(doing, (True,) * n, held)
        index, waiting = {start: 0}, [start]
        moves: list[tuple[int, int, float]] = []
        while waiting:
            state = waiting.pop()
            for rate, after in self._moves(state):
                if after not in index:
                    index[after] = len(index)
                    waiting.append(after)
                moves.append((index[state], index[after], rate))
        chain = np.zeros((len(index), len(index)))
        for a, b, rate in moves:
            chain[a, b] += rate
            chain[a, a] -= rate
        balance = np.vstack([chain.T, np.ones(len(index))])
        share = np.linalg.lstsq(balance, np.r_[np.zeros(len(index)), 1.0], rcond=None)[0]
        ends = [s.doing[-1] == _WORKS and s.up[-1] for s in index]
        return float(self.work[-1] * share[ends].sum())

    def _moves(self, state: _State) -> Iterator[tuple[float, _State]]:
        for i, doing in enumerate(state.doing):
            flipped = tuple(u != (j == i) for j, u in enumerate(state.up))
            if not state.up[i]:
                yield self.repair[i], _State(state.doing, flipped, state.held)
            elif doing == _WORKS:
                if self.fail[i]:
                    yield self.fail[i], _State(state.doing, flipped, state.held)
                over = list(state.doing)
                over[i] = _BLOCKED
                doing_now, held = self._settled(over, list(state.held))
                yield self.work[i], _State(doing_now, state.up, held)

    def _settled(
        self, doing: list[int], held: list[int]
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Parts let go where there is room, and taken where there are some, until nothing moves."""
        last, moved = len(doing) - 1, True
        while moved:
            moved = False
            for i in range(last + 1):
                if doing[i] == _BLOCKED and (i == last or held[i] < self.places[i]):
                    doing[i], moved = _IDLE, True
                    if i < last:
                        held[i] += 1
                if doing[i] == _IDLE and (i == 0 or held[i - 1] > 0):
                    doing[i], moved = _WORKS, True
                    if i > 0:
                        held[i - 1] -= 1
        return tuple(doing), tuple(held)
