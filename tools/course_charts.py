"""How things go over the horizon of forecasts, as chart data: the rate, and what tells most beside.

Bands are of 90 % of runs at each moment. It must never run a forecast, nor draw.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from tools.forecasts import worst_risks
from tools.wording import called, sentence
from twin_core.chart import Curves, Series
from twin_core.plant.assets import Plant
from twin_core.simulation.scenario import Course, Forecast
from twin_core.value import SECOND

_NOTICED = 0.25
"""A difference of this share of the band is worth a picture."""


def course_charts(
    found: Sequence[tuple[str, Forecast]], plant: Plant, most: int
) -> Iterator[Curves]:
    """The rate over time, then what differs most, or what most likely leaves its limits.

    Args:
        found: names and forecasts of one line and horizon, the first as it is if there are two.
        plant: theirs.
        most: charts beside that of the rate.
    """
    before, after = found[0][1], found[-1][1]
    shown = [course for course in after.courses if course.kind == "rate"]
    for course in [*shown, *_telling(before, after, alone=len(found) == 1)[:most]]:
        key = course.kind, course.subject
        each = [
            (name, one, forecast)
            for name, forecast in found
            for one in forecast.courses
            if (one.kind, one.subject) == key
        ]
        yield Curves(
            title=f"{sentence(_called(course, plant))}, simulated: mean and 90 % of runs",
            series=tuple(_series(name, one, forecast) for name, one, forecast in each),
            unit=course.unit,
        )


def _telling(before: Forecast, after: Forecast, *, alone: bool) -> list[Course]:
    """What may be shown beside the rate, what tells most first."""
    risky = [risk.subject for risk in worst_risks(after, None if alone else before)]
    others = [course for course in after.courses if course.kind != "rate"]
    was = {(c.kind, c.subject): c for c in before.courses}
    apart = {
        c.subject: _apart(was[c.kind, c.subject], c)
        for c in others
        if not alone and (c.kind, c.subject) in was
    }
    worth = [c for c in others if c.subject in risky or apart.get(c.subject, 0.0) > _NOTICED]
    first = {subject: -k for k, subject in enumerate(reversed(risky), 1)}
    return sorted(worth, key=lambda c: (first.get(c.subject, 0), -apart.get(c.subject, 0.0)))


def _apart(one: Course, two: Course) -> float:
    """The greatest difference of two means, in mean widths of their bands."""
    at = np.union1d(one.at_s, two.at_s)
    means = [np.interp(at, c.at_s, c.mean) for c in (one, two)]
    away = float(np.abs(means[1] - means[0]).max())
    wide = [float(np.mean(np.subtract(c.high, c.low))) for c in (one, two)]
    largest = float(np.abs(means).max())
    return away / max(sum(wide) / 2, 1e-3 * largest, 1e-12)


def _series(name: str, course: Course, forecast: Forecast) -> Series:
    return Series(
        name=name,
        unit=course.unit,
        time=tuple(forecast.start + round(at * SECOND) for at in course.at_s),
        value=course.mean,
        low=course.low,
        high=course.high,
    )


def _called(course: Course, plant: Plant) -> str:
    name = called(course.subject, plant)
    if course.kind == "rate":
        return f"rate of {name}"
    if course.kind == "level" and course.subject in plant.units:
        return f"what lies between {name} and the machine after it"
    return name
