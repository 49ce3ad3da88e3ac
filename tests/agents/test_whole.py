"""A sentence is read whole, or refused: never in part, never as its opposite."""

from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agents.offline.account import IDLE
from agents.supposition import suppose
from tests.tools.scenery import riverside
from twin_core.errors import BadInput
from twin_core.plant.names import Names


@cache
def names() -> Names:
    return Names(riverside())


def heard(text):
    """Options, each the assets, kinds and values of its changes; None if it is refused."""
    try:
        found = suppose(text, names())
    except BadInput:
        return None
    return [[(c.asset, c.kind, c.value) for c in option] for option in found.options], found


def options(text):
    found = heard(text)
    return found and found[0]


F, C, L = "Filler 4", "Capper 4", "Labeller 4"
OTHERS = ("Depalletizer 4", "Rinser 4", C, L, "Packer 4", "Palletizer 4")
READ = {
    "capper 4's rejects fall by 1 percentage point": [[(C, "more_rejects", -1.0)]],
    "rejects of capper 4 fall by 50 %": [[(C, "rejects_share", 50.0)]],
    "rejects of capper 4 rise by 50 %": [[(C, "rejects_share", 150.0)]],
    "rejects of capper 4 fall to 1 %": [[(C, "rejects", 1.0)]],
    "speed of filler 4 goes up 5 %": [[(F, "speed", 105.0)]],
    "speed of filler 4 goes down 5 %": [[(F, "speed", 95.0)]],
    "filler 4 runs 5 % more slowly": [[(F, "speed", 95.0)]],
    "capper 4 goes up 5 %": [[(C, "speed", 105.0)]],
    "filler on line 4 at 80 % of its speed": [[(F, "speed", 80.0)]],
    "speed of filler 4 drops to 90 %": [[(F, "speed", 90.0)]],
    "speed of filler 4 up 5 % or down 5 %": [[(F, "speed", 105.0)], [(F, "speed", 95.0)]],
    "all machines on line 4 except the filler are 10 % slower": [
        [(one, "speed", 90.0) for one in OTHERS]
    ],
    "all machines on line 4 but the filler are 10 % slower": [
        [(one, "speed", 90.0) for one in OTHERS]
    ],
    "everything on line 4 apart from the filler stops": [[(one, "stop", None) for one in OTHERS]],
    "all but filler 4 reject 5 %": [[(one, "rejects", 5.0) for one in OTHERS]],
    "80 % of what capper 4 rejects goes back to filler 4": [[(C, "rework", 80.0)]],
    "filler 4 is slowed by 5 % or 10 %": [[(F, "speed", 95.0)], [(F, "speed", 90.0)]],
    "filler 4 is slowed by 5 %, 10 % or 15 %": [[(F, "speed", v)] for v in (95.0, 90.0, 85.0)],
    "filler 4 is 5 % slower vs 10 %": [[(F, "speed", 95.0)], [(F, "speed", 90.0)]],
    "capper 4 rejects 3 % or 5 %": [[(C, "rejects", 3.0)], [(C, "rejects", 5.0)]],
    "compare capper 4 rejects 5 % or 10 %": [[(C, "rejects", 5.0)], [(C, "rejects", 10.0)]],
    "capper 4 rejects 5 % and labeller 4 2 %": [[(C, "rejects", 5.0), (L, "rejects", 2.0)]],
    "capper 4 rejects 5 percent more, labeller 4 5 percent fewer": [
        [(C, "rejects_share", 105.0), (L, "rejects_share", 95.0)]
    ],
    "slow filler 4 by 5 % and capper 4 by 10 %": [[(F, "speed", 95.0), (C, "speed", 90.0)]],
    "one mechanic mends filler 4, two mend capper 4 and three mend labeller 4": [
        [(F, "people", 1.0), (C, "people", 2.0), (L, "people", 3.0)]
    ],
    "one mechanic for filler 4, two for capper 4": [[(F, "people", 1.0), (C, "people", 2.0)]],
    "filler 4 is 5 % slower, and capper 4 too": [[(F, "speed", 95.0), (C, "speed", 95.0)]],
    "capper 4 stops for 10 min, and so does filler 4": [[(C, "stop", None), (F, "stop", None)]],
    "capper 4 stops for 10 min in 5 min, and filler 4 too": [
        [(C, "stop", None), (F, "stop", None)]
    ],
    "filler 4 fails 20 % less often, repairs 10 % shorter": [
        [(F, "life", 125.0), (F, "repair", 90.0)]
    ],
}
REFUSED = {
    "every filler but filler 4 is 10 % slower": "Which do you mean",
    "other machines than filler 4 stop": "“than”",
    "all of line 4 is 10 % slower besides the filler": "“besides”",
    "80 % of what capper 4 and labeller 4 reject goes back to filler 4": "“back”",
    "80 % of what capper 4 and labeller 4 throw out goes back to filler 4": "“back”",
    "80 % of what capper 4 rejects goes back to filler 4 and rinser 4": "not understand",
    "80 % of what capper 4 rejects goes back to filler 4, labeller 4 too": "not understand",
    "80 % of what capper 4 makes goes back to filler 4": "not understand",
    "80 % of bottles of capper 4 go back to filler 4": "not understand",
    "80 % fewer rejects of capper 4 go back to filler 4": "“fewer”",
    "capper 4 and labeller 4 reject 5 % and 2 %": "not understand",
    "only filler 4 and labeller 4 run 10 % slower, and capper 4 as now": "did not understand",
    "capper 4 no longer rejects 5 %": "did not understand",
    "capper 4 rejects 5 % by noon": "“12:00”",
    "capper 4 rejects less than 5 %": "did not understand",
    "capper 4 rejects more than 5 %": "did not understand",
    "filler 4 fails twice as often and twice as long": "“twice”, “as”, “long”",
    "one mechanic fewer on line 4": "“fewer”",
    "two mechanics less on line 4": "“less”",
    "two mechanics per machine on line 4": "“per”",
    "two mechanics and one electrician on line 4": "“electrician”",
    "two to three mechanics on line 4": "“two”",
    "two mechanics on line 4 until 14:00": "“until”",
    "capper 4 rejects 5 % in 10 min": "“10”",
    "capper 4 rejects 5 % from 14:00 on": "“14:00”",
    "filler 4 at 90 to 95 %": "“90”",
    "capper 4 rejects between 3 and 5 %": "not understand",
    "capper 4 rejects at most 5 %": "“most”",
    "capper 4 rejects 5 % of 200 bottles": "“200”",
    "slow filler 4 by 5 % more": "not understand",
    "reduce filler 4 at 90 %": "not understand",
    "slow filler 4 by -5 %": "not understand",
    "two mechanics for filler 4 and capper 4 each": "not understand",
    "filler 4 stops for 10 min every hour": "“every”",
    "filler 4 wobbles and capper 4 stops for 10 min": "“wobbles”",
    "filler 4 runs at up to 90 %": "not understand",
}


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("capper 4 stops for 1 h 30 min", "1 h 30 min"),
        ("capper 4 stops for 10 min 2 min", None),
        ("capper 4 stops for 1 h 30", None),
    ],
)
def test_hours_and_minutes_are_one_length(text, length):
    """And two lengths are none."""
    found = heard(text)
    assert (found and found[1].options[0][0].duration) == length


