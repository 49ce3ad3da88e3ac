"""Whether a buffer holds what the plant file says, from the counters at its two ends.

What went in and did not come out is inside. Counters tell it up to a constant, which is known when
the machine after it starves: then nothing has arrived, and what is inside is on its way. When the
machine before it is blocked it is full. It must never call a capacity right because it was never
seen full.
"""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from twin_core.plant.assets import Flow, Link
from twin_core.simulation.calibrating.estimated import Z90, Estimated
from twin_core.simulation.calibrating.line_history import LineHistory, MachineHistory, running
from twin_core.simulation.calibrating.spans import Spans, clock_of
from twin_core.value import SECOND, Instant, Path, Value

CapacityVerdict = Literal["consistent", "smaller", "larger", "not seen full", "not known"]

_FEWEST = 5
_WITHIN = 0.02
"""Counters lose a thing now and then: so much of a capacity is no difference."""
_SHOWN = 5
_ONE = Flow(unit_in="1", takes=1, unit_out="1", gives=1)


class BufferCheck(Value):
    """One buffer.

    Attributes:
        file: capacity the plant file gives, in the upstream machine's `unit_out`.
        capacity: as seen; None where it was not seen full often enough.
        file_travel_s: from end to end, as the plant file gives it.
        travel_s: as seen when it was empty, with the first cycle before it and what must gather
            until the next machine starts; None where that was seen too seldom.
        most: what was seen inside five times or more.
        at: moments that show it (full ones, or that of `most`), the newest last.
        why: of `not known`.
    """

    source: Path
    target: Path
    verdict: CapacityVerdict
    file: float
    file_travel_s: float
    capacity: Estimated | None = None
    travel_s: Estimated | None = None
    most: float | None = None
    at: tuple[Instant, ...] = Field(default=(), max_length=_SHOWN)
    why: str = ""

    @property
    def sentence(self) -> str:
        """What it comes to."""
        between = f"The buffer from {self.source} to {self.target}"
        if self.verdict == "not known":
            return f"{between} cannot be checked: {self.why}."
        if self.capacity is None:
            return (
                f"{between} was not seen full; at most {self.most:.0f} were in it and in the "
                f"machines at its ends, the plant file says {self.file:g}: {self.verdict}."
            )
        return (
            f"{between} holds {self.capacity}; the plant file says {self.file:g}: {self.verdict}."
        )


def check_buffer(
    history: LineHistory, link: Link, before: MachineHistory, after: MachineHistory
) -> BufferCheck:
    """Hold a buffer's capacity against what its counters show.

    Args:
        history: the span.
        link: `feeds`, with its buffer.
        before: the machine that fills it.
        after: the machine that empties it.
    """
    assert link.buffer is not None
    file, travel = link.buffer.capacity, link.buffer.travel_s
    known: dict[str, Any] = {
        "source": link.source, "target": link.target, "file": file, "file_travel_s": travel,
    }  # fmt: skip
    if after.starved is None or before.blocked is None:
        who = link.target if after.starved is None else link.source
        told = "starved" if after.starved is None else "blocked"
        return BufferCheck(
            verdict="not known", why=f"{who} does not tell when it is {told}", **known
        )
    taken, given = after.unit.flow or _ONE, before.unit.flow or _ONE
    thrown = np.where(np.isfinite(after.rejected), after.rejected, 0.0)
    into = _through(history, before, before.made)
    out = _through(history, after, (after.made + thrown) * (taken.takes / taken.gives))
    starved = _inside(history, after.starved)[:, 0]
    blocked = _inside(history, before.blocked)[:, 0]
    if into is None or out is None:
        why = f"{link.source if into is None else link.target} counts nothing"
        return BufferCheck(verdict="not known", why=why, **known)
    zero = into.at(starved - int(travel * SECOND)) - out.at(starved)
    heard = into.heard(starved) & out.heard(starved)
    starved, zero = starved[heard], zero[heard]
    if not len(starved):
        why = f"{link.target} was never starved, so it was never known to be empty"
        return BufferCheck(verdict="not known", why=why, **known)
    travelled = _travel(after.starved, running(before, history.planned), before.resolution_s)
    held = {**known, "travel_s": travelled}
    # a thing may be inside each of the two machines, counted by one of them only
    between = taken.takes + given.gives
    full, at = _contents(into, out, blocked, starved, zero)
    if len(full) < _FEWEST:
        seen, when = _contents(into, out, before.time, starved, zero)
        if not len(seen):
            return BufferCheck(verdict="not known", why="nothing was counted after that", **held)
        k = int(np.argsort(seen, kind="stable")[-min(_FEWEST, len(seen))])
        larger = seen[k] - between > file * (1 + _WITHIN)
        return BufferCheck(
            verdict="larger" if larger else "not seen full",
            most=float(seen[k]), at=(int(when[k]),), **held,
        )  # fmt: skip
    middle = float(np.median(full))
    mad = 1.4826 * float(np.median(np.abs(full - middle)))
    half = max(1.0, Z90 * 1.2533 * mad / float(np.sqrt(len(full))))
    low, high = middle - between - half, middle + half
    capacity = Estimated(
        value=max(0.0, middle - between / 2.0),
        low=max(0.0, low),
        high=max(0.0, high),
        unit=given.unit_out,
        n=len(full),
        by="median at blocked moments, a thing in each machine either way",
    )
    verdict: CapacityVerdict = "consistent"
    if low > file * (1 + _WITHIN):
        verdict = "larger"
    elif high < file * (1 - _WITHIN):
        verdict = "smaller"
    shown = tuple(int(t) for t in at[np.linspace(0, len(at) - 1, _SHOWN).astype(int)])
    return BufferCheck(
        verdict=verdict, capacity=capacity, most=float(np.sort(full)[-_FEWEST]), at=shown, **held
    )


