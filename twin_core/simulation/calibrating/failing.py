"""How likely a machine fails within a time ahead: the answer, and what a set of laws says of it.

Only running time ages a machine, so that the time ahead is taken as if it ran all along: an upper
end. It must never tell of a failure that nobody has seen, but for how rare it must be.
"""

from math import exp
from typing import Literal

from twin_core.errors import NotLearnt
from twin_core.simulation.calibrating.estimated import Estimated
from twin_core.simulation.calibrating.parameters import ParameterSet
from twin_core.value import Path, Value


class Failing(Value):
    """The answer.

    Attributes:
        value: probability, with its 90 % interval; None where the data set no such end.
        by: `learned` from what the machine showed before it failed, or `law`: from how often.
        why: what speaks for it most, one clause each.
        usual: of any time of that length; None = it is the answer itself.
        model: version.
    """

    unit: Path
    horizon_s: float
    value: float | None
    low: float | None
    high: float | None
    by: Literal["learned", "law"]
    why: tuple[str, ...] = ()
    usual: float | None = None
    model: str


def by_law(parameters: ParameterSet, unit: str, horizon_s: float) -> Failing:
    """Of one failure or more in the time ahead: 1 - exp(-t / m), as they come without memory.

    With an age that is not known a law that ages says no more than its mean (Cox, *Renewal
    Theory*, 1962, section 2.2: the stationary rate is 1 / m).

    Raises:
        NotLearnt: the set says nothing of the machine's failures.
    """
    machine = parameters.machine(unit)
    stops = () if machine is None else machine.stops
    failures = next((s for s in stops if s.kind == "failure"), None)
    if failures is None or (failures.between is None and failures.at_least_s is None):
        raise NotLearnt(
            f"failures of {unit}",
            "its failures were not watched",
            "a span in which it tells its state",
        )
    if failures.between is not None:
        mean = failures.between.mean
        return Failing(
            unit=unit, horizon_s=horizon_s, by="law", model=parameters.version,
            value=_chance(mean.value, horizon_s), low=_low(mean, horizon_s),
            high=None if mean.low is None else _chance(mean.low, horizon_s),
            why=(f"{failures.between.events} failures were seen, {mean} apart in running time",),
        )  # fmt: skip
    assert failures.at_least_s is not None
    return Failing(
        unit=unit, horizon_s=horizon_s, by="law", model=parameters.version, value=None, low=0.0,
        high=_chance(failures.at_least_s, horizon_s),
        why=(f"no failure was seen: they are {failures.at_least_s:.0f} s apart at least",),
    )  # fmt: skip


def _chance(mean_s: float, horizon_s: float) -> float:
    return 1.0 - exp(-horizon_s / mean_s)


def _low(mean: Estimated, horizon_s: float) -> float:
    return 0.0 if mean.high is None else _chance(mean.high, horizon_s)
