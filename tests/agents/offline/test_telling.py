"""What of a sentence tells a change, and what only asks, remarks or explains."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.offline.reading import read
from agents.offline.telling import told
from tests.tools.scenery import riverside
from twin_core.plant.names import Names


@cache
def names() -> Names:
    return Names(riverside())


@pytest.mark.parametrize(
    ("said", "text", "ahead"),
    [
        ("if I run capper 2 at 450 b/min what is line 2 making",
         "if I run capper 2 at 450 b/min", ""),
        ("say filler 4 does 500, how many bottles over 4 h?", "say filler 4 does 500", "4 h"),
        ("filler 4 at 500. Nozzles are new.", "filler 4 at 500", ""),
        ("how does losing compressor 2 for 15 minutes hit the packers",
         "does losing compressor 2 for 15 minutes", ""),
        ("filler 3 stands for a while, say 18 min", "filler 3 stands say 18 min", ""),
        ("could we live with filler 3 at 75 % until 4 hours from now",
         "with filler 3 at 75 %", "4 hours"),
        ("capper 4 torque: make it 1.9 Nm", "capper 4 torque make it 1.9 Nm", ""),
    ],
)  # fmt: skip
def test_what_tells_is_kept_and_what_asks_is_not(said, text, ahead):
    """How far ahead it is asked is kept apart."""
    found = told(said, names())
    assert (" ".join(found.text.split()), found.ahead) == (text, ahead)


@pytest.mark.parametrize(
    ("said", "change"),
    [
        ("what if we drop filler 1 to 450, whats line 1 gonna make", ("set", 450.0)),
        ("what if capper 1 -8 %. bottles lost per hr?", ("speed", 92.0)),
        ("run line 1's filler at 30 000 bph, what happens downstream", ("set", 500.0)),
        ("consequences if the palletizer on line 3 halts for ten minutes", ("stop", None)),
        ("what if filler 3 goes from what it is now to 560 bottles/min", ("set", 560.0)),
        ("what if depalletizer 3 is slowed down by 100 bottles/min", ("shift", -100.0)),
        ("what if compressor 2 may load at most to 60 %", ("set", 60.0)),
    ],
)
def test_a_change_is_read_wherever_it_stands(said, change):
    """In whatever words it is asked what comes of it."""
    (found,) = read(said, names())
    assert not found.unread
    assert [(one["kind"], one.get("value")) for one in found.changes] == [change]


@pytest.mark.parametrize(
    "said",
    [
        "what if filler 3 does not run at 500",
        "what if everything but filler 3 runs at 10 % less than now, except capper 3",
        "what if filler 4 stops for 20",
        "what if the glue of labeller 4 is cooler, 145 degrees",
    ],
)
def test_what_turns_the_meaning_is_never_passed_over(said):
    """Nor a number of which it is not said what it is."""
    (found,) = read(said, names())
    assert found.unread or found.choices or not found.changes


@given(st.sampled_from([480, 520, 560]), st.permutations(range(3)))
def test_the_order_of_the_parts_makes_no_difference(speed, order):
    """Of a change, a question and a remark."""
    parts = ("what does line 3 make then", f"filler 3 at {speed} bottles/min", "it is new")
    text = told(", ".join(parts[i] for i in order), names()).text
    assert text == parts[1]
