"""Which law a set of durations follows, by maximum likelihood, and how sure that is.

Censored, truncated and half-seen durations each give their own factor to the likelihood (Lawless
2003, section 2.4); a law is chosen by Akaike's criterion corrected for few events (Hurvich and
Tsai, Biometrika 76, 1989), intervals are those of the profile likelihood (Venzon and Moolgavkar,
Applied Statistics 37, 1988). Too few events, and a likelihood without a maximum, are answers. It
must never return a law that did not settle.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from twin_core.errors import WrongKind
from twin_core.simulation.calibrating.estimated import Z90, Estimated
from twin_core.simulation.calibrating.lifetimes import (
    FAMILIES,
    Durations,
    Family,
    Law,
    log_density,
    log_left,
    log_survival,
)
from twin_core.value import Value

FEWEST = 8
"""Events below which no shape is told: only a rate, as if nothing aged."""
_SHAPES: Mapping[Family, tuple[float, float]] = {
    "exponential": (1.0, 1.0), "weibull": (0.15, 30.0), "lognormal": (0.03, 4.0),
    "gamma": (0.03, 900.0),
}  # fmt: skip
"""Shapes that are looked through; one that runs to an end has no maximum inside."""
_FIRST: Mapping[Family, float] = {
    "exponential": 1.0, "weibull": 1.1, "lognormal": 0.9, "gamma": 1.2
}  # fmt: skip
_WIDEST = 7.0
"""How far the mean may lie from events per second watched, as a logarithm."""


class Fit(Value):
    """A law, and what it rests on.

    Attributes:
        mean, shape: with intervals; `shape` None where the law has none.
        events, censored: ends seen and not seen; `watched_s` over how long.
        aicc: of each law that settled, the lowest is chosen.
        unsettled: of each law that did not, why.
    """

    law: Law
    mean: Estimated
    shape: Estimated | None
    events: int
    censored: int
    watched_s: float
    aicc: dict[str, float]
    unsettled: dict[str, str] = Field(default_factory=dict)


class NoFit(Value):
    """Why there is no law.

    Attributes:
        at_least_s: with 95 % the mean is no shorter than this; None where nothing was watched.
    """

    why: str
    events: int
    watched_s: float
    at_least_s: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """The log-likelihood of one family over durations, made in units of their mean length."""

    family: Family
    durations: Durations
    scale_s: float

    @classmethod
    def of(cls, family: Family, durations: Durations) -> "Likelihood":
        """The scale is seconds watched an event."""
        return cls(family, durations, durations.exposure_s / max(1, durations.events))

    def at(self, log_mean: float, log_shape: float) -> float:
        """At a mean of exp(log_mean) scales."""
        d, family = self.durations, self.family
        mean, shape = self.scale_s * float(np.exp(log_mean)), float(np.exp(log_shape))
        seen = ~d.met
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            over, on = seen & d.ended, seen & ~d.ended
            total = float(log_density(family, mean, shape, d.seconds[over]).sum())
            if on.any():
                total += float(log_survival(family, mean, shape, d.seconds[on]).sum())
            if d.below_s is not None:
                total -= len(d.seconds) * _log_below(family, mean, shape, d.below_s)
            late = seen & (d.entered_s > 0)
            if late.any():
                total -= float(log_survival(family, mean, shape, d.entered_s[late]).sum())
            if d.met.any():
                cut, left = d.seconds[d.met & d.ended], d.seconds[d.met & ~d.ended]
                total += float(log_survival(family, mean, shape, cut).sum())
                total -= len(cut) * float(np.log(mean))
                total += float(log_left(family, mean, shape, left).sum())
        return total if np.isfinite(total) else -1e300


def fit_law(durations: Durations, families: Sequence[Family] = FAMILIES) -> Fit | NoFit:
    """The law of these durations.

    Raises:
        WrongKind: a duration that is not a positive number, or that ends before it is seen.
    """
    _checked(durations)
    n, watched = durations.events, durations.exposure_s
    if n == 0:
        if watched <= 0:
            return NoFit(why="nothing was watched", events=0, watched_s=0.0)
        # Poisson: with no event in T the 95 % limit of the rate is -ln(0.05) / T (Hanley and
        # Lippman-Hand, JAMA 249, 1983).
        least = watched / -float(np.log(0.05))
        why = f"no end was seen in {watched:.0f} s"
        return NoFit(why=why, events=0, watched_s=watched, at_least_s=least)
    unsettled: dict[str, str] = {}
    found: dict[Family, _Peak] = {}
    for family in families:
        if family != "exponential" and n < FEWEST:
            unsettled[family] = f"{n} of the {FEWEST} events that a shape needs"
            continue
        peak = climb(Likelihood.of(family, durations))
        if isinstance(peak, str):
            unsettled[family] = peak
        else:
            found[family] = peak
    if not found:
        said = "; ".join(f"{family}: {why}" for family, why in unsettled.items())
        return NoFit(why=f"no law settles ({said})", events=n, watched_s=watched)
    aicc = {family: _aicc(family, peak.height, n) for family, peak in found.items()}
    best = min(found, key=lambda family: aicc[family])
    mean, shape = _intervals(Likelihood.of(best, durations), found[best], n)
    return Fit(
        law=Law(family=best, mean_s=mean.value, shape=1.0 if shape is None else shape.value),
        mean=mean,
        shape=shape,
        events=n,
        censored=len(durations.seconds) - n,
        watched_s=watched,
        aicc={family: round(value, 6) for family, value in aicc.items()},
        unsettled=unsettled,
    )


@dataclass(frozen=True, slots=True)
class _Peak:
    """Where a likelihood is highest, in logarithms of scales and of the shape."""

    log_mean: float
    log_shape: float
    height: float


def climb(likelihood: Likelihood) -> _Peak | str:
    """The maximum, or one clause why there is none."""
    from scipy.optimize import minimize

    low, high = (float(np.log(x)) for x in _SHAPES[likelihood.family])
    if likelihood.family == "exponential":
        best, height = _highest(lambda m: likelihood.at(m, 0.0), -_WIDEST, _WIDEST)
        peak = _Peak(best, 0.0, height)
    else:
        n = max(1, likelihood.durations.events)
        found = minimize(
            lambda x: -likelihood.at(x[0], x[1]) / n,
            (0.0, float(np.log(_FIRST[likelihood.family]))),
            method="Nelder-Mead",
            bounds=((-_WIDEST, _WIDEST), (low, high)),
            options={"xatol": 1e-5, "fatol": 1e-10},
        )
        peak = _Peak(float(found.x[0]), float(found.x[1]), -float(found.fun) * n)
    if peak.height <= -1e299:
        return "its likelihood is nowhere above zero"
    if likelihood.family != "exponential" and not low + 1e-3 < peak.log_shape < high - 1e-3:
        return f"its shape runs to {np.exp(peak.log_shape):.3g}, the end of what is looked through"
    if abs(peak.log_mean) > _WIDEST - 1e-3:
        return "its mean runs away: too much is cut off"
    return peak if _is_top(likelihood, peak) else "its likelihood has no single maximum"


def _is_top(likelihood: Likelihood, peak: _Peak, step: float = 0.02) -> bool:
    """Whether every side of the point is lower (or as low as rounding lets one see)."""
    sides = [(step, 0.0), (-step, 0.0)]
    if likelihood.family != "exponential":
        sides += [(0.0, step), (0.0, -step)]
    slack = 1e-9 * abs(peak.height) + 1e-9
    return all(
        likelihood.at(peak.log_mean + a, peak.log_shape + b) <= peak.height + slack
        for a, b in sides
    )


def _highest(f: Callable[[float], float], low: float, high: float) -> tuple[float, float]:
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda x: -f(float(x)), bounds=(low, high), method="bounded", options={"xatol": 1e-6}
    )
    return float(found.x), -float(found.fun)


def _intervals(likelihood: Likelihood, peak: _Peak, n: int) -> tuple[Estimated, Estimated | None]:
    drop = Z90 * Z90 / 2.0  # half of the chi-square quantile with one degree of freedom
    low, high = (float(np.log(x)) for x in _SHAPES[likelihood.family])
    alone = likelihood.family == "exponential"

    def of_mean(log_mean: float) -> float:
        if alone:
            return likelihood.at(log_mean, 0.0)
        a, b = max(low, peak.log_shape - 1.5), min(high, peak.log_shape + 1.5)
        return _highest(lambda s: likelihood.at(log_mean, s), a, b)[1]

    def of_shape(log_shape: float) -> float:
        a, b = max(-_WIDEST, peak.log_mean - 3.0), min(_WIDEST, peak.log_mean + 3.0)
        return _highest(lambda m: likelihood.at(m, log_shape), a, b)[1]

    ends = _both_ends(of_mean, peak.log_mean, (-_WIDEST, _WIDEST), peak.height - drop, n)
    scale = likelihood.scale_s
    mean = _estimated(peak.log_mean, ends, scale, "s", n)
    if alone:
        return mean, None
    ends = _both_ends(of_shape, peak.log_shape, (low, high), peak.height - drop, n)
    return mean, _estimated(peak.log_shape, ends, 1.0, "1", n)


def _both_ends(
    profile: Callable[[float], float], top: float, bounds: tuple[float, float], floor: float, n: int
) -> tuple[float | None, float | None]:
    """Where a profile falls to the floor below and above its top; None where it does not."""
    from scipy.optimize import brentq

    ends: list[float | None] = []
    for sign, bound in ((-1.0, bounds[0]), (1.0, bounds[1])):
        inner, width = top, 1.7 / np.sqrt(n)
        outer = top + sign * width
        while abs(outer - top) < abs(bound - top) and profile(outer) > floor:
            inner, width = outer, 2.0 * width
            outer = top + sign * width
        outer = outer if abs(outer - top) < abs(bound - top) else bound
        if profile(outer) > floor:
            ends.append(None)
        else:
            tight = 1e-3 / np.sqrt(n)
            found = brentq(lambda x: profile(x) - floor, inner, outer, xtol=tight, rtol=1e-9)
            ends.append(float(found))
    return ends[0], ends[1]


def _estimated(
    top: float, ends: tuple[float | None, float | None], scale: float, unit: str, n: int
) -> Estimated:
    low, high = (None if end is None else scale * float(np.exp(end)) for end in ends)
    value = scale * float(np.exp(top))
    return Estimated(
        value=value,
        low=None if low is None else min(low, value),
        high=None if high is None else max(high, value),
        unit=unit,
        n=n,
        by="profile likelihood",
    )


def _log_below(family: Family, mean: float, shape: float, t: float) -> float:
    survival = log_survival(family, mean, shape, np.array([t]))[0]
    return float(np.log(max(-np.expm1(survival), 1e-300)))


def _aicc(family: Family, height: float, n: int) -> float:
    k = 1 if family == "exponential" else 2
    few = 2 * k * (k + 1) / (n - k - 1) if n > k + 1 else 0.0
    return 2 * k - 2 * height + few


def _checked(durations: Durations) -> None:
    seconds, entered = durations.seconds, durations.entered_s
    bad = ~(np.isfinite(seconds) & (seconds > 0) & (entered >= 0) & (entered <= seconds))
    if durations.below_s is not None:
        bad |= seconds >= durations.below_s
        bad |= ~durations.ended | durations.met | (entered > 0)
    if bad.any():
        first = int(np.flatnonzero(bad)[0])
        raise WrongKind(
            f"duration {first}", f"{seconds[first]:g} s entered at {entered[first]:g} s",
            "a positive length, no shorter than at its entry and below what is told",
        )  # fmt: skip
