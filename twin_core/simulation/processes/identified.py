"""The numbers of the process's nameplates, learnt from readings: the balances turned round.

A producer's capacity and control band, a header's capacitance, a tie's conductance and what every
machine draws, each from the straight line that its balance says readings lie about (Ljung, *System
Identification*, ch. 7: linear regression), over the times when something moved. What a plant did
not do it does not tell: then the interval is wide, or there is no value. It must never take a
number from the plant file for one that was learnt.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from twin_core.operations.counting import EXECUTE
from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import PointSpec, Role
from twin_core.simulation.calibrating.estimated import Z90, Estimated
from twin_core.simulation.processes.activity import STANDSTILL
from twin_core.simulation.processes.followed import follows
from twin_core.simulation.processes.history import ProcessHistory, over
from twin_core.simulation.processes.passing import METRES_IN, Conductance, Valve, passing_of
from twin_core.simulation.processes.slopes import coefficients_of, slope_estimate
from twin_core.value import Value

SURE = 0.10
"""Half an interval over its value up to which a number counts as told by the history."""
_MINUTE_S = 60.0
_SURELY = 0.015
"""What is never known better: relative standard deviation of a nameplate's number."""
_LEAST_FALL, _SURELY_NOT = 1e-6, 30.0
"""Of draw per unit of potential, a fall that is none; deviations beyond which it surely is none."""
_MOVED = 5.0
"""Standard deviations of noise by which a window must have moved to speak."""


class Identified(Value):
    """One number of the process.

    Attributes:
        asset: of whose nameplate it is; `parameter` its name there. `share:ASSET` is what the
            header draws for that consumer, `settle:POINT` the seconds until that setpoint is
            followed, `full:POINT` and `slope:POINT` from where and how far the supply shifts it.
        found: with its interval; None where the history does not tell it.
        told: whether the interval is within `SURE` of the value.
    """

    asset: str
    parameter: str
    found: Estimated | None

    @property
    def told(self) -> bool:
        """Whether the history tells it."""
        if self.found is None or self.found.low is None or self.found.high is None:
            return False
        half = (self.found.high - self.found.low) / 2.0
        return self.found.value > 0 and half <= SURE * self.found.value


def identify(plant: Plant, history: ProcessHistory) -> tuple[Identified, ...]:
    """Every number of the process, by asset and parameter.

    Args:
        plant: for links, roles, units and instruments; of its parameters only signs are used.
        history: some days of readings.
    """
    rows = max(1, round(_MINUTE_S / history.step_s))
    found: list[Identified] = []
    for unit in plant.units.values():
        match plant.class_of(unit.id).model:
            case "producer":
                found += _producer(plant, history, unit, rows)
            case "header":
                found.append(Identified(
                    asset=unit.id, parameter="capacitance",
                    found=_capacitance(plant, history, unit, rows),
                ))  # fmt: skip
                found += _shares(plant, history, unit, rows)
            case "tie":
                found += _tie(plant, history, unit, rows)
            case _:
                pass
        found += [
            Identified(asset=unit.id, parameter=name, found=number)
            for name, number in follows(plant, history, unit)
        ]
    return tuple(
        one.model_copy(update={"found": _doubted(one.found)}) if one.found is not None else one
        for one in found
    )


def _doubted(found: Estimated) -> Estimated:
    """With the doubt that no number of readings takes away: no balance is quite a straight line."""
    surely = Z90 * _SURELY * abs(found.value)
    low, high = found.low, found.high
    return found.model_copy(update={
        "low": None if low is None else found.value - float(np.hypot(found.value - low, surely)),
        "high": None if high is None else found.value + float(np.hypot(high - found.value, surely)),
    })  # fmt: skip


def _share(unit: Unit, role: Role, column: NDArray[np.float64]) -> NDArray[np.float64]:
    point = unit.with_role(role)
    return column / 100.0 if point is not None and point.spec.unit == "%" else column


