"""What a warehouse could do better, as chart data. It must never compute what it shows."""

from collections.abc import Mapping, Sequence

from twin_core.chart import Bars, ChartData
from twin_core.simulation.scenario import Estimate
from twin_core.simulation.warehousing.between import Balanced
from twin_core.simulation.warehousing.choices import Replenishing, Slotting
from twin_core.simulation.warehousing.picking_ranked import PickObjective, Ranked

RULES = {
    "as it is": "as it is", "popularity": "most wanted nearest",
    "cube_per_order": "least space per line nearest", "assignment": "exact assignment",
    "swaps": "exchanges by whole orders",
}  # fmt: skip
"""What each rule of slotting is called."""


def ranked_chart(
    title: str, ranked: Sequence[Ranked], names: Mapping[str, str], by: PickObjective
) -> Bars:
    """Options with what is to be little of each, seconds, and the interval of a single day."""
    return _bars(
        title, {names[one.picked.option]: one.picked.indicators[by] for one in ranked}, "s"
    )


def slotting_charts(name: str, found: Slotting) -> tuple[ChartData, ...]:
    """Picker time per line by rule, and what the worst placed articles would save."""
    chart = ranked_chart(f"{name}: picker time per line", found.ranked, RULES, "labour")
    if not found.misplaced:
        return (chart,)
    saves = Bars(
        title=f"{name}: picker time saved over the history, by article",
        labels=tuple(one.article for one in found.misplaced),
        values=tuple(one.saves_s for one in found.misplaced),
        unit="s",
    )
    return chart, saves


def replenishing_charts(name: str, found: Replenishing) -> tuple[ChartData, ...]:
    """Lines that find too little, and trips, by rules as they are and as drawn."""
    options = {"as they are": found.now} | {
        f"for {100 * level.served:g} %": level.supplied for level in found.levels
    }
    return (
        _bars(f"{name}: lines that find too little", {k: o.stock_outs for k, o in options.items()},
              "%"),
        _bars(f"{name}: trips a day", {k: o.trips for k, o in options.items()}, ""),
    )  # fmt: skip


def rebalancing_charts(name: str, found: Balanced) -> tuple[ChartData, ...]:
    """Demand that lies where it is wanted, without and with the moves."""
    sides = {"as it is": found.covered.before, "after the moves": found.covered.after}
    return (_bars(f"{name}: demand that lies where it is wanted", sides, "%"),)


def _bars(title: str, told: Mapping[str, Estimate], unit: str) -> Bars:
    return Bars(
        title=title,
        labels=tuple(told),
        values=tuple(one.mean for one in told.values()),
        low=tuple(one.low for one in told.values()),
        high=tuple(one.high for one in told.values()),
        unit=unit,
    )
