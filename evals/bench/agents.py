"""`bench agents`: the exam of the assistant, in parts.

What it takes beside model and tools (`overhead`), whether a made-up sentence passes it
(`unsupported`), the same question in other words (`paraphrases`), models that go wrong and texts
that lie (`attacks`), another set's texts that lie (`agentdojo`), and what stored evaluations came
to (`exam`). It must never use a language model that costs money.
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
        data: the directory with stored runs and the pasts of plants.
        quick: far fewer of everything.
        seed: of what is drawn.
        told: takes a line now and then.
    """

    plant: Path
    data: Path
    quick: bool
    seed: int
    told: Callable[[str], None]


def measure(exam: Exam, parts: Sequence[str]) -> Iterator[Row]:
    """The rows of some parts, in order."""
    for part in parts:
        yield from PARTS[part](exam)


def _overhead(exam: Exam) -> Iterator[Row]:
    from evals.bench.agents_overhead import overhead

    yield from overhead(exam.plant, quick=exam.quick)


def _unsupported(exam: Exam) -> Iterator[Row]:
    from evals.bench.agents_hallucinated import measure

    yield from measure(exam.plant, quick=exam.quick)


def _paraphrases(exam: Exam) -> Iterator[Row]:
    from api.logs import log_to_stderr
    from evals.bench.agents_paraphrases import measure

    log_to_stderr("error")
    yield from measure(exam.data / "evals" / "pasts", exam.told, quick=exam.quick)


def _attacks(exam: Exam) -> Iterator[Row]:
    from api.logs import log_to_stderr
    from evals.bench.agents_attacks import ATTACKS, QUICK_ATTACKS, QUICK_SEEDS, SEEDS, measure

    log_to_stderr("error")
    most, seeds = (QUICK_ATTACKS, QUICK_SEEDS) if exam.quick else (ATTACKS, SEEDS)
    yield from measure(exam.plant, most, seeds, exam.seed, exam.told)


def _agentdojo(exam: Exam) -> Iterator[Row]:
    from api.logs import log_to_stderr
    from evals.bench.agents_dojo import CASES, QUICK_CASES, measure

    log_to_stderr("error")
    yield from measure(exam.plant, QUICK_CASES if exam.quick else CASES, exam.seed, exam.told)


def _exam(exam: Exam) -> Iterator[Row]:
    from evals.bench.agents_exam import measure

    yield from measure(exam.data / "evals" / "runs", quick=exam.quick)


PARTS: Mapping[str, Callable[[Exam], Iterator[Row]]] = {
    "overhead": _overhead,
    "unsupported": _unsupported,
    "paraphrases": _paraphrases,
    "attacks": _attacks,
    "agentdojo": _agentdojo,
    "exam": _exam,
}
