"""Pickers at work on an order history by one strategy: SimPy, one day after another.

Every random number is drawn before a strategy is looked at, so that strategies meet the same
days. It must never move stock, and never choose a strategy.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from twin_core.errors import ImpossibleScenario
from twin_core.plant.warehouse import Crew, Layout, PickOrder, Spot, Times
from twin_core.simulation.warehousing.batching import Basket, Method, batches
from twin_core.simulation.warehousing.strategy import Release, Strategy, Zone, releases
from twin_core.simulation.warehousing.tours import length_m, tour


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """Orders as they come on one day, in the order of their arrival.

    Attributes:
        arrival_s, due_s: float64[orders].
        asks: which of the history's orders each asks the same as, int64[orders].
        luck: factor on the time of each line, one array an order.
    """

    arrival_s: NDArray[np.float64]
    due_s: NDArray[np.float64]
    asks: NDArray[np.int64]
    luck: tuple[NDArray[np.float64], ...]


@dataclass(eq=False)
class Worked:
    """What came of a day.

    Attributes:
        done_s: of each order, float64[orders].
        walked_m: by all; `busy_s` of pickers on tours, `blocked_s` of it before narrow aisles.
        beside_s: work outside tours (putting parts together).
    """

    done_s: NDArray[np.float64]
    walked_m: float = 0.0
    busy_s: float = 0.0
    blocked_s: float = 0.0
    beside_s: float = 0.0
    tours: int = 0


def day_of(
    orders: Sequence[PickOrder], scatter: float, random: np.random.Generator, *, alike: bool
) -> Day:
    """A day of the history itself, or one like it.

    Args:
        orders: the history, in the order of arrival.
        scatter: coefficient of variation of a line's time (gamma).
        random: the only source of chance.
        alike: what is ordered is drawn from the history's orders with replacement, at the
            history's times (bootstrap, Efron, *Annals of Statistics* 7, 1979).
    """
    n = len(orders)
    asks = random.integers(n, size=n) if alike else np.arange(n)
    luck = tuple(mean_one(scatter, random, len(orders[i].lines)) for i in asks)
    arrival = np.array([o.arrival_s for o in orders])
    return Day(arrival, np.array([o.due_s for o in orders]), asks, luck)


def mean_one(scatter: float, random: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Gamma numbers of mean 1 and that coefficient of variation, float64[n]; 1 without any."""
    if not scatter:
        return np.ones(n)
    shape = 1.0 / scatter**2
    return random.gamma(shape, 1.0 / shape, n)


def zones_of(layout: Layout, baskets: Sequence[Basket], zones: int) -> tuple[range, ...]:
    """Neighbouring aisles with about as many picks each, one aisle at least.

    Raises:
        ImpossibleScenario: more zones than aisles.
    """
    if zones > layout.aisles:
        raise ImpossibleScenario(f"{zones} zones", f"1 to {layout.aisles}, one an aisle")
    picks = np.zeros(layout.aisles)
    for basket in baskets:
        for aisle, _ in basket.spots:
            picks[aisle] += 1
    before = np.cumsum(picks)
    cuts = [0]
    for k in range(1, zones):
        at = int(np.searchsorted(before, before[-1] * k / zones)) + 1
        cuts.append(min(max(at, cuts[-1] + 1), layout.aisles - (zones - k)))
    return tuple(range(a, b) for a, b in pairwise([*cuts, layout.aisles]))


def work(
    layout: Layout,
    crew: Crew,
    times: Times,
    strategy: Strategy,
    day: Day,
    history: Sequence[Basket],
) -> Worked:
    """A day by one strategy; all orders are picked, however late it gets.

    Args:
        layout: where; `crew` by whom, `times` how fast.
        crew: of all zones together.
        times: of every picker.
        strategy: how.
        day: what.
        history: the baskets of the history's orders, where goods lie now; zones follow them.

    Raises:
        ImpossibleScenario: more zones than pickers or aisles; a route this layout does not have.
    """
    baskets = tuple(history[i] for i in day.asks)
    zones = zones_of(layout, history, strategy.zones if isinstance(strategy, Zone) else 1)
    if len(zones) > crew.pickers:
        raise ImpossibleScenario(
            f"{len(zones)} zones with {crew.pickers} pickers", f"1 to {crew.pickers} zones"
        )

    def batched(pool: list[int], method: Method) -> list[tuple[int, ...]]:
        pool = sorted(pool, key=lambda i: (day.due_s[i], i))
        found = batches(layout, crew, [baskets[i] for i in pool], method)
        return [tuple(pool[k] for k in members) for members in found]

    floor = _Floor(layout, crew, times, strategy, day, baskets, zones)
    for release in releases(strategy, day.arrival_s.tolist(), day.due_s.tolist(), batched):
        floor.env.process(floor.serve(release))
    floor.env.run()
    return floor.worked


