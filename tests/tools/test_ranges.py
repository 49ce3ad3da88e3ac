"""Ranges in a change's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.ranges import ranged
from twin_core.errors import BadInput, TooLarge


@pytest.mark.parametrize(
    ("text", "values", "second"),
    [
        ("filler 4 at 80..100 by 10 % of its speed", ("80", "90", "100"),
         "filler 4 at 90 % of its speed"),
        ("speed to 0.1..0.35 by 0.1", ("0.1", "0.2", "0.3"), "speed to 0.2"),
        ("heat at -5 … 5 in steps of 5 °C", ("-5", "0", "5"), "heat at 0 °C"),
        ("heat at −5..5 step 5", ("-5", "0", "5"), "heat at 0"),
        ("filler 4 at  100 | 80|90.5 %", ("100", "80", "90.5"), "filler 4 at 80 %"),
    ],
)  # fmt: skip
def test_a_range_becomes_its_numbers(text, values, second):
    """Both ends, in steps; or those that are listed, in their order."""
    found = ranged(text)
    assert found.values == values
    assert found.said(values[1]) == second


@given(st.integers(0, 500), st.integers(1, 30), st.integers(0, 40))
def test_no_step_is_lost_to_rounding(low, step, more):
    """Tenths are counted as people count them."""
    high = low + step * more
    found = ranged(f"speed at {low / 10:.1f}..{high / 10:.1f} by {step / 10:.1f}")
    assert len(found.values) == more + 1
    assert float(found.values[-1]) == high / 10


@pytest.mark.parametrize(
    "text",
    [
        "", "filler at 80 %", "80..100", "80..100 by 0", "80..100 by -5", "100..80 by 5",
        "1..2 by 1 and 3..4 by 1", "… at 1..2 by 1", "5|5", "a..b by c", "1..2 by nan",
    ],
)  # fmt: skip
def test_what_is_no_range_is_refused_with_what_would_be(text):
    with pytest.raises(BadInput, match="allowed"):
        ranged(text)


def test_a_range_has_an_end():
    with pytest.raises(TooLarge, match="1,000"):
        ranged("speed at 0..999999999 by 0.000001")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("filler at 80..100 by 1e-9 %", "20,000,000,001 numbers"),
        ("filler at 80..100 by 0.000000001 %", "20,000,000,001 numbers"),
        ("filler at 80..100 by 1e-99 %", r"2.0e\+100 numbers"),
        ("filler at " + "|".join(map(str, range(1001))), "1,001 numbers"),
    ],
)
def test_too_many_steps_are_counted_and_not_made(text, count):
    """However they are written; none is taken for a longer one."""
    with pytest.raises(TooLarge, match=f"{count} is too much at once; at most 1,000 are taken"):
        ranged(text)


@pytest.mark.parametrize("text", ["80..100 by 1e-999 %", "80..80.000000000001 by 0.0000000000001"])
def test_a_step_too_small_to_write_is_none(text):
    """Its numbers would come out alike."""
    with pytest.raises(BadInput, match="allowed"):
        ranged(text)
