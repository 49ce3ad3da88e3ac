"""History → the parameters of a line's model, with intervals, provenance and what is missing.

A pure function of a line's history. It must never change what a model uses: a better set replaces
another only when a person says so.
"""

from collections.abc import Iterator

import numpy as np

from twin_core.plant.assets import Plant
from twin_core.simulation.calibrating.buffer_check import BufferCheck, check_buffer
from twin_core.simulation.calibrating.cycle_times import rates_of, rejects_of
from twin_core.simulation.calibrating.estimated import Estimated
from twin_core.simulation.calibrating.goodness import Goodness, goodness
from twin_core.simulation.calibrating.law_fit import Fit, NoFit, fit_law
from twin_core.simulation.calibrating.lifetimes import Durations
from twin_core.simulation.calibrating.line_history import LineHistory, MachineHistory
from twin_core.simulation.calibrating.lives import MINOR_S, Lives, lives_of
from twin_core.simulation.calibrating.parameters import (
    Difference,
    MachineParameters,
    ParameterSet,
    Remark,
    StopParameters,
)
from twin_core.value import Range

_USUAL = (0.01, 0.99)
"""Of the minutes in which a machine turned; what is rarer is a start, a stop or a misreading."""


def calibrate(
    plant: Plant, history: LineHistory, *, minor_s: float | None = MINOR_S, seed: int = 0
) -> ParameterSet:
    """Learn the parameters of a line from what it did.

    Args:
        plant: whose file names machines and buffers.
        history: of one of its lines.
        minor_s: stops shorter than this are minor; None = one kind only.
        seed: of the draws behind the tests of fit.
    """
    missing: list[Remark] = []
    doubts: list[Remark] = []
    machines = tuple(
        _machine(history, machine, minor_s, seed, missing, doubts) for machine in history.machines
    )
    return ParameterSet(
        line=history.line,
        start=history.start,
        end=history.end,
        history=history.digest,
        plant=plant.version,
        minor_s=minor_s,
        seen=_seen(history),
        machines=machines,
        buffers=tuple(_buffers(plant, history)),
        ranges=_ranges(history, machines),
        missing=tuple(missing),
        doubts=tuple(doubts),
    )


def differences(plant: Plant, parameters: ParameterSet) -> tuple[Difference, ...]:
    """What the plant file gives beside what was seen, where both are known."""
    told = (
        *(one for machine in parameters.machines for one in _of_machine(plant, machine)),
        *(one for buffer in parameters.buffers for one in _of_buffer(buffer)),
    )
    return tuple(
        Difference(asset=asset, parameter=name, file=file, seen=seen, outside=outside)
        for asset, name, file, seen, outside in told
    )


_Beside = Iterator[tuple[str, str, float, Estimated, bool]]
"""Asset, parameter, the file's, what was seen, whether they differ."""


def _of_machine(plant: Plant, machine: MachineParameters) -> _Beside:
    """Parameters by their names in class files."""
    given = plant.unit(machine.unit).parameters
    seen: dict[str, Estimated] = {}
    if machine.rates:
        seen["rated_speed"] = max(machine.rates.values(), key=lambda rate: rate.value)
    if machine.rejects is not None:
        seen["reject_rate"] = machine.rejects
    for stop in machine.stops:
        if stop.kind == "minor_stop" or len(machine.stops) == 1:
            if stop.between is not None:
                seen["mtbf_s"] = stop.between.mean
            if stop.length is not None:
                seen["mttr_s"] = stop.length.mean
    for name, one in seen.items():
        if name in given:
            # what runs slower than it is rated may have been asked to
            slower = name == "rated_speed" and one.value <= given[name]
            yield machine.unit, name, given[name], one, not slower and not one.holds(given[name])


def _of_buffer(buffer: BufferCheck) -> _Beside:
    if buffer.capacity is not None:
        differs = buffer.verdict != "consistent"
        yield buffer.source, "capacity", buffer.file, buffer.capacity, differs
    if buffer.travel_s is not None:
        # what is seen has more in it than the travel: only a file that says more is wrong
        high = buffer.travel_s.high
        longer = high is not None and buffer.file_travel_s > high
        yield buffer.source, "travel_s", buffer.file_travel_s, buffer.travel_s, longer


