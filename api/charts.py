"""Chart data drawn to PNG: the one place that draws. The same data give the same bytes.

For eyes at night: dark on white, colours that colour-blind people can tell apart, units on every
axis, times in the plant's zone, which is named. A name from outside is text and never markup; what
was not heard is a gap. It must never compute what a chart says, nor hold what is drawn.

The plotting library is loaded with the first chart, in the process that draws: a worker, for it
takes a second, and what sets its style belongs to the whole process.
"""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from api.chart_amounts import draw_bars, draw_waterfall
from api.chart_chances import draw_distribution, draw_scatter
from api.chart_curves import draw_curves
from api.chart_frame import FAINT, INK, MOST_ROWS, titled
from api.chart_plan import draw_gantt, lanes
from twin_core.chart import (
    Bars,
    ChartData,
    Curves,
    Distribution,
    Gantt,
    Picture,
    Scatter,
    Waterfall,
)
from twin_core.errors import BadInput, TooLarge

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

MOST_CHARTS = 12
_GREATEST = 1e15
_WIDTH_IN = 9.0
_DPI = 110
_MOST_PIXELS = 4096
_STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#7f7f7f",
    "axes.grid": False,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": "#595959",
    "axes.titlelocation": "left",
    "axes.titlesize": 9.5,
    "figure.facecolor": "white",
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
    "grid.color": FAINT,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "ytick.left": False,
}


def sheet(charts: Sequence[ChartData], timezone: str) -> bytes:
    """The charts one below the other, as one PNG.

    Args:
        charts: at least one.
        timezone: IANA name, for times on axes.

    Raises:
        BadInput: no chart; a time outside 1970 to 2199; a number no axis holds; a picture that
            cannot be read.
        TooLarge: more than are drawn at once.
    """
    if not charts:
        raise BadInput("There is nothing to draw: the answer has no chart.")
    if len(charts) > MOST_CHARTS:
        raise TooLarge(f"{len(charts)} charts", f"{MOST_CHARTS}")
    for chart in charts:
        _check(chart.model_dump())
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    heights = [_height(chart) for chart in charts]
    with mpl.rc_context():
        mpl.rcdefaults()  # a style that lies on this machine is not ours
        mpl.rcParams.update(_STYLE)
        figure = Figure(figsize=(_WIDTH_IN, sum(heights)), dpi=_DPI, layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subfigures(len(charts), 1, height_ratios=heights, squeeze=False)[:, 0]
        for panel, chart in zip(panels, charts, strict=True):
            _draw(panel, chart, timezone)
        return _bytes(figure)


def _check(told: object) -> None:
    """Refuse a number that no axis holds: written out it would leave no room.

    Raises:
        BadInput: with what is allowed.
    """
    if isinstance(told, dict):
        told = tuple(told.values())
    if isinstance(told, tuple | list):
        for one in told:
            _check(one)
    elif isinstance(told, float) and abs(told) > _GREATEST:
        raise BadInput(f"{told:g} cannot be drawn; allowed: -1e15 to 1e15.")


def _bytes(figure: "Figure") -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=_DPI, metadata={"Software": None})
    return out.getvalue()


def _height(chart: ChartData) -> float:
    """Inches that a chart needs."""
    match chart:
        case Curves():
            return 3.8
        case Bars():
            return 1.3 + 0.5 * min(max(len(chart.labels), 1), MOST_ROWS)
        case Distribution():
            return 1.3 + 1.35 * min(max(len(chart.spreads), 1), 8)
        case Gantt():
            return 1.7 + 0.42 * (min(max(len(chart.rows), 1), MOST_ROWS) + lanes(chart) / 2)
        case Waterfall():
            return 1.3 + 0.44 * min(len(chart.steps) + 2, MOST_ROWS)
        case Scatter():
            return 5.8
        case Picture():
            return 6.0


def _draw(panel: "SubFigure", chart: ChartData, timezone: str) -> None:
    match chart:
        case Curves():
            draw_curves(panel, chart, timezone)
        case Bars():
            draw_bars(panel, chart)
        case Distribution():
            draw_distribution(panel, chart)
        case Gantt():
            draw_gantt(panel, chart, timezone)
        case Waterfall():
            draw_waterfall(panel, chart)
        case Scatter():
            draw_scatter(panel, chart)
        case Picture():
            _draw_picture(panel, chart)


def _draw_picture(panel: "SubFigure", chart: Picture) -> None:
    """What the camera saw, as it is; its size is read before it is unpacked."""
    from matplotlib.image import imread

    wide, high = (int.from_bytes(chart.png[at : at + 4], "big") for at in (16, 20))
    if not (0 < wide <= _MOST_PIXELS and 0 < high <= _MOST_PIXELS):
        raise TooLarge(f"A picture of {wide} × {high} pixels", f"{_MOST_PIXELS} × {_MOST_PIXELS}")
    try:
        seen = imread(io.BytesIO(chart.png), format="png")
    except (OSError, SyntaxError, ValueError) as problem:
        raise BadInput("The picture is no PNG that can be read.") from problem
    axes = titled(panel, chart.title)
    axes.set_axis_off()
    axes.imshow(seen, interpolation="nearest" if wide < 300 else "antialiased")
