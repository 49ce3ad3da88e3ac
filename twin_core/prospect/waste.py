"""What lines draw of a medium while they stand, beyond what standing machines should.

Fitted to the settled last hour: a header's flow falls with the pace of each line that it supplies,
by as much as the shares of the plant file say, less what standing machines draw. A line whose flow
falls by less wastes the difference in every planned stop. It must never judge a line that was not
seen to stand, nor take a leak for waste: what is drawn at all times is not its subject.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import hypot, sqrt

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Line, Plant, Unit
from twin_core.plant.classes import Role
from twin_core.simulation.calibrating.estimated import Z90
from twin_core.simulation.live.seen import Rows, Seen
from twin_core.simulation.processes.activity import STANDSTILL
from twin_core.simulation.scenario import Estimate

_BLOCK = 12
"""Rows that are taken together, two minutes: what is drawn follows a pace a little later."""
_FEWEST, _STOOD = 10, 1
"""Blocks that must be seen, and so many of them in which a line stood."""
_STANDS = 0.1
"""A line whose machines run at less than this share of their pace stands."""
_SPARED = 0.1
"""Share of what a line draws by which shares of a plant file may be off, in 9 of 10 of them."""
_GASES = frozenset({"air", "steam"})
_ATMOSPHERE = 1.01
"""bar"""
_LONGEST = 0.98
"""Of the likeness of neighbouring rows."""
_TIMES = {"s": 60.0, "min": 1.0, "h": 1 / 60}
"""How many of them a minute has."""


@dataclass(frozen=True, slots=True)
class Waste:
    """What a line draws too much of a header while it stands.

    Attributes:
        flow: in the header's unit of flow; `sd` its standard error.
        full: what it draws at its pace by the plant file.
        drawn: what the header gives on average, in the same unit.
    """

    header: str
    line: str
    medium: str
    flow: float
    sd: float
    full: float
    drawn: float
    unit: str

    def over(self, minutes: float) -> Estimate:
        """What that comes to in so many minutes: kg of kg/h, kW.h of kW; with its 90 % interval."""
        of, _, per = self.unit.rpartition("/")
        times, unit = (_TIMES[per], of) if per in _TIMES else (_TIMES["h"], f"{self.unit}.h")
        off = hypot(Z90 * self.sd, _SPARED * self.full)
        amount, half = (times * minutes * flow for flow in (self.flow, off))
        return Estimate(mean=amount, low=amount - half, high=amount + half, unit=unit, half=half)


def wastes(plant: Plant, rows: Rows) -> Iterator[Waste]:
    """Lines that draw more than they should while they stand, of every header with a flow."""
    for unit in plant.units.values():
        kind = plant.class_of(unit.id)
        point = unit.with_role(Role.FLOW)
        if kind.model != "header" or kind.medium is None or point is None:
            continue
        flow = rows.mean(point.id)
        if kind.medium in _GASES:
            flow = _at_one_pressure(rows, unit, flow)
        lines = {
            line.id: paces
            for line in plant.lines
            if (paces := _drawn(plant, line, unit.id, rows)) is not None
        }
        for line, too_much, sd, full in _fitted(flow, lines):
            yield Waste(
                header=unit.id, line=line, medium=kind.medium, flow=too_much, sd=sd, full=full,
                drawn=float(np.nanmean(flow)), unit=point.spec.unit,
            )  # fmt: skip


def _at_one_pressure(rows: Rows, header: Unit, flow: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a header of a gas would have given at its median pressure, float64[T].

    Gas leaves an opening in proportion to its absolute pressure (ISO 6358-1, choked flow): as a
    line stands the pressure rises, and what else draws takes more.
    """
    point = header.with_role(Role.POTENTIAL)
    if point is None or point.spec.unit != "bar":
        return flow
    absolute = rows.mean(point.id) + _ATMOSPHERE
    with np.errstate(divide="ignore", invalid="ignore"):
        times = np.nanmedian(absolute) / absolute if np.isfinite(absolute).any() else absolute
    return np.where(np.isfinite(times), flow * times, flow)


def _drawn(plant: Plant, line: Line, header: str, rows: Rows) -> NDArray[np.float64] | None:
    """What should be drawn for the line's pace, by the plant file's shares, float64[T].

    None where it draws nothing there.
    """
    shares = {k.target: k.share or 0.0 for k in plant.links_from(header, "supplies")}
    total = np.zeros(len(rows))
    found = False
    for machine in plant.machines(line):
        rated = machine.parameters.get("rated_speed", 0.0) / 60.0
        share = shares.get(machine.id, 0.0)
        if share <= 0 or rated <= 0:
            continue
        found = True
        total += share * np.clip(Seen(rows, machine).speed / rated, 0.0, 1.5)
    return total if found else None


def _fitted(
    flow: NDArray[np.float64], lines: Mapping[str, NDArray[np.float64]]
) -> Iterator[tuple[str, float, float, float]]:
    """Line, by how much its flow falls too little, the standard error of that, what it draws.

    Least squares of the flow on the paces of all lines; residuals of neighbouring rows are alike,
    so that their variance counts (1 + r) / (1 - r) times (a first-order autoregression: Bartlett,
    *Journal of the Royal Statistical Society* 98, 1935).
    """
    names = [line for line, pace in lines.items() if np.nanmax(pace, initial=0.0) > 0]
    if not names:
        return
    table = _blocks(np.column_stack([flow, *(lines[name] for name in names)]))
    table = table[np.isfinite(table).all(axis=1)]
    if len(table) < max(_FEWEST, len(names) + 2):
        return
    y, x = table[:, 0], table[:, 1:]
    design = np.column_stack([np.ones(len(x)), x])
    slopes = np.linalg.lstsq(design, y, rcond=None)[0]
    residual = y - design @ slopes
    about = float((residual**2).sum())
    r = float(residual[:-1] @ residual[1:]) / about if about > 0 else 0.0
    r = min(max(r, 0.0), _LONGEST)
    variance = about / max(1, len(y) - design.shape[1]) * (1 + r) / (1 - r)
    spread = np.linalg.pinv(design.T @ design) * variance
    for i, name in enumerate(names):
        if _stood(x[:, i]):
            full = float(np.quantile(x[:, i], 0.9))
            # all but the standstill draw of the line's machines should fall away
            missing = 1.0 - STANDSTILL - float(slopes[i + 1])
            yield name, missing * full, sqrt(float(spread[i + 1, i + 1])) * full, full


def _blocks(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means of blocks of rows, the newest whole; NaN where a row is not known."""
    n = len(rows) // _BLOCK
    whole = rows[len(rows) - n * _BLOCK :]
    return np.asarray(whole.reshape(n, _BLOCK, rows.shape[1]).mean(axis=1), np.float64)


def _stood(pace: NDArray[np.float64]) -> bool:
    most = float(np.quantile(pace, 0.9))
    return most > 0 and int((pace < _STANDS * most).sum()) >= _STOOD


def wasteful(waste: Waste, sure: float) -> bool:
    """Whether it is more than chance and the shares of a plant file may be off.

    Args:
        waste: what was seen.
        sure: so many standard errors.
    """
    return waste.flow - sure * waste.sd > _SPARED * waste.full
