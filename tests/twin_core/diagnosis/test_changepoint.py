import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from twin_core.diagnosis.changepoint import medians, screen, shift, worth_a_look


def noise(n, seed=1):
    return np.random.default_rng(seed).normal(0.0, 1.0, n)


def test_a_step_is_found_at_its_row_with_both_levels():
    """A step is dated to the bucket, with the level before and the level now."""
    x = 50.0 + noise(200)
    x[140:] -= 10.0
    seen = shift(x, np.ones(200, dtype=bool), 0.1)
    assert seen is not None
    assert abs(seen.onset - 140) <= 1
    assert abs(seen.before - 50.0) < 0.5
    assert abs(seen.latest - 40.0) < 1.0
    assert seen.gradual < 0.2


def test_a_ramp_is_dated_where_it_starts_and_called_gradual():
    """A ramp's onset is where its line meets the old level, inside its stated half-width."""
    x = 50.0 + 0.5 * noise(240)
    x[150:] += np.linspace(0.0, 20.0, 90)
    seen = shift(x, np.ones(240, dtype=bool), 0.1)
    assert seen is not None
    assert seen.gradual > 0.5
    assert abs(seen.onset - 150) <= max(seen.width, 6.0)


def test_a_level_that_comes_back_for_good_is_no_shift():
    """A short excursion that ended is not where the series is now."""
    x = 50.0 + noise(240)
    x[100:112] += 12.0
    assert shift(x, np.ones(240, dtype=bool), 0.1) is None


def test_a_fault_that_comes_and_goes_is_a_shift():
    """A series that is off its level every other minute has left it."""
    x = 50.0 + noise(240)
    for start in range(150, 240, 12):
        x[start : start + 6] -= 15.0
    seen = shift(x, np.ones(240, dtype=bool), 0.1)
    assert seen is not None
    assert abs(seen.onset - 150) <= 2
    assert seen.size < -5


def test_a_dip_to_the_other_side_before_it_is_another_story():
    """A belt that was empty for a minute and fills ten minutes later began to fill then."""
    x = 50.0 + noise(240)
    x[110:114] -= 40.0
    x[114:120] += 6.0
    x[200:] += np.linspace(0.0, 120.0, 40)
    seen = shift(x, np.ones(240, dtype=bool), 0.1)
    assert seen is not None
    assert seen.size > 0
    assert abs(seen.onset - 200) <= max(seen.width, 6.0)


def test_a_slow_decline_that_does_not_matter_does_not_hide_a_fall():
    """The floor is what matters: below it nothing is a level of its own."""
    x = np.round(73.0 - np.arange(190) * 0.04)
    x[155:] = 0.0
    every = np.ones(190, dtype=bool)
    seen = shift(x, every, 2.5)
    assert seen is not None
    assert abs(seen.onset - 155) <= 1
    assert seen.latest == 0.0


def test_buckets_that_do_not_count_are_not_looked_at():
    """What is masked out cannot make a shift."""
    x = 50.0 + noise(200)
    counts = np.ones(200, dtype=bool)
    x[120:160] = 0.0
    counts[120:160] = False
    assert shift(x, counts, 0.1) is None


def test_the_screen_ranks_a_shifted_column_above_still_ones():
    """Only the column that moved is worth a closer look."""
    rng = np.random.default_rng(3)
    x = rng.normal(0.0, 1.0, (300, 40))
    x[200:, 7] += 6.0
    score = screen(x, np.ones_like(x, dtype=bool), np.full(40, 0.1))
    assert list(worth_a_look(score)) == [7]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_the_finding_does_not_depend_on_unit_or_origin(seed, origin, scale):
    """Shifting and scaling a series moves its levels and nothing else."""
    x = noise(160, seed)
    x[100:] += 8.0
    counts = np.ones(160, dtype=bool)
    plain, other = shift(x, counts, 0.01), shift(origin + scale * x, counts, 0.01 * scale)
    assert plain is not None
    assert other is not None
    assert other.onset == plain.onset
    assert np.isclose(other.score, plain.score, rtol=1e-3)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_more_scatter_about_the_same_level_is_no_shift(seed):
    """A value that swings to both sides of its level has not left it."""
    x = noise(160, seed)
    x[140:] += np.resize([6.0, -6.0, 3.0, -3.0], 20)
    assert shift(x, np.ones(160, dtype=bool), 0.1) is None


@given(
    st.integers(1, 5).flatmap(
        lambda n: st.lists(
            st.lists(st.floats(-1e9, 1e9) | st.just(np.nan), min_size=n, max_size=n),
            min_size=1,
            max_size=20,
        )
    )
)
def test_medians_of_many_columns_are_those_of_each(rows):
    """What is not known does not count; a column of which nothing is known has the median 0."""
    x = np.array(rows)
    each = [c[~np.isnan(c)] for c in x.T]
    assert list(medians(x)) == [float(np.median(c)) if len(c) else 0.0 for c in each]
