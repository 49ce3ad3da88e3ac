"""The start state of the shared media: headers, the producers that feed them, ties between them.

Read from belief at a moment; what is drawn from a header is inferred, so that the balance of
`process.py` reproduces the potentials, flows and slopes believed then. It must never know which
medium it is about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

import numpy as np

from twin_core.operations.counting import IDLE
from twin_core.plant.assets import Point, Unit
from twin_core.plant.classes import Role
from twin_core.simulation.live.believing import Believing, newest, values_of
from twin_core.simulation.live.seen import Rows, path_of
from twin_core.simulation.live.trend import trend_of
from twin_core.simulation.processes.ties import Tie, potential_of, runs, share_of, tie_of
from twin_core.simulation.processes.trains import Train, trains_of

_NOW_ROWS = 6
_USUAL_ROWS = 18
_PRESSURES = {"bar", "Pa", "kPa", "MPa", "mbar", "[psi]"}


@dataclass(frozen=True, slots=True)
class Producer:
    """A producer at the start; flows in the medium's unit, `limit` of its load 0..1.

    Attributes:
        capacity: flow at full load as it shows now (its effects at the start included).
        band: of its controller; it, `setpoint` and `bias` in the unit of the header's potential.
        bias: added to the setpoint so that load and potential agree.
        gives: flow now.
    """

    unit: Unit
    header: str
    capacity: float
    band: float
    setpoint: float
    setpoint_path: str | None
    bias: float
    limit: float
    limit_path: str | None
    running: bool
    gives: float
    values: Mapping[str, Believing]


@dataclass(frozen=True, slots=True)
class Header:
    """A header at the start.

    Attributes:
        potential: in its point's unit.
        capacitance: surplus of flow times seconds that moves the potential by one unit, up where
            `direction` is 1, down where it is -1.
        drawn: what is drawn now, inferred, in the medium's unit of flow; `drawn_sd` relative.
        rest: potential at which nothing is drawn, `held` up to which consumers' valves hold what
            they draw (see `drawn.py`); None where there is none.
        consumers: (unit path, share) of the machines it supplies.
    """

    unit: Unit
    potential: float
    capacitance: float
    direction: float
    drawn: float
    drawn_sd: float
    rest: float | None
    held: float | None
    consumers: tuple[tuple[str, float], ...]
    values: Mapping[str, Believing]


@dataclass(frozen=True, slots=True)
class Media:
    """Every header that reaches a line, what feeds and joins them, and who draws on them."""

    headers: Mapping[str, Header]
    producers: Mapping[str, Producer]
    ties: Mapping[str, Tie]
    trains: tuple[Train, ...]

    @property
    def levels(self) -> dict[str, float]:
        """Potentials by header path."""
        return {u: h.potential for u, h in self.headers.items()}


def media_of(rows: Rows, units: "tuple[Unit, ...]", *, usual: bool = False) -> Media:
    """The media that reach the units, upstream along `supplies`, as believed at `rows.at`.

    Headers whose potential is not believed stand at their nominal, with steady balance.
    """
    plant = rows.snapshot.plant
    # in one order, whoever asks: the same header then has the same luck for every line
    found = sorted(plant.upstream([u.id for u in units]))
    of = {kind: [u for u in found if plant.class_of(u).model == kind] for kind in _MODELS}
    n = _USUAL_ROWS if usual else _NOW_ROWS
    ties = {u: t for u in of["tie"] if (t := tie_of(rows, plant.unit(u), n)) is not None}
    producers = {
        u: p for u in of["producer"] if (p := _producer(rows, plant.unit(u), n)) is not None
    }
    headers = {
        u: _header(rows, plant.unit(u), producers, ties, n, usual=usual) for u in of["header"]
    }
    ties = {u: t for u, t in ties.items() if all(end in headers for end in t.ends)}
    producers = {u: p for u, p in producers.items() if p.header in headers}
    consumers = {consumer for h in headers.values() for consumer, _ in h.consumers}
    return Media(headers, producers, ties, trains_of(rows, consumers, n))


_MODELS = ("header", "producer", "tie")


def _nominal(header: Unit) -> float:
    """The potential for which the shares of its consumers hold."""
    return header.parameters.get("nominal", 1.0)


def _leader(unit: Unit, point: Point | None) -> Point | None:
    """The setpoint that leads a point."""
    if point is None:
        return None
    return next((p for p in unit.points if p.spec.measures == point.spec.id), None)


def _producer(rows: Rows, unit: Unit, n: int) -> Producer | None:
    plant = rows.snapshot.plant
    links = plant.links_from(unit.id, "supplies")
    header = next((k.target for k in links if plant.class_of(k.target).model == "header"), None)
    nameplate = unit.parameters.get("capacity")
    if header is None or nameplate is None:
        return None
    direction = plant.unit(header).parameters.get("direction", 1.0)
    output_point = unit.with_role(Role.OUTPUT)
    limit_point = _leader(unit, output_point)
    leader = _leader(unit, unit.with_role(Role.POTENTIAL))
    load = share_of(output_point, rows.last(path_of(unit, Role.OUTPUT), n))
    flow = rows.last(path_of(unit, Role.FLOW), n)
    capacity = nameplate
    if isfinite(flow) and isfinite(load) and load > 0.15:
        capacity = float(np.clip(flow / load, 0.02 * nameplate, 1.5 * nameplate))
    gives = flow if isfinite(flow) else capacity * load if isfinite(load) else float("nan")
    limit = share_of(limit_point, newest(rows, limit_point.id, rows.at)) if limit_point else 1.0
    limit = limit if isfinite(limit) and limit > 0 else 1.0
    band = unit.parameters.get("control_band", 1.0)
    setpoint = newest(rows, leader.id, rows.at) if leader is not None else float("nan")
    potential = potential_of(rows, plant.unit(header), n)
    if not isfinite(potential):
        potential = potential_of(rows, unit, n)
    bias, asked = 0.0, 1.0
    if not isfinite(setpoint):
        setpoint = potential if isfinite(potential) else _nominal(plant.unit(header))
    if isfinite(potential):
        asked = 0.5 + direction * (setpoint - potential) / band
    if isfinite(load) and isfinite(potential):
        shown = load / limit
        if shown >= 0.97:
            bias = direction * band * max(0.0, 1.0 - asked)
        elif shown > 0.03:
            bias = direction * band * (shown - asked)
    # one that is ready, and of which nothing is asked, gives when it is
    running = runs(rows, unit) or (asked <= 0.0 and runs(rows, unit, IDLE))
    return Producer(
        unit=unit,
        header=header,
        capacity=capacity,
        band=band,
        setpoint=setpoint,
        setpoint_path=leader.id if leader is not None else None,
        bias=bias,
        limit=limit,
        limit_path=limit_point.id if limit_point is not None else None,
        running=running,
        gives=gives if runs(rows, unit) or isfinite(flow) else 0.0,
        values=values_of(rows, plant, unit, usual=True),
    )


def _header(
    rows: Rows,
    unit: Unit,
    producers: Mapping[str, Producer],
    ties: Mapping[str, Tie],
    n: int,
    *,
    usual: bool,
) -> Header:
    plant = rows.snapshot.plant
    capacitance = unit.parameters.get("capacitance", 1.0)
    direction = unit.parameters.get("direction", 1.0)
    point = unit.with_role(Role.POTENTIAL)
    potential = potential_of(rows, unit, n)
    potential = potential if isfinite(potential) else _nominal(unit)
    slope = 0.0
    if point is not None and not usual:
        trend = trend_of(rows.mean(point.id), point.spec.noise)
        slope = trend.slope
        if trend.heading:
            limits = point.spec.limits
            potential = min(limits.high, max(limits.low, trend.value))
    comes = [p.gives for p in producers.values() if p.header == unit.id]
    given = sum(g for g in comes if isfinite(g))
    known = bool(comes) and all(isfinite(g) for g in comes)
    for tie in ties.values():
        if unit.id in tie.ends:
            other = tie.ends[1] if tie.ends[0] == unit.id else tie.ends[0]
            theirs = potential_of(rows, plant.unit(other), n)
            if isfinite(theirs):
                mine_first = tie.ends[0] == unit.id
                pair = (potential, theirs) if mine_first else (theirs, potential)
                given += tie.now(*pair) * (-direction if mine_first else direction)
    consumers = tuple(
        (k.target, k.share) for k in plant.links_from(unit.id, "supplies") if k.share is not None
    )
    metered = rows.last(path_of(unit, Role.FLOW), n)
    drawn = given - direction * capacitance * slope
    # a tank that only ties reach: what its balance leaves over comes or goes from outside
    alone = not comes and not consumers and any(unit.id in t.ends for t in ties.values())
    if not known and not alone:
        drawn = metered if isfinite(metered) else sum(share for _, share in consumers)
    pressure = point is not None and point.spec.unit in _PRESSURES
    rest = unit.parameters.get("rest", 0.0 if pressure else None)
    return Header(
        unit=unit,
        potential=potential,
        capacitance=capacitance,
        direction=direction,
        drawn=drawn if alone else max(0.0, drawn),
        drawn_sd=0.01 if known else 0.05,
        rest=rest,
        held=unit.parameters.get("held"),
        consumers=consumers,
        values=values_of(rows, plant, unit, usual=True),
    )
