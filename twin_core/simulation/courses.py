"""How a line goes over the horizon: its rate, its buffers, its media, by moment. Never an opinion.

A band is of what single runs show at one moment: a run is seldom at the edge of it all the time.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Point
from twin_core.simulation.levels import levels
from twin_core.simulation.measured import LEVEL
from twin_core.simulation.model import Result
from twin_core.simulation.scenario import Course

_SAME = 1e-6
STEPS = 48
"""Over the horizon, whatever its length."""
_MOST = 32
"""Courses that are told: the line's, its buffers', media's, and of what has limits."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What is followed, and when; as in `Course`."""

    kind: Literal["rate", "level", "value"]
    subject: str
    unit: str
    at_s: tuple[float, ...]


def followed(
    result: Result, values: Iterable[tuple[Point, NDArray[np.float64]]]
) -> dict[Followed, NDArray[np.float64]]:
    """What a result says of each moment, float64[R, its moments].

    Args:
        result: of a run that told its courses; else there is nothing to follow.
        values: points and what they are over `frame.t`, float64[R, T].
    """
    return dict(list(_all(result, values))[:_MOST])


def _all(
    result: Result, values: Iterable[tuple[Point, NDArray[np.float64]]]
) -> Iterator[tuple[Followed, NDArray[np.float64]]]:
    start, moments = result.model.start, result.good.shape[2]
    if not moments:
        return
    at = np.linspace(0.0, result.horizon_s, moments)
    made = np.diff(result.good[:, start.counted], axis=1)
    step = result.horizon_s / (moments - 1)
    yield (
        Followed("rate", start.line.id, f"{start.line.unit_of_flow or '1'}/min",
                 _seconds(at[:-1] + step / 2)),
        made / step * 60.0,
    )  # fmt: skip
    for level in levels(result):
        yield Followed("level", level.subject, level.unit, _seconds(at)), level.course
    t = result.frame.t
    some = np.unique(np.linspace(0, len(t) - 1, min(len(t), STEPS + 1)).round().astype(int))
    for point, path in values:
        yield Followed("value", point.id, point.spec.unit, _seconds(t[some])), path[:, some]


def told(found: Mapping[Followed, NDArray[np.float64]]) -> tuple[Course, ...]:
    """Mean and band of each over replications, to six digits; what stays as it is, at its ends."""
    edges = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    courses = []
    for what, runs in found.items():
        mean, (low, high) = runs.mean(axis=0), np.quantile(runs, edges, axis=0)
        # as with a single number, a few runs far away move the mean and not the band
        band = np.minimum(low, mean), mean, np.maximum(high, mean)
        moves = any(np.ptp(one) > _SAME * np.abs(one).max() for one in band)
        some = slice(None) if moves else slice(None, None, max(1, len(mean) - 1))
        below, middle, above = (_short(one[some]) for one in band)
        courses.append(
            Course(
                kind=what.kind, subject=what.subject, unit=what.unit, at_s=what.at_s[some],
                mean=middle, low=below, high=above,
            )
        )  # fmt: skip
    return tuple(courses)


def _seconds(at: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(round(float(x), 3) for x in at)


def _short(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(f"{x:.6g}") for x in values)
