"""The judgement on a sequence: clean, colliding, too fast, out of reach; the same every time."""

import numpy as np
import pytest

from tests.twin_core.simulation.robots.cells import (
    BULLET,
    alone,
    both,
    sample,
    with_post,
    without_rule,
)
from twin_core.errors import ImpossibleScenario, TooLarge, UnknownName
from twin_core.plant.cell import Cell
from twin_core.simulation.robots import cell as door
from twin_core.simulation.robots.cell import validate
from twin_core.simulation.robots.motion import Planner, slot_target
from twin_core.simulation.robots.task import Home, Pick, Place, Sequence, Task

pytestmark = BULLET
CELL = sample()


@pytest.fixture(scope="module")
def clean():
    return validate(CELL, both())


def kinds(report):
    return {trouble.kind for trouble in report.troubles}


def lasts(trouble, at_s):
    """Whether it lasts at that time."""
    assert trouble.since_s is not None
    assert trouble.until_s is not None
    return trouble.since_s <= at_s <= trouble.until_s


def changed(**joint) -> Cell:
    """The cell with the second joint of the left robot changed."""
    robot = CELL.robots[0]
    arm = robot.joints[1].model_copy(update=joint)
    joints = (robot.joints[0], arm, *robot.joints[2:])
    left = robot.model_copy(update={"joints": joints})
    return CELL.model_copy(update={"robots": (left, CELL.robots[1])})


def test_a_clean_sequence_is_fine(clean):
    """No trouble; a cycle time; every joint within what it is allowed."""
    assert clean.fine, [str(t) for t in clean.troubles]
    assert clean.cases == 2
    assert 5 < clean.cycle_s < 30
    assert clean.cases_per_h == pytest.approx(7200 / clean.cycle_s)
    for joint in clean.joints:
        assert 0 < joint.speed <= joint.speed_limit * 1.000001
        assert 0 < joint.effort < joint.effort_limit
    assert clean.closest.gap_m >= CELL.clearance


def test_the_run_with_masses_gives_what_inverse_dynamics_says(clean):
    """Two ways to the same torque: within 1 % of what the drive can give."""
    for joint in clean.joints:
        assert joint.ran_effort == pytest.approx(joint.effort, abs=0.01 * joint.effort_limit)
    assert max(clean.off_m.values()) < 0.001


def test_the_robots_take_turns_in_the_shared_space(clean):
    """One waits for the other, and it is said who for whom, when and how long."""
    (wait,) = clean.waits
    assert {wait.robot, wait.waits_for} == {"left", "right"}
    assert wait.for_s > 0.5
    assert clean.cycle_s > validate(without_rule(CELL), both(), dynamics=False).cycle_s


def test_without_the_rule_they_collide():
    """Two cases set side by side at once: who, with whom, when, how deep; run or not run."""
    report = validate(without_rule(CELL), both())
    assert not report.fine
    first = report.troubles[0]
    assert (first.kind, first.part, first.other) == (
        "clearance",
        "case held by left",
        "case held by right",
    )
    assert first.value < 0
    assert lasts(first, first.at_s)
    assert "place into slot 4" in str(first)
    touches = [t for t in report.troubles if t.kind == "contact"]
    assert any("right" in t.other for t in touches)
    assert any(lasts(first, t.at_s) for t in touches)


def test_without_the_run_nothing_is_fine():
    """The kinematic half alone finds no trouble, and does not say fine."""
    report = validate(CELL, alone(), dynamics=False)
    assert not report.troubles
    assert not report.fine


@pytest.mark.parametrize("size", [0.002, 0.02, 0.1])
def test_a_thing_in_the_way_is_found_however_thin(size):
    """A ball on the way of the gripper."""
    tracks = Planner(CELL).tracks(alone())
    leg = next(n for n, leg in enumerate(tracks[0].legs) if n and not leg.stretch.upright)
    at_s = float(tracks[0].begins[leg] + tracks[0].begins[leg + 1]) / 2
    face, _ = tracks[0].arm.gripper(tracks[0].at(np.array([at_s]))[0][0])
    report = validate(with_post(CELL, face.tolist(), sphere=size / 2), alone(), dynamics=False)
    hits = [t for t in report.troubles if t.other == "post" and t.value < 0]
    assert any(lasts(t, at_s) for t in hits)


def test_a_case_that_is_carried_too_low_hits_the_stack():
    """A column stands where the arm reaches across."""
    standing = (4, 10, 16, 5, 11, 17)
    report = validate(CELL, alone(slot=1, standing=standing), dynamics=False)
    assert any("the case in slot" in t.other and t.value < 0 for t in report.troubles)


def test_touching_what_bears_is_no_trouble_but_entering_it_is():
    """A case is set on the pallet; were the pallet a centimetre higher, it would be in it."""
    higher = CELL.pallet.model_copy(update={"size": (1.2, 0.8, 0.17), "at": (0, 0, 0.16)})
    slot = slot_target(CELL, 0)
    assert not validate(CELL, alone(), dynamics=False).troubles
    cell = CELL.model_copy(update={"pallet": higher})
    lower = cell.model_copy(update={"case": CELL.case})
    assert slot_target(lower, 0).at[2] == pytest.approx(slot.at[2] + 0.01)
    raised = with_post(CELL, (0, 0, 0.16), box=(1.2, 0.8, 0.02))
    assert kinds(validate(raised, alone(), dynamics=False)) == {"clearance"}


