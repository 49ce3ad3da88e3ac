"""Words of a what-if as changes, the same as the assistant reads."""

from contextlib import suppress
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.supposition import suppose
from tests.tools.scenery import riverside
from twin_core.errors import BadInput
from twin_core.plant.names import Names


@cache
def names() -> Names:
    return Names(riverside())


def test_bare_words_and_a_whole_question_mean_the_same():
    """“Slow filler 4 by 5 %” needs no “what if”."""
    bare = suppose("slow filler 4 by 5 % over the next 30 min", names())
    assert bare == suppose("What if we slow filler 4 by 5 % over the next 30 min?", names())
    assert bare.horizon == "30 min"
    ((change,),) = bare.options
    assert (change.asset, change.kind, change.value) == ("Filler 4", "speed", 95.0)


def test_alternatives_are_options():
    """“… or …” is two what-ifs."""
    found = suppose("slow filler 4 by 5 % or stop capper 4 for 2 min", names())
    assert [[c.kind for c in option] for option in found.options] == [["speed"], ["stop"]]


def test_things_as_they_are_need_no_change():
    """The line is asked for."""
    found = suppose("nothing changes on line 4", names())
    assert (found.options, found.line) == (((),), "Line 4")


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("move the changeover on line 4 to after 14:30",
         {"kind": "move_stop", "product": "changeover", "after": "14:30"}),
        ("the break on line 4 half an hour later", {"product": "break", "value": 30.0}),
        ("bring the cleaning on line 4 forward by 20 min", {"product": "cleaning", "value": -20.0}),
        ("skip the break on line 4", {"kind": "move_stop", "product": "break"}),
        ("move the break of filler 4 to 15:00", {"product": "break", "after": "15:00"}),
        ("what if the planned stop on line 4 begins at 15:10", {"product": "", "after": "15:10"}),
        ("capper 4 is repaired at 15:00 for 20 min",
         {"kind": "stop", "duration": "20 min", "after": "15:00"}),
        ("capper 4 stops at 14:30 for 10 min",
         {"kind": "stop", "duration": "10 min", "after": "14:30"}),
        ("a break of 10 min on line 4 at 14:30",
         {"kind": "planned_stop", "duration": "10 min", "after": "14:30"}),
        ("line 4 makes Cola 500 ml from 15:00 on",
         {"kind": "product", "product": "cola_500", "after": "15:00"}),
    ],
)  # fmt: skip
def test_when_something_begins_may_be_a_time_of_day(text, change):
    """And a stop that is planned may be moved by some time or to one, or left out."""
    found = suppose(text, names())
    (((said),),) = found.options
    assert {name: getattr(said, name) for name in change} == change
    assert (found.horizon, found.start) == ("", "")


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("as of 22:00, capper 4 stops for 10 min", "22:00"),
        ("slow filler 4 by 5 % as of 2025-11-21 22:00", "2025-11-21 22:00"),
        ("capper 4 stops for 10 min starting from 2 h ago", "2 h ago"),
        ("what if everything were healthy on line 4", "healthy"),
        ("what if line 4 were healthy", "healthy"),
        ("line 4 were healthy and capper 4 stops for 10 min", "healthy"),
    ],
)
def test_it_may_start_at_another_moment_or_from_a_healthy_line(text, start):
    """The changes are those that are said beside it."""
    found = suppose(text, names())
    assert found.start == start
    assert [len(option) for option in found.options] == [int("capper" in text or "slow" in text)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("slow filler 9 by 5 %", "nothing here called “filler 9”"),
        ("slow the filler by 5 %", "Which do you mean: Filler 1"),
        ("the moon explodes", "did not understand the change “the moon explodes”"),
        ("filler 4 fails more often", "What I can simulate"),
        ("hello", "did not understand"),
        ("slow filler 4 by 5 % as of lunch", "did not understand"),
        ("what if filler 4 were healthy", "did not understand"),
        ("move the break on line 4", "did not understand"),
        ("move the break on line 4 to teatime", "did not understand"),
        ("move the break and the cleaning on line 4 by 10 min", "did not understand"),
        ("move the break on line 4 to 14:30 or 15:30", "did not understand the change “15:30”"),
        ("filler 4 at 90 % at 14:30", "did not understand"),
        ("approve p-12345678", "did not understand"),
        ("set the bowl pressure of filler 4 to 2 psi", "only bar, not “psi”"),
        ("slow filler 4 by 1.200 %", "which number “1.200” is"),
    ],
)
def test_what_is_not_understood_is_refused_with_what_is(text, says):
    """In one sentence, with the words that were said and no others."""
    with pytest.raises(BadInput, match=says) as refused:
        suppose(text, names())
    assert "What if" not in str(refused.value)


@given(st.text(min_size=1, max_size=200))
def test_any_text_is_understood_or_refused(text):
    """Nothing else comes of it."""
    with suppress(BadInput):
        assert suppose(text, names()).options
