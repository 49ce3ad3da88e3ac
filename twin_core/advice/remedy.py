"""What could be done about a cause, each simulated; the best, or "better wait". No reasoning."""

from pydantic import Field

from twin_core.diagnosis.cause import Cause
from twin_core.evidence import Evidence
from twin_core.governance.action import Action, Basis, Effect
from twin_core.value import Value


class Remedy(Value):
    """One thing that could be done.

    Attributes:
        action: None = do nothing.
        effect: simulated from the live state, common random numbers; None where nothing is
            gained in output (a sensor).
        acts_after_s: plant seconds until it helps.
        risks: what it may break, one sentence each.
    """

    title: str
    action: Action | None
    effect: Effect | None = None
    cures: bool = False
    acts_after_s: float = Field(default=0, ge=0)
    risks: tuple[str, ...] = ()


class Advice(Value):
    """Remedies for one cause, best first, with the basis a proposal of the best would rest on."""

    cause: Cause
    remedies: tuple[Remedy, ...]
    best: Remedy
    basis: Basis | None
    evidence: tuple[Evidence, ...]
    summary: str
