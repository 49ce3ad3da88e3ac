"""The forecast bench measures what it says, on a line of which theory knows the bounds."""

import pytest

from evals.bench import simulation_forecast as bench
from twin_core.ingest import Twin
from twin_core.simulation.model import Model


def test_the_small_line_makes_what_theory_allows():
    """Each machine is up ten elevenths of the time: no places lose both's stops, endless one's."""
    snapshot = Twin(bench.small_plant()).snapshot(bench._START)
    model = Model(snapshot, bench._SMALL_LINE, bench._START)
    rates = bench._rates(model, [bench._asked(bench._SMALL_LINE)], 1, 400)[0]
    up = 300 / 330
    assert 60 * up**2 - 1 < rates.mean() < 60 * up + 1


def test_the_rows_say_how_they_were_measured():
    """Names, bars and loads, on a load that proves nothing."""
    rows = list(bench._coverage(bench.Load(seeds=2, truth=80, asked=1)))
    assert [row.name.rsplit(".", 1)[1] for row in rows] == [
        "coverage", "gain_coverage", "common_luck",
    ]  # fmt: skip
    values = [row.value for row in rows if row.bar is not None and row.value is not None]
    assert len(values) == len(rows)
    assert min(values) >= 0
    assert values[2] > 2


@pytest.mark.parametrize(("share", "n", "spread"), [(0.9, 900, 0.01645), (1.0, 50, 0.0)])
def test_a_coverage_has_an_interval_itself(share, n, spread):
    """That of a binomial."""
    assert bench._spread(share, n) == pytest.approx(spread)
