"""The plant, people and proposals of the gate's exam: two machines on two wires, one line.

It shares nothing with the tests' own scene, and must never hold a law of the gate.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from twin_core.answer import Asker, Grant, Role
from twin_core.evidence import Evidence
from twin_core.governance.action import (
    Basis,
    BasisPoint,
    Compensation,
    Draft,
    Effect,
    WritePlan,
    WriteStep,
)
from twin_core.governance.policy import Limits, Policy, Writes
from twin_core.plant.assets import Area, Flow, Line, Plant, Point, Unit
from twin_core.plant.classes import EquipmentClass, PointSpec
from twin_core.plant.classes import Role as PointRole
from twin_core.plant.source import Source
from twin_core.simulation.scenario import Estimate, Forecast, Scenario
from twin_core.value import Instant, Range

SITE = "site"
LINE = "site/area/line"
FILLER, CAPPER = f"{LINE}/filler", f"{LINE}/capper"
SPEED, PRESSURE, FILLER_MODE = (f"{FILLER}/{name}" for name in ("speed", "pressure", "mode"))
TORQUE, CAPPER_MODE = (f"{CAPPER}/{name}" for name in ("torque", "mode"))
OPCUA, MODBUS = "plc", "plc2"
NAMESPACE = "urn:opstwin:exam"

VALUES: Mapping[str, float] = {
    SPEED: 400.0, PRESSURE: 2.0, FILLER_MODE: 1.0, TORQUE: 2.0, CAPPER_MODE: 1.0,
}  # fmt: skip
"""Where every point stands at first; 1 is PackML's mode of production."""

BAND = 5.0
"""How far a point of a basis may be from where it stood."""
CHECKS: Mapping[str, float] = {SPEED: 1.0, PRESSURE: 0.05, TORQUE: 0.05}
"""Read-back tolerances."""


def _spec(name: str, **more: Any) -> PointSpec:
    given = {"id": name, "name": name, "unit": "1", "limits": Range(low=0, high=1000), **more}
    return PointSpec.model_validate(given)


def _setpoint(name: str, low: float, high: float, step: float) -> PointSpec:
    span = Range(low=low, high=high)
    return _spec(name, role=PointRole.SETPOINT, adjustable=span, step=step)


_SPECS: Mapping[str, tuple[PointSpec, ...]] = {
    "filler": (
        _setpoint("speed", 200, 700, 120),
        _setpoint("pressure", 1, 4, 1),
        _spec("mode", role=PointRole.MODE),
    ),
    "capper": (_setpoint("torque", 1, 3, 1), _spec("mode", role=PointRole.MODE)),
}


def plant(opcua_port: int = 4840, modbus_port: int = 5020) -> Plant:
    """One line of a filler on OPC UA and a capper on Modbus, at ports of this machine."""
    flow = Flow(unit_in="{bottle}", takes=1, unit_out="{bottle}", gives=1)
    units = tuple(
        Unit(
            id=f"{LINE}/{name}", name=name, class_id=name,
            flow=flow if name == "filler" else None,
            points=tuple(
                Point(
                    id=f"{LINE}/{name}/{spec.id}", unit_id=f"{LINE}/{name}", spec=spec,
                    source=OPCUA if name == "filler" else MODBUS,
                    address=f"s={spec.id}" if name == "filler" else _register(at),
                )
                for at, spec in enumerate(specs)
            ),
        )
        for name, specs in _SPECS.items()
    )  # fmt: skip
    line = Line(id=LINE, name="Line", unit_of_flow="{bottle}", units=units)
    fast = {"publishing_s": 0.1, "events": "", "backfill_s": 0.0, "namespace": NAMESPACE}
    return Plant(
        site=SITE, name="Site", timezone="UTC",
        areas=(Area(id="site/area", name="Area", lines=(line,)),),
        classes={
            name: EquipmentClass(
                id=name, name=name, model="machine", points=specs, failure_modes=()
            )
            for name, specs in _SPECS.items()
        },
        sources=(
            Source(id=OPCUA, name="PLC", kind="opcua", options=fast,
                   url=f"opc.tcp://127.0.0.1:{opcua_port}/"),
            Source(id=MODBUS, name="PLC 2", kind="modbus", options={"poll_s": 0.1, "answer_s": 0.3},
                   url=f"modbus://127.0.0.1:{modbus_port}"),
        ),
    )  # fmt: skip


