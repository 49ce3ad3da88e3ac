"""From a line's past to examples of what share it throws out, and the row of what it shows now.

Ten-minute means of the last hour of all that is measured on its machines, and which product is
made, held against the rejects of the time after, of the same product. It must never be asked of a
product that it was not taught.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import BeyondModel, CannotLearn
from twin_core.plant.assets import Line, Plant, Point
from twin_core.plant.classes import Role
from twin_core.simulation.calibrating.line_history import LineHistory
from twin_core.simulation.learning.examples import Examples, Feature, Target
from twin_core.simulation.learning.stopping import (
    ahead_blocks,
    features_of,
    measured,
    row_ends,
    row_of,
)
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

_MINUTE = 60 * SECOND
_HEARD = 0.8
"""Of the minutes ahead: a share of less is none of them."""
_MAKES = "makes product "


def quality_points(plant: Plant, line: Line) -> tuple[tuple[Point, ...], dict[str, str]]:
    """What is measured on its machines, and by point id what it is called."""
    points = tuple(p for unit in plant.machines(line) for p in measured(unit))
    return points, {p.id: f"{plant.unit(p.unit_id).name}, {p.spec.name}" for p in points}


def reject_examples(
    plant: Plant,
    horizon_s: float,
    history: LineHistory,
    start: Instant,
    value: Mapping[str, NDArray[np.float64]],
) -> Examples:
    """Rows of ten minutes, each with per cent thrown out in the time after; one product in it.

    What passes all machines is the product of what passes each (rolled throughput yield: Harry and
    Schroeder, *Six Sigma*, 2000).

    Args:
        plant: of the line.
        horizon_s: plant seconds, > 0.
        history: of the line, counted by the minute.
        start: plant time at which the first row begins.
        value: mean of each row by point id, NaN where it was not heard, float64[T].

    Raises:
        CannotLearn: no machine counts what it throws out.
    """
    line = plant.line(history.line)
    points, named = quality_points(plant, line)
    features, x = features_of([p for p in points if p.id in value], value, named)
    at = row_ends(start, len(x))
    target = Target(name=_target(line, horizon_s), unit="%", low=0.0, high=100.0)
    counted = [m for m in history.machines if np.isfinite(m.rejected).any()]
    if not counted:
        raise CannotLearn(target.name, "no machine counts what it throws out", "one that does")
    y = _share(history, at, horizon_s)
    if _product_point(plant, line) is not None:
        product = _products(history, at, horizon_s)
        made = np.unique(product[product >= 0])
        y[product < 0] = np.nan
        features += tuple(Feature(name=f"{_MAKES}{number}", unit="1") for number in made)
        x = np.column_stack([x, *(product == number for number in made)])
    block, into_next = ahead_blocks(at, start, horizon_s)
    return Examples(target, features, x, np.where(into_next, np.nan, y), block, at).complete()


def reject_row(
    snapshot: Snapshot, line: Line, features: tuple[Feature, ...], target: str
) -> dict[str, float]:
    """What the line shows now, for a model with these features.

    Raises:
        BeyondModel: what is made now is not known, or was never seen made.
    """
    plant = snapshot.plant
    points, named = quality_points(plant, line)
    row = row_of(points, snapshot.recent, plant.index, named)
    shown = _product_point(plant, line)
    if shown is None:
        return row
    taught = [f.name for f in features if f.name.startswith(_MAKES)]
    value = snapshot.latest(shown.id).value
    number = -1 if value is None else int(value)
    if number < 0:
        raise BeyondModel(target, "what is made now is not known", taught)
    if f"{_MAKES}{number}" not in taught:
        name = next((p.name for p in plant.products if p.number == number), f"product {number}")
        raise BeyondModel(target, f"{name} was never made in what it learned from", taught)
    return row | {name: float(name == f"{_MAKES}{number}") for name in taught}


def _target(line: Line, horizon_s: float) -> str:
    return f"rejects of {line.name} over the next {horizon_s / 3600:g} h"


def _share(history: LineHistory, at: NDArray[np.int64], horizon_s: float) -> NDArray[np.float64]:
    """Per cent thrown out in the horizon after each time; NaN where too little was heard."""
    passed = np.ones(len(at))
    seen = np.zeros(len(at), np.bool_)
    for machine in history.machines:
        both = np.isfinite(machine.made) & np.isfinite(machine.rejected)
        if not both.any():
            continue
        bad, good, heard = (
            _after(machine.time, np.where(both, column, 0.0), at, horizon_s)
            for column in (machine.rejected, machine.made, both.astype(np.float64))
        )
        enough = (heard >= _HEARD * horizon_s / 60.0) & (bad + good > 0)
        share = np.where(enough, bad / np.where(enough, bad + good, 1.0), np.nan)
        passed *= 1.0 - share  # one that was not heard leaves nothing to be said
        seen |= enough
    return np.where(seen, 100.0 * (1.0 - passed), np.nan)


def _after(
    time: NDArray[np.int64], column: NDArray[np.float64], at: NDArray[np.int64], horizon_s: float
) -> NDArray[np.float64]:
    """Sum of the minutes that end after each time and within the horizon."""
    total = np.r_[0.0, np.cumsum(column)]
    first = np.searchsorted(time, at + _MINUTE, side="left")  # whole minutes alone
    last = np.searchsorted(time, at + int(horizon_s * SECOND), side="right")
    passed: NDArray[np.float64] = total[np.maximum(first, last)] - total[first]
    return passed


def _products(history: LineHistory, at: NDArray[np.int64], horizon_s: float) -> NDArray[np.int64]:
    """The one product made at each time and through the horizon after it; −1 where there is none.

    Every machine of a history tells the product of the line.
    """
    machine = history.machines[0]
    first = np.searchsorted(machine.time, at, side="right") - 1
    last = np.searchsorted(machine.time, at + int(horizon_s * SECOND), side="right") - 1
    runs = np.r_[0, np.cumsum(np.diff(machine.product) != 0)]
    known = (first >= 0) & (last < len(machine.time)) & (len(machine.time) > 0)
    same = known & (runs[np.maximum(first, 0)] == runs[np.maximum(last, 0)])
    return np.where(same, machine.product[np.maximum(first, 0)], -1)


def _product_point(plant: Plant, line: Line) -> Point | None:
    """Of the machine nearest to the counted one that tells what it makes."""
    counter = plant.counter(line)
    machines = [*([] if counter is None else [counter]), *reversed(plant.machines(line))]
    shown = (m.with_role(Role.PRODUCT) for m in machines)
    return next((p for p in shown if p is not None), None)
