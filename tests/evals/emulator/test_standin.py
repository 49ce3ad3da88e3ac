import pytest

from evals.emulator.faults import Fault, Size
from evals.emulator.standin import StandIn, Write
from tests.evals.emulator.riverside import LINE1, LINE3, LINE4, calm, plant
from twin_core.errors import UnknownName
from twin_core.reading import BAD_SENSOR_FAILURE
from twin_core.value import SECOND

FILLER = f"{LINE4}/filler"


def at(path: str) -> int:
    return plant().index[path]


def stand_in(*faults: Fault, seed: int = 3) -> StandIn:
    return StandIn(plant(), seed, calm(), faults)


def run(standin: StandIn, seconds: int) -> StandIn:
    for _ in range(seconds):
        standin.step()
    return standin


def output(standin: StandIn, line: str, first: int, last: int) -> float:
    return standin.produced(line, calm() + first * SECOND, calm() + last * SECOND)


def test_same_seed_and_same_timed_commands_give_the_same_bytes():
    """Same seed, faults and timed commands: every reading of every step is byte-equal."""
    fault = Fault(id="x", component=FILLER, parameter="cooler", shape="ramp", size=Size(factor=0.6))
    runs = []
    for _ in range(2):
        standin = stand_in(fault)
        seen = []
        for second in range(240):
            commands = [Write(at(f"{FILLER}/speed_setpoint"), 560.0)] if second == 100 else []
            standin.step(commands)
            seen.append(standin.digest())
        runs.append(seen)
    assert runs[0] == runs[1]


def test_another_seed_gives_another_plant():
    """The seed decides constants, noise and stops."""
    assert run(stand_in(seed=3), 10).digest() != run(stand_in(seed=4), 10).digest()


def test_healthy_lines_run_near_their_nominal_rate():
    """Half an hour without faults: every line makes 90 to 101 % of its product's rate."""
    standin = run(stand_in(), 1800)
    by_number = {p.number: p for p in plant().products}
    for line in plant().lines:
        if line.kind == "production":
            product = by_number[int(standin.values[at(f"{line.id}/filler/product")])]
            share = output(standin, line.id, 0, 1800) / 30 / product.rates[line.id]
            assert 0.90 < share < 1.01, line.id


def test_healthy_readings_lie_inside_their_alarm_limits():
    """No alarm of a process value stands on the healthy plant."""
    standin = run(stand_in(), 600)
    for i, point in enumerate(plant().points):
        spec = point.spec
        if spec.type == "float" and spec.role.value not in ("speed", "level", "flow"):
            assert spec.alarm_low is None or standin.values[i] > spec.alarm_low, point.id
            assert spec.alarm_high is None or standin.values[i] < spec.alarm_high, point.id


def test_a_setpoint_written_is_followed_by_its_process():
    """A write of the bowl pressure's set-point moves the bowl pressure."""
    standin = stand_in()
    standin.step([Write(at(f"{FILLER}/bowl_pressure_setpoint"), 2.4)])
    run(standin, 59)
    assert standin.values[at(f"{FILLER}/bowl_pressure")] == pytest.approx(2.4, abs=0.1)


def test_low_air_pressure_slows_every_line_on_that_header_and_no_other():
    """A leak on header B costs lines 3 and 4, not lines 1 and 2."""
    leak = Fault(
        id="x",
        component="utilities/air/header_b",
        parameter="leak",
        shape="step",
        size=Size(offset=20.0),
    )
    sick, well = run(stand_in(leak), 900), run(stand_in(), 900)
    for line, share in ((LINE3, 0.9), (LINE4, 0.9)):
        assert output(sick, line, 300, 900) < share * output(well, line, 300, 900)
    assert output(sick, LINE1, 300, 900) > 0.97 * output(well, LINE1, 300, 900)


def test_warm_product_slows_the_filler():
    """A fouled cooler warms the product, and warm product foams."""
    fouled = Fault(
        id="x", component=FILLER, parameter="cooler", shape="step", size=Size(factor=0.4)
    )
    standin = run(stand_in(fouled), 300)
    assert standin.values[at(f"{FILLER}/product_temperature")] > 12.0
    assert output(standin, LINE4, 120, 300) < 0.92 * output(run(stand_in(), 300), LINE4, 120, 300)