def _running(history: ProcessHistory, unit: Unit) -> NDArray[np.bool_]:
    if unit.with_role(Role.STATE) is None:
        return np.ones(len(history), dtype=bool)
    return np.asarray(history.role(unit, Role.STATE) == EXECUTE)


def _producer(plant: Plant, history: ProcessHistory, unit: Unit, rows: int) -> Iterator[Identified]:
    """Capacity: flow over load. Control band: load over the distance from the setpoint."""
    load = _share(unit, Role.OUTPUT, history.role(unit, Role.OUTPUT))
    flow = history.role(unit, Role.FLOW)
    running = _running(history, unit)
    works = over(np.where(running & (load > 0.1), load, np.nan), rows)
    output, point = unit.with_role(Role.OUTPUT), unit.with_role(Role.FLOW)
    of_flow = point.spec.unit if point is not None else "1"
    capacity = slope_estimate(works, over(flow, rows), of_flow, intercept=False)
    yield Identified(asset=unit.id, parameter="capacity", found=capacity)
    own = unit.with_role(Role.POTENTIAL)
    leaders = {p.spec.measures: p for p in unit.points if p.spec.measures is not None}
    leader = leaders.get(own.spec.id) if own is not None else None
    header = next(
        (k.target for k in plant.links_from(unit.id, "supplies")
         if plant.class_of(k.target).model == "header"), None,
    )  # fmt: skip
    regulated = plant.unit(header).with_role(Role.POTENTIAL) if header is not None else None
    if leader is None or regulated is None:
        return
    top = leaders.get(output.spec.id) if output is not None else None
    limit = np.ones(len(history))
    if top is not None:
        limit = history.of(top.id) / (100.0 if top.spec.unit == "%" else 1.0)
    shown = load / limit
    inside = running & (shown > 0.04) & (shown < 0.96)
    away = np.where(inside, history.of(regulated.id) - history.of(leader.id), np.nan)
    steep = slope_estimate(
        over(away, rows), over(shown, rows), f"1/{regulated.spec.unit}",
        noise_x=history.noise(regulated.spec) / rows**0.5,
    )  # fmt: skip
    yield Identified(
        asset=unit.id, parameter="control_band", found=_inverse(steep, regulated.spec.unit)
    )


def _inverse(steep: Estimated | None, unit: str) -> Estimated | None:
    """One over the size of a slope that is surely not none."""
    if steep is None or steep.low is None or steep.high is None or steep.low <= 0 <= steep.high:
        return None
    low, high = sorted((1.0 / abs(steep.low), 1.0 / abs(steep.high)))
    value = 1.0 / abs(steep.value)
    return Estimated(value=value, low=low, high=high, unit=unit, n=steep.n, by=steep.by)


def _surplus(plant: Plant, history: ProcessHistory, unit: Unit) -> NDArray[np.float64]:
    """What producers give and ties bring, less what is metered as drawn."""
    drawn = history.role(unit, Role.FLOW)
    given = np.zeros(len(history))
    direction = unit.parameters.get("direction", 1.0)
    for link in plant.links_into(unit.id, "supplies"):
        source = plant.unit(link.source)
        model = plant.class_of(source.id).model
        if model == "producer":
            given = given + history.role(source, Role.FLOW)
        elif model == "tie":
            ends = plant.links_into(source.id, "supplies")
            sign = -1.0 if ends and ends[0].source == unit.id else 1.0
            given = given + sign * direction * history.role(source, Role.FLOW)
    return given - drawn


