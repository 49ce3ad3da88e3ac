"""What was measured over a span, of some points or all of an asset, and how to have it as a file.

Counted exactly in the history: readings, first to last, mean, extremes. It must never fill a gap,
nor write a file: it says the command and the address that do.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import Field

from tools.arguments import Arguments
from tools.hearing import units_under
from tools.result import ToolResult, no_data
from tools.scene import Scene
from tools.span import Span, read_span
from tools.wording import called, local, period, sentence
from twin_core.errors import UnknownName
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant, Point
from twin_core.units import number_text, quantity
from twin_core.value import JSON, SECOND, Instant

_BUCKET_S = 100.0
"""Shorter than two minutes: a reading counts in its own bucket (`Historian.buckets`)."""
_AGES_S = 20 * 366 * 86400.0
_LOOKS = 2000
_DAY_S = 86400.0
_MOST = 40


class SensorData(Arguments):
    """Readings of one measurement or of all of an asset, over a span, and the file to have them in.

    Use it for "download sensor data of …", "get all data of … from June 2020", "export …".
    """

    doing: ClassVar[tuple[str, str]] = ("Counting readings", "of")

    assets: list[str] = Field(min_length=1, max_length=8, description="machines or lines")
    measurement: str = Field(default="", description="what is measured; empty = everything")
    span: str = Field(default="", description="“June 2020”, “last 24 h”; empty = last 24 h")


@dataclass(frozen=True, slots=True)
class _Counted:
    count: int
    mean: float
    low: float
    high: float


async def sensor_data(
    scene: Scene, assets: Sequence[str], measurement: str = "", span: str = ""
) -> ToolResult:
    """Each point's readings in numbers, then one file of them all."""
    snapshot = scene.look()
    plant = snapshot.plant
    asked = read_span(span, snapshot.now, plant, _DAY_S)
    held: list[Point] = []
    evidence: list[Evidence] = []
    empty: list[Evidence] = []
    for name in assets:
        path = scene.asset(name)
        points = _points(scene, measurement, path, plant)
        if not points:
            empty.append(_nothing(measurement, path, asked, snapshot.now, plant))
        if len(points) > _MOST:
            empty.append(_uncounted(len(points) - _MOST, path, snapshot.now, plant))
        for point in points[:_MOST]:
            counted = await _counted(scene, point, asked)
            if counted.count:
                held.append(point)
                evidence.append(_evidence(point, counted, asked, plant))
            elif len(points) == 1:
                empty.append(await _silent(scene, point, asked, snapshot.now, plant))
        if len(points) > 1 and not any(p in held for p in points):
            empty.append(_nothing("", path, asked, snapshot.now, plant))
    if not held:
        return no_data(" ".join(e.statement for e in empty), *empty)
    file = _file(held, asked, plant)
    evidence = [evidence[0], file, *evidence[1:]] if len(evidence) == 1 else [file, *evidence]
    return ToolResult(status="ok", text=evidence[0].statement, evidence=(*evidence, *empty))


def _points(scene: Scene, measurement: str, path: str, plant: Plant) -> list[Point]:
    if measurement.strip():
        try:
            return [scene.point(measurement, path)]
        except UnknownName:
            return []
    return [p for unit in units_under(path, plant) for p in unit.points]


async def _counted(scene: Scene, point: Point, asked: Span) -> _Counted:
    """Exactly, from buckets so short that none lends a reading to its neighbour."""
    n = max(1, math.ceil(asked.seconds / _BUCKET_S))
    got = await scene.history(point.id, asked.start, asked.end, n)
    count = np.asarray(got["count"], dtype=float)
    seen = count > 0
    if not seen.any():
        return _Counted(0, math.nan, math.nan, math.nan)
    mean = np.asarray(got["mean"], dtype=float)[seen]
    return _Counted(
        int(count.sum()),
        float(np.average(mean, weights=count[seen])),
        float(np.asarray(got["low"], dtype=float)[seen].min()),
        float(np.asarray(got["high"], dtype=float)[seen].max()),
    )


