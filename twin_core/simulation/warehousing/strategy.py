"""Ways to pick: order by order, in batches, by zones, in waves; when which orders are released.

It must never know how long anything takes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from twin_core.simulation.warehousing.batching import Method
from twin_core.simulation.warehousing.tours import Routing
from twin_core.value import Value


class Single(Value):
    """Every order by itself, as soon as it arrives."""

    kind: Literal["single"] = "single"
    routing: Routing = "s_shape"


class Batch(Value):
    """Orders that arrive within `window_s` are batched at its end."""

    kind: Literal["batch"] = "batch"
    routing: Routing = "s_shape"
    window_s: float = Field(default=1800, gt=0)
    method: Method = "savings"


class Zone(Value):
    """Each picker stays in a part of the aisles, whose front has a conveyor to the depot.

    Attributes:
        zones: parts of neighbouring aisles with about as many picks each.
        passing: `sequential`: an order goes on from zone to zone; `parallel`: every zone picks
            its part at once, and the parts are put together.
        window_s: orders that arrive within it are batched; None = each by itself.
    """

    kind: Literal["zone"] = "zone"
    routing: Routing = "s_shape"
    zones: int = Field(default=2, ge=1)
    passing: Literal["sequential", "parallel"] = "parallel"
    window_s: float | None = Field(default=None, gt=0)
    method: Method = "savings"


class Wave(Value):
    """Orders due within the same `every_s` are released together, `lead_s` before the first is.

    Who arrives after his wave was released is picked by himself.
    """

    kind: Literal["wave"] = "wave"
    routing: Routing = "s_shape"
    every_s: float = Field(default=3600, gt=0)
    lead_s: float = Field(default=900, ge=0)
    method: Method = "savings"


Strategy: TypeAlias = Annotated[Single | Batch | Zone | Wave, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class Release:
    """Orders (their indices) that are picked on one tour, or one a zone, from `at_s` on."""

    at_s: float
    members: tuple[int, ...]


def releases(
    strategy: Strategy,
    arrival_s: Sequence[float],
    due_s: Sequence[float],
    batched: Callable[[list[int], Method], list[tuple[int, ...]]],
) -> list[Release]:
    """When which orders go out together, each once.

    Args:
        strategy: of them.
        arrival_s: of each order.
        due_s: of each order.
        batched: splits a pool of orders into tours.
    """
    found = []
    for (at, pooled), pool in pools_of(strategy, arrival_s, due_s).items():
        if isinstance(strategy, Single) or not pooled:
            found += [Release(at, (i,)) for i in pool]
        else:
            found += [Release(at, tour) for tour in batched(pool, strategy.method)]
    return found


def pools_of(
    strategy: Strategy, arrival_s: Sequence[float], due_s: Sequence[float]
) -> dict[tuple[float, bool], list[int]]:
    """Orders by when they go out, and whether they share tours."""
    pools: dict[tuple[float, bool], list[int]] = {}
    for i, (arrival, due) in enumerate(zip(arrival_s, due_s, strict=True)):
        at, pooled = _released(strategy, arrival, due)
        pools.setdefault((at, pooled), []).append(i)
    return pools


def _released(strategy: Strategy, arrival: float, due: float) -> tuple[float, bool]:
    """When an order goes out, and whether with others."""
    if isinstance(strategy, Wave):
        at = max(0.0, due // strategy.every_s * strategy.every_s - strategy.lead_s)
        return (at, True) if arrival <= at else (arrival, False)
    window = None if isinstance(strategy, Single) else strategy.window_s
    if window is None:
        return arrival, False
    return (arrival // window + 1) * window, True
