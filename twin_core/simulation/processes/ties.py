"""The start state of what joins two headers: valves, pipes and pumps.

Nameplate laws, made to pass what is metered now. It must never know which medium it is about.
"""

from dataclasses import dataclass, replace
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from twin_core.operations.counting import EXECUTE
from twin_core.plant.assets import Point, Unit
from twin_core.plant.classes import Role
from twin_core.simulation.live.believing import newest
from twin_core.simulation.live.seen import Rows, path_of
from twin_core.simulation.processes.passing import METRES_IN, Conductance, Passing, passing_of


@dataclass(frozen=True, slots=True)
class Tie:
    """A tie at the start: a valve or pipe between its ends, or a pump from the first to the second.

    Attributes:
        passing: its law; heads are `scale` x potential + `lies` at its ends.
        opening: of a valve, or share of a pump's rated speed, 0..1; `opens` in one unit of its
            setpoint, followed with the time constant `lag_s`.
        levels: potential of its first end at which it stops, and at which it starts; None where no
            switch does that. `running` now.
    """

    unit: Unit
    ends: tuple[str, str]
    passing: Passing
    scale: tuple[float, float]
    lies: tuple[float, float]
    opening: float
    setpoint_path: str | None
    opens: float
    lag_s: float
    levels: tuple[float, float] | None
    running: bool

    def head(self, first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of the first end over the second, at these potentials."""
        (a, b), (c, d) = self.scale, self.lies
        return np.asarray(a * first + c - b * second - d)

    def now(self, first: float, second: float) -> float:
        """What it passes from its first end to the second, as it stands at the start."""
        if not self.running:
            return 0.0
        head = self.head(np.array([first]), np.array([second]))
        return float(self.passing.flow(head, np.array([self.opening]))[0])


def tie_of(rows: Rows, unit: Unit, n: int) -> Tie | None:
    """The tie over the newest `n` rows; None without two headers or a law for their units."""
    plant = rows.snapshot.plant
    links = (*plant.links_into(unit.id, "supplies"), *plant.links_from(unit.id, "supplies"))
    ends = dict.fromkeys(k.source if k.target == unit.id else k.target for k in links)
    headers = [plant.unit(u) for u in ends if plant.class_of(u).model == "header"]
    passing = passing_of(unit.parameters)
    leader = next((p for p in unit.points if p.spec.measures is not None), None)
    point = unit.point(leader.spec.measures) if leader and leader.spec.measures else None
    if len(headers) < 2 or passing is None:
        return None
    scale, lies = (1.0, 1.0), (0.0, 0.0)
    if not isinstance(passing, Conductance):
        in_m = [METRES_IN.get(p.spec.unit) if p is not None else None
                for p in (h.with_role(Role.POTENTIAL) for h in headers[:2])]  # fmt: skip
        if in_m[0] is None or in_m[1] is None:
            return None
        scale = (in_m[0], in_m[1])
        lies = (headers[0].parameters.get("elevation", 0.0),
                headers[1].parameters.get("elevation", 0.0))  # fmt: skip
    opening = share_of(point, rows.last(point.id, n)) if point is not None else 1.0
    if not isfinite(opening):
        opening = share_of(leader, newest(rows, leader.id, rows.at)) if leader else 0.0
    opening = min(1.0, max(0.0, opening if isfinite(opening) else 0.0))
    switched = ("stops_at", "starts_at")
    levels = None
    if all(name in unit.parameters for name in switched):
        levels = (unit.parameters["stops_at"], unit.parameters["starts_at"])
    tie = Tie(
        unit=unit,
        ends=(headers[0].id, headers[1].id),
        passing=passing,
        scale=scale,
        lies=lies,
        opening=opening,
        setpoint_path=leader.id if leader is not None else None,
        opens=share_of(leader, 1.0),
        lag_s=(leader.spec.settle_s or 60.0) / 3.0 if leader is not None else 20.0,
        levels=levels,
        running=runs(rows, unit),
    )
    return _as_seen(rows, tie, headers, n)


def runs(rows: Rows, unit: Unit, state: int = EXECUTE) -> bool:
    """In Execute (or another state), or of no state that is believed."""
    path = path_of(unit, Role.STATE)
    now = newest(rows, path, rows.at) if path is not None else float("nan")
    return not isfinite(now) or now == state


def _as_seen(rows: Rows, tie: Tie, headers: list[Unit], n: int) -> Tie:
    """The tie passing as much as is metered, where that shows; within a factor of five."""
    held = [np.array([potential_of(rows, h, n)]) for h in headers[:2]]
    flow = rows.last(path_of(tie.unit, Role.FLOW), n)
    head = tie.head(held[0], held[1])
    if not isfinite(flow) or not np.isfinite(head).all() or not tie.running:
        return tie
    expected = float(tie.passing.flow(head, np.array([tie.opening]))[0])
    enough = abs(float(head[0])) * tie.opening > 0.02
    if not enough or expected == 0:
        return tie
    times = float(np.clip(abs(flow / expected), 0.2, 5.0))
    return replace(tie, passing=tie.passing.times(times))


def potential_of(rows: Rows, unit: Unit, n: int) -> float:
    """Mean of the unit's potential over the newest `n` rows; NaN where none was believed."""
    return rows.last(path_of(unit, Role.POTENTIAL), n)


def share_of(point: Point | None, value: float) -> float:
    """A value of the point as a share: 50 % is 0.5."""
    return value / 100.0 if point is not None and point.spec.unit == "%" else value
