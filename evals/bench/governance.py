"""`bench governance`: the exam of the gate, in parts, on the real driver, ledger and wires.

What it costs (`costs`), what is left when its process is killed (`kills`, `database`), its stateful
test and the mutants that must be found (`machines`, `mutants`), decisions in one moment (`fifty`),
how soon an approval is on the wire (`latency`), and a local rule (`local`), and a chain that
somebody changed (`tamper`). It must never let a law of the gate be judged by the gate.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from evals.bench.row import Row

_DRAWN = {"machines", "mutants", "tamper"}


@dataclass(frozen=True)
class Exam:
    """What an exam is given.

    Attributes:
        plant: a plant file, for the decisions of policy.
        quick: far fewer of everything.
        seed: of what is drawn.
        told: takes a line now and then.
    """

    plant: Path
    quick: bool
    seed: int
    told: Callable[[str], None]


def measure(exam: Exam, parts: Sequence[str]) -> Iterator[Row]:
    """The rows of some parts, in order; what cannot be drawn here is told as not run."""
    for part in parts:
        if part in _DRAWN and find_spec("hypothesis") is None:
            why = "hypothesis is not installed (pip install 'opstwin[dev]')"
            yield Row(name=f"governance.{part}", value=None, unit="", load="", n=0, why=why)
        else:
            yield from PARTS[part](exam)


def _costs(exam: Exam) -> Iterator[Row]:
    from evals.bench.governance_costs import FULL, QUICK, measure

    yield from measure(exam.plant, QUICK if exam.quick else FULL, exam.seed)


def _kills(exam: Exam) -> Iterator[Row]:
    from evals.bench.governance_kills import KILLS, QUICK_KILLS, measure

    yield from measure(QUICK_KILLS if exam.quick else KILLS, exam.seed, exam.told)


def _machines(exam: Exam) -> Iterator[Row]:
    from evals.bench.governance_machines import MACHINES, QUICK_MACHINES, machines

    yield machines(QUICK_MACHINES if exam.quick else MACHINES, exam.seed, exam.told)


def _mutants(exam: Exam) -> Iterator[Row]:
    from evals.bench.governance_machines import QUICK_SOUGHT, SOUGHT, mutants

    yield mutants(QUICK_SOUGHT if exam.quick else SOUGHT, exam.seed, exam.told)


def _database(exam: Exam) -> Iterator[Row]:
    from evals.bench.governance_database import APPROVALS, QUICK_APPROVALS, measure

    yield from measure(QUICK_APPROVALS if exam.quick else APPROVALS, exam.seed, exam.told)


def _fifty(exam: Exam) -> Iterator[Row]:
    from evals.bench.governance_fifty import QUICK_ROUNDS, ROUNDS, measure

    yield from measure(QUICK_ROUNDS if exam.quick else ROUNDS, exam.told)


def _latency(exam: Exam) -> Iterator[Row]:
    from evals.bench.governance_latency import APPROVALS, QUICK_APPROVALS, measure

    yield from measure(QUICK_APPROVALS if exam.quick else APPROVALS)


def _tamper(exam: Exam) -> Iterator[Row]:
    from evals.bench.governance_tamper import CHANGES, QUICK_CHANGES, measure

    yield measure(QUICK_CHANGES if exam.quick else CHANGES, exam.seed, exam.told)


def _local(exam: Exam) -> Iterator[Row]:
    from evals.bench.governance_local import QUICK_TRIGGERS, TRIGGERS, measure

    yield from measure(QUICK_TRIGGERS if exam.quick else TRIGGERS)


PARTS: Mapping[str, Callable[[Exam], Iterator[Row]]] = {
    "costs": _costs,
    "latency": _latency,
    "local": _local,
    "fifty": _fifty,
    "tamper": _tamper,
    "database": _database,
    "kills": _kills,
    "mutants": _mutants,
    "machines": _machines,
}
