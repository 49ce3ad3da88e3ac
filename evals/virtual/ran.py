"""What became of a plan that was carried out once, at the desk and at the controller.

It must never take the desk's word for what stands at the controller.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from twin_core.governance.action import WriteStep
from twin_core.governance.case import Case
from twin_core.governance.rehearsal import Pass, StepSeen

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Ran:
    """One carrying out.

    Attributes:
        case: at its end.
        steps: of the plan.
        took_s: plant seconds.
        stands: by point written, what stands at the controller.
        asked: how many writes reached it.
        fleeting: points that the controller itself takes back (a request for a command).
    """

    case: Case
    steps: Sequence[WriteStep]
    took_s: float
    stands: Mapping[str, float]
    asked: int
    fleeting: frozenset[str] = frozenset()

    @property
    def once(self) -> bool:
        """Whether nothing was sent twice: no more writes than steps sent and steps undone."""
        sent = sum(step.at is not None for step in self.case.steps)
        undone = sum(step.state in {"undone", "undoing", "left"} for step in self.case.steps)
        return self.asked <= sent + undone

    @property
    def untouched(self) -> bool:
        """Whether every point stands as it did before the plan."""
        return self._at({s.point: (s.old, s.check) for s in reversed(self.steps)})

    @property
    def whole(self) -> bool:
        """Whether every point stands as the plan would have it."""
        return self._at({s.point: (s.value, s.check) for s in self.steps})

    def told(self, name: str, proposal: str, *, held: bool) -> Pass:
        """It as a pass of the report, the true proposal's id in place of the rehearsed one's."""

        def said(text: str) -> str:
            return text.replace(self.case.id, proposal)[:_LONGEST]

        steps = tuple(
            StepSeen(
                point=step.point,
                unit=step.unit,
                old=step.old,
                value=step.value,
                check=step.check,
                compensation=step.compensation.value if step.compensation is not None else None,
                state=record.state,
                read_back=record.read_back,
                detail=said(record.detail),
            )
            for step, record in zip(self.steps, self.case.steps, strict=True)
        )
        return Pass(
            name=name,
            stage=self.case.stage,
            result=said(self.case.result),
            steps=steps,
            stands=dict(self.stands),
            held=held,
            took_s=max(0.0, self.took_s),
        )

    def _at(self, wanted: Mapping[str, tuple[float, float]]) -> bool:
        return all(
            abs(self.stands[point] - value) <= check + 1e-6 * max(1.0, abs(value))
            for point, (value, check) in wanted.items()
            if point not in self.fleeting
        )
