"""Approvals under kills, fifty decisions at once, a changed chain: and judges that say no."""

import pytest

from evals.bench import governance_tamper as tamper
from evals.bench.governance_database import Given, Standing, Tally, judge, measure
from evals.bench.governance_fifty import measure as fifty
from evals.bench.governance_fifty import wrongs
from evals.bench.governance_latency import measure as latency
from evals.bench.row import missed

ONE, TWO = Given("p", "sam"), Given("p", "sue")


@pytest.mark.parametrize(
    ("votes", "records", "lost", "doubled"),
    [
        ({ONE: 1, TWO: 1}, {ONE: 1, TWO: 1}, 0, 0),
        ({TWO: 1}, {ONE: 1, TWO: 1}, 1, 0),
        ({ONE: 1}, {}, 1, 0),
        ({ONE: 2}, {ONE: 1}, 0, 1),
        ({ONE: 1}, {ONE: 1, TWO: 2}, 0, 1),
    ],
)
def test_what_was_acknowledged_stands_once(votes, records, lost, doubled):
    """In the case and in the chain; what was not acknowledged may stand, but not twice."""
    tally = Tally()
    judge(tally, {ONE}, Standing(votes, records))
    assert (len(tally.lost), len(tally.doubled), tally.problems) == (lost, doubled, [])


def test_a_ledger_that_cannot_be_used_is_told():
    """Whatever stands in it."""
    tally = Tally()
    judge(tally, set(), Standing({}, {}, "broken"))
    assert tally.problems == ["broken"]


LATE = "your vote came too late, it is approved (approved by Super s07 at 12:00:00 UTC)"


@pytest.mark.parametrize(
    ("found", "problems"),
    [
        ([(1, [LATE] * 49, ["a"])], 0),
        ([(1, [LATE] * 24, ["a"]), (0, [LATE] * 25, [])], 0),
        ([(2, [LATE] * 48, ["a"])], 1),
        ([(1, [LATE] * 49, ["a", "a"])], 1),
        ([(1, [LATE] * 48 + ["look again"], ["a"])], 1),
    ],
)
def test_one_wins_and_the_others_are_told_who_and_when(found, problems):
    """Anything else is a problem."""
    assert len(wrongs(found)) == problems


@pytest.mark.slow
def test_fifty_decide():
    """In one process and in two, one round each."""
    lines: list[str] = []
    assert missed(fifty(1, lines.append)) == (), lines


@pytest.mark.slow
def test_approvals_outlive_their_process():
    """Twenty of them, killed between."""
    lines: list[str] = []
    rows = measure(20, 1, lines.append)
    assert missed(rows) == (), lines
    assert rows[0].n >= 20


def test_changes_of_the_chain_are_found():
    """Twenty-five of them, each at its place."""
    lines: list[str] = []
    row = tamper.measure(25, 1, lines.append)
    assert (row.value, row.met) == (0, True), lines
    assert row.n > 15


def test_a_verifier_that_finds_nothing_misses_its_bar(monkeypatch):
    """Each change counts."""
    monkeypatch.setattr(tamper, "checked", lambda _ledger, _heads: None)
    row = tamper.measure(10, 1, lambda _line: None)
    assert row.value == row.n > 0
    assert row.met is False


@pytest.mark.slow
def test_every_approval_is_timed():
    """On both wires; only the bars may be missed where others work beside it."""
    rows = {row.name: row for row in latency(4)}
    assert {row.n for row in rows.values()} == {4}
    assert all(row.value is not None and row.value > 0 for row in rows.values())
