"""What a line made in the settled past as it is now, held against what the model says of it.

How far a model reproduces what was seen is the only measure of its error that a plant gives for
nothing. It must never count what was made while things were set otherwise, or a stop was planned.
"""

from dataclasses import dataclass, replace
from math import hypot, sqrt

import numpy as np
from numpy.typing import NDArray

from twin_core.operations.throughput import AFTER_STOP_ROWS
from twin_core.plant.assets import Line
from twin_core.plant.classes import SETTINGS, Role
from twin_core.simulation.calibrating.estimated import Z90
from twin_core.simulation.line_schedule import product_of
from twin_core.simulation.live.seen import Rows, Seen
from twin_core.simulation.live.start import LineStart, planned_rows
from twin_core.simulation.measured import estimate
from twin_core.simulation.scenario import Estimate
from twin_core.twin import GRID_S, Snapshot
from twin_core.value import SECOND, Instant

_BLOCK = 30
"""Rows in a block, five minutes: what a short stop costs is mostly caught up within one."""
_SHORT_BLOCK = 12
"""Rows in a block of rows in which nothing stands."""
_FEWEST = 4
_HELD_SD = 0.1
"""Share by which what is held up differs over a shift from what it is while nothing stands."""
_NOTICED_S = 60
"""Before an incident opens its cause has been at work for so long."""
_TIMES, _OFTEN = 5, 0.25
"""So many stretches must be comparable, and in this share of them it must have been so."""
_IQR = 1.349
"""Standard deviations between the quartiles of a normal."""
_ALIKE = 0.002
"""Share by which a set-point may differ and be the same."""


@dataclass(frozen=True, slots=True)
class Past:
    """What the line made while it was meant to, in its unit of flow per minute.

    Attributes:
        rate: on average; `sd` the standard error of that.
    """

    rate: float
    sd: float


@dataclass(frozen=True, slots=True)
class Held:
    """What is held up on its way between machines that all run.

    Attributes:
        pace: of the machine that sets it, unit of flow per minute.
        missed: by how much less passes then; `sd` the standard error of that.
    """

    pace: float
    missed: float = 0.0
    sd: float = 0.0

    def beyond(self, known: float) -> "Held":
        """What is missed beyond so much, which is known."""
        return replace(self, missed=max(0.0, self.missed - max(0.0, known)))


def past_of(snapshot: Snapshot, line: Line, rows: Rows) -> Past | None:
    """Of the rows in which everything on the line was set as it is now; None where they are few."""
    made = _made(snapshot, line, rows)[_since(line, rows) :]
    found = _batched(made[np.isfinite(made)], _BLOCK)
    return None if found is None else Past(*found)


def held_of(snapshot: Snapshot, start: LineStart, rows: Rows) -> Held:
    """The machine that sets the pace, in rows in which no machine of the line stood, nor lately.

    Then it makes what its speed says, whatever the luck of the hour, or something on the way holds
    it up. What is within its standard error is nothing (the positive-part rule of James and Stein,
    *Proceedings of the Fourth Berkeley Symposium* 1, 1961).
    """
    slowest = min(start.machines, key=lambda m: m.setpoint * m.reach.now)
    pace = slowest.setpoint * slowest.reach.now * 60.0
    stood = planned_rows(snapshot, start.line, rows)
    for machine in start.machines:
        own = Seen(rows, machine.unit).standing
        stood |= np.convolve(own, np.ones(AFTER_STOP_ROWS + 1))[: len(own)] > 0
    seen = Seen(rows, slowest.unit)
    thrown = np.where(np.isfinite(seen.rejected), seen.rejected, 0.0)
    taken = (seen.made + thrown) * slowest.worth / GRID_S * 60.0
    free = (np.where(stood, np.nan, taken))[_since(start.line, rows) :]
    found = _batched(free[np.isfinite(free)], _SHORT_BLOCK)
    if found is None or found[0] >= pace:
        return Held(pace)
    missed, sd = pace - found[0], found[1]
    share = max(0.0, 1.0 - (sd / missed) ** 2)
    return Held(pace, share * missed, sqrt(share) * sd)


def _batched(made: NDArray[np.float64], rows: int) -> tuple[float, float] | None:
    """Mean and its standard error by batch means; None of too few.

    Law, *Simulation Modeling and Analysis*, 5th ed., 2015, section 9.5.3.
    """
    blocks = len(made) // rows
    if blocks < _FEWEST:
        return None
    means = made[len(made) - blocks * rows :].reshape(blocks, rows).mean(axis=1)
    return float(means.mean()), float(means.std(ddof=1)) / sqrt(blocks)


