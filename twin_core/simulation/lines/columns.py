"""Lines of one row of machines in columns, a row of numbers a replication: what plans become.

The same lines as those of `line.py`, whose words hold here too, but made by the hundred at once.
It must never let a line through that cannot be.
"""

from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import ImpossibleScenario
from twin_core.simulation.lines.line import (
    NEVER,
    Buffer,
    Duration,
    Failure,
    Line,
    Machine,
    Setting,
)
from twin_core.value import SECOND

Numbers: TypeAlias = NDArray[np.float64]
Counts: TypeAlias = NDArray[np.int64]
_T = TypeVar("_T", np.float64, np.int64)
_MOST_EVENTS = 1e9


@dataclass(frozen=True, slots=True, eq=False)
class Machines:
    """A machine, by replication.

    Attributes:
        cycle_s: always so long at speed 1, float64[R].
        at_s, speed, rejects: of its settings, float64[R, S], endless where there are fewer.
        haste: of each law, float64[R, S, L].
        life_s, repair_s: means of its laws, exponential both, float64[R, L].
        outages: (start, seconds), float64[R, J, 2]; of no length where there are fewer.
    """

    cycle_s: Numbers
    at_s: Numbers
    speed: Numbers
    rejects: Numbers
    haste: Numbers
    life_s: Numbers
    repair_s: Numbers
    outages: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Buffers:
    """What lies between a machine and the next, by replication: columns [R] of what `Buffer` has.

    `resized_s` is endless where it always holds as much; `closed` float64[R, J, 2] as outages.
    """

    source: int
    capacity: Counts
    contents: Counts
    underway: Counts
    resized_s: Numbers
    resized_to: Counts
    closed: Numbers
    travel_s: float = 0.0
    until: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """R lines of machines in a row, one part a cycle."""

    machines: tuple[Machines, ...]
    buffers: tuple[Buffers, ...]
    horizon_s: float

    @property
    def replications(self) -> int:
        """How many lines."""
        return len(self.machines[0].cycle_s)

    def check(self) -> None:
        """Refuse what would never come to an end.

        Raises:
            ImpossibleScenario: too many failures in the horizon.
        """
        for i, machine in enumerate(self.machines):
            hasty = (machine.haste * np.maximum(machine.speed, 1.0)[:, :, None]).max(axis=1)
            often = (np.maximum(hasty, 1.0) / machine.life_s).max(initial=0.0) * self.horizon_s
            if not often <= _MOST_EVENTS:
                raise ImpossibleScenario(
                    f"machine {i} with {often:.2g} failures", f"{_MOST_EVENTS:.0e}"
                )

    def line(self, r: int) -> Line:
        """One of them."""
        return Line(
            tuple(_machine(one, r) for one in self.machines),
            tuple(_buffer(one, r) for one in self.buffers),
            self.horizon_s,
        )


def _machine(columns: Machines, r: int) -> Machine:
    settings = zip(
        columns.at_s[r].tolist(), columns.speed[r].tolist(), columns.rejects[r].tolist(),
        columns.haste[r].tolist(), strict=True,
    )  # fmt: skip
    return Machine(
        cycle=Duration(float(columns.cycle_s[r])),
        failures=tuple(
            Failure(Duration(life_s, "exponential"), Duration(repair_s, "exponential"))
            for life_s, repair_s in zip(
                columns.life_s[r].tolist(), columns.repair_s[r].tolist(), strict=True
            )
        ),
        outages=_pairs(columns.outages[r]),
        settings=tuple(
            Setting(at_s, speed, rejects, tuple(haste))
            for at_s, speed, rejects, haste in settings
            if np.isfinite(at_s)
        ),
    )


def _buffer(columns: Buffers, r: int) -> Buffer:
    resized_s = float(columns.resized_s[r])
    return Buffer(
        columns.source,
        columns.source + 1,
        int(columns.capacity[r]),
        columns.travel_s,
        contents=int(columns.contents[r]),
        underway=int(columns.underway[r]),
        closed=_pairs(columns.closed[r]),
        resized=(resized_s, int(columns.resized_to[r])) if np.isfinite(resized_s) else None,
        until=columns.until,
    )


def _pairs(spans: Numbers) -> tuple[tuple[float, float], ...]:
    return tuple((at, seconds) for at, seconds in spans.tolist() if seconds > 0)


def us(seconds: Numbers) -> Counts:
    """Whole microseconds; endless ones are never."""
    ends = np.isfinite(seconds)
    whole = np.rint(np.where(ends, seconds, 0.0) * SECOND).astype(np.int64)
    return np.where(ends, whole, NEVER)


def merged(told: Numbers) -> Counts:
    """Spans (start, seconds) as (start, end) in microseconds, int64[N, K, 2].

    Ascending, none touching another, none of no length; ended by such as never come.
    """
    start, end = us(told[:, :, 0]), us(told.sum(axis=2))
    start = np.where(end > start, start, NEVER)
    order = np.argsort(start, axis=1, kind="stable")
    start, end = np.take_along_axis(start, order, axis=1), np.take_along_axis(end, order, axis=1)
    is_one = start < NEVER
    until = np.maximum.accumulate(np.where(is_one, end, -1), axis=1)
    before = np.hstack([np.full((len(start), 1), -1), until[:, :-1]])
    begins = is_one & (start > before)
    after = np.hstack([begins | ~is_one, np.ones((len(start), 1), dtype=bool)])[:, 1:]
    found = [packed(chosen, values, NEVER) for chosen, values in
             ((begins, start), (is_one & after, until))]  # fmt: skip
    never = np.full((len(start), 1, 2), NEVER)
    return np.concatenate([np.stack(found, axis=2), never], axis=1)


def packed(chosen: NDArray[np.bool_], values: NDArray[_T], nothing: float) -> NDArray[_T]:
    """The chosen of each row, from the left, [R, S]; what is left over holds nothing."""
    rows, places = np.nonzero(chosen)
    counts = chosen.sum(axis=1)
    found: NDArray[_T] = np.full((len(chosen), int(counts.max(initial=0))), nothing, values.dtype)
    found[rows, np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)] = values[
        rows, places
    ]
    return found
