"""Rows beside bars, and the sections of RESULTS.md."""

import pytest

from evals.bench.results import HEAD, put, section
from evals.bench.row import Bar, Row, missed


def row(value, bar=None, **more):
    return Row(name="x.y", value=value, unit="s", load="once", n=1, bar=bar, **more)


@pytest.mark.parametrize(
    ("bar", "value", "met"),
    [
        (None, 3.0, None),
        (Bar(high=2), 2.0, True),
        (Bar(high=2), 2.1, False),
        (Bar(low=0.8, high=0.97), 0.9, True),
        (Bar(low=0.8, high=0.97), 0.98, False),
        (Bar(low=5), 4.9, False),
    ],
)
def test_a_bar_is_met_or_not(bar, value, met):
    """Both ends belong to the bar; without one nothing is judged."""
    assert row(value, bar).met is met
    assert missed((row(value, bar),)) == ((row(value, bar),) if met is False else ())


def test_a_row_says_whether_it_is_met_in_its_machine_form():
    """The JSON of a row carries every field and the judgement."""
    found = row(1.0, Bar(high=2), peer="none", peer_value=3.0).model_dump(mode="json")
    assert found["met"] is True
    assert set(found) == {
        "name", "value", "unit", "load", "n", "spread", "peer", "peer_value", "bar", "met"
    }  # fmt: skip


def test_a_bench_run_again_replaces_its_section_and_no_other():
    """Two benches, one run twice."""
    one = section("one", (row(1.0, Bar(high=2)),), "a machine", 3.0)
    two = section("two", (row(9.0, Bar(high=2)),), "a machine", 3.0)
    again = section("one", (row(1.5, Bar(high=2)),), "a machine", 4.0)
    text = put(put(put("", "one", one), "two", two), "one", again)
    assert text.startswith(HEAD.splitlines()[0])
    assert text.count("## one") == 1
    assert "1.5 s" in text
    assert "| NO |" in text
    assert text.index("## one") < text.index("## two")
