"""Alarms: ISA-18.2 states, delays and dead band in plant time, suppression, quarantine."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.twin_core.plant_fixture import BAG, GAS, OVEN, T0, Feed, bakery
from twin_core.errors import PlantFileError
from twin_core.ingest import Edit, Twin
from twin_core.operations.alarm import Alarms
from twin_core.operations.incident import Incident
from twin_core.plant.alarming import AlarmSpec
from twin_core.reading import Batch
from twin_core.recent import GRID_US
from twin_core.value import SECOND

PLANT = bakery()
TEMPERATURE = f"{OVEN}/temperature"
T = PLANT.index[TEMPERATURE]


STATE = PLANT.index[f"{OVEN}/state"]


class Oven:
    """Rows of one temperature (limits 200 and 260) and of the oven's PackML state."""

    def __init__(self, **alarm):
        keys = ", ".join(f"{key}: {value}" for key, value in alarm.items())
        changes = {"o4, names": f"o4, alarm: {{{keys}}}, names"} if alarm else {}
        self.plant = bakery(changes)
        self.alarms = Alarms(self.plant)
        self.end = T0 // GRID_US * GRID_US
        self.changes = []

    def rows(self, *values, steady=True, held=False, state=np.nan):
        for value in values:
            self.end += GRID_US
            mean = np.full(len(PLANT.points), np.nan)
            mean[T], mean[STATE] = value, state
            n = len(mean)
            self.changes += self.alarms.step(self.end, mean, np.full(n, steady), np.full(n, held))
        return self

    def act(self, transition, *, side="high", until_s=None):
        until = None if until_s is None else self.end + until_s * SECOND
        changes = self.alarms.act(
            TEMPERATURE, transition, self.end, "ada", "because", side=side, until=until
        )
        self.changes += changes
        return self

    @property
    def states(self):
        return [a.state for a in self.alarms.view()]

    @property
    def told(self):
        return [(c.transition, c.alarm.state) for c in self.changes]


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
    assert oven.alarms.act(TEMPERATURE, "acknowledge", oven.end)
    assert oven.states == ["acknowledged"]
    oven.rows(230, 230, 230)
    assert oven.states == []
    assert oven.changes[-1].alarm.state == "normal"
    oven = Oven().rows(270, 270, 230, 230, 230)
    assert oven.states == ["returned"]
    assert oven.alarms.act(TEMPERATURE, "acknowledge", oven.end)
    assert oven.states == []
    assert not oven.alarms.act(TEMPERATURE, "acknowledge", oven.end)


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


def test_delays_dead_band_priority_and_latching_come_from_the_plant_file():
    oven = Oven(priority="high", on_delay_s=0, off_delay_s=0, dead_band=5, latching="true")
    oven.rows(261)
    (alarm,) = oven.alarms.view()
    assert (alarm.state, alarm.priority) == ("unacknowledged", "high")
    oven.act("acknowledge").rows(256)
    assert oven.states == ["acknowledged"]
    oven.rows(254)
    assert oven.states == ["returned"]
    assert oven.act("acknowledge").states == []


def test_an_acknowledged_alarm_that_still_stands_asks_again_after_its_time():
    oven = Oven(re_alarm_s=60).rows(270, 270).act("acknowledge").rows(270, 270, 270, 270, 270)
    assert oven.states == ["acknowledged"]
    assert oven.rows(270).states == ["unacknowledged"]
    assert oven.told[-1] == ("re_alarm", "unacknowledged")


def test_a_shelf_ends_by_itself_at_its_time_and_shows_what_stands():
    oven = Oven().rows(270, 270).act("shelve", until_s=25)
    (alarm,) = oven.alarms.view()
    assert (alarm.state, alarm.active, alarm.by, alarm.why) == ("shelved", True, "ada", "because")
    until = alarm.until
    assert oven.rows(270, 270).states == ["shelved"]
    oven.rows(270)
    (alarm,) = oven.alarms.view()
    assert (alarm.state, alarm.since, alarm.until) == ("unacknowledged", until, None)
    assert oven.told[-1] == ("unshelve", "unacknowledged")


def test_a_shelved_alarm_comes_and_goes_without_being_told():
    oven = Oven().act("shelve", until_s=600).rows(270, 270, 270)
    (alarm,) = oven.alarms.view()
    assert (alarm.state, alarm.active, alarm.value) == ("shelved", True, 270)
    oven.rows(230, 230, 230)
    assert [a.active for a in oven.alarms.view()] == [False]
    assert oven.told == [("shelve", "shelved")]
    assert oven.act("unshelve").states == []


def test_no_shelf_is_longer_than_the_plant_file_allows():
    oven = Oven(shelve_at_most_s=40).act("shelve", until_s=10**6)
    assert oven.rows(230, 230, 230).states == ["shelved"]
    assert oven.rows(230).states == []


def test_alarms_are_suppressed_by_design_while_the_machine_is_stopped_and_that_is_told():
    oven = Oven().rows(270, 270, state=6).rows(270, state=2)
    assert oven.states == ["suppressed"]
    assert oven.told[-1] == ("suppress", "suppressed")
    assert oven.alarms.suppressed.tolist() == [T]
    assert oven.rows(290, 290, 290, state=2).states == ["suppressed"]
    assert oven.rows(290, state=np.nan).states == ["suppressed"]
    assert oven.rows(290, state=6).states == []
    assert oven.told[-1] == ("unsuppress", "normal")
    assert oven.rows(290, state=6).states == ["unacknowledged"]


def test_suppression_by_design_is_the_plant_files():
    held = Oven(suppressed_while="[held]")
    assert held.rows(270, 270, state=2).states == ["unacknowledged"]
    assert held.rows(270, state=11).states == ["suppressed"]
    assert Oven(suppressed_while="[]").rows(270, 270, state=2).states == ["unacknowledged"]


