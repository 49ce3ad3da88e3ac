"""Whether advice may rest on a set of parameters now: not too old, not drifted, not out of range.

Absence of a reason to trust is a reason to refuse. It must never let a set be used because nothing
was asked of it.
"""

from pydantic import Field

from twin_core.simulation.calibrating.model_drift import Drift
from twin_core.simulation.calibrating.parameters import ParameterSet
from twin_core.value import SECOND, Instant, Path, Value

OLDEST_S = 14 * 86_400.0
"""A set is too old after so many seconds, where a plant has no rule of its own."""
_BEYOND = 0.05
"""So far above the rates that were seen a model is still believed."""
_LEAST_SEEN = 0.5


class Situation(Value):
    """What a line is asked to do.

    Attributes:
        products: numbers of what is made or would be made; -1 = not known which.
        rates: by machine what it is asked for, per minute, where it is asked for something.
        plant: version of the plant file.
    """

    products: tuple[int, ...] = Field(min_length=1)
    rates: dict[Path, float] = Field(default_factory=dict)
    plant: str


class Usable(Value):
    """Whether a set may be used, and why not."""

    version: str
    reasons: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether it may."""
        return not self.reasons

    @property
    def sentence(self) -> str:
        """What a person is told."""
        if not self.reasons:
            return f"Parameters {self.version} may be used."
        return f"Parameters {self.version} are not relied on: {'; '.join(self.reasons)}."


def usable(
    parameters: ParameterSet, now: Instant, situation: Situation, *,
    drift: Drift | None = None, oldest_s: float = OLDEST_S,
) -> Usable:  # fmt: skip
    """Hold a set against the moment and what is asked.

    Args:
        parameters: the champion.
        now: plant time.
        situation: the line as it is, or as a scenario would have it.
        drift: what is known of it; that of another version does not count.
        oldest_s: age of the newest history in it, seconds, up to which it is used.
    """
    reasons: list[str] = []
    age = (now - parameters.end) / SECOND
    if age > oldest_s:
        reasons.append(
            f"they were learnt {age / 86_400:.1f} days ago, {oldest_s / 86_400:.3g} are allowed"
        )
    if age < 0:
        reasons.append("they were learnt from time that has not come yet")
    if drift is not None and drift.version == parameters.version:
        reasons.append(f"they have drifted. {drift.sentence[:-1]}")
    if situation.plant != parameters.plant:
        reasons.append("the plant file has changed since")
    if parameters.seen < _LEAST_SEEN:
        reasons.append(
            f"states were told for {parameters.seen:.0%} of the time they were learnt in"
        )
    if not any(machine.rates for machine in parameters.machines):
        reasons.append("no machine's rate could be estimated")
    for machine in parameters.machines:
        reasons += _outside(parameters, situation, machine.unit)
    return Usable(version=parameters.version, reasons=tuple(reasons))


def _outside(parameters: ParameterSet, situation: Situation, unit: str) -> list[str]:
    machine = parameters.machine(unit)
    assert machine is not None
    reasons = [
        f"{unit} was never seen making product {number}"
        for number in situation.products
        if machine.rates and number not in machine.rates and -1 not in machine.rates
    ]
    asked, seen = situation.rates.get(unit), parameters.ranges.get(unit)
    # slower lies between what was seen and standing still, which everybody knows
    if asked is not None and seen is not None and asked > seen.high * (1 + _BEYOND):
        reasons.append(f"{unit} is asked for {asked:g}/min, up to {seen.high:.4g} were seen")
    return reasons
