import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin_core.anomaly.baseline import learn
from twin_core.anomaly.watch import watched
from twin_core.errors import CannotLearn


def lived(rows, seed, points=4, wanders=0.0):
    """Points that remember a little, hang together, and of which the first may wander."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(rows, points))
    noise[:, -1] = 0.8 * noise[:, 0] + 0.2 * noise[:, -1]
    x = np.zeros((rows, points))
    for t in range(1, rows):
        x[t] = 0.5 * x[t - 1] + noise[t]
    x[:, 1] += wanders * np.cumsum(rng.normal(size=rows))
    return 50.0 + x


def flags(baseline, sound, rows):
    seen = watched(baseline, baseline.reference(sound), rows)
    return np.array([one.anomalous for one in seen])


def test_the_promise_holds_on_rows_never_seen():
    """Averaged over many learnings, hardly more healthy rows are anomalous than was promised."""
    shares = []
    for seed in range(12):
        sound = lived(800, seed)
        shares.append(flags(learn([sound], 0.05), sound, lived(400, 100 + seed)).mean())
    assert np.mean(shares) < 0.075


def test_a_lasting_shift_stays_anomalous_and_names_its_point():
    """The reference does not follow what is anomalous: a shift is one for as long as it lasts."""
    sound = lived(1000, 1)
    rows = lived(600, 2)
    rows[100:, 2] += 8.0
    baseline = learn([sound], 0.01)
    seen = watched(baseline, baseline.reference(sound), rows)
    assert np.mean([s.anomalous for s in seen[110:]]) > 0.95
    assert np.bincount([s.point for s in seen[110:]]).argmax() == 2
    assert seen[300].departure > 0


def test_what_wanders_when_it_is_well_is_no_anomaly():
    """A point that drifted in every healthy stretch may drift on."""
    stretches = [lived(400, k, wanders=0.3) for k in range(8)]
    baseline = learn(stretches, 0.05)
    after = lived(800, 50, wanders=0.3)
    assert flags(baseline, after[:400], after[400:]).mean() < 0.15


def test_a_broken_relation_is_seen_though_each_point_is_inside_its_own_range():
    """Two points that always moved together and do not any more."""
    sound = lived(1000, 3)
    rows = lived(400, 4)
    rows[:, -1] = 100.0 - rows[:, -1]
    healthy, broken = (flags(learn([sound], 0.01), sound, x) for x in (lived(400, 4), rows))
    assert healthy.mean() < 0.05
    assert broken.mean() > 0.3


def test_a_row_that_was_not_measured_is_no_anomaly():
    """What is missing stands at its reference, in what is learned from too."""
    sound = lived(600, 5)
    sound[::7, 0] = np.nan
    rows = np.full((20, 4), np.nan)
    assert not flags(learn([sound], 0.02), sound, rows).any()


def test_too_few_rows_are_told_with_how_many_are_needed():
    """One in a hundred cannot be promised of fifty rows."""
    with pytest.raises(CannotLearn, match="needed: 200,"):
        learn([lived(50, 6)], 0.01)


@settings(max_examples=25, deadline=None)
@given(
    factor=st.lists(st.floats(1e-3, 1e3), min_size=4, max_size=4),
    offset=st.lists(st.floats(-1e3, 1e3), min_size=4, max_size=4),
)
def test_units_of_measure_do_not_matter(factor, offset):
    """Degrees Celsius or Fahrenheit, bar or pascal: the score is the same."""
    sound, rows = lived(300, 7), lived(60, 8)
    scale, zero = np.array(factor), np.array(offset)

    def scores(change):
        baseline = learn([change(sound)], 0.02)
        return [s.score for s in watched(baseline, baseline.reference(change(sound)), change(rows))]

    assert np.allclose(scores(lambda x: x), scores(lambda x: x * scale + zero), rtol=1e-4)


def test_a_row_is_judged_without_those_after_it():
    """What comes later changes nothing of what was said."""
    sound, rows = lived(400, 9), lived(80, 10)
    baseline = learn([sound], 0.02)
    start = baseline.reference(sound)
    whole, part = watched(baseline, start, rows), watched(baseline, start, rows[:30])
    assert whole[:30] == part
