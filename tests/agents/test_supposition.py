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
    ("text", "says"),
    [
        ("slow filler 9 by 5 %", "nothing here called “filler 9”"),
        ("slow the filler by 5 %", "Which do you mean: Filler 1"),
        ("the moon explodes", "did not understand the change “the moon explodes”"),
        ("filler 4 fails more often", "What I can simulate"),
        ("hello", "did not understand"),
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
