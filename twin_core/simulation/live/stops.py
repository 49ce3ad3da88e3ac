"""How often a machine stops by itself and for how long: nameplate as prior, then what is seen.

Stops come as a Poisson stream in running time and last exponentially long. Either the law has not
changed over what was seen, or it changed at one moment in it; both are weighed by their marginal
likelihood, so that a machine that began to stop ten minutes ago is believed, and one that stopped
once is not. Rates have Gamma and mean lengths inverse Gamma posteriors, the conjugate ones (Gelman
and others, *Bayesian Data Analysis*, 3rd ed., section 2.6).

It must never see a clock or a random source of its own.
"""

from dataclasses import dataclass
from math import exp, lgamma, log

import numpy as np
from numpy.typing import NDArray

from twin_core.simulation.live.seen import Seen
from twin_core.simulation.numbers import Column, Numbers
from twin_core.twin import GRID_S

_PRIOR_STOPS = 3.0
"""How many stops the nameplate's rate is worth."""
_PRIOR_REPAIRS = 3.0
"""Shape of the inverse gamma prior of the mean length; its mean is the nameplate's."""
_CHANGED = 0.02
"""Prior probability that the law changed within the last `_LOOK_BACK_S`."""
_CHANGED_STOPS, _CHANGED_S = 0.8, 120.0
"""Gamma prior of a changed law: mean 24 an hour, spread from none to a hundred."""
_CHANGED_REPAIRS = 2.5
"""Shape of the prior of a changed law's mean length, `_LONGER` times the nameplate's."""
_LONGER = 1.5
_PRIOR_HASTE = 2.0
_LOOK_BACK_S = 1500.0
_EVERY_S = 30.0


@dataclass(frozen=True, slots=True)
class StopHistory:
    """What was seen of one machine.

    Attributes:
        run_s: running seconds, by bucket.
        begun: stops that began, by bucket.
        lengths: (bucket of beginning, seconds, ended) of every stop.
    """

    run_s: NDArray[np.float64]
    begun: NDArray[np.float64]
    lengths: tuple[tuple[int, float, bool], ...]

    @classmethod
    def of(cls, seen: Seen, excused: NDArray[np.bool_]) -> "StopHistory":
        """From the states, without the buckets `excused` (planned stops).

        A stop of D seconds touches D / GRID_S + 1 buckets on average.
        """
        standing = seen.standing & ~excused
        known = np.isfinite(seen.state)
        moving = known & ~standing & ~excused & ~np.asarray(seen.waiting & ~seen.executing)
        edges = np.diff(standing.astype(int), prepend=0, append=0)
        starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        begun = np.zeros(len(standing))
        lengths = []
        for start, end in zip(starts, ends, strict=True):
            begun[start] = float(start > 0)
            seconds = max(0.5 * GRID_S, float(end - start - 1) * GRID_S)
            lengths.append((int(start), seconds, bool(end < len(standing))))
        return cls(np.where(moving, float(GRID_S), 0.0), begun, tuple(lengths))

    def where(self, rows: NDArray[np.bool_]) -> "StopHistory":
        """What began and ran in these rows alone."""
        return StopHistory(
            np.where(rows, self.run_s, 0.0),
            np.where(rows, self.begun, 0.0),
            tuple(one for one in self.lengths if rows[one[0]]),
        )


@dataclass(frozen=True, slots=True)
class Haste:
    """How strongly effects add stops to a machine: a Gamma factor on the nameplate's, mean length.

    Attributes:
        shape, exposure: of the factor; a nameplate that is right is worth two stops.
        repairs, repair_s: of the inverse gamma mean length of such stops.
    """

    shape: float
    exposure: float
    repairs: float
    repair_s: float

    @classmethod
    def learn(
        cls,
        mtbf_s: float,
        mttr_s: float,
        history: StopHistory | None,
        per_hour: NDArray[np.float64],
    ) -> "Haste":
        """From the stops seen while effects added `per_hour`, by row (its own law's taken off)."""
        expected = stops = 0.0
        lengths: tuple[tuple[int, float, bool], ...] = ()
        if history is not None:
            expected = float((per_hour / 3600.0 * history.run_s).sum())
            stops = max(0.0, float(history.begun.sum()) - float(history.run_s.sum()) / mtbf_s)
            lengths = history.lengths
        seen = [seconds for _, seconds, ended in lengths if ended]
        return cls(
            shape=_PRIOR_HASTE + stops,
            exposure=_PRIOR_HASTE + expected,
            repairs=_CHANGED_REPAIRS + len(seen),
            repair_s=(_CHANGED_REPAIRS - 1) * _LONGER * mttr_s + sum(seen),
        )

    def draw(self, random: Numbers) -> tuple[Column, Column]:
        """Factors on what effects add, and mean lengths in seconds."""
        factor = random.gamma(self.shape) / self.exposure
        return factor, self.repair_s / random.gamma(self.repairs)


@dataclass(frozen=True, slots=True)
class _Segment:
    weight: float
    stops: float
    run_s: float
    repairs: float
    repair_s: float


