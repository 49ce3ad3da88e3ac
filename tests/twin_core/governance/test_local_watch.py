"""Whether the conditions of local rules hold, as readings arrive."""

import math

import numpy as np
import pytest

from tests.twin_core.governance.scene import FILLER, NOW, PLANT, PRESSURE, SPEED, TORQUE
from twin_core.governance.local_rule import LocalRule
from twin_core.governance.local_watch import NOTHING, LocalWatch
from twin_core.reading import BAD_SENSOR_FAILURE, UNCERTAIN
from twin_core.value import SECOND

MS = SECOND // 1000


def rule(name="low-air", *conditions, **more):
    """Hold back load while the pressure is low."""
    given = conditions or ({"point": PRESSURE, "below": 1.5, "unit": "bar"},)
    return LocalRule.model_validate(
        {
            "id": name,
            "reason": "the compressor must keep its pressure",
            "condition": given,
            "write": [{"point": SPEED, "value": 300, "unit": "{bottle}/min", "check": 1}],
            "cooldown_s": 60,
            "most": 3,
            "window_s": 3600,
            "days": 30,
            **more,
        }
    )


class Seen:
    """What is believed, told to a watch step by step; time is milliseconds after NOW."""

    def __init__(self, *rules, memory=NOTHING):
        self.watch = LocalWatch(PLANT, rules, memory)
        self.value = np.full(len(PLANT.points), math.nan)
        self.time = np.zeros(len(PLANT.points), np.int64)
        self.status = np.zeros(len(PLANT.points), np.uint32)
        self.told = []

    def at(self, ms, value=None, point=PRESSURE, status=0):
        """Ids of the rules that are due when this was read, or nothing new was."""
        i = PLANT.index[point]
        if value is not None:
            self.value[i], self.time[i], self.status[i] = value, NOW + ms * MS, status
        at = self.watch.points
        due, told = self.watch.look((self.value[at], self.time[at], self.status[at]), NOW + ms * MS)
        self.told += [one.why for one in told]
        return [one.rule.id for one in due]


def test_it_is_due_at_once_when_a_good_reading_passes_the_bound():
    """Below the bound and not at it; above likewise."""
    seen = Seen(rule(), rule("high", {"point": PRESSURE, "above": 3, "unit": "bar"}))
    assert seen.at(0, 1.5) == []
    assert seen.at(50, 1.49) == ["low-air"]
    assert seen.at(100, 3.0) == []
    assert seen.at(150, 3.1) == ["high"]


@pytest.mark.catches("a condition that holds where nothing is seen")
@pytest.mark.parametrize("status", [BAD_SENSOR_FAILURE, UNCERTAIN])
def test_what_is_not_good_brings_nothing_about(status):
    """Neither a value that is not Good nor none at all holds a condition; it is told that."""
    seen = Seen(rule())
    assert seen.at(0) == []
    assert seen.at(10, 1.0, status=status) == []
    assert seen.told == []  # it was never seen
    seen.at(20, 2.0)
    assert seen.at(30, 1.0, status=status) == []
    assert seen.at(40, math.nan) == []
    assert seen.told == [f"it is blind: {PRESSURE} is not Good"]
    seen.at(50, 2.0)
    assert seen.told[1:] == ["it sees again"]
    assert seen.watch.blind() == {}


def test_on_loss_holds_while_what_was_seen_is_not():
    """Only where it is said, and only once the point was seen."""
    lost = {"point": PRESSURE, "below": 1.5, "unit": "bar", "on_loss": True, "for_ms": 100}
    seen = Seen(rule("r", lost))
    assert seen.at(0) == []
    assert seen.at(500) == []
    seen.at(1000, 2.0)
    assert seen.at(1010, math.nan) == []
    assert seen.at(1090) == []
    assert seen.at(1110) == ["r"]


@pytest.mark.catches("a duration that passes without a second reading")
def test_a_duration_is_from_reading_to_reading():
    """Of a source that tells every period; one reading back starts it anew."""
    held = {"point": TORQUE, "below": 1.5, "unit": "N.m", "for_ms": 200}  # of Modbus
    seen = Seen(rule("r", held))
    assert seen.at(0, 1.0, TORQUE) == []
    assert seen.at(900) == []
    assert seen.at(950, 1.0, TORQUE) == ["r"]
    seen = Seen(rule("r", held))
    seen.at(0, 1.0, TORQUE)
    seen.at(100, 2.0, TORQUE)
    assert seen.at(250, 1.0, TORQUE) == []
    assert seen.at(450, 1.0, TORQUE) == ["r"]


def test_what_tells_only_changes_stands_meanwhile():
    """Of a source that tells only changes the duration passes while it stands."""
    seen = Seen(rule("r", {"point": PRESSURE, "below": 1.5, "unit": "bar", "for_ms": 200}))
    assert seen.at(0, 1.0) == []
    assert seen.at(199) == []
    assert seen.at(200) == ["r"]


def test_all_or_any():
    """All conditions must hold, or any one."""
    two = (
        {"point": PRESSURE, "below": 1.5, "unit": "bar"},
        {"point": SPEED, "above": 350, "unit": "{bottle}/min"},
    )
    seen = Seen(rule("all", *two), rule("any", *two, when="any"))
    assert seen.at(0, 1.0) == ["any"]
    assert seen.at(10, 300.0, SPEED) == []
    assert seen.at(20, 400.0, SPEED) == ["all"]


@pytest.mark.catches("a flapping point that writes again and again")
def test_it_is_due_once_until_it_is_known_what_came_of_it_and_then_rests():
    """A point that flaps brings it about once; again when it has rested for as long as was said."""
    seen = Seen(rule())
    due = [ms for ms in range(0, 10_000, 500) if seen.at(ms, 1.0 if ms % 1000 else 2.0)]
    assert due == [500]
    seen.watch.rest("low-air", NOW + 20_000 * MS)
    due = [ms for ms in range(10_000, 30_000, 500) if seen.at(ms, 1.0 if ms % 1000 else 2.0)]
    assert due == [20_500]
    assert seen.told == []


def test_rules_are_due_in_the_order_of_their_file_and_remember_how_long_they_rest():
    """Whoever changes the rules does not let one act again before it has cooled down."""
    seen = Seen(rule("b"), rule("a"))
    assert seen.at(0, 1.0) == ["b", "a"]
    after = Seen(rule("a"), rule("c"), memory=seen.watch.memory)
    after.watch.rest("b", NOW)  # it is not watched any more
    assert after.at(1000, 1.0) == ["c"]
    after.watch.rest("a", NOW + 61_000 * MS)
    assert after.at(60_900, 1.0) == []
    assert after.at(61_000, 1.0) == ["a"]
    assert after.told == []


def test_points_nobody_names_cost_nothing():
    """Only points that a condition names are looked at."""
    watch = LocalWatch(PLANT, (rule(),))
    assert [PLANT.points[i].id for i in watch.points] == [PRESSURE]
    assert LocalWatch(PLANT, ()).points.size == 0
    assert FILLER in PRESSURE
