"""Units as people write them."""

import pytest

from twin_core.plant.unit_names import ucum_of


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("°C", "Cel"), ("degC", "Cel"), ("[°C]", "Cel"), ("bar", "bar"), ("BAR", "bar"),
        ("kPa", "kPa"), ("KPA", "kPa"), ("m³/h", "m3/h"), ("m3/h", "m3/h"), ("l/min", "L/min"),
        ("rpm", "1/min"), ("kWh", "kW.h"), ("KW", "kW"), ("%", "%"), ("A", "A"), ("mA", "mA"),
        ("Nm", "N.m"), ("N·m", "N.m"), ("-", "1"), ("Hz", "Hz"), ("MW", "MW"),
    ],
)  # fmt: skip
def test_what_is_known(said, code):
    """Signs, words, brackets, the wrong case."""
    assert ucum_of(said) == code


@pytest.mark.catches("milli taken for mega")
@pytest.mark.parametrize("said", ["mW", "MA", "mPa", "barg", "S", "furlong", "", "k"])
def test_what_could_be_another_unit_is_not_known(said):
    """Milli is not mega, gauge is not absolute, and a letter in the other case is another unit."""
    assert ucum_of(said) is None
