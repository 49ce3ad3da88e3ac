"""How fast process values follow their setpoints, and how far their supplies shift them.

The time constant of a first-order lag from the steps that its setpoint made (Seborg, Edgar and
Mellichamp, *Process Dynamics and Control*, ch. 7), and from where and how steeply a supply shifts
a value that stood at its setpoint. It must never tell a law that was not put to the test.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Plant, Point, Unit
from twin_core.plant.classes import Role
from twin_core.simulation.calibrating.estimated import Estimated
from twin_core.simulation.live.effects import SUPPLY
from twin_core.simulation.processes.history import ProcessHistory
from twin_core.simulation.processes.slopes import slope_estimate

_STEP = 6.0
"""Standard deviations of noise that a setpoint must step by to be looked at."""
_BEFORE_S, _AFTER_S = 60.0, 240.0
_FEWEST_STEPS = 3
_BEYOND = 1.5
"""How far beyond its knee, in units of the potential, a supply must have been to tell a slope."""
_KNEE_ROWS = 6


def follows(
    plant: Plant, history: ProcessHistory, unit: Unit
) -> Iterator[tuple[str, Estimated | None]]:
    """`settle:POINT`, `full:POINT` and `slope:POINT` of the unit's process values."""
    for leader in unit.points:
        if leader.spec.measures is None or leader.spec.role is not Role.SETPOINT:
            continue
        point = unit.point(leader.spec.measures)
        if point is None or point.spec.role is not Role.PROCESS:
            continue
        lag = _lag(history, leader, point)
        yield f"settle:{leader.spec.id}", None if lag is None else _times(lag, 3.0)
        for effect in plant.class_of(unit.id).effects:
            if effect.on != "offset" or effect.point != point.spec.id:
                continue
            if not effect.by.startswith(SUPPLY):
                continue
            header = plant.supplier(unit.id, effect.by.removeprefix(SUPPLY))
            source = plant.unit(header).with_role(Role.POTENTIAL) if header else None
            if source is None:
                continue
            lag_s = lag.value if lag is not None else (leader.spec.settle_s or 60.0) / 3.0
            up = effect.none > effect.full
            full, slope = _shift(history, leader, point, source, lag_s, up=up)
            yield f"full:{point.spec.id}", full
            yield f"slope:{point.spec.id}", slope


def _times(found: Estimated, factor: float) -> Estimated:
    assert found.low is not None
    assert found.high is not None
    return found.model_copy(
        update={
            "value": found.value * factor, "low": found.low * factor, "high": found.high * factor
        }
    )  # fmt: skip


def _lag(history: ProcessHistory, leader: Point, point: Point) -> Estimated | None:
    """The time constant, s, from every step that its setpoint made and kept for some minutes."""
    steps = list(_steps(history, leader, point))
    if len(steps) < _FEWEST_STEPS:
        return None
    from scipy.stats import t as student

    shares = np.array([s for s, _ in steps])
    shown = np.stack([y for _, y in steps])
    grid = np.geomspace(history.step_s / 8.0, _AFTER_S / 2.0, 160)
    errors = np.stack([_errors(shown, shares, tau, history.step_s, point) for tau in grid])
    value = _least(grid, errors.sum(axis=1))
    n = len(steps)
    without = np.array([_least(grid, np.delete(errors, i, axis=1).sum(axis=1)) for i in range(n)])
    spread = float(np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()))
    half = float(student.ppf(0.95, n - 1)) * spread
    return Estimated(
        value=value, low=max(0.0, value - half), high=value + half, unit="s", n=n,
        by="jackknife over steps",
    )  # fmt: skip


