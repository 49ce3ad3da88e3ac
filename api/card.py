"""What whoever decides about a proposal sees, the same in every channel: one Card a proposal.

What would be changed is worded here from the action itself and the plant file. It must never take
a core field from a title, a reason or an evidence, which strangers' text may have gone into.
"""

from collections.abc import Callable
from typing import Literal, TypeAlias

from tools.wording import called, dated, duration, gain, moment, sentence
from twin_core.governance.action import (
    Action,
    ConfirmCause,
    Inspection,
    ModelPromotion,
    Release,
    ScheduleChange,
    StockMove,
    WorkOrder,
    WritePlan,
    WriteStep,
)
from twin_core.governance.case import STANDS, Case
from twin_core.governance.request import Tier
from twin_core.plant.assets import Plant
from twin_core.ports import Clock
from twin_core.units import exact, number_text
from twin_core.value import SECOND, Instant, Path, Value

Tone = Literal["asks", "goes_on", "good", "bad", "over"]
"""How a proposal stands, for a colour or a sign beside the words."""

_TONES: dict[str, Tone] = {
    "pending": "asks",
    "verified": "good",
    "effect_seen": "good",
    "rolled_back": "over",
    "rejected": "over",
    "denied": "over",
    "expired": "over",
    "stale": "over",
    "cancelled": "over",
    "failed": "bad",
    "unknown": "bad",
    "unsafe": "bad",
    "no_effect": "bad",
    "not_applied": "bad",
}
_TIERS: dict[Tier, str] = {
    "routine": "routine change",
    "standard": "standard change",
    "major": "major change",
}
_STRATEGIES = {
    "move": "move",
    "replenish": "replenish",
    "batch": "pick in batches",
    "zone": "pick by zones",
    "wave": "pick in waves",
}

Who: TypeAlias = Callable[[str], str]
"""The printed name of a user."""


class Size(Value):
    """A value of a plan that a person may edit, in `unit`; `low`, `high` are what is allowed."""

    point: Path
    name: str
    unit: str
    value: float
    low: float | None = None
    high: float | None = None


class Card(Value):
    """A proposal for whoever decides.

    Attributes:
        changes: what would be done, one line each, from the action itself.
        asset: the assets that are touched, as people call them.
        effect: what is forecast, with its interval; says so where nothing is.
        risk: the tier in words; `major` whether a slip would weigh heavily.
        rule: what policy says, by which of its rules.
        signed: who has signed, one line each; `of` them `needed` are needed, by whom in `needs`.
        expires: ledger time; `until` the same in words, `left_s` seconds until then, 0 once it
            is over.
        rests_on: the readings on which it rests, in words; empty where it rests on none.
        age_s: how old the oldest of them is, plant seconds.
        disabled: why approving is of no use now; empty if nothing speaks against it.
        said: title, reason and who asks: strangers' words may stand in them.
        sizes: what may be edited.
        stands: how it stands, in words; `result` what came of it.
    """

    proposal: str
    site: str
    digest: str
    tone: Tone
    stands: str
    open: bool
    changes: tuple[str, ...]
    asset: str
    effect: str
    risk: str
    major: bool
    rule: str
    signed: tuple[str, ...]
    of: int
    needed: int
    needs: str
    expires: Instant
    until: str
    left_s: float
    rests_on: str
    age_s: float
    disabled: str
    title: str
    reason: str
    by: str
    rehearsed: tuple[str, ...] = ()
    sizes: tuple[Size, ...] = ()
    result: str = ""


def card(case: Case, plant: Plant, clock: Clock, now: Instant, disabled: str, who: Who) -> Card:
    """The card of a case.

    Args:
        case: as it stands.
        plant: whose names are used.
        clock: for plant time.
        now: ledger time.
        disabled: why approving is of no use (`Actuation.disabled`).
        who: the printed name of a user.
    """
    proposal, draft = case.proposal, case.proposal.draft
    plant_now, pending = clock.plant(), case.stage == "pending"
    return Card(
        proposal=case.id,
        site=proposal.site,
        digest=case.digest,
        tone=_TONES.get(case.stage, "goes_on"),
        stands=sentence(STANDS[case.stage]),
        open=pending,
        changes=changes(draft.action, plant),
        asset=touched(draft.action, plant),
        effect=_effect(case, plant),
        risk=_TIERS[case.tier],
        major=case.tier == "major",
        rule=case.why or case.rule,
        signed=tuple(_vote(vote.name, vote.meaning, clock.plant_at(vote.at), plant, plant_now)
                     for vote in case.votes),
        of=len(case.signed),
        needed=case.needed,
        needs=case.needs if pending else "",
        expires=proposal.expires,
        until=moment(clock.plant_at(proposal.expires), plant, plant_now),
        left_s=max(0.0, (proposal.expires - now) / SECOND) if pending else 0.0,
        rests_on=_rests_on(case, plant, plant_now),
        age_s=max(0.0, (plant_now - oldest) / SECOND) if (oldest := _oldest(case)) else 0.0,
        disabled=disabled if pending else "",
        title=draft.title,
        reason=draft.reason,
        by=who(proposal.requester.user),
        rehearsed=tuple(one.statement for one in case.rehearsals),
        sizes=sizes(draft.action, plant) if pending else (),
        result=case.result,
    )  # fmt: skip


