"""One proposal's life as it stands: stage, votes, what each step did. A value; it decides nothing.

The stages are those of the field-write protocol. `back` turns the same stages round: the plan is
being undone, last step first. It goes into the ledger as JSON and comes back the same.
"""

from datetime import UTC, datetime
from typing import Literal

from pydantic import Field

from twin_core.evidence import Evidence
from twin_core.governance.action import Approval, Proposal, WriteStep
from twin_core.governance.request import Tier
from twin_core.value import SECOND, Instant, Value

Stage = Literal[
    "pending",
    "approved",
    "intent",
    "dispatched",
    "acked",
    "verified",
    "failed",
    "unknown",
    "effect_seen",
    "no_effect",
    "rolled_back",
    "rejected",
    "denied",
    "expired",
    "stale",
    "cancelled",
    "not_applied",
    "unsafe",
]

STANDS: dict[Stage, str] = {
    "pending": "it waits for approval",
    "approved": "it is approved and about to be sent",
    "intent": "it is approved and about to be sent",
    "dispatched": "it was sent and the answer is awaited",
    "acked": "it was taken and is being completed",
    "verified": "it was carried out and read back",
    "failed": "it failed",
    "unknown": "what became of it is not known",
    "effect_seen": "it was carried out and the process answered",
    "no_effect": "it was carried out and had no effect",
    "rolled_back": "it was carried out and undone",
    "rejected": "it was rejected",
    "denied": "it was denied",
    "expired": "it expired",
    "stale": "what it rested on has changed",
    "cancelled": "it was cancelled",
    "not_applied": "it was approved and not applied",
    "unsafe": "it could not be undone and its equipment is locked",
}
"""How a proposal stands, in words for people."""

BEFORE_DISPATCH: frozenset[Stage] = frozenset({"pending", "approved", "intent"})
UNDER_WAY: frozenset[Stage] = frozenset({"intent", "dispatched", "acked"})

StepState = Literal[
    "waiting",  # nothing was sent for it
    "dispatched",  # something may have been sent; the answer is not known
    "acked",  # the far side took it and completes it by itself
    "told",  # people were told of it as a job; a report is owed
    "unknown",  # no answer; a look is owed
    "lost",  # looked, and still not known
    "verified",  # read back as asked, or reported as done
    "not_applied",  # looked, and the old value stands
    "failed",  # not as asked; the old value was read back, or it was reported as not done
    "astray",  # not as asked, and the old value was not read back either
    "undoing",  # the compensation may have been sent
    "undone",  # the compensation was read back
    "left",  # not undone: the value is no longer ours
    "barred",  # not undone: nothing may be written to its machine now
]


class StepRecord(Value):
    """What became of one step.

    Attributes:
        state: where it stands.
        at: ledger time of its dispatch, or at which people were told of it.
        read_back: the value last read back.
        recovered: its target was seen after a lost answer, which is no proof that we wrote it.
        reference: for jobs, the far side's number.
    """

    state: StepState = "waiting"
    at: Instant | None = None
    read_back: float | None = None
    recovered: bool = False
    reference: str | None = None
    detail: str = ""


class Wait(Value):
    """What the case waits for, in plant time.

    Attributes:
        what: `settle` (the far side completes it), `handshake` (a point must be read back
            before the next step), `ramp` (the pace of the next step), `job` (a report of those
            who do it), `effect` (the process answers).
        until: when waiting ends; None = as long as it takes. An effect that could not be seen
            meanwhile is waited for beyond it, within a limit.
        blind: since when the effect cannot be seen; None = it can.
    """

    what: Literal["settle", "handshake", "ramp", "job", "effect"]
    since: Instant
    until: Instant | None = None
    blind: Instant | None = None


