"""Warehouse figures: ways of picking on one order history, routes and slottings by their optimum.

Slottings and replenishment rules are made from one shift's orders and judged on another's.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise, product
from typing import TypeAlias

import numpy as np

from evals.bench.order_history import articles, at_random, orders
from evals.bench.row import Bar, Row
from twin_core.plant.warehouse import (
    Crew,
    Fetching,
    Layout,
    Lot,
    PickOrder,
    Spot,
    Stock,
    Times,
    Warehouse,
    Weight,
)
from twin_core.simulation.warehousing.picking_ranked import Option, Ranked, compare
from twin_core.simulation.warehousing.rebalancing import Haul, Need, covered, rebalanced
from twin_core.simulation.warehousing.replenishing import rules_of, supplied
from twin_core.simulation.warehousing.shortest_tour import held_karp, shortest
from twin_core.simulation.warehousing.slot_swaps import by_order_s
from twin_core.simulation.warehousing.slotting import Rule, one_by_one_s, slotted
from twin_core.simulation.warehousing.strategy import Batch, Single, Strategy, Wave, Zone
from twin_core.simulation.warehousing.tours import Routing, farthest, length_m, s_shape_m, tour

_SEED = 20260301
_LAYOUT = Layout(aisles=10, bays=30, levels=2, depot=4)
_CREW = Crew(pickers=6, narrow=2)
_TIMES = Times()
_ARTICLES = 300

_STRATEGIES: dict[str, Strategy] = {
    "single": Single(routing="shortest"),
    "batch": Batch(routing="shortest"),
    "batch_seed": Batch(routing="shortest", method="seed"),
    "zone": Zone(routing="shortest", zones=3, window_s=1800),
    "zone_in_turn": Zone(routing="shortest", zones=3, passing="sequential", window_s=1800),
    "wave": Wave(routing="shortest", every_s=1800, lead_s=2700),
}


Shift: TypeAlias = tuple[PickOrder, ...]


def rows(*, quick: bool) -> Iterator[Row]:
    """Every figure; `quick` = fewer orders, days and instances."""
    yield from _strategies(quick=quick)
    yield from _routes(200 if quick else 2000)
    yield from _slotting(4 if quick else 12)
    yield from _slotting_ahead(quick=quick)
    yield from _replenishing(quick=quick)
    yield from _rebalancing(5 if quick else 40)


def _history(
    n: int, salt: int = 0
) -> tuple[Warehouse, tuple[PickOrder, ...], tuple[PickOrder, ...]]:
    """A warehouse filled by chance, and the orders of two shifts."""
    random = np.random.default_rng([_SEED, salt])
    named = articles(_ARTICLES, random)
    demand = int(random.integers(1 << 31))
    shifts = [
        orders(n, named, np.random.default_rng([demand, day]), popular=demand) for day in (0, 1)
    ]
    return at_random(_LAYOUT, named, random), shifts[0], shifts[1]


def _strategies(*, quick: bool) -> Iterator[Row]:
    n, days = (300, 6) if quick else (1200, 12)
    warehouse, history, _ = _history(n)
    options = [
        Option(name=name, warehouse=warehouse, crew=_CREW, strategy=strategy)
        for name, strategy in _STRATEGIES.items()
    ]
    found = compare(options, history, _TIMES, _SEED, days=days)
    by_name = {one.picked.option: one for one in found}
    load = f"{n} orders in 8 h, {_ARTICLES} articles, 10 aisles, 6 pickers, {days} days alike"
    peer = by_name["single"]
    for name in ("batch", "batch_seed", "zone", "zone_in_turn", "wave"):
        yield _labour(by_name[name], peer, load, Bar(high=_mean(peer)) if name == "batch" else None)
        yield _late(by_name[name], peer, load)
    pairs = len(found) * (len(found) - 1) // 2
    yield Row(
        name="warehouse.told_apart", value=1.0 - sum(len(r.tied) for r in found) / 2 / pairs,
        unit="of pairs", load=f"{load}; first: {found[0].picked.option}", n=pairs,
    )  # fmt: skip


def _mean(ranked: Ranked) -> float:
    return ranked.picked.indicators["labour"].mean


def _labour(one: Ranked, peer: Ranked, load: str, bar: Bar | None) -> Row:
    found = one.picked.indicators["labour"]
    return Row(
        name=f"warehouse.{one.picked.option}.labour", value=found.mean, unit="s per line",
        load=load, n=one.picked.days, spread=(found.high - found.low) / 2, peer="order by order",
        peer_value=_mean(peer), bar=bar,
    )  # fmt: skip


def _late(one: Ranked, peer: Ranked, load: str) -> Row:
    found = one.picked.indicators["late"]
    return Row(
        name=f"warehouse.{one.picked.option}.late", value=found.mean, unit="% of orders",
        load=load, n=one.picked.days, spread=(found.high - found.low) / 2, peer="order by order",
        peer_value=peer.picked.indicators["late"].mean,
    )  # fmt: skip


def _routes(instances: int) -> Iterator[Row]:
    """Routes against the exact one; the exact one against dynamic programming over all orders."""
    random = np.random.default_rng(_SEED)
    wrong, ratios = 0, dict[str, list[float]]()
    for _ in range(instances):
        aisles, bays = int(random.integers(1, 8)), int(random.integers(1, 25))
        layout = Layout(aisles=aisles, bays=bays, depot=int(random.integers(aisles)))
        places = {
            (int(random.integers(aisles)), layout.y(int(random.integers(bays)))) for _ in range(8)
        }
        exact = length_m(layout, shortest(layout, places))
        wrong += abs(exact - _by_all_orders(layout, sorted(places))) > 1e-6
        routings: tuple[Routing, ...] = ("s_shape", "largest_gap")
        for routing in routings:
            walked = length_m(layout, tour(layout, places, routing))
            ratios.setdefault(routing, []).append(walked / exact)
    load = f"{instances} random layouts of one block, 8 places"
    yield Row(
        name="warehouse.route.exact_wrong", value=float(wrong), unit="tours", load=load,
        n=instances, peer="Held–Karp", peer_value=0.0, bar=Bar(high=0),
    )  # fmt: skip
    for name, found in ratios.items():
        yield Row(
            name=f"warehouse.route.{name}", value=float(np.mean(found)) - 1, unit="longer",
            load=load, n=instances, spread=1.645 * float(np.std(found)) / instances**0.5,
            peer="exact route", peer_value=0.0,
        )  # fmt: skip


def _by_all_orders(layout: Layout, places: list[tuple[int, float]]) -> float:
    spots = [layout.home, *places]
    metres = np.array([[layout.walk_m(a, b) for b in spots] for a in spots])
    order = held_karp(metres)
    return float(sum(metres[a, b] for a, b in pairwise([*order, 0])))


def _slotting(instances: int) -> Iterator[Row]:
    """Rules against the optimum: exact for single lines, by all permutations for whole orders."""
    single: dict[str, list[float]] = {}
    whole: dict[str, list[float]] = {}
    for k in range(instances):
        random = np.random.default_rng([_SEED, 1, k])
        named = articles(120, random)
        shift = orders(400, named, random, popular=k)
        warehouse = at_random(Layout(aisles=4, bays=12, levels=4), named, random, most=3)
        limits: dict[Weight, int] = {"heavy": 0, "medium": 0}
        best = one_by_one_s(
            slotted(warehouse, shift, _TIMES, "assignment", highest=limits), shift, _TIMES
        )
        simple: tuple[Rule, ...] = ("popularity", "cube_per_order")
        for name in simple:
            made = slotted(warehouse, shift, _TIMES, name, highest=limits)
            single.setdefault(name, []).append(one_by_one_s(made, shift, _TIMES) / best - 1)
        small = articles(6, random)
        few = orders(30, small, random, popular=k)
        floor = at_random(Layout(aisles=3, bays=2, bay_m=4.0, gap_m=3.0), small, random)
        optimum = _best_of_all(floor, few)
        better: tuple[Rule, ...] = ("cube_per_order", "assignment", "swaps")
        for name in better:
            made = slotted(floor, few, _TIMES, name)
            whole.setdefault(name, []).append(by_order_s(made, few, _TIMES) / optimum - 1)
        whole.setdefault("by chance", []).append(by_order_s(floor, few, _TIMES) / optimum - 1)
    load = f"{instances} instances: 120 articles of 1 to 3 slots, 384 slots, heavy on the floor"
    for rule, found in single.items():
        yield Row(
            name=f"warehouse.slotting.lines.{rule}", value=max(found), unit="worst over optimum",
            load=load, n=instances, peer="exact assignment", peer_value=0.0,
            bar=Bar(high=0.05) if rule == "cube_per_order" else None,
        )  # fmt: skip
    load = f"{instances} instances: 6 articles, 6 bays of 2 slots, 30 orders"
    for rule, found in whole.items():
        yield Row(
            name=f"warehouse.slotting.orders.{rule.replace(' ', '_')}", value=max(found),
            unit="worst over optimum", load=load, n=instances, peer="every arrangement",
            peer_value=0.0, bar=Bar(high=0.05) if rule == "swaps" else None,
        )  # fmt: skip


def _best_of_all(floor: Warehouse, shift: Shift) -> float:
    """The least S-shape seconds over all arrangements, a bay holding one article a side."""
    layout, names = floor.layout, list(floor.faces)
    spots = sorted({layout.spot(slot) for slot in layout.slots()})
    asked = [[names.index(line.article) for line in order.lines] for order in shift]
    walked: dict[frozenset[Spot], float] = {}
    best = float("inf")
    for chosen in product(spots, repeat=len(names)):
        if max(Counter(chosen).values()) > 2:
            continue
        metres = 0.0
        for articles_of in asked:
            visited = frozenset(chosen[k] for k in articles_of)
            if visited not in walked:
                walked[visited] = s_shape_m(layout, farthest(list(visited)))
            metres += walked[visited]
        best = min(best, metres)
    return best / _TIMES.speed_m_s


def _slotting_ahead(*, quick: bool) -> Iterator[Row]:
    """Slottings made from one shift, batches picked on the next."""
    n, days = (300, 6) if quick else (1200, 12)
    warehouse, yesterday, today = _history(n, 1)
    rules: tuple[Rule, ...] = ("popularity", "cube_per_order", "assignment", "swaps")
    floors = {"as_it_lies": warehouse}
    floors |= {rule: slotted(warehouse, yesterday, _TIMES, rule) for rule in rules}
    options = [
        Option(name=name, warehouse=floor, crew=_CREW, strategy=_STRATEGIES["batch"])
        for name, floor in floors.items()
    ]
    found = {one.picked.option: one for one in compare(options, today, _TIMES, _SEED, days=days)}
    load = f"made from {n} orders, judged on {n} of the next shift, batches, {days} days alike"
    for rule in rules:
        walked = found[rule].picked.indicators["walk"]
        yield Row(
            name=f"warehouse.slotting.ahead.{rule}", value=walked.mean, unit="m per line",
            load=load, n=days, spread=(walked.high - walked.low) / 2, peer="as it lies",
            peer_value=found["as_it_lies"].picked.indicators["walk"].mean,
        )  # fmt: skip


def _replenishing(*, quick: bool) -> Iterator[Row]:
    n, days = (300, 6) if quick else (1200, 12)
    _, yesterday, today = _history(n, 2)
    names = sorted({line.article for o in (*yesterday, *today) for line in o.lines})
    stocks = [Stock(article=a, capacity=24, forward=12, reserve=400) for a in names]
    fetching = Fetching(fetchers=3, trip_s=240.0)
    rules = rules_of(yesterday, stocks, fetching)
    none = supplied(today, stocks, (), fetching, _SEED, days=days)
    found = supplied(today, stocks, rules, fetching, _SEED, days=days)
    load = f"rules from {n} orders, judged on {n} of the next shift, 3 fetchers, {days} days alike"
    yield Row(
        name="warehouse.replenishment.stock_outs", value=found.stock_outs.mean, unit="% of lines",
        load=load, n=days, spread=(found.stock_outs.high - found.stock_outs.low) / 2,
        peer="fetched when a pick finds too little", peer_value=none.stock_outs.mean,
        bar=Bar(high=none.stock_outs.mean),
    )  # fmt: skip
    yield Row(
        name="warehouse.replenishment.trips", value=found.trips.mean, unit="a shift", load=load,
        n=days, spread=(found.trips.high - found.trips.low) / 2,
        peer="fetched when a pick finds too little", peer_value=none.trips.mean,
    )  # fmt: skip


def _rebalancing(instances: int) -> Iterator[Row]:
    """Cost beside moving from the nearest place with surplus, place by place."""
    dearer, gains = list[float](), list[float]()
    for k in range(instances):
        random = np.random.default_rng([_SEED, 3, k])
        places = [f"place {i}" for i in range(8)]
        at = random.uniform(0, 100, (8, 2))
        hauls = [
            Haul(source=a, target=b, cost=float(np.abs(at[i] - at[j]).sum()))
            for i, a in enumerate(places) for j, b in enumerate(places) if i != j
        ]  # fmt: skip
        needs = [
            Need(place=p, article=f"a{a}", quantity=int(random.poisson(20)))
            for p in places for a in range(10)
        ]  # fmt: skip
        lots = [
            Lot(
                id=f"lot {n}", article=f"a{n % 10}", place=places[int(random.integers(8))],
                quantity=int(random.integers(20, 80)), age_s=float(random.uniform(0, 1e6)),
            )
            for n in range(60)
        ]  # fmt: skip
        found = rebalanced(lots, needs, hauls)
        dearer.append(_nearest_first(lots, needs, hauls) / found.cost - 1 if found.cost else 0.0)
        gains.append(covered(lots, needs, found.moves, k).gain.mean)
    load = f"{instances} instances: 8 places, 10 articles, 60 lots"
    yield Row(
        name="warehouse.rebalancing.nearest_first", value=float(np.mean(dearer)),
        unit="dearer than the moves", load=load, n=instances,
        spread=1.645 * float(np.std(dearer)) / instances**0.5, peer="transport problem",
        peer_value=0.0,
    )  # fmt: skip
    yield Row(
        name="warehouse.rebalancing.covered", value=float(np.mean(gains)),
        unit="% of demand more", load=load, n=instances,
        spread=1.645 * float(np.std(gains)) / instances**0.5, peer="no move", peer_value=0.0,
    )  # fmt: skip


def _nearest_first(lots: list[Lot], needs: list[Need], hauls: list[Haul]) -> float:
    """What it costs where each place in turn takes from the nearest that has too much."""
    has = Counter[tuple[str, str]]()
    for lot in lots:
        has[lot.place, lot.article] += lot.quantity
    has.subtract({(n.place, n.article): n.quantity for n in needs})
    spent = 0.0
    for need in needs:
        ways = sorted((h for h in hauls if h.target == need.place), key=lambda h: h.cost)
        for way in ways:
            short = -has[need.place, need.article]
            taken = min(short, has[way.source, need.article])
            if taken > 0:
                has[need.place, need.article] += taken
                has[way.source, need.article] -= taken
                spent += taken * way.cost
    return spent
