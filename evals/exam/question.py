"""A question of the exam, and what was answered. Values; no judgement here."""

from dataclasses import dataclass

from evals.emulator.faults import Fault, full_path
from evals.exam.plain import Plain
from evals.scoring import asset_rank, rank
from twin_core.diagnosis.cause import Diagnosis
from twin_core.value import Instant, Path

Withheld = tuple[str, str]
"""A failure mode that the twin's class files lack: class id, mode id."""


@dataclass(frozen=True, slots=True)
class Question:
    """Faults that come upon a plant, and the line that is asked about.

    Attributes:
        id: of the case; `kind` of what sort it is, for the tables.
        line: full path.
        faults: all put in at the same moment; each has its own onset after it.
        seed: of the stand-in and of the diagnosis; `start` plant time at which it begins.
        load: nominal rates of every product, as a share of the plant file's.
        usual_s, after_s: plant seconds before the faults, and from them to the question.
        withheld: failure modes that the twin is not told of.
    """

    id: str
    kind: str
    line: Path
    faults: tuple[Fault, ...]
    seed: int
    start: Instant
    load: float = 1.0
    usual_s: float = 1800.0
    after_s: float = 420.0
    withheld: tuple[Withheld, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with its answer, in the names of the stand-in.

    Attributes:
        telling: under which description of the plant it was answered.
        site: of the stand-in.
        struck: plant time at which the faults were put in.
        diagnosis: without its evidence.
        took_s: wall seconds of the diagnosis.
        plain: what the plain answer would have been; None where there is none.
    """

    question: Question
    telling: str
    site: str
    struck: Instant
    diagnosis: Diagnosis
    took_s: float
    plain: Plain | None = None

    @property
    def plainly_first(self) -> bool:
        """Whether the plain answer is a fault that was put in, as strictly."""
        return any(
            self.plain is not None
            and self.plain.asset == full_path(f.at, self.site)
            and (self.plain.mode in f.failure_modes if f.failure_modes else not self.plain.mode)
            for f in self.question.faults
        )

    @property
    def ranks(self) -> tuple[int | None, ...]:
        """Place of each fault among the causes, from 1; None where it is not listed."""
        return tuple(rank(self.diagnosis, f, self.site) for f in self.question.faults)

    @property
    def first(self) -> bool:
        """Whether the first cause is a fault that was put in."""
        return 1 in self.ranks

    @property
    def asset_first(self) -> bool:
        """Whether the first cause is at the asset of a fault, whatever its mode."""
        return 1 in {asset_rank(self.diagnosis, f, self.site) for f in self.question.faults}

    @property
    def listed(self) -> bool:
        """Whether every fault that was put in is among the first three."""
        return all(place is not None and place <= 3 for place in self.ranks)

    def line(self) -> str:
        """The truth and what was answered instead, for a person."""
        truth = " + ".join(
            f"{f.component} {f.parameter} {f.shape} ({'|'.join(f.failure_modes) or 'unknown mode'})"
            for f in self.question.faults
        )
        truth = truth or f"nothing wrong, {self.question.line.removeprefix(self.site + '/')}"
        said = ", ".join(
            f"{c.asset.removeprefix(self.site + '/')} {c.failure_mode or '(unknown)'}"
            f" {c.probability:.2f}"
            for c in self.diagnosis.causes[:3]
        )
        q = self.question
        return (
            f"{self.telling} {q.kind} {q.id} seed {q.seed} load {q.load:g}: {truth};"
            f" said {self.diagnosis.verdict}: {said or 'no cause'}"
        )