def test_faster_than_the_joints_is_told_by_joint():
    """Speed and acceleration, with the figure, the limit and the unit."""
    report = validate(CELL, alone(speed=1.2), dynamics=False)
    assert kinds(report) == {"speed", "acceleration"}
    turn = next(t for t in report.troubles if t.part == "turn of left")
    assert turn.value == pytest.approx(1.2 * turn.limit, rel=1e-3)
    assert turn.unit == "deg/s"


def test_what_a_drive_cannot_give_is_told_and_seen_when_run():
    """Too little effort: inverse dynamics says so, and the gripper strays when run."""
    report = validate(changed(effort=400), alone())
    assert {"effort", "tracking"} <= kinds(report)
    effort = next(t for t in report.troubles if t.kind == "effort")
    assert effort.part == "lower-arm of left"
    assert effort.limit == 400
    assert effort.value > 400


def test_a_gripper_that_cannot_hold_is_told():
    """Its force against mass times acceleration, gravity included."""
    left = CELL.robots[0].model_copy(update={"grip": 125})
    weak = CELL.model_copy(update={"robots": (left, CELL.robots[1])})
    report = validate(weak, alone(), dynamics=False)
    (grip,) = report.troubles
    assert grip.kind == "grip"
    assert CELL.case.mass * 9.80665 < grip.value < 400
    assert not validate(weak, alone(speed=0.2), dynamics=False).troubles


def test_what_is_out_of_reach_is_named():
    """The step and what is missing; there is no cycle time then."""
    far = CELL.stations[0].model_copy(update={"at": (-1.5, -4.0, 0.6)})
    cell = CELL.model_copy(update={"stations": (far, *CELL.stations[1:])})
    report = validate(cell, alone())
    (reach,) = report.troubles
    assert report.cycle_s is None
    assert not report.fine
    assert reach.other == "pick at infeed-left"
    assert 1.0 < reach.value < 2.5


def test_a_case_with_nothing_below_it_falls():
    """It is set in the second layer over an empty slot: found when run with masses."""
    report = validate(CELL, alone(slot=6))
    (stack,) = [t for t in report.troubles if t.kind == "stack"]
    assert stack.value > 0.2
    assert "slot 6" in stack.part


def test_the_same_input_gives_the_same_report(clean):
    """To the last digit, whatever ran between."""
    validate(CELL, alone(slot=3, speed=0.7))
    assert validate(CELL, both()) == clean


def test_a_report_survives_json(clean):
    """As it is kept as evidence."""
    assert (
        type(clean).model_validate_json(clean.model_dump_json(exclude={"fine", "cases_per_h"}))
        == clean
    )


def test_clients_are_given_back(monkeypatch):
    """After a report, and after an error in the middle."""
    bullet = pytest.importorskip("pybullet", reason="PyBullet exists for Python below 3.12")
    left: list[int] = []
    connect, disconnect = bullet.connect, bullet.disconnect

    def connected(*args, **kwargs):
        left.append(connect(*args, **kwargs))
        return left[-1]

    def disconnected(**kwargs):
        left.remove(kwargs["physicsClientId"])
        disconnect(**kwargs)

    monkeypatch.setattr(bullet, "connect", connected)
    monkeypatch.setattr(bullet, "disconnect", disconnected)
    validate(CELL, alone())
    assert not left
    monkeypatch.setattr(door, "sweep", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        validate(CELL, alone())
    assert not left


def test_a_robot_that_never_leaves_the_shared_space_is_refused():
    """The other would wait for ever."""
    stays = Task(robot="left", steps=(Pick(station="infeed-left"), Place(slot=4)))
    comes = Task(
        robot="right", steps=(Home(), Home(speed=0.1), Pick(station="infeed-right"), Place(slot=5))
    )
    with pytest.raises(ImpossibleScenario, match="left stays in shared, which right needs"):
        validate(CELL, Sequence(tasks=(stays, comes)))


def test_nothing_to_do_takes_no_time():
    """A robot that is told nothing stays at home, and that is fine."""
    report = validate(CELL, Sequence(tasks=(Task(robot="left", steps=()),)))
    assert report.fine
    assert report.cycle_s == 0
    assert report.cases_per_h is None


def test_what_is_unknown_or_endless_is_refused():
    """A station the cell has not; a sequence of more than an hour."""
    lost = Task(robot="left", steps=(Pick(station="nowhere"),))
    with pytest.raises(UnknownName):
        validate(CELL, Sequence(tasks=(lost,)))
    pick = Pick(station="infeed-left", speed=0.02)
    slow = tuple(s for k in range(18) for s in (pick, Place(slot=k, speed=0.02)))
    with pytest.raises(TooLarge):
        validate(CELL, Sequence(tasks=(Task(robot="left", steps=slow),)))
