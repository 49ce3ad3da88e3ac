"""A basis holds while each of its points is Good, fresh and inside its band."""

import pytest

from tests.twin_core.governance.scene import NOW, SPEED, TORQUE, Belief, basis
from twin_core.governance.action import Basis
from twin_core.governance.grounds import broken, seen
from twin_core.value import SECOND

TWO = basis(SPEED, TORQUE)


def look(belief, at=NOW):
    """What the belief shows of the two points."""
    return seen(belief(), (SPEED, TORQUE), at)


def test_it_holds_as_it_was_made():
    """Nothing has changed, so the basis holds; an empty one always does."""
    assert broken(TWO, look(Belief())) == ""
    assert broken(Basis(points=(), revision=1), {}) == ""


@pytest.mark.parametrize(("value", "holds"), [(395.0, True), (405.0, True), (405.1, False)])
def test_the_band_includes_its_ends(value, holds):
    """A point may move to the ends of its band, and no further."""
    belief = Belief()
    belief.values[SPEED] = value
    assert (broken(TWO, look(belief)) == "") is holds


@pytest.mark.catches("the basis' own limit of age is not looked at")
def test_f09_a_point_may_be_good_and_too_old_for_the_proposal():
    """The basis' own limit of age counts, tighter than what the twin calls stale."""
    belief = Belief()
    belief.heard[SPEED] = NOW - 8 * SECOND
    assert broken(TWO, look(belief)) == ""
    points = tuple(p.model_copy(update={"stale_after_s": 5.0}) for p in TWO.points)
    assert "8 s ago" in broken(TWO.model_copy(update={"points": points}), look(belief))


@pytest.mark.catches("an old snapshot passes for fresh")
def test_f10_a_twin_that_stands_still_grows_old():
    """Ages count to the present moment, not to the moment the snapshot was taken."""
    assert broken(TWO, look(Belief(), at=NOW + 29 * SECOND)) == ""
    assert "31 s ago" in broken(TWO, look(Belief(), at=NOW + 31 * SECOND))


@pytest.mark.parametrize("status", [0x40000000, 0x80000000, 0xC0000000])
def test_only_good_is_good(status):
    """Uncertain, Bad and the reserved severity break the basis."""
    belief = Belief()
    belief.statuses[TORQUE] = status
    assert TORQUE in broken(TWO, look(belief))


def test_what_was_never_heard_breaks_it():
    """A point without any reading, of a lost source or unknown to the plant cannot be seen."""
    belief = Belief()
    del belief.values[TORQUE]
    assert "cannot be seen" in broken(TWO, look(belief))
    belief = Belief()
    belief.down.add("plc2")
    assert "cannot be seen" in broken(TWO, look(belief))
    assert seen(Belief()(), ("site/area/line/filler/nothing",), NOW) == {}
    assert "cannot be seen" in broken(TWO, {})


def test_our_own_writes_do_not_break_it():
    """The band of a point this plan has written is not compared; its quality still is."""
    belief = Belief()
    belief.values[SPEED] = 480.0
    assert broken(TWO, look(belief), ours={SPEED}) == ""
    belief.statuses[SPEED] = 0x80000000
    assert broken(TWO, look(belief), ours={SPEED}) != ""
    assert broken(TWO, look(belief), only=TORQUE) == ""
