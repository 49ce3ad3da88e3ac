"""What is true, by the stand-in itself: recorded while a plant is played, asked when it is graded.

What would be is true too: a copy of the stand-in lives on with other set-points. It must never
read what the twin believes, nor what a sensor shows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from evals.emulator.assembly import products_of
from evals.emulator.faults import full_path
from evals.emulator.standin import StandIn, Write
from evals.exam.course import copied
from evals.harness.case import Fact
from twin_core.errors import BadInput
from twin_core.plant.assets import Plant
from twin_core.value import SECOND, Instant

_LOOK_S = 10
"""Plant seconds between two notes of what would be."""


@dataclass
class Record:
    """True numbers of a plant, noted every few seconds.

    Attributes:
        time: plant time of each note.
        values: of every point that a source reads, in the order of `Plant.read`.
        made: what each of `counting` has put out since the stand-in began.
        counting: paths of the units that count; `counter` which of them counts for a line.
        standin: as it was noted last; None where it is not at hand, as over a wire.
        begun: how many notes there were when this became a record of its own.
        ahead: what would be, worked out from where records became ones of their own; they share it.
    """

    plant: Plant
    time: list[Instant] = field(default_factory=list)
    values: list[NDArray[np.float64]] = field(default_factory=list)
    made: list[NDArray[np.float64]] = field(default_factory=list)
    counting: tuple[str, ...] = ()
    counter: dict[str, str] = field(default_factory=dict)
    standin: StandIn | None = None
    begun: int = 0
    ahead: dict[tuple[object, ...], "Record"] = field(default_factory=dict, repr=False)

    def note(self, standin: StandIn) -> None:
        """Note what is true now."""
        self.standin = standin
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
        return replace(
            self, time=list(self.time), values=list(self.values), made=list(self.made),
            begun=len(self.time),
        )  # fmt: skip

    def moments(self, since: int) -> Iterator["Record"]:
        """As it was at every note from the number `since` on."""
        for to in range(since + 1, len(self.time) + 1):
            yield replace(self, time=self.time[:to], values=self.values[:to], made=self.made[:to])

    def called_for(self, point: str) -> float:
        """Where a point stood at the first note, before anything happened."""
        return float(self.values[0][self._column(full_path(point, self.plant.site))])

    def at_first(self, point: str) -> float:
        """Where a point stood when this became a record of its own."""
        row = self.values[max(self.begun - 1, 0)]
        return float(row[self._column(full_path(point, self.plant.site))])

    def number(self, fact: Fact) -> float:
        """The number that a fact asks for, at the last note.

        Raises:
            BadInput: the stand-in knows no such number, or is not at hand.
        """
        if fact.when:
            return self._ahead(fact).number(fact.model_copy(update={"when": {}}))
        if fact.of == "number":
            assert fact.number is not None
            return fact.number
        at = full_path(fact.at, self.plant.site)
        since = self.time[-1] - round(fact.minutes * 60 * SECOND)
        if fact.of in {"made", "rate"}:
            made = self._made(at, since)
            rate = made / self._minutes(since)
            short = 100.0 * (1.0 - rate / self._nominal(at)) if fact.short else rate
            return made if fact.of == "made" else short
        column = self._column(at)
        if fact.of == "now":
            return float(self.values[-1][column])
        first = self._first(since)
        course = np.asarray([row[column] for row in self.values[first:]])
        return {"mean": float(course.mean()), "min": float(course.min())}.get(
            fact.of, float(course.max())
        )

    def _ahead(self, fact: Fact) -> "Record":
        """As it will be after the minutes of the fact, where its set-points are written now."""
        if len(self.time) > self.begun:
            return self._lived_on(fact)
        asked = (self.begun, fact.minutes, *sorted(fact.when.items()))
        if asked not in self.ahead:
            self.ahead[asked] = self._lived_on(fact)
        return self.ahead[asked]

    def _lived_on(self, fact: Fact) -> "Record":
        if self.standin is None:
            raise BadInput("What would be is not known over a wire; allowed: in process.")
        standin, found = copied(self.standin), self.copied()
        for point, value in fact.when.items():
            index = self._column(full_path(point, self.plant.site))
            standin.write(Write(index, value), "client")
        for second in range(1, round(fact.minutes * 60) + 1):
            standin.step()
            if second % _LOOK_S == 0:
                found.note(standin)
        return found

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

    def _nominal(self, at: str) -> float:
        """The rate that the product of a line calls for, before its first change-over."""
        line = self.plant.line(at)
        products = products_of(self.plant, line)
        if not products:
            raise BadInput(f"{at} has no product; allowed: a line that makes one.")
        return products[0].rates[line.id]

    def _first(self, since: Instant) -> int:
        """The note with which a span begins: the first of all where it begins before."""
        return min(int(np.searchsorted(self.time, since)), len(self.time) - 1)

    def _minutes(self, since: Instant) -> float:
        return max(self.time[-1] - self.time[self._first(since)], SECOND) / 60 / SECOND
