"""What an action can do at worst, as far as it is known: size, reach, money. It decides nothing.

Each can only make a change heavier, and what is not known counts as the most. It must never take a
promise for a bound: a forecast's farther end counts, whichever way it points.
"""

from collections.abc import Iterable, Iterator
from math import ceil

from pydantic import Field

from twin_core.governance.action import Draft
from twin_core.governance.admission import share, touched
from twin_core.plant.assets import Plant
from twin_core.value import Value

MOST: int = 2**53
"""What stands in a whole number for "not known", so that it passes every bound."""

_ACROSS = frozenset({"feeds", "supplies", "controls"})
"""Links along which an asset's change is felt."""
_MOVES = frozenset({"write_plan", "schedule_change", "stock_move"})
"""Kinds of action that change what lines do; a job is done by people who see it."""
_COSTS = _MOVES | {"work_order"}
"""Kinds of action that can win or lose production."""


class Stakes(Value):
    """What is at stake.

    Attributes:
        share: how far a point is moved at most, as a share of its adjustable range (0..1).
        lines: production lines that can feel it.
        money: the most it is forecast to win or lose, in the plant's currency; None: not known.
    """

    share: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    lines: int = Field(default=0, ge=0)
    money: float | None = Field(default=0.0, ge=0, allow_inf_nan=False)

    @property
    def permille(self) -> int:
        """The share in thousandths, never less than it is."""
        return ceil(self.share * 1000 - 1e-9)

    @property
    def amount(self) -> int:
        """The money in whole units, never less than it is; `MOST` where it is not known."""
        return MOST if self.money is None else min(MOST, ceil(self.money - 1e-9))


class Bounds(Value):
    """The most of each that is not yet heavier; what is not given makes nothing heavier."""

    share: float | None = Field(default=None, ge=0, le=1)
    lines: int | None = Field(default=None, ge=0, le=1_000_000)
    money: float | None = Field(default=None, ge=0, le=1e12)

    def passed(self, stakes: Stakes) -> str:
        """Which bound the stakes pass, in words; empty if none."""
        if self.share is not None and stakes.share > self.share:
            return (
                f"it moves a point by {stakes.share:.0%} of its range, more than {self.share:.0%}"
            )
        if self.lines is not None and stakes.lines > self.lines:
            return f"{stakes.lines} production lines can feel it, more than {self.lines}"
        if self.money is not None and (stakes.money is None or stakes.money > self.money):
            known = "not known" if stakes.money is None else f"{stakes.money:,.0f}"
            return f"the money at stake is {known}; up to {self.money:,.0f} is allowed"
        return ""


def stakes_of(plant: Plant, draft: Draft) -> Stakes:
    """What is at stake in a draft that the plant can carry out."""
    action = draft.action
    return Stakes(
        share=share(plant, action),
        lines=len(tuple(reached(plant, touched(plant, action)))) if action.kind in _MOVES else 0,
        money=money(plant, draft),
    )


def reached(plant: Plant, assets: Iterable[str]) -> Iterator[str]:
    """Production lines that hold one of the assets, or lie downstream of one by the links.

    Where the plant file gives no link at all, nobody knows: every one of them.
    """
    production = [line for line in plant.lines if line.kind == "production"]
    if not plant.links:
        yield from (line.id for line in production)
        return
    queue = [u for u in plant.units for a in assets if f"{u}/".startswith(f"{a}/")]
    felt = dict.fromkeys(queue)
    for here in queue:
        for link in plant.links_from(here):
            if link.kind in _ACROSS and link.target not in felt:
                felt[link.target] = None
                queue.append(link.target)
    yield from (line.id for line in production if any(unit.id in felt for unit in line.units))


def money(plant: Plant, draft: Draft) -> float | None:
    """The most the forecast says may be won or lost within its horizon; None: not known.

    The farther end of the gain's 90 % interval, times the horizon, times the margin of the
    dearest product: which of them runs then is not for the forecast to say.
    """
    if draft.action.kind not in _COSTS:
        return 0.0
    effect, prices = draft.effect, plant.prices
    if effect is None or prices is None or not prices.margin:
        return None
    farther = max(abs(effect.gain.low), abs(effect.gain.high))
    minutes = effect.forecast.scenario.horizon_s / 60.0
    return farther * minutes * max(map(abs, prices.margin.values()))
