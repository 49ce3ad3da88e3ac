"""An order history by a seed: a few articles are wanted often, some of them together.

Made to be picked, not to flatter a way of picking. It must never look at a result.
"""

import numpy as np

from twin_core.plant.warehouse import (
    Article,
    Layout,
    Line,
    PickOrder,
    Slot,
    Warehouse,
)

_SKEW = 0.9
"""Zipf exponent of demand: about 70 % of lines want 20 % of 300 articles."""
_TOGETHER = 0.3
_FAMILY = 5
_LINES = 3.0
_DAY_S = 8 * 3600


def articles(n: int, random: np.random.Generator) -> tuple[Article, ...]:
    """Boxes from a hand's to an arm's size; mass goes with volume, loosely."""
    sides = random.uniform(0.08, 0.4, (n, 3))
    density = random.lognormal(np.log(250.0), 0.5, n)
    return tuple(
        Article(
            id=f"a{i:04d}", length_m=float(x), width_m=float(y), height_m=float(z),
            mass_kg=float(min(40.0, x * y * z * density[i])),
        )
        for i, (x, y, z) in enumerate(sides)
    )  # fmt: skip


def orders(
    n: int, named: tuple[Article, ...], random: np.random.Generator, popular: int
) -> tuple[PickOrder, ...]:
    """A shift of orders: Poisson arrivals, 1 + geometric lines, due after 1 to 4 hours.

    A line after the first is, with a chance, of the same family of articles as the first. Which
    articles are popular is drawn by `popular`, so that shifts may have that alike and no more.
    """
    share = np.arange(1, len(named) + 1, dtype=float) ** -_SKEW
    share = np.random.default_rng(popular).permutation(share / share.sum())
    arrivals = np.sort(random.uniform(0.0, _DAY_S, n))
    made = []
    for i, arrival in enumerate(arrivals):
        wanted = [int(random.choice(len(named), p=share))]
        for _ in range(min(int(random.geometric(1.0 / _LINES)) - 1, 20)):
            if random.random() < _TOGETHER:
                family = wanted[0] // _FAMILY * _FAMILY
                at = min(family + int(random.integers(_FAMILY)), len(named) - 1)
            else:
                at = int(random.choice(len(named), p=share))
            if at not in wanted:
                wanted.append(at)
        lines = tuple(
            Line(article=named[k].id, quantity=int(random.geometric(0.6))) for k in wanted
        )
        due = float(arrival + random.choice([3600.0, 7200.0, 14400.0]))
        made.append(PickOrder(id=f"o{i:05d}", lines=lines, arrival_s=float(arrival), due_s=due))
    return tuple(made)


def at_random(
    layout: Layout, named: tuple[Article, ...], random: np.random.Generator, most: int = 1
) -> Warehouse:
    """Every article in 1 to `most` slots of its own, wherever chance put it."""
    slots = list(layout.slots())
    each = random.integers(1, most + 1, len(named))
    drawn = iter(random.permutation(len(slots)).tolist())
    faces: dict[str, tuple[Slot, ...]] = {
        a.id: tuple(slots[next(drawn)] for _ in range(n)) for a, n in zip(named, each, strict=True)
    }
    return Warehouse(layout=layout, articles=named, faces=faces)
