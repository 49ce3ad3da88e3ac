"""From forecasts of a line and what came to examples of what they missed, and the row of one now.

Features are what was known when it was foretold: the forecast, how wide its interval was, and the
rate of as long before. It must never see what came of the forecast it corrects.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import BeyondModel
from twin_core.operations.past import Past
from twin_core.plant.assets import Plant
from twin_core.simulation.calibrating.line_history import LineHistory
from twin_core.simulation.calibrating.scoring import came
from twin_core.simulation.calibrating.skill import Foretold, apart
from twin_core.simulation.learning.examples import Examples, Feature, Target
from twin_core.simulation.scenario import Estimate
from twin_core.value import SECOND, Instant

_BLOCK_US = 6 * 3600 * SECOND
_NAMES = ("forecast", "width of the forecast's interval", "rate of as long before")


def missed_examples(
    plant: Plant, history: LineHistory, foretold: Sequence[Foretold], unit: str
) -> tuple[Examples, NDArray[np.float64]]:
    """Rows of forecasts with what came, and the forecasts themselves, float64[N].

    Args:
        plant: of the line.
        history: of the line, counted by the minute; rates before are taken from it.
        foretold: of one version of one line; those that overlap are left out.
        unit: of the rate.
    """
    line = plant.line(history.line)
    told = apart(foretold)
    target = Target(name=f"what forecasts of {line.name} miss", unit=unit)
    rows = [(one.mean, one.high - one.low, _before(plant, history, one)) for one in told]
    x = np.array(rows, np.float64).reshape(-1, len(_NAMES))
    at = np.array([one.start for one in told], np.int64)
    y = np.array([one.actual for one in told], np.float64)
    kept = np.isfinite(x).all(axis=1) & np.isfinite(y)
    features = tuple(Feature(name=name, unit=unit) for name in _NAMES)
    whole = Examples(target, features, x, y, at // _BLOCK_US, at)
    return whole.rows(kept), x[kept, 0]


def missed_row(
    plant: Plant, past: Past, line: str, at: Instant, horizon_s: float, forecast: Estimate
) -> dict[str, float]:
    """The same of a forecast that is made now.

    Raises:
        BeyondModel: the rate of as long before is not known.
    """
    before = came(plant, past, line, at - int(horizon_s * SECOND), at)
    if before is None:
        reason = f"the rate of the {horizon_s / 60:g} min before is not known"
        raise BeyondModel(f"what forecasts of {plant.line(line).name} miss", reason, (_NAMES[2],))
    return dict(zip(_NAMES, (forecast.mean, forecast.high - forecast.low, before), strict=True))


def _before(plant: Plant, history: LineHistory, one: Foretold) -> float:
    """The rate over as long before as was foretold, by whole minutes; NaN where not known."""
    line = plant.line(history.line)
    counter = plant.counter(line)
    mine = (
        None
        if counter is None
        else next((m for m in history.machines if m.unit.id == counter.id), None)
    )
    if counter is None or mine is None:
        return float("nan")
    minute = 60 * SECOND
    last = one.start // minute * minute
    first = -(-(2 * one.start - one.end) // minute) * minute
    rows = (mine.time > first) & (mine.time <= last)
    made = mine.made[rows]
    if len(made) != (last - first) // minute or not len(made):
        return float("nan")
    return float(made.mean()) * plant.in_flow(line, counter)  # NaN where one was not heard
