"""Features from the last stretch of telemetry."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin_core.errors import WrongKind
from twin_core.simulation.learning.examples import Feature
from twin_core.simulation.learning.windows import window_features

HEAT = Feature(name="oil temperature", unit="Cel")
PRESSURE = Feature(name="header pressure", unit="bar")
ALL = ("mean", "slope", "lowest", "highest", "median", "spread", "change")


def of(column, rows=4, statistics=ALL, machine=None, step=(10.0, "s")):
    value = np.asarray(column, float).reshape(-1, 1)
    machine = np.zeros(len(value), np.int64) if machine is None else np.asarray(machine)
    return window_features([HEAT], value, machine, rows, step, statistics)


def test_names_and_units_are_those_of_people():
    """Which signal, which statistic, how long; a slope has its unit of time."""
    features, x = window_features(
        [HEAT, PRESSURE], np.zeros((5, 2)), np.zeros(5, np.int64), 3, (10.0, "s"), ("mean", "slope")
    )
    assert [(f.name, f.unit) for f in features] == [
        ("oil temperature, mean of the last 30 s", "Cel"),
        ("header pressure, mean of the last 30 s", "bar"),
        ("oil temperature, slope over the last 30 s", "Cel/s"),
        ("header pressure, slope over the last 30 s", "bar/s"),
    ]
    assert x.shape == (5, 4)


def test_each_statistic_is_what_it_is_called():
    """Of 1, 2, 3, 4, 100 the last four, ten seconds apart."""
    _, x = of([1.0, 2.0, 3.0, 4.0, 100.0])
    mean, slope, lowest, highest, median, spread, change = x[-1]
    last = np.array([2.0, 3.0, 4.0, 100.0])
    assert mean == pytest.approx(last.mean())
    assert slope == pytest.approx(np.polyfit([0, 10, 20, 30], last, 1)[0])
    assert (lowest, highest, median) == (2.0, 100.0, 3.5)
    assert spread == pytest.approx(np.diff(np.quantile(last, [0.25, 0.75]))[0] / 2)
    assert change == pytest.approx(mean - 2.5)


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(2, 6))
def test_no_row_sees_what_comes_later(data, rows):
    """Whatever comes after a row, its features stay the same."""
    numbers = st.floats(-1e6, 1e6) | st.just(np.nan)
    column = data.draw(st.lists(numbers, min_size=3, max_size=20))
    cut = data.draw(st.integers(1, len(column) - 1))
    later = data.draw(st.lists(numbers, min_size=len(column) - cut, max_size=len(column) - cut))
    np.testing.assert_array_equal(
        of(column, rows)[1][:cut], of(column[:cut] + later, rows)[1][:cut]
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6) | st.just(np.nan), min_size=1, max_size=25))
def test_windows_equal_the_plain_sums(column):
    """Row by row, with gaps: numpy's own functions on the numbers that are there."""
    _, x = of(column, rows=5)
    for i in range(len(column)):
        window = np.array(column[max(0, i - 4) : i + 1])
        there = window[np.isfinite(window)]
        if len(there) < 2 or len(there) < len(window) / 2:
            assert np.isnan(x[i]).all()
            continue
        expected = (there.mean(), there.min(), there.max(), np.median(there))
        np.testing.assert_allclose(x[i, [0, 2, 3, 4]], expected, rtol=1e-9, atol=1e-6)


def test_machines_do_not_see_each_other():
    """The first rows of one are not the last of another."""
    _, x = of([1.0, 1.0, 1.0, 9.0, 9.0, 9.0], 3, ("mean", "change"), [1, 1, 1, 2, 2, 2])
    np.testing.assert_array_equal(x[[2, 4, 5]], [[1, 0], [9, 0], [9, 0]])
    assert np.isnan(x[[0, 3]]).all()


def test_a_gap_is_not_filled():
    """With half the window missing there is still an answer, with more there is none."""
    nan = np.nan
    assert np.isfinite(of([1.0, 2.0, nan, nan])[1][3]).all()
    assert np.isnan(of([1.0, 2.0, nan, nan, nan])[1][4]).all()


def test_the_largest_numbers_are_no_trouble():
    """What has no square is no number, and an infinite one is none."""
    for wild in (1.7e308, -np.inf):
        _, x = of([1.0, 2.0, wild, 3.0, 4.0])
        assert x[-1, :4].tolist() == pytest.approx([3.0, 0.0643, 2.0, 4.0], abs=1e-3)


def test_windows_that_cannot_be_are_said():
    """Torn machines, one row, no time between rows, columns without a name."""
    with pytest.raises(WrongKind, match="rows of one in several places"):
        of([1.0, 2.0, 3.0], machine=[1, 2, 1])
    for wrong in ({"rows": 1}, {"step": (0.0, "s")}, {"step": (float("nan"), "s")}):
        with pytest.raises(WrongKind, match="windows"):
            of([1.0, 2.0], **wrong)
    with pytest.raises(WrongKind, match="windows"):
        window_features([HEAT], np.zeros((3, 2)), np.zeros(3, np.int64), 2, (1.0, "s"))
    features, x = of([])
    assert x.shape == (0, len(features))
