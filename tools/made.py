"""How much left a line or a machine over a span, in its own unit, by its own counter.

From the first reading heard to the last. A counter that starts anew is gone on with; what was not
heard is said, and never made up for.
"""

from typing import ClassVar

import numpy as np
from pydantic import Field

from tools.arguments import Arguments
from tools.result import ToolResult, no_data
from tools.scene import Scene
from tools.span import Span, read_span
from tools.trend import counter_of, curve_of
from tools.wording import called, duration, period, sentence
from twin_core.errors import NoData
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant, Point
from twin_core.plant.classes import Role
from twin_core.twin import GRID_S
from twin_core.units import quantity
from twin_core.value import SECOND

_HALF_HOUR_S = 1800.0
_MISSED_S = 60.0


class Made(Arguments):
    """How many pieces a line or one machine put out over a span, in its own unit.

    Use it for "how many has … put out?", "how much did … make today?".
    """

    doing: ClassVar[tuple[str, str]] = ("Counting what left", "at")

    asset: str = Field(description="line or machine as people call it")
    span: str = Field(default="", description="“last 30 min”, “this shift”; empty = last 30 min")


async def made(scene: Scene, asset: str, span: str = "") -> ToolResult:
    """What the counter went up by."""
    snapshot = scene.look()
    path, plant = scene.asset(asset), snapshot.plant
    silent = scene.silent(path)
    asked = read_span(span, snapshot.now, plant, _HALF_HOUR_S)
    point, worth, unit = _counted(path, plant)
    # The count at the beginning stands in the reading before it.
    around = Span(asked.start - GRID_S * SECOND, asked.end, asked.said)
    curve = await curve_of(scene, snapshot, point, around)
    heard = np.isfinite(curve.high)
    time, top = curve.time[heard], curve.high[heard]
    if len(time) < 2:
        told = silent or Evidence(
            kind="source", subject=path, time=asked.end, quality="bad",
            statement=f"What {called(path, plant)} put out "
            f"{period(asked.start, asked.end, plant)} is not known: no counts were heard.",
            data={"start": asked.start, "end": asked.end},
        )  # fmt: skip
        return no_data(told.statement, told)
    steps = np.diff(top)
    count = float(np.where(steps < 0, top[1:], steps).sum()) * worth
    first, last = round(float(time[0]) * SECOND), round(float(time[-1]) * SECOND)
    missed = asked.seconds - (last - max(first, asked.start)) / SECOND
    gap = f" {sentence(duration(missed))} of the span was not heard." if missed > _MISSED_S else ""
    found = Evidence(
        kind="indicator",
        subject=path,
        statement=f"{sentence(called(path, plant))} put out {quantity(round(count), unit)} "
        f"{period(max(first, asked.start), last, plant)}.{gap}",
        data={"made": count, "unit": unit, "start": first, "end": last, "missed_s": missed},
        time=last,
        quality="good" if missed < asked.seconds / 2 else "uncertain",
        origin=point.source,
    )
    return ToolResult(
        status="ok", text=found.statement,
        evidence=(found,) if silent is None else (found, silent),
    )  # fmt: skip


def _counted(path: str, plant: Plant) -> tuple[Point, float, str]:
    """The counter, what one count is worth, and the unit of that."""
    if path in plant.units:
        unit = plant.unit(path)
        point = unit.with_role(Role.PRODUCED)
        if point is None or unit.flow is None:
            raise NoData(f"a counter of {called(path, plant)}", "ever")
        return point, 1.0, unit.flow.unit_out
    if len(path.split("/")) != 3:
        raise NoData(f"one counter of {called(path, plant)}", "ever: ask for a line")
    line = plant.line(path)
    point, worth = counter_of(line, plant)
    return point, worth, str(line.unit_of_flow)
