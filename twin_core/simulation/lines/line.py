"""A line part by part: machines, what lies between them, and every part's way through it.

A machine repeats a cycle: it takes parts, works, and puts parts, in patterns that repeat (cyclo-
static dataflow: Bilsen and others, *IEEE Trans. Signal Processing* 44, 1996), so that lots (bottle,
case, pallet) and joins in a fixed order are lines like any other. It is blocked after its work.
Time is whole microseconds, so that engines that count the same agree exactly. What is drawn depends
on seed, replication, machine and how often it was drawn before, never on what else happens: two
scenarios meet the same fate. What a fixed order cannot say is for `flow.py`. It must never know a
plant: it is given numbers.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import ImpossibleScenario
from twin_core.value import SECOND

Shape: TypeAlias = Literal["fixed", "exponential", "weibull", "lognormal"]
SHAPES: tuple[Shape, ...] = ("fixed", "exponential", "weibull", "lognormal")
ENDLESS = 1 << 40
"""Capacity of a buffer that is never full."""
NEVER = 1 << 61
"""Microseconds; later than anything."""
MOST_STEPS = 1_000
"""Of the courses of a line over its horizon."""


@dataclass(frozen=True, slots=True)
class Duration:
    """Seconds that something takes, of work or of the clock.

    Attributes:
        mean_s: mean, > 0; a fixed one is always so long.
        shape: of the Weibull law its shape, of the lognormal law the deviation of the logarithm.
    """

    mean_s: float
    law: Shape = "fixed"
    shape: float = 1.0


@dataclass(frozen=True, slots=True)
class Failure:
    """How a machine fails and is mended.

    Attributes:
        life: until it fails: of work (Gershwin, *Manufacturing Systems Engineering*, 1994, ch. 3),
            so that a machine at half its speed uses it up half as fast, or else, `calendar`, of
            the clock, whether it works or not.
        repair: of the clock.
    """

    life: Duration
    repair: Duration
    calendar: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """What a machine can do from `at_s` on.

    Attributes:
        speed: factor ≥ 0 of its speed.
        rejects: share of the cycles whose parts are thrown out (0..1).
        haste: by law of work, how many times as fast the same work uses up its life; 1 where
            none is told.
    """

    at_s: float
    speed: float = 1.0
    rejects: float = 0.0
    haste: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine over the horizon.

    Attributes:
        cycle: work of a cycle, at speed 1.
        failures: laws that compete.
        outages: (start, seconds) in which it stands whatever it does.
        settings: ascending; before the first it is at speed 1, throws nothing out, and its laws
            are as they are told.
    """

    cycle: Duration
    failures: tuple[Failure, ...] = ()
    outages: tuple[tuple[float, float], ...] = ()
    settings: tuple[Setting, ...] = ()


