"""Whether a law describes what it was fitted to."""

import numpy as np
import pytest

from twin_core.simulation.calibrating.goodness import distance, goodness, kaplan_meier, trend
from twin_core.simulation.calibrating.law_fit import fit_law
from twin_core.simulation.calibrating.lifetimes import FAMILIES, Durations, Law

WEAR = Law(family="weibull", mean_s=100, shape=2.0)


def fitted(durations, families=FAMILIES):
    return fit_law(durations, families)


def held(fit, durations, seed=0):
    return goodness(fit, durations, seed)


def drawn(law, n, seed):
    return law.quantile(np.random.default_rng(seed).random(n))


def test_kaplan_meier_by_hand():
    """Two of five are cut off; the survival steps as a table would."""
    seconds = np.array([1.0, 2.0, 2.0, 3.0, 4.0])
    ended = np.array([True, True, False, False, True])
    times, after = kaplan_meier(seconds, np.zeros(5), ended)
    assert times.tolist() == [1, 2, 4]
    assert after.tolist() == pytest.approx([4 / 5, 4 / 5 * 3 / 4, 0])


def test_kaplan_meier_counts_who_came_late_from_then_on():
    """A life that entered at 1.5 was not at risk at 1."""
    times, after = kaplan_meier(
        np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.5, 0.0]), np.ones(3, bool)
    )
    assert times.tolist() == [1, 2, 3]
    assert after.tolist() == pytest.approx([1 / 2, 1 / 2 * 1 / 2, 0])


def test_a_right_law_is_seldom_doubted():
    """Of forty fits of the right family, censored by a quarter, none or one is rejected at 1 %."""
    doubted = 0
    for seed in range(40):
        t = drawn(WEAR, 120, seed)
        d = Durations(np.minimum(t, 130.0), t <= 130.0, np.zeros(120), np.zeros(120, bool))
        doubted += not held(fitted(d, ("weibull",)), d, seed).fits
    assert doubted <= 1


@pytest.mark.parametrize("family", ["exponential", "gamma", "lognormal", "weibull"])
def test_two_humps_fit_no_law(family):
    """Stops of two kinds mixed are told to follow no single law."""
    random = np.random.default_rng(5)
    t = np.where(random.random(300) < 0.5, random.normal(12, 2, 300), random.normal(90, 5, 300))
    d = Durations.whole(np.abs(t))
    found = held(fitted(d, (family,)), d)
    assert not found.fits
    assert found.p_value is not None
    assert found.p_value <= 0.01


def test_lengths_told_in_whole_seconds_are_no_misfit():
    """2,000 short stops read once a second still fit, because the step is known."""
    t = np.maximum(np.round(drawn(Law(family="lognormal", mean_s=8, shape=0.5), 2000, 6)), 1.0)
    n = len(t)
    plain = Durations.whole(t)
    stepped = Durations(t, np.ones(n, bool), np.zeros(n), np.zeros(n, bool), None, 1.0)
    fit = fitted(stepped, ("lognormal",))
    assert distance(fit.law, stepped) < 0.5 * distance(fit.law, plain)
    assert held(fit, stepped).fits


def test_lengths_above_a_limit_are_held_against_the_law_above_it():
    """Failures told only from five minutes on are not held to be wrong for lacking short ones."""
    law = Law(family="lognormal", mean_s=900, shape=0.8)
    t = drawn(law, 400, 7)
    t = t[t >= 300]
    n = len(t)
    d = Durations(t, np.ones(n, bool), np.full(n, 300.0), np.zeros(n, bool))
    assert held(fitted(d, ("lognormal",)), d).fits


def test_lives_that_get_shorter_are_not_one_law():
    """A machine that fails twice as often in the second half is told, one that does not is not."""
    t = np.random.default_rng(4).exponential(100, 200)
    assert abs(trend(Durations.whole(t))) < 3
    worse = np.r_[t[:60], t[60:] / 2]
    found = held(fitted(Durations.whole(worse)), Durations.whole(worse))
    assert found.trend > 3
    assert not found.steady


def test_the_trend_of_right_lives_is_standard_normal():
    """Over 300 histories of regular lives, censored at the end, its spread is one."""
    found = []
    for seed in range(300):
        t = drawn(WEAR, 40, seed)
        t[-1] *= 0.5
        ended = np.arange(40) < 39
        found.append(trend(Durations.whole(t, ended)))
    assert abs(np.mean(found)) < 0.2
    assert 0.85 < np.std(found) < 1.15


def test_too_few_ends_are_nothing_to_hold_against_a_law():
    """Of seven lives nobody can tell."""
    d = Durations.whole(drawn(WEAR, 7, 1))
    assert held(fitted(d), d) is None


def test_the_seed_decides_the_draws():
    """The same seed gives the same probability."""
    d = Durations.whole(drawn(WEAR, 200, 8) + drawn(WEAR, 200, 9).max())
    fit = fitted(d, ("exponential",))
    assert held(fit, d, 3) == held(fit, d, 3)
