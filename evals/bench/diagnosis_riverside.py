"""Bars and figures of the catalogue of faults on the stand-in (`bench diagnosis`)."""

from collections.abc import Iterator, Sequence

from evals.bench import marking
from evals.bench.row import Bar, Row
from evals.exam.question import Answered
from evals.exam.riverside import LOADS

AC1, AC3 = Bar(low=0.90), Bar(low=0.98)
ONSET_S, INSIDE = Bar(high=60.0), Bar(low=0.90)
SENSOR = Bar(low=0.97)


def rows(answers: Sequence[Answered]) -> Iterator[Row]:
    """The figures of the catalogue."""
    cases = len({a.question.id for a in answers})
    load = f"{cases} cases of the catalogue, seeds and loads ({', '.join(map(str, LOADS))})"
    load += ", asked 7 plant min after"
    yield from marking.accuracy("diagnosis.riverside", answers, load, AC1, AC3)
    yield from marking.onsets("diagnosis.riverside", answers, load, ONSET_S, INSIDE)
    yield marking.instruments("diagnosis.riverside", answers, load, SENSOR)
    yield from marking.by_kind("diagnosis.riverside", answers, load)