class Case(Value):
    """A proposal and all that was decided and done about it.

    Attributes:
        digest: of the proposal when it was handed in; every vote and every write compares.
        rule, why: what policy said last, in words; `needs` who must approve, in words.
        shadow: kept only to tell what would have been proposed.
        votes: counted signatures; `late` those that came after the decision.
        rehearsals: what was found when it was rehearsed; they bind nobody.
        at: index of the step under way.
        back: the plan is being undone; `origin` is the stage from which that began.
        epoch: of the actuator that last touched it.
        changed: ledger time at which stage or steps last changed.
        resolved: who closed an uncertain end, and why; its lock is then lifted.
    """

    proposal: Proposal
    digest: str
    stage: Stage
    tier: Tier = "standard"
    needed: int = Field(default=1, ge=1)
    needs: str = ""
    rule: str = ""
    why: str = ""
    shadow: bool = False
    votes: tuple[Approval, ...] = ()
    late: tuple[Approval, ...] = ()
    rehearsals: tuple[Evidence, ...] = ()
    steps: tuple[StepRecord, ...]
    at: int = Field(default=0, ge=0)
    back: bool = False
    origin: Stage | None = None
    wait: Wait | None = None
    epoch: int = 0
    changed: Instant
    result: str = ""
    resolved: str = ""

    @property
    def id(self) -> str:
        """The proposal's id."""
        return self.proposal.id

    @property
    def started(self) -> bool:
        """Whether anything may have been sent."""
        return any(step.at is not None for step in self.steps)

    @property
    def moving(self) -> bool:
        """Whether time or the plant can still change it without a person."""
        open_stage = self.stage in BEFORE_DISPATCH | UNDER_WAY or self.wait is not None
        return open_stage or self.step.state in {"unknown", "undoing"}

    @property
    def holds(self) -> bool:
        """Whether its equipment is taken: under way, or its effect is being watched."""
        return self.stage in UNDER_WAY or self.wait is not None

    @property
    def uncertain(self) -> bool:
        """Whether the equipment is at what nobody asked for or knows, and no person closed it."""
        ended = self.stage not in UNDER_WAY
        astray = ended and any(step.state == "astray" for step in self.steps)
        return (self.stage in {"unknown", "unsafe"} or astray) and not self.resolved

    @property
    def disappointed(self) -> bool:
        """Whether a write was not read back as asked, or the process did not answer as forecast.

        That people did not do a job says nothing against who proposed it.
        """
        if self.stage == "no_effect":
            return self.started
        undone = self.stage == "rolled_back" and self.origin == "failed"
        astray = undone or self.stage in {"failed", "unknown", "unsafe"}
        return astray and self.started and self.proposal.draft.action.kind == "write_plan"

    def counts(self, since: Instant) -> bool:
        """Whether it can still matter to another: it changed since then, or is not over."""
        return self.changed >= since or self.moving or self.holds or self.uncertain

    @property
    def step(self) -> StepRecord:
        """The step under way."""
        return self.steps[self.at]

    def with_step(self, **changes: object) -> "Case":
        """The case with the step under way changed."""
        record = self.step.model_copy(update=changes)
        steps = (*self.steps[: self.at], record, *self.steps[self.at + 1 :])
        return self.model_copy(update={"steps": steps})

    def undoable(self) -> int | None:
        """The last step that was verified and carries a compensation; None if there is none.

        A promotion carries its own: the version that it replaces.
        """
        action = self.proposal.draft.action
        if action.kind == "model_promotion":
            return 0 if self.steps[0].state == "verified" else None
        if action.kind != "write_plan":
            return None
        for at in range(len(self.steps) - 1, -1, -1):
            if self.steps[at].state == "verified" and action.steps[at].compensation is not None:
                return at
        return None

    @property
    def way_back(self) -> str:
        """What can be offered to people who want it undone; empty if nothing can."""
        undoable = self.undoable() is not None
        return f"; it can be rolled back: opstwin rollback {self.id}" if undoable else ""

    @property
    def signed(self) -> tuple[Approval, ...]:
        """The approvals that are counted, in the order in which they were given."""
        return tuple(vote for vote in self.votes if vote.meaning == "approved")

    def written(self) -> tuple[tuple[WriteStep, StepRecord], ...]:
        """Writes that may have left this machine, with what became of them."""
        action = self.proposal.draft.action
        if action.kind != "write_plan":
            return ()
        pairs = zip(action.steps, self.steps, strict=True)
        return tuple((step, record) for step, record in pairs if record.at is not None)


def clock_text(at: Instant) -> str:
    """A ledger time for people: `14:03:07 UTC`."""
    return datetime.fromtimestamp(at / SECOND, UTC).strftime("%H:%M:%S UTC")
