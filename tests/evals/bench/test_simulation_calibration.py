"""The bench of calibration: what it plants is what it says, and its bound is the textbook's."""

import numpy as np
import pytest

from evals.bench import simulated_week
from evals.bench.calibration_elsewhere import _between, _component_row, _score
from evals.bench.planted_bound import relative_sd
from evals.bench.simulated_week import (
    DAY_S,
    EXECUTE,
    HELD,
    LINE,
    STOPPED,
    SUSPENDED,
    Planted,
    bent,
    week,
)
from evals.bench.simulation_calibration import (
    Found,
    _recovered,
    history_of_week,
    plant_of,
)
from evals.datasets.azure_pdm import ComponentLives
from twin_core.simulation.calibrating.buffer_check import check_buffer
from twin_core.simulation.calibrating.estimated import Estimated
from twin_core.simulation.calibrating.lifetimes import Law

RARE = Planted("exponential", 1e9)
PAIR = tuple(
    bent(LINE[k : k + 1], 0, failure=RARE, buffer=room)[0] for k, room in ((1, 150), (2, 0))
)


@pytest.fixture(scope="module")
def day():
    """Two machines over a day, without compiling anything."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulated_week, "_kernel", lambda: simulated_week._pass_parts)
        yield week(3, PAIR, days=1, silent=False)


def test_parts_are_conserved_and_fit_between_the_machines(day):
    """What the first made and the second did not take is between them, and no more than fits."""
    first, second = day.told
    inside = first.made - second.made - second.rejected
    assert inside.max() - inside.min() <= PAIR[0].buffer + 3
    assert inside.max() - inside.min() >= PAIR[0].buffer - 3
    assert (np.diff(first.made) >= 0).all()


def test_machines_tell_states_flags_and_planned_stops(day):
    """Suspended while starved or blocked, stopped when planned, held when down."""
    for told in day.told:
        assert set(np.unique(told.state)) <= {STOPPED, SUSPENDED, EXECUTE, HELD}
        waiting = (told.starved > 0) | (told.blocked > 0)
        assert (told.state[waiting & (told.state != HELD)] == SUSPENDED).all()
    off = np.zeros(DAY_S, bool)
    for a, b in day.planned:
        off[a:b] = True
    assert not (day.told[0].state[off] == EXECUTE).any()
    assert not (day.told[0].state[~off] == STOPPED).any()


def test_stops_come_in_operating_time_as_planted(day):
    """Seconds in Execute a stop are the planted mean within three standard errors."""
    for planted, told in zip(PAIR, day.told, strict=True):
        stops = int((np.diff((told.state == HELD).astype(int)) == 1).sum())
        mean = (told.state == EXECUTE).sum() / stops
        assert mean == pytest.approx(planted.minor.mean_s, rel=3 / stops**0.5)


def test_a_week_becomes_a_history_that_the_product_can_read(day):
    """Its buffer is found to be what was planted."""
    history, plant = history_of_week(day), plant_of(PAIR)
    found = check_buffer(history, plant.links[0], *history.machines)
    assert found.verdict == "consistent"
    assert found.capacity is not None
    assert found.capacity.holds(PAIR[0].buffer)


def test_the_same_seed_is_the_same_week(day):
    """Everything is drawn from it."""
    again = week(3, PAIR, days=1, silent=False)
    assert np.array_equal(again.told[1].made, day.told[1].made)


@pytest.fixture(autouse=True)
def _uncompiled(monkeypatch):
    monkeypatch.setattr(simulated_week, "_kernel", lambda: simulated_week._pass_parts)


def test_the_bound_is_the_textbooks():
    """1 / sqrt(n) for an exponential mean, 1 / sqrt(2 n) for a lognormal's shape."""
    assert relative_sd(Planted("exponential", 300), 100)[0] == pytest.approx(0.1, rel=1e-3)
    assert relative_sd(Planted("lognormal", 30, 0.7), 50)[1] == pytest.approx(0.1, rel=1e-2)
    k = relative_sd(Planted("weibull", 30, 1.7), 100)[1]
    assert k == pytest.approx(0.0780, rel=1e-2)  # sqrt(6) / (pi sqrt(n)), Lawless 2003


def test_rows_tell_error_bound_and_plain_estimator():
    """Failures are told without a bar, what is frequent is judged at 5 %."""
    found = Found()
    seen = Estimated(value=104, low=99, high=110, unit="s", n=9, by="x")
    for name in ("minor_stop.between", "failure.between"):
        found.kind(name).take(seen, 100.0, 0.03)
        found.kind(name).naive.append(60.0)
    told = {row.name: row for row in _recovered(found, "a week")}
    often = told["calibration.minor_stop.between.median"]
    assert often.value == pytest.approx(4.0)
    assert often.peer_value == pytest.approx(2.0, rel=0.1)  # the median of |z| is 0.67
    assert often.met
    assert told["calibration.failure.between.median"].bar is None
    assert told["calibration.minor_stop.between.plain"].peer_value == 60


def test_lives_are_split_in_time_and_enter_with_their_age():
    """What is scored begins where what was learnt ends."""
    lives = ComponentLives(
        np.array([-10.0, 0.0, 6.0]), np.array([2.0, 8.0, 9.0]), np.array([True, True, False])
    )
    before, after = _between(lives, 0.0, 5.0), _between(lives, 5.0, 10.0)
    assert (before.seconds / 3600).tolist() == [12, 5]
    assert (before.entered_s / 3600).tolist() == [10, 0]
    assert before.ended.tolist() == [True, False]
    assert (after.entered_s / 3600).tolist() == [5, 0]
    law = Law(family="exponential", mean_s=3600.0)
    assert _score(law, after) == pytest.approx(-np.log(3600) - 3 - 3)


def test_published_lives_that_are_absent_are_said_to_be():
    """No figure, and why."""
    row = _component_row(None)
    assert row.value is None
    assert row.why == "azure_pdm not present"
