"""What every plan of a scenario is made from: start, potentials, changes, time axis, draws.

It must never decide what a machine does: that is `plan.py` and `between.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Plant, Unit
from twin_core.simulation.live.believing import Believing
from twin_core.simulation.live.effects import SUPPLY
from twin_core.simulation.live.machine import MachineStart
from twin_core.simulation.live.start import LineStart
from twin_core.simulation.numbers import Column, Draws, Numbers
from twin_core.simulation.processes.moves import Moves
from twin_core.simulation.processes.paths import value_paths

_LATE_S = 30.0
_LATE_PURPOSE = 3_000_003


@dataclass(frozen=True, eq=False)
class Frame:
    """All that the plans of a scenario are made from.

    Attributes:
        start: the line; `before` as it was, by path of a restored asset.
        potentials: by header path, float64[R, T]; `levels` at the start; `before_levels` as they
            were, by path of a restored asset, then header path.
        planned: (start, duration) in seconds of planned stops inside the horizon.
        t: the time axis, seconds.
    """

    plant: Plant
    start: LineStart
    before: Mapping[str, LineStart]
    potentials: Mapping[str, NDArray[np.float64]]
    levels: Mapping[str, float]
    before_levels: Mapping[str, Mapping[str, float]]
    moves: Moves
    planned: tuple[tuple[float, float], ...]
    horizon_s: float
    t: NDArray[np.float64]
    draws: Draws

    @cached_property
    def late(self) -> Column:
        """How late the line starts again after a planned stop, seconds."""
        return _LATE_S * self.draws.of(_LATE_PURPOSE).exponential()

    def random(self, unit: Unit, salt: int = 0) -> Numbers:
        """The unit's own numbers; `salt` 0 to 2 for its purposes."""
        return self.draws.of(3 * list(self.plant.units).index(unit.id) + salt)

    def headers_of(self, unit: Unit) -> dict[str, str]:
        """`supply:MEDIUM` → header path, for the media whose potential bends the unit."""
        found = {}
        for effect in self.plant.class_of(unit.id).effects:
            if effect.by.startswith(SUPPLY):
                header = self.plant.supplier(unit.id, effect.by.removeprefix(SUPPLY))
                if header is not None and header in self.potentials:
                    found[effect.by] = header
        return found

    def paths(
        self, unit: Unit, values: Mapping[str, Believing], again: Mapping[str, Believing]
    ) -> dict[str, NDArray[np.float64]]:
        """Process values and supplies over the horizon, float64[R, T] by point or `supply:`.

        Args:
            unit: whose.
            values: at the start.
            again: as they were, for a restored unit; else empty.
        """
        headers = self.headers_of(unit)
        supplies = {by: self.potentials[header] for by, header in headers.items()}
        found = value_paths(
            self.plant,
            unit,
            values,
            again,
            supplies,
            {by: self.levels[header] for by, header in headers.items()},
            self.moves,
            self.t,
            self.random(unit),
        )
        return {**supplies, **found}

    def reference(
        self, unit: Unit, values: Mapping[str, Believing], levels: Mapping[str, float]
    ) -> dict[str, float]:
        """Process values and supplies of the time to which what was seen belongs."""
        found = {k: b.value for k, b in values.items()}
        headers = self.headers_of(unit)
        found.update({by: levels[header] for by, header in headers.items() if header in levels})
        return found

    def restored(self, machine: MachineStart) -> MachineStart | None:
        """The machine as it was, if the scenario restores it."""
        line = self.before.get(machine.unit.id)
        if line is None:
            return None
        return next((m for m in line.machines if m.unit.id == machine.unit.id), None)
