"""Whether a fitted law describes what it was fitted to, censored or not.

The Cox-Snell residual of a duration is its cumulative hazard under the law; if the law is right the
residuals are a censored sample of the unit exponential (Cox and Snell, JRSS B 30, 1968). Their
Kaplan-Meier curve is held against it by the largest distance (Kolmogorov-Smirnov), which any
monotone transform leaves as it is. The distance that chance allows is drawn from the law itself,
fitted anew each time, because a law lies closer to its own data than to others (Lilliefors, JASA
62, 1967). It must never call a law good because there was little to hold against it: it says how
much.
"""

import numpy as np
from numpy.typing import NDArray

from twin_core.simulation.calibrating.law_fit import FEWEST, Fit, Likelihood, climb
from twin_core.simulation.calibrating.lifetimes import Durations, Law
from twin_core.value import Value

LEVEL = 0.01
"""A law is held to be wrong below this probability: a line has dozens of them."""
_STEADY = 3.0
"""Standard deviations of a trend that chance gives once in 370 laws."""
_DRAWS = 199
_ENOUGH = 8
"""Draws as far away as the data after which no more are made (Besag and Clifford, 1991)."""
_NEAR = 0.8
"""Distance times root of events that no table for fitted laws rejects at 10 % (Stephens, JASA 69,
1974; Chandra, Singpurwalla and Stephens, JASA 76, 1981)."""


class Goodness(Value):
    """How far what was seen lies from the law.

    Attributes:
        distance: largest difference of the two curves of survival, 0..1.
        p_value: how often the law itself lies so far from its own fit; None = the distance is so
            small that it was not drawn.
        fits: whether nothing speaks against the law.
        n: events that were held against it.
        trend: of the durations in their order, in standard deviations; above 0 they get shorter.
    """

    distance: float
    p_value: float | None
    fits: bool
    n: int
    trend: float

    @property
    def steady(self) -> bool:
        """Whether the durations keep their length from the first to the last."""
        return abs(self.trend) <= _STEADY


def goodness(fit: Fit, durations: Durations, seed: int = 0) -> Goodness | None:
    """Hold a law against its durations; those met half-way are left out.

    None where fewer than `FEWEST` ends are left to hold against it.

    Args:
        fit: of these durations.
        durations: as they were fitted.
        seed: of the draws.
    """
    kept = _kept(durations)
    n = kept.events
    if n < FEWEST:
        return None
    far = distance(fit.law, kept)
    if far * np.sqrt(n) <= _NEAR:
        return Goodness(distance=far, p_value=None, fits=True, n=n, trend=trend(durations))
    random = np.random.default_rng(seed)
    as_far = drawn = 0
    while drawn < _DRAWS and as_far < _ENOUGH:
        again = _drawn(fit.law, kept, random)
        likelihood = Likelihood.of(fit.law.family, again)
        peak = climb(likelihood)
        drawn += 1
        # a draw that has no fit of its own speaks for nothing being wrong, not against the law
        if isinstance(peak, str):
            as_far += 1
            continue
        mean = likelihood.scale_s * float(np.exp(peak.log_mean))
        shape = float(np.exp(peak.log_shape)) if fit.shape is not None else 1.0
        refit = Law(family=fit.law.family, mean_s=mean, shape=shape)
        as_far += distance(refit, again) >= far
    p = as_far / drawn if as_far >= _ENOUGH else (as_far + 1) / (drawn + 1)
    return Goodness(distance=far, p_value=p, fits=p > LEVEL, n=n, trend=trend(durations))


def trend(durations: Durations) -> float:
    """Laplace's statistic of the ends over the time watched, by how the durations vary.

    Standard normal where one law holds all along (Lewis and Robinson, *Testing for a Monotone
    Trend in a Modulated Renewal Process*, 1974; Ascher and Feingold, *Repairable Systems
    Reliability*, 1984, section 5B).

    Args:
        durations: in order of time, one of which ended at least.
    """
    d = durations
    passed = np.cumsum(d.seconds - d.entered_s)
    ends = passed[d.ended]
    # from the first beginning that was seen to the last end: whole lives, which may change places
    first = float(passed[0]) if d.met[0] else 0.0
    at = ends[(ends > first) & (ends < ends[-1])]
    whole = d.seconds[d.ended & ~d.met]
    varies = float(whole.std(ddof=1) / whole.mean()) if len(whole) > 1 else 0.0
    if not len(at) or varies <= 0:
        return 0.0
    middle = float((at.mean() - first) / (ends[-1] - first)) - 0.5
    return middle * float(np.sqrt(12.0 * len(at))) / varies


def kaplan_meier(
    seconds: NDArray[np.float64], entered: NDArray[np.float64], ended: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times of ends, ascending, and survival right after each (Kaplan and Meier, JASA 53, 1958).

    With late entry one is at risk from its entry on (Lawless 2003, section 3.2).
    """
    times, deaths = np.unique(seconds[ended], return_counts=True)
    out = np.searchsorted(np.sort(seconds), times, side="left")
    come = np.searchsorted(np.sort(entered), times, side="left")
    at_risk = come - out
    return times, np.cumprod(1.0 - deaths / np.maximum(at_risk, 1))


def distance(law: Law, durations: Durations) -> float:
    """The largest difference between what was seen and the law.

    What is told in steps may lie anywhere in one: a difference that half a step explains is none.
    """
    d = durations
    times, after = kaplan_meier(d.seconds, d.entered_s, d.ended)
    if not len(times):
        return 0.0
    before = np.r_[1.0, after[:-1]]
    first = float(d.entered_s.min())
    half = d.resolution_s / 2.0
    early = _survival(law, np.maximum(times - half, 1e-9), first, d.below_s)
    late = _survival(law, times + half, first, d.below_s)
    return float(max((before - early).max(), (late - after).max(), 0.0))


def _survival(
    law: Law, t: NDArray[np.float64], first: float, below: float | None
) -> NDArray[np.float64]:
    """Of the law given that it lasts longer than `first` and, if so told, less than `below`."""
    start = law.log_survival(np.array([first]))[0]
    left = np.exp(np.minimum(law.log_survival(np.maximum(t, first)) - start, 0.0))
    if below is None:
        return np.asarray(left)
    end = np.exp(law.log_survival(np.array([below]))[0] - start)
    return np.asarray(np.clip((left - end) / max(1.0 - end, 1e-300), 0.0, 1.0))


def _kept(d: Durations) -> Durations:
    seen = ~d.met
    return Durations(
        d.seconds[seen], d.ended[seen], d.entered_s[seen], d.met[seen], d.below_s, d.resolution_s
    )


def _drawn(law: Law, d: Durations, random: np.random.Generator) -> Durations:
    """What the law would have given in the place of each; what was cut off is cut off again."""
    low = -np.expm1(law.log_survival(d.entered_s))
    high = 1.0 if d.below_s is None else -np.expm1(law.log_survival(np.array([d.below_s]))[0])
    u = low + (high - low) * random.random(len(d.seconds))
    t = np.maximum(law.quantile(np.minimum(u, 1.0 - 1e-16)), d.entered_s * (1 + 1e-12) + 1e-9)
    if d.below_s is not None:
        t = np.minimum(t, d.below_s * (1 - 1e-12))
    cut = ~d.ended & (t > d.seconds)
    return Durations(np.where(cut, d.seconds, t), ~cut, d.entered_s, d.met, d.below_s, 0.0)
