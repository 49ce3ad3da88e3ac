"""What is true, by the stand-in itself: recorded while a plant is played, asked when it is graded.

It must never read what the twin believes, nor what a sensor shows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from evals.emulator.faults import full_path
from evals.emulator.standin import StandIn
from evals.harness.case import Fact
from twin_core.errors import BadInput
from twin_core.plant.assets import Plant
from twin_core.value import SECOND, Instant


@dataclass
class Record:
    """True numbers of a plant, noted every few seconds.

    Attributes:
        time: plant time of each note.
        values: of every point that a source reads, in the order of `Plant.read`.
        made: what each of `counting` has put out since the stand-in began.
        counting: paths of the units that count; `counter` which of them counts for a line.
    """

    plant: Plant
    time: list[Instant] = field(default_factory=list)
    values: list[NDArray[np.float64]] = field(default_factory=list)
    made: list[NDArray[np.float64]] = field(default_factory=list)
    counting: tuple[str, ...] = ()
    counter: dict[str, str] = field(default_factory=dict)

    def note(self, standin: StandIn) -> None:
        """Note what is true now."""
        self.put(standin.now, standin.truth(), standin.made, standin.counters)

    def put(
        self,
        now: Instant,
        values: Sequence[float],
        made: Mapping[str, float],
        counter: Mapping[str, str],
    ) -> None:
        """Note what was true at a moment: points, and what was put out, as a stand-in has them."""
        self.counting, self.counter = tuple(made), dict(counter)
        self.time.append(now)
        self.values.append(np.asarray(values, dtype=np.float64))
        self.made.append(np.fromiter(made.values(), dtype=np.float64))

    def copied(self) -> "Record":
        """Another that goes on from here."""
        return replace(self, time=list(self.time), values=list(self.values), made=list(self.made))

    def moments(self, since: int) -> Iterator["Record"]:
        """As it was at every note from the number `since` on."""
        for to in range(since + 1, len(self.time) + 1):
            yield replace(self, time=self.time[:to], values=self.values[:to], made=self.made[:to])

    def number(self, fact: Fact) -> float:
        """The number that a fact asks for, at the last note.

        Raises:
            BadInput: the stand-in knows no such number.
        """
        if fact.of == "number":
            assert fact.number is not None
            return fact.number
        at = full_path(fact.at, self.plant.site)
        since = self.time[-1] - round(fact.minutes * 60 * SECOND)
        if fact.of in {"made", "rate"}:
            made = self._made(at, since)
            return made if fact.of == "made" else made / self._minutes(since)
        column = self._column(at)
        if fact.of == "now":
            return float(self.values[-1][column])
        first = self._first(since)
        course = np.asarray([row[column] for row in self.values[first:]])
        return {"mean": float(course.mean()), "min": float(course.min())}.get(
            fact.of, float(course.max())
        )

    def _column(self, point: str) -> int:
        column = self.plant.index.get(point, len(self.plant.read))
        if column >= len(self.plant.read):
            raise BadInput(f"{point} is no point that a source reads; allowed: one that is.")
        return column

    def _made(self, at: str, since: Instant) -> float:
        """What left a line in its unit of flow, or a machine in what it puts out."""
        counter = self.counter.get(at, at)
        if counter not in self.counting:
            raise BadInput(f"{at} makes nothing that is counted; allowed: a line or machine.")
        unit, worth = self.plant.unit(counter), 1.0
        if at in self.counter:
            worth = self.plant.in_flow(self.plant.line(at), unit)
        column = self.counting.index(counter)
        return float(self.made[-1][column] - self.made[self._first(since)][column]) * worth

    def _first(self, since: Instant) -> int:
        """The note with which a span begins: the first of all where it begins before."""
        return min(int(np.searchsorted(self.time, since)), len(self.time) - 1)

    def _minutes(self, since: Instant) -> float:
        return max(self.time[-1] - self.time[self._first(since)], SECOND) / 60 / SECOND
