"""Plans: what machines and vehicles do when, what is due and what will be late.

It must never move a span: what overlaps is seen to overlap.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from api.chart_curves import days, on_plant_time
from api.chart_frame import (
    COLOURS,
    FAINT,
    GREY,
    INK,
    MOST_ROWS,
    VERMILLION,
    empty,
    left_out,
    rows,
    titled,
)
from api.chart_text import cut, legible, wide
from tools.wording import duration
from twin_core.chart import Gantt, Span
from twin_core.value import SECOND

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

_SECONDS = ((7200.0, 1.0, "s"), (3 * 86400.0, 60.0, "min"), (float("inf"), 3600.0, "h"))
_KEY = {"changeover": "Hatched: changeover. ", "closed": "Grey: closed. "}
_ACROSS_PT, _SMALL_PT = 520.0, 8.5
_LOOKS: dict[str, dict[str, Any]] = {
    "closed": {"facecolor": FAINT, "edgecolor": FAINT, "zorder": 1},
    "changeover": {"facecolor": "white", "edgecolor": GREY, "hatch": "////", "zorder": 2},
    "work": {"edgecolor": "white", "zorder": 2},
}
_MOST_SPANS = 4000
_LANES, _LANE = 6, 0.5
_MOST_DUE = 200
_NAME_EM = 14.0
_LIGHT = frozenset({"#CC79A7", "#E69F00", "#56B4E9"})


def draw_gantt(panel: "SubFigure", chart: Gantt, timezone: str) -> None:
    """One row a machine or vehicle; every job has one colour, and its name where it fits."""
    names = chart.rows[:MOST_ROWS]
    spans = [s for s in chart.spans if s.row in set(names)][:_MOST_SPANS]
    told = f"{len(_late(chart))} of {len(chart.due)} jobs late. " if chart.due else ""
    key = "".join(text for doing, text in _KEY.items() if any(s.doing == doing for s in spans))
    under = told + left_out(len(names), len(chart.rows), "rows") + key
    axes = titled(panel, chart.title, under)
    if not spans:
        empty(axes, "Nothing is planned.")
        return
    place = {name: row for row, name in enumerate(names)}
    jobs = list(dict.fromkeys(s.label for s in spans if s.doing == "work"))
    colours = {job: COLOURS[at % (len(COLOURS) - 1)] for at, job in enumerate(jobs)}
    axis = _Axis(axes, chart, spans, timezone)
    for doing, looks in _LOOKS.items():
        alike = [s for s in spans if s.doing == doing]
        _boxes(axes, axis, alike, place, colours, looks)
    below = _dues(axes, axis, chart, len(names))
    rows(axes, names, below)


def lanes(chart: Gantt) -> int:
    """How many rows the due times take under the plan."""
    return min(_LANES, len(chart.due))


def _late(chart: Gantt) -> dict[str, float]:
    """Job → by how many seconds it ends after it is due; only those that do."""
    ends: dict[str, float] = {}
    for span in chart.spans:
        if span.doing == "work":
            ends[span.label] = max(span.end, ends.get(span.label, span.end))
    late = {due.label: ends.get(due.label, due.at) - due.at for due in chart.due}
    return {label: by for label, by in late.items() if by > 0}


class _Axis:
    """Seconds after the start of a plan, on the axis it has: plant time, or time alone."""

    def __init__(self, axes: "Axes", chart: Gantt, spans: Sequence[Span], timezone: str) -> None:
        last = max([s.end for s in spans] + [due.at for due in chart.due])
        first = min([s.start for s in spans] + [due.at for due in chart.due])
        self._start = chart.start
        self._unit_s, unit = next((s, u) for most, s, u in _SECONDS if last - first <= most)
        self.first = self.at(first)
        self.length = self.at(last) - self.first or 1.0
        axes.set_xlim(self.first - 0.01 * self.length, self.first + 1.02 * self.length)
        if chart.start is None:
            axes.set_xlabel(f"{unit} after the start")
        else:
            ends = (chart.start + round(s * SECOND) for s in (first, last))
            on_plant_time(axes, timezone, *ends)

    def at(self, seconds: float) -> float:
        if self._start is None:
            return seconds / self._unit_s
        return days(self._start + round(seconds * SECOND))


def _boxes(
    axes: "Axes",
    axis: _Axis,
    spans: Sequence[Span],
    place: Mapping[str, int],
    colours: Mapping[str, str],
    looks: Mapping[str, Any],
) -> None:
    """Spans of one sort, as one thing to draw; jobs have their colour, and their name."""
    from matplotlib.collections import PolyCollection

    high = 0.94 if looks["zorder"] == 1 else 0.62
    corners = []
    for span in spans:
        left, right, row = axis.at(span.start), axis.at(span.end), place[span.row]
        top, bottom = row - high / 2, row + high / 2
        corners.append([(left, top), (right, top), (right, bottom), (left, bottom)])
        colour = colours.get(span.label, "")
        room = (right - left) / axis.length * _ACROSS_PT
        name = legible(span.label)
        if span.doing == "work" and name and 1.2 * wide(name) * _SMALL_PT <= room:
            axes.text((left + right) / 2, row, name, ha="center", va="center",
                      color="black" if colour in _LIGHT else "white",
                      fontsize=_SMALL_PT, fontweight="bold", clip_on=True, zorder=3)  # fmt: skip
    filled = {"facecolor": [colours.get(span.label, GREY) for span in spans]}
    axes.add_collection(PolyCollection(corners, linewidth=0.8, **{**filled, **looks}))


def _dues(axes: "Axes", axis: _Axis, chart: Gantt, row: int) -> float:
    """A tick a due time under the plan, with the job's name where there is room; rows taken."""
    late = _late(chart)
    taken = [-1.0] * lanes(chart)
    used = 0
    for due in sorted(chart.due, key=lambda due: due.at)[:_MOST_DUE]:
        by = late.get(due.label, 0.0)
        text = cut(due.label, _NAME_EM) + (f", {duration(by)} late" if by else "")
        colour = VERMILLION if by else INK
        at = (axis.at(due.at) - axis.first) / axis.length
        long = wide(text) * _SMALL_PT / _ACROSS_PT + 0.02
        back = at + long > 1.02
        begin = at - long if back else at
        lane = next((i for i, end in enumerate(taken) if end <= begin), None)
        height = row + _LANE * (lane or 0) - 0.2
        axes.plot(axis.at(due.at), height, color=colour, marker=">" if back else "<",
                  markersize=5, linestyle="none", clip_on=False)  # fmt: skip
        if lane is None:
            continue
        taken[lane] = begin + long
        used = max(used, lane + 1)
        axes.annotate(
            text, (axis.at(due.at), height), xytext=(-6 if back else 6, 0),
            textcoords="offset points", ha="right" if back else "left", va="center",
            fontsize=_SMALL_PT, color=colour,
        )  # fmt: skip
    if chart.due:
        axes.axhline(row - 0.5, color=GREY, linewidth=0.6)
        axes.text(-0.01, row - 0.2, "due", ha="right", va="center",
                  transform=axes.get_yaxis_transform())  # fmt: skip
    return _LANE * used
