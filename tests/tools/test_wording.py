"""Numbers, units, times and names as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.scenery import FILLER4, LINE4, NOW, riverside
from tests.twin_core.plant_fixture import BAG, LINE, bakery
from tools import wording
from twin_core.errors import UnknownName
from twin_core.simulation.scenario import Estimate
from twin_core.units import exact, number, number_text, unit_text


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("Cel", "°C"),
        ("{bottle}/min", "bottles/min"),
        ("{loaf}", "loafs"),
        ("1", ""),
        ("bar", "bar"),
        ("%", "%"),
        ("m3/h", "m³/h"),
    ],
)
def test_units_leave_as_people_write_them(code, written):
    """UCUM inside, words outside."""
    assert unit_text(code) == written


@pytest.mark.parametrize(
    ("value", "text"),
    [(402.6, "403"), (14.26, "14.3"), (2.0, "2"), (1.426, "1.43"), (0.196, "0.196"),
     (0.01914, "0.0191"), (-0.00001, "0"), (0.0, "0"), (99.96, "100"), (600.0, "600"),
     (2147483648.0, "2147483648")],
)  # fmt: skip
def test_numbers_have_about_three_digits(value, text):
    """Enough to be checked, few enough to be read."""
    assert number_text(value) == text
    assert float(text) == number(value)


@given(st.floats(-1e9, 1e9))
def test_a_written_number_is_the_number_rounded(value):
    """Never an exponent, never off by more than half of its last digit."""
    text = number_text(value)
    assert "e" not in text
    assert abs(float(text) - value) <= max(0.5, abs(value) * 0.006)


def test_a_gain_has_its_sign_and_its_interval():
    """+98 is not 98."""
    found = wording.gain(Estimate(mean=98, low=78, high=-3.04, unit="{bottle}/min"))
    assert found == "+98 bottles/min (90 % interval +78 to -3.04)"


def test_times_are_those_of_the_plant_with_its_zone():
    """And carry the date when it is not today's."""
    assert wording.moment(NOW, riverside()) == "14:00:00 GMT"
    assert wording.moment(NOW, bakery()) == "15:00:00 CET"
    yesterday = NOW - 86_400_000_000
    assert wording.moment(yesterday, riverside(), NOW) == "2025-11-21 14:00:00 GMT"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (LINE4, "line 4"),
        (FILLER4, "filler 4"),
        (f"{LINE4}/capper/torque", "mean application torque of capper 4"),
        ("riverside", "Riverside Bottling"),
        ("riverside/packaging", "packaging hall"),
    ],
)
def test_assets_are_called_as_people_call_them(path, name):
    """A machine whose name has the line's number needs no line behind it."""
    assert wording.called(path, riverside()) == name


def test_a_machine_without_its_lines_number_is_called_with_its_line():
    """“Slicer” alone could stand anywhere."""
    assert wording.called(BAG.replace("bagger", "slicer"), bakery()) == "slicer on toast line"
    assert wording.called(LINE, bakery()) == "toast line"


def test_what_is_not_there_has_no_name():
    """An unknown path is an error, not a guess."""
    with pytest.raises(UnknownName):
        wording.called("elsewhere", riverside())


def test_ucum_codes_in_foreign_sentences_are_written_out():
    """Behind numbers only."""
    said = wording.readable("12.55 Cel, above 12 Cel; 474 {bottle}/min of Cel", riverside())
    assert said == "12.55 °C, above 12 °C; 474 bottles/min of Cel"


@pytest.mark.parametrize(
    ("value", "written"),
    [(222.5, "222.5 °C"), (222.0, "222 °C"), (0.00001, "0.00001 °C"), (1234567.25, "1234567.25 °C"),
     (1e16, "10000000000000000 °C"), (-2.4, "-2.4 °C")],
)  # fmt: skip
def test_what_is_to_be_set_is_told_to_the_last_digit(value, written):
    """Nobody signs for 222 and gets 222.5."""
    assert exact(value, "Cel") == written
