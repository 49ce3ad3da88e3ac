"""A number is taken in the unit it was said in, or not at all."""

import pytest

from agents.offline.changes import changes_in
from agents.offline.unit import is_unit, unit_behind
from tests.agents.house import House
from tests.tools.scenery import riverside
from twin_core.plant.names import Names

NAMES = Names(riverside())
GLUE = "what if the glue temperature of labeller 4"
SPEED = "set the speed of filler 4"


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        (f"{GLUE} were 200 bar", "bar"),
        (f"{GLUE} were 200 Fahrenheit", "fahrenheit"),
        (f"{GLUE} were 200 degrees Fahrenheit", "degrees fahrenheit"),
        (f"{GLUE} were 162.5 F", "f"),
        (f"{GLUE} were 162.5 ° F", "° f"),
        (f"{GLUE} were 162.5°F", "°f"),
        (f"{GLUE} were 162.5 (psi)", "psi"),
        (f"{GLUE} were 162 K", "k"),
        (f"{GLUE} were 162 hundred", "hundred"),
        (f"{SPEED} to 500 bottles per hour", "bottles per hour"),
        (f"{SPEED} to 500 bottles an hour", "bottles an hour"),
        (f"{SPEED} to 500 rolls/min", "rolls/min"),
        (f"{SPEED} to 500 per hour", "per hour"),
        (f"{SPEED} to 500/h", "/h"),
        (f"{SPEED} to 500 bottles", "bottles"),
        (f"{SPEED} to 500 rpm", "rpm"),
        ("set the torque of capper 4 to 2 newtons", "newtons"),
        ("set the web tension of labeller 4 to 25 newton metres", "newton metres"),
        ("set the bowl pressure of filler 4 to 2 bar absolute", "bar absolute"),
    ],
)
async def test_a_number_in_another_unit_is_refused_with_the_one_that_is_needed(text, unit):
    """Whatever stands behind a number and is no ordinary word; nothing is simulated."""
    found = changes_in(text, NAMES)
    assert (found.said, found.unit) == ((), unit)
    house = House()
    answer = await house.ask(text)
    assert f"I can take only {found.needed}, not “{unit}”" in answer.text
    assert house.forecaster.asked == []


@pytest.mark.parametrize(
    "text",
    [
        f"{GLUE} were 162.5",
        f"{GLUE} were 162.5 °C",
        f"{GLUE} were 162.5°C for 20 min",
        f"{GLUE} were 162.5 C?",
        f"{GLUE} were 162.5 degrees",
        f"{GLUE} were 162.5 degrees Celsius.",
        f"{GLUE} were 162.5 Cel from now on",
        f"{GLUE} were 162.5 instead",
        f"{GLUE} were at 162.5 for the next 20 min",
        f"{GLUE} were set to 162.5 please",
        f"{SPEED} to 500 bottles per minute",
        f"{SPEED} to 500 bottles a minute",
        f"{SPEED} to 500 bottles / min",
        f"{SPEED} to 500 bottle/min.",
        f"{SPEED} to 500 per minute",
        f"{SPEED} to 500/min",
        f"{SPEED} to 500 bpm",
        "set the torque of capper 4 to 2 N·m",
        "set the torque of capper 4 to 2 Nm",
        "set the torque of capper 4 to 2 newton metres",
        "set the web tension of labeller 4 to 25 newtons",
        "set the bowl pressure of filler 4 to 2 bar (bowl pressure)",
        "set filler 4 to 2 bar bowl pressure",
        "set the bowl pressure of filler 4 to 2 bars from now on",
    ],
)
def test_its_own_unit_is_taken_however_it_is_said(text):
    """And words that are none are left alone."""
    found = changes_in(text, NAMES)
    assert [change["value"] for change in found.said] in ([162.5], [500.0], [2.0], [25.0])
    assert (found.unit, found.unread) == ("", "")


@pytest.mark.parametrize(
    ("said", "code", "same"),
    [
        ("loaves per minute", "{loaf}/min", True),
        ("boxes/min", "{box}/min", True),
        ("rolls/min", "{roll}/min", True),
        ("rolls/h", "{roll}/min", False),
        ("bottles/min", "{roll}/min", False),
        ("bpm", "{roll}/min", False),
        ("rpm", "1/min", True),
        ("degrees", "deg", True),
        ("degrees", "K", False),
        ("m³/h", "m3/h", True),
        ("stops/h", "/h", True),
        ("mbar", "bar", False),
    ],
)
def test_a_unit_is_its_code_or_what_people_call_it(said, code, same):
    """Plurals are English; nothing else is guessed."""
    assert is_unit(said, code) is same


def test_what_follows_a_number_and_is_no_unit():
    """Ordinary words, words of what is measured, or nothing."""
    for text in ("", " for 20 min", " a while", ", psi", " each", " bowl pressure"):
        assert unit_behind(text, {"bowl", "pressure"}) == ""