def _steps(
    history: ProcessHistory, leader: Point, point: Point
) -> Iterator[tuple[float, NDArray[np.float64]]]:
    """(share of its first bucket that the new setpoint stood, response from 0 to about 1)."""
    asked, shown = history.of(leader.id), history.of(point.id)
    noise = history.noise(point.spec)
    before, after = round(_BEFORE_S / history.step_s), round(_AFTER_S / history.step_s)
    moved = np.flatnonzero(asked[1:] != asked[:-1]) + 1
    last = -after
    for k in map(int, moved):
        if k < max(before, last + after) or k + after > len(asked):
            continue
        old, new = asked[k - 1], asked[k + 1]
        kept = (asked[k - before : k] == old).all() and (asked[k + 1 : k + after] == new).all()
        response = shown[k : k + after]
        if not kept or abs(new - old) <= _STEP * noise or not np.isfinite(response).all():
            continue
        start = float(np.mean(shown[k - before : k]))
        reached = float(np.mean(response[-before:])) - start
        last = k
        if abs(reached) > 0.5 * abs(new - old):
            yield float((asked[k] - old) / (new - old)), (response - start) / reached


def _errors(
    shown: NDArray[np.float64], shares: NDArray[np.float64], tau: float, step_s: float, point: Point
) -> NDArray[np.float64]:
    """Squared error of a first-order response by step, its end fitted, float64[steps]."""
    samples = max(1, round(step_s / point.spec.period_s))
    instants = (np.arange(samples) + 1.0) * step_s / samples
    t = np.arange(shown.shape[1])[:, None] * step_s + instants
    since = np.maximum(t[None] - ((1.0 - shares) * step_s)[:, None, None], 0.0)
    law = (1.0 - np.exp(-since / tau)).mean(axis=2)
    end = (shown * law).sum(axis=1) / (law**2).sum(axis=1)
    return np.asarray(((shown - end[:, None] * law) ** 2).sum(axis=1))


def _least(grid: NDArray[np.float64], error: NDArray[np.float64]) -> float:
    """Where the error is least, between the grid's points by a parabola over its logarithm."""
    i = int(np.clip(np.argmin(error), 1, len(grid) - 2))
    left, here, right = error[i - 1 : i + 2]
    bend = left - 2.0 * here + right
    shift = 0.5 * (left - right) / bend if bend > 0 else 0.0
    return float(grid[i] * (grid[i + 1] / grid[i]) ** np.clip(shift, -1.0, 1.0))


def _shift(
    history: ProcessHistory, leader: Point, point: Point, source: Point, lag_s: float, *, up: bool
) -> tuple[Estimated | None, Estimated | None]:
    """From which potential the value leaves its setpoint, and by how much per unit of it."""
    asked = _lagged(history.of(leader.id), history.step_s, lag_s)
    sign = 1.0 if up else -1.0
    x = sign * _lagged(history.of(source.id), history.step_s, lag_s)
    y = history.of(point.id) - asked
    known = np.isfinite(x) & np.isfinite(y)
    if known.sum() < 100:
        return None, None
    usual = float(np.median(x[known]))
    level = float(np.median(y[known]))
    noise = max(history.noise(point.spec), 1e-9)
    # where it has surely left: there the line is, and the knee where it meets the usual level
    left = known & (np.abs(y - level) > 8.0 * noise) & (x > usual)
    if left.sum() < 12 or float(np.ptp(x[left])) < _BEYOND:
        return None, None
    steep = slope_estimate(x[left], y[left] - level, f"{point.spec.unit}/{source.spec.unit}")
    if steep is None or steep.low is None or steep.low <= 0 <= (steep.high or 0.0):
        return None, None
    centre_x, centre_y = float(x[left].mean()), float((y[left] - level).mean())
    knees = [sign * (centre_x - centre_y / s) for s in (steep.value, steep.low, steep.high or 1.0)]
    full = Estimated(
        value=knees[0], low=min(knees), high=max(knees), unit=source.spec.unit, n=steep.n,
        by="where the line meets the usual",
    )  # fmt: skip
    return full, steep


def _lagged(column: NDArray[np.float64], step_s: float, lag_s: float) -> NDArray[np.float64]:
    """First-order lag along a column of bucket means; gaps are stepped over."""
    from scipy.signal import lfilter

    known = np.isfinite(column)
    if not known.any():
        return column
    filled = column[np.maximum.accumulate(np.where(known, np.arange(len(column)), 0))]
    filled = np.where(np.isfinite(filled), filled, column[known][0])
    share = 1.0 - np.exp(-step_s / max(lag_s, 1e-3))
    moved = lfilter([share], [1.0, share - 1.0], filled - filled[0])
    return np.where(known, moved + filled[0], np.nan)
