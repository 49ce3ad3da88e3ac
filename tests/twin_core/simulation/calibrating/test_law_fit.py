"""Maximum likelihood: recovered laws, honest intervals, and answers where there is no law."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin_core.errors import WrongKind
from twin_core.simulation.calibrating.law_fit import FEWEST, Fit, NoFit, fit_law
from twin_core.simulation.calibrating.lifetimes import FAMILIES, Durations, Law

LAWS = (
    Law(family="exponential", mean_s=300),
    Law(family="weibull", mean_s=300, shape=1.6),
    Law(family="weibull", mean_s=300, shape=0.7),
    Law(family="lognormal", mean_s=30, shape=0.7),
    Law(family="gamma", mean_s=300, shape=2.5),
)


def fitted(durations, families=FAMILIES):
    """Whatever comes of it."""
    return fit_law(durations, families)


def drawn(law, n, seed=0):
    return law.quantile(np.random.default_rng(seed).random(n))


def cut(t, at):
    """Censored at `at`."""
    n = len(t)
    return Durations(np.minimum(t, at), t <= at, np.zeros(n), np.zeros(n, bool))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: f"{law.family} {law.shape}")
def test_a_law_is_found_again_from_many_lives(law):
    """With 3,000 lives the right family is chosen, its mean within 5 % and its shape too."""
    fit = fitted(Durations.whole(drawn(law, 3000)))
    assert fit.law.family == law.family
    assert fit.law.mean_s == pytest.approx(law.mean_s, rel=0.05)
    assert fit.law.shape == pytest.approx(law.shape, rel=0.05)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: f"{law.family} {law.shape}")
def test_what_did_not_end_is_not_taken_for_an_end(law):
    """Half of the lives cut off at the median leave the mean where it is."""
    t = drawn(law, 4000, 1)
    fit = fitted(cut(t, float(np.median(t))), (law.family,))
    assert fit.mean.holds(law.mean_s)
    assert fit.law.mean_s == pytest.approx(law.mean_s, rel=0.12)
    assert fit.censored == 2000


@pytest.mark.parametrize("law", LAWS, ids=lambda law: f"{law.family} {law.shape}")
def test_late_entry_is_not_taken_for_long_life(law):
    """Lives seen only because they outlasted an age are weighed by the chance to do so."""
    t = drawn(law, 6000, 2)
    age = 0.5 * law.mean_s
    t = t[t > age]
    n = len(t)
    late = Durations(t, np.ones(n, bool), np.full(n, age), np.zeros(n, bool))
    fit = fitted(late, (law.family,))
    assert fit.law.mean_s == pytest.approx(law.mean_s, rel=0.12)
    assert fitted(Durations.whole(t), (law.family,)).law.mean_s > 1.2 * law.mean_s


@pytest.mark.parametrize("law", LAWS, ids=lambda law: f"{law.family} {law.shape}")
def test_what_is_told_only_if_short_is_not_taken_for_all(law):
    """Lives of which only those below a limit are told lead to the same law."""
    t = drawn(law, 6000, 3)
    limit = 3 * law.mean_s
    t = t[t < limit]
    n = len(t)
    fit = fitted(
        Durations(t, np.ones(n, bool), np.zeros(n), np.zeros(n, bool), limit), (law.family,)
    )
    assert fit.law.mean_s == pytest.approx(law.mean_s, rel=0.15)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: f"{law.family} {law.shape}")
def test_lives_met_half_way_tell_the_law_as_well(law):
    """Of lives that went on when first seen, what is left of them has the mean in it."""
    random = np.random.default_rng(4)
    t = law.quantile(random.random(60_000))
    met = random.choice(t, 4000, p=t / t.sum())  # a longer life is met more often
    left = met * random.random(4000)
    n = len(left)
    rest = Durations(left, np.ones(n, bool), np.zeros(n), np.ones(n, bool))
    assert fitted(rest, (law.family,)).law.mean_s == pytest.approx(law.mean_s, rel=0.1)


@pytest.mark.parametrize(
    ("law", "n", "draws"),
    [
        (Law(family="exponential", mean_s=100), 5, 200),
        (Law(family="weibull", mean_s=100, shape=1.5), 15, 60),
    ],
    ids=lambda x: getattr(x, "family", None),
)
def test_a_ninety_percent_interval_holds_the_mean_nine_times_in_ten(law, n, draws):
    """The coverage over many seeds is 90 % within what chance allows, few and censored as it is."""
    held = 0
    for seed in range(draws):
        t = drawn(law, n, 100 + seed)
        fit = fitted(cut(t, 1.5 * law.mean_s), (law.family,))
        held += isinstance(fit, Fit) and fit.mean.holds(law.mean_s)
    assert 0.82 <= held / draws <= 0.98


def test_the_exponential_is_events_over_time_watched():
    """Its maximum is in closed form, with censoring and late entry."""
    d = Durations(
        np.array([10.0, 30.0, 50.0]), np.array([True, True, False]),
        np.array([0.0, 5.0, 0.0]), np.zeros(3, bool),
    )  # fmt: skip
    assert fitted(d, ("exponential",)).law.mean_s == pytest.approx((10 + 25 + 50) / 2, rel=1e-5)


def test_no_failure_seen_is_a_bound_and_no_law():
    """Nothing ended in T: the mean is at least T / 3 with 95 %."""
    fit = fitted(cut(np.array([500.0, 700.0]), 100.0))
    assert isinstance(fit, NoFit)
    assert fit.at_least_s == pytest.approx(200 / 2.9957, rel=1e-3)
    assert "no end was seen" in fit.why


def test_nothing_watched_is_said():
    """An empty history has no law and no bound."""
    fit = fitted(Durations.whole(np.array([])))
    assert (fit.why, fit.at_least_s) == ("nothing was watched", None)


def test_few_events_tell_a_rate_and_no_shape():
    """Below the fewest events only the exponential is fitted, and why is said."""
    fit = fitted(Durations.whole(drawn(LAWS[1], FEWEST - 1)))
    assert fit.shape is None
    assert "of the 8 events" in fit.unsettled["weibull"]


def test_a_likelihood_without_a_maximum_is_an_answer():
    """Lives that are all alike have no law but the exponential, and that is told."""
    fit = fitted(Durations.whole(np.full(30, 5.0)))
    assert set(fit.unsettled) == {"weibull", "lognormal", "gamma"}
    assert all("runs to" in why for why in fit.unsettled.values())
    alone = fitted(Durations.whole(np.full(30, 5.0)), ("weibull",))
    assert isinstance(alone, NoFit)
    assert "no law settles" in alone.why


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_a_duration_that_is_no_length_is_refused(bad):
    """Zero, negative, missing and endless durations are said with their number."""
    with pytest.raises(WrongKind, match="duration 1"):
        fitted(Durations.whole(np.array([3.0, bad])))


@settings(max_examples=30, deadline=None)
@given(
    t=st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=25),
    scale=st.sampled_from([1e-3, 60.0, 1e5]),
)
def test_a_fit_does_not_depend_on_the_unit_of_time(t, scale):
    """Durations in another unit give the same law in that unit, or the same refusal."""
    ours = fitted(Durations.whole(np.array(t)))
    its = fitted(Durations.whole(np.array(t) * scale))
    assert type(ours) is type(its)
    if isinstance(ours, Fit):
        assert its.law.mean_s == pytest.approx(scale * ours.law.mean_s, rel=1e-2)
        assert ours.mean.holds(ours.law.mean_s)


def test_the_same_durations_give_the_same_fit():
    """Nothing is drawn: fits are equal to the last digit."""
    d = Durations.whole(drawn(LAWS[3], 50))
    assert fitted(d).model_dump_json() == fitted(d).model_dump_json()
    assert set(fitted(d).aicc) <= set(FAMILIES)
