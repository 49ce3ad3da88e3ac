"""Which lots should move between places so that each place's demand is covered, at least cost.

A transport problem; what the moves would do is simulated on the same days without them. It must
never move anything.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from twin_core.errors import ImpossibleScenario, TooLarge
from twin_core.plant.warehouse import Lot, Name
from twin_core.simulation.forecaster import estimate
from twin_core.simulation.paired import paired
from twin_core.simulation.scenario import Estimate
from twin_core.value import Value

REPLICATIONS = 100
MOST_PLACES, MOST = 200, 10**15


class Need(Value):
    """What a place will be asked for of an article, in units."""

    place: Name
    article: Name
    quantity: int = Field(ge=0, le=MOST)


_Held = TypeVar("_Held", Lot, Need)


class Haul(Value):
    """What it costs to bring one unit from a place to another, in any one unit of cost."""

    source: Name
    target: Name
    cost: float = Field(ge=0, le=1e9)


class Move(Value):
    """So many units of a lot, from where it lies to another place; the oldest lots go first."""

    lot: Name
    article: Name
    source: Name
    target: Name
    quantity: int = Field(ge=1)
    cost: float = Field(ge=0)


class Rebalanced(Value):
    """The moves, what they cost, and what no move can cover."""

    moves: tuple[Move, ...]
    cost: float
    uncovered: tuple[Need, ...]


class Covered(Value):
    """% of demanded units that lie where they are wanted, on the same days.

    Attributes:
        before, after: without and with the moves, with the 90 % interval of a single day.
        gain: mean of the paired differences with its 90 % confidence interval.
    """

    before: Estimate
    after: Estimate
    gain: Estimate
    days: int
    seed: int


def rebalanced(lots: Sequence[Lot], needs: Sequence[Need], hauls: Sequence[Haul]) -> Rebalanced:
    """The cheapest moves that cover as much of the needs as stock and ways allow.

    Each article is a transport problem of its own (Hitchcock, F. L., *J. of Mathematics and
    Physics* 20, 1941, 224–230), solved by HiGHS' dual simplex: with whole units a basic optimum
    is whole. A place keeps what it needs of what it has; uncovered units cost more than any way.

    Args:
        lots: what lies where.
        needs: several of one place and article add up.
        hauls: the ways there are; of two between the same places the cheaper counts.

    Raises:
        ImpossibleScenario: a lot that is told twice of one place.
        TooLarge: more than MOST_PLACES places.
    """
    lies = Counter((lot.id, lot.place) for lot in lots)
    for (lot_id, place), times in lies.items():
        if times > 1:
            raise ImpossibleScenario(f"lot {lot_id} {times} times in {place}", "once a place")
    places = sorted({lot.place for lot in lots} | {need.place for need in needs})
    if len(places) > MOST_PLACES:
        raise TooLarge(f"{len(places)} places", f"{MOST_PLACES} places")
    costs = np.full((len(places), len(places)), np.inf)
    at = {place: i for i, place in enumerate(places)}
    for haul in hauls:
        if haul.source in at and haul.target in at and haul.source != haul.target:
            i, j = at[haul.source], at[haul.target]
            costs[i, j] = min(costs[i, j], haul.cost)
    moves: list[Move] = []
    uncovered: list[Need] = []
    stored, wanted = _by_article(lots), _by_article(needs)
    for article in sorted(wanted):
        own = stored.get(article, [])
        stock, need = np.zeros(len(places), int), np.zeros(len(places), int)
        for lot in own:
            stock[at[lot.place]] += lot.quantity
        for one in wanted[article]:
            need[at[one.place]] += one.quantity
        shipped, short = _shipped(np.maximum(stock - need, 0), np.maximum(need - stock, 0), costs)
        moves += _by_lot(own, places, shipped, costs)
        uncovered += [
            Need(place=places[j], article=article, quantity=int(short[j]))
            for j in np.flatnonzero(short)
        ]
    return Rebalanced(
        moves=tuple(moves), cost=sum(move.cost for move in moves), uncovered=tuple(uncovered)
    )


def _by_article(held: Sequence[_Held]) -> dict[str, list[_Held]]:
    """What there is of each, in the order given.

    Raises:
        ImpossibleScenario: more of an article in all than can be told.
    """
    found: dict[str, list[_Held]] = {}
    for one in held:
        found.setdefault(one.article, []).append(one)
    for article, ones in found.items():
        if sum(one.quantity for one in ones) > MOST:
            raise ImpossibleScenario(f"more than {MOST:g} of {article}", f"up to {MOST:g} in all")
    return found


def covered(
    lots: Sequence[Lot], needs: Sequence[Need], moves: Sequence[Move], seed: int,
    days: int = REPLICATIONS,
) -> Covered:  # fmt: skip
    """How much of demand finds its goods, without and with the moves, on the same days.

    Demand of a place for an article is Poisson with the need as its mean.

    Raises:
        ImpossibleScenario: a move of more than its lot has, or from where it does not lie.
    """
    after = moved(lots, moves)
    means = {(n.place, n.article): 0 for n in needs}
    for need in needs:
        means[need.place, need.article] += need.quantity
    random = np.random.Generator(np.random.PCG64(seed))
    keys, days = sorted(means), max(2, days)
    drawn = random.poisson([means[key] for key in keys], (days, len(keys)))
    shares = [_share(drawn, keys, stock) for stock in (lots, after)]
    return Covered(
        before=estimate(shares[0], "%"),
        after=estimate(shares[1], "%"),
        gain=paired(shares[1] - shares[0], "%"),
        days=days,
        seed=seed,
    )


def moved(lots: Sequence[Lot], moves: Sequence[Move]) -> tuple[Lot, ...]:
    """The lots as they would lie after the moves; a lot may lie in several places then.

    Raises:
        ImpossibleScenario: a move of more than its lot has, or from where it does not lie.
    """
    lies = {(lot.id, lot.place): lot for lot in lots}
    for move in moves:
        lot = lies.get((move.lot, move.source))
        has = 0 if lot is None else lot.quantity
        if lot is None or move.quantity > has:
            raise ImpossibleScenario(
                f"{move.quantity} units of lot {move.lot} from {move.source}", f"at most {has}"
            )
        lies[move.lot, move.source] = lot.model_copy(update={"quantity": has - move.quantity})
        there = lies.get((move.lot, move.target))
        now = move.quantity + (there.quantity if there is not None else 0)
        update = {"place": move.target, "quantity": now}
        lies[move.lot, move.target] = lot.model_copy(update=update)
    return tuple(lies.values())


def _share(
    drawn: NDArray[np.int64], keys: Sequence[tuple[str, str]], lots: Sequence[Lot]
) -> NDArray[np.float64]:
    stock: dict[tuple[str, str], int] = {}
    for lot in lots:
        stock[lot.place, lot.article] = stock.get((lot.place, lot.article), 0) + lot.quantity
    held = np.array([stock.get(key, 0) for key in keys])
    asked = drawn.sum(axis=1)
    return (
        np.where(asked > 0, np.minimum(drawn, held).sum(axis=1) / np.maximum(asked, 1), 1) * 100.0
    )


def _shipped(
    surplus: NDArray[np.int64], short: NDArray[np.int64], costs: NDArray[np.float64]
) -> tuple[Mapping[tuple[int, int], int], NDArray[np.int64]]:
    """Units by way, and what stays uncovered at each place."""
    ways = [
        (int(i), int(j))
        for i in np.flatnonzero(surplus)
        for j in np.flatnonzero(short)
        if np.isfinite(costs[i, j])
    ]
    if not ways:
        return {}, short
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    givers, takers = sorted({i for i, _ in ways}), sorted({j for _, j in ways})
    n, m, k = len(ways), len(takers), len(givers)
    gives = coo_array(
        (np.ones(n), ([givers.index(i) for i, _ in ways], range(n))), shape=(k, n + m)
    )
    takes = coo_array(
        (
            np.ones(n + m),
            ([takers.index(j) for _, j in ways] + list(range(m)), range(n + m)),
        ),
        shape=(m, n + m),
    )
    price = np.array([costs[way] for way in ways])
    # uncovered units cost more than rerouting every other one ever could
    dear = (price.max() + 1.0) * (k + m)
    found = linprog(
        np.concatenate([price, np.full(m, dear)]),
        A_ub=gives, b_ub=surplus[givers], A_eq=takes, b_eq=short[takers], method="highs-ds",
    )  # fmt: skip
    amounts = np.rint(found.x).astype(int)
    left = short.copy()
    left[takers] = amounts[n:]
    return {way: int(q) for way, q in zip(ways, amounts[:n], strict=True) if q}, left


def _by_lot(
    lots: Sequence[Lot],
    places: Sequence[str],
    shipped: Mapping[tuple[int, int], int],
    costs: NDArray[np.float64],
) -> list[Move]:
    """The oldest lots of a place first; a lot may be split."""
    left = {(lot.id, lot.place): lot.quantity for lot in lots}
    found = []
    for (i, j), wanted in sorted(shipped.items()):
        for lot in sorted(lots, key=lambda lot: (-lot.age_s, lot.id)):
            if lot.place != places[i] or not (taken := min(wanted, left[lot.id, lot.place])):
                continue
            left[lot.id, lot.place] -= taken
            wanted -= taken  # noqa: PLW2901
            found.append(
                Move(
                    lot=lot.id, article=lot.article, source=places[i], target=places[j],
                    quantity=taken, cost=float(taken * costs[i, j]),
                )
            )  # fmt: skip
    return found
