"""What a virtual controller does with a write: takes it inside its limits, or misbehaves as told.

One for all its servers, so that a controller answers alike on every wire. It must never move a
value by itself.
"""

from collections.abc import Awaitable, Callable
from typing import Literal, NamedTuple

from twin_core.plant.assets import Plant

Answer = Literal["taken", "read_only", "beyond", "refused"]
Misbehaviour = Literal["refuse", "astray", "lose"]
"""Refuses the write; takes it, and another value stands there; is gone before it answers."""


class Taken(NamedTuple):
    """How a write is answered, and what then stands there (None = what stood before)."""

    answer: Answer
    stands: float | None = None


class Taking:
    """Takes writes.

    Args:
        plant: for the limits.
        stands: what stands at a point now.
        written: told of every value that was taken.
        lose: takes a source off the network.

    Attributes:
        misbehaves: point → the value at whose writing it misbehaves, once, and how.
        asked_for: every write that came, in order.
    """

    def __init__(
        self,
        plant: Plant,
        stands: Callable[[int], float],
        written: Callable[[int, float], None],
        lose: Callable[[str], Awaitable[None]],
    ) -> None:
        self._plant = plant
        self._stands = stands
        self._written = written
        self._lose = lose
        self.misbehaves: dict[int, tuple[float, Misbehaviour]] = {}
        self.asked_for: list[tuple[str, float]] = []

    async def asked(self, index: int, value: float) -> Taken:
        """A client writes a point."""
        point = self._plant.read[index]
        self.asked_for.append((point.id, value))
        if not point.writable or point.spec.adjustable is None:
            return Taken("read_only")
        meant, how = self.misbehaves.get(index, (value, None))
        if how is not None and abs(value - meant) <= _slack(meant):
            del self.misbehaves[index]
        else:
            how = None
        if how == "refuse":
            return Taken("refused")
        if how == "lose":
            await self._lose(point.source)
            return Taken("refused")
        low, high = point.spec.adjustable.low, point.spec.adjustable.high
        if not low - _slack(low) <= value <= high + _slack(high):
            return Taken("beyond")
        if how == "astray":
            value = (self._stands(index) + value) / 2.0
        self._written(index, value)
        return Taken("taken", value)


def _slack(value: float) -> float:
    """What a 32-bit float on the wire may differ."""
    return 1e-6 * max(1.0, abs(value))
