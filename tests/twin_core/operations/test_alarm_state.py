"""The state machine of ISA-18.2: every transition by name, the others refused."""

from typing import get_args

import pytest

from twin_core.errors import Conflict
from twin_core.operations.alarm_state import FROM, HIDDEN, STATES, Transition, after

TABLE = {
    ("normal", "activate"): "unacknowledged",
    ("returned", "activate"): "unacknowledged",
    ("unacknowledged", "return"): "returned",
    ("acknowledged", "return"): "normal",
    ("unacknowledged", "acknowledge"): "acknowledged",
    ("returned", "acknowledge"): "normal",
    ("acknowledged", "re_alarm"): "unacknowledged",
    **{
        (state, "shelve"): "shelved"
        for state in ("normal", "unacknowledged", "acknowledged", "returned")
    },
    **{
        (state, "suppress"): "suppressed"
        for state in ("normal", "unacknowledged", "acknowledged", "returned", "shelved")
    },
    **{(state, "remove"): "out_of_service" for state in STATES - {"out_of_service"}},
    ("shelved", "unshelve"): "normal",
    ("suppressed", "unsuppress"): "normal",
    ("out_of_service", "restore"): "normal",
}


@pytest.mark.parametrize("state", sorted(STATES))
@pytest.mark.parametrize("transition", get_args(Transition))
def test_each_transition_leads_where_the_standard_says_and_every_other_is_refused(
    state, transition
):
    if (state, transition) in TABLE:
        assert after(state, transition) == TABLE[state, transition]
    else:
        with pytest.raises(Conflict, match="is only from"):
            after(state, transition)


def test_a_latching_alarm_waits_for_a_person_though_he_had_acknowledged_it():
    assert after("acknowledged", "return", latching=True) == "returned"
    assert after("unacknowledged", "return", latching=True) == "returned"


@pytest.mark.parametrize("transition", ["unshelve", "unsuppress", "restore"])
def test_what_ends_a_hiding_shows_what_is_beneath(transition):
    (state,) = FROM[transition]
    assert after(state, transition, beneath="unacknowledged") == "unacknowledged"


def test_every_hidden_state_has_a_way_in_and_a_way_out():
    assert {TABLE[key] for key in TABLE} == STATES
    for state in HIDDEN:
        assert any(state in FROM[t] for t in ("unshelve", "unsuppress", "restore"))