def _evidence(point: Point, counted: _Counted, asked: Span, plant: Plant) -> Evidence:
    unit = point.spec.unit
    told = (
        f"mean {quantity(counted.mean, unit)}, lowest {number_text(counted.low)}, "
        f"highest {quantity(counted.high, unit)}"
    )
    if point.spec.type == "bool":
        told = f"{round(counted.mean * counted.count)} of them on"
    return Evidence(
        kind="series", subject=point.id, time=asked.end, origin="history",
        statement=(
            f"{sentence(called(point.id, plant))} {period(asked.start, asked.end, plant)}: "
            f"{counted.count} reading{'' if counted.count == 1 else 's'}, {told}."
        ),
        data={
            "count": counted.count, "mean": counted.mean, "low": counted.low, "high": counted.high,
            "on": round(counted.mean * counted.count), "unit": unit,
            "start": asked.start, "end": asked.end,
        },
    )  # fmt: skip


def _file(points: Sequence[Point], asked: Span, plant: Plant) -> Evidence:
    """How to have it all as one file, of the command line and of a program."""
    first, last = (
        local(t, plant).replace(tzinfo=None).isoformat(timespec="minutes")
        for t in (asked.start, asked.end)
    )
    ids = [p.id for p in points]
    query = "&".join([*(f"point={i}" for i in ids), f"start={asked.start}", f"end={asked.end}"])
    what = f"all {len(ids)} measurements" if len(ids) > 1 else "it"
    return Evidence(
        kind="series", subject=ids[0].rsplit("/", 1)[0], time=asked.end, origin="history",
        statement=f"One file of {what}: “opstwin export {' '.join(ids)} --from {first} --to {last} "
        "--out readings.csv”.",
        data={"points": ids, "measurements": len(ids), "address": f"/export?{query}",
              "from": first, "to": last, "start": asked.start, "end": asked.end},
    )  # fmt: skip


def _nothing(measurement: str, path: str, asked: Span, now: Instant, plant: Plant) -> Evidence:
    what = f"measurement called “{measurement}”" if measurement else "reading"
    when = "" if measurement else f" {period(asked.start, asked.end, plant)}"
    return Evidence(
        kind="source", subject=path, time=now, quality="bad",
        statement=f"There is no {what} of {called(path, plant)}{when}.",
        data={"count": 0, "start": asked.start, "end": asked.end},
    )  # fmt: skip


def _uncounted(left: int, path: str, now: Instant, plant: Plant) -> Evidence:
    """That an asset has more measurements than are counted at once."""
    return Evidence(
        kind="source", subject=path, time=now, quality="bad",
        statement=f"{sentence(called(path, plant))} has {left} more measurements, which are "
        f"neither counted nor in the file: at most {_MOST} are taken at once. Name a machine.",
        data={"left": left, "most": _MOST},
    )  # fmt: skip


async def _silent(scene: Scene, point: Point, asked: Span, now: Instant, plant: Plant) -> Evidence:
    """That nothing is held of a point in the span, and between which days there is something."""
    start = now - round(_AGES_S * SECOND)
    got = await scene.history(point.id, start, now, _LOOKS)
    seen = np.flatnonzero(np.asarray(got["count"], dtype=float) > 0)
    data: dict[str, JSON] = {"count": 0, "start": asked.start, "end": asked.end}
    held = " Nothing at all is held of it."
    if len(seen):
        step = (now - start) / _LOOKS
        days = [
            local(round(start + at * step), plant).date().isoformat()
            for at in (seen[0], seen[-1] + 1)
        ]
        held = f" What is held of it lies between {days[0]} and {days[1]}."
        data |= {"first": days[0], "last": days[1]}
    return Evidence(
        kind="source", subject=point.id, time=now, quality="bad", data=data,
        statement=f"There is no reading of the {called(point.id, plant)} "
        f"{period(asked.start, asked.end, plant)}.{held}",
    )  # fmt: skip
