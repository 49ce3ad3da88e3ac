"""The buffers of a line as people know them: named by their level, in its unit. It judges nothing.

It must never look at what is not between two machines of the line.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Point
from twin_core.plant.classes import Role
from twin_core.simulation.live.start import LineStart
from twin_core.simulation.model import Result

_ON_ITS_WAY, _FULL = 1.25, 0.96


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """One buffer of a result, all in `unit`.

    Attributes:
        subject: path of its level, or of the machine before it where no point shows it.
        point: that shows it, if one does.
        capacity: that fits; `grain` to which anything is known.
        stocked, roomy: whether at the start more lies there than is on its way, and whether there
            is room.
        course: float64[R, K + 1].
        least, most: float64[R].
    """

    subject: str
    point: Point | None
    unit: str
    capacity: float
    grain: float
    stocked: bool
    roomy: bool
    course: NDArray[np.float64]
    least: NDArray[np.float64]
    most: NDArray[np.float64]


def limited(start: LineStart) -> bool:
    """Whether the plant file gives an alarm limit of any buffer's level."""
    points = (b.conveyor.with_role(Role.LEVEL) for b in start.buffers if b.conveyor is not None)
    given = [p.spec for p in points if p is not None]
    return any(s.alarm_low is not None or s.alarm_high is not None for s in given)


def levels(result: Result) -> Iterator[Level]:
    """Every buffer with room, from the first on; none where no courses were asked for."""
    if not result.extremes.shape[2]:
        return
    sizes = result.frame.moves.sizes
    start = result.model.start
    for b, (buffer, before) in enumerate(zip(start.buffers, start.machines, strict=False)):
        size = sizes.get((buffer.link.source, buffer.link.target))
        capacity = buffer.capacity if size is None else size * before.worth
        if capacity <= 0:
            continue
        point = None if buffer.conveyor is None else buffer.conveyor.with_role(Role.LEVEL)
        flow = before.unit.flow
        scale, unit = before.worth, flow.unit_out if flow is not None else "1"
        if point is not None:
            unit = point.spec.unit
            scale = buffer.capacity / 100.0 if unit == "%" else scale
        yield Level(
            subject=before.unit.id if point is None else point.id,
            point=point,
            unit=unit,
            capacity=capacity / scale,
            grain=result.grain / scale,
            stocked=buffer.contents > max(_ON_ITS_WAY * buffer.moving * buffer.travel_s, 0.0),
            roomy=buffer.contents < _FULL * capacity,
            course=np.minimum(result.levels[:, b], max(capacity, buffer.capacity)) / scale,
            least=result.extremes[:, b, 0] / scale,
            most=result.extremes[:, b, 1] / scale,
        )
