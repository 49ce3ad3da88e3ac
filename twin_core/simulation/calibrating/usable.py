"""Whether advice may rest on a set of parameters now: not too old, not drifted, not out of range.

Absence of a reason to trust is a reason to refuse. It must never let a set be used because nothing
was asked of it.
"""

from collections.abc import Iterator

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
    reasons = list(aged(parameters.end, parameters.plant, now, situation.plant, oldest_s))
    if drift is not None and drift.version == parameters.version:
        reasons.append(f"they have drifted. {drift.sentence[:-1]}")
    if parameters.seen < _LEAST_SEEN:
        reasons.append(
            f"states were told for {parameters.seen:.0%} of the time they were learnt in"
        )
    if not any(machine.rates for machine in parameters.machines):
        reasons.append("no machine's rate could be estimated")
    reasons += _unseen(parameters, situation)
    for machine in parameters.machines:
        reasons += _outside(parameters, situation, machine.unit)
    return Usable(version=parameters.version, reasons=tuple(reasons))


def aged(
    end: Instant, learnt_with: str, now: Instant, plant: str, oldest_s: float = OLDEST_S
) -> Iterator[str]:
    """What speaks against what was learnt up to `end`, with a plant file of that version."""
    age = (now - end) / SECOND
    if age > oldest_s:
        yield f"they were learnt {age / 86_400:.1f} days ago, {oldest_s / 86_400:.3g} are allowed"
    if age < 0:
        yield "they were learnt from time that has not come yet"
    if plant != learnt_with:
        yield "the plant file has changed since"


def _unseen(parameters: ParameterSet, situation: Situation) -> Iterator[str]:
    """Products that machines were never seen making, each told once."""
    told = [m for m in parameters.machines if m.rates and -1 not in m.rates]
    for number in situation.products:
        strange = [m.unit for m in told if number not in m.rates]
        if strange:
            many = len(strange) > 1
            where = f"{len(strange)} of its machines were" if many else f"{strange[0]} was"
            yield f"{where} never seen making product {number}"


def _outside(parameters: ParameterSet, situation: Situation, unit: str) -> Iterator[str]:
    asked, seen = situation.rates.get(unit), parameters.ranges.get(unit)
    # slower lies between what was seen and standing still, which everybody knows
    if asked is not None and seen is not None and asked > seen.high * (1 + _BEYOND):
        yield f"{unit} is asked for {asked:g}/min, up to {seen.high:.4g} were seen"
