"""A small plant, its people and a world for tests of governance. No law stands here."""

import numpy as np

from twin_core.answer import Asker
from twin_core.evidence import Evidence
from twin_core.governance.action import (
    Basis,
    BasisPoint,
    Compensation,
    Draft,
    Effect,
    Proposal,
    Requester,
    WorkOrder,
    WritePlan,
    WriteStep,
)
from twin_core.governance.grounds import seen
from twin_core.governance.policy import Policy
from twin_core.governance.register import concerned
from twin_core.governance.trust import Ladder
from twin_core.governance.world import World
from twin_core.plant.assets import Area, Flow, Line, Plant, Point, Unit
from twin_core.plant.classes import EquipmentClass, FailureMode, PointSpec, Role
from twin_core.plant.source import Source
from twin_core.recent import Recent
from twin_core.simulation.scenario import Estimate, Forecast, Scenario
from twin_core.twin import Snapshot, SourceState
from twin_core.value import SECOND, Range

NOW = 1_700_000_000 * SECOND
LINE = "site/area/line"
FILLER, CAPPER = f"{LINE}/filler", f"{LINE}/capper"
SPEED = f"{FILLER}/speed_setpoint"
TORQUE = f"{CAPPER}/torque_setpoint"
PRESSURE = f"{FILLER}/pressure_setpoint"
MODE = f"{FILLER}/mode"


def _spec(name, **more):
    given = {"name": name, "unit": "1", "limits": Range(low=0, high=1000), **more}
    return PointSpec(id=name, **given)


def _setpoint(name, low, high, step, **more):
    return _spec(name, role=Role.SETPOINT, adjustable=Range(low=low, high=high), step=step, **more)


def plant():
    """One line of a filler and a capper on one controller, and a maintenance system."""
    mode = FailureMode(
        id="worn_valve",
        name="worn valve",
        mode="LOO",
        mechanism="wear",
        cause="age",
        detection="inspection",
        symptoms=[{"point": "speed", "shows": "low"}],
        acts=[{"on": "speed", "size": {"low": 0.2, "high": 0.9}}],
        remedies=[{"kind": "work_order", "task": "replace the valve"}],
    )
    specs = {
        "filler": (
            _setpoint("speed_setpoint", 200, 700, 120, unit="{bottle}/min", measures="speed"),
            _setpoint("pressure_setpoint", 1.0, 4.0, 1.0, unit="bar"),
            _setpoint("recipe", 1, 9, 8, type="int"),
            _setpoint("rinse", 0, 1, 1, type="bool"),
            _setpoint("trip", 0, 1, 1, safety_critical=True),
            _spec("speed", role=Role.SPEED, unit="{bottle}/min"),
            _spec("mode", role=Role.MODE),
            _spec("produced", role=Role.PRODUCED, unit="{bottle}", limits=Range(low=0, high=1e9)),
        ),
        "capper": (
            _setpoint("torque_setpoint", 1.0, 3.0, 1.0, unit="N.m", settle_s=30),
            _spec("ready", resolution=1),
        ),
    }
    flow = Flow(unit_in="{bottle}", takes=1, unit_out="{bottle}", gives=1)
    units = tuple(
        Unit(
            id=f"{LINE}/{name}",
            name=name,
            class_id=name,
            flow=flow if name == "filler" else None,
            points=tuple(
                Point(
                    id=f"{LINE}/{name}/{spec.id}",
                    unit_id=f"{LINE}/{name}",
                    spec=spec,
                    source="plc" if name == "filler" else "plc2",
                    address=spec.id,
                )
                for spec in found
            ),
        )
        for name, found in specs.items()
    )
    line = Line(id=LINE, name="Line", unit_of_flow="{bottle}", units=units)
    return Plant(
        site="site",
        name="Site",
        timezone="UTC",
        areas=(Area(id="site/area", name="Area", lines=(line,)),),
        classes={
            name: EquipmentClass(
                id=name,
                name=name,
                model="machine",
                points=found,
                failure_modes=(mode,) if name == "filler" else (),
            )
            for name, found in specs.items()
        },
        sources=(
            Source(id="plc", name="PLC", kind="opcua", url="opc.tcp://localhost"),
            Source(id="plc2", name="PLC 2", kind="modbus", url="modbus://localhost"),
            Source(id="crew", name="Crew", kind="cmms", url="http://localhost"),
        ),
    )


PLANT = plant()


def without(point):
    """The plant after its file has dropped a point."""
    (area,) = PLANT.areas
    (line,) = area.lines
    units = tuple(
        unit.model_copy(update={"points": tuple(p for p in unit.points if p.id != point)})
        for unit in line.units
    )
    areas = (area.model_copy(update={"lines": (line.model_copy(update={"units": units}),)}),)
    kept = {name: getattr(PLANT, name) for name in Plant.model_fields}
    return Plant(**{**kept, "areas": areas})


VALUES = {
    SPEED: 400.0,
    TORQUE: 2.0,
    PRESSURE: 2.0,
    MODE: 1.0,
    f"{FILLER}/recipe": 3.0,
    f"{FILLER}/rinse": 0.0,
    f"{FILLER}/trip": 0.0,
    f"{FILLER}/speed": 400.0,
    f"{FILLER}/produced": 1000.0,
    f"{CAPPER}/ready": 0.0,
}


def person(user, *roles, sites=("site",)):
    """Somebody with these roles."""
    return Asker(user=user, name=user.title(), roles=roles, sites=sites)


