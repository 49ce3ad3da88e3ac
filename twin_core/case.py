"""A case: an incident of the past with what it was, as diagnosed then or as a person confirmed it.

It must never hold what was not diagnosed or confirmed at the time.
"""

from pydantic import Field

from twin_core.operations.incident import Incident
from twin_core.plant.assets import Plant
from twin_core.value import Instant, Path, Slug, Value


class Case(Value):
    """One incident and its cause.

    Attributes:
        incident: with the plant time at which it was opened and closed.
        asset: unit where the cause was; None: it is not known.
        failure_mode: of its class; None: none of them, or not known which.
        probability: 0..1, as diagnosed; None where only a person said it.
        confirmed_by: name of the person who confirmed asset and mode, `confirmed_at` ledger time;
            empty and None where nobody has.
        words: of that person.
    """

    incident: Incident
    asset: Path | None = None
    failure_mode: Slug | None = None
    probability: float | None = Field(default=None, ge=0, le=1)
    confirmed_by: str = ""
    confirmed_at: Instant | None = None
    words: str = ""

    @property
    def when(self) -> Instant:
        """Plant time at which its incident was opened."""
        return self.incident.opened

    def called(self, plant: Plant) -> str:
        """The failure mode in words; empty where it is not known, or the class has no such."""
        if self.asset not in plant.units or self.failure_mode is None:
            return ""
        mode = plant.class_of(str(self.asset)).failure_mode(self.failure_mode)
        return mode.name if mode is not None else ""
