"""The plant file's numbers as columns, one entry a point that is read, for the hot path.

It must never hold a live value, and nothing here asks for a point by name.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import Role
from twin_core.value import SECOND

_INERT = {Role.PROCESS, Role.POTENTIAL, Role.SPEED}
_MEASURED = _INERT | {Role.FLOW, Role.OUTPUT}
_COUNTERS = {Role.PRODUCED, Role.DEFECTIVE}
_LASTING = {
    Role.STATE,
    Role.MODE,
    Role.STARVED,
    Role.BLOCKED,
    Role.STOP_REASON,
    Role.PRODUCT,
    Role.PRODUCED,
    Role.DEFECTIVE,
}


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Constants of every point that a source reads, in the order of `Plant.read`.

    Attributes:
        source: index into `Plant.sources`, int32[P].
        state_of: index of the STATE point of the same unit, -1 if the unit has none, int32[P].
        low, high, resolution, noise, rate_limit, period_s: of the PointSpec; no rate limit is
            infinity, float64[P].
        on_change: of a source that tells only changes, bool[P].
        whole: integers and booleans, bool[P].
        lasting: counters, states and other points whose bucket keeps its last value, bool[P].
        counter: PRODUCED and DEFECTIVE, bool[P].
        count_cap: the most a counter can grow, per second, float64[P].
        measured: process values and speeds: they vary a little all the time, bool[P].
        inert: of those, the ones that do not jump and come back: what is drawn from a header
            follows each of its consumers at once, and a controller's output does, bool[P].
        units: UCUM code of each point.
        usual_low, usual_high: where a running machine keeps it, NaN where that is not told,
            float64[P].
    """

    source: NDArray[np.int32]
    state_of: NDArray[np.int32]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    resolution: NDArray[np.float64]
    noise: NDArray[np.float64]
    rate_limit: NDArray[np.float64]
    period_s: NDArray[np.float64]
    on_change: NDArray[np.bool_]
    whole: NDArray[np.bool_]
    lasting: NDArray[np.bool_]
    counter: NDArray[np.bool_]
    count_cap: NDArray[np.float64]
    measured: NDArray[np.bool_]
    inert: NDArray[np.bool_]
    units: list[str]
    usual_low: NDArray[np.float64]
    usual_high: NDArray[np.float64]

    @staticmethod
    def of(plant: Plant) -> "Columns":
        """The columns of a plant."""
        specs = [p.spec for p in plant.read]
        sources = {s.id: i for i, s in enumerate(plant.sources)}
        on_change = np.array([s.on_change for s in plant.sources], bool)
        source = np.array([sources[p.source] for p in plant.read], np.int32)
        state_of, cap = [], []
        for unit in plant.units.values():
            state, most = unit.with_role(Role.STATE), count_cap(unit)
            for _ in unit.points:
                state_of.append(-1 if state is None else plant.index[state.id])
                cap.append(most)

        def column(values: list[float]) -> NDArray[np.float64]:
            return np.array(values, np.float64)

        return Columns(
            source=source,
            state_of=np.array(state_of, np.int32),
            low=column([s.limits.low for s in specs]),
            high=column([s.limits.high for s in specs]),
            resolution=column([s.resolution for s in specs]),
            noise=column([s.noise for s in specs]),
            rate_limit=column([s.rate_limit or np.inf for s in specs]),
            period_s=column([s.period_s for s in specs]),
            on_change=on_change[source],
            whole=np.array([s.type != "float" for s in specs], bool),
            lasting=np.array([s.role in _LASTING for s in specs], bool),
            counter=np.array([s.role in _COUNTERS for s in specs], bool),
            count_cap=column(cap),
            measured=np.array([s.role in _MEASURED and s.type == "float" for s in specs], bool),
            inert=np.array([s.role in _INERT and s.type == "float" for s in specs], bool),
            units=[s.unit for s in specs],
            usual_low=column([s.normal.low if s.normal else np.nan for s in specs]),
            usual_high=column([s.normal.high if s.normal else np.nan for s in specs]),
        )

    def quiet_us(self, sources: int) -> NDArray[np.int64]:
        """By source: so long without a reading of any of its points is silence, microseconds."""
        quiet = np.full(sources, 15 * SECOND, np.int64)
        for s in range(sources):
            periods = self.period_s[self.source == s]
            if len(periods):
                quiet[s] = max(15 * SECOND, int(3 * SECOND * periods.min()))
        return quiet


def count_cap(unit: Unit) -> float:
    """How many a second a machine's counters may gain at most; infinite where nothing says it."""
    speed = unit.with_role(Role.SPEED)
    # Twice what the speed instrument can show: counters are read with some jitter.
    return np.inf if speed is None else 2 * speed.spec.limits.high / 60
