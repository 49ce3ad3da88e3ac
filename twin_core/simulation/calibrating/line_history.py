"""What a line did, machine by machine: states, waiting, counts. All that calibration is given.

Made from the readings of any span (`heard.py`). It must never fill a gap: what was not heard is in
no spell and in no count.
"""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import WrongKind
from twin_core.operations.calendar import Calendar
from twin_core.operations.counting import EXECUTE, STATES, gained
from twin_core.plant.assets import Plant, Unit
from twin_core.simulation.calibrating.spans import NONE, Spans, inside, union, without
from twin_core.value import SECOND, Instant


@dataclass(frozen=True, eq=False)
class MachineHistory:
    """One machine.

    Attributes:
        spells: (start, end, PackML state, went down of its own) ascending and apart, int64[N, 4];
            time in none of them was not seen.
        going_on: whether the last spell still goes on.
        starved, blocked: when it said so; None if nobody knows.
        time: ends of the spans counted in, Instant, int64[T], ascending.
        made, rejected: counted since the time before, in its `unit_out`; NaN where not heard.
        product: number of what was made; -1 = not known.
        speed: what it turned at, things a minute, NaN where not known: a machine may turn faster
            than it is fed, and nothing says that it starves.
        resolution_s: in which steps its state is told.
    """

    unit: Unit
    spells: NDArray[np.int64]
    going_on: bool
    starved: Spans | None
    blocked: Spans | None
    time: NDArray[np.int64]
    made: NDArray[np.float64]
    rejected: NDArray[np.float64]
    product: NDArray[np.int64]
    speed: NDArray[np.float64]
    resolution_s: float = 1.0

    def __post_init__(self) -> None:
        """Refuse spells that overlap and counts that are not one a time."""
        starts, ends = self.spells[:, 0], self.spells[:, 1]
        if (ends < starts).any() or (starts[1:] < ends[:-1]).any():
            raise WrongKind(f"spells of {self.unit.id}", "overlapping ones", "ascending, apart")
        n = len(self.time)
        if {len(x) for x in (self.made, self.rejected, self.product, self.speed)} != {n}:
            raise WrongKind(f"counts of {self.unit.id}", "columns of unequal length", "one a time")
        if (np.diff(self.time) <= 0).any():
            raise WrongKind(f"counts of {self.unit.id}", "times that go back", "ascending times")

    @cached_property
    def waiting(self) -> Spans:
        """When it was starved or blocked, as far as it is known."""
        told = [spans for spans in (self.starved, self.blocked) if spans is not None]
        return union(np.concatenate([NONE, *told]))


@dataclass(frozen=True, eq=False)
class LineHistory:
    """A line over a span; the arrays may begin before it, so that ages are known.

    Attributes:
        planned: when nothing was to be made.
    """

    line: str
    start: Instant
    end: Instant
    machines: tuple[MachineHistory, ...]
    planned: Spans

    @cached_property
    def digest(self) -> str:
        """SHA-256 over everything in it."""
        h = hashlib.sha256(f"\x01{self.line} {self.start} {self.end}".encode())
        for m in self.machines:
            waits = [NONE if s is None else s for s in (m.starved, m.blocked)]
            told = (m.going_on, m.resolution_s, m.starved is None, m.blocked is None)
            h.update(f"{m.unit.id} {told}".encode())
            for ints in (m.spells, *waits, m.time, m.product):
                h.update(f"i{ints.shape}".encode() + ints.astype("<i8").tobytes())
            for floats in (m.made, m.rejected, m.speed):
                h.update(f"f{floats.shape}".encode() + floats.astype("<f8").tobytes())
        h.update(f"i{self.planned.shape}".encode() + self.planned.astype("<i8").tobytes())
        return h.hexdigest()

    def between(self, start: Instant, end: Instant) -> "LineHistory":
        """The same over a part of the span: later is cut off, earlier kept for the ages."""
        cut = [_until(m, end) for m in self.machines]
        return LineHistory(self.line, max(start, self.start), end, tuple(cut), self.planned)


