"""What a planner may choose in a warehouse of the plant, weighed on its own order history.

The door of this room: pure functions of storehouse, days of orders and seed, to be run elsewhere.
Slots and rules are made from days before and judged on the newest. It must never move anything.
"""

from collections.abc import Sequence

from twin_core.errors import ImpossibleScenario, TooLarge, UnknownName
from twin_core.plant.warehouse import MinMax, PickOrder, Storehouse, Warehouse
from twin_core.simulation.warehousing.batching import MOST_TOGETHER
from twin_core.simulation.warehousing.picking_ranked import (
    REPLICATIONS,
    Option,
    PickObjective,
    Ranked,
    compare,
)
from twin_core.simulation.warehousing.replenishing import Supplied, rules_of, supplied
from twin_core.simulation.warehousing.slotting import Misplaced, Rule, misplaced, slotted
from twin_core.simulation.warehousing.strategy import Batch, Single, Strategy, Wave, Zone, pools_of
from twin_core.value import Value

SERVED = (0.9, 0.98, 0.995, 0.999)
"""Shares of trips' demands that rules are drawn to meet."""
NOW = "as it is"
_RULES: tuple[Rule, ...] = ("popularity", "cube_per_order", "assignment", "swaps")
MOST_SWAPPED = 50_000
"""Lines beyond which exchanges by whole orders are not tried: half a minute."""
_MOST_PICKED = 1_000_000
"""Lines that are picked in simulation while somebody waits (half a minute): fewer days, else."""
_PAIRS = 100
"""Pairs of orders that are weighed for a batch in the time in which a line is picked."""
_FEWEST = 5
_LEAST = 20
"""Orders below which half of them teach nothing of the other half."""


class Picking(Value):
    """Ways to pick on days like the history's, the best first; `now` is the name of today's."""

    ranked: tuple[Ranked, ...]
    now: str
    orders: int
    lines: int


class Slotting(Value):
    """Where goods should lie, judged on orders that it was not made from.

    Attributes:
        ranked: the rules and NOW, the best first, all picked as today.
        best: rule of the first; None where none is surely better than what is.
        misplaced: what lies wrong beside it, the dearest first.
        moves: how many articles would change slots.
        left_out: rule → why it was not tried.
        made_from, judged_on: orders.
    """

    ranked: tuple[Ranked, ...]
    best: Rule | None
    misplaced: tuple[Misplaced, ...] = ()
    moves: int = 0
    left_out: dict[str, str]
    made_from: int
    judged_on: int


class Level(Value):
    """Rules drawn so that a share of trips' demands is met, and what comes of them."""

    served: float
    rules: tuple[MinMax, ...]
    supplied: Supplied


class Replenishing(Value):
    """Rules as they are, and drawn for several levels of service, on the same days alike.

    Attributes:
        levels: ascending.
        best: `served` of the level with the fewest trips among those that leave pickers short no
            more often than now, fewer trips than now or fewer left short; None = there is none.
        changes: rules of the best that differ, as they are (None = none) and as drawn.
        made_from, judged_on: orders; `same` where both are of one day.
    """

    now: Supplied
    levels: tuple[Level, ...]
    best: float | None
    changes: tuple[tuple[MinMax | None, MinMax], ...] = ()
    made_from: int
    judged_on: int
    same: bool


def strategies(store: Storehouse, orders: Sequence[PickOrder] = ()) -> dict[str, Strategy]:
    """The ways to pick that are compared: order by order, batches, zones, waves.

    Batches are made by savings, or by seeds where so many `orders` go out together that their
    pairs are too many. Routes are S-shapes in one block and the shortest past middle
    cross-aisles; two zones where there are pickers
    and aisles for them.
    """
    routing = "shortest" if store.warehouse.layout.crossings else "s_shape"
    found: dict[str, Strategy] = {
        "single": Single(routing=routing),
        "batch": Batch(routing=routing),
        "wave": Wave(routing=routing),
    }
    if min(store.crew.pickers, store.warehouse.layout.aisles) > 1:
        found["zone"] = Zone(routing=routing, window_s=1800)
    return {
        name: strategy
        if _together(strategy, orders) <= MOST_TOGETHER
        else strategy.model_copy(update={"method": "seed"})
        for name, strategy in found.items()
    }


def _together(strategy: Strategy, orders: Sequence[PickOrder]) -> int:
    """The most orders that are batched at once."""
    return max(_pools(strategy, orders), default=0)


def _pools(strategy: Strategy, orders: Sequence[PickOrder]) -> list[int]:
    """How many orders are batched at once, each time."""
    arrival, due = [one.arrival_s for one in orders], [one.due_s for one in orders]
    pools = pools_of(strategy, arrival, due)
    return [len(pool) for (_, pooled), pool in pools.items() if pooled]


def picking(
    store: Storehouse, orders: Sequence[PickOrder], objective: PickObjective, seed: int
) -> Picking:
    """Batch, zone, wave and order by order on the same days.

    Raises:
        UnknownName, ImpossibleScenario, TooLarge: as `picking_ranked.compare`.
    """
    options = [
        Option(name=name, warehouse=store.warehouse, crew=store.crew, strategy=strategy)
        for name, strategy in strategies(store, orders).items()
    ]
    return Picking(
        ranked=compare(
            options, orders, store.times, seed, objective=objective, days=_days(orders, options)
        ),
        now=_today(store),
        orders=len(orders),
        lines=sum(len(order.lines) for order in orders),
    )