def gained(
    usual: NDArray[np.float64],
    gain: NDArray[np.float64],
    past: Past | None,
    held: Held | None = None,
) -> Estimate:
    """What a line will make more with a change than it makes now, and how surely.

    The spread of the replications is that of what is not known of the line, and of its luck over
    the horizon. What the line made as it is narrows it (Bayes linear adjustment: Goldstein and
    Wooff, *Bayes Linear Statistics*, 2007, section 3.1). Where the model does not know what holds
    the line up, what it makes with the change over what the line made is a second word.

    Args:
        usual: what the model makes of the line as it is, of each replication, float64[R], per
            minute in which no stop is planned.
        gain: with the change over without, of each replication, float64[R], in the same measure.
        past: what the line made; None = not known.
        held: what the change does away with though the model does not know it; None = nothing.
    """
    missed = off_sd = 0.0
    if held is not None:
        runs = min(1.0, float(usual.mean()) / held.pace)
        missed, off_sd = runs * held.missed, runs * hypot(held.sd, _HELD_SD * held.missed)
    with_it = seen_sd = off = 0.0
    if past is not None:
        off, seen_sd = past.rate - (float(usual.mean()) - missed), past.sd
        known = float(usual.var(ddof=1)) + past.sd**2
        with_it = float(np.cov(usual, gain)[0, 1]) / known if known else 0.0
    rest = estimate(gain - with_it * (usual - usual.mean()), "1/min")
    mean = rest.mean + missed + with_it * off
    more = Z90 * hypot(with_it * seen_sd, off_sd)
    told = Estimate(
        mean=mean,
        low=mean - hypot(rest.mean - rest.low, more),
        high=mean + hypot(rest.high - rest.mean, more),
        unit=rest.unit,
        half=rest.half,
    )
    return told if held is None or past is None else _weighed(told, usual + gain, past)


def _weighed(told: Estimate, after: NDArray[np.float64], past: Past) -> Estimate:
    """A gain and what the model makes with the change over what the line made, by their precision.

    Where they are further apart than their errors say, the interval is wider by that (Birge,
    *Physical Review* 40, 1932). Of what is made the middle half tells the spread: one long stop of
    many hours is no error of a rate.
    """
    low, middle, high = np.quantile(after, (0.25, 0.5, 0.75))
    sds = np.array([(told.high - told.low) / 2 / Z90, hypot((high - low) / _IQR, past.sd)])
    means = np.array([told.mean, middle - past.rate])
    if not sds.all():
        return told
    weights = sds**-2.0 / (sds**-2.0).sum()
    mean = float(weights @ means)
    apart = abs(means[0] - means[1]) / float(np.hypot(*sds))
    half = Z90 * float((sds**-2.0).sum()) ** -0.5 * max(1.0, apart)
    return told.model_copy(update={"mean": mean, "low": mean - half, "high": mean + half})


def as_before(snapshot: Snapshot, line: Line, rows: Rows, since: Instant) -> bool:
    """Whether the line made as little before that moment as it has since then, off and on.

    Then nothing came over it at that moment; nor did anything that is remembered where all that is
    came after it. Stretches as long as that since it are compared; too few of them show nothing.
    """
    made = _made(snapshot, line, rows)
    before = made[rows.time <= since - _NOTICED_S * SECOND]
    after = made[rows.time > since - _NOTICED_S * SECOND]
    before, after = before[np.isfinite(before)], after[np.isfinite(after)]
    if not len(before) or not len(after):
        return len(after) > 0
    if len(before) < _TIMES * len(after):
        return False
    stretches = np.convolve(before, np.ones(len(after)) / len(after), "valid")
    return float((stretches <= after.mean()).mean()) >= _OFTEN


def reached(snapshot: Snapshot, line: Line, rows: Rows) -> Estimate:
    """The share of its product's rate that the line makes while it is meant to; 1 if not known."""
    product, past = product_of(snapshot.plant, line, rows), past_of(snapshot, line, rows)
    rate = None if product is None else product.rates.get(line.id)
    if not rate or past is None or past.rate <= 0:
        return Estimate(mean=1.0, low=1.0, high=1.0, unit="1")
    mean, half = past.rate / rate, Z90 * past.sd / rate
    return Estimate(mean=mean, low=mean - half, high=mean + half, unit="1")


def scaled(one: Estimate, times: float, unit: str) -> Estimate:
    """So many times an estimate, in a unit."""
    half = None if one.half is None else times * one.half
    return Estimate(
        mean=times * one.mean, low=times * one.low, high=times * one.high, unit=unit, half=half
    )


def _made(snapshot: Snapshot, line: Line, rows: Rows) -> NDArray[np.float64]:
    """Units of flow per minute, float64[T]; NaN in planned stops and where nothing was counted."""
    counter = snapshot.plant.counter(line)
    if counter is None or not len(rows):
        return np.full(len(rows), np.nan)
    made = Seen(rows, counter).made * snapshot.plant.in_flow(line, counter) / GRID_S * 60.0
    return np.where(planned_rows(snapshot, line, rows), np.nan, made)


def _since(line: Line, rows: Rows) -> int:
    """The first row from which on every set-point and the product are as in the last."""
    first = 0
    for unit in line.units:
        for point in unit.points:
            if point.spec.role not in {*SETTINGS, Role.PRODUCT}:
                continue
            value = rows.mean(point.id)
            known = np.flatnonzero(np.isfinite(value))
            if not len(known):
                continue
            now = value[known[-1]]
            moved = known[
                np.abs(value[known] - now) > max(_ALIKE * abs(now), point.spec.resolution)
            ]
            first = max(first, int(moved[-1]) + 1 if len(moved) else 0)
    return first
