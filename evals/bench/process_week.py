"""Days of the stand-in plant as its instruments tell them, with the small things that days bring.

A set pressure tried, a valve opened, a machine that trips and is reset: without them a plant that
is well regulated tells little of itself. It must never be told what is being estimated.
"""

import datetime as dt
from collections.abc import Sequence

import numpy as np

from evals.emulator.faults import Fault, Size
from evals.emulator.standin import StandIn, Write
from twin_core.plant.assets import Plant
from twin_core.simulation.processes.history import ProcessHistory, watched
from twin_core.value import SECOND

STEP_S = 10
_SAMPLE_S = 2
_DAY_S = 86_400


def lived(plant: Plant, seed: int, days: float) -> tuple[StandIn, ProcessHistory]:
    """Let the stand-in live for some days; it as it is then, and what was read."""
    start = int(dt.datetime(2026, 2, 2, 6, 0, tzinfo=dt.UTC).timestamp()) * SECOND
    standin = StandIn(plant, seed, start)
    paths = [p.id for p in watched(plant)]
    index = np.array([plant.index[p] for p in paths])
    buckets = round(days * _DAY_S / STEP_S)
    found = np.empty((buckets, len(paths)), np.float32)
    events = sorted(_events(plant.site, buckets * STEP_S), key=lambda e: e[0])
    done = 0
    for k in range(buckets):
        while done < len(events) and events[done][0] <= k * STEP_S:
            _, what = events[done]
            done += 1
            if isinstance(what, Fault):
                standin.inject(what)
            else:
                standin.write(Write(plant.index[what[0]], what[1]), "operator")
        total = np.zeros(len(paths))
        for second in range(STEP_S):
            standin.step()
            if second % _SAMPLE_S == _SAMPLE_S - 1:
                total += standin.values[index]
        found[k] = total / (STEP_S // _SAMPLE_S)
    columns = {p: found[:, j].astype(np.float64) for j, p in enumerate(paths)}
    return standin, ProcessHistory(float(STEP_S), columns, start)


def _events(site: str, seconds: int) -> Sequence[tuple[int, Fault | tuple[str, float]]]:
    """(second, fault or setpoint) spread over the span."""
    air, cooling, steam = (f"{site}/utilities/{s}" for s in ("air", "cooling", "steam"))

    def trips(unit: str, for_s: float) -> Fault:
        return Fault(
            id="trip", component=unit, parameter="running", shape="step",
            size=Size(value=0.0), end=for_s,
        )  # fmt: skip

    one, two = f"{air}/compressor_1", f"{air}/compressor_2"
    fillers = [f"{site}/packaging/line{i}/filler" for i in (1, 2, 3, 4)]
    script: list[list[tuple[int, Fault | tuple[str, float]]]] = [
        [(0, (f"{one}/pressure_setpoint", 6.6)), (1800, (f"{one}/pressure_setpoint", 7.0))],
        [(0, trips(two, 480.0))],
        [(0, trips(f"{cooling}/chiller", 720.0))],
        [(0, (f"{air}/cross_tie/position_setpoint", 50.0)),
         (1500, (f"{air}/cross_tie/position_setpoint", 10.0))],
        [(0, (f"{two}/pressure_setpoint", 7.3)), (1800, (f"{two}/pressure_setpoint", 7.0))],
        [(0, trips(f"{steam}/boiler", 420.0))],
        [(0, trips(one, 480.0))],
        [(0, (f"{cooling}/chiller/supply_temperature_setpoint", 5.0)),
         (2400, (f"{cooling}/chiller/supply_temperature_setpoint", 4.0))],
        [(k * 900, (f"{f}/product_temperature_setpoint", 7.0 if k % 2 == 0 else 8.0))
         for f in fillers for k in range(4)],
        [(k * 900, (f"{f}/bowl_level_setpoint", 55.0 if k % 2 == 0 else 60.0))
         for f in fillers for k in range(4)],
        [(0, trips(f"{cooling}/chiller", 600.0))],
    ]  # fmt: skip
    apart = seconds // (len(script) + 1)
    return [(apart * (i + 1) + at, what) for i, part in enumerate(script) for at, what in part]
