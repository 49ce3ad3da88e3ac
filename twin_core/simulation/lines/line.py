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
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

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
_MOST = 10_000_000
_AHEAD = 1 << 14
"""Parts by which a machine is computed ahead of the next over a buffer that is never full."""


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
class Machine:
    """A machine over the horizon.

    Attributes:
        cycle: work of a cycle, at speed 1.
        speeds: (from this second on, factor ≥ 0 of its speed), ascending; before the first it is 1.
        failures: laws that compete.
        outages: (start, seconds) in which it stands whatever it does.
        rejects: share of the cycles whose parts are thrown out (0..1).
    """

    cycle: Duration
    speeds: tuple[tuple[float, float], ...] = ()
    failures: tuple[Failure, ...] = ()
    outages: tuple[tuple[float, float], ...] = ()
    rejects: float = 0.0


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
    """

    source: int
    target: int
    capacity: int = ENDLESS
    travel_s: float = 0.0
    puts: tuple[int, ...] = (1,)
    takes: tuple[int, ...] = (1,)
    contents: int = 0


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


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """What came of it, of R replications and M machines and B buffers; times in microseconds.

    Attributes:
        cycles: finished and let go by the horizon, int64[R, M]; `rejected` of them thrown out.
        worked, down: clock time in which it worked, and in which it held parts and could not.
        starved, blocked: in which it had none, and in which it could not let go of them.
        contents: parts on each buffer at the horizon, int64[R, B].
    """

    cycles: NDArray[np.int64]
    rejected: NDArray[np.int64]
    worked: NDArray[np.int64]
    down: NDArray[np.int64]
    starved: NDArray[np.int64]
    blocked: NDArray[np.int64]
    contents: NDArray[np.int64]

    @classmethod
    def of(cls, told: NDArray[np.int64], contents: NDArray[np.int64]) -> "Outcomes":
        """Of the six figures of machines, int64[6, R, M]."""
        cycles, rejected, worked, down, starved, blocked = told
        return cls(cycles, rejected, worked, down, starved, blocked, contents)


def run(line: Line | Sequence[Line], seed: int, replications: int, first: int = 0) -> Outcomes:
    """Every part's way through the line, once a replication.

    Args:
        line: the same for all replications, or one for each, of the same structure.
        seed: of every random number.
        replications: how many.
        first: number of the first; replication `r` is the same in whatever share it is run.

    Raises:
        ImpossibleScenario: a line that cannot be, with what is allowed.
    """
    from twin_core.simulation.line_kernel import simulate
    from twin_core.simulation.line_work import LIFE

    lines = [line] if isinstance(line, Line) else list(line)
    for one in lines:
        check(one)
    if len(lines) not in {1, replications}:
        raise ImpossibleScenario(f"{len(lines)} lines", f"one, or one for each of {replications}")
    told = np.zeros((6, replications, len(lines[0].machines)), np.int64)
    contents = np.zeros((replications, len(lines[0].buffers)), np.int64)
    c = Coded.of(lines)
    count = c.laws[-1].shape[1:]
    put_at, took_at = np.full(c.parts, -NEVER), np.zeros(c.parts, np.int64)
    keys = np.zeros((count[0], LIFE + 2 * count[1]), np.uint64)
    fates = keys, *(np.zeros(count, np.int64) for _ in range(3))
    simulate(
        c.horizon, c.machines, c.laws, c.buffers, c.puts, c.takes, c.into, c.out, put_at, took_at,
        fates, seed, first, told, contents,
    )  # fmt: skip
    return Outcomes.of(told, contents)


def check(line: Line) -> None:
    """Refuse a line that cannot be.

    Raises:
        ImpossibleScenario: with what is allowed.
    """
    n = len(line.machines)
    if not n:
        raise ImpossibleScenario("a line without machines", "one machine or more")
    if not 0 < line.horizon_s < 1e8:
        raise ImpossibleScenario(f"a horizon of {line.horizon_s:g} s", "0 to three years")
    for i, machine in enumerate(line.machines):
        laws = [machine.cycle, *(d for f in machine.failures for d in (f.life, f.repair))]
        for law in laws:
            if not (1e-6 <= law.mean_s < 1e10 and 0 < law.shape <= 20):
                raise ImpossibleScenario(
                    f"machine {i}: {law.law} of mean {law.mean_s:g} s, shape {law.shape:g}",
                    "a mean of a microsecond or more, a shape above 0 and up to 20",
                )
        if not 0 <= machine.rejects <= 1:
            raise ImpossibleScenario(f"machine {i} rejects {machine.rejects:g}", "0 to 1")
        starts = [at for at, _ in machine.speeds]
        if starts != sorted(set(starts)) or any(
            f and not 1e-3 <= f <= 1e3 for _, f in machine.speeds
        ):
            raise ImpossibleScenario(
                f"machine {i} with speeds {machine.speeds}", "0, or 0.001 to 1000, ascending"
            )
        if any(not (at >= 0 and s >= 0) for at, s in machine.outages):
            raise ImpossibleScenario(f"machine {i} with outages {machine.outages}", "≥ 0 s")
    for buffer in line.buffers:
        name = f"the buffer from machine {buffer.source} to {buffer.target}"
        if not 0 <= buffer.source < buffer.target < n:
            raise ImpossibleScenario(name, f"from a machine to a later one of {n}")
        most = max((*buffer.puts, *buffer.takes, buffer.contents), default=0)
        if min((*buffer.puts, *buffer.takes, buffer.contents, 0)) < 0 or not (
            sum(buffer.puts) and sum(buffer.takes)
        ):
            raise ImpossibleScenario(
                f"{name} with negative or no parts", "some that are put, taken"
            )
        if not (most <= buffer.capacity <= _MOST or buffer.capacity == ENDLESS):
            raise ImpossibleScenario(
                f"{name} holds {buffer.capacity}",
                f"{most}, what lies or comes on it, to {_MOST:,} parts, or any number",
            )
        if not 0 <= buffer.travel_s < 1e8:
            raise ImpossibleScenario(f"{name} travels {buffer.travel_s:g} s", "0 or more")


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """Lines as the kernel has them: records and columns, with a first axis of lines.

    Attributes:
        machines, buffers: records `MACHINE` and `BUFFER`; one more machine ends the others'.
        laws: as the kernel has them.
        puts, takes: parts by buffer and turn, ended by -1.
        into, out: buffers by the machine after them and before them.
        parts: places in all rings, one that is only read, and one that is only written.
    """

    horizon: NDArray[np.int64]
    machines: NDArray[Any]
    laws: tuple[NDArray[Any], ...]
    buffers: NDArray[Any]
    puts: NDArray[np.int64]
    takes: NDArray[np.int64]
    into: NDArray[np.int64]
    out: NDArray[np.int64]
    parts: int

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "Coded":
        """Of one structure: the same numbers of machines and buffers, and the same patterns.

        Raises:
            ImpossibleScenario: of several.
        """
        first, *others = lines
        structure = _structure(first)
        if any(_structure(line) != structure for line in others):
            raise ImpossibleScenario("lines of different structure", "the same for all")
        machines = [m for line in lines for m in line.machines]
        shape = (len(lines), len(first.machines))
        laws = (
            _ragged([[(us(at), f) for at, f in m.speeds] for m in machines], (NEVER, 0.0)),
            _ragged([_outages(m) for m in machines], (NEVER, NEVER)).astype(np.int64),
            _laws([[f.life for f in m.failures] for m in machines]),
            _laws([[f.repair for f in m.failures] for m in machines]),
            _ragged([[(f.calendar,) for f in m.failures] for m in machines], (0,))[..., 0] > 0,
        )
        into = sorted(range(len(first.buffers)), key=lambda b: first.buffers[b].target)
        out = sorted(range(len(first.buffers)), key=lambda b: first.buffers[b].source)
        rings = [_ring([line.buffers[b] for line in lines]) for b in range(len(first.buffers))]
        return cls(
            horizon=np.array([us(line.horizon_s) for line in lines], np.int64),
            machines=np.stack([_machines(line) for line in lines]),
            laws=tuple(found.reshape(*shape, *found.shape[1:]) for found in laws),
            buffers=np.stack([_buffers(line, rings) for line in lines]),
            puts=_pattern([b.puts for b in first.buffers]),
            takes=_pattern([b.takes for b in first.buffers]),
            into=np.array(into, np.int64),
            out=np.array(out, np.int64),
            parts=sum(rings) + 2,
        )


def _machines(line: Line) -> NDArray[Any]:
    from twin_core.simulation.line_kernel import MACHINE

    found = np.zeros(len(line.machines) + 1, MACHINE)
    for m, machine in enumerate(line.machines):
        row = found[m]
        row["law"], row["a"], row["b"] = coded(machine.cycle)
        row["rejects"] = machine.rejects
    for m in range(len(found)):
        found[m]["into"] = sum(b.target < m for b in line.buffers)
        found[m]["out"] = sum(b.source < m for b in line.buffers)
    return found


def _buffers(line: Line, rings: Sequence[int]) -> NDArray[Any]:
    from twin_core.simulation.line_kernel import BUFFER

    found = np.zeros(len(line.buffers), BUFFER)
    for b, buffer in enumerate(line.buffers):
        row = found[b]
        for name in ("source", "target", "capacity", "contents"):
            row[name] = getattr(buffer, name)
        row["travel"], row["mask"], row["base"] = us(buffer.travel_s), rings[b] - 1, sum(rings[:b])
    return found


def _ring(alike: Sequence[Buffer]) -> int:
    """Places for the times of what lies on a buffer, a power of two."""
    most = max(b.capacity if b.capacity < ENDLESS else max(_AHEAD, b.contents) for b in alike)
    return 1 << int(most + max(alike[0].puts) + max(alike[0].takes) + 1).bit_length()


def _structure(line: Line) -> tuple[object, ...]:
    return len(line.machines), *((b.source, b.target, b.puts, b.takes) for b in line.buffers)


def _pattern(turns: Sequence[tuple[int, ...]]) -> NDArray[np.int64]:
    return _ragged([[(n,) for n in one] for one in turns], (-1,))[:, :, 0].astype(np.int64)


def us(seconds: float) -> int:
    """Whole microseconds."""
    return round(seconds * SECOND)


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


def _laws(rows: Sequence[Sequence[Duration]]) -> NDArray[np.float64]:
    return _ragged([[coded(one) for one in row] for row in rows], (-1.0, 0.0, 0.0))


def _outages(machine: Machine) -> list[tuple[int, int]]:
    """Ascending, none touching another."""
    merged: list[tuple[int, int]] = []
    for at, seconds in sorted(machine.outages):
        start, end = us(at), us(at + seconds)
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _ragged(
    rows: Sequence[Sequence[tuple[float, ...]]], nothing: tuple[float, ...]
) -> NDArray[np.float64]:
    """Rows of different length as one array, [rows, longest + 1, width], ended by `nothing`."""
    longest = max((len(row) for row in rows), default=0) + 1
    full = [[*row, *[nothing] * (longest - len(row))] for row in rows]
    return np.array(full, np.float64).reshape(len(rows), longest, len(nothing))
