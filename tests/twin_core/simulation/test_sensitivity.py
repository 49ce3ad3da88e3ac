"""What limits the sawmill, a plant the code has never seen."""

import numpy as np
import pytest

from tests.tools import scenery
from tests.twin_core.simulation.sawmill import (
    BELT,
    DEBARKER,
    LINE,
    PLANER,
    SAW,
    STACKER,
    T0,
    YARD,
    Mill,
)
from twin_core.errors import ImpossibleScenario, UnknownName
from twin_core.simulation.sensitivity import sensitivity

_NAN = float("nan")
_WRONG = {"step": (0.0, 0.9, -0.1, _NAN), "horizon_s": (0.0, -1.0, 1e9, _NAN)}


def limits(mill):
    return sensitivity(mill.snapshot(), LINE, 1, horizon_s=900.0, looks=2)


def of(found, kind):
    return {lever.asset: lever for lever in found.levers if lever.kind == kind}


@pytest.fixture(scope="module")
def steady():
    return limits(Mill())


def test_the_slowest_machine_is_the_bottleneck(steady):
    """The saw, at 60 boards a minute; nothing else comes near it."""
    assert steady.bottleneck == (SAW,)
    speeds = of(steady, "speed")
    assert set(speeds) == {DEBARKER, SAW, PLANER, STACKER}
    assert speeds[SAW].elasticity.low > 0.7
    assert speeds[SAW].limits
    assert max(speeds[m].elasticity.high for m in (DEBARKER, PLANER, STACKER)) < 0.4
    assert abs(steady.rest.mean) < 0.15


def test_what_is_gained_is_said_of_everything_that_may_be_turned(steady):
    """More speed at the bottleneck surely gains; its stops and the room around it are there too."""
    saw = of(steady, "speed")[SAW]
    assert saw.factor == 1.05
    assert saw.sure
    assert 1.5 < saw.gain.mean < 3.1
    assert SAW in of(steady, "life")
    assert SAW in of(steady, "repair")
    assert {DEBARKER, SAW} <= set(of(steady, "buffer"))
    kinds = [lever.kind for lever in steady.levers]
    assert kinds.index("life") > max(i for i, kind in enumerate(kinds) if kind == "speed")


def test_it_is_a_function_of_snapshot_and_seed(steady):
    """The same again; it names what it started from."""
    again = limits(Mill())
    assert again == steady
    assert steady.start == T0
    assert steady.state_digest == Mill().snapshot().digest
    assert steady.model_dump_json()


def test_a_slow_conveyor_may_be_the_bottleneck():
    """It carries less than the machines on both sides could take."""
    level = np.full(360, 100.0)
    mill = Mill(rate=40.0, columns={f"{BELT}/speed": 10.0, f"{BELT}/level": level})
    found = limits(mill)
    assert found.bottleneck == (BELT,)


def test_a_line_that_is_fed_less_than_it_could_take_is_limited_by_its_store():
    """No machine is; and what is decided elsewhere is told."""
    mill = Mill(rate=30.0, columns={f"{DEBARKER}/starved": 1.0, f"{YARD}/flow": 7.5})
    found = limits(mill)
    assert not set(found.bottleneck) & {DEBARKER, SAW, PLANER, STACKER}


def test_the_old_rules_are_told_beside_it_where_every_machine_says_when_it_waits():
    """By who waited in the last half hour; the sawmill's machines do not all say."""
    line = "riverside/packaging/line4"
    found = sensitivity(scenery.snapshot(), line, 1, horizon_s=300.0, looks=1)
    rules = {sign.rule: sign.asset for sign in found.signs}
    assert set(rules) == {"utilisation", "longest active period", "blocked and starved"}
    assert rules["blocked and starved"] is None  # nobody waits in it


def test_without_enough_of_a_past_the_old_rules_say_nothing():
    """The model still does, by the nameplate."""
    found = limits(Mill(rows=5))
    assert found.signs == ()
    assert found.bottleneck


@pytest.mark.parametrize(
    "wrong",
    [{name: value} for name, values in _WRONG.items() for value in values],
)
def test_impossible_questions_are_refused(wrong):
    """With what is allowed."""
    with pytest.raises(ImpossibleScenario, match="allowed"):
        sensitivity(Mill().snapshot(), LINE, 1, **wrong)


def test_a_line_that_is_not_there_is_refused():
    """By its name."""
    with pytest.raises(UnknownName):
        sensitivity(Mill().snapshot(), "holm/mill/nowhere", 1)