def _register(at: int) -> dict[str, Any]:
    return {"table": "holding", "register": 2 * at, "type": "float32"}


def _person(user: str, *roles: Role, site: str = SITE, grants: tuple[Grant, ...] = ()) -> Asker:
    return Asker(user=user, name=user.title(), roles=roles, sites=(site,), grants=grants)


PEOPLE: Mapping[str, Asker] = {
    person.user: person
    for person in (
        _person("olga", "operator"),
        _person("sam", "supervisor"),
        _person("sue", "supervisor"),
        _person("both", "operator", "supervisor"),
        _person("eve", "engineer"),
        _person("bot", "service", "supervisor"),
        _person("vera", "viewer"),
        _person("far", "supervisor", site="elsewhere"),
        _person("lea", "viewer", grants=(Grant(role="operator", at=SITE, lent_by="both"),)),
    )
}
"""Who there is; `bot` is a program, `far` works elsewhere, and `both` lent `lea` a right."""

SHIPPED = Policy.shipped()


def policy(deadline_s: float = 5.0, **limits: Any) -> Policy:
    """The shipped rules with numbers of the exam's own."""
    return SHIPPED.model_copy(update={"limits": Limits(deadline_s=deadline_s, **limits)})


NARROW = policy(window_steps=1.5, writes=Writes(point=2))
"""Limits that a few writes reach."""
STRICT = policy(
    window_steps=1.5, writes=Writes(point=2), approvals={"standard": 3, "major": 3}
)  # fmt: skip
"""The same with three approvers for everything."""


def step(point: str, old: float, value: float, *, undo: bool = True) -> WriteStep:
    """One write, with its way back."""
    back = Compensation(point=point, value=old) if undo else None
    return WriteStep(
        point=point, unit="1", old=old, value=value, check=CHECKS[point], compensation=back
    )


def draft(
    steps: Iterable[WriteStep], at: Instant, effect: Effect | None = None,
    more: Mapping[str, float] | None = None,
) -> Draft:  # fmt: skip
    """A plan of these steps that rests on their points, and on `more` where they stand now."""
    steps = tuple(steps)
    stands = {one.point: one.old for one in reversed(steps)} | dict(more or {})
    points = tuple(
        BasisPoint(
            point=point, value=value, time=at, status=0, stale_after_s=30,
            band=Range(low=value - BAND, high=value + BAND),
        )
        for point, value in stands.items()
    )  # fmt: skip
    slow = Evidence(kind="state", subject=LINE, statement="The line is slow.", time=at)
    return Draft(
        action=WritePlan(steps=steps), title="Change the set-points", reason="it is slow",
        evidence=(slow,), effect=effect, basis=Basis(points=points, revision=1),
    )  # fmt: skip


def effect(at: Instant) -> Effect:
    """A forecast of 80 bottles a minute more, to be seen within a minute."""

    def rate(mean: float) -> Estimate:
        return Estimate(mean=mean, low=mean - 10, high=mean + 10, unit="{bottle}/min")

    def forecast(mean: float) -> Forecast:
        return Forecast(
            scenario=Scenario(name="s", line=LINE, horizon_s=600), rate=rate(mean), replications=10,
            seed=1, model_version="m1", state_digest="0" * 64, start=at,
        )  # fmt: skip

    return Effect(
        line=LINE, gain=rate(80), forecast=forecast(480), baseline=forecast(400), settle_s=60
    )
