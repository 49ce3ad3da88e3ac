"""From a set to the parameters that simulation knows, and from a plant file to a set.

It must never promote: it is given what a person promoted.
"""

from collections.abc import Iterable

from twin_core.calibrated import Calibrated
from twin_core.plant.assets import Plant, Unit
from twin_core.simulation.calibrating.estimated import Estimated
from twin_core.simulation.calibrating.law_fit import Fit
from twin_core.simulation.calibrating.lifetimes import Law
from twin_core.simulation.calibrating.parameters import (
    MachineParameters,
    ParameterSet,
    StopParameters,
)


def calibrated(sets: Iterable[ParameterSet]) -> Calibrated:
    """What simulation takes from sets, one a line.

    Rates are not among it: a machine's speed is what it is commanded and reaches now.
    """
    versions: dict[str, str] = {}
    units: dict[str, dict[str, float]] = {}
    for one in sets:
        versions[one.line] = one.version
        units |= {machine.unit: of_machine(machine) for machine in one.machines}
    return Calibrated(versions=versions, units={path: of for path, of in units.items() if of})


def of_machine(machine: MachineParameters) -> dict[str, float]:
    """Its stops of all kinds as one stream, and its rejects.

    Streams that compete add their rates, and a stop is of a kind in proportion to its rate (Cox
    and Isham, *Point Processes*, 1980, section 4.5).
    """
    found: dict[str, float] = {}
    rates = {s.kind: 1.0 / s.between.mean.value for s in machine.stops if s.between is not None}
    if rates:
        found["mtbf_s"] = 1.0 / sum(rates.values())
    lengths = [
        (rates[s.kind], s.length.mean.value)
        for s in machine.stops
        if s.length is not None and s.kind in rates
    ]
    if lengths:
        found["mttr_s"] = sum(r * s for r, s in lengths) / sum(r for r, _ in lengths)
    if machine.rejects is not None:
        found["reject_rate"] = machine.rejects.value
    return found


def nameplate(plant: Plant, line: str) -> ParameterSet:
    """What the plant file says of a line, as a set that has learnt from nothing.

    Raises:
        UnknownName: no such line.
    """
    found = plant.line(line)
    return ParameterSet(
        line=found.id,
        start=0,
        end=0,
        history="",
        plant=plant.version,
        minor_s=None,
        seen=0.0,
        machines=tuple(_told(unit) for unit in plant.machines(found)),
        buffers=(),
        ranges={},
    )


def _told(unit: Unit) -> MachineParameters:
    given = unit.parameters
    stops: tuple[StopParameters, ...] = ()
    if given.get("mtbf_s", 0.0) > 0:
        mttr = given.get("mttr_s", 0.0)
        stops = (
            StopParameters(
                kind="minor_stop",
                between=_law(given["mtbf_s"]),
                length=_law(mttr) if mttr > 0 else None,
            ),
        )
    rejects, rated = given.get("reject_rate"), given.get("rated_speed", 0.0)
    return MachineParameters(
        unit=unit.id,
        rates={-1: _said(rated, "/min")} if rated > 0 else {},
        rejects=None if rejects is None else _said(rejects, "1"),
        stops=stops,
    )


def _law(mean_s: float) -> Fit:
    return Fit(
        law=Law(family="exponential", mean_s=mean_s), mean=_said(mean_s, "s"), shape=None,
        events=0, censored=0, watched_s=0.0, aicc={},
    )  # fmt: skip


def _said(value: float, unit: str) -> Estimated:
    return Estimated(value=value, low=None, high=None, unit=unit, n=0, by="the plant file")
