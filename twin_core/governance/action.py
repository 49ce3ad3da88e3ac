"""What may be done to the plant: Action, Basis, Proposal, Approval, Command. It does nothing.

Action is a closed union: writes to points, jobs for people or their systems, and what the twin
itself carries out (a model, a release, a confirmed cause). Only `gate.py` makes a Command.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from twin_core.evidence import Evidence
from twin_core.simulation.scenario import Estimate, Forecast
from twin_core.value import Instant, Path, Range, Slug, Value


class Compensation(Value):
    """How a step is undone: write `value` back, but only over our own value."""

    point: Path
    value: float


class WriteStep(Value):
    """One absolute write.

    Attributes:
        old: value believed when proposed; compared before the write.
        value: target, in the point's unit.
        ramp_per_s: unit per second of plant time: the gate waits before this step, and before it
            is undone, for as long as its change takes at that pace; absent = at once.
        check: read-back tolerance, unit of the point.
        handshake: point and value that must be read back between this step and the next.
    """

    point: Path
    unit: str
    old: float
    value: float
    ramp_per_s: float | None = Field(default=None, gt=0)
    check: float = Field(ge=0)
    compensation: Compensation | None = None
    handshake: tuple[Path, float] | None = None


class WritePlan(Value):
    """Ordered writes to points of the plant."""

    kind: Literal["write_plan"] = "write_plan"
    steps: tuple[WriteStep, ...] = Field(min_length=1)


class WorkOrder(Value):
    """A job for the crew on one asset; `failure_mode` absent means: unknown, find out."""

    kind: Literal["work_order"] = "work_order"
    asset: Path
    task: str
    failure_mode: Slug | None = None
    priority: Literal["low", "normal", "high", "urgent"] = "normal"


class Inspection(Value):
    """A look at an asset, nothing taken apart."""

    kind: Literal["inspection"] = "inspection"
    asset: Path
    task: str


class ScheduleChange(Value):
    """A new sequence of orders on a line, or a planned stop.

    Attributes:
        orders: all that are put into sequence, first to last.
        stop_at, stop_s: when it begins, plant time, and how long it lasts, plant seconds.
    """

    kind: Literal["schedule_change"] = "schedule_change"
    line: Path
    orders: tuple[Slug, ...] = ()
    stop_at: Instant | None = None
    stop_s: float | None = None
    reason: str = ""


class StockMove(Value):
    """Stock from one place to another, or another strategy for moving it.

    Attributes:
        item: a product, or an article of a warehouse.
        source, target: assets of the plant or its warehouses; the same of one that is replenished.
    """

    kind: Literal["stock_move"] = "stock_move"
    item: Slug
    source: Path
    target: Path
    quantity: float = Field(gt=0)
    unit: str
    strategy: Literal["move", "replenish", "batch", "zone", "wave"] = "move"


class ModelPromotion(Value):
    """A challenger becomes champion: what forecasts and advice rest on. It touches no equipment.

    Attributes:
        asset: whose model; `model` of which kind it is.
        version: the challenger's.
        replaces: the champion's when it was proposed, "" = there was none: the way back.
    """

    kind: Literal["model_promotion"] = "model_promotion"
    asset: Path
    model: Slug
    version: str = Field(max_length=100)
    replaces: str = Field(default="", max_length=100)


class Release(Value):
    """A quarantined point is believed again.

    Attributes:
        since: when the quarantine that it ends began, plant time: no other is ended by it.
    """

    kind: Literal["release"] = "release"
    point: Path
    since: Instant


class ConfirmCause(Value):
    """A person confirms what an incident was: whoever approves it."""

    kind: Literal["confirm_cause"] = "confirm_cause"
    incident: str
    asset: Path
    failure_mode: Slug | None = None


def confirmed_as(asset: str | None, failure_mode: str | None) -> str:
    """A confirmed cause as one word: the asset, and after a colon its failure mode if there is one.

    No path has a colon.
    """
    return f"{asset or ''}:{failure_mode}" if failure_mode else asset or ""


Job: TypeAlias = WorkOrder | Inspection | ScheduleChange | StockMove
"""What people do, or a business system of theirs."""

Step: TypeAlias = WriteStep | Job | ModelPromotion | Release | ConfirmCause
"""What one command does, or one job asks for."""

Action: TypeAlias = Annotated[
    WritePlan
    | WorkOrder
    | Inspection
    | ScheduleChange
    | StockMove
    | ModelPromotion
    | Release
    | ConfirmCause,
    Field(discriminator="kind"),
]


class BasisPoint(Value):
    """One point a proposal rests on.

    Attributes:
        value, time, status: as believed when the proposal was made.
        band: values it may take while the proposal stands.
        stale_after_s: plant seconds after which its last reading is too old.
    """

    point: Path
    value: float
    time: Instant
    status: int
    band: Range
    stale_after_s: float = Field(gt=0)


class Basis(Value):
    """The points a proposal rests on; `revision` of the twin is recorded, never compared."""

    points: tuple[BasisPoint, ...]
    revision: int


class Requester(Value):
    """Who asked for it: a person's user id, through which program.

    Attributes:
        behalf: the user in whose right he asked, lent to him; empty = his own. The gate finds it.
    """

    user: str
    through: str = "assistant"
    behalf: str = Field(default="", exclude_if=lambda behalf: not behalf)


class Effect(Value):
    """What is expected of an action, and how to see it.

    Attributes:
        forecast: with the action; `baseline` without; both from the same start, random numbers.
        gain: difference in the line's rate, with its 90 % interval.
        point: a point that must follow (process effect of a write), with its target value,
            tolerance and settle time in plant seconds; absent for jobs done by hand.
    """

    line: Path
    gain: Estimate
    forecast: Forecast
    baseline: Forecast
    point: Path | None = None
    target: float | None = None
    tolerance: float | None = None
    settle_s: float = Field(gt=0)


class Draft(Value):
    """What a tool hands to the desk: an action and its grounds. No requester: the desk adds him."""

    action: Action
    title: str
    reason: str
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    effect: Effect | None = None
    basis: Basis


class Proposal(Value):
    """A draft with requester, site, time, expiry and nonce; what approvals bind to.

    Attributes:
        id: `p-` and 8 letters or digits, opaque.
        created, expires: ledger time.
        nonce: random, so that the same change asked twice has two digests.
        earlier: the users behind the proposal in whose place it was put, if it is an edit.

    What is empty of a requester's `behalf` and of `earlier` is no part of the form, nor of its
    digest: what was signed before there were such stands.
    """

    id: str
    site: Slug
    draft: Draft
    requester: Requester
    created: Instant
    expires: Instant
    nonce: str
    earlier: tuple[str, ...] = Field(default=(), exclude_if=lambda earlier: not earlier)


class Approval(Value):
    """One person's signature under one digest (21 CFR 11.50: printed name, time, meaning).

    Attributes:
        behalf: the user in whose right it was given, lent to the signer; empty = his own.
        rule: the standing rule by which he signed it in advance; "" = he signed this itself.
        terms: digest of that rule with its signature.
    """

    proposal: str
    digest: str
    user: str
    name: str
    roles: tuple[str, ...]
    meaning: Literal["approved", "rejected"]
    reason: str = ""
    channel: str
    at: Instant
    policy_version: str
    rule: str = ""
    terms: str = ""
    behalf: str = ""

    @property
    def right_of(self) -> str:
        """The user in whose right it was given."""
        return self.behalf or self.user


class Command(Value):
    """One step of one approved plan, or the whole of it; made only by `gate.py`.

    Attributes:
        key: idempotency key, `PROPOSAL/STEP/ATTEMPT-KIND`; the same key is never sent twice.
        step: what is written; of every other kind the action itself.
        deadline_s: monotonic seconds the connector has.
    """

    key: str
    proposal: str
    epoch: int
    purpose: Literal["execute", "compensate"]
    step: Step
    deadline_s: float = Field(gt=0)


class Outcome(Value):
    """What a CommandSink found out. Uncertain is `unknown`, never a guess.

    Attributes:
        sent: whether anything may have left this machine.
        acknowledged: the far side's answer; its status code where it has one.
        read_back: the value found by reading again; None = could not be read.
        reference: for jobs, the far side's number of it; for models the champion's version; of a
            point since when its quarantine stands, "" = none does; of an incident what it is
            confirmed as (`confirmed_as`), "" = nothing.
    """

    key: str
    result: Literal["verified", "not_applied", "failed", "unknown"]
    sent: bool
    acknowledged: bool
    status: int | None = None
    read_back: float | None = None
    reference: str | None = None
    detail: str = ""
