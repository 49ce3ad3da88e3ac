"""What a line is meant to do over a horizon: its planned stops and products, as a scenario has it.

It must never guess what a line makes, or a changeover that is not given.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import ImpossibleScenario
from twin_core.lots import teller
from twin_core.plant.assets import Line, Plant
from twin_core.plant.production import Product
from twin_core.simulation.calendar import Planned, planned_stops
from twin_core.simulation.live.believing import newest
from twin_core.simulation.live.seen import Rows
from twin_core.simulation.scenario import PlannedStop, ProductChange, StopMoved
from twin_core.value import SECOND

Span = tuple[float, float]
"""(start, duration) in seconds; starts are counted from the scenario's start."""
_SAME_S = 0.5


@dataclass(frozen=True, slots=True)
class Campaign:
    """A product on a line from `begins_s` on, the changeover to it first.

    Attributes:
        pace: its rate over the rate of what is made at the start.
    """

    product: Product
    begins_s: float
    changeover_s: float
    pace: float


@dataclass(frozen=True, slots=True)
class LineSchedule:
    """What a scenario makes of a line's schedule.

    Attributes:
        added: stops besides those of the plant file; moved ones and changeovers are among them.
        left_out: starts of stops of the plant file that do not come then.
        campaigns: products that follow the one made at the start, in time.
    """

    added: tuple[Span, ...] = ()
    left_out: tuple[float, ...] = ()
    campaigns: tuple[Campaign, ...] = ()

    def stops(self, planned: Sequence[Span]) -> tuple[Span, ...]:
        """Every planned stop, of those that the plant file plans; what is past of one is cut."""
        stays = [s for s in planned if all(abs(s[0] - out) >= _SAME_S for out in self.left_out)]
        comes = [(max(a, 0.0), d + min(a, 0.0)) for a, d in self.added if a + d > 0]
        return tuple(sorted((*stays, *comes)))

    def pace(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """Factor on what the line's machines are asked for, by the product, float64[T]."""
        begins = [c.begins_s for c in self.campaigns]
        paces = [1.0, *(c.pace for c in self.campaigns)]
        return np.array([paces[bisect_right(begins, at + 1e-9)] for at in t.tolist()])


def schedule_of(
    plant: Plant,
    line: Line,
    changes: Sequence[PlannedStop | StopMoved | ProductChange],
    after_s: float,
    rows: Rows,
) -> LineSchedule:
    """The line's schedule as these changes make it; the last word on a stop holds.

    Args:
        plant: its calendar, products and changeovers.
        line: whose.
        changes: all of them of the line.
        after_s: when the scenario's changes take effect.
        rows: what is seen up to the start.

    Raises:
        ImpossibleScenario: a stop is moved that has begun; what is made at the start, its rate,
            or a changeover is not known.
    """
    added, moved = list[Span](), dict[float, Span | None]()
    for change in changes:
        if isinstance(change, PlannedStop):
            added.append((after_s + change.after_s, change.duration_s))
        elif isinstance(change, StopMoved):
            stop = _stop(plant, line, change, rows)
            start, length = (stop.start - rows.at) / SECOND, (stop.end - stop.start) / SECOND
            moved[start] = None if change.by_s is None else (start + change.by_s, length)
    products = [c for c in changes if isinstance(c, ProductChange)]
    follow = _campaigns(plant, line, products, after_s, rows) if products else ()
    added += [span for span in moved.values() if span is not None]
    added += [(c.begins_s, c.changeover_s) for c in follow if c.changeover_s > 0]
    return LineSchedule(tuple(added), tuple(moved), follow)


def product_of(plant: Plant, line: Line, rows: Rows) -> Product | None:
    """What the line makes at the end of the rows; None where nothing believed tells."""
    able = [p for p in plant.products if line.id in p.rates]
    point = teller(plant, line)
    if point is None:
        return able[0] if len(able) == 1 else None
    number = newest(rows, point.id, rows.at)
    return next((p for p in plant.products if p.number == number), None)


def _stop(plant: Plant, line: Line, change: StopMoved, rows: Rows) -> Planned:
    near = planned_stops(plant, line.id, change.start, change.start + 1)
    stop = next((p for p in near if p.start == change.start), None)
    if stop is None or stop.start <= rows.at:
        raise ImpossibleScenario(
            f"the stop of {line.name} that is to be moved has begun or is not planned",
            "a planned stop that is yet to come",
        )
    return stop


def _campaigns(
    plant: Plant, line: Line, changes: Sequence[ProductChange], after_s: float, rows: Rows
) -> tuple[Campaign, ...]:
    """In time; a change waits for the one before."""
    first = product_of(plant, line, rows)
    if first is None or line.id not in first.rates:
        raise ImpossibleScenario(
            f"what {line.name} makes now, and at what rate, is not known",
            "a change of product on a line that shows one with a rate",
        )
    of = {p.id: p for p in plant.products}
    found: list[Campaign] = []
    before, free_s = first, 0.0
    for change in sorted(changes, key=lambda c: c.after_s):
        product = of[change.product]
        takes_s = change.changeover_s
        if takes_s is None:
            takes_s = _changeover_s(plant, line, before, product)
        begins_s = max(free_s, after_s + change.after_s)
        pace = product.rates[line.id] / first.rates[line.id]
        found.append(Campaign(product, begins_s, takes_s, pace))
        before, free_s = product, begins_s + takes_s
    return tuple(found)


def _changeover_s(plant: Plant, line: Line, before: Product, product: Product) -> float:
    if before.id == product.id:
        return 0.0
    given = plant.changeovers.get(line.id, {}).get(before.id, {})
    if product.id not in given:
        raise ImpossibleScenario(
            f"no changeover of {line.name} from {before.id} to {product.id} is given",
            f"a change that says its length, or one to {', '.join(given) or 'nothing'}",
        )
    return 60.0 * given[product.id]
