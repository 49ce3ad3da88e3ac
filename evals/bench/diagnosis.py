"""`bench diagnosis`: the exam of "why", part by part, beside the bars.

Questions are played on the stand-in in process; the answer is held against what was put in. It
must never be what the product is tuned on: sealed seeds are drawn from in full runs only.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar

from evals.bench import (
    diagnosis_assetops,
    diagnosis_discovered,
    diagnosis_drawn,
    diagnosis_healthy,
    diagnosis_improvements,
    diagnosis_remedies,
    diagnosis_riverside,
    diagnosis_second,
    diagnosis_sets,
    diagnosis_testimony,
    diagnosis_time,
    diagnosis_windows,
    diagnosis_without,
    reliability,
)
from evals.bench.row import Row
from evals.emulator.nameplate import read_faults
from evals.exam import healthy, hearing, highfield, lottery, remedies, riverside, windows, worse
from evals.exam.planted import looked
from evals.exam.question import Answered
from evals.exam.testified import testified
from evals.exam.windows import agreed

RELIABILITY = Path(__file__).with_name("reliability.svg")

Told = Callable[[str], None]
Job = TypeVar("Job")
Found = TypeVar("Found")


class Played(Protocol):
    """A case of a lot, played and marked."""

    @property
    def faultless(self) -> bool:
        """Whether nothing about it was wrong."""
        ...

    def line(self) -> str:
        """In one line, for a person."""
        ...


Case = TypeVar("Case", bound=Played)


@dataclass(frozen=True, slots=True)
class Exam:
    """What is measured on, and how.

    Attributes:
        datasets: folder of real data; None = not there.
        workers: processes.
        told: hears of every case that was answered wrongly.
    """

    plant: Path
    catalogue: Path
    datasets: Path | None
    workers: int
    quick: bool
    told: Told

    def each(self, play: Callable[[Path, Job], Found], jobs: Iterable[Job]) -> Iterator[Found]:
        """What comes of every job, in order."""
        if self.workers <= 1:
            yield from (play(self.plant, job) for job in jobs)
            return
        with ProcessPoolExecutor(self.workers) as pool:
            pending = [pool.submit(play, self.plant, job) for job in jobs]
            yield from (one.result() for one in pending)


def measure(exam: Exam, parts: Sequence[str]) -> Iterator[Row]:
    """The rows of those parts, in the order of `PARTS`."""
    for name, part in PARTS.items():
        if name in parts:
            yield from part(exam)


def _riverside(exam: Exam) -> Iterator[Row]:
    asked = riverside.questions(exam.plant, exam.catalogue, quick=exam.quick)
    answers = [a for some in exam.each(riverside.answered, asked) for a in _heard(exam, some)]
    yield from diagnosis_riverside.rows(answers)


def _drawn(exam: Exam) -> Iterator[Row]:
    answers = _lot(exam, lottery.answered, lottery.seeds(quick=exam.quick))
    yield from diagnosis_drawn.rows(answers)
    if not exam.quick:
        plain = [a for a in answers if a.telling == "as it is"]
        found = reliability.bins(*diagnosis_drawn.stated(plain))
        title = f"First causes of {len(plain)} drawn faults"
        RELIABILITY.write_text(reliability.diagram(found, title), encoding="utf-8")


def _healthy(exam: Exam) -> Iterator[Row]:
    hours = diagnosis_healthy.QUICK_HOURS if exam.quick else diagnosis_healthy.HOURS
    yield from diagnosis_healthy.rows(_stretches(exam, hours), hours)


def _pairs(exam: Exam) -> Iterator[Row]:
    answers = _lot(exam, lottery.answered_pair, lottery.pair_seeds(quick=exam.quick))
    yield from diagnosis_drawn.pair_rows(answers)


def _time(exam: Exam) -> Iterator[Row]:
    size = diagnosis_time.QUICK if exam.quick else diagnosis_time.FULL
    yield from diagnosis_time.rows(exam.plant, size)


def _sets(exam: Exam) -> Iterator[Row]:
    yield from diagnosis_sets.rows(exam.datasets, quick=exam.quick)


def _assetops(exam: Exam) -> Iterator[Row]:
    yield from diagnosis_assetops.rows(exam.datasets, quick=exam.quick)


def _without(exam: Exam) -> Iterator[Row]:
    asked = riverside.once(exam.plant, exam.catalogue)
    asked = asked[:: riverside.QUICK_EVERY] if exam.quick else asked
    answers = [a for some in exam.each(riverside.answered_with_less, asked) for a in some]
    yield from diagnosis_without.rows(answers)


def _remedies(exam: Exam) -> Iterator[Row]:
    asked = remedies.jobs(read_faults(exam.catalogue).cases, quick=exam.quick)
    some = []
    for one in exam.each(remedies.carried, asked):
        if one.won < diagnosis_remedies.WON_BACK or not one.right:
            exam.told(one.line())
        some.append(one)
    yield from diagnosis_remedies.rows(some)


def _discovered(exam: Exam) -> Iterator[Row]:
    asked = riverside.once(exam.plant, exam.catalogue)
    asked = asked[:: riverside.QUICK_EVERY] if exam.quick else asked
    answers = [a for some in exam.each(riverside.answered_as_discovered, asked) for a in some]
    yield from diagnosis_discovered.rows(answers)


def _testimony(exam: Exam) -> Iterator[Row]:
    some = _played(exam, testified, hearing.jobs(quick=exam.quick))
    yield from diagnosis_testimony.rows(some)


def _improvements(exam: Exam) -> Iterator[Row]:
    some = _played(exam, looked, worse.jobs(quick=exam.quick))
    yield from diagnosis_improvements.rows(some)


def _windows(exam: Exam) -> Iterator[Row]:
    some = _played(exam, agreed, windows.seeds(quick=exam.quick))
    yield from diagnosis_windows.rows(some)


def _second_plant(exam: Exam) -> Iterator[Row]:
    other = replace(
        exam,
        plant=exam.plant.with_name(highfield.PLANT),
        catalogue=exam.catalogue.with_name(highfield.CATALOGUE),
    )
    asked = highfield.questions(other.plant, other.catalogue, quick=exam.quick)
    answers = [a for some in other.each(highfield.answered, asked) for a in _secret(other, some)]
    hours = diagnosis_second.QUICK_HOURS if exam.quick else diagnosis_second.HOURS
    yield from diagnosis_second.rows(answers, _stretches(other, hours), hours)


def _played(exam: Exam, play: Callable[[Path, Job], Case], jobs: Iterable[Job]) -> list[Case]:
    """What came of every job; in practice, what was not faultless is told."""
    found = []
    for one in exam.each(play, jobs):
        if exam.quick and not one.faultless:
            exam.told(one.line())
        found.append(one)
    return found


def _stretches(exam: Exam, hours: float) -> list[healthy.Stretch]:
    """Stretches of the healthy plant, with what was named wrongly told."""
    found = []
    for stretch in exam.each(healthy.asked, healthy.seeds(hours, quick=exam.quick)):
        for answer in stretch.false:
            exam.told(answer.line())
        found.append(stretch)
    return found


def _lot(
    exam: Exam, play: Callable[[Path, int], Sequence[Answered]], seeds: Iterable[int]
) -> list[Answered]:
    """The answers to what was drawn."""
    return [a for some in exam.each(play, seeds) for a in _secret(exam, some)]


def _secret(exam: Exam, answers: Sequence[Answered]) -> Sequence[Answered]:
    """Told in practice only: of sealed lots no case is told."""
    return _heard(exam, answers) if exam.quick else answers


def _heard(exam: Exam, answers: Sequence[Answered]) -> Sequence[Answered]:
    for answer in answers:
        if not answer.first or not answer.listed:
            exam.told(answer.line())
    return answers


PARTS: dict[str, Callable[[Exam], Iterator[Row]]] = {
    "riverside": _riverside,
    "healthy": _healthy,
    "drawn": _drawn,
    "pairs": _pairs,
    "time": _time,
    "sets": _sets,
    "assetops": _assetops,
    "without": _without,
    "remedies": _remedies,
    "discovered": _discovered,
    "testimony": _testimony,
    "improvements": _improvements,
    "windows": _windows,
    "second_plant": _second_plant,
}