@dataclass(frozen=True, slots=True)
class Buffer:
    """What lies between two machines.

    Attributes:
        source, target: numbers of machines, source < target.
        capacity: parts that it holds, those on their way included.
        travel_s: seconds from one end to the other.
        puts: parts that the source's cycles put on it, in turn.
        takes: parts that the target's cycles take off it, in turn.
        contents: parts that lie at its far end at the start.
        underway: parts besides that come to its far end one after the other, as the last of them
            has gone the whole way.
        closed: (start, seconds) in which nothing is put on it or taken off it.
        resized: from when on it holds how many instead; in a row of machines, part by part.
        until: the number of a buffer that follows after one machine, which only passes on: what is
            put on this one takes up its room until it is taken off that one.
    """

    source: int
    target: int
    capacity: int = ENDLESS
    travel_s: float = 0.0
    puts: tuple[int, ...] = (1,)
    takes: tuple[int, ...] = (1,)
    contents: int = 0
    underway: int = 0
    closed: tuple[tuple[float, float], ...] = ()
    resized: tuple[float, int] | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Machines and buffers over a horizon; machines in an order in which parts go through them."""

    machines: tuple[Machine, ...]
    buffers: tuple[Buffer, ...]
    horizon_s: float

    @staticmethod
    def serial(machines: Sequence[Machine], capacities: Sequence[int], horizon_s: float) -> "Line":
        """Machines one after the other, with so many places between each two."""
        buffers = [Buffer(j, j + 1, capacity) for j, capacity in enumerate(capacities)]
        return Line(tuple(machines), tuple(buffers), horizon_s)


@dataclass(frozen=True, slots=True)
class Crew:
    """People who mend these machines (by number), so many at a time, first come first served.

    Those in `first` come before the others, in that order; nobody leaves what is begun.
    """

    machines: tuple[int, ...]
    size: int = 1
    first: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rework:
    """Of what a machine (by number) throws out `share` is put right and goes to `target` again.

    `share` is 0..1, `target` a machine at or before it. What waits for that lies beside the line,
    where there is always room, and goes first.
    """

    machine: int
    target: int
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """What came of it, of R replications and M machines and B buffers; times in microseconds.

    Attributes:
        cycles: finished and let go by the horizon, int64[R, M]; `rejected` of them thrown out.
            `again` were finished besides and sent back.
        worked, down: clock time in which it worked, and in which it held parts and could not.
        starved, blocked: in which it had none, and in which it could not let go of them.
        contents: parts on each buffer at the horizon, int64[R, B].
        good: cycles let go of and not thrown out by each of `moments`, int64[R, M, K + 1], where
            K steps were asked for; else the last axis, and those below, are of length 0.
        levels: parts that take up room of each buffer then, int64[R, B, K + 1]: all that is on it,
            and where it has an `until` all up to there, what is in the machine between included.
        extremes: the fewest and the most of them at any time from 0 to the horizon, once all that
            happens in a microsecond has happened, int64[R, B, 2].
    """

    cycles: NDArray[np.int64]
    rejected: NDArray[np.int64]
    worked: NDArray[np.int64]
    down: NDArray[np.int64]
    starved: NDArray[np.int64]
    blocked: NDArray[np.int64]
    again: NDArray[np.int64]
    contents: NDArray[np.int64]
    good: NDArray[np.int64]
    levels: NDArray[np.int64]
    extremes: NDArray[np.int64]

    @classmethod
    def of(cls, told: NDArray[np.int64], *others: NDArray[np.int64]) -> "Outcomes":
        """Of the seven figures of machines, int64[7, R, M], and the others in order."""
        return cls(*told, *others)

    @classmethod
    def joined(cls, parts: Sequence["Outcomes"]) -> "Outcomes":
        """Of all their replications, in order."""
        return cls(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)))


def one_by_one(line: Line) -> bool:
    """Whether its machines stand in a row, and each cycle takes one part and puts one."""
    sources, targets = [b.source for b in line.buffers], [b.target for b in line.buffers]
    row = len(set(sources)) == len(sources) and len(set(targets)) == len(targets)
    return row and all(b.puts == b.takes == (1,) for b in line.buffers)


def us(seconds: float) -> int:
    """Whole microseconds."""
    return round(seconds * SECOND)


def moments(horizon: int, steps: int) -> tuple[int, ...]:
    """From 0 to the horizon, both included, in as many steps; microseconds. None of no steps.

    Raises:
        ImpossibleScenario: negative or too many steps.
    """
    if not 0 <= steps <= MOST_STEPS:
        raise ImpossibleScenario(f"courses in {steps} steps", f"0 to {MOST_STEPS:,}")
    return tuple(k * horizon // steps for k in range(steps + 1)) if steps else ()


@lru_cache(maxsize=4096)
def coded(duration: Duration) -> tuple[float, float, float]:
    """Number of the law, and what the kernel draws it by; microseconds.

    Weibull: scale and 1 / shape; lognormal: mean and deviation of the logarithm (Johnson, Kotz and
    Balakrishnan, *Continuous Univariate Distributions* 1, 2nd ed., ch. 14, 21).
    """
    number = float(SHAPES.index(duration.law))
    mean, shape = duration.mean_s * SECOND, duration.shape
    if duration.law == "weibull":
        return number, mean / math.gamma(1.0 + 1.0 / shape), 1.0 / shape
    if duration.law == "lognormal":
        return number, math.log(mean) - shape * shape / 2.0, shape
    return number, float(max(1, round(mean))) if duration.law == "fixed" else mean, 0.0
