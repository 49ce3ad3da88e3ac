"""Incidents in groups, and the timeline of one."""

import pytest

from tests.twin_core.plant_fixture import GAS, LINE, OVEN, T0, Feed, bakery
from twin_core.ingest import Edit, Twin
from twin_core.operations.alarm import Alarm
from twin_core.operations.chronicle import Entry
from twin_core.operations.incident import Incident, OpenedBy
from twin_core.operations.timeline import (
    MOST_ENTRIES,
    WINDOW_US,
    firsts,
    grouped,
    scope_of,
    timeline,
)
from twin_core.reading import SourceEvent
from twin_core.value import SECOND

PLANT = bakery()
TEMPERATURE, PRESSURE = f"{OVEN}/temperature", f"{GAS}/pressure"
DIVIDER = f"{LINE}/divider"


def incident(subject, at_s=0, closed_s=None, kind="alarm"):
    closed = None if closed_s is None else T0 + closed_s * SECOND
    return Incident(
        id=f"in-{subject[-4:]}-{at_s}".replace("/", "-"), kind=kind, subject=subject, line=None,
        opened=T0 + at_s * SECOND, closed=closed, severity=2, statement="Hot.",
        opened_by=(OpenedBy(point=TEMPERATURE, time=T0 + at_s * SECOND - 5, value=261.0),),
    )  # fmt: skip


def entry(at_s, subject, kind="alarm", statement="It."):
    return Entry(T0 + at_s * SECOND, kind, subject, statement)


def test_the_scope_of_a_line_is_itself_and_what_supplies_it():
    assert {DIVIDER, OVEN, GAS} <= scope_of(LINE, PLANT)
    assert scope_of(TEMPERATURE, PLANT) == scope_of(LINE, PLANT)


def test_the_scope_of_a_supply_is_itself_and_what_it_supplies():
    assert scope_of(PRESSURE, PLANT) == {GAS, OVEN}


def test_incidents_that_belong_together_are_one_group_led_by_the_first():
    pressure, hot, stop = incident(PRESSURE), incident(TEMPERATURE, 60), incident(LINE, 120)
    (group,) = grouped([stop, hot, pressure], PLANT)
    assert (group.head, group.members) == (pressure, (hot, stop))


@pytest.mark.parametrize(
    "later",
    [
        incident(TEMPERATURE, 1 + WINDOW_US // SECOND),
        incident(f"{DIVIDER}/motor_current", 60),
    ],
)
def test_what_comes_late_or_stands_elsewhere_is_a_group_of_its_own(later):
    assert len(grouped([incident(PRESSURE), later], PLANT)) == 2


def test_what_comes_after_an_incident_has_closed_does_not_belong_to_it():
    assert len(grouped([incident(LINE, 0, 30), incident(TEMPERATURE, 60)], PLANT)) == 2


def test_a_timeline_holds_what_belongs_in_order_of_time_and_nothing_else():
    chronicle = [
        entry(-2000, PRESSURE), entry(-30, PRESSURE), entry(10, TEMPERATURE),
        entry(20, "house_plc"),
        entry(40, f"{DIVIDER}/speed_setpoint", "setpoint"), entry(90, TEMPERATURE),
    ]  # fmt: skip
    found = timeline(incident(TEMPERATURE, 0, 60), chronicle, PLANT)
    assert [(e.kind, (e.time - T0) // SECOND) for e in found] == [
        ("alarm", -30), ("reading", -1), ("opened", 0), ("alarm", 10), ("alarm", 20),
        ("setpoint", 40), ("closed", 60),
    ]  # fmt: skip


def test_a_long_timeline_keeps_its_beginning_and_its_end_and_says_what_is_left_out():
    chronicle = [entry(k, TEMPERATURE, statement=f"{k}") for k in range(1000)]
    found = timeline(incident(TEMPERATURE), chronicle, PLANT)
    assert len(found) == MOST_ENTRIES + 1
    assert [e.statement for e in found if e.kind == "lost"] == [
        f"{1002 - MOST_ENTRIES} entries are left out here."
    ]
    assert (found[2].kind, found[-1].statement) == ("opened", "999")


def test_the_first_of_the_alarms_that_belong_to_an_incident_is_named():
    def alarm(point, at_s, **changes):
        at = T0 + at_s * SECOND
        given = {"side": "high", "limit": 1.0, "value": 2.0, "state": "unacknowledged"}
        return Alarm(point=point, raised=at + 20 * SECOND, since=at, onset=at, **(given | changes))

    standing = [
        alarm(TEMPERATURE, 0), alarm(PRESSURE, -60), alarm(f"{DIVIDER}/motor_current", 30),
        alarm(f"{LINE}/slicer/motor_current", -90, state="shelved"), alarm(PRESSURE, -5000),
    ]  # fmt: skip
    found = firsts(incident(LINE), standing, PLANT)
    assert [(a.point, rank) for a, rank in found] == [
        (PRESSURE, "first"), (TEMPERATURE, "later"), (f"{DIVIDER}/motor_current", "later"),
    ]  # fmt: skip
    assert firsts(incident(PRESSURE), standing[1:2], PLANT) == [(standing[1], None)]


def test_an_incident_tells_its_story_from_the_first_reading_to_the_end():
    heat = {"now": 0.0}

    def bend(path, s, v):
        if path == TEMPERATURE:
            target = 40.0 if 60 <= s < 240 else 0.0
            heat["now"] += max(-6.0, min(6.0, target - heat["now"]))
            return round(v + heat["now"], 1)
        if path == f"{DIVIDER}/speed_setpoint" and s >= 150:
            return 90.0
        return v

    feed = Feed(PLANT, bend=bend)
    twin = Twin(PLANT)
    for event in feed.up():
        twin.apply(event, T0)
    for s in range(0, 400, 10):
        twin.apply(feed.readings(s, s + 10), T0 + (s + 10) * SECOND)
        if s == 180:
            edit = Edit(kind="acknowledge", point=TEMPERATURE, user="ada")
            twin.edit(edit, T0 + 190 * SECOND)
        if s == 200:
            lost = SourceEvent(source="house_plc", kind="down", time=T0 + 211 * SECOND, reason="x")
            twin.apply(lost, T0 + 211 * SECOND)
    snapshot = twin.snapshot(T0 + 400 * SECOND)
    hot = next(i for i in snapshot.incidents if i.kind == "alarm")
    found = timeline(hot, snapshot.past.chronicle, PLANT)
    told = [(e.kind, e.subject) for e in found if e.subject != LINE and e.time > T0]
    assert told == [
        ("reading", TEMPERATURE), ("alarm", TEMPERATURE), ("opened", TEMPERATURE),
        ("setpoint", f"{DIVIDER}/speed_setpoint"), ("alarm", TEMPERATURE), ("source", "house_plc"),
        ("alarm", TEMPERATURE), ("closed", TEMPERATURE),
    ]  # fmt: skip
    statements = " ".join(e.statement for e in found)
    assert "high alarm: raised, now unacknowledged." in statements
    assert "high alarm: acknowledged by ada." in statements
    assert "from 100 to 90 loafs/min" in statements
    assert (hot.opened_by[0].value, hot.opened_by[0].time) == (269.6, T0 + 88_010_000)
    assert timeline(replace_closed(hot), snapshot.past.chronicle, PLANT)[-1].kind != "closed"


def replace_closed(incident_):
    """The same, still open."""
    return incident_.model_copy(update={"closed": None})
