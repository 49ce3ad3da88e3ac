"""The clock of a house: it moves with the plant, hurries when asked, and never goes back."""

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from evals.harness.turned import HouseClock
from twin_core.value import SECOND


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=20))
def test_a_house_s_clock_never_goes_back(story):
    """However often it was hurried before the plant is turned: who waits for it would wait on."""
    standin = SimpleNamespace(now=0)
    clock, last = HouseClock(standin), 0.0  # type: ignore[arg-type]
    for looks, seconds in story:
        clock.hurries = True
        for _ in range(looks):
            assert clock.monotonic() > last
            last = clock.monotonic()
        clock.hurries = False
        standin.now += seconds * SECOND
        clock.turned(seconds)
        assert clock.monotonic() >= last
        last = clock.monotonic()