def _capacitance(plant: Plant, history: ProcessHistory, unit: Unit, rows: int) -> Estimated | None:
    """Surplus summed over a window over what the potential moved in it, where it surely moved."""
    point, flow = unit.with_role(Role.POTENTIAL), unit.with_role(Role.FLOW)
    if point is None or flow is None:
        return None
    surplus, held = _surplus(plant, history, unit), history.of(point.id)
    between = (surplus[1:] + surplus[:-1]) / 2.0 * history.step_s
    noise = history.noise(point.spec) * 2.0**0.5
    best: Estimated | None = None
    for window in (1, 3, rows, 3 * rows):
        n = len(between) // window * window
        came = between[:n].reshape(-1, window).sum(axis=1)
        moved = held[window : n + 1 : window] - held[0:n:window]
        speaks = np.abs(moved) > _MOVED * noise
        found = slope_estimate(
            moved[speaks], came[speaks], f"({flow.spec.unit}).s/{point.spec.unit}", noise_x=noise
        )
        if found is not None and (best is None or _half(found) < _half(best)):
            best = found
    if best is None or best.low is None or best.high is None:
        return None
    if unit.parameters.get("direction", 1.0) < 0:
        return best.model_copy(update={"value": -best.value, "low": -best.high, "high": -best.low})
    return best


def _half(found: Estimated) -> float:
    if found.low is None or found.high is None or found.value == 0:
        return float("inf")
    return (found.high - found.low) / abs(found.value)


def _tie(plant: Plant, history: ProcessHistory, unit: Unit, rows: int) -> Iterator[Identified]:
    """What it passes over what a conductance or Kv of one would, where a head stands out."""
    ends = list(dict.fromkeys(k.source for k in plant.links_into(unit.id, "supplies")))
    ends += [k.target for k in plant.links_from(unit.id, "supplies") if k.target not in ends]
    headers = [plant.unit(u) for u in ends if plant.class_of(u).model == "header"][:2]
    points = [p for h in headers if (p := h.with_role(Role.POTENTIAL)) is not None]
    flow, given = unit.with_role(Role.FLOW), passing_of(unit.parameters)
    if len(points) != 2 or flow is None or not isinstance(given, Conductance | Valve):
        return
    scale, lies = np.ones(2), np.zeros(2)
    if isinstance(given, Valve):
        scale = np.array([METRES_IN.get(p.spec.unit, np.nan) for p in points])
        lies = np.array([h.parameters.get("elevation", 0.0) for h in headers])
    leader = next((p for p in unit.points if p.spec.measures is not None), None)
    position = unit.point(leader.spec.measures) if leader and leader.spec.measures else None
    opening = np.ones(len(history))
    if position is not None:
        opening = history.of(position.id) / (100.0 if position.spec.unit == "%" else 1.0)
    held = [scale[i] * history.of(points[i].id) + lies[i] for i in (0, 1)]
    head, opened = over(held[0] - held[1], rows), over(opening, rows)
    each = [scale[i] * history.noise(points[i].spec) for i in (0, 1)]
    noise = float(np.hypot(each[0], each[1])) / rows**0.5
    speaks = np.abs(head) > _MOVED * noise
    one = Valve(1.0) if isinstance(given, Valve) else Conductance(1.0)
    # noise of a root is not that of its head; where a head stands out it is small beside it
    usual = float(opened[speaks].mean()) if speaks.any() else 0.0
    linear = isinstance(given, Conductance)
    wrong = noise * usual if linear else 0.0
    unit_of = f"{flow.spec.unit}/{points[0].spec.unit}" if linear else flow.spec.unit
    found = slope_estimate(
        one.flow(head, opened)[speaks], over(history.of(flow.id), rows)[speaks],
        unit_of, noise_x=wrong,
    )  # fmt: skip
    name = "conductance" if linear else "kv"
    yield Identified(asset=unit.id, parameter=name, found=found)


