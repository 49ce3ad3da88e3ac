"""What a line is given to run: plans of machines and buffers.

All quantities are in the line's unit of flow and plant seconds. It must never hold behaviour.
"""

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True)
class MachineSetting:
    """What a machine can do from `at_s` on.

    Attributes:
        rate: the most it takes in, per second.
        rejects: share of what it takes in that is thrown out (0..1).
        hazards: stops per second of running at full rate, one entry a law of `MachinePlan.laws`.
    """

    at_s: float
    rate: float
    rejects: float = 0.0
    hazards: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class MachinePlan:
    """A machine over the horizon.

    Attributes:
        settings: ascending in time, the first at 0.
        laws: mean length in seconds of the stops of each law; laws compete independently.
        down_s: it stands still now for so much longer.
        outages: (start, duration) pairs in seconds in which it does not run.
    """

    settings: tuple[MachineSetting, ...]
    laws: tuple[float, ...] = ()
    down_s: float = 0.0
    outages: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class BufferSetting:
    """What lies between two machines: it holds `capacity` and brings `carries` per second.

    What has been brought to the far end waits there and is taken as fast as the machine can;
    where nothing is carried nothing is put on or taken off either.
    """

    at_s: float
    capacity: float
    carries: float = inf


@dataclass(frozen=True, slots=True)
class BufferPlan:
    """A buffer over the horizon.

    Attributes:
        contents: what lies on it at 0; `held_back` of it has not reached the far end although
            its travel time is over (a slow conveyor).
        arriving: rate at which its contents reach the far end during the first `travel_s`.
        conveyor: whether what it carries is limited, or may be in another scenario.
    """

    settings: tuple[BufferSetting, ...]
    contents: float = 0.0
    travel_s: float = 0.0
    arriving: float = 0.0
    held_back: float = 0.0
    conveyor: bool = False


@dataclass(frozen=True, slots=True)
class LinePlan:
    """n machines, n - 1 buffers between them, and the machine whose output is counted."""

    machines: tuple[MachinePlan, ...]
    buffers: tuple[BufferPlan, ...]
    counted: int
    horizon_s: float
