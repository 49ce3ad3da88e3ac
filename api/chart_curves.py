"""Curves over plant time, with bands; a gap is a gap. It must never smooth or bridge."""

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from api.chart_frame import COLOURS, GREY, STROKES, empty, measured, named, titled
from api.chart_text import legible
from twin_core.chart import Curves, Series
from twin_core.errors import BadInput
from twin_core.value import SECOND, Instant

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

_BUCKETS = 450
_DAY_US = 86_400 * SECOND
_SHORTEST_D = 10 / 86_400
_LATEST = 7_258_118_400 * SECOND
_MOST = 20
_FORMATS = ["%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M", "%H:%M:%S.%f"]
_AT_ZERO = ["%Y", "%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M:%S"]
_BESIDE = ["", "", "%Y", "%Y-%m-%d", "%Y-%m-%d", "%Y-%m-%d %H:%M"]
"""What ticks say of a year, month, day, hour, minute, second; and what stands once beside them."""
_NAME_EM = 18.0

Columns = tuple[NDArray[np.float64], ...]


def draw_curves(panel: "SubFigure", chart: Curves, timezone: str) -> None:
    """Every curve with its band; from `since` on it is marked as simulated."""
    drawn = [series for series in chart.series[:_MOST] if any(v is not None for v in series.value)]
    axes = titled(panel, chart.title)
    if not drawn:
        empty(axes, "No values in this time.")
        return
    for at, series in enumerate(drawn):
        _curve(axes, series, COLOURS[at % len(COLOURS)], STROKES[at // len(COLOURS) % 4])
    times = [t for series in drawn for t in series.time]
    if chart.since is not None and min(times) < chart.since <= max(times):
        axes.axvline(days(chart.since), color=GREY, linestyle=":", linewidth=1)
        axes.text(
            days(chart.since), 1.0, " simulated from here", transform=axes.get_xaxis_transform(),
            ha="left", va="top", fontsize=8.5, color=GREY,
        )  # fmt: skip
    axes.grid(visible=True, axis="y")
    axes.margins(x=0.01)
    axes.set_ylabel(measured(chart.unit))
    on_plant_time(axes, timezone, min(times), max(times))
    if len(drawn) > 1:
        panel.legend(loc="outside lower left", ncols=3)


def _curve(axes: "Axes", series: Series, colour: str, stroke: str) -> None:
    time, value, low, high = thinned(
        np.array([days(t) for t in series.time]),
        _numbers(series.value),
        _numbers(series.low),
        _numbers(series.high),
    )
    seen = np.isfinite(value)
    if len(low):
        low[~seen] = np.nan
        axes.fill_between(time, low, high, color=colour, alpha=0.2, linewidth=0)
    axes.plot(
        time, value, color=colour, linestyle=stroke, linewidth=1.6,
        label=named(series.name, _NAME_EM),
    )  # fmt: skip
    beside = np.concatenate(([False], seen, [False]))
    alone = seen & ~beside[:-2] & ~beside[2:]
    axes.plot(time[alone], value[alone], color=colour, linestyle="none", marker=".")


def thinned(
    time: NDArray[np.float64], value: NDArray[np.float64], *band: NDArray[np.float64]
) -> Columns:
    """Columns with as many rows as a screen can show: of each bucket lowest, highest, and gaps.

    A peak of one row stays, so does a gap of one row.

    Args:
        time: ascending.
        value: NaN is a gap.
        band: of the same length, or empty.
    """
    if len(time) <= 4 * _BUCKETS:
        return (time, value, *band)
    kept: set[int] = {0, len(time) - 1}
    for bucket in np.array_split(np.arange(len(time)), _BUCKETS):
        gaps = np.isnan(value[bucket])
        if gaps.any():
            kept.add(int(bucket[gaps][0]))
        if not gaps.all():
            kept |= {int(bucket[np.nanargmin(value[bucket])])}
            kept |= {int(bucket[np.nanargmax(value[bucket])])}
    rows = np.array(sorted(kept))
    return (time[rows], value[rows], *(column[rows] if len(column) else column for column in band))


def on_plant_time(axes: "Axes", timezone: str, first: Instant, last: Instant) -> None:
    """Ticks in the plant's time zone, which the axis names."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    zone = ZoneInfo(timezone)
    locator = AutoDateLocator(tz=zone, minticks=4, maxticks=12)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(
        ConciseDateFormatter(
            locator, tz=zone, formats=_FORMATS, zero_formats=_AT_ZERO, offset_formats=_BESIDE
        )
    )
    ends = (datetime.fromtimestamp(t / SECOND, zone) for t in (first, last))
    low, high = axes.get_xlim()
    if high - low < _SHORTEST_D:
        axes.set_xlim((low + high - _SHORTEST_D) / 2, (low + high + _SHORTEST_D) / 2)
    short = "/".join(dict.fromkeys(f"{end:%Z}" for end in ends))
    axes.set_xlabel(legible(timezone if short == timezone else f"{timezone} ({short})"))


def days(time: Instant) -> float:
    """Plant time as the axes count it: days since 1970.

    Raises:
        BadInput: before 1970 or after 2199.
    """
    if not 0 <= time <= _LATEST:
        raise BadInput(
            f"The time {time} cannot be drawn; allowed: 0 to {_LATEST} µs, 1970 to 2199."
        )
    return time / _DAY_US


def _numbers(column: tuple[float | None, ...]) -> NDArray[np.float64]:
    return np.array([np.nan if v is None else v for v in column], dtype=np.float64)
