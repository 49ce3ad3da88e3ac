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
_MOST = 10_000_000
_MOST_LAWS, _MOST_EVENTS = 30, 1e9
_LONGEST_S = 1e8
_SHAPED: dict[Shape, tuple[float, float]] = {
    "fixed": (-math.inf, math.inf), "exponential": (-math.inf, math.inf),
    "weibull": (0.2, 20.0), "lognormal": (1e-3, 3.0),
}  # fmt: skip
"""Shapes with which what is drawn is not nearly always nothing, or nearly never ends."""


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


def check(line: Line) -> None:
    """Refuse a line that cannot be.

    Raises:
        ImpossibleScenario: with what is allowed.
    """
    n = len(line.machines)
    if not n:
        raise ImpossibleScenario("a line without machines", "one machine or more")
    if not 0 < line.horizon_s < _LONGEST_S:
        raise ImpossibleScenario(f"a horizon of {line.horizon_s:g} s", "0 to three years")
    for i, machine in enumerate(line.machines):
        _check_machine(f"machine {i}", machine, line.horizon_s)
    for buffer in line.buffers:
        name = f"the buffer from machine {buffer.source} to {buffer.target}"
        _check_buffer(name, buffer, n)
        if buffer.resized is not None and not one_by_one(line):
            raise ImpossibleScenario(f"{name} resized", "in a row of machines, part by part")
        if buffer.until is not None:
            _check_until(name, buffer, line)


def _check_machine(name: str, machine: Machine, horizon_s: float) -> None:
    if len(machine.failures) > _MOST_LAWS:
        raise ImpossibleScenario(f"{name} with {len(machine.failures)} laws", f"{_MOST_LAWS}")
    laws = [machine.cycle, *(d for f in machine.failures for d in (f.life, f.repair))]
    for law in laws:
        low, high = _SHAPED[law.law]
        if not (1e-6 <= law.mean_s <= 1e9 and low <= law.shape <= high):
            raise ImpossibleScenario(
                f"{name}: {law.law} of mean {law.mean_s:g} s, shape {law.shape:g}",
                f"a mean of a microsecond to thirty years, a shape of {low:g} to {high:g}",
            )
    _check_spans(f"{name} with outages", machine.outages)
    starts = [one.at_s for one in machine.settings]
    if not all(0 <= at < _LONGEST_S for at in starts) or starts != sorted(set(starts)):
        raise ImpossibleScenario(f"{name} with settings at {starts}", "from 0 s on, ascending")
    fastest, hasty = 1.0, [1.0] * len(machine.failures)
    for one in machine.settings:
        if one.speed and not 1e-3 <= one.speed <= 1e3:
            raise ImpossibleScenario(f"{name} at speed {one.speed:g}", "0, or 0.001 to 1000")
        if not 0 <= one.rejects <= 1:
            raise ImpossibleScenario(f"{name} rejects {one.rejects:g}", "0 to 1")
        if len(one.haste) > len(machine.failures) or not all(0 <= h <= 1e6 for h in one.haste):
            raise ImpossibleScenario(
                f"{name} with haste {one.haste}", "0 to 1,000,000, for laws it has"
            )
        fastest = max(fastest, one.speed)
        hasty = [max(h, w) for h, w in zip(one.haste + (1.0,) * len(hasty), hasty, strict=False)]
    often = [machine.cycle.mean_s / fastest]
    often += [f.life.mean_s + f.repair.mean_s if f.calendar else f.life.mean_s / fastest / haste
              for f, haste in zip(machine.failures, hasty, strict=True)]  # fmt: skip
    if horizon_s / min(often) > _MOST_EVENTS:
        raise ImpossibleScenario(
            f"{name} with {horizon_s / min(often):.2g} cycles or failures", f"{_MOST_EVENTS:.0e}"
        )


def _check_spans(name: str, spans: Sequence[tuple[float, float]]) -> None:
    if any(not (0 <= at < _LONGEST_S and 0 <= s <= 1e9) for at, s in spans):
        raise ImpossibleScenario(f"{name} {spans}", "≥ 0 s, with an end")


