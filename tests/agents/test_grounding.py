"""Nothing that was not seen in this run reaches the reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.claims import claims, spelled
from agents.grounding import Ground
from agents.lexicon import Lexicon
from tests.tools.scenery import LINE4, MINUTE, NOW, riverside
from twin_core.evidence import Evidence
from twin_core.units import number_text, quantity

LEXICON = Lexicon(riverside())

RATE = Evidence(
    kind="indicator",
    subject=LINE4,
    statement="Line 4 makes 403 bottles/min, mean from 13:55:00 to 14:00:00 GMT.",
    data={"rate": 402.6, "unit": "{bottle}/min", "start": NOW - 5 * MINUTE, "end": NOW},
    time=NOW,
)
GAIN = Evidence(
    kind="forecast",
    subject=LINE4,
    statement="Effect over the next 15 min: +98.0 bottles/min (90 % interval +78.0 to +118.0).",
    data={
        "gain": {"mean": 98.04, "low": 78.0, "high": 118.0, "unit": "{bottle}/min"},
        "horizon_s": 900.0,
        "interval": 90,
        "probability": 0.83,
        "title": "Raise the pressure to 2.4 bar",
        "reference": "WO-17",
    },
    time=NOW,
)


def ground(text, *evidence, told=(), asked=""):
    return Ground(evidence or (RATE, GAIN), LEXICON, told, asked).ground(text)


@pytest.mark.parametrize(
    "sentence",
    [
        "Line 4 makes 403 bottles/min.",
        "Line 4 makes 402.6 bottles per minute.",
        "Line 4 makes about 400 bottles/min.",
        "Line 4 makes 403.",
        "At 14:00 line 4 made 403 bottles/min.",
        "Since 13:55:00 GMT it has been so.",
        "It would win +98 bottles/min, at least 78.",
        "It would win 98.0 bottles/min within 15 minutes.",
        "It would win 98 bottles/min within 900 s.",
        "The 90 % interval is +78 to +118 bottles/min.",
        "It is 83 % likely.",
        "Raise the pressure to 2.4 bar.",
        "See WO-17.",
        f"The asset is {LINE4}.",
        "L4, line 4 and Filler 4 are names, not numbers.",
        "1. First say what is so.",
        "Nothing is claimed here.",
    ],
)
def test_what_was_seen_may_be_said(sentence):
    """Rounded, in other units of time, with or without a unit, with names as people say them."""
    found = ground(sentence)
    assert found.struck == ()
    assert found.text.startswith(sentence.rstrip(".")[:12])


@pytest.mark.parametrize(
    "sentence",
    [
        "Line 4 makes 404 bottles/min.",
        "Line 4 makes 402.7 bottles/min.",
        "Line 4 makes about 300 bottles/min.",
        "Line 4 makes 403 bar.",
        "Line 4 makes 403 °C.",
        "Line 9 makes 403 bottles/min.",
        "At 12:34 it began.",
        "On 2025-11-21 it began.",
        "It would lose -98 bottles/min.",
        "It is 84 % likely.",
        "It takes 16 min.",
        "See WO-18.",
        "The asset is riverside/packaging/line4/filler.",
        "It was proposed as p-00000001.",
        "It costs 12,000 EUR.",
        "Line 4 is well [ev-0123456789ab].",
        "“999 bottles/min” was read.",
    ],
)
def test_what_was_not_seen_is_struck_out(sentence):
    """Another number, unit, time, code, asset or citation takes its sentence with it."""
    found = ground(f"{sentence} Nothing is claimed here.")
    assert found.struck == (sentence,) or len(found.struck) == 1
    assert found.text == "Nothing is claimed here."
    assert not found.findings


def test_a_sentence_becomes_a_finding_with_the_evidence_it_turned_out_to_rest_on():
    """A citation is added where there was none, and kept where it was."""
    found = ground("Line 4 makes 403 bottles/min.")
    assert found.text == f"Line 4 makes 403 bottles/min [{RATE.id}]."
    assert found.findings[0].evidence == (RATE.id,)
    assert found.cited == (RATE.id,)
    said = f"All is well with it [{RATE.id}]."
    assert ground(said).text == said


def test_a_citation_behind_the_full_stop_belongs_to_the_sentence_before_it():
    """Models write it either way."""
    found = ground(f"Line 4 makes 403 bottles/min. [{RATE.id}] It would win +98 bottles/min.")
    assert [f.evidence for f in found.findings] == [(RATE.id,), (GAIN.id,)]


def test_words_of_the_question_may_be_quoted_back_but_not_claimed():
    """In quotation marks they are an echo."""
    asked = "does line 9 make 999 bottles/min?"
    assert ground("There is nothing called “line 9”.", asked=asked).struck == ()
    assert ground("Yes, it makes 999 bottles/min.", asked=asked).struck


def test_what_a_tool_refused_with_may_be_repeated():
    """Limits and unknown names come in the words of tools that failed."""
    told = ("Speed: 900 % is outside 0 to 200 %.",)
    assert ground("It is outside 0 to 200 %.", told=told).struck == ()
    assert ground("It is outside 0 to 300 %.", told=told).struck


def test_lines_and_lists_keep_their_shape():
    """Only what is struck is missing."""
    text = "First:\n- Line 4 makes 403 bottles/min.\n- Line 4 makes 999 bottles/min.\n\nEnd."
    found = ground(text)
    assert found.text.split("\n") == [
        "First:",
        f"- Line 4 makes 403 bottles/min [{RATE.id}].",
        "",
        "End.",
    ]


@given(st.floats(0.001, 1e6), st.sampled_from(["bar", "Cel", "{bottle}/min", "A", "%"]))
def test_a_value_is_bound_as_tools_write_it(value, unit):
    """Whatever number a tool words is bound to the value it was worded from."""
    seen = Evidence(
        kind="reading", subject=LINE4, statement="x", data={"value": value, "unit": unit}, time=NOW
    )
    assert ground(f"It is {quantity(value, unit)}.", seen).struck == ()


@given(st.floats(1, 1e5), st.floats(1.02, 50))
def test_a_value_that_is_off_by_more_than_its_rounding_is_not_bound(value, factor):
    """Two per cent are enough to be found out, in either direction."""
    seen = Evidence(
        kind="reading", subject=LINE4, statement="x", data={"value": value, "unit": "bar"}, time=NOW
    )
    for wrong in (value * factor, value / factor):
        said = number_text(wrong)
        if abs(float(said) - value) > 0.51 * 10 ** -len(said.partition(".")[2]):
            assert ground(f"It is {said} bar.", seen).struck


@given(st.text(max_size=200))
def test_any_text_is_grounded_without_an_error(text):
    """And with no evidence at all no digit is left outside a name."""
    found = Ground((), LEXICON).ground(text)
    assert not found.cited
    assert not found.findings


@given(st.integers(0, 10**9))
def test_no_bare_number_survives_without_evidence(value):
    """Whatever it is."""
    assert Ground((), LEXICON).ground(f"It is {value} today.").struck


@pytest.mark.parametrize(
    ("unit", "same"),
    [
        ("{bottle}/min", "bottles per minute"),
        ("Cel", "°C"),
        ("min", "minutes"),
        ("%", "per cent"),
        ("m3/h", "m³/h"),
        ("N.m", "N·m"),
    ],
)
def test_units_have_one_spelling(unit, same):
    """UCUM and what people write come out alike."""
    assert spelled(unit) == spelled(same)


def test_a_word_behind_a_number_is_no_unit():
    """“403 today” is 403."""
    (claim,) = claims("403 today", LEXICON.units)
    assert claim.number is not None
    assert claim.number.unit is None
    assert claim.number.value == 403
