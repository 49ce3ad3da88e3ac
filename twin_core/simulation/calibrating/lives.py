"""From a machine's states to how long it lived between failures and how long they lasted.

Failures are operation-dependent: a machine ages only while it runs (Gershwin, *Manufacturing
Systems Engineering*, 1994, section 2.2). Waiting, planned stops and whatever another cause ends
pause a life and do not end it; the one that goes on at the end is censored; one whose beginning
was not seen is told apart. Minor stops and failures are two kinds, by their length, and each has a
clock of its own. It must never count as a failure what began with the cause outside.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twin_core.operations.spell import DOWN
from twin_core.simulation.calibrating.lifetimes import Durations
from twin_core.simulation.calibrating.line_history import LineHistory, MachineHistory, running
from twin_core.simulation.calibrating.spans import Clock, clock_of, inside
from twin_core.value import SECOND

Kind = Literal["minor_stop", "failure"]

MINOR_S = 300.0
"""A stop shorter than this is minor, where the plant has no rule of its own: five minutes is the
usual convention of packaging lines; ISO 22400 leaves it to the plant."""

_NO_TIME_S = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Lives:
    """Of one kind of stop: running seconds between them, and seconds they lasted."""

    kind: Kind
    between: Durations
    lengths: Durations


@dataclass(frozen=True, slots=True, eq=False)
class _Stops:
    """Stops of its own, merged: begin, end, whether the end was seen."""

    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    over: NDArray[np.bool_]


def lives_of(
    history: LineHistory, machine: MachineHistory, minor_s: float | None = MINOR_S
) -> tuple[Lives, ...]:
    """Lives and lengths by kind, inside the history's span.

    Args:
        history: the span and its planned stops.
        machine: of it.
        minor_s: stops shorter than this, without planned time in them, are minor; None = all are
            one kind, failures.
    """
    clock = clock_of(running(machine, history.planned))
    stops = _stops(history, machine, clock)
    off = clock_of(history.planned)
    lasted = (stops.end - stops.begin) / SECOND - (off(stops.end) - off(stops.begin))
    if minor_s is None:
        return (_lives("failure", history, machine, stops, clock, 0.0, None),)
    long = lasted >= minor_s  # one that still lasts and is short is minor, as most turn out to be
    found = []
    for kind, mine in (("minor_stop", ~long), ("failure", long)):
        kept = _Stops(stops.begin[mine], stops.end[mine], stops.over[mine])
        limits = (0.0, minor_s) if kind == "minor_stop" else (minor_s, None)
        found.append(_lives(kind, history, machine, kept, clock, *limits))  # type: ignore[arg-type]
    return tuple(found)


def own_stops(
    history: LineHistory, machine: MachineHistory, longer_s: float = MINOR_S
) -> NDArray[np.int64]:
    """When stops of its own began that lasted so long at least, Instant, ascending."""
    stops = _stops(history, machine, clock_of(running(machine, history.planned)))
    return stops.begin[(stops.end - stops.begin) / SECOND >= longer_s]


def _lives(
    kind: Kind, history: LineHistory, machine: MachineHistory, stops: _Stops,
    clock: Clock, longer_s: float, below_s: float | None,
) -> Lives:  # fmt: skip
    return Lives(
        kind,
        _between(history, machine, stops, clock),
        _lengths(history, machine, stops, longer_s, below_s),
    )


def _stops(history: LineHistory, machine: MachineHistory, clock: Clock) -> _Stops:
    """Own stops: states of standing that follow one another, and failed restarts, are one."""
    spells = machine.spells
    down = np.isin(spells[:, 2], DOWN)
    follows = np.r_[False, (spells[1:, 0] == spells[:-1, 1]) & down[:-1]] & down
    heads = down & ~follows
    first, rows = np.flatnonzero(heads), np.flatnonzero(down)
    of = np.cumsum(heads)[rows]
    last = rows[np.r_[of[1:] != of[:-1], np.ones(min(1, len(rows)), np.bool_)]]
    begin, end = spells[first, 0], spells[last, 1]
    nxt = np.minimum(last + 1, len(spells) - 1)
    over = (last + 1 < len(spells)) & (spells[nxt, 0] == end)
    kept = (spells[first, 3] == 1) & ~inside(begin, history.planned)
    begin, end, over = begin[kept], end[kept], over[kept]
    if not len(begin):
        return _Stops(begin, end, over)
    segment = _segment(spells, begin)
    again = np.r_[
        False,
        (clock(begin[1:]) - clock(end[:-1]) < _NO_TIME_S)
        & (segment[1:] == segment[:-1])
        & ~_planned_between(history, end[:-1], begin[1:]),
    ]
    new = np.flatnonzero(~again)
    ends = np.r_[new[1:], len(begin)] - 1
    return _Stops(begin[new], end[ends], over[ends])


def _between(
    history: LineHistory, machine: MachineHistory, stops: _Stops, clock: Clock
) -> Durations:
    """Running seconds from one stop of the kind to the next, in every stretch that was seen."""
    spells = machine.spells
    seconds: list[float] = []
    ended: list[bool] = []
    entered: list[float] = []
    met: list[bool] = []
    if len(spells):
        breaks = np.flatnonzero(spells[1:, 0] > spells[:-1, 1])
        starts = spells[np.r_[0, breaks + 1], 0]
        ends = spells[np.r_[breaks, len(spells) - 1], 1]
        since = float(clock(np.array([history.start]))[0])
        of = np.searchsorted(starts, stops.begin, side="right") - 1
        for k, (a, b) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
            mine = stops.begin[of == k]
            ages = clock(np.r_[a, mine, b])
            for i in range(len(ages) - 1):
                begin, end = float(ages[i]), float(ages[i + 1])
                unseen = i == 0
                late = max(0.0, since - begin)
                if end - max(begin, since) < _NO_TIME_S:
                    continue
                # a life that was met half-way and cut again at the span's start is met there
                begin, late = (begin + late, 0.0) if unseen else (begin, late)
                seconds.append(end - begin)
                ended.append(i < len(ages) - 2)
                entered.append(late)
                met.append(unseen)
    return Durations(
        np.array(seconds), np.array(ended, np.bool_), np.array(entered), np.array(met, np.bool_),
        None, machine.resolution_s,
    )  # fmt: skip


def _lengths(
    history: LineHistory, machine: MachineHistory, stops: _Stops, longer_s: float,
    below_s: float | None,
) -> Durations:  # fmt: skip
    """Seconds that stops lasted whose beginning was seen in the span.

    What is only counted when longer (shorter) than a limit is told so: the law is fitted given it.
    A planned stop cuts a repair off: nobody need have worked on it then.
    """
    planned = history.planned
    end, over = stops.end.copy(), stops.over.copy()
    if len(planned):
        at = np.minimum(np.searchsorted(planned[:, 0], stops.begin), len(planned) - 1)
        cut = (planned[at, 0] >= stops.begin) & (planned[at, 0] < end)
        end, over = np.where(cut, planned[at, 0], end), over & ~cut
    seconds = (end - stops.begin) / SECOND
    seen = (stops.begin >= history.start) & (seconds >= longer_s) & (seconds > 0)
    before = np.searchsorted(machine.spells[:, 0], stops.begin) - 1
    seen &= (before >= 0) & (machine.spells[before, 1] == stops.begin)
    if below_s is not None:
        # one that was cut off while it was short may have become either kind
        seen &= over & (seconds < below_s)
    n = int(seen.sum())
    return Durations(
        seconds[seen], over[seen], np.full(n, longer_s), np.zeros(n, np.bool_), below_s,
        machine.resolution_s,
    )  # fmt: skip


def _segment(spells: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.int64]:
    gaps = np.r_[0, np.cumsum(spells[1:, 0] > spells[:-1, 1])]
    return np.asarray(gaps[np.searchsorted(spells[:, 0], at, side="right") - 1])


def _planned_between(
    history: LineHistory, end: NDArray[np.int64], begin: NDArray[np.int64]
) -> NDArray[np.bool_]:
    if not len(history.planned):
        return np.zeros(len(end), np.bool_)
    starts = history.planned[:, 0]
    return np.asarray(np.searchsorted(starts, begin) > np.searchsorted(starts, end))
