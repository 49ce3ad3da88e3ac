"""Rows beside bars, and the sections of RESULTS.md."""

import json

import pytest
import typer
from pydantic import ValidationError

from evals.bench.commands import report
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
    found = row(1.0, Bar(high=2), peer="none", peer_value=3.0).tree()
    assert found["met"] is True
    assert set(found) == {
        "name", "value", "unit", "load", "n", "spread", "peer", "peer_value", "bar", "met"
    }  # fmt: skip


def test_a_row_that_was_not_run_is_not_judged_and_says_why():
    """`met` is null, the reason stands in the row and in the table, no bar is missed."""
    found = row(None, Bar(high=2), why="no peer is installed")
    assert found.tree()["met"] is None
    assert found.tree()["why"] == "no peer is installed"
    assert missed((found,)) == ()
    assert "| not run: no peer is installed |" in section("x", (found,), "a machine", 1.0)


@pytest.mark.parametrize(
    ("value", "why"), [(None, None), (1.0, "but it was"), (float("nan"), None)]
)
def test_a_row_is_a_measurement_or_a_reason(value, why):
    """Neither nothing nor both, and never a number that is none."""
    with pytest.raises(ValidationError):
        row(value, why=why)


def test_a_missed_bar_is_exit_code_1_and_json_is_rows_and_nothing_else(capsys):
    """Rows go out as a JSON list; the exit code tells whether a bar was missed."""
    good, bad = row(1.0, Bar(high=2)), row(3.0, Bar(high=2))
    report("x", (good,), quick=True, as_json=True, took_s=1.0)
    assert [r["met"] for r in json.loads(capsys.readouterr().out)] == [True]
    with pytest.raises(typer.Exit) as ended:
        report("x", (good, bad), quick=True, as_json=True, took_s=1.0)
    assert ended.value.exit_code == 1
    assert [r["met"] for r in json.loads(capsys.readouterr().out)] == [True, False]


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
