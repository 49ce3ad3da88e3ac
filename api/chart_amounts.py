"""Amounts row by row: bars, values with intervals, and waterfalls. Never is an axis of bars cut.

A bar is read by its length, so it begins at zero; a mark with an interval is read by its place, so
its axis may begin where the marks do (Cleveland and McGill, JASA 79, 1984).
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from api.chart_frame import (
    BLUE,
    FAINT,
    GREY,
    INK,
    MOST_ROWS,
    VERMILLION,
    empty,
    left_out,
    measured,
    rows,
    titled,
)
from twin_core.chart import Bars, Waterfall
from twin_core.units import number, number_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

_ROOM = 0.12


def draw_bars(panel: "SubFigure", chart: Bars) -> None:
    """A bar from zero a label; with intervals, a mark in its interval."""
    shown = min(len(chart.labels), MOST_ROWS)
    under = left_out(shown, len(chart.labels), "rows")
    axes = titled(panel, chart.title, under + ("Mean and 90 % interval." if chart.low else ""))
    if not shown:
        empty(axes, "Nothing to compare.")
        return
    values = chart.values[:shown]
    if chart.low:
        low, high = chart.low[:shown], chart.high[:shown]
        axes.hlines(range(shown), low, high, color=BLUE, linewidth=2.2)
        axes.plot(values, range(shown), color=BLUE, linestyle="none", marker="o", markersize=8)
        ends = [max(pair) for pair in zip(values, high, strict=True)]
    else:
        axes.barh(range(shown), values, height=0.6, color=BLUE)
        axes.axvline(0, color=GREY, linewidth=0.8)
        ends = list(values)
    if chart.reference is not None:
        axes.axvline(chart.reference, color=INK, linestyle="--", linewidth=1)
    for row, (value, end) in enumerate(zip(values, ends, strict=True)):
        _told(axes, row, end, number_text(value), left=not chart.low and value < 0)
    rows(axes, chart.labels[:shown])
    starts = (*chart.low[:shown], *chart.high[:shown]) or (0.0,)
    _room(axes, [*values, *starts])
    axes.set_xlabel(measured(chart.unit))


def draw_waterfall(panel: "SubFigure", chart: Waterfall) -> None:
    """From the first value to the last, each step where the one before it ended."""
    steps = chart.steps[: MOST_ROWS - 2]
    axes = titled(panel, chart.title, left_out(len(steps), len(chart.steps), "steps"))
    sums = list(accumulate((step.value for step in steps), initial=chart.value))
    total = chart.value + sum(step.value for step in chart.steps)
    names = [chart.first, *(step.label for step in steps), chart.last]
    axes.barh([0, len(names) - 1], [chart.value, total], height=0.6, color=GREY)
    for row, (step, before, after) in enumerate(zip(steps, sums, sums[1:], strict=False), start=1):
        gains = step.value >= 0
        axes.barh(
            row, step.value, left=before, height=0.6, color=BLUE if gains else VERMILLION,
            hatch="" if gains else "//", edgecolor="white", linewidth=0,
        )  # fmt: skip
        axes.vlines(before, row - 0.7, row - 0.3, color=GREY, linewidth=0.8)
        signed = (
            f"+{number_text(step.value)}" if number(step.value) > 0 else number_text(step.value)
        )
        _told(axes, row, max(before, after), signed)
    axes.vlines(sums[-1], len(names) - 1.7, len(names) - 1.3, color=GREY, linewidth=0.8)
    for row, value in ((0, chart.value), (len(names) - 1, total)):
        _told(axes, row, max(0.0, value), number_text(value))
    axes.axvline(0, color=GREY, linewidth=0.8)
    rows(axes, names)
    _room(axes, [0.0, total, *sums])
    axes.set_xlabel(measured(chart.unit))


def _room(axes: "Axes", edges: Sequence[float]) -> None:
    """Room for the numbers beside what is drawn; none on the side of zero where bars begin."""
    low, high = min(edges), max(edges)
    room = (high - low) * _ROOM or max(abs(low), 1.0) * _ROOM
    axes.set_xlim(low - room * (low != 0), high + room * (high != 0 or low == 0))


def _told(axes: "Axes", row: int, at: float, text: str, *, left: bool = False) -> None:
    """A number beside the end of what is drawn."""
    axes.annotate(
        text, (at, row), xytext=(-6 if left else 6, 0), textcoords="offset points",
        ha="right" if left else "left", va="center", fontsize=9.5,
        bbox={"facecolor": "white", "edgecolor": FAINT, "linewidth": 0, "pad": 0.8},
    )  # fmt: skip
