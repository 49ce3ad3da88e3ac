"""What a set foretells of a line's rate over a stretch, by the exact engine.

Stops and rejects are the set's; speeds are those at which the machines turned before the stretch,
the same for every set. Where buffers stood is not known: the line is warmed up. It must never look
into the stretch that it foretells.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import ImpossibleScenario
from twin_core.plant.assets import Plant, Unit
from twin_core.simulation.calibrating.champion import Stretch
from twin_core.simulation.calibrating.lifetimes import Law
from twin_core.simulation.calibrating.line_history import LineHistory
from twin_core.simulation.calibrating.parameters import MachineParameters, ParameterSet
from twin_core.simulation.lines.line import Buffer, Duration, Failure, Line, Machine, Setting
from twin_core.simulation.lines.recursion import run
from twin_core.value import SECOND, Instant

REPLICATIONS = 64
_WARM_S = 1200.0
_BEFORE_US = 3600 * SECOND
_MINUTE_US = 60 * SECOND


def stretches(
    plant: Plant, history: LineHistory, start: Instant, end: Instant, length_s: float = 1800.0
) -> tuple[Stretch, ...]:
    """Stretches between two times in which the line was meant to make things, with their rate.

    One in which the line's count was not heard all along is left out.
    """
    line = plant.line(history.line)
    counter = plant.counter(line)
    machine = next((m for m in history.machines if counter and m.unit.id == counter.id), None)
    if machine is None or counter is None:
        return ()
    worth = plant.in_flow(line, counter)
    step = round(length_s) * SECOND
    first = -(-max(start, history.start) // _MINUTE_US) * _MINUTE_US
    found = []
    for a in range(first, min(end, history.end) - step + 1, step):
        rows = (machine.time > a) & (machine.time <= a + step)
        made = machine.made[rows]
        off = (history.planned[:, 0] < a + step) & (history.planned[:, 1] > a)
        if not off.any() and len(made) == step // _MINUTE_US and np.isfinite(made).all():
            rate = float(made.sum()) * worth / (length_s / 60.0)
            found.append(Stretch(start=a, end=a + step, rate=rate))
    return tuple(found)


def paces(history: LineHistory, at: Instant) -> dict[str, float]:
    """At what each machine turned in the hour before, things a minute; left out where not told."""
    found = {}
    for machine in history.machines:
        rows = (machine.time > at - _BEFORE_US) & (machine.time <= at)
        speed = machine.speed[rows]
        turning = speed[np.isfinite(speed) & (speed > 0)]
        if len(turning):
            found[machine.unit.id] = float(np.median(turning))
    return found


def foretold(
    plant: Plant, parameters: ParameterSet, pace: Mapping[str, float], seconds: float, seed: int,
    replications: int = REPLICATIONS,
) -> NDArray[np.float64]:  # fmt: skip
    """Draws of the line's mean rate over a stretch, in its unit of flow per minute, float64[R].

    The same seed draws the same fates for every set.

    Raises:
        ImpossibleScenario: a machine without a speed, or a line that the engine refuses.
    """
    line = plant.line(parameters.line)
    counter = plant.counter(line)
    units = plant.machines(line)
    if counter is None:
        raise ImpossibleScenario(f"{line.name} has no machines", "a production line")
    machines = tuple(
        _machine(unit, parameters.machine(unit.id), pace.get(unit.id)) for unit in units
    )
    buffers = tuple(_buffers(plant, units))
    at = [unit.id for unit in units].index(counter.id)
    good = []
    for horizon in (_WARM_S, _WARM_S + seconds):
        told = run(Line(machines, buffers, horizon), seed, replications)
        good.append(told.cycles[:, at] - told.rejected[:, at])
    worth = plant.in_flow(line, counter)
    return np.asarray((good[1] - good[0]) * worth / (seconds / 60.0), np.float64)


def _machine(unit: Unit, known: MachineParameters | None, pace: float | None) -> Machine:
    rates = () if known is None else tuple(rate.value for rate in known.rates.values())
    rate = pace or max(rates, default=0.0) or unit.parameters.get("rated_speed", 0.0)
    if rate <= 0:
        raise ImpossibleScenario(f"{unit.name} without a speed", "a rated speed, or one told")
    failures = tuple(
        Failure(_duration(stop.between.law), _duration(stop.length.law))
        for stop in (() if known is None else known.stops)
        if stop.between is not None and stop.length is not None
    )
    rejects = 0.0 if known is None or known.rejects is None else known.rejects.value
    return Machine(Duration(60.0 / rate), failures, settings=(Setting(0.0, rejects=rejects),))


def _duration(law: Law) -> Duration:
    shape = law.shape
    if law.family == "gamma":  # the engine has none: a lognormal of the same mean and variance
        return Duration(law.mean_s, "lognormal", float(np.clip(log(1 + 1 / shape) ** 0.5, 1e-3, 3)))
    if law.family == "weibull":
        return Duration(law.mean_s, "weibull", float(np.clip(shape, 0.2, 20.0)))
    if law.family == "lognormal":
        return Duration(law.mean_s, "lognormal", float(np.clip(shape, 1e-3, 3.0)))
    return Duration(law.mean_s, "exponential")


def _buffers(plant: Plant, units: tuple[Unit, ...]) -> Iterator[Buffer]:
    for j, (before, after) in enumerate(pairwise(units)):
        link = next((k for k in plant.links_from(before.id, "feeds") if k.target == after.id), None)
        given = None if link is None else link.buffer
        takes = 1 if after.flow is None else max(1, round(after.flow.takes))
        # what comes many at a time (bottles of a pallet) is put one by one, and taken at the first
        turns = (takes, *(0,) * (_gives(after) - 1))
        capacity = takes + 1 if given is None else max(takes, int(given.capacity))
        yield Buffer(j, j + 1, capacity, given.travel_s if given else 0.0, (1,), turns)


def _gives(unit: Unit) -> int:
    return 1 if unit.flow is None else max(1, round(unit.flow.gives))
