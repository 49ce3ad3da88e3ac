"""Alarms: ISA-18.2 states, delays and dead band in plant time, suppression, quarantine."""

import numpy as np
import pytest

from tests.twin_core.plant_fixture import BAG, GAS, OVEN, T0, Feed, bakery
from twin_core.ingest import Edit, Twin
from twin_core.operations.alarm import Alarms
from twin_core.operations.incident import Incident
from twin_core.recent import GRID_US
from twin_core.value import SECOND

PLANT = bakery()
TEMPERATURE = f"{OVEN}/temperature"
T = PLANT.index[TEMPERATURE]


class Oven:
    """Rows of one temperature (limits 200 and 260)."""

    def __init__(self):
        self.alarms = Alarms(PLANT)
        self.end = T0 // GRID_US * GRID_US
        self.changes = []

    def rows(self, *values, steady=True, held=False):
        for value in values:
            self.end += GRID_US
            mean = np.full(len(PLANT.points), np.nan)
            mean[T] = value
            n = len(mean)
            self.changes += self.alarms.step(self.end, mean, np.full(n, steady), np.full(n, held))
        return self

    @property
    def states(self):
        return [a.state for a in self.alarms.view()]


def test_an_alarm_is_raised_after_its_delay_and_says_what_passed_which_limit():
    oven = Oven().rows(230, 270)
    assert oven.states == []
    oven.rows(271)
    (alarm,) = oven.alarms.view()
    assert (alarm.point, alarm.side, alarm.limit, alarm.value) == (TEMPERATURE, "high", 260, 271)
    assert (alarm.state, alarm.raised) == ("unacknowledged", oven.end)


def test_a_short_excursion_raises_nothing():
    assert Oven().rows(230, 270, 230, 270, 230, 190, 230).changes == []


def test_an_alarm_returns_only_beyond_the_dead_band_and_after_its_delay():
    oven = Oven().rows(270, 270, 259.8, 259.8, 259.8, 259.8)
    assert oven.states == ["unacknowledged"]
    oven.rows(255, 255)
    assert oven.states == ["unacknowledged"]
    oven.rows(255)
    assert oven.states == ["returned"]


def test_acknowledged_then_returned_is_normal_and_returned_then_acknowledged_too():
    oven = Oven().rows(270, 270)
    assert oven.alarms.acknowledge(TEMPERATURE, oven.end)
    assert oven.states == ["acknowledged"]
    oven.rows(230, 230, 230)
    assert oven.states == []
    assert oven.changes[-1].alarm.state == "normal"
    oven = Oven().rows(270, 270, 230, 230, 230)
    assert oven.states == ["returned"]
    assert oven.alarms.acknowledge(TEMPERATURE, oven.end)
    assert oven.states == []
    assert not oven.alarms.acknowledge(TEMPERATURE, oven.end)


def test_no_alarm_is_raised_while_the_machine_does_not_run_and_an_active_one_stays():
    assert Oven().rows(150, 150, 150, 150, steady=False).changes == []
    oven = Oven().rows(270, 270).rows(270, 270, 270, steady=False)
    assert oven.states == ["unacknowledged"]


def test_rows_without_a_believed_value_change_nothing():
    oven = Oven().rows(270, np.nan, np.nan, 270)
    assert oven.states == ["unacknowledged"]


def test_what_is_quarantined_cannot_alarm_and_its_alarm_returns():
    oven = Oven().rows(270, 270).rows(np.nan, held=True)
    assert oven.states == ["returned"]
    assert Oven().rows(270, 270, 270, held=True).changes == []


@pytest.mark.parametrize(("value", "side"), [(185.0, "low"), (275.0, "high")])
def test_an_alarm_of_the_process_opens_an_incident_and_closes_it(value, side):
    feed = Feed(PLANT, bend=lambda p, s, v: value if p == TEMPERATURE and 200 <= s < 400 else v)
    ramp = {TEMPERATURE: 230.0}

    def bend(path, s, v):
        if path != TEMPERATURE:
            return v
        target = value if 200 <= s < 500 else 230.0
        ramp[path] += float(np.clip(target - ramp[path], -4, 4))
        return round(ramp[path] + v - 230.0, 1)

    feed.bend = bend
    twin = Twin(PLANT)
    for event in feed.up():
        twin.apply(event, T0)
    found: list[Incident] = []
    for s in range(0, 700, 10):
        found += twin.apply(feed.readings(s, s + 10), T0 + (s + 10) * SECOND).incidents
    assert [(i.kind, i.subject, i.closed is None) for i in found] == [
        ("alarm", TEMPERATURE, True), ("alarm", TEMPERATURE, False),
    ]  # fmt: skip
    assert "Oven 1: chamber temperature" in found[0].statement
    assert found[0].opened_by[0].point == TEMPERATURE
    (alarm,) = twin.snapshot(T0 + 700 * SECOND).alarms
    assert (alarm.state, alarm.side) == ("returned", side)
    twin.edit(Edit(kind="acknowledge", point=TEMPERATURE, user="ada"), T0 + 700 * SECOND)
    twin.apply(feed.readings(700, 710), T0 + 710 * SECOND)
    assert twin.snapshot(T0 + 710 * SECOND).alarms == ()


def test_an_alarm_is_acknowledged_by_a_former_id_of_its_point_too():
    plant = bakery({"o4, names": f"o4, aliases: [{OVEN}/heat], names"})
    feed = Feed(plant, bend=lambda p, s, v: 270.0 + v - 230.0 if p == TEMPERATURE else v)
    twin = Twin(plant)
    for event in feed.up():
        twin.apply(event, T0)
    twin.apply(feed.readings(0, 60), T0 + 60 * SECOND)
    assert [a.state for a in twin.snapshot(T0).alarms] == ["unacknowledged"]
    twin.edit(Edit(kind="acknowledge", point=f"{OVEN}/heat", user="ada"), T0 + 60 * SECOND)
    twin.apply(feed.readings(60, 80), T0 + 80 * SECOND)
    assert [a.state for a in twin.snapshot(T0).alarms] == ["acknowledged"]


def test_limits_of_both_sides_are_watched_on_every_point_that_has_them():
    alarms = Alarms(PLANT)
    n = len(PLANT.points)
    for k in range(4):
        alarms.step(T0 + k * GRID_US, np.full(n, 1e6), np.ones(n, bool), np.zeros(n, bool))
    high = {a.point for a in alarms.view()}
    assert {TEMPERATURE, f"{BAG}/motor_current"} <= high
    assert f"{GAS}/pressure" not in high