@dataclass(frozen=True, slots=True)
class StopLaw:
    """A posterior over (stops per running second, mean length in seconds).

    A mixture over "unchanged" and "changed at t"; each part is a Gamma rate and an inverse
    gamma mean length.
    """

    parts: tuple[_Segment, ...]

    @classmethod
    def learn(
        cls,
        mtbf_s: float,
        mttr_s: float,
        history: StopHistory | None,
        *,
        changing: bool = True,
        since: int | None = None,
    ) -> "StopLaw":
        """The posterior after `history`.

        Args:
            mtbf_s: the nameplate's running seconds between stops.
            mttr_s: the nameplate's mean length of one, seconds.
            history: what was seen.
            changing: false excludes a change (a healthy machine).
            since: the bucket at which it is known to have changed.
        """
        rate = (_PRIOR_STOPS, _PRIOR_STOPS * mtbf_s)
        repair = (_PRIOR_REPAIRS, (_PRIOR_REPAIRS - 1) * mttr_s)
        if history is None or not len(history.run_s):
            return cls((_Segment(1.0, *rate, *repair),))
        anew = (_CHANGED_REPAIRS, (_CHANGED_REPAIRS - 1) * _LONGER * mttr_s)
        if since is not None:
            law = _posterior((_CHANGED_STOPS, _CHANGED_S), anew, history, since)
            return cls((_Segment(1.0, *law),))
        found = [(log(1 - _CHANGED), _evidence(rate, history, 0, None), 0)]
        parts = [_posterior(rate, repair, history, 0)]
        n = len(history.run_s)
        step = int(_EVERY_S // GRID_S)
        back = range(n - step, max(step, n - int(_LOOK_BACK_S // GRID_S)), -step)
        for start in back if changing else ():
            before = _evidence(rate, history, 0, start)
            after = _evidence((_CHANGED_STOPS, _CHANGED_S), history, start, None)
            found.append((log(_CHANGED / max(1, len(back))), before + after, start))
            parts.append(_posterior((_CHANGED_STOPS, _CHANGED_S), anew, history, start))
        top = max(p + e for p, e, _ in found)
        weights = [exp(p + e - top) for p, e, _ in found]
        total = sum(weights)
        return cls(
            tuple(
                _Segment(w / total, *part)
                for w, part in zip(weights, parts, strict=True)
                if w / total > 1e-3
            )
        )

    def mean(self) -> tuple[float, float]:
        """Expected stops per running second and expected mean length in seconds."""
        total = sum(p.weight for p in self.parts)
        rate = sum(p.weight * p.stops / p.run_s for p in self.parts) / total
        length = sum(p.weight * p.repair_s / (p.repairs - 1) for p in self.parts) / total
        return rate, length

    def draw(self, random: Numbers) -> tuple[Column, Column]:
        """Stops per running second, and mean lengths in seconds."""
        told = np.array([(p.weight, p.stops, p.run_s, p.repairs, p.repair_s) for p in self.parts])
        weight, stops, run_s, repairs, repair_s = told.T
        pick = random.uniform() * weight.sum()
        part = np.minimum(np.searchsorted(weight.cumsum(), pick), len(told) - 1)
        rate = random.gamma(stops[part]) / run_s[part]
        return rate, repair_s[part] / random.gamma(repairs[part])

    def remaining(self, age_s: float, random: Numbers, mean_s: Column) -> Column:
        """How much longer a stop that has lasted `age_s` goes on, in seconds.

        The longer it has lasted, the more it looks like a breakdown whose length is not known:
        past a few mean lengths what is left is as long as what has been (Lomax, *Business
        failures*, JASA 49, 1954, with shape 1, drawn by inversion).
        """
        ordinary = np.exp(-age_s / np.maximum(mean_s, 1e-9))
        usual = random.uniform() < ordinary / (ordinary + 0.02)
        usual_s = random.exponential() * mean_s
        return np.where(usual, usual_s, (age_s + mean_s) * (1.0 / random.uniform() - 1.0))


def _evidence(
    prior: tuple[float, float], history: StopHistory, start: int, end: int | None
) -> float:
    """Log marginal likelihood of the stops in the rows under a Gamma prior of their rate."""
    shape, seconds = prior
    stops = float(history.begun[start:end].sum())
    run = float(history.run_s[start:end].sum())
    return (
        shape * log(seconds)
        - lgamma(shape)
        + lgamma(shape + stops)
        - (shape + stops) * log(seconds + run)
    )


def _posterior(
    rate: tuple[float, float], repair: tuple[float, float], history: StopHistory, start: int
) -> tuple[float, float, float, float]:
    # a stop that lasts yet may be a breakdown; `remaining` is for that
    ended = [seconds for row, seconds, over in history.lengths if row >= start and over]
    return (
        rate[0] + float(history.begun[start:].sum()),
        rate[1] + float(history.run_s[start:].sum()),
        repair[0] + len(ended),
        repair[1] + sum(ended),
    )
