"""Indicators of lines and machines: rate, PackML state times, OEE (ISO 22400-2).

Traps kept: a busy time of zero gives None, not 1; numerators and denominators are aggregated,
OEEs never averaged; quality 0/0 is None.
"""

from twin_core.value import Instant, Path, Value


class StateTimes(Value):
    """Seconds of plant time a machine spent in each PackML state number, inside a span."""

    asset: Path
    start: Instant
    end: Instant
    seconds: dict[int, float]


class LineIndicators(Value):
    """How a line does, over the span `start`..`end` (settled plant time).

    Attributes:
        rate: mean rate, unit of flow per minute; None without believed counts.
        usual: median rate of the undisturbed minutes before; None until there are enough.
        nominal: of the current product by the plant file; None if not given.
        availability, effectiveness, quality, oee: ISO 22400-2 A, E, Q, OEE = A·E·Q; None where
            the plant file does not give what they need.
        complete: share of the span with believed data (0..1).
    """

    line: Path
    start: Instant
    end: Instant
    unit: str
    rate: float | None
    usual: float | None
    nominal: float | None
    product: str | None
    availability: float | None
    effectiveness: float | None
    quality: float | None
    oee: float | None
    complete: float
    states: tuple[StateTimes, ...] = ()