def _machine(
    history: LineHistory, machine: MachineHistory, minor_s: float | None, seed: int,
    missing: list[Remark], doubts: list[Remark],
) -> MachineParameters:  # fmt: skip
    unit = machine.unit.id
    rates, lacking = rates_of(history, machine)
    for number, why in lacking.items():
        what = "rate" if number < 0 else f"rate of product {number}"
        missing.append(Remark(asset=unit, what=what, why=why))
    rejects = rejects_of(history, machine)
    if isinstance(rejects, str):
        missing.append(Remark(asset=unit, what="rejects", why=rejects))
    stops = tuple(
        _stops(unit, lives, seed, missing, doubts) for lives in lives_of(history, machine, minor_s)
    )
    return MachineParameters(
        unit=unit,
        rates=rates,
        rejects=None if isinstance(rejects, str) else rejects,
        stops=stops,
    )


def _stops(
    unit: str, lives: Lives, seed: int, missing: list[Remark], doubts: list[Remark]
) -> StopParameters:
    between, between_good = _law(
        unit, lives.kind, "time between", lives.between, seed, missing, doubts
    )
    length, length_good = _law(unit, lives.kind, "length", lives.lengths, seed, missing, doubts)
    return StopParameters(
        kind=lives.kind,
        between=between if isinstance(between, Fit) else None,
        between_good=between_good,
        length=length if isinstance(length, Fit) else None,
        length_good=length_good,
        at_least_s=between.at_least_s if isinstance(between, NoFit) else None,
    )


def _law(
    unit: str, kind: str, of: str, durations: Durations, seed: int,
    missing: list[Remark], doubts: list[Remark],
) -> tuple[Fit | NoFit, Goodness | None]:  # fmt: skip
    what = f"{of} of {kind.replace('_', ' ')}s"
    fit = fit_law(durations)
    if isinstance(fit, NoFit):
        if of != "length" or len(durations.seconds):  # that there was none is said of the time
            missing.append(Remark(asset=unit, what=what, why=fit.why))
        return fit, None
    if fit.shape is None and len(fit.aicc) == 1:
        why = "; ".join(sorted(set(fit.unsettled.values())))
        missing.append(Remark(asset=unit, what=f"shape of {what}", why=why))
    good = goodness(fit, durations, seed)
    if good is not None and not good.steady:
        way = "shorter" if good.trend > 0 else "longer"
        why = f"it gets {way} over the span ({abs(good.trend):.1f} standard deviations)"
        doubts.append(Remark(asset=unit, what=what, why=why))
    if good is not None and not good.fits:
        far = f"{fit.law.family} is the nearest, {good.distance:.2f} away over {good.n} events"
        doubts.append(Remark(asset=unit, what=what, why=f"no law fits: {far}"))
    return fit, good


def _buffers(plant: Plant, history: LineHistory) -> Iterator[BufferCheck]:
    machines = {m.unit.id: m for m in history.machines}
    for link in plant.links:
        known = link.source in machines and link.target in machines
        if link.kind == "feeds" and link.buffer is not None and known:
            yield check_buffer(history, link, machines[link.source], machines[link.target])


def _ranges(history: LineHistory, machines: tuple[MachineParameters, ...]) -> dict[str, Range]:
    """At what each machine turned, or else from the lowest to the highest rate of any product."""
    found = {}
    for machine, told in zip(machines, history.machines, strict=True):
        speed = told.speed[(told.time > history.start) & (told.time <= history.end)]
        turned = speed[np.isfinite(speed) & (speed > 0)]
        rates = [rate.value for rate in machine.rates.values()]
        if len(turned):
            low, high = np.quantile(turned, _USUAL)
            found[machine.unit] = Range(low=float(low), high=float(high))
        elif rates:
            found[machine.unit] = Range(low=min(rates), high=max(rates))
    return found


def _seen(history: LineHistory) -> float:
    """Share of the span in which machines told their states."""
    span = (history.end - history.start) * len(history.machines)
    if span <= 0:
        return 0.0
    told = sum(
        float((np.minimum(m.spells[:, 1], history.end) - np.maximum(m.spells[:, 0], history.start))
              .clip(0).sum())
        for m in history.machines
    )  # fmt: skip
    return min(1.0, round(told / span, 6))