class _Counter:
    """What a machine counted by any time: between readings it counts while it runs."""

    def __init__(self, time: NDArray[np.int64], gained: NDArray[np.float64], spans: Spans) -> None:
        self._time, self._gained = time, np.where(np.isfinite(gained), gained, 0.0)
        self._total = np.cumsum(self._gained)
        self._gaps = np.cumsum(~np.isfinite(gained))
        self._clock = clock_of(spans)

    def at(self, when: NDArray[np.int64]) -> NDArray[np.float64]:
        """Things counted by then."""
        k = np.clip(np.searchsorted(self._time, when, side="left"), 1, len(self._time) - 1)
        a, b = self._clock(self._time[k - 1]), self._clock(self._time[k])
        part = np.where(b > a, (self._clock(when) - a) / np.maximum(b - a, 1e-9), 0.5)
        return np.asarray(self._total[k - 1] + np.clip(part, 0.0, 1.0) * self._gained[k])

    def heard(self, when: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether it was read around then."""
        k = np.searchsorted(self._time, when, side="left")
        inside = (k > 0) & (k < len(self._time))
        k = np.clip(k, 1, len(self._time) - 1)
        return np.asarray(inside & (self._gaps[k] == self._gaps[k - 1]))

    def gaps(self, when: NDArray[np.int64]) -> NDArray[np.int64]:
        """How often it was not heard by then."""
        k = np.clip(np.searchsorted(self._time, when, side="left"), 0, len(self._time) - 1)
        return np.asarray(self._gaps[k])


def _through(
    history: LineHistory, machine: MachineHistory, things: NDArray[np.float64]
) -> _Counter | None:
    if len(machine.time) < 2 or not np.isfinite(things).any():
        return None
    return _Counter(machine.time, things, running(machine, history.planned))


def _inside(history: LineHistory, spans: Spans) -> Spans:
    return spans[(spans[:, 0] >= history.start) & (spans[:, 0] < history.end)]


def _contents(
    into: _Counter, out: _Counter, when: NDArray[np.int64], empty: NDArray[np.int64],
    zero: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:  # fmt: skip
    """What was inside at these times, by the newest empty moment before each, if all was heard."""
    k = np.searchsorted(empty, when, side="right") - 1
    since = empty[np.maximum(k, 0)]
    known = (k >= 0) & into.heard(when) & out.heard(when)
    for counter in (into, out):
        known &= counter.gaps(when) == counter.gaps(since)
    inside = into.at(when) - out.at(when) - zero[np.maximum(k, 0)]
    return inside[known], when[known]


def _travel(starved: Spans, runs: Spans, resolution_s: float) -> Estimated | None:
    """From the restart of the machine before to the end of starving, where nothing was on its way.

    Nothing is, if the machine before had stood for longer than that before it ran again. Interval
    of the median from order statistics (David and Nagaraja, *Order Statistics*, 3rd ed., 7.1).
    """
    if len(runs) < 2:
        return None
    took = []
    for a, b in starved.tolist():
        k = int(np.searchsorted(runs[:, 0], a, side="right"))
        if not 0 < k < len(runs):
            continue
        again, stood = int(runs[k, 0]), int(runs[k, 0] - runs[k - 1, 1])
        if again < b < runs[k, 1] and stood > b - again:
            took.append((b - again) / SECOND)
    n = len(took)
    if n < _FEWEST:
        return None
    ordered = np.sort(took)
    k = max(0, int(n / 2 - Z90 * n**0.5 / 2) - 1)  # binomial by its normal
    return Estimated(
        value=float(np.median(ordered)),
        low=max(0.0, float(ordered[k]) - resolution_s),
        high=float(ordered[n - 1 - k]) + resolution_s,
        unit="s",
        n=n,
        by="median, order statistics",
    )
