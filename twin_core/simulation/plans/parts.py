"""A plan in quantities of flow as a line of parts, each of so many units of flow: a grain.

Machines pass grains on one by one, so that what is asked in rates is answered by the exact
recursion. A conveyor is two buffers with a carrier between: what was put on it takes up its room
until the machine after it takes it. It must never know a plant, and never change what a plan says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from twin_core.simulation.lines import recursion
from twin_core.simulation.lines.line import (
    Buffer,
    Crew,
    Duration,
    Failure,
    Line,
    Machine,
    Outcomes,
    Setting,
)
from twin_core.simulation.plans.layout import BufferPlan, LinePlan, MachinePlan

_FEWEST, _MOST, _MOST_OF_ALL = 2_000, 20_000, 200_000
"""Grains that the fastest machine passes on in the horizon."""
_BY_EVENTS, _MOST_BY_EVENTS = 600, 2_400
"""The same where people are shared, and every grain is an event."""
_IN_A_BUFFER = 20
"""Grains that the smallest buffer holds at least, if there are not too many then."""
_HOUR_S = 3600.0
_FASTER = 20.0
"""A rate this many times the fastest machine's is as good as any greater one."""
_SLOWEST, _MOST_HASTE = 1e-3, 1e6


def grain_of(fastest: float, horizon_s: float, smallest: float, *, shared: bool = False) -> float:
    """Units of flow in a grain.

    Args:
        fastest: machine, units of flow per second.
        horizon_s: seconds.
        smallest: buffer, units of flow.
        shared: whether machines share people, or it is compared with what they do then.
    """
    passed = fastest * horizon_s
    if shared and passed > 0:
        return max(min(passed / _BY_EVENTS, smallest / 2), passed / _MOST_BY_EVENTS)
    if passed <= _MOST:
        return passed / min(max(passed, _FEWEST), _MOST) if passed > 0 else 1.0
    return max(min(passed / _MOST, smallest / _IN_A_BUFFER), passed / _MOST_OF_ALL)


@dataclass(frozen=True, eq=False)
class Quantities:
    """What came of it, of R replications, M machines and M - 1 buffers; in units of flow.

    Attributes:
        made, rejected: by machine, float64[R, M].
        worked_s, down_s, starved_s, blocked_s: seconds by machine, float64[R, M]; `down_s` are
            those in which it held something and could not work.
        contents: by buffer with what the machine after it holds, at the end, float64[R, M - 1].
        good: by machine, let go of and not thrown out by each moment, float64[R, M, K + 1].
        levels: by buffer, what lies on it then, float64[R, M - 1, K + 1].
        extremes: by buffer the least and the most of it, float64[R, M - 1, 2].
    """

    made: NDArray[np.float64]
    rejected: NDArray[np.float64]
    worked_s: NDArray[np.float64]
    down_s: NDArray[np.float64]
    starved_s: NDArray[np.float64]
    blocked_s: NDArray[np.float64]
    contents: NDArray[np.float64]
    good: NDArray[np.float64]
    levels: NDArray[np.float64]
    extremes: NDArray[np.float64]


def realise(
    plans: Sequence[LinePlan],
    grain: float,
    fastest: float,
    seed: int,
    first: int = 0,
    crews: Sequence[Crew] = (),
    steps: int = 0,
) -> Quantities:
    """Every plan once, as replications `first` and those after it.

    By the recursion; where people are shared between machines by the calendar of events, some
    thousand times slower.

    Args:
        plans: of the same structure.
        grain: units of flow.
        fastest: machine of the line itself, units of flow per second.
        seed: of every random number.
        first: number of the first replication.
        crews: who mends which of the plan's machines.
        steps: in which courses are told, K; 0 = none.
    """
    lines = [_Parts(plan, grain, fastest).line() for plan in plans]
    own = [0]
    for buffer in plans[0].buffers:
        own.append(own[-1] + (2 if buffer.conveyor else 1))
    if not crews:
        return _quantities(recursion.run(lines, seed, len(lines), first, steps=steps), own, grain)
    from twin_core.simulation.lines import flow

    people = [Crew(tuple(own[m] for m in crew.machines), crew.size) for crew in crews]
    told = [
        flow.run(one, seed, 1, first + r, crews=people, steps=steps) for r, one in enumerate(lines)
    ]
    return _quantities(Outcomes.joined(told), own, grain)


def _quantities(found: Outcomes, own: Sequence[int], grain: float) -> Quantities:
    between = [found.contents[:, b:end].sum(axis=1) for b, end in pairwise(own)]
    empty = np.empty((len(found.cycles), 0))
    return Quantities(
        made=(found.cycles - found.rejected)[:, own] * np.float64(grain),
        rejected=found.rejected[:, own] * np.float64(grain),
        worked_s=found.worked[:, own] / 1e6,
        down_s=found.down[:, own] / 1e6,
        starved_s=found.starved[:, own] / 1e6,
        blocked_s=found.blocked[:, own] / 1e6,
        contents=np.stack(between, axis=1) * grain if between else empty,
        good=found.good[:, own] * np.float64(grain),
        levels=_lying(found.levels, found.levels, own) * np.float64(grain),
        extremes=_lying(found.extremes, found.levels, own) * np.float64(grain),
    )


