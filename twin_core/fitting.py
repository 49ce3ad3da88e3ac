"""Fits soft sensors to healthy history, unit by unit, and says where none can be had.

Ridge regression of each measurement on its neighbours, judged on contiguous blocks it was not
fitted on. A pure function of arrays, to be run wherever there is room. It must never be called
where readings are taken in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from twin_core.drift import JURORS
from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import SETTINGS, EquipmentClass, Role
from twin_core.recent import GRID_S
from twin_core.soft_sensor import Input, SoftSensor

LEAST_ROWS = 360
"""An hour of ten-second rows, of a machine that runs, is the least that is learned from."""
MODEL_ROWS = 4 * LEAST_ROWS
"""Four hours are the least for a model that may accuse: it stays as it is from then on."""
_EXPLAINS = 0.6
"""A model explains at least this share of the variance in blocks it was not fitted on."""
_BLOCKS = 6
_BATCH = 60
_RIDGE = 1e-3
_OUTLIER = 6.0
_MARGIN = 0.1
_QUIET = 1.5
"""A point whose standard deviation is below so many of its own noise moves with nothing."""

_MEASURED = {Role.PROCESS, Role.POTENTIAL, Role.SPEED, Role.FLOW, Role.OUTPUT}


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What is needed to fit the points of one unit.

    Attributes:
        targets: their paths; `told_alone` by target: the failure mode of the process that would
            show on it and nowhere else at first, empty if there is none.
        names: paths of all columns, targets first.
        value: ten-second means, NaN where there is none, float64[T, n].
        steady: the machine of each column ran without a change of state, bool[T, n].
        noise: of one mean of each column, by the plant file, float64[n].
        resolution: of each column, float64[n].
        least: rows that a model needs.
    """

    targets: tuple[str, ...]
    told_alone: tuple[str, ...]
    names: tuple[str, ...]
    value: NDArray[np.float64]
    steady: NDArray[np.bool_]
    noise: NDArray[np.float64]
    resolution: NDArray[np.float64]
    least: int = MODEL_ROWS


def neighbourhood(plant: Plant, unit: Unit) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Paths of a unit's measurements, and of everything else that may explain them.

    That is what was ordered in the unit, the potentials of what supplies it or is supplied by it,
    and the points that its own are redundant with.
    """
    targets = tuple(
        p.id for p in unit.points if p.spec.role in _MEASURED and p.spec.type == "float"
    )
    beside = [p.id for p in unit.points if p.spec.role in SETTINGS and p.spec.type == "float"]
    linked = chain(
        (k.source for k in plant.links_into(unit.id, "supplies")),
        (k.target for k in plant.links_from(unit.id, "supplies")),
    )
    for other in linked:
        potential = plant.units[other].with_role(Role.POTENTIAL)
        if potential is not None:
            beside.append(potential.id)
    mine = {plant.index[path] for path in targets}
    for members in plant.redundant:
        if mine & set(members):
            beside += [plant.points[i].id for i in members]
    return targets, tuple(dict.fromkeys(path for path in beside if path not in targets))


def told_alone(kind: EquipmentClass, point: str) -> str:
    """The failure mode of the process that shows first on this point alone; empty if none does.

    From data nobody could tell it from a drifting instrument.
    """
    for mode in kind.failure_modes:
        if mode.sensor:
            continue
        first = min(symptom.order for symptom in mode.symptoms)
        measured = {s.point for s in mode.symptoms if s.order == first}
        if measured == {point}:
            return mode.name
    return ""


def lesson_of(
    plant: Plant,
    unit: Unit,
    mean: Mapping[str, NDArray[np.float64]],
    steady: Mapping[str, NDArray[np.bool_]],
) -> Lesson:
    """What there is to be learned about a unit.

    Args:
        plant: the plant.
        unit: whose points are to be modelled.
        mean: ten-second means by path of everything in its `neighbourhood`, float64[T].
        steady: the same paths: whether the point's machine ran, bool[T].
    """
    targets, beside = neighbourhood(plant, unit)
    names = (*targets, *beside)
    specs = [plant.point(path).spec for path in names]
    kind = plant.classes[unit.class_id]
    twice = {i for members in plant.redundant for i in members}
    return Lesson(
        targets=targets,
        # What shows on one of two instruments at one place shows on the other.
        told_alone=tuple(
            "" if plant.index[path] in twice else told_alone(kind, path.rsplit("/", 1)[1])
            for path in targets
        ),
        names=names,
        value=np.column_stack([mean[path] for path in names]),
        steady=np.column_stack([steady[path] for path in names]),
        noise=np.array([s.noise * min(1.0, s.period_s / GRID_S) ** 0.5 for s in specs]),
        resolution=np.array([s.resolution for s in specs]),
    )


def steadily(runs: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Rows of which it and the two before were all Execute: no start is in it, bool[T]."""
    found = runs.copy()
    found[1:] &= runs[:-1]
    found[2:] &= runs[:-2]
    found[:2] = False
    return found


def fit(lesson: Lesson) -> tuple[SoftSensor, ...]:
    """A soft sensor, or at least a witness, of each target that was seen for long enough."""
    made = [_fit_one(lesson, i) for i in range(len(lesson.targets))]
    found = [sensor for sensor in made if sensor is not None]
    return tuple(_borne_out(sensor, found) for sensor in found)


def _borne_out(sensor: SoftSensor, found: list[SoftSensor]) -> SoftSensor:
    """The sensor, which may not accuse where there are too few others to ask."""
    inside = {other.point for other in found}
    others = inside | {told.point for told in sensor.inputs if told.weight}
    if not sensor.accuses or len(others - {sensor.point}) >= JURORS:
        return sensor
    why = f"fewer than {JURORS} neighbours could bear it out"
    return sensor.model_copy(update={"accuses": False, "why": why})


