"""Which of the stand-in's true numbers its readings told, and how far what they told is off.

A number counts as told when its own interval says so; only then is it held against the truth. It
must never drop one that was told and is wrong.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from evals.bench.row import Bar, Row
from evals.emulator.standin import StandIn
from twin_core.plant.assets import Plant
from twin_core.simulation.processes.identified import Identified
from twin_core.simulation.processes.nameplates import nameplate_of

WITHIN = Bar(high=10.0)
_SAME = {"capacity": "capacity", "control_band": "band", "capacitance": "capacitance",
         "conductance": "conductance"}  # fmt: skip
_SECONDS = {"product_temperature_setpoint": 38.0, "bowl_level_setpoint": 14.0,
            "bowl_pressure_setpoint": 9.0, "water_pressure_setpoint": 12.0,
            "water_temperature_setpoint": 45.0}  # fmt: skip
"""Time constants that the stand-in's laws have, by setpoint."""
_KNEE = 4.8
"""Temperature of the chilled water from which its filler's product is warmed."""


def recovered_rows(
    plant: Plant, weeks: Sequence[tuple[StandIn, tuple[Identified, ...]]], days: float
) -> Iterator[Row]:
    """By kind of number: error where told, the share told, and of intervals that hold the truth."""
    load = f"{len(weeks)} stand-in plants, {days:g} day(s) of readings each"
    kinds: dict[str, list[tuple[Identified, float, float]]] = {}
    for standin, found in weeks:
        for one in found:
            true = _true(plant, standin, one)
            if true is not None:
                kind = one.parameter.split(":")[0]
                kinds.setdefault(kind, []).append((one, true, nameplate_of(plant, one) or 0.0))
    for kind, those in kinds.items():
        yield from _kind(f"process.recovered.{kind}", those, load)
    every = [x for those in kinds.values() for x in those]
    yield from _kind("process.recovered.all", every, load)
    told = [(one, true) for one, true, _ in every if one.told and one.found is not None]
    yield Row(
        name="process.recovered.covered", unit="share", load=f"{load}, 90 % intervals, told",
        value=float(np.mean([o.found.holds(true) for o, true in told if o.found is not None])),
        n=len(told),
    )  # fmt: skip


def _kind(name: str, those: Sequence[tuple[Identified, float, float]], load: str) -> Iterator[Row]:
    told = [(o.found.value, true, plate) for o, true, plate in those if o.found and o.told]
    yield Row(
        name=f"{name}.told", value=100.0 * len(told) / len(those), unit="% of numbers",
        load=f"{load}, interval within 10 % of the value", n=len(those),
    )  # fmt: skip
    if not told:
        why = "the readings told none of them"
        yield Row(name=f"{name}.p90", value=None, unit="%", load=load, n=0, why=why)
        return
    found, true, plate = (np.array(c) for c in zip(*told, strict=True))
    off, plates = 100 * np.abs(found / true - 1), 100 * np.abs(plate / true - 1)
    yield Row(
        name=f"{name}.p90", value=float(np.quantile(off, 0.9)), unit="%", load=f"{load}, told",
        n=len(told), peer="the nameplate", peer_value=float(np.quantile(plates, 0.9)), bar=WITHIN,
    )  # fmt: skip
    yield Row(
        name=f"{name}.within_10", value=100 * float(np.mean(off <= 10.0)), unit="% of told",
        load=load, n=len(told), peer="the nameplate",
        peer_value=100 * float(np.mean(plates <= 10.0)),
    )  # fmt: skip


def _true(plant: Plant, standin: StandIn, one: Identified) -> float | None:
    """What the stand-in really has; None where its laws have no such number."""
    component = standin.assembly.components[one.asset]
    kind, _, what = one.parameter.partition(":")
    if kind in _SAME:
        # its busbar follows the transformer at once: there is no store to be found
        if kind == "capacitance" and plant.class_of(one.asset).medium == "power":
            return None
        return float(getattr(component, _SAME[kind]))
    if kind == "share":
        return nameplate_of(plant, one)
    if kind == "settle":
        return 3.0 * _SECONDS[what] if what in _SECONDS else None
    if what == "product_temperature":
        return _KNEE if kind == "full" else float(getattr(component, "water_gain"))  # noqa: B009
    return None