def _check_buffer(name: str, buffer: Buffer, machines: int) -> None:
    if not 0 <= buffer.source < buffer.target < machines:
        raise ImpossibleScenario(name, f"from a machine to a later one of {machines}")
    counts = (*buffer.puts, *buffer.takes, buffer.contents, buffer.underway)
    if min(counts) < 0 or not (sum(buffer.puts) and sum(buffer.takes)):
        raise ImpossibleScenario(f"{name} with negative or no parts", "some that are put, taken")
    least = max(*buffer.puts, *buffer.takes, buffer.contents + buffer.underway)
    if not (least <= buffer.capacity <= _MOST or buffer.capacity == ENDLESS):
        raise ImpossibleScenario(
            f"{name} holds {buffer.capacity}",
            f"{least}, what lies or comes on it, to {_MOST:,} parts, or any number",
        )
    if not 0 <= buffer.travel_s < _LONGEST_S:
        raise ImpossibleScenario(f"{name} travels {buffer.travel_s:g} s", "0 or more")
    _check_spans(f"{name} closed", buffer.closed)
    if buffer.resized is not None:
        at, capacity = buffer.resized
        least = max(*buffer.puts, *buffer.takes)
        if not (0 <= at < _LONGEST_S and least <= capacity <= _MOST):
            raise ImpossibleScenario(
                f"{name} holds {capacity} from {at:g} s on", f"{least} to {_MOST:,} parts"
            )


def one_by_one(line: Line) -> bool:
    """Whether its machines stand in a row, and each cycle takes one part and puts one."""
    sources, targets = [b.source for b in line.buffers], [b.target for b in line.buffers]
    row = len(set(sources)) == len(sources) and len(set(targets)) == len(targets)
    return row and all(b.puts == b.takes == (1,) for b in line.buffers)


def _check_until(name: str, buffer: Buffer, line: Line) -> None:
    b, between = buffer.until, buffer.target
    ends = [k for k, one in enumerate(line.buffers) if one.source == between]
    begins = [one for one in line.buffers if one.target == between]
    if ends != [b] or len(begins) > 1 or line.buffers[ends[0]].until is not None:
        raise ImpossibleScenario(
            f"{name} until buffer {b}", "the one after the one machine after it"
        )
    last = line.buffers[ends[0]]
    patterns = {buffer.puts, buffer.takes, last.puts, last.takes}
    if patterns != {(1,)} or any(one.rejects for one in line.machines[between].settings):
        raise ImpossibleScenario(f"{name} until buffer {b}", "a machine between that passes on")
    if buffer.contents + buffer.underway + last.contents + last.underway > buffer.capacity:
        raise ImpossibleScenario(f"{name} holds {buffer.capacity}", "what lies up to its end")


def check_crews(crews: Sequence[Crew], machines: int) -> None:
    """Refuse crews that cannot be, for so many machines.

    Raises:
        ImpossibleScenario: with what is allowed.
    """
    at = [m for crew in crews for m in crew.machines]
    if any(crew.size < 1 for crew in crews) or not set(at) <= set(range(machines)):
        raise ImpossibleScenario(f"{tuple(crews)}", "a size ≥ 1, for machines of the line")
    if len(at) > len(set(at)):
        raise ImpossibleScenario(f"{tuple(crews)}", "one crew for a machine")
    if any(not set(crew.first) <= set(crew.machines) for crew in crews):
        raise ImpossibleScenario(f"{tuple(crews)}", "first of the machines that they mend")


def check_rework(rework: Sequence[Rework], machines: int, carriers: Sequence[int]) -> None:
    """Refuse what cannot come back, among so many machines of which `carriers` only pass on.

    Raises:
        ImpossibleScenario: with what is allowed.
    """
    ends = {m for one in rework for m in (one.machine, one.target)}
    if len({one.machine for one in rework}) < len(rework) or not all(
        0 <= one.target <= one.machine < machines and 0 <= one.share <= 1 for one in rework
    ):
        raise ImpossibleScenario(
            f"{tuple(rework)}", "0 to 1 of what a machine throws out, to one at or before it"
        )
    if ends & set(carriers):
        raise ImpossibleScenario(f"{tuple(rework)}", "machines that do more than to pass on")


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