def changes(action: Action, plant: Plant) -> tuple[str, ...]:
    """What an action would do, one line each, in the words of the plant file alone."""
    match action:
        case WritePlan(steps=steps):
            return tuple(_write(step, plant) for step in steps)
        case WorkOrder(asset=asset, failure_mode=mode, priority=priority):
            about = f" against {mode.replace('_', ' ')}" if mode else ""
            return (f"Work order for {called(asset, plant)}{about}, priority {priority}",)
        case Inspection(asset=asset):
            return (f"Inspection of {called(asset, plant)}",)
        case ScheduleChange():
            return _schedule(action, plant)
        case StockMove(item=item, source=source, target=target, quantity=quantity, unit=unit):
            verb = sentence(_STRATEGIES[action.strategy])
            way = f"from {_place(source, plant)} to {_place(target, plant)}"
            return (f"{verb} {exact(quantity, unit)} of {item} {way}",)
        case ModelPromotion(asset=asset, model=model, version=version, replaces=replaces):
            before = f" in place of {replaces}" if replaces else ""
            return (f"Use {model} model {version} for {called(asset, plant)}{before}",)
        case Release(point=point):
            return (f"Believe {called(point, plant)} again",)
        case ConfirmCause(incident=incident, asset=asset, failure_mode=mode):
            what = f": {mode.replace('_', ' ')}" if mode else ""
            return (f"Confirm as the cause of {incident}: {called(asset, plant)}{what}",)


def touched(action: Action, plant: Plant) -> str:
    """The assets that an action touches, as people call them."""
    match action:
        case WritePlan(steps=steps):
            found = [step.point.rpartition("/")[0] for step in steps]
        case ScheduleChange(line=line):
            found = [line]
        case StockMove(source=source, target=target):
            found = [source, target]
        case Release(point=point):
            found = [point.rpartition("/")[0]]
        case WorkOrder() | Inspection() | ModelPromotion() | ConfirmCause():
            found = [action.asset]
    return sentence(", ".join(_place(path, plant) for path in dict.fromkeys(found)))


def sizes(action: Action, plant: Plant) -> tuple[Size, ...]:
    """The values of a plan of writes that may be edited; of other actions none."""
    if not isinstance(action, WritePlan):
        return ()
    last = {step.point: step for step in action.steps}
    return tuple(_size(step, plant) for step in last.values())


def time_left(card: Card) -> str:
    """How long it still waits, in whole minutes, the last one in words; empty once it is over."""
    return coarse(card.left_s) if card.left_s else ""


def coarse(seconds: float) -> str:
    """A length of time in whole minutes: `less than a minute`, `12 min`, `2 h 5 min`."""
    minutes = int(seconds // 60)
    if minutes < 1:
        return "less than a minute"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _write(step: WriteStep, plant: Plant) -> str:
    pace = f", at {number_text(step.ramp_per_s)} a second" if step.ramp_per_s else ""
    there = exact(step.value, step.unit)
    return f"{sentence(called(step.point, plant))}: {number_text(step.old)} → {there}{pace}"


def _schedule(action: ScheduleChange, plant: Plant) -> tuple[str, ...]:
    line, told = sentence(called(action.line, plant)), []
    if action.orders:
        told.append(f"{line}: orders {' → '.join(action.orders)}")
    if action.stop_at is not None:
        length = duration(action.stop_s or 0.0)
        told.append(f"{line}: planned stop at {dated(action.stop_at, plant)}, {length}")
    return tuple(told) or (f"{line}: another plan",)


def _size(step: WriteStep, plant: Plant) -> Size:
    allowed = plant.point(step.point).spec.adjustable
    return Size(
        point=step.point,
        name=sentence(called(step.point, plant)),
        unit=step.unit,
        value=step.value,
        low=allowed.low if allowed else None,
        high=allowed.high if allowed else None,
    )


def _place(path: Path, plant: Plant) -> str:
    """An asset as people call it; a place of a warehouse has no other name than its own."""
    known = {
        plant.site,
        *plant.units,
        *(a.id for a in plant.areas),
        *(line.id for line in plant.lines),
    }
    return called(path, plant) if path in known else path


def _effect(case: Case, plant: Plant) -> str:
    effect = case.proposal.draft.effect
    if effect is None:
        return "not forecast"
    return f"{gain(effect.gain)} on {called(effect.line, plant)}"


def _vote(name: str, meaning: str, at: Instant, plant: Plant, now: Instant) -> str:
    return f"{name} {meaning} at {moment(at, plant, now)}"


def _oldest(case: Case) -> Instant | None:
    return min((point.time for point in case.proposal.draft.basis.points), default=None)


def _rests_on(case: Case, plant: Plant, now: Instant) -> str:
    oldest, n = _oldest(case), len(case.proposal.draft.basis.points)
    if oldest is None:
        return ""
    what = "one reading" if n == 1 else f"{n} readings, the oldest"
    return f"{what} of {moment(oldest, plant, now)}"
