"""How a value went over a span: first, last, mean, extremes, direction, and the curve.

Inside the settled last hour it reads the snapshot, else the history. It must never bridge a gap:
what was not heard is missing, and the share that was heard is said.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from tools.arguments import Arguments
from tools.result import ToolResult, no_data
from tools.scene import Scene
from tools.span import Span, read_span, to_come
from tools.wording import called, moment, percent, period, sentence
from twin_core.chart import Curves, Series
from twin_core.errors import NoData
from twin_core.evidence import Evidence
from twin_core.plant.assets import Line, Plant, Point
from twin_core.plant.classes import Role
from twin_core.twin import GRID_S, Snapshot
from twin_core.units import quantity, unit_text
from twin_core.value import SECOND, Instant

_BUCKETS = 120
_SURE = 3.0


class Trend(Arguments):
    """How one measurement (or a line's rate) went over a span of time, with its curve.

    Use it for "how has … changed?", "show … over the last hour", "when did … drop?". Of the past
    only: for a time that is yet to come use `what_if` with it as the horizon.
    """

    doing: ClassVar[tuple[str, str]] = ("Reading the history", "of")

    measurement: str = Field(description="what is measured, as people say it; “rate” is a line's")
    asset: str = Field(description="machine, line or utility as people call it")
    span: str = Field(
        default="", description="“last 30 min”, “since 13:00”, “this shift”; empty = last 30 min"
    )


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Means, lows and highs per bucket (NaN where nothing was heard); times are bucket ends, s."""

    time: NDArray[np.float64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


async def trend(scene: Scene, measurement: str, asset: str, span: str = "") -> ToolResult:
    """The curve of one point, or of a line's rate."""
    snapshot = scene.look()
    path = scene.asset(asset)
    ahead = to_come(span, snapshot.now, snapshot.plant)
    if ahead:
        return _not_yet(path, ahead, snapshot)
    asked = read_span(span, snapshot.now, snapshot.plant)
    line = scene.rate_meant(measurement, path)
    if line is not None:
        counted, worth = counter_of(line, snapshot.plant)
        curve = _rate(await curve_of(scene, snapshot, counted, asked), worth)
        name, unit, noise = f"rate of {called(line.id, snapshot.plant)}", line.unit_of_flow, 0.0
        subject, unit = line.id, f"{unit}/min"
    else:
        point = scene.point(measurement, path)
        curve = await curve_of(scene, snapshot, point, asked)
        name, unit, noise = called(point.id, snapshot.plant), point.spec.unit, point.spec.noise
        subject = point.id
    silent = scene.silent(subject)
    seen = np.isfinite(curve.mean)
    when = period(asked.start, asked.end, snapshot.plant)
    if not seen.any():
        told = silent or Evidence(
            kind="source",
            subject=subject,
            statement=f"There is no data of the {name} {when}.",
            data={"start": asked.start, "end": asked.end},
            time=asked.end,
            quality="bad",
        )
        return no_data(told.statement, told)
    found = _evidence(curve, name, unit, noise, subject, asked, snapshot)
    beside = () if line is None else _beside_nominal(found, line, snapshot)
    return ToolResult(
        status="ok",
        text=found.statement,
        evidence=(found, *beside) if silent is None else (found, *beside, silent),
        charts=(_chart(curve, name, unit),),
    )


def _not_yet(path: str, ahead: str, snapshot: Snapshot) -> ToolResult:
    """That what is asked is yet to come: the forecast tells it; `ahead` in the data is how far."""
    told = Evidence(
        kind="source",
        subject=path,
        statement=(
            f"“{ahead}” is yet to come, it is {moment(snapshot.now, snapshot.plant)}: what lies "
            f"ahead is forecast, and the past is asked for as “yesterday {ahead}”."
        ),
        data={"ahead": ahead},
        time=snapshot.now,
        quality="bad",
    )
    return no_data(told.statement, told)


async def curve_of(scene: Scene, snapshot: Snapshot, point: Point, asked: Span) -> Curve:
    """The course of one point over a span: of the settled last hour, or from the history."""
    recent = snapshot.recent
    index = snapshot.plant.index[point.id]
    if len(recent.time) and asked.start >= int(recent.time[0]) - GRID_S * SECOND:
        rows = recent.span(asked.start, asked.end)
        return Curve(
            recent.time[rows] / SECOND,
            recent.mean[rows, index],
            recent.low[rows, index].astype(float),
            recent.high[rows, index].astype(float),
        )
    got = await scene.history(point.id, asked.start, asked.end, _BUCKETS)
    return Curve(
        np.asarray(got["time"], float),
        np.asarray(got["mean"], float),
        np.asarray(got["low"], float),
        np.asarray(got["high"], float),
    )


def counter_of(line: Line, plant: Plant) -> tuple[Point, float]:
    """The PRODUCED point that counts the line's output, and what one count is worth."""
    machine = plant.counter(line)
    point = machine.with_role(Role.PRODUCED) if machine is not None else None
    if machine is None or point is None:
        raise NoData(f"a counter of {called(line.id, plant)}", "ever")
    return point, plant.in_flow(line, machine)


def _rate(counts: Curve, worth: float) -> Curve:
    """Counts as unit of flow per minute between heard buckets; a counter's restart is a gap."""
    heard = np.isfinite(counts.high)
    time, top = counts.time[heard], counts.high[heard]
    if len(time) < 2:
        empty = np.full(len(counts.time), np.nan)
        return Curve(counts.time, empty, empty, empty)
    per_min = np.diff(top) * worth / np.diff(time) * 60.0
    per_min[np.diff(top) < 0] = np.nan
    return Curve(time[1:], per_min, per_min, per_min)


def _evidence(
    curve: Curve,
    name: str,
    unit: str,
    noise: float,
    subject: str,
    asked: Span,
    snapshot: Snapshot,
) -> Evidence:
    seen = np.isfinite(curve.mean)
    time, mean = curve.time[seen], curve.mean[seen]
    low, high = float(np.nanmin(curve.low)), float(np.nanmax(curve.high))
    edge = max(1, len(mean) // 6)
    first, last = float(np.mean(mean[:edge])), float(np.mean(mean[-edge:]))
    way = _direction(mean, edge, noise)
    plant = snapshot.plant
    lowest = moment(_instant(time[int(np.argmin(mean))]), plant, snapshot.now)
    complete = float(seen.mean())
    gaps = "" if complete > 0.98 else f" Heard for {percent(complete)} of the span."
    return Evidence(
        kind="series",
        subject=subject,
        statement=(
            f"{sentence(name)} {period(asked.start, asked.end, plant)}: {way}, at first "
            f"{quantity(first, unit)}, at last {quantity(last, unit)}, mean "
            f"{quantity(float(np.mean(mean)), unit)}, between {quantity(low, unit)} and "
            f"{quantity(high, unit)}, lowest about {lowest}.{gaps}"
        ),
        data={
            "first": first,
            "last": last,
            "mean": float(np.mean(mean)),
            "low": low,
            "high": high,
            "unit": unit,
            "start": asked.start,
            "end": asked.end,
            "span": asked.said,
            "complete": complete,
            "direction": way,
        },
        time=_instant(time[-1]),
        quality="good" if complete > 0.5 else "uncertain",
    )


def _beside_nominal(found: Evidence, line: Line, snapshot: Snapshot) -> tuple[Evidence, ...]:
    """How far the mean of a line's rate stands from what its present product should make."""
    known = snapshot.indicators.get(line.id)
    if known is None or not known.nominal:
        return ()
    share = found.data["mean"] / known.nominal - 1.0
    below = "below" if share < 0 else "above"
    nominal = quantity(known.nominal, known.unit)
    return (
        Evidence(
            kind="indicator",
            subject=line.id,
            statement=f"That mean is {percent(abs(share))} {below} the nominal rate of "
            f"{called(line.id, snapshot.plant)}, {nominal}.",
            data={"share": abs(share), "nominal": known.nominal, "unit": known.unit},
            time=found.time,
        ),
    )


def _direction(mean: NDArray[np.float64], edge: int, noise: float) -> str:
    """Rising, falling or steady: the ends' means against their scatter and the sensor's noise."""
    if len(mean) < 3:
        return "too short to tell a direction"
    change = float(np.mean(mean[-edge:]) - np.mean(mean[:edge]))
    scatter = float(np.std(np.diff(mean))) / np.sqrt(2) if len(mean) > 3 else 0.0
    sure = _SURE * max(scatter / np.sqrt(edge), noise / np.sqrt(edge), 0.005 * abs(mean[0]))
    if abs(change) <= sure:
        return "steady"
    return "rising" if change > 0 else "falling"


def _chart(curve: Curve, name: str, unit: str) -> Curves:
    def column(values: NDArray[np.float64]) -> tuple[float | None, ...]:
        return tuple(float(v) if np.isfinite(v) else None for v in values)

    series = Series(
        name=name,
        unit=unit_text(unit),
        time=tuple(_instant(t) for t in curve.time),
        value=column(curve.mean),
    )
    return Curves(title=sentence(name), series=(series,), unit=unit_text(unit))


def _instant(seconds: float) -> Instant:
    return round(float(seconds) * SECOND)
