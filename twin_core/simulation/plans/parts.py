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
from twin_core.simulation.lines.columns import Buffers, Machines, Row
from twin_core.simulation.lines.line import Crew, Outcomes, Rework
from twin_core.simulation.numbers import Column
from twin_core.simulation.plans.layout import BufferPlan, LinePlan, MachinePlan, Table

_FEWEST, _MOST, _MOST_OF_ALL = 2_000, 20_000, 200_000
"""Grains that the fastest machine passes on in the horizon."""
_IN_A_BUFFER = 20
"""Grains that the smallest buffer holds at least, if there are not too many then."""
_HOUR_S = 3600.0
_FASTER = 20.0
"""A rate this many times the fastest machine's is as good as any greater one."""
_SLOWEST, _MOST_HASTE = 1e-3, 1e6


def grain_of(fastest: float, horizon_s: float, smallest: float) -> float:
    """Units of flow in a grain.

    Args:
        fastest: machine, units of flow per second.
        horizon_s: seconds.
        smallest: buffer, units of flow.
    """
    passed = fastest * horizon_s
    if passed <= _MOST:
        return passed / min(max(passed, _FEWEST), _MOST) if passed > 0 else 1.0
    return max(min(passed / _MOST, smallest / _IN_A_BUFFER), passed / _MOST_OF_ALL)


@dataclass(frozen=True, eq=False)
class Quantities:
    """What came of it, of R replications, M machines and M - 1 buffers; in units of flow.

    Attributes:
        made, rejected, again: by machine, float64[R, M]; `again` was sent back.
        worked_s, down_s, starved_s, blocked_s: seconds by machine, float64[R, M]; `down_s` are
            those in which it held something and could not work.
        contents: by buffer with what the machine after it holds, at the end, float64[R, M - 1].
        good: by machine, let go of and not thrown out by each moment, float64[R, M, K + 1].
        levels: by buffer, what lies on it then, float64[R, M - 1, K + 1].
        extremes: by buffer the least and the most of it, float64[R, M - 1, 2].
    """

    made: NDArray[np.float64]
    rejected: NDArray[np.float64]
    again: NDArray[np.float64]
    worked_s: NDArray[np.float64]
    down_s: NDArray[np.float64]
    starved_s: NDArray[np.float64]
    blocked_s: NDArray[np.float64]
    contents: NDArray[np.float64]
    good: NDArray[np.float64]
    levels: NDArray[np.float64]
    extremes: NDArray[np.float64]


def realise(
    plan: LinePlan,
    grain: float,
    fastest: float,
    seed: int,
    first: int = 0,
    crews: Sequence[Crew] = (),
    rework: Sequence[Rework] = (),
    steps: int = 0,
) -> Quantities:
    """Every row of the plan once, as replications `first` and those after it.

    Args:
        plan: of R replications.
        grain: units of flow.
        fastest: machine of the line itself, units of flow per second.
        seed: of every random number.
        first: number of the first replication.
        crews: who mends which of the plan's machines.
        rework: what comes back to which of them.
        steps: in which courses are told, K; 0 = none.
    """
    row = parts(plan, grain, fastest)
    own = [0]
    for buffer in plan.buffers:
        own.append(own[-1] + (2 if buffer.conveyor else 1))
    people = [
        Crew(tuple(own[m] for m in crew.machines), crew.size, tuple(own[m] for m in crew.first))
        for crew in crews
    ]
    back = [Rework(own[one.machine], own[one.target], one.share) for one in rework]
    found = recursion.run(
        row, seed, row.replications, first, crews=people, rework=back, steps=steps
    )
    return _quantities(found, own, grain)


def parts(plan: LinePlan, grain: float, fastest: float) -> Row:
    """The plan as lines of parts, one a replication; see `realise`."""
    return _Parts(plan, grain, fastest).row()