def test_a_shelf_outlives_a_suppression_and_an_alarm_out_of_service_is_never_suppressed():
    oven = Oven().act("shelve", until_s=600).rows(230, state=2)
    assert oven.states == ["suppressed"]
    assert oven.rows(230, state=6).states == ["shelved"]
    oven = Oven().act("remove").rows(230, state=2).rows(230, state=6)
    assert oven.states == ["out_of_service"]


def test_out_of_service_is_until_a_person_brings_it_back():
    oven = Oven().rows(270, 270).act("remove").rows(270, 270, 270)
    assert "out_of_service" in oven.states
    assert oven.act("acknowledge").act("shelve").told[-1] == ("remove", "out_of_service")
    oven.act("restore")
    assert oven.states == ["unacknowledged"]


@pytest.mark.catches("every end of a shelf counted as one more alarm, and its age forgotten")
@pytest.mark.parametrize(("hide", "show"), [("shelve", "unshelve"), ("remove", "restore")])
def test_an_activation_counts_once_however_often_people_hide_and_show_it(hide, show):
    """It keeps the time it was raised; one that began hidden counts when it is seen."""
    oven = Oven().rows(270, 270).act("acknowledge")
    raised = oven.end
    oven.rows(270, 270).act(hide).rows(270).act(show)
    (alarm,) = oven.alarms.view()
    assert (alarm.state, alarm.raised) == ("unacknowledged", raised)
    assert oven.alarms.activations.journal().time.tolist() == [raised]
    oven.act(hide).rows(230, 230, 230, 270, 270, 270).act(show)
    assert oven.alarms.activations.journal().time.tolist() == [raised, oven.end]
    assert oven.alarms.view()[0].raised == oven.end


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("priority: urgent", "priority"),
        ("on_delay_s: -1", "on_delay_s"),
        ("suppressed_while: [asleep]", "no PackML state or mode is called “asleep”"),
        ("shelving: 3", "shelving"),
    ],
)
def test_a_plant_file_that_says_something_else_about_alarms_is_refused_where_it_says_so(
    text, problem
):
    with pytest.raises(PlantFileError, match=problem) as refused:
        bakery({"o4, names": f"o4, alarm: {{{text}}}, names"})
    assert refused.value.line > 1


def test_a_point_changes_single_keys_of_its_class():
    plant = bakery({"o4, names": "o4, alarm: {priority: high}, names"})
    spec = plant.point(TEMPERATURE).spec.alarm
    assert spec == AlarmSpec(priority="high")
    assert PLANT.point(TEMPERATURE).spec.alarm == AlarmSpec()


def test_what_opened_the_incident_is_the_first_reading_beyond_the_limit():
    feed = Feed(PLANT, bend=lambda p, s, v: 270.0 + v - 230.0 if p == TEMPERATURE else v)
    twin = Twin(PLANT)
    for event in feed.up():
        twin.apply(event, T0)
    twin.apply(feed.readings(0, 60), T0 + 60 * SECOND)
    (alarm,) = twin.snapshot(T0).alarms
    first = T0 + T * 1000
    assert alarm.onset == first
    incident = next(i for i in twin.snapshot(T0).incidents if i.kind == "alarm")
    assert incident.opened_by[0].time == first


def test_one_side_is_shelved_alone_or_both():
    assert len(Oven().act("shelve", side=None).alarms.view()) == 2
    oven = Oven().act("shelve", side="low").rows(270, 270)
    assert oven.states == ["shelved", "unacknowledged"]


ACTS = ["acknowledge", "shelve", "unshelve", "remove", "restore"]


@settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(
    seed=st.integers(0, 2**32 - 1),
    acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(1, 16)), max_size=6),
)
def test_alarms_and_what_people_did_settle_the_same_for_every_arrival_order(seed, acts):
    straight, shuffled = lived(0, acts), lived(seed, acts, shuffle=True)
    assert shuffled == straight


def lived(seed, acts, *, shuffle=False):
    """Everything settled after some hot minutes in which people did things, and its digest."""
    feed = Feed(
        PLANT, bend=lambda p, s, v: v + min(40, max(0, 1.5 * (s - 20))) if p == TEMPERATURE else v
    )
    batch = feed.readings(0, 200)
    rng = np.random.default_rng(seed)
    jitter = rng.integers(0, 2 * SECOND, len(batch)) if shuffle else 0
    received = batch.time + jitter
    order = np.argsort(received, kind="stable")
    twin = Twin(PLANT)
    for event in feed.up():
        twin.apply(event, T0)
    due = sorted(acts, key=lambda act: act[1])
    for s in range(0, 210, 10):
        until = T0 + s * SECOND
        which = order[(received[order] >= until - 10 * SECOND) & (received[order] < until)]
        if len(which):
            twin.apply(
                Batch(
                    batch.point[which], batch.time[which], batch.value[which],
                    batch.status[which], received[which],
                ),
                until,
            )  # fmt: skip
        for kind, at in due:
            if at * 10 == s:
                edit = Edit(kind=kind, point=TEMPERATURE, user="ada", until=until + 60 * SECOND)
                twin.edit(edit, until)
    found = twin.snapshot(T0)
    past = found.past
    return (
        found.digest, found.alarms, found.incidents, past.chronicle, past.ended.tobytes(),
        past.alarms.time.tobytes(), past.made.tobytes(), past.suppressed.tobytes(),
    )  # fmt: skip


def test_the_digest_covers_the_state_of_alarms():
    def digest(*kinds):
        return lived(0, [(kind, 12) for kind in kinds])[0]

    assert len({digest(), digest("acknowledge"), digest("shelve"), digest("remove")}) == 4
