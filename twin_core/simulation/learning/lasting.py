"""From a machine's own past to examples of how long it still ran, and the row of what it shows now.

Ten-minute means of the last hour, held against running time until the next failure of its own:
only running ages a machine (Gershwin, *Manufacturing Systems Engineering*, 1994, section 2.2). A
block is a life. It must never learn from a life whose end was not seen.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import BeyondModel, CannotLearn
from twin_core.operations.counting import EXECUTE
from twin_core.plant.assets import Unit
from twin_core.plant.classes import Role
from twin_core.simulation.calibrating.spans import Clock
from twin_core.simulation.learning.examples import LEAST_BLOCKS, Examples, Target
from twin_core.simulation.learning.stopping import (
    STEP_S,
    features_of,
    measured,
    row_ends,
    row_now,
)
from twin_core.twin import Snapshot
from twin_core.value import Instant

_HOUR_S = 3600.0
_RAN = 0.5
"""Of ten minutes: a machine that stood for more of them does not show how it runs."""


def life_examples(
    unit: Unit,
    cap_s: float,
    start: Instant,
    value: Mapping[str, NDArray[np.float64]],
    failures: NDArray[np.int64],
    ran: Clock,
) -> Examples:
    """Rows of ten minutes in which it ran, each with the running hours that were left.

    Args:
        unit: whose.
        cap_s: past which nothing is told, running seconds > 0.
        start: plant time at which the first row begins.
        value: mean of each row by point id, NaN where it was not heard, float64[T].
        failures: when one of its own began, Instant, ascending.
        ran: plant times to the seconds that it had run by then.

    Raises:
        CannotLearn: it failed less often than there must be lives.
    """
    target = Target(name=f"running time left of {unit.name}", unit="h", low=0.0,
                    high=cap_s / _HOUR_S)  # fmt: skip
    if len(failures) < LEAST_BLOCKS:
        seen = f"{len(failures)} failures of its own" if len(failures) else "no failure of its own"
        raise CannotLearn(
            target.name, f"{seen} is in that past", f"{LEAST_BLOCKS} failures at least"
        )
    features, x = features_of([p for p in measured(unit) if p.id in value], value)
    at = row_ends(start, len(x))
    life = np.searchsorted(failures, at, side="left")
    age = ran(np.r_[start, at])
    ended = life < len(failures)
    left = np.full(len(x), np.nan)
    left[ended] = (ran(failures)[life[ended]] - age[1:][ended]) / _HOUR_S
    whole = Examples(target, features, x, left, life.astype(np.int64), at)
    return whole.rows(np.diff(age) >= _RAN * STEP_S).complete()


def life_row(snapshot: Snapshot, unit: Unit, target: str) -> dict[str, float]:
    """What it shows now.

    Raises:
        BeyondModel: it does not run.
    """
    state = unit.with_role(Role.STATE)
    told = None if state is None else snapshot.latest(state.id).value
    if told is not None and int(told) != EXECUTE:
        raise BeyondModel(target, f"{unit.name} does not run now", ())
    return row_now(unit, snapshot.recent, snapshot.plant.index)
