"""The ladder of trust: lowest where nobody set a step, and the longest path wins."""

from hypothesis import given
from hypothesis import strategies as st

from twin_core.governance.trust import STEPS, Doubt, Ladder

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


def test_a_doubt_lowers_what_acts_by_one_step_and_what_only_advises_not_at_all():
    """A standing rule needs approval again, an approval becomes advice; advice stays."""
    ladder = Ladder(steps={"s": "act_by_standing_rule"})
    once = ladder.doubted([Doubt("s/a/l/u", 5, "missed")])
    assert once.step("s/a/l/u") == "act_on_approval"
    assert once.step("s/a/l/v") == "act_by_standing_rule"
    assert once.why == {"s/a/l/u": "missed"}
    twice = once.doubted([Doubt("s/a/l/u", 6, "again")])
    assert twice.step("s/a/l/u") == "advise"
    assert twice.doubted([Doubt("s/a/l/u", 7, "thrice")]) == twice


def test_a_doubt_of_a_line_lowers_its_units_that_act_by_a_step_of_their_own():
    """What stands lower already stays."""
    ladder = Ladder(steps={"s": "act_on_approval", "s/a/l/u": "act_by_standing_rule",
                           "s/a/l/v": "observe"})  # fmt: skip
    found = ladder.doubted([Doubt("s/a/l", 1, "drifted")])
    assert [found.step(f"s/a/l{u}") for u in ("", "/u", "/v", "/w")] == [
        "advise", "act_on_approval", "observe", "advise"
    ]  # fmt: skip
    assert found.step("s/a/k") == "act_on_approval"


def test_what_a_person_has_weighed_is_no_doubt_any_more():
    """A step set after it is not lowered for it; and what was heeded is not heeded again."""
    doubts = [Doubt("s", 5, "missed")]
    lowered = Ladder(steps={"s": "act_on_approval"}).doubted(doubts)
    assert lowered.doubted(doubts) == lowered
    raised = lowered.moved("s", "act_on_approval", 6)
    assert raised.doubted(doubts) == raised
    assert raised.why == {}


@given(
    st.dictionaries(PATHS, st.tuples(st.sampled_from(STEPS), st.integers(0, 9))),
    st.lists(st.builds(Doubt, PATHS, st.integers(0, 9), st.just("x")), max_size=6),
    PATHS,
)
def test_nothing_but_a_person_raises(steps, doubts, asset):
    """Whatever is doubted, in whatever order: no asset stands higher, none that acted observes."""
    ladder = Ladder(
        steps={p: step for p, (step, _) in steps.items()},
        since={p: at for p, (_, at) in steps.items()},
    )
    found = ladder.doubted(doubts)
    before, after = STEPS.index(ladder.step(asset)), STEPS.index(found.step(asset))
    assert after <= before
    assert after == before or after >= 1
    assert found.doubted(doubts) == found
    assert ladder.doubted(reversed(doubts)).steps.keys() == found.steps.keys()