PEOPLE = {
    p.user: p
    for p in (
        person("olga", "operator"),
        person("sam", "supervisor"),
        person("sue", "supervisor"),
        person("both", "operator", "supervisor"),
        person("eve", "engineer"),
        person("bot", "service", "supervisor"),
        person("vera", "viewer"),
        person("far", "supervisor", sites=("elsewhere",)),
    )
}


class Belief:
    """What the twin believes, to be turned by a test; called, it gives a Snapshot."""

    def __init__(self, clock=None):
        self.clock = clock
        self.at = NOW
        self.values = dict(VALUES)
        self.heard = {}  # point → plant time of its last reading, where it is not now
        self.statuses = {}
        self.down = set()
        self.counted_per_min = 400.0
        self.since = NOW

    def now(self):
        return self.clock.plant() if self.clock is not None else self.at

    def __call__(self):
        n, now = len(PLANT.points), self.now()
        value = np.full(n, np.nan)
        time = np.zeros(n, dtype=np.int64)
        status = np.zeros(n, dtype=np.uint32)
        for path, number in self.values.items():
            i = PLANT.index[path]
            value[i], time[i] = number, self.heard.get(path, now)
            status[i] = self.statuses.get(path, 0)
        times = np.arange(now - 3600 * SECOND, now + 1, 10 * SECOND, dtype=np.int64)
        mean = np.full((len(times), n), np.nan)
        minutes = (times - times[0]) / SECOND / 60.0
        for path, number in self.values.items():
            mean[times <= self.heard.get(path, now), PLANT.index[path]] = number
        mean[:, PLANT.index[f"{FILLER}/produced"]] = minutes * self.counted_per_min
        return Snapshot(
            plant=PLANT,
            revision=1,
            now=now,
            watermark=now,
            value=value,
            time=time,
            status=status,
            settled_value=value,
            settled_time=time,
            settled_status=status,
            quarantined={},
            sources={
                s.id: SourceState(source=s.id, up=s.id not in self.down, since=NOW, last=now)
                for s in PLANT.sources
            },
            recent=Recent(time=times, mean=mean, low=mean, high=mean),
            incidents=(),
            alarms=(),
            indicators={},
        )


def estimate(mean, half=10.0):
    """A rate with an interval."""
    return Estimate(mean=mean, low=mean - half, high=mean + half, unit="{bottle}/min")


def effect(point=None, target=None, tolerance=5.0, settle_s=60.0, gain=80.0):
    """A forecast effect of 400 → 480 bottles a minute."""

    def forecast(rate):
        return Forecast(
            scenario=Scenario(name="s", line=LINE, horizon_s=600),
            rate=estimate(rate),
            replications=10,
            seed=1,
            model_version="m1",
            state_digest="0" * 64,
            start=NOW,
        )

    return Effect(
        line=LINE,
        gain=estimate(gain),
        forecast=forecast(400 + gain),
        baseline=forecast(400),
        point=point,
        target=target,
        tolerance=tolerance,
        settle_s=settle_s,
    )


def step(point=SPEED, old=None, value=480.0, unit=None, check=1.0, undo=True, **more):
    """One write, with its way back."""
    old = VALUES.get(point, 0.0) if old is None else old
    unit = (PLANT.point(point).spec.unit if point in PLANT.index else "1") if unit is None else unit
    back = Compensation(point=point, value=old) if undo else None
    return WriteStep(
        point=point, unit=unit, old=old, value=value, check=check, compensation=back, **more
    )


def basis(*points, width=5.0):
    """A basis of these points at their usual values."""
    return Basis(
        points=tuple(
            BasisPoint(
                point=p,
                value=VALUES[p],
                time=NOW,
                status=0,
                band=Range(low=VALUES[p] - width, high=VALUES[p] + width),
                stale_after_s=30,
            )
            for p in dict.fromkeys(points)
            if p in VALUES
        ),
        revision=1,
    )


EVIDENCE = (Evidence(kind="state", subject=LINE, statement="The line is slow.", time=NOW),)
DEFAULT_EFFECT = effect()


def draft(*steps, action=None, effect=DEFAULT_EFFECT, grounds=None):
    """A draft of a plan (by default one write to the filler's speed) or of another action."""
    steps = steps or (step(),)
    action = action or WritePlan(steps=steps)
    if grounds is None:
        grounds = basis(*(s.point for s in steps)) if action.kind == "write_plan" else basis()
    return Draft(
        action=action,
        title="Raise the speed",
        reason="it is slow",
        evidence=EVIDENCE,
        effect=effect,
        basis=grounds,
    )


def job(**more):
    """A work order on the filler."""
    return WorkOrder(**{"asset": FILLER, "task": "look at the valve", **more})


def proposal(given=None, requester="olga", name="p-00000001", nonce="n-1", at=NOW):
    """A proposal of a draft, valid for 900 s."""
    return Proposal(
        id=name,
        site="site",
        draft=given or draft(),
        requester=Requester(user=requester),
        created=at,
        expires=at + 900 * SECOND,
        nonce=nonce,
    )


TRUSTED = Ladder(steps={"site": "act_on_approval"})
SHIPPED = Policy.shipped()


def world(given=None, belief=None, **more):
    """The world as it should be for a draft, with what a test changes."""
    given = given or draft()
    belief = belief or Belief()
    facts = {
        "plant": PLANT,
        "policy": SHIPPED,
        "plant_now": belief.now(),
        "ladder": TRUSTED,
        "seen": seen(belief(), concerned(PLANT, given), belief.now()),
        "people": PEOPLE,
        "sinks": frozenset({"plc", "plc2", "crew"}),
        "epoch": 1,
    }
    return World(**{**facts, **more})
