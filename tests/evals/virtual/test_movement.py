"""How a virtual plant moves: by the twin's laws, at the sawmill."""

import numpy as np
import pytest

from evals.virtual import packml
from evals.virtual.course import foreseen
from evals.virtual.movement import Movement, usual
from tests.evals.rehearsing import pressing
from tests.twin_core.simulation.sawmill import LINE, MAIN, PLANER, SAW, STACKER, Mill
from twin_core.simulation.scenario import SetPoint

SEED = 5


def opened(mill=None):
    """A movement that starts at the mill's last values, and the index of its points."""
    snapshot = (mill or Mill()).snapshot()
    first = np.array(snapshot.value[: len(snapshot.plant.read)])
    return Movement(snapshot.plant, first, SEED), snapshot


def run(movement, seconds):
    for _ in range(seconds):
        movement.step()


def test_a_process_value_follows_its_setpoint_with_the_lag_that_the_twin_assumes():
    """A third of the settle time (90 s): 63 % of the way after it, all of it after six."""
    movement, snapshot = opened()
    index = snapshot.plant.index
    movement.write(index[f"{SAW}/blade_heat_target"], 50.0)
    heat = index[f"{SAW}/blade_heat"]
    run(movement, 30)
    assert movement.value[heat] == pytest.approx(40 + 10 * (1 - np.exp(-1)), abs=0.2)
    run(movement, 150)
    assert movement.value[heat] == pytest.approx(50, abs=0.1)
    assert movement.changes == (SetPoint(point=f"{SAW}/blade_heat_target", value=50.0),)


def test_nothing_moves_that_nothing_moved():
    """Counters apart; what is shown differs by the instruments' noise alone."""
    movement, snapshot = opened()
    before = movement.value.copy()
    run(movement, 60)
    counts = [i for i, p in enumerate(snapshot.plant.read) if p.spec.id in {"out", "scrap"}]
    still = np.delete(np.arange(len(before)), counts)
    assert np.allclose(movement.value[still], before[still], atol=1e-6)
    noisy = snapshot.plant.index[f"{SAW}/blade_heat"]
    shown = {float(movement.shown()[noisy]) for _ in range(20)}
    assert len(shown) > 10
    assert all(abs(value - 40.0) < 2.0 for value in shown)


def test_counts_and_speeds_go_as_the_twin_foresees():
    """A slowed saw: its line makes in the virtual plant what the forecast says."""
    mill = Mill()
    movement, snapshot = opened(mill)
    change = SetPoint(point=f"{SAW}/pace", value=45.0)
    before, after = (
        foreseen(snapshot, [LINE], (), SEED),
        foreseen(snapshot, [LINE], (change,), SEED),
    )
    assert after.made[STACKER][1] < 0.85 * before.made[STACKER][1]
    movement.take(before)
    movement.write(snapshot.plant.index[change.point], change.value)
    movement.take(after)
    run(movement, 300)
    out = snapshot.plant.index[f"{STACKER}/out"]
    then = movement.value[out]
    run(movement, 600)
    assert (movement.value[out] - then) / 600 == pytest.approx(after.made[STACKER][1], rel=0.01)
    assert movement.value[snapshot.plant.index[f"{SAW}/speed"]] == pytest.approx(45.0, abs=0.5)
    assert movement.value[snapshot.plant.index[f"{PLANER}/speed"]] <= 66.0


def test_a_header_goes_as_the_balance_says():
    """A lower draft is asked for: the main's falls in the virtual plant as in the forecast."""
    movement, snapshot = opened()
    change = SetPoint(point="holm/house/suction/fan_1/draft_target", value=4.0)
    before, after = (
        foreseen(snapshot, [LINE], (), SEED),
        foreseen(snapshot, [LINE], (change,), SEED),
    )
    movement.take(before)
    movement.write(snapshot.plant.index[change.point], change.value)
    movement.take(after)
    run(movement, 900)
    draft = movement.value[snapshot.plant.index[f"{MAIN}/draft"]]
    assert draft == pytest.approx(5.0 + after.moved(MAIN, 900.0), abs=0.05)
    assert draft < 4.6


def test_what_is_not_believed_starts_at_what_is_usual():
    """Within its limits, for every point; and a plant without any belief too."""
    plant = Mill().plant
    movement = Movement(plant, np.full(len(plant.read), np.nan), SEED)
    assert np.array_equal(movement.value, usual(plant))
    for value, point in zip(movement.value, plant.read, strict=True):
        assert point.spec.limits.holds(value), point.id
        assert point.spec.adjustable is None or point.spec.adjustable.holds(value), point.id


def test_a_command_is_followed_once_and_its_request_taken_back():
    """Held, and let go; the count stands while it is held."""
    plant = pressing("urn:x")
    movement = Movement(plant, np.full(len(plant.read), np.nan), SEED)
    at = {point.spec.id: i for i, point in enumerate(plant.read)}
    run(movement, 5)
    movement.write(at["command"], float(packml.HOLD))
    run(movement, 10)
    assert movement.value[at["state"]] == packml.EXECUTE
    movement.write(at["request"], 1.0)
    run(movement, 10)
    assert (movement.value[at["state"]], movement.value[at["request"]]) == (packml.HELD, 0.0)
    made = movement.value[at["out"]]
    run(movement, 30)
    assert movement.value[at["out"]] == made


@pytest.mark.parametrize(
    ("state", "command", "then"),
    [
        (packml.EXECUTE, packml.HOLD, packml.HELD),
        (packml.HELD, packml.UNHOLD, packml.EXECUTE),
        (packml.ABORTED, packml.CLEAR, packml.STOPPED),
        (packml.STOPPED, packml.RESET, packml.IDLE),
        (packml.IDLE, packml.START, packml.EXECUTE),
        (packml.STOPPED, packml.START, packml.STOPPED),
        (packml.ABORTED, packml.STOP, packml.ABORTED),
        (packml.EXECUTE, 0, packml.EXECUTE),
        (packml.EXECUTE, 99, packml.EXECUTE),
    ],
)
def test_commands_lead_where_the_standard_says(state, command, then):
    """And nowhere from a state that does not allow them."""
    assert packml.after(state, command) == then
