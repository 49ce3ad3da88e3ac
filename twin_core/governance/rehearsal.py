"""What a rehearsal of a proposal found: a report about one digest, and the evidence it becomes.

A rehearsal carries the plan out on a virtual controller by the real gate and connectors. Its
numbers are simulated and say so. It must never count as an approval, or take one's place.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from twin_core.evidence import Evidence
from twin_core.value import JSON, Instant, Path, Value

MOST: int = 5
"""Rehearsals a proposal may carry."""
PLANNED: str = "as planned"
UNDONE: str = "undone on request"
"""Names of the two passes in which nothing goes wrong."""

Words = Annotated[str, StringConstraints(max_length=500)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class StepSeen(Value):
    """What became of one step.

    Attributes:
        value: what was to be written; `read_back` what stood there afterwards.
        compensation: what undoes it; absent = nothing does.
        state: of `StepRecord`.
    """

    point: Path
    unit: Words
    old: float
    value: float
    check: float
    compensation: float | None = None
    state: Words
    read_back: float | None = None
    detail: Words = ""


class Pass(Value):
    """The plan carried out once.

    Attributes:
        name: `PLANNED`, `UNDONE`, or what went wrong on purpose.
        stage: in which the case ended, of the field-write protocol.
        stands: by point written, what stood at the virtual controller at the end.
        held: whether the gate did what it must.
        took_s: plant seconds.
    """

    name: Words
    stage: Words
    result: Words
    steps: tuple[StepSeen, ...] = Field(max_length=100)
    stands: dict[Path, float] = Field(default_factory=dict, max_length=100)
    held: bool
    took_s: float = Field(ge=0)


class Looked(Value):
    """One thing looked at before the plan was carried out: an interlock, a bound, a signature."""

    what: Words
    found: Words
    held: bool


class EffectLooked(Value):
    """The process's answer at the virtual controller beside the forecast, in `unit`.

    Attributes:
        before, after: the line's rate over the last minutes before the write and at the end.
        baseline, forecast: means that the proposal promises without and with it, `low` and `high`
            the forecast's 90 % interval.
        point, target, reached: the point that must follow, if there is one.
    """

    unit: Words
    before: float | None
    after: float | None
    baseline: float
    forecast: float
    low: float
    high: float
    point: Path | None = None
    target: float | None = None
    reached: float | None = None


class Rehearsal(Value):
    """A report.

    Attributes:
        digest: of the proposal that was rehearsed.
        plant, policy: versions of the plant file and the policy it was rehearsed with.
        model: of the twin, by which the virtual controller moves.
        at: plant time of the state it began from; `factor` plant seconds a second.
    """

    proposal: Annotated[str, StringConstraints(max_length=100)]
    digest: Digest
    plant: Digest
    policy: Digest
    model: Words
    at: Instant
    factor: float = Field(gt=0)
    looked: tuple[Looked, ...] = Field(default=(), max_length=200)
    passes: tuple[Pass, ...] = Field(min_length=1, max_length=20)
    effect: EffectLooked | None = None

    @property
    def passed(self) -> bool:
        """Whether everything held."""
        return all(one.held for one in self.looked) and all(one.held for one in self.passes)

    @property
    def verdict(self) -> str:
        """One sentence."""
        first = self.passes[0]
        undone = next((one for one in self.passes if one.name == UNDONE), None)
        faults = [one for one in self.passes if one.name not in {PLANNED, UNDONE}]
        told = [f"carried out as planned it ended {first.stage.replace('_', ' ')}"]
        if undone is not None:
            told.append(
                "was undone on request" if undone.held else "could NOT be undone on request"
            )
        if faults:
            well = sum(one.held for one in faults)
            told.append(f"met {well} of {len(faults)} faults as it must")
        failed = ", ".join(one.what for one in self.looked if not one.held)
        if failed:
            told.append(f"and before that was not as it must be: {failed[:200]}")
        word = "Passed" if self.passed else "FAILED"
        return f"{word}: on a virtual controller, {', '.join(told)}."


def evidence(report: Rehearsal, name: str) -> Evidence:
    """The report as evidence; `name` of who hands it in and answers for it."""
    data: dict[str, JSON] = report.model_dump(mode="json")
    return Evidence(
        kind="rehearsal",
        subject=report.proposal,
        statement=report.verdict,
        data=data,
        time=report.at,
        quality="simulated",
        origin=name,
    )
