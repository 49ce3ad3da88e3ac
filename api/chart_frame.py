"""What every chart has: its colours, its title, the line under it, and rows from the top down.

It must never know what a chart is of.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from api.chart_text import cut, wrapped
from twin_core.units import unit_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

INK, GREY, FAINT = "#1a1a1a", "#7f7f7f", "#d9d9d9"
BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"
COLOURS = (BLUE, VERMILLION, GREEN, "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito, *Color Universal Design*, 2008; without yellow, which white paper swallows."""
STROKES = ("-", "--", "-.", ":")
MOST_ROWS = 40
_TITLE_EM, _UNDER_EM, _ROW_EM, _UNIT_EM = 44.0, 56.0, 17.0, 24.0


def titled(panel: "SubFigure", title: str, under: str = "", under_em: float = _UNDER_EM) -> "Axes":
    """Axes below a title, with a smaller line under it that says how to read them."""
    axes = panel.subplots()
    panel.suptitle(
        wrapped(title, _TITLE_EM, 3), x=0.012, ha="left", fontsize=12, fontweight="bold", color=INK
    )
    if under:
        axes.set_title(wrapped(under, under_em, 3))
    return axes


def empty(axes: "Axes", why: str) -> None:
    """Axes that say why nothing stands in them."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, why, ha="center", va="center", color=GREY, transform=axes.transAxes)


def rows(axes: "Axes", names: Sequence[str], below: float = 0.0) -> None:
    """Names from the top down, one at each whole number from 0; `below` rows of room under them."""
    axes.set_yticks(range(len(names)), [wrapped(name, _ROW_EM, 2) for name in names])
    axes.set_ylim(len(names) - 0.4 + below, -0.6)
    axes.spines["left"].set_visible(False)
    axes.grid(visible=True, axis="x")


def measured(unit: str, name: str = "") -> str:
    """What stands at an axis: the unit as people write it."""
    return cut(", ".join(part for part in (name, unit_text(unit)) if part), _UNIT_EM)


def left_out(shown: int, there: int, what: str) -> str:
    """That not all is drawn; nothing if it is."""
    return "" if shown >= there else f"The first {shown} of {there} {what}. "


def named(name: str, width: float) -> str:
    """A name as a legend takes it: one that is empty or begins with a line would be passed over."""
    short = cut(name, width)
    return f" {short}" if short[:1] in {"", "_"} else short