def planned_of(plant: Plant, line: str, start: Instant, end: Instant) -> Spans:
    """When a line was not planned to be busy; never, where there are no shifts."""
    busy = Calendar(plant).busy(line, start, end)
    if busy is None or end <= start:
        return NONE
    edges = np.array([start, *(edge for span in busy for edge in span), end], np.int64)
    gaps = edges.reshape(-1, 2)
    return gaps[gaps[:, 1] > gaps[:, 0]]


def spells_of(
    time: NDArray[np.int64], state: NDArray[np.float64], silent_s: float, excused: Spans = NONE
) -> NDArray[np.int64]:
    """Spells from believed readings of a state, as `MachineHistory` has them.

    Args:
        time: ascending, Instant.
        state: PackML numbers.
        silent_s: without a reading for longer than this the state is not known.
        excused: when it was starved or blocked: what went down then did not of its own.
    """
    number = np.where(np.isfinite(state), state, -1).astype(np.int64)
    known = (number >= 0) & (number < STATES)
    time, number = time[known], number[known]
    if not len(time):
        return np.empty((0, 4), np.int64)
    silent = np.diff(time) > silent_s * SECOND
    turns = np.r_[True, silent | (np.diff(number) != 0)]
    first = np.flatnonzero(turns)
    last = np.r_[first[1:] - 1, len(time) - 1]
    after = np.r_[silent[first[1:] - 1], True]
    follows = np.minimum(last + 1, len(time) - 1)
    end = np.where(after, time[last], time[follows])
    own = ~inside(time[first], excused)
    return np.column_stack([time[first], end, number[first], own]).astype(np.int64)


def spans_of(time: NDArray[np.int64], told: NDArray[np.float64], silent_s: float) -> Spans:
    """When a believed yes-or-no point said yes."""
    found = spells_of(time, np.where(np.isfinite(told), told > 0.5, -1.0), silent_s)
    return union(found[found[:, 2] == 1][:, :2])


def counts_of(
    time: NDArray[np.int64], value: NDArray[np.float64], at: NDArray[np.int64], *,
    end: float, most: float, silent_s: float,
) -> NDArray[np.float64]:  # fmt: skip
    """What a counter gained between the times `at`, NaN over a silence; the first is NaN.

    Args:
        time: of believed readings, ascending, Instant.
        value: of the counter.
        at: ascending, Instant.
        end: where the counter wraps.
        most: the most the machine can count a second.
        silent_s: without a reading for longer than this nothing is known.
    """
    if len(time) < 2:
        return np.full(len(at), np.nan)
    step = gained(value[:-1], time[:-1], value[1:], time[1:], end, most)
    total = np.r_[0.0, np.cumsum(step)]
    last = np.searchsorted(time, at, side="right") - 1
    heard = (last >= 0) & (at - time[np.maximum(last, 0)] <= silent_s * SECOND)
    gaps = np.r_[0, np.cumsum(np.diff(time) > silent_s * SECOND)]
    at_time, at_gap = total[np.maximum(last, 0)], gaps[np.maximum(last, 0)]
    known = np.r_[False, heard[1:] & heard[:-1] & (np.diff(at_gap) == 0)]
    return np.where(known, np.diff(at_time, prepend=0.0), np.nan)


def running(machine: MachineHistory, planned: Spans) -> Spans:
    """When it ran: in Execute, neither starved nor blocked, and meant to."""
    spells = machine.spells
    execute = union(spells[spells[:, 2] == EXECUTE][:, :2])
    return without(without(execute, machine.waiting), planned)


def _until(m: MachineHistory, end: Instant) -> MachineHistory:
    spells = m.spells[m.spells[:, 0] < end].copy()
    cut = len(spells) > 0 and bool(spells[-1, 1] > end)
    spells[:, 1] = np.minimum(spells[:, 1], end)
    n = int(np.searchsorted(m.time, end, side="right"))
    waits = [None if w is None else union(np.minimum(w, end)) for w in (m.starved, m.blocked)]
    return replace(
        m,
        spells=spells,
        going_on=cut or (m.going_on and len(spells) == len(m.spells)),
        starved=waits[0],
        blocked=waits[1],
        time=m.time[:n],
        made=m.made[:n],
        rejected=m.rejected[:n],
        product=m.product[:n],
        speed=m.speed[:n],
    )
