"""A week of a serial line with known laws, as its controllers would tell it once a second.

Machines pass parts through finite conveyors; one that starves starts again when some parts have
gathered, one that is blocked when there is some room, as level switches make them. Lives run in
operating time, planned stops halt everything. Its own arithmetic and numpy's draws: nothing of the
twin's models is in it, so that their faults cannot cancel. It must never tell the truth to whoever
estimates.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

STOPPED, SUSPENDED, EXECUTE, HELD = 2, 5, 6, 11
DAY_S = 86_400
_WARM_S = DAY_S
_BREAKS_S = (6 * 3600, 14 * 3600, 22 * 3600)
_BREAK_S = 1800
_SLOW_SHARE, _SLOW = 0.04, 0.85
"""Now and then a machine runs slow for some minutes, and nothing says so."""
_SLOW_PARTS = 300


@dataclass(frozen=True, slots=True)
class Planted:
    """A law that was put in: numpy's name for it, mean in seconds, shape."""

    family: str
    mean_s: float
    shape: float = 1.0

    def draw(self, random: np.random.Generator, n: int) -> NDArray[np.float64]:
        """`n` lengths, seconds."""
        from scipy.special import gamma

        k = self.shape
        if self.family == "weibull":
            return np.asarray(random.weibull(k, n) * (self.mean_s / gamma(1 + 1 / k)))
        if self.family == "lognormal":
            return np.asarray(random.lognormal(np.log(self.mean_s) - k * k / 2, k, n))
        if self.family == "gamma":
            return np.asarray(random.gamma(k, self.mean_s / k, n))
        return np.asarray(random.exponential(self.mean_s, n))


@dataclass(frozen=True, slots=True)
class Machine:
    """What is planted in a machine; `buffer` parts fit behind it, `travel_s` from end to end."""

    name: str
    cycle_s: tuple[float, ...]
    minor: Planted
    minor_length: Planted
    failure: Planted
    failure_length: Planted
    rejects: float
    buffer: int
    travel_s: float
    gather: int = 12


def _machine(
    i: int, cycle_s: float, stops: tuple[Planted, Planted], failures: tuple[Planted, Planted],
    rejects: float, buffer: int = 0, travel_s: float = 0.0,
) -> Machine:  # fmt: skip
    products = (cycle_s, cycle_s * 1.12, cycle_s * 1.25)
    return Machine(f"m{i}", products, *stops, *failures, rejects, buffer, travel_s)


