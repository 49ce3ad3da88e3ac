"""Indicators of lines and machines: rate, PackML state times, OEE (ISO 22400-2).

Traps kept: a busy time of zero gives None, not 1; numerators and denominators are aggregated,
OEEs never averaged; quality 0/0 is None.
"""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Effectiveness:
    """Sums of ISO 22400-2 over one span; add them up before dividing.

    Attributes:
        apt_s: actual production time, seconds in Execute inside planned busy time.
        pbt_s: planned busy time in seconds; None if the plant file has no shifts.
        known_s: seconds of the span in which the state was seen.
        planned_s: planned run time of what was produced (PRI·PQ), seconds; None without a rate.
        produced: PQ, good and bad; `good`: GQ; in one unit.
    """

    apt_s: float
    pbt_s: float | None
    known_s: float
    planned_s: float | None
    produced: float | None
    good: float | None

    def __add__(self, other: "Effectiveness") -> "Effectiveness":
        """The sums of both spans; what one of them does not know, the sum does not know."""
        return Effectiveness(
            apt_s=self.apt_s + other.apt_s,
            pbt_s=_sum(self.pbt_s, other.pbt_s),
            known_s=self.known_s + other.known_s,
            planned_s=_sum(self.planned_s, other.planned_s),
            produced=_sum(self.produced, other.produced),
            good=_sum(self.good, other.good),
        )

    @property
    def availability(self) -> float | None:
        """A = APT / PBT. Without shifts: the share of the known time in Execute."""
        if self.pbt_s is None:
            return _ratio(self.apt_s, self.known_s)
        return _ratio(self.apt_s, self.pbt_s)

    @property
    def effectiveness(self) -> float | None:
        """E = PRI·PQ / APT; may exceed 1 where a line runs faster than its nominal rate."""
        return _ratio(self.planned_s, self.apt_s)

    @property
    def quality(self) -> float | None:
        """Q = GQ / PQ."""
        return _ratio(self.good, self.produced)

    @property
    def oee(self) -> float | None:
        """OEE = A·E·Q; None without shifts, because there is no planned busy time then."""
        a, e, q = self.availability, self.effectiveness, self.quality
        if self.pbt_s is None or a is None or e is None or q is None:
            return None
        return a * e * q


def _sum(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a + b


def _ratio(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None or b <= 0 else a / b
