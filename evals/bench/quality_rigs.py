"""Soft sensors on data that others measured: a pump rig (SKAB) and a chemical plant (TEP).

Learned on the first healthy run, held against the next: healthy, with planted drifts, and under
disturbances of the process. It must never choose anything by what it finds there.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.bench.planting import Planted
from evals.datasets import skab, tep
from twin_core.columns import Columns
from twin_core.drift import Drift
from twin_core.fitting import LEAST_ROWS, Lesson, fit
from twin_core.plant.assets import Area, Line, Plant, Point, Unit
from twin_core.plant.classes import EquipmentClass, PointSpec
from twin_core.plant.source import Source
from twin_core.recent import GRID_S, GRID_US
from twin_core.soft_sensor import SoftSensors
from twin_core.value import Range

_LEARNED = 0.6
"""Share of SKAB's healthy run that is learned from: ten-second means, the first part."""
_LIMIT = 4.0
"""The peer holds a mean that lies so many deviations from what was learned, twice running."""


@dataclass(frozen=True, slots=True)
class Rig:
    """What was found on one set.

    Attributes:
        channels, accusing: instruments, and those with a soft sensor that may accuse.
        rows: healthy rows lived; `row_s` seconds each.
        false, limit_false: instruments held in them, by soft sensors and by fixed limits.
        planted, found, limit_found: drifts on accusing channels, one at a time.
        disturbed: disturbances of the process; `blamed`: instruments held under them.
    """

    channels: int
    accusing: int
    rows: int
    row_s: float
    false: int
    limit_false: int
    planted: int
    found: int
    limit_found: int
    disturbed: int
    blamed: int


def pump(folder: Path, seed: int) -> Rig | None:
    """SKAB; None where it is not present."""
    run = skab.healthy(folder)
    if run is None:
        return None
    value = _rows(run.value)
    cut = round(len(value) * _LEARNED)
    disturbed = [_rows(r.value) for r in skab.disturbed(folder)]
    return _judged(value[:cut], value[cut:], disturbed, GRID_S, seed)


def chemical(folder: Path, seed: int) -> Rig | None:
    """TEP, three minutes a row; None where it is not present."""
    learned, healthy = tep.learned(folder), tep.healthy(folder)
    if learned is None or healthy is None:
        return None
    # What a controller sets is no instrument: XMV stay as inputs would, and are not planted.
    return _judged(learned, healthy, list(tep.faulty(folder)), 180.0, seed)


def _rows(value: NDArray[np.float64]) -> NDArray[np.float64]:
    whole = len(value) // GRID_S * GRID_S
    mean: NDArray[np.float64] = value[:whole].reshape(-1, GRID_S, value.shape[1]).mean(axis=1)
    return mean


def _judged(
    learned: NDArray[np.float64],
    healthy: NDArray[np.float64],
    disturbed: list[NDArray[np.float64]],
    row_s: float,
    seed: int,
) -> Rig:
    plant = _plant(learned)
    paths = tuple(point.id for point in plant.points)
    none = np.zeros(len(paths))
    steady = np.ones(learned.shape, bool)
    lesson = Lesson(paths, ("",) * len(paths), paths, learned, steady, none, none, LEAST_ROWS)
    sensors = SoftSensors(start=0, end=len(learned) * GRID_US, sensors=fit(lesson))
    accusing = [plant.index[s.point] for s in sensors.sensors if s.accuses]
    rng = np.random.default_rng(seed)
    found = limit_found = 0
    for p in accusing:
        spec = plant.points[p].spec.limits
        fault = Planted.drawn("drift", rng)
        begin = len(healthy) // 4
        bent = healthy.copy()
        age = np.arange(len(healthy) - begin, dtype=np.float64) * GRID_S
        bent[begin:, p], _ = fault.on(healthy[begin:, p], age, spec.low, spec.high, "1")
        found += p in _held(plant, sensors, bent)
        limit_found += p in _limits(learned, bent, begin)
    return Rig(
        channels=len(paths),
        accusing=len(accusing),
        rows=len(healthy),
        row_s=row_s,
        false=len(_held(plant, sensors, healthy)),
        limit_false=len(_limits(learned, healthy, 0)),
        planted=len(accusing),
        found=found,
        limit_found=limit_found,
        disturbed=len(disturbed),
        blamed=sum(len(_held(plant, sensors, run)) for run in disturbed),
    )


def _held(plant: Plant, sensors: SoftSensors, rows: NDArray[np.float64]) -> set[int]:
    """The instruments that are accused in these rows."""
    drift = Drift(plant.index, Columns.of(plant))
    drift.learn(sensors, 0)
    held = np.zeros(len(plant.points), bool)
    steady = np.ones(len(plant.points), bool)
    for k, row in enumerate(rows):
        for accused in drift.step((k + 1) * GRID_US, row, steady, held)[0]:
            held[accused.point] = True
    return set(np.flatnonzero(held).tolist())


def _limits(learned: NDArray[np.float64], rows: NDArray[np.float64], begin: int) -> set[int]:
    """The instruments that fixed limits hold, from a row on."""
    out = np.abs(rows[begin:] - learned.mean(axis=0)) > _LIMIT * learned.std(axis=0)
    return set(np.flatnonzero((out[1:] & out[:-1]).any(axis=0)).tolist())


def _plant(learned: NDArray[np.float64]) -> Plant:
    """One unit with a point a channel; what an instrument can show is twice what it showed."""
    low, high = learned.min(axis=0), learned.max(axis=0)
    half = np.maximum(high - low, 1e-6) / 2
    specs = tuple(
        PointSpec(
            id=f"c{i}", name=f"channel {i}", unit="1",
            limits=Range(low=float(low[i] - half[i]), high=float(high[i] + half[i])),
        )
        for i in range(learned.shape[1])
    )  # fmt: skip
    kind = EquipmentClass(id="rig", name="rig", model="other", points=specs)
    unit_id = "data/set/line/rig"
    points = tuple(
        Point(id=f"{unit_id}/{s.id}", unit_id=unit_id, spec=s, source="file", address=s.id)
        for s in specs
    )
    unit = Unit(id=unit_id, name="rig", class_id="rig", points=points)
    line = Line(id="data/set/line", name="line", units=(unit,))
    return Plant(
        site="data", name="data", timezone="UTC", classes={"rig": kind},
        areas=(Area(id="data/set", name="set", lines=(line,)),),
        sources=(Source(id="file", name="file", kind="replay", url="file://data"),),
    )  # fmt: skip
