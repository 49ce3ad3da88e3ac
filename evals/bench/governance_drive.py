"""The gate's driver as the stateful test has it: one event at a time, every write before the judge.

It does what `api/driver.py` does: gathers the world, asks `gate.decide`, stores, and notes what the
gate wishes for. It must never keep from the gate what a driver would tell it, nor tell the judge
what the gate concluded.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from evals.bench import governance_scene as scene
from evals.bench.governance_around import Around
from evals.bench.governance_judge import Judge, must
from twin_core.canonical import canonical, digest
from twin_core.governance import gate, hurdles, register, warrant
from twin_core.governance.action import Command, Outcome, Proposal, Requester, WriteStep
from twin_core.governance.authors import behind
from twin_core.governance.case import BEFORE_DISPATCH, Case
from twin_core.governance.events import (
    Cancel,
    Check,
    EffectSeen,
    Event,
    Execute,
    ExecuteResult,
    Look,
    LookResult,
    Proceed,
    Recover,
    Resolve,
    RollBack,
    Save,
    Submit,
    Tick,
    Vote,
)
from twin_core.governance.gate import decide
from twin_core.governance.ports import AuditRecord
from twin_core.governance.verification import Observation
from twin_core.governance.warrant import unfounded
from twin_core.governance.world import World
from twin_core.value import JSON, SECOND

PLANT = scene.plant()
T0 = 1_700_000_000 * SECOND
PLANS: dict[str, tuple[str, ...]] = {
    "speed": (scene.SPEED,),
    "pressure": (scene.PRESSURE,),
    "torque": (scene.TORQUE,),
    "both": (scene.SPEED, scene.TORQUE),
}
"""What can be proposed, and which points it writes to."""
MOST = 6
"""Proposals in one life."""
_EFFECT = scene.effect(T0)
_SIZE = {scene.SPEED: 100.0, scene.PRESSURE: 0.2, scene.TORQUE: 0.5}

_TO_WIRE = 8
"""Right things after which a write is out, if it may be."""

How = Literal["done", "deaf", "lost", "odd", "none", "unsent"]
"""A write is done, ignored, done without an answer, done otherwise, lost, or never sent."""


@dataclass
class Life:
    """What the driver has of one proposal: the case, as stored, and what is under way."""

    name: str
    case: Any = None
    stored: JSON = None
    records: list[AuditRecord] = field(default_factory=list)
    replies: list[Command] = field(default_factory=list)
    looks: list[Command] = field(default_factory=list)
    checks: int = 0
    forged: bool = False
    chained: int = 0


class Drive:
    """A driver, its store, the controllers' values, and the judge.

    Attributes:
        settled: no event is half done.
    """

    def __init__(self) -> None:
        self.around = Around(now=T0)
        self.judge = Judge(self.around)
        self.lives: list[Life] = []
        self.settled = True

    def one(self, which: int) -> Life:
        """A proposal, the newest at -1."""
        return self.lives[max(which, -len(self.lives))]

    # ── what a driver does ──────────────────────────────────────────────────────────────────

    def world(self, proposal: Proposal) -> World:
        """As `api/standing.py` gathers it."""
        around, since = self.around, self.around.now - 3600 * SECOND
        cases = [life.case for life in self.lives if life.case]
        others = [case for case in cases if case.id != proposal.id]
        return World(
            plant=PLANT, policy=around.policy, plant_now=around.now,
            ladder=around.ladder.doubted(register.doubts(PLANT, cases)),
            seen=around.seen(register.concerned(PLANT, proposal.draft)), people=around.people,
            busy=register.holders(PLANT, others),
            locked={**register.locks(PLANT, others), **around.locks},
            spent=register.spent(others, since), sent=register.sent(PLANT, others, since),
            rules=around.rules,
            used=register.used(others, around.rules, around.now),
            frozen=around.frozen, sinks=frozenset({scene.OPCUA, scene.MODBUS}),
            epoch=around.epoch, fenced=around.fenced,
        )  # fmt: skip

    def take(self, life: Life, make: Callable[[World], Event], proposal: Any = None) -> None:
        """Let the gate decide about an event, store, and note what it wishes for."""
        self.settled = False
        before = life.case
        event = make(self.world(proposal or before.proposal))
        after, effects = decide(before, event, self.around.now)
        saved = False
        for at, effect in enumerate(effects):
            match effect:
                case Save():
                    must(at == 0 and effect.case == after, "what is stored is not what is done")
                    self._store(life, effect)
                    saved = True
                case Execute():
                    must(saved, "a write is sent before it is stored")
                    self._send(life, effect.command, event)
                case Look():
                    life.looks.append(effect.command)
                case Check():
                    life.checks += 1
        must(saved or after == before, "a change that is not stored")
        life.case = after
        self._called_verified(before, after, event)
        self.settled = True

    def _store(self, life: Life, save: Save) -> None:
        """What the ledger keeps: the case as JSON, and its records."""
        life.stored = save.case.model_dump(mode="json")
        for kind, actor, subject, body in save.entries:
            life.records.append(
                AuditRecord.model_construct(
                    index=len(life.records), at=self.around.now, kind=kind, actor=actor,
                    subject=subject, body=body, previous="",
                )
            )  # fmt: skip

    def _send(self, life: Life, command: Command, event: Event) -> None:
        """A write leaves, if the judge lets it."""
        must(life.stored["stage"] == "dispatched", "it is not stored as dispatched")
        self.judge.sends(command, event.outcome if isinstance(event, LookResult) else None)
        life.replies.append(command)

    def _called_verified(self, before: Any, after: Case, event: Event) -> None:
        """Hold before the judge what the gate calls verified now."""
        outcome = event.outcome if isinstance(event, ExecuteResult | LookResult) else None
        old = before.steps if before is not None else after.steps
        for at, (step, was) in enumerate(zip(after.steps, old, strict=True)):
            if step.state == "verified" != was.state:
                action: Any = after.proposal.draft.action
                self.judge.verified(after.id, outcome, action.steps[at])

    def look_at_store(self, life: Life) -> None:
        """What stands in the store is what is in force, and borne out by its records."""
        if life.chained == len(life.records) and not life.forged:
            return  # nothing was stored since it was looked at
        case = Case.model_validate(life.stored)
        must(case == life.case, "what is stored is not what was in force")
        if not life.forged:
            canonical([record.body for record in life.records[life.chained :]])
            life.chained = len(life.records)
            must(not (why := unfounded(case, life.records)), why)

    def look_at_stages(self) -> None:
        """No write is behind a stage that says there was none, and undone is all of it."""
        for life in self.lives:
            case, sent = life.case, self.judge.plans[life.case.id].sent
            none = {"pending", "denied", "rejected", "expired", "stale", "cancelled"}
            must(not (sent and case.stage in none), f"written, and it is {case.stage}")
            undone = {"undone", "waiting", "failed", "not_applied"}
            whole = all(step.state in undone for step in case.steps)
            must(case.stage != "rolled_back" or whole, "rolled back, and not all of it is undone")

    # ── what happens to it ──────────────────────────────────────────────────────────────────

    def hand_in(
        self, name: str, user: str, *, forecast: bool, instead_of: Proposal | None = None
    ) -> None:
        """A plan from where its points are believed to stand; as an edit of another, if given."""
        number, at = len(self.lives) + 1, self.around.now
        steps = []
        for point in PLANS[name]:
            old, span = self.around.believed[point], PLANT.point(point).spec.adjustable
            assert span is not None
            new = old + _SIZE[point]
            steps.append(scene.step(point, old, new if span.holds(new) else old - _SIZE[point]))
        proposal = Proposal(
            id=f"p-{number:08d}", site=scene.SITE, requester=Requester(user=user), created=at,
            draft=scene.draft(steps, at, _EFFECT if forecast else None),
            expires=at + 900 * SECOND, nonce=f"n-{number}",
            earlier=() if instead_of is None else tuple(behind(instead_of)),
        )  # fmt: skip
        life = Life(name)
        self.judge.handed_in(proposal, "" if instead_of is None else instead_of.id)
        self.take(life, lambda world: Submit(proposal, world), proposal)
        self.lives.append(life)

    def edit(self, life: Life, user: str) -> None:
        """Somebody takes it back, if he may, and puts the same plan in its place."""
        self.ask(life, user, Cancel)
        if life.case.stage == "cancelled":
            old = life.case.proposal
            self.hand_in(life.name, user, forecast=True, instead_of=old)

    def go(self, which: int, times: int) -> None:
        """What should happen to a proposal, happens, so many times."""
        for _ in range(times):
            self.advance(self.one(which))

    def go_to_wire(self, life: Life) -> bool:
        """What should happen, happens until a write is out; whether one is."""
        for _ in range(_TO_WIRE):
            if life.replies or life.case.stage not in BEFORE_DISPATCH:
                break
            self.advance(life)
        return bool(life.replies)

    def advance(self, life: Life) -> None:
        """The next right thing: an answer, a look, a check, a vote of somebody who may."""
        case = life.case
        if life.replies:
            self.answer(life, "done")
        elif life.looks:
            self.look(life, readable=True)
        elif life.checks:
            self.proceed(life)
        elif case.stage == "pending":
            none = {vote.user for vote in case.votes} | set(behind(case.proposal))
            free = sorted({"sam", "sue", "both"} - none)
            self.sign(life, free[0] if free else "sam", "approved")
        elif case.stage == "verified" and case.wait is not None:
            self.observe(life, 500.0)
        elif case.stage in {"verified", "no_effect"}:
            self.ask(life, "eve", RollBack)
        elif case.uncertain:
            self.ask(life, "eve", Resolve)
        elif not case.moving and len(self.lives) < MOST:
            self.around.since = self.around.now  # an engineer has looked at what failed
            self.hand_in(tuple(PLANS)[len(self.lives) % len(PLANS)], "olga", forecast=True)
        else:
            self.take(life, Tick)

    def sign(self, life: Life, user: str, meaning: Literal["approved", "rejected"]) -> None:
        """Somebody signs."""
        self.judge.signs(life.case.id, user, meaning)
        self.take(life, lambda world: Vote(user, meaning, "", "web", world))

    def ask(self, life: Life, user: str, what: type[RollBack | Resolve | Cancel]) -> None:
        """Somebody asks for the way back, closes an uncertain end, or takes it back."""
        name = life.case.id
        if what is RollBack:
            self.judge.asks_back(name, user)
        elif what is Resolve:
            self.judge.resolves(name, user)
        else:
            self.judge.cancels(name, user)
        self.take(life, lambda world: what(user, "asked", world))

    def proceed(self, life: Life) -> None:
        """It is looked at again before a write."""
        life.checks = max(0, life.checks - 1)
        self.judge.proceeds(life.case.id)
        self.take(life, Proceed)

    def answer(self, life: Life, how: How) -> None:
        """A connector answers."""
        command = life.replies.pop()
        step = write(command)
        if how in {"done", "lost"}:
            self.around.device[step.point] = step.value
        elif how == "odd":
            self.around.device[step.point] = step.value - 2.5 * step.check
        self.believe()
        known, sent = how not in {"lost", "none"}, how != "unsent"
        result = {"lost": "unknown", "none": "unknown", "unsent": "not_applied"}
        outcome = Outcome.model_validate({
            "key": command.key, "result": result.get(how, "verified"), "sent": sent,
            "acknowledged": known and sent, "status": 0 if known and sent else None,
            "read_back": self.around.device[step.point] if known else None,
        })  # fmt: skip
        self.judge.answered(life.case.id, outcome)
        self.take(life, lambda world: ExecuteResult(outcome, world))
        if how == "lost":  # an answer that comes twice
            self.take(life, lambda world: ExecuteResult(outcome, world))

    def look(self, life: Life, *, readable: bool) -> None:
        """A connector reads back."""
        command = life.looks.pop()
        outcome = Outcome(
            key=command.key, result="unknown", sent=False, acknowledged=False,
            read_back=self.around.device[write(command).point] if readable else None,
        )  # fmt: skip
        self.judge.looked(life.case.id, outcome)
        self.take(life, lambda world: LookResult(outcome, world))

    def observe(self, life: Life, rate: float | None) -> None:
        """The line's rate is what it is."""
        seen = Observation(at=self.around.now, rate=rate)
        self.take(life, lambda world: EffectSeen(seen, world))

    def believe(self) -> None:
        """The twin hears what the controllers hold."""
        self.around.believed.update({point: self.around.device[point] for point in scene.CHECKS})

    def tick(self, seconds: int) -> None:
        """Time goes on, and every case has its tick."""
        self.around.now += seconds * SECOND
        for life in self.lives:
            self.take(life, Tick)

    def crash(self, *, applied: bool) -> None:
        """All but store and controllers is lost; a new driver starts on what is stored."""
        for life in self.lives:
            for command in life.replies:
                if applied:
                    self.around.device[write(command).point] = write(command).value
            life.replies, life.looks, life.checks = [], [], 0
            self.look_at_store(life)
        self.believe()
        self.around.owner += 1
        self.around.epoch = self.around.owner
        for life in self.lives:
            self.take(life, Recover)

    def forge(self, life: Life) -> None:
        """Somebody changes what is stored of a proposal that waits, but for its digest."""
        case = life.case
        if case.stage in {"pending", "approved", "intent"} and not case.started:
            life.forged = True
            action = case.proposal.draft.action
            first = action.steps[0]
            step = first.model_copy(update={"value": first.value - first.check / 10})
            action = action.model_copy(update={"steps": (step, *action.steps[1:])})
            draft = case.proposal.draft.model_copy(update={"action": action})
            proposal = case.proposal.model_copy(update={"draft": draft})
            life.case = case.model_copy(update={"proposal": proposal})
            life.stored = life.case.model_dump(mode="json")


def remember_digests() -> None:
    """Let the gate work out the digest of a value once: a frozen value keeps its own.

    Most of the time of a long run is else spent on it.
    """
    known: dict[int, tuple[Any, str]] = {}

    def remembered(value: Any) -> str:
        kept = known.get(id(value))
        if kept is None or kept[0] is not value:
            kept = known[id(value)] = (value, digest(value))
        return kept[1]

    for room in (gate, hurdles, warrant):
        setattr(room, "digest", remembered)  # noqa: B010 (its own name there is another's import)


def write(command: Command) -> WriteStep:
    """What a command writes."""
    assert isinstance(command.step, WriteStep)
    return command.step