def test_a_stopped_packer_blocks_what_is_before_it_and_starves_what_is_behind_it():
    """Buffers fill upstream and run empty downstream."""
    stopped = Fault(
        id="x", component=f"{LINE4}/packer", parameter="drive", shape="step", size=Size(value=0.0)
    )
    standin = run(stand_in(stopped), 900)
    assert standin.values[at(f"{LINE4}/labeller/blocked")] == 1
    assert standin.values[at(f"{LINE4}/palletizer/starved")] == 1
    assert standin.values[at(f"{LINE4}/palletizer/state")] == 5


def test_a_sensor_fault_leaves_the_process_alone():
    """Truth is the same with and without a stuck, drifting and lost sensor."""
    faults = [
        Fault(id="a", component=FILLER, parameter="sensor:bowl_level", shape="stuck"),
        Fault(
            id="b",
            component=FILLER,
            parameter="sensor:bowl_pressure",
            shape="drift",
            size=Size(offset=1.0),
        ),
        Fault(
            id="c",
            component=FILLER,
            parameter="sensor:vibration",
            shape="step",
            size=Size(lost=True),
        ),
    ]
    sick, well = run(stand_in(*faults), 300), run(stand_in(), 300)
    assert output(sick, LINE4, 0, 300) == output(well, LINE4, 0, 300)
    assert sick.status[at(f"{FILLER}/vibration")] == BAD_SENSOR_FAILURE
    shift = sick.values[at(f"{FILLER}/bowl_pressure")] - well.values[at(f"{FILLER}/bowl_pressure")]
    assert shift == pytest.approx(1.0, abs=0.05)


def test_a_stuck_valve_does_not_follow_its_setpoint():
    """What is stuck stays where it was at onset, whatever is written."""
    tie = "riverside/utilities/air/cross_tie"
    stuck = Fault(id="x", component=tie, parameter="position", shape="stuck")
    standin = stand_in(stuck)
    standin.step()
    standin.step([Write(at(f"{tie}/position_setpoint"), 90.0)])
    run(standin, 60)
    assert standin.values[at(f"{tie}/position")] == pytest.approx(10.0, abs=2.0)


def test_no_write_clears_a_fault_and_its_end_does():
    """A write changes a set-point only; the fault goes when its own time is over."""
    fault = Fault(
        id="x",
        component=FILLER,
        parameter="valve_leak",
        shape="step",
        size=Size(offset=0.8),
        end=200.0,
    )
    standin = stand_in(fault)
    standin.step([Write(at(f"{FILLER}/bowl_pressure_setpoint"), 2.0)])
    run(standin, 150)
    assert standin.values[at(f"{FILLER}/bowl_pressure")] < 1.4
    run(standin, 150)
    assert standin.values[at(f"{FILLER}/bowl_pressure")] > 1.8


def test_an_intermittent_fault_comes_and_goes():
    """On for a while, off for a while, by its own stream."""
    fault = Fault(
        id="x",
        component=FILLER,
        parameter="sensor:vibration",
        shape="intermittent",
        size=Size(offset=10.0),
        on_s=4.0,
        off_s=20.0,
    )
    standin, index = stand_in(fault), at(f"{FILLER}/vibration")
    seen = []
    for _ in range(600):
        standin.step()
        seen.append(float(standin.values[index]) > 8.0)
    assert 0.05 < sum(seen) / 600 < 0.4


def test_a_fault_of_an_unknown_number_is_refused():
    """A fault names a component and a number that exist."""
    with pytest.raises(UnknownName, match="no true number"):
        stand_in(Fault(id="x", component=FILLER, parameter="nothing", shape="step"))
    with pytest.raises(UnknownName, match="no component"):
        stand_in(Fault(id="x", component="packaging/line9/filler", parameter="drive", shape="step"))


def test_a_planned_stop_stands_the_line_and_a_changeover_brings_the_next_product():
    """At a change-over the line stops, then makes the next order's product with its recipe."""
    from evals.emulator.calendar import windows

    stops = windows(plant(), LINE1, calm() // SECOND, calm() // SECOND + 2 * 86400)
    change = next(s for s in stops if s.reason == "changeover")
    standin = StandIn(plant(), 3, (change.start - 60) * SECOND)
    before = int(standin.values[at(f"{LINE1}/filler/product")])
    run(standin, 180)
    assert standin.values[at(f"{LINE1}/filler/state")] == 2
    assert standin.values[at(f"{LINE1}/filler/stop_reason")] == 8
    run(standin, change.end - change.start)
    after = int(standin.values[at(f"{LINE1}/filler/product")])
    assert after != before
    recipe = next(p for p in plant().products if p.number == after).recipe["rotary_filler"]
    assert (
        standin.values[at(f"{LINE1}/filler/bowl_level_setpoint")] == recipe["bowl_level_setpoint"]
    )
