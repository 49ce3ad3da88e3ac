"""Which alarm of a group came first, as far as clocks and sampling can tell (ISA-18.2 first-out).

The limit was passed somewhere between a reading inside and the one beyond it, and the clocks of
two controllers agree only so far. Where those spans overlap nobody knows, and that is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from twin_core.plant.assets import Plant
from twin_core.value import SECOND, Instant

FirstOut: TypeAlias = Literal["first", "possible", "later"]

CLOCK_US = SECOND
"""How far two controllers' clocks may differ after their measured offset is taken off."""


@dataclass(frozen=True, slots=True)
class Onset:
    """When a limit was passed.

    Attributes:
        time: source time of the first reading beyond it; it was passed at most `before_us` earlier.
        source: whose clock wrote it.
    """

    time: Instant
    before_us: int
    source: str


def ranked(onsets: Sequence[Onset]) -> list[FirstOut | None]:
    """For each of a group: `first`, `later`, or `possible` where it cannot be told; None alone."""
    if len(onsets) < 2:
        return [None] * len(onsets)
    leaders = [
        i for i, mine in enumerate(onsets) if not any(_surely(other, mine) for other in onsets)
    ]
    alone: FirstOut = "first" if len(leaders) == 1 else "possible"
    return [alone if i in leaders else "later" for i in range(len(onsets))]


def groups(plant: Plant) -> dict[str, str]:
    """Unit → the path its alarms are compared under: its header for a producer, else itself."""
    found: dict[str, str] = {}
    for path in plant.units:
        headers = [
            link.target
            for link in plant.links_from(path, "supplies")
            if plant.class_of(link.target).model == "header"
        ]
        found[path] = headers[0] if headers else path
    return found


def _surely(first: Onset, later: Onset) -> bool:
    """Whether one is certainly before the other."""
    clock = 0 if first.source == later.source else CLOCK_US
    return first.time + clock <= later.time - later.before_us and first.time < later.time
