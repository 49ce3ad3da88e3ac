"""What may come, and what came: distributions, and predictions against observations.

A distribution is drawn as twenty dots, each one chance in twenty, because people decide better by
counting dots than by reading areas (Kay, Kola, Hullman and Munson, CHI 2016; Fernandes, Walls,
Munson, Hullman and Kay, CHI 2018). It must never draw a shape that the sample does not have.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from api.chart_frame import (
    COLOURS,
    GREY,
    INK,
    VERMILLION,
    empty,
    left_out,
    measured,
    named,
    titled,
)
from api.chart_text import wrapped
from twin_core.chart import Cloud, Distribution, Scatter, Spread
from twin_core.units import number_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

DOTS = 20
_MOST = 8
_ACROSS_PT, _UP_PT = 470.0, 62.0
"""Room for the dots of one row."""
_LARGEST_PT, _SMALLEST_PT = 10.0, 3.0
_NAME_EM = 14.0
_POINTS = 3000
_UNDER_EM = 36.0


def draw_distribution(panel: "SubFigure", chart: Distribution) -> None:
    """Row by row on one axis: twenty dots, and below them the mean and its interval."""
    spreads = chart.spreads[:_MOST]
    under = "Each dot is one chance in 20; bar: mean and 90 % interval of what will come."
    axes = titled(panel, chart.title, left_out(len(spreads), len(chart.spreads), "rows") + under)
    if not spreads:
        empty(axes, "Nothing was simulated.")
        return
    edges = [e for s in spreads for e in (*dots_of(s.quantiles), s.low, s.mean, s.high)]
    low, high = min(edges), max(edges)
    room = (high - low) * 0.04 or max(abs(low), 1.0) * 0.01
    axes.set_xlim(low - room, high + room)
    for row, spread in enumerate(spreads):
        _spread(axes, row, spread, COLOURS[row % len(COLOURS)])
    names = [wrapped(s.name, _NAME_EM, 3) for s in spreads]
    axes.set_yticks([row + 0.62 for row in range(len(spreads))], names)
    axes.set_ylim(len(spreads) - 0.02, -0.1)
    axes.spines["left"].set_visible(False)
    axes.grid(visible=True, axis="x")
    axes.set_xlabel(measured(chart.unit))


def _spread(axes: "Axes", row: int, spread: Spread, colour: str) -> None:
    first, last = axes.get_xlim()
    dots = dots_of(spread.quantiles)
    size, placed = stacked(((dots - first) / (last - first) * _ACROSS_PT).tolist())
    base = row + 0.62
    across = [first + x / _ACROSS_PT * (last - first) for x, _ in placed]
    up = [base - up * 0.66 / _UP_PT for _, up in placed]
    axes.plot(across, up, color=colour, linestyle="none", marker="o", markersize=size * 0.92,
              markeredgewidth=0)  # fmt: skip
    axes.axhline(base, color=colour, linewidth=0.8, alpha=0.5)
    axes.hlines(row + 0.74, spread.low, spread.high, color=INK, linewidth=2)
    axes.plot(spread.mean, row + 0.74, color=INK, marker="o", markersize=6)
    told = (
        f"{number_text(spread.mean)} ({number_text(spread.low)} to {number_text(spread.high)}), "
        f"{spread.n} replications"
    )
    left = spread.mean - first > (last - first) / 2
    axes.annotate(
        told, (last if left else first, row + 0.74), xytext=(0, -9), textcoords="offset points",
        ha="right" if left else "left", va="center", fontsize=9,
    )  # fmt: skip


def dots_of(quantiles: Sequence[float]) -> NDArray[np.float64]:
    """Twenty values, each in the middle of its twentieth of probability."""
    steps = np.linspace(0, 1, len(quantiles))
    return np.interp((np.arange(DOTS) + 0.5) / DOTS, steps, np.asarray(quantiles, dtype=np.float64))


def stacked(across: Sequence[float]) -> tuple[float, list[tuple[float, float]]]:
    """The largest size of dots whose stacks fit, and each dot's place and height, all in points.

    Dots nearer than a dot's width stand on one another, in the middle of them (Wilkinson, *The
    American Statistician* 53, 1999).

    Args:
        across: ascending places.
    """
    size, groups = _LARGEST_PT, _grouped(across, _LARGEST_PT)
    while size > _SMALLEST_PT and max(map(len, groups)) * size > _UP_PT:
        size -= 0.5
        groups = _grouped(across, size)
    step = min(size, _UP_PT / max(map(len, groups)))
    return size, [
        (sum(group) / len(group), (level + 0.5) * step)
        for group in groups
        for level in range(len(group))
    ]


def _grouped(across: Sequence[float], size: float) -> list[list[float]]:
    groups: list[list[float]] = []
    for x in across:
        if groups and x - groups[-1][0] < size:
            groups[-1].append(x)
        else:
            groups.append([x])
    return groups


def draw_scatter(panel: "SubFigure", chart: Scatter) -> None:
    """Predicted across, observed up, the line where both are equal; how many intervals held."""
    clouds = [cloud for cloud in chart.clouds[: len(COLOURS)] if cloud.predicted]
    held = [h for cloud in clouds for h in _held(cloud)]
    under = "On the line, what was observed is what was predicted."
    if held:
        under += (
            f" {sum(held)} of {len(held)} observed lie in their {100 * chart.level:.3g} % interval "
            f"({100 * sum(held) / len(held):.3g} %); those outside are hollow."
        )
    axes = titled(panel, chart.title, under, _UNDER_EM)
    if not clouds:
        empty(axes, "Nothing was predicted yet.")
        return
    for colour, cloud in zip(COLOURS, clouds, strict=False):
        _cloud(axes, cloud, colour)
    edges = [e for c in clouds for e in (*c.predicted, *c.observed, *c.low, *c.high)]
    room = (max(edges) - min(edges)) * 0.05 or max(abs(min(edges)), 1.0) * 0.05
    ends = (min(edges) - room, max(edges) + room)
    axes.plot(ends, ends, color=GREY, linestyle="--", linewidth=1, zorder=1)
    axes.set(xlim=ends, ylim=ends, aspect="equal")
    axes.grid(visible=True)
    axes.set_xlabel(measured(chart.unit, "predicted"))
    axes.set_ylabel(measured(chart.unit, "observed"))
    if len(clouds) > 1:
        panel.legend(loc="outside right upper")


def _cloud(axes: "Axes", cloud: Cloud, colour: str) -> None:
    rows = _evenly(len(cloud.predicted))
    across, up = np.array(cloud.predicted)[rows], np.array(cloud.observed)[rows]
    inside = np.array(_held(cloud) or [True] * len(cloud.predicted))[rows]
    if cloud.low:
        low, high = np.array(cloud.low)[rows], np.array(cloud.high)[rows]
        axes.hlines(up, low, high, color=colour, linewidth=0.8, alpha=0.45)
    axes.plot(across[inside], up[inside], color=colour, linestyle="none", marker="o", markersize=5,
              label=named(cloud.name, _NAME_EM))  # fmt: skip
    axes.plot(across[~inside], up[~inside], color=VERMILLION, linestyle="none", marker="o",
              markersize=6, markerfacecolor="white", markeredgewidth=1.4)  # fmt: skip


def _held(cloud: Cloud) -> list[bool]:
    columns = zip(cloud.low, cloud.observed, cloud.high, strict=bool(cloud.low))
    return [low <= seen <= high for low, seen, high in columns] if cloud.low else []


def _evenly(n: int) -> NDArray[np.int64]:
    """Rows that stand for all where there are more than can be told apart."""
    return np.unique(np.linspace(0, n - 1, min(n, _POINTS)).astype(np.int64))