def _fit_one(lesson: Lesson, target: int) -> SoftSensor | None:
    value, steady = lesson.value, lesson.steady
    mine = np.isfinite(value[:, target]) & steady[:, target]
    if mine.sum() < LEAST_ROWS:
        return None
    inputs = [
        j for j in range(value.shape[1])
        if j != target and _moves(value[mine, j], float(lesson.noise[j]))
    ]  # fmt: skip
    rows = mine & (np.isfinite(value[:, inputs]) & steady[:, inputs]).all(axis=1)
    y = value[mine, target]
    noise = _own_noise(y)
    why = ""
    if not inputs:
        why = "none of its neighbours moves"
    elif rows.sum() < lesson.least:
        why = f"{rows.sum() / 360:.1f} hours are too few to learn from"
    elif y.std() < _QUIET * max(noise, float(lesson.noise[target])):
        why = "it moves by no more than its own noise"
    else:
        sensor = _modelled(lesson, target, inputs, rows)
        if sensor is not None:
            return sensor
        why = "its neighbours do not explain how it moves"
    residual = _left_out(np.empty((len(y), 0)), y, np.ones(len(y), bool))
    return SoftSensor(
        point=lesson.targets[target],
        intercept=float(y.mean()),
        scale=_scale(residual, lesson, target),
        fit=0.0,
        accuses=False,
        why=why,
        rows=len(y),
    )


def _modelled(
    lesson: Lesson, target: int, inputs: list[int], rows: NDArray[np.bool_]
) -> SoftSensor | None:
    """A model of the target, or None where it explains too little of what it was not fitted on."""
    x, y = lesson.value[rows][:, inputs], lesson.value[rows, target]
    first = y - _said(_ridge(x, y), x)
    far = np.abs(first - np.median(first))
    kept = far <= _OUTLIER * max(1.4826 * float(np.median(far)), 1e-12)
    residual = _left_out(x, y, kept)
    share = 1.0 - float((residual**2).mean()) / float(y.var())
    if share < _EXPLAINS:
        return None
    x, y = x[kept], y[kept]
    weight = _ridge(x, y)
    margin = _MARGIN * np.ptp(x, axis=0) + 3 * lesson.noise[inputs]
    low, high = x.min(axis=0) - margin, x.max(axis=0) + margin
    alone = lesson.told_alone[target]
    return SoftSensor(
        point=lesson.targets[target],
        inputs=tuple(
            Input(point=lesson.names[j], weight=float(w), low=float(a), high=float(b))
            for j, w, a, b in zip(inputs, weight[1:], low, high, strict=True)
        ),
        intercept=float(weight[0]),
        scale=_scale(residual, lesson, target),
        fit=share,
        accuses=not alone,
        why=f"{alone} would show on it alone" if alone else "",
        rows=len(y),
    )


def _ridge(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intercept and weights: least squares on standardised columns, shrunk a little.

    Hoerl and Kennard, Technometrics 12, 1970, with a penalty of `_RIDGE` times the rows.
    """
    middle, spread = x.mean(axis=0), x.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    z = (x - middle) / spread
    gram = z.T @ z + _RIDGE * len(y) * np.eye(x.shape[1])
    weight = np.linalg.solve(gram, z.T @ (y - y.mean())) / spread
    return np.concatenate([[y.mean() - middle @ weight], weight])


def _said(weight: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    said: NDArray[np.float64] = weight[0] + x @ weight[1:]
    return said


def _left_out(
    x: NDArray[np.float64], y: NDArray[np.float64], kept: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Residuals of each of `_BLOCKS` contiguous blocks, by the model fitted on the others.

    It is fitted on the rows that are `kept`, and judged on all.
    """
    residual = np.empty_like(y)
    for block in np.array_split(np.arange(len(y)), _BLOCKS):
        rest = kept.copy()
        rest[block] = False
        residual[block] = y[block] - _said(_ridge(x[rest], y[rest]), x[block])
    return residual


def _scale(residual: NDArray[np.float64], lesson: Lesson, target: int) -> float:
    """What a residual of one row counts as in a sum over many.

    A sum over rows that are alike grows faster than one over noise (Johnson and Bagshaw,
    Technometrics 16, 1974): by the variance of means of `_BATCH` rows, times `_BATCH` (batch
    means). A model that strays by b in a block it has not seen will stray so again, so half a
    scale, the slack of the CUSUM, is at least b.
    """
    whole = len(residual) // _BATCH * _BATCH
    means = residual[:whole].reshape(-1, _BATCH).mean(axis=1)
    slow = float(np.sqrt((means**2).mean() * _BATCH))
    strays = max(abs(float(b.mean())) for b in np.array_split(residual, _BLOCKS))
    least = max(float(lesson.noise[target]), float(lesson.resolution[target]) / 2, 1e-9)
    return max(float(residual.std()), slow, 2 * strays, least)


def _own_noise(y: NDArray[np.float64]) -> float:
    """The standard deviation of a mean about its slow course, by successive differences."""
    return float(np.sqrt((np.diff(y) ** 2).mean() / 2))


def _moves(y: NDArray[np.float64], noise: float) -> bool:
    """Whether a neighbour moves at all beyond its noise, where it is known."""
    seen = y[np.isfinite(y)]
    return len(seen) >= LEAST_ROWS and float(seen.std()) > max(_QUIET * noise, 1e-9)
