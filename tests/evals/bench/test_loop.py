"""The loop bench: figures from trials, and one trial played for real."""

from dataclasses import replace

import pytest

from evals.bench.loop import Asked, Trial, play, rows
from evals.emulator.faults import Case, Fault, Size
from twin_core.simulation.scenario import Estimate


def trial(low, high, actual, held=100.0, took=0.2):
    mean = (low + high) / 2
    asked = Asked(Estimate(mean=mean, low=low, high=high, unit="x/min"), actual, held, took)
    return Trial("case", 1, fresh=replace(asked, actual=2 * high), known=asked)


def test_the_figures_are_what_the_trials_say():
    """Coverage counts, the half-width is relative, the peer is judged in the same run."""
    found = {r.name: r for r in rows([trial(90, 110, 105), trial(95, 105, 80)], 1, 2)}
    assert found["loop.coverage"].value == 0.5
    assert found["loop.coverage"].met is False
    assert found["loop.half_width"].value == pytest.approx(0.075)
    assert found["loop.error"].value == pytest.approx(12.5)
    assert found["loop.error"].peer_value == pytest.approx(12.5)
    assert found["loop.forecast_time"].met is True
    assert found["loop.fresh.coverage"].value == 0.0
    assert found["loop.fresh.coverage"].met is None


def test_without_a_case_nothing_is_measured_and_every_figure_says_so():
    """An empty catalogue misses no bar and meets none."""
    found = rows([], 0, 5)
    assert {r.name for r in found} == {r.name for r in rows([trial(90, 110, 105)], 1, 1)}
    assert all(r.value is None and r.met is None and r.why for r in found)


def test_a_median_is_as_sure_as_the_ranks_around_it():
    """The interval of a median ignores one wild trial, as the median does."""
    tame = [trial(90 - 0.01 * i, 110, 100, took=0.2 + 0.001 * i) for i in range(40)]
    wild = [*tame[:-1], trial(90, 110, 100, took=60.0)]
    spread = {r.name: r.spread for r in rows(tame, 8, 5)}["loop.forecast_time"]
    assert {r.name: r.spread for r in rows(wild, 8, 5)}["loop.forecast_time"] == spread
    assert spread is not None
    assert 0.003 < spread < 0.008


def test_one_trial_is_played_end_to_end(tmp_path):
    """Stand-in, twin, forecast and what came, without a wire."""
    from evals.bench.commands import PLANT

    slow = Fault(
        id="slow",
        component="packaging/line2/filler",
        parameter="speed_setpoint",
        shape="step",
        size=Size(factor=0.8),
        failure_modes=("speed_set_low",),
        right_end="corrected",
    )
    case = Case(
        id="slow", group="operations", line="packaging/line2", complaint="slow", faults=(slow,)
    )
    found = play(PLANT, case, 1)
    for asked in (found.fresh, found.known):
        assert asked.rate.low < asked.rate.mean < asked.rate.high
        assert asked.actual == pytest.approx(asked.rate.mean, rel=0.2)
        assert asked.held > 0
