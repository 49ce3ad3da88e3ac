"""Numbers and units in plain text, by language."""

import pytest

from evals.harness.numbers import quantities, unit_of


def read(text, language="en", names=()):
    return [(q.value, q.unit and q.unit.measures) for q in quantities(text, language, names)]


def test_a_number_has_the_unit_that_follows_it():
    """Rates, shares, temperatures; a range shares its unit."""
    assert read("516 bottles/min, 4.2 % and -3 °C") == [
        (516.0, "bottle/s"), (4.2, "1"), (-3.0, "°C"),
    ]  # fmt: skip
    assert read("from 8 to 4 °C") == [(8.0, "°C"), (4.0, "°C")]
    assert read("1,528.5 bottles per minute") == [(1528.5, "bottle/s")]
    assert read("12 kW and 1200 mm/s") == [(12.0, "W"), (1200.0, "m/s")]


def test_a_comma_is_what_the_language_makes_of_it():
    """Decimal in German, Spanish and French; between thousands in English."""
    assert read("1.528,5 Flaschen/min bei 6,3 bar", "de") == [(1528.5, "bottle/s"), (6.3, "bar")]
    assert read("6,3 bares", "es") == [(6.3, "bar")]
    assert read("1,528 bottles") == [(1528.0, "bottle")]


def test_what_is_no_quantity_is_none():
    """Times, dates, ids, citations and the numbers of names."""
    said = "Line 2 at 06:34:50 on 2026-01-05, p-05283681, FF-411 [ev-7c0c1f19705f]; Cola 500 ml"
    assert read(said, names=["Line 2", "Cola 500 ml"]) == []


@pytest.mark.parametrize(
    ("said", "other", "times"),
    [
        ("{bottle}/min", "bottles/h", 60),
        ("bar", "mbar", 1000),
        ("kW.h", "Wh", 1000),
        ("h", "min", 60),
    ],
)
def test_units_are_compared_by_what_they_measure(said, other, times):
    """UCUM codes and people's spellings alike."""
    one, two = unit_of(said), unit_of(other)
    assert one is not None
    assert two is not None
    assert one.measures == two.measures
    assert one.scale / two.scale == pytest.approx(times)
    (quantity,) = quantities(f"{2 * times} {other}")
    assert quantity.within(2.0, one, 0.001)
    assert not quantity.within(2.0, unit_of("N.m"), 0.001)
