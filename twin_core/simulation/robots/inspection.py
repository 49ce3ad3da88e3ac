"""Does a layer of cases lie as it should? A check of depth images, taught on drawn ones.

It must never say how good it is on what it was taught on. Its figures hold for drawn images: a real
camera's have to be measured with real images before anybody relies on it.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from pydantic import computed_field

from twin_core.plant.cell import Camera, Cell
from twin_core.simulation.robots.arm import Array
from twin_core.simulation.robots.layers import STATES, Layer, State, layers
from twin_core.simulation.robots.motion import slot_target
from twin_core.simulation.robots.sight import Image, points
from twin_core.value import Value

_INSIDE = 0.8  # of a slot's sides that is looked at: beyond lie its neighbours
_TREES = 120


class Verdict(Value):
    """What is in a slot, and how sure that is, 0 to 1."""

    slot: int
    state: State
    sure: float


class Score(Value):
    """How a check did on layers it had not seen.

    Attributes:
        right, wrong: how many slots were right, and not.
        false_alarms: right ones that were called something else.
        missed: wrong ones that were called right, by what they were.
        mistaken: wrong ones that were called another wrong.
        of: wrong ones by what they were.
    """

    right: int
    wrong: int
    false_alarms: int
    missed: dict[State, int]
    mistaken: int
    of: dict[State, int]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def false_alarm_rate(self) -> float | None:
        """Of right slots; None where there was none."""
        return self.false_alarms / self.right if self.right else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def miss_rate(self) -> float | None:
        """Of wrong slots; None where there was none."""
        return sum(self.missed.values()) / self.wrong if self.wrong else None


class HeightRule:
    """The plain rule: half a case too low is missing, half a case too high is double."""

    def __init__(self, cell: Cell, camera: Camera) -> None:
        self.cell, self.camera = cell, camera

    def judge(self, image: Image, number: int) -> tuple[Verdict, ...]:
        """What is in each slot of layer `number`, from 0."""
        found = []
        half = self.cell.case.size[2] / 2
        for k, features in enumerate(seen(self.cell, self.camera, image, number)):
            high = features[0]
            state: State = "missing" if high < -half else "double" if high > half else "right"
            found.append(Verdict(slot=_slot(self.cell, number, k), state=state, sure=1.0))
        return tuple(found)


class Inspector:
    """A check taught on drawn layers: a random forest (Breiman, Machine Learning 45, 2001)."""

    def __init__(self, cell: Cell, camera: Camera, forest: Any) -> None:
        self.cell, self.camera = cell, camera
        self._forest = forest

    @classmethod
    def taught(cls, cell: Cell, camera: Camera, seed: int, count: int) -> "Inspector":
        """A check taught on `count` drawn layers.

        Raises:
            EngineMissing: there is no PyBullet.
        """
        from sklearn.ensemble import RandomForestClassifier

        drawn = list(layers(cell, camera, seed, count))
        x = np.concatenate([seen(cell, camera, layer.image, layer.number) for layer in drawn])
        y = [STATES.index(state) for layer in drawn for state in layer.states]
        forest = RandomForestClassifier(
            n_estimators=_TREES, min_samples_leaf=2, random_state=seed, n_jobs=1
        )
        return cls(cell, camera, forest.fit(x, y))

    def judge(self, image: Image, number: int) -> tuple[Verdict, ...]:
        """What is in each slot of layer `number`, from 0."""
        chances = self._forest.predict_proba(seen(self.cell, self.camera, image, number))
        kinds = self._forest.classes_
        return tuple(
            Verdict(
                slot=_slot(self.cell, number, k),
                state=STATES[int(kinds[row.argmax()])],
                sure=float(row.max()),
            )
            for k, row in enumerate(chances)
        )


def score(check: Inspector | HeightRule, unseen: Iterable[Layer]) -> Score:
    """How a check does on layers whose states are known."""
    right = alarms = mistaken = 0
    missed: dict[State, int] = dict.fromkeys(STATES[1:], 0)
    of: dict[State, int] = dict.fromkeys(STATES[1:], 0)
    for layer in unseen:
        verdicts = check.judge(layer.image, layer.number)
        for verdict, state in zip(verdicts, layer.states, strict=True):
            if state == "right":
                right += 1
                alarms += verdict.state != "right"
                continue
            of[state] += 1
            if verdict.state == "right":
                missed[state] += 1
            elif verdict.state != state:
                mistaken += 1
    return Score(
        right=right,
        wrong=sum(of.values()),
        false_alarms=alarms,
        missed=missed,
        mistaken=mistaken,
        of=of,
    )


def seen(cell: Cell, camera: Camera, image: Image, number: int) -> Array:
    """Features of each slot of a layer (slots, 8), heights in m above where a face should be.

    The middle height; how far the 10 % and 90 % quantiles lie from it; the angle of the plane of
    least squares, rad, and what is left beside it; the shares far below and far above; how light
    the slot is beside the layer. A slot of which nothing is seen is one case too low.
    """
    where = points(camera, image.depth)
    light = image.rgb.mean(axis=-1)
    case_x, case_y, case_z = cell.case.size
    rows = []
    for k in range(len(cell.pallet.pattern)):
        target = slot_target(cell, _slot(cell, number, k))
        c, s = np.cos(target.yaw), np.sin(target.yaw)
        x, y = where[..., 0] - target.at[0], where[..., 1] - target.at[1]
        along, across = (c * x + s * y) / case_x, (c * y - s * x) / case_y
        high = where[..., 2] - target.at[2]
        inside = (np.abs(along) < _INSIDE / 2) & (np.abs(across) < _INSIDE / 2)
        inside &= np.isfinite(high)
        if inside.sum() < 12:
            rows.append([-case_z, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0])
            continue
        z = high[inside]
        middle = float(np.median(z))
        flat = np.stack([along[inside], across[inside], np.ones(len(z))], axis=1)
        near = np.abs(z - middle) < case_z / 2  # a case's wall is no part of its face
        plane, *_ = np.linalg.lstsq(flat[near], z[near], rcond=None)
        rest = float(np.std(z[near] - flat[near] @ plane))
        low, top = np.quantile(z, [0.1, 0.9])
        rows.append([
            middle, float(low) - middle, float(top) - middle,
            float(np.hypot(plane[0] / case_x, plane[1] / case_y)), rest,
            float(np.mean(z < -case_z / 2)), float(np.mean(z > case_z / 2)),
            float(np.median(light[inside])),
        ])  # fmt: skip
    found = np.array(rows)
    found[:, -1] /= max(float(np.median(found[:, -1])), 1.0)
    return found


def _slot(cell: Cell, number: int, k: int) -> int:
    return number * len(cell.pallet.pattern) + k
