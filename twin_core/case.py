"""A case: an incident of the past with what it was, as diagnosed then or as a person confirmed it.

It must never hold what was not diagnosed or confirmed at the time.
"""

from collections.abc import Iterable

from pydantic import Field

from twin_core.errors import UnknownName
from twin_core.operations.incident import Incident, Kind
from twin_core.operations.throughput import MOVING_ROWS, RECOVERED_ROWS
from twin_core.plant.assets import Plant
from twin_core.recent import GRID_S
from twin_core.value import SECOND, Instant, Path, Slug, Value

_CALLED_OVER: dict[Kind, int] = {"rate_loss": RECOVERED_ROWS + 1, "stopped": MOVING_ROWS + 1}
"""Rows of the common grid that an incident lasts on after what it is about."""
_TELLS_US = 1200 * SECOND
_NEWEST = 5


class Case(Value):
    """One incident and its cause.

    Attributes:
        incident: with the plant time at which it was opened and closed.
        asset: unit where the cause was; None: it is not known.
        failure_mode: of its class; None: none of them, or not known which.
        probability: 0..1, as diagnosed; None where only a person said it.
        diagnosed, diagnosed_mode: what had been diagnosed when a person confirmed it.
        confirmed_by: name of the person who confirmed asset and mode, `confirmed_at` ledger time;
            empty and None where nobody has.
        words: of that person.
    """

    incident: Incident
    asset: Path | None = None
    failure_mode: Slug | None = None
    probability: float | None = Field(default=None, ge=0, le=1)
    diagnosed: Path | None = None
    diagnosed_mode: Slug | None = None
    confirmed_by: str = ""
    confirmed_at: Instant | None = None
    words: str = ""

    @property
    def when(self) -> Instant:
        """Plant time at which its incident was opened."""
        return self.incident.opened

    def after(self, before: "Case | None") -> "Case":
        """The case as a person confirms it, with what had been diagnosed before any person did."""
        if before is None:
            return self
        own = not before.confirmed_by
        return self.model_copy(
            update={
                "diagnosed": before.asset if own else before.diagnosed,
                "diagnosed_mode": before.failure_mode if own else before.diagnosed_mode,
            }
        )

    @property
    def as_diagnosed(self) -> bool:
        """Whether what a person confirmed is what had been diagnosed."""
        mode = self.failure_mode in {None, self.diagnosed_mode}
        return self.diagnosed is not None and self.diagnosed == self.asset and mode

    def called(self, plant: Plant) -> str:
        """The failure mode in words; empty where it is not known, or the class has no such."""
        if self.asset not in plant.units or self.failure_mode is None:
            return ""
        mode = plant.class_of(str(self.asset)).failure_mode(self.failure_mode)
        return mode.name if mode is not None else ""


def incident_of(name: str, remembered: Iterable[Incident], cases: Iterable[Case]) -> Incident:
    """The incident of that id: as it is remembered, or as a case of any time before keeps it.

    Raises:
        UnknownName: there was none that was kept; the newest are named.
    """
    known = {one.incident.id: one.incident for one in cases} | {one.id: one for one in remembered}
    if name not in known:
        newest = sorted(known.values(), key=lambda one: -one.opened)[:_NEWEST]
        raise UnknownName("incident", name, [one.id for one in newest])
    return known[name]


def shows_best(incident: Incident, now: Instant) -> Instant:
    """The plant time at which an incident tells most of its cause: deep in it, before it is over.

    An incident is closed only after what it takes to call it over, and twenty minutes of a loss
    tell what kind it is (`diagnosis/longer.py`). Of one that goes on, now.
    """
    if incident.closed is None:
        return now
    over = _CALLED_OVER.get(incident.kind, 0) * GRID_S * SECOND
    return max(incident.opened, min(incident.closed - over, incident.opened + _TELLS_US))