@dataclass
class _Floor:
    """The floor on one day."""

    layout: Layout
    crew: Crew
    times: Times
    strategy: Strategy
    day: Day
    baskets: tuple[Basket, ...]
    zones: tuple[range, ...]
    env: simpy.Environment = field(default_factory=simpy.Environment)

    def __post_init__(self) -> None:
        share, more = divmod(self.crew.pickers, len(self.zones))
        self.pickers = [
            simpy.PriorityResource(self.env, share + (z < more)) for z in range(len(self.zones))
        ]
        self.homes = [
            self.layout if len(self.zones) == 1 else self._at_home(zone) for zone in self.zones
        ]
        room = self.crew.narrow or 0
        aisles = range(self.layout.aisles if room else 0)
        self.aisles = [simpy.Resource(self.env, room) for _ in aisles]
        self.worked = Worked(np.zeros(len(self.baskets)))

    def _at_home(self, zone: range) -> Layout:
        return self.layout.model_copy(update={"depot": zone[len(zone) // 2]})

    def serve(self, release: Release) -> Generator[simpy.Event, Any, None]:
        """A release from its time until its orders are done."""
        yield self.env.timeout(release.at_s)
        visited = {aisle for i in release.members for aisle, _ in self.baskets[i].spots}
        zones = [z for z, zone in enumerate(self.zones) if not visited.isdisjoint(zone)]
        apart = isinstance(self.strategy, Zone) and self.strategy.passing == "parallel"
        if apart and len(zones) > 1:
            parts = [self.env.process(self._tour(release, z, 0.0)) for z in zones]
            yield self.env.all_of(parts)
            together = self.times.consolidate_s * len(release.members)
            self.worked.beside_s += together
            yield self.env.timeout(together)
        else:
            for k, z in enumerate(zones):
                yield from self._tour(release, z, self.times.handover_s if k else 0.0)
        self.worked.done_s[list(release.members)] = self.env.now

    def _tour(
        self, release: Release, z: int, handover_s: float
    ) -> Generator[simpy.Event, Any, None]:
        urgent = int(min(self.day.due_s[i] for i in release.members))
        with self.pickers[z].request(priority=urgent) as picker:
            yield picker
            began = self.env.now
            yield self.env.timeout(self.times.setup_s + handover_s)
            seconds = self._seconds(release, z)
            walk = tour(self.homes[z], seconds.keys(), self.strategy.routing)
            if self.aisles:
                yield from self._narrow(walk, seconds)
            else:
                walking_s = length_m(self.layout, walk) / self.times.speed_m_s
                yield self.env.timeout(walking_s + sum(seconds.values()))
            self.worked.walked_m += length_m(self.layout, walk)
            self.worked.busy_s += self.env.now - began
            self.worked.tours += 1

    def _seconds(self, release: Release, z: int) -> dict[Spot, float]:
        """Picking time by spot of a zone."""
        sort_s = self.times.sort_s if len(release.members) > 1 else 0.0
        found: dict[Spot, float] = {}
        for i in release.members:
            basket = self.baskets[i]
            taken = (basket.seconds + sort_s) * self.day.luck[i]
            for spot, seconds in zip(basket.spots, taken, strict=True):
                if spot[0] in self.zones[z]:
                    found[spot] = found.get(spot, 0.0) + float(seconds)
        return found

    def _narrow(
        self, walk: tuple[Spot, ...], seconds: dict[Spot, float]
    ) -> Generator[simpy.Event, Any, None]:
        """The walk where an aisle lets in only so many: who finds it full waits at its end."""
        left = dict(seconds)
        speed = self.times.speed_m_s
        at = 0
        while at < len(walk) - 1:
            aisle, until = walk[at][0], at
            while until + 1 < len(walk) and walk[until + 1][0] == aisle:
                until += 1
            inside = sum(abs(b[1] - a[1]) for a, b in pairwise(walk[at : until + 1])) / speed
            picked = sum(left.pop(spot, 0.0) for spot in walk[at : until + 1])
            if inside + picked > 0:
                came = self.env.now
                with self.aisles[aisle].request() as room:
                    yield room
                    self.worked.blocked_s += self.env.now - came
                    yield self.env.timeout(inside + picked)
            if until + 1 < len(walk):
                yield self.env.timeout(self.layout.walk_m(walk[until], walk[until + 1]) / speed)
                until += 1
            at = until
