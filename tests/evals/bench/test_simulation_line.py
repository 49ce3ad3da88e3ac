"""The peers of the line's bench: what they are compared with must itself be right."""

import random
from functools import partial
from typing import Any

import pytest

from evals.bench.lean_lines import lots, serial
from evals.bench.simulation_line import (
    QUICK,
    any_crews,
    any_line,
    any_rework,
    mixed_line,
    plain_line,
    rejecting_line,
    rows,
)
from evals.bench.stations import Stations
from twin_core.simulation.lines import recursion
from twin_core.simulation.lines.allowed import check
from twin_core.simulation.lines.line import Crew, Rework


@pytest.mark.parametrize(
    ("stations", "rate"),
    [
        (Stations((1.0, 1.0), (0, 0), (1, 1), (3,)), 5 / 6),  # (B + 2) / (B + 3)
        (Stations((1.0, 1.0, 1.0), (0,) * 3, (1,) * 3, (1, 1)), 0.6705),  # Hunt, 1956
        (Stations((2.0,), (0.1,), (0.3,), ()), 1.5),  # up three quarters of the time
    ],
    ids=["two", "three", "one"],
)
def test_the_markov_chain_says_what_is_published(stations, rate):
    """Closed forms and tables that anybody can look up."""
    assert stations.rate == pytest.approx(rate, abs=6e-5)


def test_the_lean_models_make_as_much():
    """The SimPy models of the speed rows are of the same lines: they make the same on average."""
    one = [Crew(tuple(range(7)))]
    pairs: tuple[tuple[Any, Any, dict[str, Any]], ...] = (
        (plain_line(), serial, {}),
        (mixed_line(), lots, {}),
        (plain_line(), partial(serial, people=1), {"crews": one}),
        (rejecting_line(), partial(serial, rejects=0.05), {"rework": [Rework(5, 1, 1.0)]}),
    )
    for asked, peer, more in pairs:
        ours = recursion.run(asked, 1, 40, **more).cycles[:, -1]
        theirs = [peer(asked.horizon_s, seed) for seed in range(4)]
        assert sum(theirs) / 4 == pytest.approx(ours.mean(), rel=0.06)


def test_any_line_can_be_run():
    """What is drawn at random is allowed, with people who mend, and what comes back."""
    for number in range(50):
        draw = random.Random(number)  # noqa: S311 (not for secrets)
        drawn = any_line(draw)
        check(drawn)
        drawn, crews = any_crews(draw, drawn)
        row, rework = any_rework(draw, drawn)
        for one in (drawn, row):
            check(one)
        recursion.run(row, number, 1, crews=crews, rework=rework)


def test_the_rows_have_their_figures():
    """Each is measured, and judged."""
    found = list(rows(quick=True))
    assert [row.name.removeprefix("simulation.") for row in found] == [
        "line", "line.mixed", "line.shared", "line.again", "exact", "textbook.mm1", "textbook.mmc",
        "textbook.tandem", "textbook.two",
    ]  # fmt: skip
    assert all(row.bar is not None and row.value is not None for row in found)
    assert found[4].met
    assert QUICK.lines == found[4].n
