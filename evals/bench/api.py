"""`bench api`: how fast people and programs are served, in parts, by a real server on a real plant.

State reads, presses in Slack, many people who ask at once. Whoever asks runs in this process, the
server and the plant in others. It must never measure a server that does not ingest meanwhile.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.bench.row import Row


@dataclass(frozen=True)
class Exam:
    """What an exam is given.

    Attributes:
        plant: a plant file.
        quick: far fewer of everything.
        seed: of what is drawn.
        told: takes a line now and then.
    """

    plant: Path
    quick: bool
    seed: int
    told: Callable[[str], None]


def measure(exam: Exam, parts: Sequence[str]) -> Iterator[Row]:
    """The rows of some parts, in order."""
    for part in parts:
        yield from PARTS[part](exam)


def _state(exam: Exam) -> Iterator[Row]:
    from evals.bench.api_state import measure

    yield measure(exam.plant, quick=exam.quick)


def _slack(exam: Exam) -> Iterator[Row]:
    from evals.bench.api_slack import measure

    yield from measure(exam.plant, quick=exam.quick)


def _sessions(exam: Exam) -> Iterator[Row]:
    from evals.bench.api_sessions import measure

    yield from measure(exam.plant, exam.seed, exam.told, quick=exam.quick)


PARTS: Mapping[str, Callable[[Exam], Iterator[Row]]] = {
    "state": _state,
    "slack": _slack,
    "sessions": _sessions,
}