@pytest.mark.parametrize(("text", "meant"), READ.items())
def test_what_is_said_is_simulated_whole(text, meant):
    """Every machine, number and way of it."""
    assert options(text) == meant


@pytest.mark.parametrize(("text", "says"), REFUSED.items())
def test_what_is_not_read_whole_is_refused(text, says):
    """With the words that were not understood, and what is."""
    with pytest.raises(BadInput, match=says):
        suppose(text, names())


PLAIN = (
    "filler 4 runs 10 % slower",
    "speed of filler 4 drops to 90 %",
    "capper 4 stops for 10 min",
    "capper 4 stops at 14:30 for 10 min",
    "filler 4 rejects 50 % more",
    "filler 4 rejects 2 percentage points less",
    "capper 4 fails twice as often",
    "repairs of capper 4 take 5 min",
    "stops of capper 4 last 30 % longer",
    "labeller 4 has 3 more stops an hour",
    "the buffer between filler 4 and capper 4 holds 300 bottles",
    "we add 20 bottles of buffer behind filler 4",
    "60 % of the rejects of labeller 4 are reworked",
    "one mechanic mends capper 4, filler 4 and labeller 4",
    "line 4 takes a break of 10 min",
    "the break on line 4 half an hour later",
    "line 4 makes Cola 500 ml from 15:00 on",
    "we raise the bowl pressure of filler 4 by 0.2 bar",
    "set the bowl pressure of filler 4 to 2 bar",
    "slow filler 4 by 5 % and stop capper 4 for 2 min",
    "slow filler 4 by 5 % or stop capper 4 for 2 min",
    "nothing changes on line 4",
)
MEANING = (
    "not", "never", "no", "hardly", "barely", "almost", "nearly", "rarely", "seldom", "sometimes",
    "often", "usually", "maybe", "perhaps", "possibly", "except", "unless", "until", "while",
    "without", "most", "least", "few", "several", "many", "some", "any", "none", "neither", "half",
    "twice", "less", "more", "fewer", "up", "down", "slower", "faster", "seven", "7", "7 %", "33",
    "2 min", "again", "before", "after", "yesterday", "daily", "gradually", "slowly", "than",
    "besides", "other", "already", "everywhere", "instead of", "between", "or",
)  # fmt: skip


ALIKE = {("more", "we add 20 more bottles of buffer behind filler 4")}
"""What may be said in one word more."""


def alike(word, told):
    """Whether a word adds nothing there: “slow … down”, “up to” a level, “Or …?” in a talk."""
    to_level = word in {"up", "down"} and "set " in told
    slows = word == "down" and "slow " in told
    again = word == "again" and "set " in told  # to the same level, whenever it was there
    numbers = word == "no" and any(" no " in mention.text for mention in names().mentions(told))
    return to_level or again or slows or numbers or told.startswith("or ") or (word, told) in ALIKE


@settings(deadline=None)
@given(st.sampled_from(PLAIN), st.sampled_from(MEANING), st.floats(0, 1))
def test_no_word_of_meaning_is_passed_over(text, word, place):
    """Put in anywhere, it changes what is read or has the sentence refused.

    The same word twice in a row says nothing more.
    """
    words = text.split()
    at = round(place * len(words))
    told = " ".join([*words[:at], word, *words[at:]])
    assert heard(text) is not None, text
    assume(f"{word} {word}" not in told)
    assert heard(told) != heard(text) or alike(word, told), told
    assert word not in IDLE
