"""Which registers are asked for together: neighbours over small gaps, as far as a device allows.

A device may refuse a gap that it does not have; then what was joined is taken apart. It must
never leave a place out, nor ask for more than one request may.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connectors.modbus_address import BITS, Table
from connectors.modbus_map import Place

MOST = 125
"""Registers that one request may read; of bits 16 times as many (6.1 to 6.4)."""
GAP = 16
"""Registers that nobody asked for, read rather than asking twice: 32 bytes."""


@dataclass(frozen=True)
class Span:
    """Neighbouring places of one table of one device, read by one request; in order."""

    unit: int
    table: Table
    start: int
    count: int
    places: tuple[Place, ...]

    def parts(self) -> "list[Span]":
        """Smaller requests that read the same places: without gaps, else halves.

        One that cannot be taken apart is its own only part.
        """
        runs = _joined(self.places, most=self.count, gap=0)
        if len(runs) > 1 or len({p.register for p in self.places}) == 1:
            return runs
        middle = self.places[len(self.places) // 2].register
        lower = [p for p in self.places if p.register < middle]
        if not lower:  # several bits of one register come first
            lower = [p for p in self.places if p.register == middle]
        upper = [p for p in self.places if p not in lower]
        return [*_joined(lower, self.count, 0), *_joined(upper, self.count, 0)]


def spans(found: Iterable[Place], most: int = MOST, gap: int = GAP) -> list[Span]:
    """The fewest requests that read every place.

    Args:
        found: places of one source.
        most: registers in one request, 4 or more.
        gap: registers read over; both 16 times as many where they are bits.
    """
    return _joined(sorted(found, key=_order), most, gap)


def _joined(found: Sequence[Place], most: int, gap: int) -> list[Span]:
    joined: list[Span] = []
    for place in found:
        last = joined[-1] if joined else None
        end = place.register + place.words
        wide = 16 if place.table in BITS else 1
        if (
            last is not None
            and (last.unit, last.table) == (place.unit, place.table)
            and place.register - (last.start + last.count) <= gap * wide
            and max(end, last.start + last.count) - last.start <= most * wide
        ):
            count = max(end - last.start, last.count)
            joined[-1] = Span(last.unit, last.table, last.start, count, (*last.places, place))
        else:
            joined.append(Span(place.unit, place.table, place.register, place.words, (place,)))
    return joined


def _order(place: Place) -> tuple[int, str, int, int]:
    return place.unit, place.table, place.register, place.words
