"""What could run better in a sawmill and a bottling plant: laws of the finder, no exam of it."""

from dataclasses import replace

import numpy as np
import pytest

from tests.tools import scenery
from tests.twin_core.simulation.sawmill import BELT, LINE, PLANER, SAW, T0, Mill
from twin_core.errors import UnknownName
from twin_core.plant.classes import Role
from twin_core.prospect.improve import MOST, Quota, improve
from twin_core.prospect.waste import Waste, wasteful, wastes
from twin_core.simulation.live.seen import Rows
from twin_core.simulation.scenario import SetPoint

HELD = {f"{SAW}/blocked": 1.0, f"{BELT}/level": 80.0}
"""The saw has nowhere to put its boards."""
SLOW = {f"{PLANER}/pace": 48.0, f"{PLANER}/speed": 48.0, **HELD}


def found(mill=None, subject=LINE, **quota):
    return improve((mill or Mill()).snapshot(), subject, 1, Quota(**quota))


@pytest.fixture(scope="module")
def slow():
    return found(Mill(rate=48.0, columns=SLOW))


def test_a_machine_below_its_nameplate_that_holds_the_line_up_is_found(slow):
    """The planer at 48 of 66 before a saw of 60: with its gain, interval and why."""
    first = slow.found[0]
    assert (first.kind, first.asset) == ("speed", PLANER)
    assert first.gain.low > 0
    assert first.gain.low <= first.gain.mean <= first.gain.high
    assert first.gain.unit == "{board}/min"
    assert "48" in first.why
    (change,) = first.changes
    assert isinstance(change, SetPoint)
    assert change.value > 48.0


def test_a_line_that_runs_as_it_should_has_none():
    """And it is told what was looked at."""
    none = found()
    assert none.found == ()
    assert none.passed == {}
    assert any("were tried" in said for said in none.looked)


def test_the_line_is_not_asked_for_more_than_it_is_meant_to_make(slow):
    """The saw sets the pace: it is at its nameplate, and faster is no finding."""
    assert SAW not in {one.asset for one in (*slow.found, *found().found)}


def test_it_is_a_function_of_snapshot_and_seed(slow):
    """Word by word."""
    assert found(Mill(rate=48.0, columns=SLOW)) == slow
    assert slow.model_dump_json()


def test_a_belt_that_holds_up_what_could_pass_is_found():
    """It carries less than the machines on both sides could take, and its chain may run faster."""
    columns = {f"{BELT}/speed": 15.0, f"{BELT}/pace": 15.0, **HELD}
    belt = found(Mill(rate=40.0, columns=columns)).found
    assert [(one.kind, one.asset) for one in belt] == [("speed", BELT)]


def test_no_more_is_computed_than_the_quota_allows():
    """Two trials are the line as it is and one idea."""
    assert found(trials=8).trials <= 8 + 2 * MOST


def test_a_line_with_something_wrong_is_passed_over():
    """What is wrong comes first; the others are looked at."""
    looked = improve(scenery.snapshot(), "riverside", 1, Quota(effort=0.0))
    assert list(looked.passed) == [scenery.LINE4]
    assert "402.6" in looked.passed[scenery.LINE4]


def test_too_short_a_past_shows_nothing():
    """Nine minutes."""
    assert "ten minutes" in found(Mill(rows=54)).passed[LINE]


def test_what_is_not_there_or_makes_nothing_is_told():
    """An unknown path is refused; a yard makes nothing; of a supply its lines are looked at."""
    with pytest.raises(UnknownName):
        found(subject="holm/mill/nowhere")
    assert found(subject="holm/yard/logs").passed == {"holm/yard/logs": "it is no production line"}
    assert found(Mill(rows=54), subject="holm/house/suction").passed.keys() == {LINE}


def test_a_better_order_of_work_is_told_with_what_it_wins():
    """Riverside lists its products in turn; the line itself runs as it should."""
    snapshot = replace(scenery.snapshot(), incidents=())
    better = improve(snapshot, scenery.LINE3, 1, Quota(trials=2, effort=1.0)).found
    (one,) = [x for x in better if x.kind == "changeover"]
    assert one.asset == scenery.LINE3
    assert len(one.orders) > 2
    assert one.gain.low > 0


HEADER = "riverside/utilities/air/header_b"


def drawing(standing):
    """An hour in which line 4 stands for ten minutes and draws that share of its shares then."""
    plant = scenery.riverside()
    line = plant.line(scenery.LINE4)
    snapshot = scenery.snapshot()
    mean = snapshot.recent.mean.copy()
    stands = np.zeros(len(mean), bool)
    stands[120:180] = True
    shares = {k.target: k.share for k in plant.links_from(HEADER, "supplies")}
    drawn = np.zeros(len(mean))
    for other in plant.lines:
        for machine in plant.machines(other):
            speed = machine.with_role(Role.SPEED)
            rated = machine.parameters.get("rated_speed")
            if machine.id not in shares or speed is None or rated is None:
                continue
            pace = np.where(stands & (other.id == line.id), 0.0, 1.0)
            mean[:, plant.index[speed.id]] = pace * rated
            drawn += shares[machine.id] * (standing + (1 - standing) * pace)
    noise = np.random.default_rng(3).normal(0.0, 0.1, len(mean))
    mean[:, plant.index[f"{HEADER}/flow"]] = drawn + 4.0 + noise
    return replace(snapshot, recent=replace(snapshot.recent, mean=mean))


def waste(snapshot):
    seen = wastes(snapshot.plant, Rows(snapshot, snapshot.now))
    (one,) = [x for x in seen if x.header == HEADER and x.line == scenery.LINE4]
    return one


@pytest.mark.parametrize(("standing", "told"), [(0.1, False), (0.15, False), (0.7, True)])
def test_what_is_drawn_while_a_line_stands_is_held_against_what_should_be(standing, told):
    """A tenth is usual, and shares may be off by some; a leak of four is drawn at all times."""
    one = waste(drawing(standing))
    assert wasteful(one, 3.3) is told
    assert one.flow == pytest.approx((standing - 0.1) * one.full, abs=3 * one.sd + 0.1)


@pytest.mark.parametrize(
    ("unit", "amount", "told"),
    [("m3/min", 90.0, "m3"), ("kg/h", 1.5, "kg"), ("L/s", 5400.0, "L"), ("kW", 1.5, "kW.h")],
)
def test_a_flow_comes_to_an_amount_in_a_unit_that_people_use(unit, amount, told):
    """One of it over an hour and a half: air by the minute, steam by the hour, power."""
    one = Waste(
        header="h", line="l", medium="m", flow=1.0, sd=0.1, full=2.0, drawn=9.0, unit=unit
    ).over(90.0)
    assert one.mean == pytest.approx(amount)
    off = np.hypot(0.1 * 1.6448536, 0.1 * 2.0)  # what was fitted, and a tenth of what it draws
    assert one.half == pytest.approx(off * amount)
    assert one.unit == told


def test_a_line_that_did_not_stand_is_not_judged():
    """Nobody saw what it draws then."""
    snapshot = scenery.snapshot()
    assert list(wastes(snapshot.plant, Rows(snapshot, snapshot.now))) == []
    assert not list(wastes(Mill().snapshot().plant, Rows(Mill().snapshot(), T0)))