def slotting(store: Storehouse, days: Sequence[Sequence[PickOrder]], seed: int) -> Slotting:
    """Every rule of slotting beside where goods lie now, by the picker seconds a line takes.

    Made from all days but the last, judged on the last; of one day every other order each.

    Raises:
        UnknownName, ImpossibleScenario, TooLarge: as `slotting.slotted` and `compare`; too few
            orders to judge by.
    """
    made_from, judged_on = _parts(days)
    floor = store.warehouse
    laid: dict[str, Warehouse] = {NOW: floor}
    left_out: dict[str, str] = {}
    for rule in _RULES:
        if rule == "swaps" and sum(len(order.lines) for order in made_from) > MOST_SWAPPED:
            left_out[rule] = f"more than {MOST_SWAPPED} lines are too many to try exchanges on"
            continue
        try:
            laid[rule] = slotted(
                floor, made_from, store.times, rule, highest=store.highest, seed=seed
            )
        except TooLarge as problem:
            left_out[rule] = str(problem)
    strategy = strategies(store, judged_on)[_today(store)]
    options = [
        Option(name=name, warehouse=one, crew=store.crew, strategy=strategy)
        for name, one in laid.items()
    ]
    ranked = compare(options, judged_on, store.times, seed, days=_days(judged_on, options))
    first = ranked[0]
    surely = first.picked.option != NOW and NOW not in first.tied
    best = next((rule for rule in _RULES if rule == first.picked.option), None) if surely else None
    better = laid[best] if best is not None else floor
    return Slotting(
        ranked=ranked,
        best=best,
        misplaced=misplaced(floor, better, made_from, store.times),
        moves=sum(set(better.faces[a]) != set(slots) for a, slots in floor.faces.items()),
        left_out=left_out,
        made_from=len(made_from),
        judged_on=len(judged_on),
    )


def replenishing(store: Storehouse, days: Sequence[Sequence[PickOrder]], seed: int) -> Replenishing:
    """Min/max rules drawn from a day beside those that are, for the same stock.

    Drawn from the day before the last, judged on the last; where there is one, from itself.

    Raises:
        UnknownName: an article ordered without stock.
        ImpossibleScenario: no stock is told; no orders.
    """
    if not store.stocks:
        raise ImpossibleScenario(
            f"no stock of {store.id} is told", "articles with `stock`: capacity, forward, reserve"
        )
    held = {stock.article for stock in store.stocks}
    made_from, judged_on = list(days)[-2:][0], days[-1]
    for order in (*made_from, *judged_on):
        for line in order.lines:
            if line.article not in held:
                raise UnknownName("stock of article", line.article, sorted(held)[:3])
    now = supplied(judged_on, store.stocks, store.rules, store.fetching, seed)
    levels = []
    for served in SERVED:
        rules = rules_of(made_from, store.stocks, store.fetching, served)
        found = supplied(judged_on, store.stocks, rules, store.fetching, seed)
        levels.append(Level(served=served, rules=rules, supplied=found))
    best = _best(now, levels)
    before = {rule.article: rule for rule in store.rules}
    changes = () if best is None else best.rules
    return Replenishing(
        now=now,
        levels=tuple(levels),
        best=None if best is None else best.served,
        changes=tuple(
            (before.get(rule.article), rule) for rule in changes if before.get(rule.article) != rule
        ),
        made_from=len(made_from),
        judged_on=len(judged_on),
        same=len(days) == 1,
    )


def _best(now: Supplied, levels: Sequence[Level]) -> Level | None:
    """The fewest trips among levels that are no worse for pickers and better in something."""

    def figures(of: Supplied) -> tuple[float, float]:
        return of.stock_outs.mean, of.trips.mean

    short, trips = figures(now)
    good = [
        level
        for level in levels
        if figures(level.supplied)[0] <= short
        and figures(level.supplied) != (short, trips)
        and (figures(level.supplied)[0] < short or figures(level.supplied)[1] < trips)
    ]
    return min(good, key=lambda level: (figures(level.supplied)[1], level.served), default=None)


def _today(store: Storehouse) -> str:
    """How it is picked now, or order by order where that cannot be done here."""
    return store.picks if store.picks in strategies(store) else "single"


def _days(orders: Sequence[PickOrder], options: Sequence[Option]) -> int:
    """Days alike to simulate: as many as usual, unless that would keep somebody waiting."""
    lines = sum(len(order.lines) for order in orders) * len(options)
    pairs = sum(n * n for one in options for n in _pools(one.strategy, orders)) // 2
    return max(_FEWEST, min(REPLICATIONS, _MOST_PICKED // max(lines + pairs // _PAIRS, 1)))


def _parts(
    days: Sequence[Sequence[PickOrder]],
) -> tuple[Sequence[PickOrder], Sequence[PickOrder]]:
    """Orders to make something from, and others to judge it by."""
    *before, last = days
    earlier = [order for day in before for order in day]
    if earlier:
        return earlier, last
    if len(last) < _LEAST:
        raise ImpossibleScenario(
            f"{len(last)} orders to learn from and to judge by", f"{_LEAST} or more"
        )
    # by turns, not by halves: a morning orders otherwise than an afternoon
    in_turn = sorted(last, key=lambda order: (order.arrival_s, order.id))
    return in_turn[::2], in_turn[1::2]
