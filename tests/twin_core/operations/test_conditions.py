"""What controllers report of their own alarms: what stands, what is certain, what is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin_core.plant_fixture import T0, bakery
from twin_core.condition import ConditionEvent, ConditionReport
from twin_core.errors import UnknownName
from twin_core.ingest import Twin
from twin_core.operations.conditions import EVENTS, MOST, Conditions
from twin_core.reading import SourceEvent
from twin_core.value import SECOND

PLANT = bakery()
SOURCE = PLANT.sources[0].id
UNIT = next(iter(PLANT.units.values()))


def said(condition="c", at=0, **told):
    """An alarm that needs somebody, so many seconds after the start."""
    given = {"severity": 500, "retain": True, "active": True, "acked": False, **told}
    return ConditionEvent(condition=condition, time=T0 + at * SECOND, **given)


def report(*events, **told):
    return ConditionReport(source=SOURCE, time=T0, events=events, **told)


def after(*reports, offset_us=0):
    """What stands after these reports."""
    conditions = Conditions(PLANT)
    for told in reports:
        conditions.take(told, offset_us)
    return conditions


def names(conditions):
    return [c.said.condition for c in conditions.view(T0)]


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({}, "unacknowledged"),
        ({"acked": True}, "acknowledged"),
        ({"active": False}, "returned"),
        ({"active": False, "acked": True, "confirmed": False}, "unconfirmed"),
        ({"active": False, "acked": True}, "normal"),
        ({"active": None, "acked": None}, "normal"),
        ({"active": None}, "unacknowledged"),
        ({"suppressed": True}, "suppressed"),
        ({"shelved": "timed", "suppressed": True}, "shelved"),
        ({"out_of_service": True, "shelved": "one_shot"}, "out_of_service"),
        ({"enabled": False}, "disabled"),
        ({"condition": ""}, "event"),
    ],
)
def test_its_state_is_named_as_isa_18_2_does(told, state):
    """What takes an alarm from the operator's list weighs more than whether it is active."""
    (one,) = after(report(said(**{"condition": "c", **told}))).view(T0)
    assert one.state == state


def test_it_is_about_a_point_or_a_unit_by_name_or_its_source():
    """By its node first, then by its source's name in any spelling, else nothing is guessed."""
    point = UNIT.points[0].id
    found = after(
        report(
            said("a", 1, point=point, source_name="nothing"),
            said("b", 2, source_name=UNIT.name.upper().replace(" ", "_")),
            said("c", 3, source_name=UNIT.id),
            said("d", 4, source_name="Annex"),
            said("e", 5, point="s/a/l/t/gone"),
        )
    ).view(T0)
    assert [c.subject for c in found] == [point, UNIT.id, UNIT.id, SOURCE, SOURCE]


def test_times_are_plant_time():
    """What the source's clock is ahead is taken off, as from its readings."""
    (one,) = after(report(said(at=7)), offset_us=7 * SECOND).view(T0)
    assert one.time == T0


def test_what_is_told_whole_replaces_what_stood():
    """Between the beginning and the end of a whole, what is not told again stands no more."""
    both = report(said("a"), said("b"))
    assert names(after(both, report(said("a", 1), begins=True, ends=True))) == ["a"]
    parts = (report(begins=True), report(said("b", 1)), report(ends=True))
    assert names(after(both, *parts)) == ["b"]


def test_what_was_lost_on_the_way_ends_nothing():
    """Where events of a whole were dropped, what was not told may stand all the same."""
    both = report(said("a"), said("b"))
    assert names(after(both, report(begins=True), report(said("a"), lost=3, ends=True))) == [
        "a",
        "b",
    ]


def test_a_lost_source_is_not_certain_until_it_tells_again():
    """Unavailable is a state: what it said last stays, marked."""
    twin = Twin(PLANT)
    twin.apply(SourceEvent(source=SOURCE, kind="up", time=T0), T0)
    twin.apply(report(said("a"), said("b")), T0)
    twin.apply(SourceEvent(source=SOURCE, kind="down", time=T0 + 1, reason="cut"), T0 + 1)
    twin.apply(SourceEvent(source=SOURCE, kind="up", time=T0 + 2), T0 + 2)
    twin.apply(report(said("b", 1)), T0 + 2)
    found = {c.said.condition: c.certain for c in twin.snapshot(T0).conditions}
    assert found == {"a": False, "b": True}


def test_a_report_of_no_source_of_the_plant_is_refused():
    """As an event of it is."""
    with pytest.raises(UnknownName):
        Twin(PLANT).apply(ConditionReport(source="nobody", time=T0), T0)


def test_memory_is_bounded_and_the_worst_are_kept():
    """Of more conditions than can be kept the least severe are left out, which is told."""
    events = [said(str(i), severity=i % 1000 + 1) for i in range(3000)]
    conditions = after(*(report(*events[i : i + 50]) for i in range(0, 3000, 50)))
    kept = conditions.view(T0)
    assert MOST <= len(kept) <= MOST + 100
    assert len(kept) + conditions.left_out == 3000
    assert sum(c.said.severity == 1000 for c in kept) == 3
    conditions.take(report(said("x"), begins=True, ends=True), 0)
    assert (len(conditions.view(T0)), conditions.left_out) == (1, 0)


def test_events_go_after_an_hour_and_only_the_newest_are_kept():
    """What has no state does not stand: it was said."""
    conditions = after(report(*(said("", i) for i in range(EVENTS + 50))))
    assert len(conditions.view(T0)) == EVENTS
    assert [c.time for c in conditions.view(T0 + (3600 + EVENTS + 40) * SECOND)] == [
        T0 + i * SECOND for i in range(EVENTS + 40, EVENTS + 50)
    ]


_EVENT = st.builds(
    said, st.sampled_from(["a", "b", "c", ""]), st.integers(0, 5),
    branch=st.sampled_from(["", "x"]), retain=st.booleans(), acked=st.booleans(),
)  # fmt: skip
_REPORT = st.builds(
    lambda events, begins, ends, lost: report(*events, begins=begins, ends=ends, lost=lost),
    st.lists(_EVENT, max_size=4), st.booleans(), st.booleans(), st.integers(0, 1),
)  # fmt: skip
_LOG = st.lists(
    _REPORT | st.builds(SourceEvent, source=st.just(SOURCE), kind=st.sampled_from(["up", "down"]),
                        time=st.just(T0)),
    max_size=12,
)  # fmt: skip


@given(_LOG)
def test_the_log_alone_decides_and_settled_state_does_not(log):
    """The same entries, through JSON as the log keeps them, give the same; no digest shows it."""
    first, again, without = Twin(PLANT), Twin(PLANT), Twin(PLANT)
    for entry in log:
        first.apply(entry, T0)
        first.snapshot(T0)  # what is asked changes nothing
        body = entry.model_dump_json(exclude_defaults=True)
        again.apply(type(entry).model_validate_json(body), T0)
        if isinstance(entry, SourceEvent):
            without.apply(entry, T0)
    assert again.snapshot(T0).conditions == first.snapshot(T0).conditions
    assert without.snapshot(T0).digest == first.snapshot(T0).digest
