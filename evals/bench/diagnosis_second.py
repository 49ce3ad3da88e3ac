"""Bars and figures of another kind of plant (`bench diagnosis --part second_plant`)."""

from collections.abc import Iterator, Sequence

from evals.bench import diagnosis_healthy, marking
from evals.bench.row import Bar, Row
from evals.exam.healthy import Stretch
from evals.exam.highfield import AFTER_S
from evals.exam.question import Answered

PREFIX = "diagnosis.second_plant"
AC1 = Bar(low=0.85)
HOURS, QUICK_HOURS = 50.0, 2.5


def rows(answers: Sequence[Answered], stretches: Sequence[Stretch], hours: float) -> Iterator[Row]:
    """The catalogue of the pumping station, and what is named while nothing is wrong there."""
    cases = len({a.question.id for a in answers})
    load = f"{cases} cases of a pumping station, 06:30 to 21:00, asked {AFTER_S / 60:.0f} plant min"
    load += " after"
    yield from marking.accuracy(PREFIX, answers, load, AC1, None)
    yield from marking.onsets(PREFIX, answers, load, None, None)
    yield marking.instruments(PREFIX, answers, load, None)
    yield from marking.by_kind(PREFIX, answers, load)
    yield from diagnosis_healthy.rows(stretches, hours, f"{PREFIX}.healthy")
