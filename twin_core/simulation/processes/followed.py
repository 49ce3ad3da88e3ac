"""How fast process values follow their setpoints, and how far their supplies shift them.

The time constant of a first-order lag with a dead time from the steps that its setpoint made
(Seborg, Edgar and Mellichamp, *Process Dynamics and Control*, ch. 7), and from where and how
steeply a supply shifts a value that stood at its setpoint. It must never tell a law that was not
put to the test.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Plant, Point, Unit
from twin_core.plant.classes import Role
from twin_core.simulation.calibrating.estimated import Z90, Estimated
from twin_core.simulation.live.effects import SUPPLY
from twin_core.simulation.processes.history import ProcessHistory
from twin_core.simulation.processes.slopes import slope_estimate

_STEP = 6.0
"""Standard deviations of noise that a setpoint must step by to be looked at."""
_BEFORE_S, _AFTER_S = 60.0, 240.0
_FEWEST_STEPS = 3
_GRID, _DEAD = 120, 9
"""Time constants and dead times that are tried."""
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
    grid = np.geomspace(history.step_s / 8.0, _AFTER_S / 2.0, _GRID)
    errors = _errors(shown, shares, grid, history.step_s, point)
    n = len(steps)
    free = shown.size - 2 * n - 2  # each step's two ends, the time constant and the dead time
    noise = max(history.noise(point.spec) ** 2, float(errors.sum(axis=2).min()) / free)
    value, unknown = _likely(grid, errors.sum(axis=2), noise)
    without = np.array(
        [_likely(grid, errors.sum(axis=2) - errors[:, :, i], noise)[0] for i in range(n)]
    )
    spread = float(np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()))
    half = float(np.hypot(float(student.ppf(0.95, n - 1)) * spread, Z90 * unknown))
    return Estimated(
        value=value, low=max(0.0, value - half), high=value + half, unit="s", n=n,
        by="jackknife over steps, dead time not known",
    )  # fmt: skip


def _steps(
    history: ProcessHistory, leader: Point, point: Point
) -> Iterator[tuple[float, NDArray[np.float64]]]:
    """(share of its first bucket that the new setpoint stood, what followed, from before on)."""
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
        known = np.isfinite(shown[k - before : k + after]).all()
        if not kept or abs(new - old) <= _STEP * noise or not known:
            continue
        start = float(np.mean(shown[k - before : k]))
        reached = float(np.mean(response[-before:])) - start
        last = k
        if abs(reached) > 0.5 * abs(new - old):
            yield float((asked[k] - old) / (new - old)), shown[k - before : k + after]


def _errors(
    shown: NDArray[np.float64], shares: NDArray[np.float64], grid: NDArray[np.float64],
    step_s: float, point: Point,
) -> NDArray[np.float64]:  # fmt: skip
    """Squared errors of first-order responses with a dead time, float64[dead times, taus, steps].

    Each step's beginning and end are fitted. When within its period an instrument is read, and how
    long what it shows is held, no bucket tells: it looks like a dead time, of either sign, and
    would be taken for a slower or quicker process where it were not fitted too.
    """
    samples = max(1, round(step_s / point.spec.period_s))
    instants = (np.arange(samples) + 0.5) * step_s / samples
    begins, which = np.unique(shares, return_inverse=True)
    before = round(_BEFORE_S / step_s)
    t = (np.arange(shown.shape[1]) - before)[:, None] * step_s + instants
    since = t - ((1.0 - begins) * step_s)[:, None, None]
    y = shown - shown.mean(axis=1, keepdims=True)
    found = np.empty((_DEAD, len(grid), len(shown)))
    for i, dead in enumerate(np.linspace(-0.5, 0.5, _DEAD) * point.spec.period_s):
        past = np.maximum(since - dead, 0.0)
        law = (1.0 - np.exp(-past / grid[:, None, None, None])).mean(axis=3)[:, which]
        law -= law.mean(axis=2, keepdims=True)
        along = (y * law).sum(axis=2) ** 2 / (law**2).sum(axis=2)
        found[i] = (y**2).sum(axis=1) - along
    return found


def _likely(
    grid: NDArray[np.float64], errors: NDArray[np.float64], noise: float
) -> tuple[float, float]:
    """The time constant over all dead times by their likelihood, and its deviation among them.

    Args:
        grid: time constants, even in their logarithm.
        errors: summed squares, float64[dead times, time constants].
        noise: variance of one bucket.
    """
    best = errors.argmin(axis=1).clip(1, len(grid) - 2)
    each = np.arange(len(errors))
    left, here, right = errors[each, best - 1], errors[each, best], errors[each, best + 1]
    bend = left - 2.0 * here + right
    # between points of the grid by a parabola
    shift = np.divide(0.5 * (left - right), bend, out=np.zeros(len(bend)), where=bend > 0)
    taus = grid[best] * (grid[1] / grid[0]) ** np.clip(shift, -1.0, 1.0)
    weight = np.exp(-(here - here.min()) / (2.0 * noise))
    mean = float(np.average(taus, weights=weight))
    return mean, float(np.sqrt(np.average((taus - mean) ** 2, weights=weight)))


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
