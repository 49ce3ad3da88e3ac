"""The alarm routes: what stands, the standard's metrics, and what people do about an alarm.

A person's act is checked here against his role and the state he sees, put into the audit trail,
and enters the log as an edit; the core settles it. No law lives here.
"""

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.routes import AskerOf, SystemOf
from tools.span import read_span
from twin_core.answer import Asker, Role
from twin_core.errors import Conflict, NotAllowed, OutOfRange
from twin_core.operations.alarm_limits import SIDES, Side
from twin_core.operations.alarm_metrics import TARGET, flood, measured
from twin_core.operations.alarm_state import FROM, State, said
from twin_core.plant.assets import Plant, Point
from twin_core.settling import Edit
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Path

router = APIRouter()

Act = Literal["acknowledge", "shelve", "unshelve", "remove", "restore"]

_WHO: dict[Act, tuple[Role, ...]] = {
    "acknowledge": ("operator", "supervisor", "engineer"),
    "shelve": ("operator", "supervisor", "engineer"),
    "unshelve": ("operator", "supervisor", "engineer"),
    "remove": ("supervisor", "engineer"),
    "restore": ("supervisor", "engineer"),
}
_DONE: dict[Act, str] = {
    "acknowledge": "alarm_acknowledged",
    "shelve": "alarm_shelved",
    "unshelve": "alarm_unshelved",
    "remove": "alarm_removed",
    "restore": "alarm_restored",
}


class AlarmAct(BaseModel):
    """What a person does about the alarms of a point, or those of one side of it.

    Attributes:
        act: `acknowledge`; `shelve` for `minutes` of plant time and `unshelve`; `remove` from
            service and `restore` to it.
        reason: needed for all but an acknowledgement.
    """

    model_config = ConfigDict(extra="forbid")

    act: Act
    point: Path
    side: Side | None = None
    minutes: float | None = Field(default=None, gt=0, le=1440)
    reason: str = Field(default="", max_length=500)

    @model_validator(mode="after")
    def _whole(self) -> "AlarmAct":
        if self.act != "acknowledge" and not self.reason.strip():
            problem = f"to {self.act} an alarm takes a reason"
            raise ValueError(problem)
        if (self.minutes is not None) != (self.act == "shelve"):
            problem = "to shelve takes minutes, and nothing else does"
            raise ValueError(problem)
        return self


@router.get("/alarms")
async def alarms(system: SystemOf, _asker: AskerOf, asset: str = "") -> dict[str, Any]:
    """Alarms that are not normal, at or below `asset`; points suppressed by design; a flood."""
    snapshot = system.pump.snapshot()
    plant = snapshot.plant
    _known(plant, asset)
    suppressed = [plant.points[i].id for i in snapshot.past.suppressed.tolist()]
    going_on = flood(snapshot.past.alarms, snapshot.watermark)
    return {
        "time": snapshot.now,
        "watermark": snapshot.watermark,
        "timezone": plant.timezone,
        "alarms": [
            {
                **alarm.model_dump(mode="json"),
                "name": plant.point(alarm.point).spec.name,
                "unit": plant.point(alarm.point).spec.unit,
            }
            for alarm in snapshot.alarms
            if _below(alarm.point, asset)
        ],
        "flood": going_on.model_dump(mode="json") if going_on is not None else None,
        "suppressed": [path for path in suppressed if _below(path, asset)],
    }


@router.get("/alarms/metrics")
async def metrics(
    system: SystemOf, _asker: AskerOf, asset: str = "", span: str = "last 24 h"
) -> dict[str, Any]:
    """The metrics of ISA-18.2 over a span as people say it, beside the standard's targets."""
    snapshot = system.pump.snapshot()
    _known(snapshot.plant, asset)
    over = read_span(span, snapshot.watermark, snapshot.plant)
    found = measured(
        snapshot.plant, snapshot.past.alarms, snapshot.alarms, over.start, over.end, asset
    )
    timezone = snapshot.plant.timezone
    return {**found.model_dump(mode="json"), "target": TARGET, "timezone": timezone}


@router.post("/alarms/acts")
async def act(system: SystemOf, asker: AskerOf, body: AlarmAct) -> dict[str, Any]:
    """Acknowledge, shelve, unshelve, take out of service or bring back; audited."""
    point = system.plant.point(body.point)
    _allowed(asker, body.act, point.id)
    snapshot = system.pump.snapshot()
    _possible(snapshot, point, body)
    until = None
    if body.minutes is not None:
        most = point.spec.alarm.shelve_at_most_s / 60
        if body.minutes > most:
            raise OutOfRange("a shelf", body.minutes, 0, most, "min")
        until = system.clock.plant() + round(body.minutes * 60 * SECOND)
    details = {"reason": body.reason, "side": body.side, "until": until}
    await system.ledger.record(_DONE[body.act], asker.user, point.id, details)
    await system.pump.edit(
        Edit(
            kind=body.act,
            point=point.id,
            user=asker.user,
            reason=body.reason,
            side=body.side,
            until=until,
        )
    )
    return {
        "point": point.id,
        "act": body.act,
        "until": until,
        "timezone": system.plant.timezone,
    }


def _allowed(asker: Asker, what: Act, point: str) -> None:
    if not any(asker.may(role, point) for role in _WHO[what]):
        raise NotAllowed(asker.name, f"{what} an alarm there", " or ".join(_WHO[what]))


def _possible(snapshot: Snapshot, point: Point, body: AlarmAct) -> None:
    """Nothing, if an alarm of the point is in a state that the act leads away from."""
    states = _states(snapshot, point)
    asked = {side: state for side, state in states.items() if body.side in {None, side}}
    if not asked:
        which = f" {body.side}" if body.side and states else ""
        raise Conflict(point.id, f"the plant file gives it no{which} alarm limit")
    if not any(state in FROM[body.act] for state in asked.values()):
        now = " and ".join(f"{side} is {said(state)}" for side, state in asked.items())
        allowed = ", ".join(sorted(said(state) for state in FROM[body.act]))
        raise Conflict(point.id, f"its alarm {now}; {body.act} is possible from: {allowed}")


def _states(snapshot: Snapshot, point: Point) -> dict[Side, State]:
    limits = dict(zip(SIDES, (point.spec.alarm_low, point.spec.alarm_high), strict=True))
    shown = {a.side: a.state for a in snapshot.alarms if a.point == point.id}
    hidden = snapshot.plant.index[point.id] in snapshot.past.suppressed.tolist()
    quiet: State = "suppressed" if hidden else "normal"
    return {side: shown.get(side, quiet) for side, limit in limits.items() if limit is not None}


def _known(plant: Plant, asset: str) -> None:
    """Nothing, if there are points at or below it: what nothing bears has no alarm to show."""
    if not any(_below(point.id, asset) for point in plant.points):
        plant.unit(asset)


def _below(path: str, root: str) -> bool:
    return not root or path == root or path.startswith(f"{root}/")
