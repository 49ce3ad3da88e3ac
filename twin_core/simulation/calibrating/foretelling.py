"""What a set foretells of a line's rate over a stretch, by the exact engine.

Stops and rejects are those that simulation would take of the set (`promoted.py`); speeds are those
at which the machines turned before the stretch, the same for every set. Where buffers stood is not
known: half full. It must never look into the stretch that it foretells.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import ImpossibleScenario
from twin_core.plant.assets import Plant, Unit
from twin_core.simulation.calibrating.champion import Stretch
from twin_core.simulation.calibrating.line_history import LineHistory
from twin_core.simulation.calibrating.parameters import MachineParameters, ParameterSet
from twin_core.simulation.calibrating.promoted import of_machine
from twin_core.simulation.lines.line import Buffer, Duration, Failure, Line, Machine, Setting
from twin_core.simulation.lines.recursion import run
from twin_core.value import SECOND, Instant

REPLICATIONS = 40
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
    told = run(Line(machines, buffers, seconds), seed, replications)
    turns = told.cycles[:, at] - told.rejected[:, at]
    good = turns * _given(counter) * plant.in_flow(line, counter)
    return np.asarray(good / (seconds / 60.0), np.float64)


def _machine(unit: Unit, known: MachineParameters | None, pace: float | None) -> Machine:
    rates = () if known is None else tuple(rate.value for rate in known.rates.values())
    rate = pace or max(rates, default=0.0) or unit.parameters.get("rated_speed", 0.0)
    if rate <= 0:
        raise ImpossibleScenario(f"{unit.name} without a speed", "a rated speed, or one told")
    given = {} if known is None else of_machine(known)
    between, length = given.get("mtbf_s"), given.get("mttr_s")
    failures: tuple[Failure, ...] = ()
    if between is not None and length is not None:
        failures = (Failure(Duration(between, "exponential"), Duration(length, "exponential")),)
    usual = Setting(0.0, rejects=given.get("reject_rate", 0.0))
    return Machine(Duration(60.0 * _given(unit) / rate), failures, settings=(usual,))


def _buffers(plant: Plant, units: tuple[Unit, ...]) -> Iterator[Buffer]:
    for j, (before, after) in enumerate(pairwise(units)):
        link = next((k for k in plant.links_from(before.id, "feeds") if k.target == after.id), None)
        given = None if link is None else link.buffer
        capacity = 1 if given is None else max(1, int(given.capacity))
        travel_s = 0.0 if given is None else given.travel_s
        puts, takes = _turns(before)[1], _turns(after)[0]
        yield Buffer(j, j + 1, capacity, travel_s, puts, takes, contents=capacity // 2)


def _turns(unit: Unit) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What a machine takes and puts, turn by turn: a lot is filled or emptied one by one."""
    takes, gives = (1, 1) if unit.flow is None else (round(unit.flow.takes), round(unit.flow.gives))
    takes, gives = max(1, takes), max(1, gives)
    if takes >= gives:
        return (1,), (*(0,) * (takes // gives - 1), 1)
    return (1, *(0,) * (gives // takes - 1)), (1,)


def _given(unit: Unit) -> float:
    """How many `unit_out` a turn gives."""
    puts = _turns(unit)[1]
    return sum(puts) / len(puts)
