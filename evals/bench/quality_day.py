"""What a day of planted faults gave. It must never hold a figure that was not lived."""

from dataclasses import dataclass, field

from evals.bench.planting import RIGHT, Clock, Kind


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one planted fault.

    Attributes:
        modelled: whether a soft sensor of the point could accuse it.
        delay_s: from onset to quarantine, None if it was never held; `rule` under which.
        limit_s: the same for fixed limits.
    """

    kind: Kind | Clock
    point: str
    modelled: bool
    delay_s: float | None
    rule: str
    limit_s: float | None

    @property
    def right(self) -> bool:
        """Whether it was called what it is."""
        if self.kind in RIGHT:
            return self.rule in RIGHT[self.kind]
        return self.rule == "clock"


@dataclass(slots=True)
class Day:
    """What one seed gave.

    Attributes:
        point_s: point-seconds lived healthy; `false` quarantines in them by rule, `limits` those
            of fixed limits; `alarms` the points.
        beside: quarantines of points without a fault while others had one.
        blamed: instruments held for drift under faults of the process, of `processes` faults.
        sensors, points: that may accuse, of measurements there are.
    """

    point_s: float = 0.0
    false: list[tuple[str, str]] = field(default_factory=list)
    limits: int = 0
    found: list[Found] = field(default_factory=list)
    beside: list[tuple[str, str]] = field(default_factory=list)
    blamed: list[tuple[str, str]] = field(default_factory=list)
    processes: int = 0
    sensors: int = 0
    points: int = 0
