"""The loop bench: figures from trials, and one trial played for real."""

import pytest

from evals.bench.loop import Trial, play, rows
from evals.emulator.faults import Case, Fault, Size
from twin_core.simulation.scenario import Estimate


def trial(low, high, actual, held=100.0, took=0.2):
    mean = (low + high) / 2
    return Trial(
        "case", 1, Estimate(mean=mean, low=low, high=high, unit="x/min"), actual, held, took
    )


def test_the_figures_are_what_the_trials_say():
    """Coverage counts, the half-width is relative, the peer is judged in the same run."""
    found = {r.name: r for r in rows([trial(90, 110, 105), trial(95, 105, 80)], 1, 2)}
    assert found["loop.coverage"].value == 0.5
    assert found["loop.coverage"].met is False
    assert found["loop.half_width"].value == pytest.approx(0.075)
    assert found["loop.error"].value == pytest.approx(12.5)
    assert found["loop.error"].peer_value == pytest.approx(12.5)
    assert found["loop.forecast_time"].met is True


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
    assert found.rate.low < found.rate.mean < found.rate.high
    assert found.actual == pytest.approx(found.rate.mean, rel=0.2)
    assert found.held > 0