def _shares(plant: Plant, history: ProcessHistory, unit: Unit, rows: int) -> Iterator[Identified]:
    """What each consumer draws at nominal pace: metered draw over how much each of them works."""
    point, flow = unit.with_role(Role.POTENTIAL), unit.with_role(Role.FLOW)
    consumers = [k for k in plant.links_from(unit.id, "supplies") if k.share is not None]
    if point is None or flow is None or not consumers:
        return
    pull = np.ones(len(history))
    rest, nominal = unit.parameters.get("rest"), unit.parameters.get("nominal")
    held = history.of(point.id)
    if rest is not None and nominal is not None and "held" not in unit.parameters:
        pull = (held - rest) / (nominal - rest)
    works = np.stack([_works(history, plant.unit(k.target)) * pull for k in consumers], axis=1)
    drawn = history.of(flow.id)
    units = [flow.spec.unit] * len(consumers)
    # meters are not read in the same second: part of a bucket is told by the one before or after
    before, after = np.vstack([works[:1], works[:-1]]), np.vstack([works[1:], works[-1:]])
    apart = np.concatenate([before - works, after - works], axis=1)
    late = np.concatenate(
        [works, apart[:, np.nan_to_num(np.abs(apart)).max(axis=0, initial=0) > 0]], axis=1
    )
    found = coefficients_of(late, drawn, units + ["1"] * (late.shape[1] - len(units)))
    found = found or coefficients_of(works, drawn, units)
    for k, link in enumerate(consumers):
        yield Identified(
            asset=unit.id, parameter=f"share:{link.target}", found=found[k] if found else None
        )
    begins = unit.parameters.get("held")
    if begins is not None and found:
        expected = over(works @ np.array([f.value for f in found[: len(units)]]), rows)
        yield Identified(
            asset=unit.id, parameter="rest",
            found=_rest(
                unit, point.spec, begins, over(held, rows), over(drawn, rows) / expected
            ),
        )  # fmt: skip


def _rest(
    unit: Unit, spec: PointSpec, begins: float, held: NDArray[np.float64],
    taken: NDArray[np.float64],
) -> Estimated | None:  # fmt: skip
    """Where what is taken would vanish: from how it falls beyond the potential `held`.

    Where it does not surely fall, the nearest potential that it may vanish at, and no end. The
    value is then where it vanishes if it falls as it may be expected to: by the mean of what its
    slope's normal leaves of falling, since nothing takes more the farther it is from being held.
    """
    from scipy.stats import truncnorm

    sign = -unit.parameters.get("direction", 1.0)
    beyond = sign * (held - begins)
    speaks = beyond > 0
    held_back = taken[~speaks & np.isfinite(taken)]
    taken = taken / (float(held_back.mean()) if len(held_back) else 1.0)
    falls = slope_estimate(beyond[speaks], taken[speaks], f"1/{spec.unit}")
    if falls is None or falls.low is None or falls.high is None:
        return None
    if falls.high >= 0:
        sd = max((falls.high - falls.low) / (2.0 * Z90), _LEAST_FALL)
        middle = min(falls.value, _SURELY_NOT * sd)
        fall = truncnorm(-np.inf, -middle / sd, loc=middle, scale=sd)
        nearest, value = begins - sign / float(fall.ppf(0.05)), begins - sign / float(fall.mean())
        ends = {"low": nearest, "high": None} if sign > 0 else {"low": None, "high": nearest}
        return Estimated(value=value, unit=spec.unit, n=falls.n, by=falls.by, **ends)
    low, high = sorted((begins - sign / falls.low, begins - sign / falls.high))
    value = begins - sign / falls.value
    return Estimated(value=value, low=low, high=high, unit=spec.unit, n=falls.n, by=falls.by)


def _works(history: ProcessHistory, unit: Unit) -> NDArray[np.float64]:
    """Share of its nominal draw: by pace for a machine, by load for a producer."""
    speed, rated = unit.with_role(Role.SPEED), unit.parameters.get("rated_speed", 0.0)
    if speed is not None and rated > 0:
        return STANDSTILL + (1.0 - STANDSTILL) * history.of(speed.id) / rated
    return _share(unit, Role.OUTPUT, history.role(unit, Role.OUTPUT))