def _quantities(found: Outcomes, own: Sequence[int], grain: float) -> Quantities:
    between = [found.contents[:, b:end].sum(axis=1) for b, end in pairwise(own)]
    empty = np.empty((len(found.cycles), 0))
    return Quantities(
        made=(found.cycles - found.rejected)[:, own] * np.float64(grain),
        rejected=found.rejected[:, own] * np.float64(grain),
        again=found.again[:, own] * np.float64(grain),
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
    """A plan, in grains: columns of machines and buffers, a row a replication."""

    def __init__(self, plan: LinePlan, grain: float, fastest: float) -> None:
        self._plan, self._grain = plan, grain
        self._fastest = max(_FASTER * fastest, grain / plan.horizon_s)
        self._endless = round(self._fastest / _FASTER * plan.horizon_s / grain) + _MOST
        self._machines: list[Machines] = []
        self._buffers: list[Buffers] = []

    def row(self) -> Row:
        """The lines of parts."""
        self._machine(self._plan.machines[0])
        for machine, buffer in zip(self._plan.machines[1:], self._plan.buffers, strict=True):
            self._between(buffer)
            self._machine(machine)
        return Row(tuple(self._machines), tuple(self._buffers), self._plan.horizon_s)

    def _machine(self, plan: MachinePlan) -> None:
        rate, most = self._rates(plan.rate)
        speed = _speed(rate, most)
        # a law's life is an hour of hazard 1/h, and used up by work: at half the speed half
        # the work is done in an hour
        with np.errstate(divide="ignore", invalid="ignore"):
            haste = np.minimum(_MOST_HASTE, plan.hazards * _HOUR_S / speed[:, :, None])
        haste[speed == 0.0] = 1.0
        now = np.stack([np.zeros(len(most)), plan.down_s], axis=1)[:, None]
        self._machines.append(
            Machines(
                cycle_s=self._cycle(most),
                at_s=plan.at_s,
                speed=speed,
                rejects=plan.rejects,
                haste=haste,
                life_s=np.full(plan.laws.shape, _HOUR_S),
                repair_s=np.maximum(plan.laws, 1e-6),
                outages=np.concatenate([now, plan.outages], axis=1),
            )
        )

    def _carrier(self, plan: BufferPlan) -> None:
        rate, most = self._rates(plan.carries)
        speed, n = _speed(rate, most), len(most)
        none, laws = np.zeros((*speed.shape, 0)), np.zeros((n, 0))
        self._machines.append(
            Machines(
                self._cycle(most), plan.at_s, speed, np.zeros(speed.shape), none, laws, laws,
                np.zeros((n, 0, 2)),
            )
        )  # fmt: skip

    def _rates(self, asked: Table) -> tuple[Table, Column]:
        """As asked, none beyond what tells; and the highest: 0 if not a grain would come of it."""
        rates = np.minimum(asked, self._fastest)
        most = rates.max(axis=1)
        return rates, np.where(most * self._plan.horizon_s >= self._grain, most, 0.0)

    def _cycle(self, most: Column) -> Column:
        return self._grain / np.where(most > 0, most, self._grain)

    def _between(self, plan: BufferPlan) -> None:
        m, b = len(self._machines) - 1, len(self._buffers)
        contents = self._grains(plan.contents)
        # more than can be used within the horizon is cut off
        cut = np.maximum(0, contents - self._endless)
        contents = contents - cut
        sizes = self._room(plan.capacity, contents, cut)
        capacity = sizes[:, 0]
        on_it = np.minimum(plan.contents, plan.arriving * plan.travel_s)
        comes = np.minimum(contents, self._grains(on_it))
        held = np.minimum(contents - comes, self._grains(plan.held_back))
        at_s, resized = _resized(plan.at_s, sizes)
        small = np.isinf(at_s) & (capacity < contents)
        at_s, resized = np.where(small, 0.0, at_s), np.where(small, capacity, resized)
        # a machine that is fed has a grain inside, and so has a carrier: a fluid has none there
        inside, capacity = (contents > 0).astype(np.int64), np.maximum(capacity, contents)
        closed = _standing(plan, self._plan.horizon_s)
        if not plan.conveyor:
            self._buffers.append(
                Buffers(m, capacity + inside, contents - comes + inside, comes, at_s,
                        resized + inside, closed, plan.travel_s)
            )  # fmt: skip
            return
        self._carrier(plan)
        most = np.maximum(capacity, np.where(np.isinf(at_s), 0, resized)) + 2 * inside
        self._buffers += [
            Buffers(m, capacity + 2 * inside, held + inside, comes, at_s, resized + 2 * inside,
                    closed, plan.travel_s, until=b + 1),
            Buffers(m + 1, most, contents - comes - held + inside, np.zeros_like(most),
                    np.full(len(most), np.inf), most, closed),
        ]  # fmt: skip

    def _grains(self, quantity: Column) -> NDArray[np.int64]:
        return np.rint(quantity / self._grain).astype(np.int64)

    def _room(
        self, capacity: Table, contents: NDArray[np.int64], cut: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Grains that a place holds, `cut` off; one with no room at all still hands one on."""
        found = np.maximum(1, self._grains(np.minimum(capacity, 1e15)) - cut[:, None])
        return np.asarray(np.minimum(found, contents[:, None] + self._endless))


def _speed(rate: Table, most: Column) -> Table:
    most = most[:, None]
    tells = (most > 0) & (rate >= _SLOWEST * most)
    return np.where(tells, rate / np.where(most > 0, most, 1.0), 0.0)


def _resized(at_s: Table, sizes: NDArray[np.int64]) -> tuple[Column, NDArray[np.int64]]:
    """When a place first holds something else, and how much then; endless where it never does."""
    other = (sizes != sizes[:, :1]) & np.isfinite(at_s)
    rows, first = np.arange(len(sizes)), other.argmax(axis=1)
    return np.where(other.any(axis=1), at_s[rows, first], np.inf), sizes[rows, first]


def _standing(plan: BufferPlan, horizon_s: float) -> NDArray[np.float64]:
    """Spans in which it carries nothing."""
    ends = np.hstack([plan.at_s[:, 1:], np.full((len(plan.at_s), 1), np.inf)])
    lasts = np.minimum(ends, horizon_s + 1.0) - plan.at_s
    stands = np.where(np.isfinite(plan.at_s) & (plan.carries <= 0), lasts, 0.0)
    return np.stack([plan.at_s, stands], axis=2)
