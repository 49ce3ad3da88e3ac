"""A sitting: the stand-in runs, faults come, and the twin is asked about a line, without wires.

It must never tell the twin what was put in, nor when.
"""

import datetime as dt
from collections.abc import Sequence
from time import perf_counter

from evals.exam.plain import Plain, plain
from evals.exam.question import Answered, Question
from evals.exam.telling import Telling
from evals.inprocess import World
from twin_core.diagnosis.diagnose import diagnose
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.simulation.calendar import planned_stops
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

SPAN_S = 1800.0
"""How far back every question reaches, plant seconds."""
FEED_S = 10
"""Plant seconds between two feedings of the twins."""
_CALM_S = 180
"""Plant seconds before the onset without a planned stop."""


class Sitting:
    """A stand-in, and a twin for each telling of it, on one turned clock.

    Args:
        plant: as the stand-in has it.
        seed: of the stand-in and of the diagnoses.
        start: plant time at which it begins.
        tellings: what the twins are told.
    """

    def __init__(
        self, plant: Plant, seed: int, start: Instant, tellings: Sequence[Telling]
    ) -> None:
        self.world = World(plant, seed, start, crew=False)
        self._plant = plant
        self._seed = seed
        self._pupils = [(telling, Twin(telling.plant)) for telling in tellings]

    @property
    def now(self) -> Instant:
        """Plant time."""
        return self.world.standin.now

    def turn(self, seconds: float) -> None:
        """Let plant seconds pass, and every twin hear of them."""
        for _ in range(round(seconds / FEED_S)):
            arrivals = self.world.turn(FEED_S)
            for _, twin in self._pupils:
                for arrival in arrivals:
                    twin.apply(arrival, self.now)
                twin.tick(self.now)

    def wait(self, line: str, after_s: float) -> None:
        """Let minutes pass until no stop of the line is planned around now and until then."""
        while planned_stops(
            self._plant, line, self.now - _CALM_S * SECOND, self.now + int(after_s * SECOND)
        ):
            self.turn(60)

    def snapshot(self) -> Snapshot:
        """What the first twin believes now."""
        return self._pupils[0][1].snapshot(self.now)

    def ask(self, question: Question, struck: Instant) -> tuple[Answered, ...]:
        """Every twin's answer about the line of the question."""
        found = []
        for telling, twin in self._pupils:
            snapshot = twin.snapshot(self.now)
            began = perf_counter()
            asked = telling.path(question.line)
            diagnosis = diagnose(snapshot, asked, SPAN_S, self._seed, tried=telling.tried)
            took = perf_counter() - began
            other = plain(snapshot, asked)
            if other is not None:
                other = Plain(telling.real_path(other.asset), other.mode)
            said = telling.real(diagnosis)
            site = self._plant.site
            found.append(Answered(question, telling.name, site, struck, said, took, other))
        return tuple(found)


def sit(plant: Plant, question: Question, tellings: Sequence[Telling]) -> tuple[Answered, ...]:
    """Play one question and ask it; an answer a telling.

    The faults strike a line that runs: where a stop is planned around them, they wait.

    Args:
        plant: as the stand-in has it, at the load of the question.
        question: what comes, and what is asked.
        tellings: what the twins are told of that plant.
    """
    sitting = Sitting(plant, question.seed, question.start, tellings)
    sitting.turn(question.usual_s)
    sitting.wait(question.line, question.after_s)
    struck = sitting.now
    for fault in question.faults:
        sitting.world.standin.inject(fault)
    sitting.turn(question.after_s)
    return sitting.ask(question, struck)


def moment(seed: int) -> Instant:
    """Another time of day for each seed, so that breaks and change-overs fall where they may."""
    morning = dt.datetime(2026, 3, 2, 6, 0, tzinfo=dt.UTC)
    return int((morning + dt.timedelta(minutes=47 * seed % 1440)).timestamp()) * SECOND
