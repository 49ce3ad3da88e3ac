"""Stretches of a healthy plant, with its minor stops, breaks and change-overs, asked about.

It must never put anything in.
"""

from dataclasses import dataclass
from pathlib import Path

from api.plant_file import read_plant
from evals.emulator.machine import HELD
from evals.emulator.standin import StandIn
from evals.exam.question import Answered, Question
from evals.exam.sitting import FEED_S, SPAN_S, Sitting, moment
from evals.exam.telling import Telling
from twin_core.simulation.calendar import planned_stops
from twin_core.value import SECOND

ASKED = 5
"""How often a stretch is asked about, each time about all that passed since it was last."""
STRETCH_H = ASKED * SPAN_S / 3600.0
_FIRST, _PRACTICE = 7_330_000, 9_030_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was answered about a stretch of a healthy plant.

    Attributes:
        hours: of the plant, asked about.
        changeovers, other_stops: planned ones that touched it, of all lines.
        minor_stops: of all machines, by the stand-in's own account.
        answers: one a production line and time asked.
    """

    seed: int
    hours: float
    changeovers: int
    other_stops: int
    minor_stops: int
    answers: tuple[Answered, ...]

    @property
    def false(self) -> tuple[Answered, ...]:
        """Answers that name a cause, each asset and failure mode once."""
        named = {
            (a.diagnosis.causes[0].asset, a.diagnosis.causes[0].failure_mode): a
            for a in reversed(self.answers)
            if a.diagnosis.verdict == "cause" and a.diagnosis.causes
        }
        return tuple(reversed(named.values()))


def seeds(hours: float, *, quick: bool) -> range:
    """As many seeds as it takes to ask about so many plant-hours; for practice, others."""
    first = _PRACTICE if quick else _FIRST
    return range(first, first + max(1, -int(-hours // STRETCH_H)))


def asked(plant_file: Path, seed: int) -> Stretch:
    """One stretch, every production line asked about every half hour."""
    plant = read_plant(plant_file)
    lines = [x.id for x in plant.lines if x.kind == "production"]
    sitting = Sitting(plant, seed, moment(seed), [Telling("as it is", plant)])
    begun, minor = sitting.now, 0
    held: set[str] = set()
    answers: list[Answered] = []
    for _ in range(ASKED):
        for _ in range(round(SPAN_S / FEED_S)):
            sitting.turn(FEED_S)
            before, held = held, _held(sitting.world.standin)
            minor += len(held - before)
        for line in lines:
            question = Question("healthy", "healthy", line, (), seed, begun)
            answers += sitting.ask(question, begun)
    stops = [p.reason for x in lines for p in planned_stops(plant, x, begun, sitting.now)]
    changeovers = stops.count("changeover")
    hours = (sitting.now - begun) / SECOND / 3600.0
    return Stretch(seed, hours, changeovers, len(stops) - changeovers, minor, tuple(answers))


def _held(standin: StandIn) -> set[str]:
    machines = (m for some in standin.assembly.machines.values() for m in some)
    return {m.unit.id for m in machines if m.state == HELD}