def _lying(
    held: NDArray[np.int64], levels: NDArray[np.int64], own: Sequence[int]
) -> NDArray[np.int64]:
    """Of what takes up room on each buffer, without what a conveyor's carrier has in hand."""
    firsts = list(own[:-1])
    carried = np.array([[[end - b > 1] for b, end in pairwise(own)]], bool).reshape(1, -1, 1)
    return np.maximum(held[:, firsts] - (carried & (levels[:, firsts, :1] > 0)), 0)


class _Parts:
    """One plan, in grains."""

    def __init__(self, plan: LinePlan, grain: float, fastest: float) -> None:
        self._plan, self._grain = plan, grain
        self._fastest = max(_FASTER * fastest, grain / plan.horizon_s)
        self._endless = round(self._fastest / _FASTER * plan.horizon_s / grain) + _MOST
        self._machines: list[Machine] = []
        self._buffers: list[Buffer] = []

    def line(self) -> Line:
        """The line of parts."""
        self._machines.append(self._machine(self._plan.machines[0]))
        for machine, buffer in zip(self._plan.machines[1:], self._plan.buffers, strict=True):
            self._between(buffer)
            self._machines.append(self._machine(machine))
        return Line(tuple(self._machines), tuple(self._buffers), self._plan.horizon_s)

    def _machine(self, plan: MachinePlan) -> Machine:
        rates, most = self._rates([one.rate for one in plan.settings])
        settings = []
        for one, rate in zip(plan.settings, rates, strict=True):
            speed = _speed(rate, most)
            # a law's life is an hour of hazard 1/h, and used up by work: at half the speed half
            # the work is done in an hour
            haste = tuple(
                min(_MOST_HASTE, h * _HOUR_S / speed) if speed else 1.0 for h in one.hazards
            )
            settings.append(Setting(one.at_s, speed, one.rejects, haste))
        outages = [(0.0, plan.down_s), *plan.outages]
        return Machine(
            cycle=Duration(self._grain / most if most else 1.0),
            failures=tuple(
                Failure(
                    Duration(_HOUR_S, "exponential"), Duration(max(mean_s, 1e-6), "exponential")
                )
                for mean_s in plan.laws
            ),
            outages=tuple((max(at, 0.0), s) for at, s in outages if s > 0),
            settings=tuple(settings),
        )

    def _rates(self, asked: list[float]) -> tuple[list[float], float]:
        """As asked, none beyond what tells; and the highest: 0 if not a grain would come of it."""
        rates = [min(rate, self._fastest) for rate in asked]
        most = max(rates)
        return rates, most if most * self._plan.horizon_s >= self._grain else 0.0

    def _between(self, plan: BufferPlan) -> None:
        m, b = len(self._machines) - 1, len(self._buffers)
        contents = self._grains(plan.contents)
        # more than can be used within the horizon is cut off
        cut = max(0, contents - self._endless)
        contents -= cut
        sizes = [(one.at_s, self._room(one.capacity, contents, cut)) for one in plan.settings]
        capacity = sizes[0][1]
        comes = min(contents, self._grains(min(plan.contents, plan.arriving * plan.travel_s)))
        held = min(contents - comes, self._grains(plan.held_back))
        resized = next((one for one in sizes if one[1] != capacity), None)
        if resized is None and capacity < contents:
            resized = (0.0, capacity)
        # a machine that is fed has a grain inside, and so has a carrier: a fluid has none there
        inside, capacity = int(contents > 0), max(capacity, contents)
        closed = _standing(plan)
        if not plan.conveyor:
            self._buffers.append(
                Buffer(m, m + 1, capacity + inside, plan.travel_s, underway=comes, closed=closed,
                       contents=contents - comes + inside, resized=_more(resized, inside))
            )  # fmt: skip
            return
        self._machines.append(self._carrier(plan))
        most = max(capacity, resized[1] if resized else 0) + 2 * inside
        self._buffers += [
            Buffer(m, m + 1, capacity + 2 * inside, plan.travel_s, contents=held + inside,
                   underway=comes, closed=closed, resized=_more(resized, 2 * inside), until=b + 1),
            Buffer(m + 1, m + 2, most, contents=contents - comes - held + inside, closed=closed),
        ]  # fmt: skip

    def _carrier(self, plan: BufferPlan) -> Machine:
        rates, most = self._rates([one.carries for one in plan.settings])
        return Machine(
            cycle=Duration(self._grain / most if most else 1.0),
            settings=tuple(
                Setting(one.at_s, _speed(rate, most))
                for one, rate in zip(plan.settings, rates, strict=True)
            ),
        )

    def _grains(self, quantity: float) -> int:
        return round(quantity / self._grain)

    def _room(self, capacity: float, contents: int, cut: int) -> int:
        """Grains that a place holds, `cut` off; one with no room at all still hands one on."""
        found = max(1, self._grains(min(capacity, 1e15)) - cut)
        return min(found, contents + self._endless)


def _speed(rate: float, most: float) -> float:
    return rate / most if most > 0 and rate >= _SLOWEST * most else 0.0


def _more(resized: tuple[float, int] | None, inside: int) -> tuple[float, int] | None:
    return None if resized is None else (resized[0], resized[1] + inside)


def _standing(plan: BufferPlan) -> tuple[tuple[float, float], ...]:
    """Spans in which it carries nothing."""
    ends = [*(one.at_s for one in plan.settings[1:]), 1e7]
    return tuple(
        (one.at_s, end - one.at_s)
        for one, end in zip(plan.settings, ends, strict=True)
        if one.carries <= 0
    )
