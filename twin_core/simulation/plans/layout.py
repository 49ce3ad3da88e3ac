"""What a line is given to run: plans of machines and buffers, a row a replication.

All quantities are in the line's unit of flow and plant seconds. A setting holds from its `at_s` on
to the next one's; the first is at 0, and rows with fewer settings than others end in such as never
come (`at_s` endless). It must never hold behaviour.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.simulation.numbers import Column

Table = NDArray[np.float64]
"""By replication and setting, float64[R, S]."""


@dataclass(frozen=True, slots=True, eq=False)
class MachinePlan:
    """A machine over the horizon.

    Attributes:
        at_s: of its settings.
        rate: the most it takes in, per second.
        rejects: share of what it takes in that is thrown out (0..1).
        hazards: stops per second of running at full rate, by law, float64[R, S, L].
        laws: mean length in seconds of the stops of each law, float64[R, L]; they compete
            independently.
        down_s: it stands still now for so much longer.
        outages: (start, seconds) in which it does not run, float64[R, J, 2].
    """

    at_s: Table
    rate: Table
    rejects: Table
    hazards: NDArray[np.float64]
    laws: Table
    down_s: Column
    outages: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class BufferPlan:
    """What lies between two machines over the horizon.

    What has been brought to the far end waits there and is taken as fast as the machine can;
    where nothing is carried nothing is put on or taken off either.

    Attributes:
        at_s: of its settings.
        capacity: what it holds; `carries` what it brings per second.
        contents: what lies on it at 0; `held_back` of it has not reached the far end although
            its travel time is over (a slow conveyor).
        arriving: rate at which its contents reach the far end during the first `travel_s`.
        conveyor: whether what it carries is limited, or may be in another scenario.
    """

    at_s: Table
    capacity: Table
    carries: Table
    contents: Column
    held_back: Column
    travel_s: float = 0.0
    arriving: float = 0.0
    conveyor: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class LinePlan:
    """n machines, n - 1 buffers between them, and the machine whose output is counted."""

    machines: tuple[MachinePlan, ...]
    buffers: tuple[BufferPlan, ...]
    counted: int
    horizon_s: float
