"""A warehouse as its planner sees it: aisles and slots, articles, what lies where, orders, crew.

Frozen nouns and the metric of walking; a Storehouse is what the plant file says of one. It must
never pick, move or decide anything.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from twin_core.errors import ImpossibleScenario, TooLarge, UnknownName
from twin_core.value import Slug, Value

Name = Annotated[str, Field(min_length=1, max_length=80)]
"""What a business system calls an article, order or lot."""

Spot: TypeAlias = tuple[int, float]
"""A place on the floor: aisle, and metres from the middle of the front cross-aisle."""

Weight: TypeAlias = Literal["light", "medium", "heavy"]

_MEDIUM_KG, _HEAVY_KG = 5.0, 15.0
_DAY_S = 86400.0
_MOST_SLOTS = 200_000


class Slot(Value):
    """A storage place: `bay` counted from the front, `side` of the aisle, `level` from the floor.

    Whoever stands at a bay reaches both sides and every level of it.
    """

    aisle: int = Field(ge=0)
    bay: int = Field(ge=0)
    side: int = Field(default=0, ge=0, le=1)
    level: int = Field(default=0, ge=0)


class Layout(Value):
    """Parallel aisles between a front and a back cross-aisle, with any number across the middle.

    Attributes:
        bays: along one side of an aisle; `levels` above each other in each.
        bay_m: from bay to bay; `gap_m` from the middle of an aisle to that of the next.
        end_m: from the middle of the first and last bay to that of the cross-aisle beyond.
        crossings: numbers of the bays before which a cross-aisle, `crossing_m` wide, lies.
        depot: the aisle at whose front end tours begin and end.
    """

    aisles: int = Field(ge=1, le=200)
    bays: int = Field(ge=1, le=500)
    levels: int = Field(default=1, ge=1, le=20)
    bay_m: float = Field(default=1.0, gt=0, le=20)
    gap_m: float = Field(default=4.0, gt=0, le=50)
    end_m: float = Field(default=1.5, gt=0, le=20)
    crossings: tuple[int, ...] = ()
    crossing_m: float = Field(default=3.0, gt=0, le=20)
    depot: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if self.depot >= self.aisles:
            raise ImpossibleScenario(f"a depot at aisle {self.depot}", f"0 to {self.aisles - 1}")
        if self.places > _MOST_SLOTS:
            raise TooLarge(f"a layout of {self.places} slots", f"{_MOST_SLOTS} slots")
        last = 0
        for bay in self.crossings:
            if not last < bay < self.bays:
                raise ImpossibleScenario(
                    f"a cross-aisle before bay {bay}", f"{last + 1} to {self.bays - 1}, ascending"
                )
            last = bay
        return self

    @property
    def places(self) -> int:
        """How many slots there are."""
        return self.aisles * self.bays * 2 * self.levels

    def y(self, bay: int) -> float:
        """Metres from the front cross-aisle to a bay."""
        passed = sum(1 for crossing in self.crossings if crossing <= bay)
        return self.end_m + bay * self.bay_m + passed * self.crossing_m

    @property
    def across(self) -> tuple[float, ...]:
        """Where the cross-aisles lie, metres from the front one: front first, back last."""
        return _across(self.bays, self.bay_m, self.end_m, self.crossings, self.crossing_m)

    @property
    def depth_m(self) -> float:
        """From the front cross-aisle to the back one."""
        return self.across[-1]

    @property
    def home(self) -> Spot:
        """Where tours begin and end."""
        return self.depot, 0.0

    def spot(self, slot: Slot) -> Spot:
        """Where one stands to reach a slot."""
        return slot.aisle, self.y(slot.bay)

    def walk_m(self, a: Spot, b: Spot) -> float:
        """The shortest way between two spots; exact, for every cross-aisle joins every aisle."""
        if a[0] == b[0]:
            return abs(a[1] - b[1])
        by = min(abs(a[1] - y) + abs(b[1] - y) for y in self.across)
        return self.gap_m * abs(a[0] - b[0]) + by

    def slots(self) -> Iterator[Slot]:
        """Every slot: by aisle, bay, side, level."""
        for aisle in range(self.aisles):
            for bay in range(self.bays):
                for side in (0, 1):
                    for level in range(self.levels):
                        yield Slot(aisle=aisle, bay=bay, side=side, level=level)

    def holds(self, slot: Slot) -> bool:
        """Whether there is such a slot."""
        return slot.aisle < self.aisles and slot.bay < self.bays and slot.level < self.levels


@lru_cache(maxsize=64)
def _across(
    bays: int, bay_m: float, end_m: float, crossings: tuple[int, ...], crossing_m: float
) -> tuple[float, ...]:
    depth = 2 * end_m + (bays - 1) * bay_m + len(crossings) * crossing_m
    middle = (
        end_m + (bay - 0.5) * bay_m + (k + 0.5) * crossing_m for k, bay in enumerate(crossings)
    )
    return (0.0, *middle, depth)


class Article(Value):
    """What is stored and picked, by its outer dimensions (m) and mass (kg) of one unit."""

    id: Name
    length_m: float = Field(gt=0, le=20)
    width_m: float = Field(gt=0, le=20)
    height_m: float = Field(gt=0, le=20)
    mass_kg: float = Field(gt=0, le=5000)

    @property
    def volume_m3(self) -> float:
        """Of one unit."""
        return self.length_m * self.width_m * self.height_m

    @property
    def weight(self) -> Weight:
        """Its class: below 5 kg light, from 15 kg heavy."""
        if self.mass_kg < _MEDIUM_KG:
            return "light"
        return "medium" if self.mass_kg < _HEAVY_KG else "heavy"


class Line(Value):
    """So many units of an article."""

    article: Name
    quantity: int = Field(ge=1, le=100_000)


class PickOrder(Value):
    """What one customer wants, known from `arrival_s` and wanted by `due_s` (s after day 0)."""

    id: Name
    lines: tuple[Line, ...] = Field(min_length=1)
    arrival_s: float = Field(ge=0, le=400 * _DAY_S)
    due_s: float = Field(ge=0, le=400 * _DAY_S)


class Lot(Value):
    """Units of one article received together, `age_s` ago; what of them lies in `place`."""

    id: Name
    article: Name
    place: Name
    quantity: int = Field(ge=0, le=1_000_000_000)
    age_s: float = Field(default=0.0, ge=0)


class Times(Value):
    """How long the steps of picking take, seconds.

    Attributes:
        speed_m_s: of a walking picker.
        setup_s: per tour: list, cart, handing over at the depot.
        search_s: per line: finding and confirming; `level_s` more for each level above the floor.
        light_s, medium_s, heavy_s: per unit by weight class.
        sort_s: per line of a tour for several orders: putting it to the right one.
        handover_s: from zone to zone; `consolidate_s` per order whose zones pick at once.
        scatter: coefficient of variation of a line's time.
    """

    speed_m_s: float = Field(default=1.0, gt=0, le=20)
    setup_s: float = Field(default=60.0, ge=0)
    search_s: float = Field(default=8.0, ge=0)
    level_s: float = Field(default=4.0, ge=0)
    light_s: float = Field(default=2.0, ge=0)
    medium_s: float = Field(default=4.0, ge=0)
    heavy_s: float = Field(default=8.0, ge=0)
    sort_s: float = Field(default=3.0, ge=0)
    handover_s: float = Field(default=15.0, ge=0)
    consolidate_s: float = Field(default=30.0, ge=0)
    scatter: float = Field(default=0.3, ge=0, le=3)

    def unit_s(self, weight: Weight) -> float:
        """Per unit of a weight class."""
        return {"light": self.light_s, "medium": self.medium_s, "heavy": self.heavy_s}[weight]


class Crew(Value):
    """Who picks, and what a tour can carry.

    Attributes:
        most_orders, most_m3: on one cart; an order beyond `most_m3` is picked by itself.
        narrow: pickers that an aisle lets in at once; None = it is wide enough for all.
    """

    pickers: int = Field(ge=1, le=500)
    most_orders: int = Field(default=8, ge=1)
    most_m3: float = Field(default=0.6, gt=0)
    narrow: int | None = Field(default=None, ge=1)


class Warehouse(Value):
    """The floor, the articles, and the slots of each; several slots of one are picked in turn."""

    layout: Layout
    articles: tuple[Article, ...]
    faces: dict[Name, tuple[Slot, ...]]

    @model_validator(mode="after")
    def _lies_somewhere(self) -> Self:
        if len(self.by_id) < len(self.articles):
            raise ImpossibleScenario("an article told twice", "each once")
        taken: dict[Slot, str] = {}
        for article, slots in self.faces.items():
            if article not in self.by_id:
                raise UnknownName("article", article)
            for slot in slots:
                if not self.layout.holds(slot):
                    raise ImpossibleScenario(
                        f"{article} in aisle {slot.aisle}, bay {slot.bay}, level {slot.level}",
                        f"{self.layout.aisles} aisles of {self.layout.bays} bays and"
                        f" {self.layout.levels} levels, counted from 0",
                    )
                if slot in taken:
                    both = (
                        f"{article} and {taken[slot]}"
                        if taken[slot] != article
                        else (f"{article} twice")
                    )
                    raise ImpossibleScenario(f"{both} in one slot", "one article a slot")
                taken[slot] = article
        return self

    @cached_property
    def by_id(self) -> dict[str, Article]:
        """Article id → article."""
        return {article.id: article for article in self.articles}

    def moved(self, faces: dict[str, tuple[Slot, ...]]) -> "Warehouse":
        """The same with goods lying elsewhere, checked again."""
        return Warehouse(layout=self.layout, articles=self.articles, faces=faces)

    def check(self, orders: Sequence[PickOrder]) -> None:
        """Refuse orders that cannot be picked here.

        Raises:
            UnknownName: an article nobody has here.
            ImpossibleScenario: no orders; an article without a slot.
        """
        if not orders:
            raise ImpossibleScenario("an order history without orders", "one order or more")
        for order in orders:
            for line in order.lines:
                if line.article not in self.by_id:
                    raise UnknownName("article", line.article)
                if not self.faces.get(line.article):
                    raise ImpossibleScenario(
                        f"order {order.id} wants {line.article}, which lies nowhere",
                        "articles with a slot",
                    )


class Stock(Value):
    """Units of an article where it is picked (of at most `capacity`), and in reserve."""

    article: Name
    capacity: int = Field(ge=1)
    forward: int = Field(ge=0)
    reserve: int = Field(ge=0)


class MinMax(Value):
    """When `low` units or fewer are left, fetch up to `high`: the (s, S) rule."""

    article: Name
    low: int = Field(ge=0)
    high: int = Field(ge=1)


class Fetching(Value):
    """Who fetches: each trip takes `trip_s` on average, gamma with coefficient `scatter`."""

    fetchers: int = Field(default=1, ge=1, le=100)
    trip_s: float = Field(default=300.0, gt=0)
    scatter: float = Field(default=0.3, ge=0, le=3)


class Storehouse(Value):
    """A warehouse of the plant file: what lies where, who works there, and how.

    Attributes:
        picks: how it is picked now.
        orders: file of its order history, CSV or Parquet, beside the plant file; empty = none.
        highest: weight class → the highest level it may lie on; absent = anywhere.
        stocks, rules: where articles are picked and in reserve, and when they are fetched.
    """

    id: Slug
    name: str = Field(min_length=1, max_length=200)
    names: tuple[str, ...] = ()
    warehouse: Warehouse
    crew: Crew
    times: Times = Times()
    picks: Literal["single", "batch", "zone", "wave"] = "single"
    orders: str = Field(default="", max_length=400)
    highest: dict[Weight, Annotated[int, Field(ge=0, le=20)]] = Field(default_factory=dict)
    stocks: tuple[Stock, ...] = ()
    rules: tuple[MinMax, ...] = ()
    fetching: Fetching = Fetching()