_E, _W, _L, _G = "exponential", "weibull", "lognormal", "gamma"
LINE: tuple[Machine, ...] = (
    _machine(1, 0.85, (Planted(_E, 320), Planted(_L, 28, 0.6)),
             (Planted(_E, 30_000), Planted(_L, 1500, 0.5)), 0.004, 180, 25.0),
    _machine(2, 0.90, (Planted(_W, 260, 1.4), Planted(_G, 24, 2.0)),
             (Planted(_W, 22_000, 1.5), Planted(_L, 1200, 0.4)), 0.002, 150, 20.0),
    _machine(3, 1.00, (Planted(_G, 300, 1.8), Planted(_L, 35, 0.7)),
             (Planted(_E, 18_000), Planted(_L, 1800, 0.5)), 0.010, 200, 30.0),
    _machine(4, 0.92, (Planted(_W, 380, 0.8), Planted(_E, 30)),
             (Planted(_W, 40_000, 1.3), Planted(_L, 1300, 0.4)), 0.006, 160, 20.0),
    _machine(5, 0.90, (Planted(_L, 340, 0.9), Planted(_W, 26, 1.6)),
             (Planted(_E, 26_000), Planted(_L, 1600, 0.5)), 0.003, 140, 18.0),
    _machine(6, 0.86, (Planted(_E, 240), Planted(_G, 20, 3.0)),
             (Planted(_E, 35_000), Planted(_L, 1400, 0.4)), 0.005, 220, 30.0),
    _machine(7, 0.82, (Planted(_G, 420, 1.3), Planted(_L, 40, 0.5)),
             (Planted(_W, 28_000, 1.2), Planted(_L, 1500, 0.6)), 0.001),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What one machine's controller told, once a second from second 0; NaN where not heard.

    Attributes:
        state, starved, blocked, made, rejected: float64[T]; the counters only grow.
    """

    state: NDArray[np.float64]
    starved: NDArray[np.float64]
    blocked: NDArray[np.float64]
    made: NDArray[np.float64]
    rejected: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Week:
    """What a line told over a span.

    Attributes:
        planned: (start, end) of planned stops, seconds.
        product: index of what was made, each second.
    """

    line: tuple[Machine, ...]
    seconds: int
    told: tuple[Told, ...]
    planned: tuple[tuple[int, int], ...]
    product: NDArray[np.int64]


def week(seed: int, line: Sequence[Machine] = LINE, days: int = 7, *, silent: bool = True) -> Week:
    """Run a line from a warm start.

    Args:
        seed: of everything drawn.
        line: what is planted.
        days: how long it is watched.
        silent: whether its controllers cannot be heard for an hour in the middle.
    """
    random = np.random.default_rng((seed, 77))
    work_day = DAY_S - len(_BREAKS_S) * _BREAK_S
    span = (days + 1) * work_day
    n = int(span / line[0].cycle_s[0]) + 1
    logs = _run(line, random, n, float(span), float(work_day))
    planned = tuple(
        (d * DAY_S + at, d * DAY_S + at + _BREAK_S) for d in range(days) for at in _BREAKS_S
    )
    seconds = days * DAY_S
    gap = (seconds // 2 + 1234, seconds // 2 + 1234 + 3600) if silent else (0, 0)
    told = tuple(_told(log, days, planned, gap) for log in logs)
    day = np.arange(seconds) // DAY_S + _WARM_S // DAY_S
    return Week(tuple(line), seconds, told, planned, (day % len(line[0].cycle_s)).astype(np.int64))


def bent(line: Sequence[Machine], machine: int, **given: Any) -> tuple[Machine, ...]:
    """The line with something of one machine planted otherwise."""
    return tuple(replace(m, **given) if i == machine else m for i, m in enumerate(line))


@dataclass(frozen=True, slots=True, eq=False)
class _Log:
    """Of one machine, working seconds: spans of standing, times of counting."""

    down: NDArray[np.float64]
    starved: NDArray[np.float64]
    blocked: NDArray[np.float64]
    made: NDArray[np.float64]
    rejected: NDArray[np.float64]


def _run(
    line: Sequence[Machine], random: np.random.Generator, n: int, span: float, work_day: float
) -> list[_Log]:
    m = len(line)
    cycle = np.array([machine.cycle_s for machine in line])
    lives, lengths = [], []
    for machine in line:
        for law, length in (
            (machine.minor, machine.minor_length), (machine.failure, machine.failure_length)
        ):  # fmt: skip
            many = int(3 * span / law.mean_s) + 200
            lives.append(law.draw(random, many))
            lengths.append(length.draw(random, many))
    rejected = random.random((m, n)) < np.array([[machine.rejects] for machine in line])
    blocks = n // _SLOW_PARTS + 1
    slow = np.where(random.random((m, blocks)) < _SLOW_SHARE, 1 / _SLOW, 1.0)
    sizes = np.array([len(x) for x in lives])
    first = np.r_[0, np.cumsum(sizes)[:-1]]
    out = _kernel()(
        n, span, work_day, cycle, np.concatenate(lives), np.concatenate(lengths), first,
        np.array([machine.buffer for machine in line]),
        np.array([machine.travel_s for machine in line]),
        np.array([machine.gather for machine in line]), rejected, slow, _SLOW_PARTS,
        int(sizes.sum()) + 1,
    )  # fmt: skip
    done, bad, starved, blocked, down, many = out
    logs = []
    for i in range(m):
        k, a, b, c = many[i]
        good = ~bad[i, :k]
        logs.append(
            _Log(down[i, :c], starved[i, :a], blocked[i, :b], done[i, :k][good], done[i, :k][~good])
        )
    return logs


@lru_cache(maxsize=1)
def _kernel() -> Any:
    """The line, part by part; compiled once a process."""
    import numba

    return numba.njit(_pass_parts)


# one loop, because it is compiled as one
def _pass_parts(  # noqa: PLR0915
    n: int, span: float, work_day: float, cycle: Any, lives: Any, lengths: Any, first: Any,
    room: Any, travel: Any, gather: Any, rejected: Any, slow: Any, slow_parts: int, most: int,
) -> Any:  # fmt: skip
    m = len(room)
    start = np.zeros((m, n + 1))  # of service, by the machine's own number of a part
    done = np.zeros((m, n + 1))  # of service
    left = np.zeros((m, n + 1))  # of the good ones, by their number
    k = np.zeros(m, np.int64)
    good = np.zeros(m, np.int64)
    free = np.zeros(m)  # when the machine has let go of its last part
    starved = np.zeros((m, n + 1, 2))
    blocked = np.zeros((m, n + 1, 2))
    down = np.zeros((m, most, 2))
    many = np.zeros((m, 4), np.int64)
    over = np.zeros(m, np.bool_)
    at = first.copy()
    life = np.empty(2 * m)
    for j in range(2 * m):
        life[j] = lives[at[j]]
    moved = True
    while moved:
        moved = False
        for i in range(m):
            while k[i] < n and not over[i]:
                ready = free[i]
                arrives = 0.0
                if i > 0:
                    if k[i] >= good[i - 1]:
                        if over[i - 1]:
                            over[i] = True
                        break
                    arrives = left[i - 1, k[i]] + travel[i - 1]
                    if arrives > ready:
                        want = k[i] + gather[i] - 1
                        if want >= good[i - 1]:
                            if over[i - 1]:
                                over[i] = True
                            break
                        arrives = left[i - 1, want] + travel[i - 1]
                bad = rejected[i, k[i]]
                # whether there is room is known once the next machine has come so far
                if i < m - 1 and not bad:
                    need = good[i] - room[i] + gather[i]
                    if need >= k[i + 1] and not over[i + 1]:
                        break
                s = max(ready, arrives)
                if s > span:
                    over[i] = True
                    break
                if s > ready + 1e-9 and ready > 0:
                    starved[i, many[i, 1], 0] = ready
                    starved[i, many[i, 1], 1] = s
                    many[i, 1] += 1
                start[i, k[i]] = s
                product = int(s / work_day) % cycle.shape[1]
                todo = cycle[i, product] * slow[i, k[i] // slow_parts]
                t = s
                while True:
                    a, b = 2 * i, 2 * i + 1
                    j = a if life[a] <= life[b] else b
                    if life[j] >= todo:
                        life[a] -= todo
                        life[b] -= todo
                        t += todo
                        break
                    ran = life[j]
                    todo -= ran
                    t += ran
                    life[a] -= ran
                    life[b] -= ran
                    length = lengths[at[j]]
                    at[j] += 1
                    life[j] = lives[at[j]]
                    down[i, many[i, 3], 0] = t
                    t += length
                    down[i, many[i, 3], 1] = t
                    many[i, 3] += 1
                done[i, k[i]] = t
                if not bad:
                    if i < m - 1:
                        full = good[i] - room[i]
                        if full >= 0 and start[i + 1, full] > t:
                            goes = start[i + 1, full + gather[i] - 1]
                            if goes < t:  # the next machine never came so far
                                goes = span + 1.0
                            blocked[i, many[i, 2], 0] = t
                            blocked[i, many[i, 2], 1] = goes
                            many[i, 2] += 1
                            t = goes
                    left[i, good[i]] = t
                    good[i] += 1
                free[i] = t
                k[i] += 1
                many[i, 0] = k[i]
                moved = True
    return done, rejected, starved, blocked, down, many


def _told(log: _Log, days: int, planned: Sequence[tuple[int, int]], gap: tuple[int, int]) -> Told:
    """From working seconds to the seconds of the week, as they are read."""
    seconds = days * DAY_S
    second = np.arange(seconds, dtype=np.float64)
    worked = second.copy()
    off = np.zeros(seconds, np.bool_)
    for a, b in planned:
        worked[b:] -= b - a
        worked[a:b] = worked[a - 1] + 1.0 if a else 0.0
        off[a:b] = True
    worked += _WARM_S * (DAY_S - len(_BREAKS_S) * _BREAK_S) / DAY_S
    down, starved, blocked = (_in(spans, worked) for spans in (log.down, log.starved, log.blocked))
    state = np.full(seconds, float(EXECUTE))
    state[starved | blocked] = SUSPENDED
    state[off] = STOPPED
    state[down] = HELD
    columns = [
        state, (starved & ~off).astype(float), (blocked & ~off).astype(float),
        np.searchsorted(log.made, worked, side="right").astype(float),
        np.searchsorted(log.rejected, worked, side="right").astype(float),
    ]  # fmt: skip
    for column in columns:
        column[gap[0] : gap[1]] = np.nan
    return Told(*columns)


def _in(spans: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.bool_]:
    if not len(spans):
        return np.zeros(len(at), np.bool_)
    i = np.searchsorted(spans[:, 0], at, side="right") - 1
    return np.asarray((i >= 0) & (at < spans[np.maximum(i, 0), 1]))
