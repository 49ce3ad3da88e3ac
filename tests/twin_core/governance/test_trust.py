"""The ladder of trust: lowest where nobody set a step, and the longest path wins."""

from hypothesis import given
from hypothesis import strategies as st

from twin_core.governance.trust import STEPS, Ladder

PATHS = st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=4).map("/".join)


def test_a_new_plant_observes():
    """An asset nobody set stands at observe, and so does no asset at all."""
    assert Ladder().step("site/area/line") == "observe"
    assert Ladder().lowest(()) == ("observe", "nothing")


def test_the_longest_path_wins():
    """A step of its own beats the step of what stands above."""
    ladder = Ladder().moved("s", "act_on_approval").moved("s/a/l/u", "observe")
    assert ladder.step("s/a/l") == "act_on_approval"
    assert ladder.step("s/a/l/u") == "observe"
    assert ladder.step("s2") == "observe"
    assert ladder.lowest(("s/a/l", "s/a/l/u")) == ("observe", "s/a/l/u")


@given(st.dictionaries(PATHS, st.sampled_from(STEPS)), PATHS)
def test_the_step_is_that_of_the_nearest_path_above(steps, asset):
    """The step of an asset is the step of the nearest path at or above it, or observe."""
    above = [p for p in steps if f"{asset}/".startswith(f"{p}/")]
    expected = steps[max(above, key=len)] if above else "observe"
    assert Ladder(steps=steps).step(asset) == expected
