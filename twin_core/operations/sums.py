"""The sums behind a report of one span: read from remembered spells and minutes.

Sums of several assets or spans are added up before anything is divided. Time that was not seen
counts neither as run nor as lost. It must never divide.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import NoData
from twin_core.operations.calendar import Calendar
from twin_core.operations.calendar import Span as Busy
from twin_core.operations.counting import EXECUTE
from twin_core.operations.kpi import Effectiveness
from twin_core.operations.past import Past
from twin_core.operations.spell import DOWN, END, MACHINE, OWN, START, STATE
from twin_core.operations.tally import MINUTE_US
from twin_core.plant.assets import Line, Plant, Point, Unit
from twin_core.plant.classes import Role
from twin_core.value import SECOND, Instant


@dataclass(frozen=True, slots=True)
class Sums:
    """What a report divides; those of several assets or spans add up.

    Attributes:
        effectiveness: sums of ISO 22400-2, over the time seen.
        span_s, seen_s: seconds asked for and seen.
        seconds: by PackML state.
        down_s: of restored failures; `failures`, `restored` their counts.
        operating_s: in Execute.
        unit: of what was made; None if there is none or they differ.
    """

    effectiveness: Effectiveness
    span_s: float
    seen_s: float
    seconds: dict[int, float]
    failures: int
    restored: int
    down_s: float
    operating_s: float
    unit: str | None

    def __add__(self, other: "Sums") -> "Sums":
        """The sums of both; what is counted in different units is not added."""
        alike = self.unit == other.unit
        mine, its = (
            s.effectiveness if alike else _uncounted(s.effectiveness) for s in (self, other)
        )
        states = sorted({*self.seconds, *other.seconds})
        return Sums(
            effectiveness=mine + its,
            span_s=self.span_s + other.span_s,
            seen_s=self.seen_s + other.seen_s,
            seconds={n: self.seconds.get(n, 0.0) + other.seconds.get(n, 0.0) for n in states},
            failures=self.failures + other.failures,
            restored=self.restored + other.restored,
            down_s=self.down_s + other.down_s,
            operating_s=self.operating_s + other.operating_s,
            unit=self.unit if alike else None,
        )


class Reader:
    """Reads the past of one span of whole minutes."""

    def __init__(self, plant: Plant, past: Past, start: Instant, end: Instant) -> None:
        self._plant, self._past = plant, past
        self._all = past.spells
        self._start, self._end = start, end
        self._calendar = Calendar(plant)
        self._rows = (past.minute > start) & (past.minute <= end)
        self._lines = [line.id for line in plant.lines]

    def line(self, line: Line) -> Sums:
        """A production line as its counting machine and all its rejects tell it."""
        unit = self._plant.counter(line)
        if unit is None or unit.id not in self._past.machines:
            raise NoData(line.name, "no machine that counts it tells its state")
        rejects = [m for m in self._plant.machines(line) if m.with_role(Role.DEFECTIVE)]
        runs = [self._failures(m) for m in line.units if m.id in self._past.machines]
        return self._sums(line, unit, rejects, runs, in_flow=True)

    def unit(self, unit: Unit) -> Sums:
        """A machine alone, in its own unit."""
        if unit.id not in self._past.machines:
            raise NoData(unit.name, "it tells no state")
        line = self._plant.line(unit.id)
        rejects = [unit] if unit.with_role(Role.DEFECTIVE) else []
        return self._sums(line, unit, rejects, [self._failures(unit)], in_flow=False)

    def _sums(
        self,
        line: Line,
        unit: Unit,
        rejects: list[Unit],
        runs: list[tuple[int, int, float]],
        *,
        in_flow: bool,
    ) -> Sums:
        spells = self._spells(unit)
        busy = self._calendar.busy(line.id, self._start, self._end)
        inside = [(self._start, self._end)] if busy is None else busy
        planned = _overlap(spells, inside)
        seen = _overlap(spells, [(self._start, self._end)])
        execute = spells[:, STATE] == EXECUTE
        pq, gq, run_s = self._counted(line, unit, rejects, inside, in_flow=in_flow)
        out = unit.flow.unit_out if unit.flow is not None else None
        states = np.unique(spells[:, STATE]).tolist()
        return Sums(
            effectiveness=Effectiveness(
                apt_s=float(planned[execute].sum()),
                pbt_s=None if busy is None else float(planned.sum()),
                known_s=float(planned.sum()),
                planned_s=run_s,
                produced=pq,
                good=gq,
            ),
            span_s=(self._end - self._start) / SECOND,
            seen_s=float(seen.sum()),
            seconds={n: round(float(seen[spells[:, STATE] == n].sum()), 3) for n in states},
            failures=sum(r[0] for r in runs),
            restored=sum(r[1] for r in runs),
            down_s=sum(r[2] for r in runs),
            operating_s=float(seen[execute].sum()),
            unit=line.unit_of_flow if in_flow else out,
        )

    def _spells(self, unit: Unit) -> NDArray[np.int64]:
        mine = self._of(unit)
        return mine[(mine[:, END] > self._start) & (mine[:, START] < self._end)]

    def _of(self, unit: Unit) -> NDArray[np.int64]:
        found: NDArray[np.int64] = self._all[self._all[:, MACHINE] == self._past.machines[unit.id]]
        return found

    def _failures(self, unit: Unit) -> tuple[int, int, float]:
        """Own stops that began in the span, those of them that ended in it, their seconds."""
        mine = self._of(unit)
        mine = mine[np.argsort(mine[:, START], kind="stable")]
        down = np.isin(mine[:, STATE], DOWN)
        follows = np.r_[False, (mine[1:, START] == mine[:-1, END]) & down[:-1]] & down
        failures = restored = 0
        seconds = 0.0
        for k in np.flatnonzero(down & ~follows & (mine[:, OWN] == 1)).tolist():
            began = int(mine[k, START])
            if not self._start < began <= self._end:
                continue
            failures += 1
            last = k
            while last + 1 < len(mine) and follows[last + 1]:
                last += 1
            ended = int(mine[last, END])
            left = last + 1 < len(mine) and int(mine[last + 1, START]) == ended
            if left and ended <= self._end:
                restored += 1
                seconds += (ended - began) / SECOND
        return failures, restored, seconds

    def _counted(
        self, line: Line, unit: Unit, rejects: list[Unit], inside: list[Busy], *, in_flow: bool
    ) -> tuple[float | None, float | None, float | None]:
        """PQ, GQ and PRI·PQ in seconds, of the minutes inside the busy time that were heard.

        Counted in the line's unit of flow, or in what the machine puts out.
        """
        counter = unit.with_role(Role.PRODUCED)
        if counter is None or unit.flow is None:
            return None, None, None
        rows = self._rows & _within(self._past.minute, inside)
        worth = self._plant.in_flow(line, unit)
        good = self._made(counter, rows)
        bad = np.zeros(len(good))
        for machine in rejects:
            thrown = machine.with_role(Role.DEFECTIVE)
            assert thrown is not None
            bad += self._made(thrown, rows) * self._plant.in_flow(line, machine) / worth
        known = ~np.isnan(good + bad)
        if not known.any():
            return None, None, None
        nominal = self._past.nominal[rows, self._lines.index(line.id)].astype(np.float64)[known]
        run_s = (good + bad)[known] * worth * 60 / nominal
        factor = worth if in_flow else 1.0
        gq, pq = float(good[known].sum()) * factor, float((good + bad)[known].sum()) * factor
        # Where nothing counts rejects nobody knows the quality, and it is not taken for perfect.
        return pq if rejects else None, gq, None if np.isnan(run_s).any() else float(run_s.sum())

    def _made(self, point: Point, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
        column = int(self._past.counters[self._plant.index[point.id]])
        found: NDArray[np.float64] = self._past.made[rows, column].astype(np.float64)
        return found


def _overlap(spells: NDArray[np.int64], spans: list[Busy]) -> NDArray[np.float64]:
    """Seconds of each spell inside spans that are apart."""
    seconds = np.zeros(len(spells))
    for a, b in spans:
        inside = np.minimum(spells[:, END], b) - np.maximum(spells[:, START], a)
        seconds += np.clip(inside, 0, None) / SECOND
    return seconds


def _within(minute: NDArray[np.int64], spans: list[Busy]) -> NDArray[np.bool_]:
    """Minutes whose middle lies in a span."""
    middle = minute - MINUTE_US // 2
    found = np.zeros(len(minute), bool)
    for a, b in spans:
        found |= (middle > a) & (middle <= b)
    return found


def _uncounted(sums: Effectiveness) -> Effectiveness:
    return replace(sums, produced=None, good=None)
