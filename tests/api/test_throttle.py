"""How often something may be tried."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import throttle
from api.throttle import Throttle
from twin_core.errors import Busy


class Hand:
    def __init__(self):
        self.at = 0.0

    def __call__(self):
        return self.at


@given(st.lists(st.tuples(st.floats(0, 40), st.sampled_from("ab")), max_size=60))
def test_within_any_span_no_more_tries_pass_than_allowed(tried):
    """However they come: of each key at most three within any ten seconds, and as many as that."""
    hand = Hand()
    door = Throttle("it", 3, 10.0, hand)
    passed: dict[str, list[float]] = {"a": [], "b": []}
    for wait, key in tried:
        hand.at += wait
        lately = [at for at in passed[key] if at > hand.at - 10.0]
        if len(lately) < 3:
            door.enter(key)
            passed[key].append(hand.at)
        else:
            with pytest.raises(Busy, match="come again in"):
                door.enter(key)


def test_who_waits_as_long_as_he_is_told_gets_in():
    """The refusal says after how many seconds, and that is enough."""
    hand = Hand()
    door = Throttle("it", 2, 10.0, hand)
    door.enter("a")
    hand.at = 3.5
    door.enter("a")
    with pytest.raises(Busy) as refusal:
        door.enter("a")
    hand.at += refusal.value.retry_s
    door.enter("a")


def test_a_try_that_was_right_is_forgiven_and_no_other():
    """Whoever gets it right uses nothing up; the wrong tries beside it stay counted."""
    hand = Hand()
    door = Throttle("it", 2, 10.0, hand)
    door.enter("a")
    hand.at = 1.0
    door.forgive("a", door.enter("a"))
    door.enter("a")
    with pytest.raises(Busy):
        door.enter("a")
    door.forgive("a")
    door.enter("a")


def test_what_is_remembered_does_not_grow_without_end(monkeypatch):
    """Of names without end only the last tried are kept."""
    monkeypatch.setattr(throttle, "_KEYS", 5)
    door = Throttle("it", 2, 10.0, Hand())
    for n in range(50):
        door.enter(str(n))
    assert len(door._tries) == 5
