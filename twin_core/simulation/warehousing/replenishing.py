"""When to fetch goods from reserve to where they are picked: min/max rules, simulated.

Stock-outs are counted where a picker finds too little. It must never move anything, and knows no
supplier: what reserve does not hold is not to be had.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np
import simpy

from twin_core.errors import ImpossibleScenario, UnknownName
from twin_core.plant.warehouse import Fetching, MinMax, PickOrder, Stock
from twin_core.simulation.forecaster import estimate
from twin_core.simulation.scenario import Estimate
from twin_core.simulation.warehousing.picking import Day, day_of, mean_one
from twin_core.value import Value

REPLICATIONS = 20


class Supplied(Value):
    """What came of a rule.

    Attributes:
        stock_outs: % of lines that found too little where they are picked.
        waited: seconds those lines waited, mean over all lines that were served.
        unmet: % of lines that reserve could not serve either.
        trips: a day; `urgent` of them made because a picker stood there.
        held: units where they are picked, mean over time and articles.
    """

    stock_outs: Estimate
    waited: Estimate
    unmet: Estimate
    trips: Estimate
    urgent: Estimate
    held: Estimate
    days: int
    seed: int


def rules_of(
    orders: Sequence[PickOrder],
    stocks: Sequence[Stock],
    fetching: Fetching,
    served: float = 0.98,
) -> tuple[MinMax, ...]:
    """Min/max rules from a history: enough for the demand while a trip is under way.

    Demand over the trip as a compound Poisson sum, its quantile by the normal law; the maximum is
    what fits (Silver, Pyke and Thomas, *Inventory and Production Management in Supply Chains*,
    4th ed., 6.7).

    Args:
        orders: the history.
        stocks: the articles that get a rule.
        fetching: how long a trip takes; that fetchers may be busy is left to the simulation.
        served: probability that demand over a trip is met, 0.5..0.9999.

    Raises:
        ImpossibleScenario: no orders, or another probability.
    """
    from scipy.special import ndtri

    if not orders:
        raise ImpossibleScenario("an order history without orders", "one order or more")
    if not 0.5 <= served <= 0.9999:
        raise ImpossibleScenario(f"a service of {served:g}", "0.5 to 0.9999")
    span = max(o.arrival_s for o in orders) - min(o.arrival_s for o in orders)
    lines: dict[str, list[int]] = {}
    for order in orders:
        for line in order.lines:
            lines.setdefault(line.article, []).append(line.quantity)
    found = []
    for stock in stocks:
        wanted = np.array(lines.get(stock.article, []), float)
        trips = fetching.trip_s / max(span, fetching.trip_s)
        mean, variance = trips * wanted.sum(), trips * (wanted**2).sum()
        low = ceil(mean + float(ndtri(served)) * variance**0.5)
        found.append(
            MinMax(article=stock.article, low=min(low, stock.capacity - 1), high=stock.capacity)
        )
    return tuple(found)


def supplied(
    orders: Sequence[PickOrder],
    stocks: Sequence[Stock],
    rules: Sequence[MinMax],
    fetching: Fetching,
    seed: int,
    *,
    days: int = REPLICATIONS,
    alike: bool = True,
) -> Supplied:
    """Days of orders by a rule; the same days for every rule of a seed.

    Args:
        orders: the history; each line is picked when its order arrives.
        stocks: of every article ordered, as a day begins.
        rules: for some articles or none; what has none is fetched only when a picker finds too
            little, and then up to its capacity.
        fetching: by whom, how fast.
        seed: of every random number.
        days: fewer than 2 count as 2.
        alike: as in `picking.day_of`.

    Raises:
        UnknownName: an article ordered or ruled without stock.
        ImpossibleScenario: no orders; a rule that cannot hold.
    """
    if not orders:
        raise ImpossibleScenario("an order history without orders", "one order or more")
    by_id = {stock.article: stock for stock in stocks}
    for rule in rules:
        stock = by_id.get(rule.article)
        if stock is None:
            raise UnknownName("article", rule.article)
        if not rule.low < rule.high <= stock.capacity:
            raise ImpossibleScenario(
                f"{rule.article} fetched at {rule.low} up to {rule.high}",
                f"a minimum below the maximum, that at most {stock.capacity}",
            )
    for order in orders:
        for line in order.lines:
            if line.article not in by_id:
                raise UnknownName("article", line.article)
    orders = sorted(orders, key=lambda o: (o.arrival_s, o.id))
    ruled = {rule.article: rule for rule in rules}
    found = []
    for r in range(max(2, days)):
        sequence = np.random.SeedSequence(seed, spawn_key=(r,))
        day = day_of(orders, 0.0, np.random.Generator(np.random.PCG64(sequence)), alike=alike)
        aisle = _Forward(orders, day, by_id, ruled, fetching, (seed, r))
        found.append(aisle.run())
    units = {
        "stock_outs": "%", "waited": "s", "unmet": "%", "trips": "1", "urgent": "1", "held": "1",
    }  # fmt: skip
    return Supplied(
        **{name: estimate(np.array([f[name] for f in found]), u) for name, u in units.items()},
        days=len(found),
        seed=seed,
    )


@dataclass(eq=False)
class _Face:
    """Where one article is picked, on one day."""

    stock: Stock
    rule: MinMax | None
    held: int
    reserve: int
    luck: np.random.Generator
    waiting: list[tuple[int, simpy.Event]] = field(default_factory=list)
    coming: bool = False
    since_s: float = 0.0
    held_s: float = 0.0

    @property
    def to_come(self) -> bool:
        """Whether whoever waits may yet be served."""
        return self.coming or self.reserve > 0


@dataclass
class _Forward:
    """Every place where goods are picked, on one day."""

    orders: Sequence[PickOrder]
    day: Day
    stocks: Mapping[str, Stock]
    rules: Mapping[str, MinMax]
    fetching: Fetching
    seed: tuple[int, int]

    def run(self) -> dict[str, float]:
        """The day's figures."""
        self.env = simpy.Environment()
        self.fetchers = simpy.PriorityResource(self.env, self.fetching.fetchers)
        self.lines = self.short = self.served = self.trips = self.urgent = 0
        self.waited_s = 0.0
        self.faces = {
            article: _Face(
                stock, self.rules.get(article), stock.forward, stock.reserve, self._luck(i)
            )
            for i, (article, stock) in enumerate(self.stocks.items())
        }
        for at, asks in zip(self.day.arrival_s.tolist(), self.day.asks.tolist(), strict=True):
            for line in self.orders[asks].lines:
                self.env.process(self._pick(at, self.faces[line.article], line.quantity))
        self.env.run()
        end = max(self.env.now, 1e-9)
        for face in self.faces.values():
            self._held(face)
        held = sum(face.held_s for face in self.faces.values()) / end / len(self.faces)
        return {
            "stock_outs": self.short / self.lines * 100.0,
            "waited": self.waited_s / max(self.served, 1),
            "unmet": (self.lines - self.served) / self.lines * 100.0,
            "trips": float(self.trips),
            "urgent": float(self.urgent),
            "held": held,
        }

    def _luck(self, article: int) -> np.random.Generator:
        seed, day = self.seed
        sequence = np.random.SeedSequence(seed, spawn_key=(day, 1, article))
        return np.random.Generator(np.random.PCG64(sequence))

    def _pick(self, at: float, face: _Face, quantity: int) -> Generator[simpy.Event, Any, None]:
        yield self.env.timeout(at)
        self.lines += 1
        if face.held < quantity or (face.waiting and face.to_come):
            self.short += 1
            got = self.env.event()
            face.waiting.append((quantity, got))
            self._fetch(face, urgent=True)
            yield got
            self.waited_s += self.env.now - at
        else:
            self._held(face)
            face.held -= quantity
        self.served += 1
        if face.rule is not None and face.held <= face.rule.low:
            self._fetch(face, urgent=False)

    def _fetch(self, face: _Face, *, urgent: bool) -> None:
        if not face.coming and face.reserve > 0:
            face.coming = True
            self.env.process(self._trip(face, urgent=urgent))

    def _trip(self, face: _Face, *, urgent: bool) -> Generator[simpy.Event, Any, None]:
        with self.fetchers.request(priority=0 if urgent else 1) as fetcher:
            yield fetcher
            luck = float(mean_one(self.fetching.scatter, face.luck, 1)[0])
            yield self.env.timeout(self.fetching.trip_s * luck)
        self.trips += 1
        self.urgent += urgent
        wanted = sum(quantity for quantity, _ in face.waiting)
        high = face.rule.high if face.rule is not None else face.stock.capacity
        brought = min(face.reserve, max(0, high - face.held) + wanted)
        self._held(face)
        face.reserve -= brought
        face.held += brought
        face.coming = False
        waiting, face.waiting = face.waiting, []
        for quantity, got in waiting:
            # nobody goes ahead of another, but of one who waits for what is not to be had
            if quantity <= face.held and (not face.waiting or not face.to_come):
                face.held -= quantity
                got.succeed()
            else:
                face.waiting.append((quantity, got))
        if face.waiting:
            self._fetch(face, urgent=True)

    def _held(self, face: _Face) -> None:
        face.held_s += (self.env.now - face.since_s) * face.held
        face.since_s = self.env.now
