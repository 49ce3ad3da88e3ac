"""The metrics of ISA-18.2: floods, chattering, stale, worst tags, priorities; and first-out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin_core.plant_fixture import BAG, GAS, OVEN, T0, bakery
from twin_core.operations.alarm import Alarm
from twin_core.operations.alarm_journal import MOST, Activations, Journal
from twin_core.operations.alarm_metrics import TEN_MINUTES, flood, flooded, measured
from twin_core.operations.first_out import CLOCK_US, Onset, groups, ranked
from twin_core.value import SECOND

PLANT = bakery({"o4, names": "o4, alarm: {priority: high}, names"})
TEMPERATURE, CURRENT = f"{OVEN}/temperature", f"{BAG}/motor_current"
HOUR = 3600 * SECOND


def journal(*raised, since=T0):
    """Raised: (seconds after T0, point)."""
    rows = sorted((T0 + int(s * SECOND), PLANT.index[point]) for s, point in raised)
    time, point = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    return Journal(since, time, point, np.ones(len(time), np.int64))


def found(given, seconds=3600, start_s=0, standing=(), under=""):
    return measured(
        PLANT, given, standing, T0 + start_s * SECOND, T0 + seconds * SECOND, under=under
    )


def test_alarms_are_counted_per_hour_and_per_ten_minutes():
    m = found(journal(*[(60 * k, CURRENT) for k in range(1, 7)]), seconds=7200)
    assert (m.alarms, m.per_hour, m.per_10_min, m.most_in_10_min) == (6, 3, 0.5, 6)


def test_a_flood_starts_at_ten_alarms_in_ten_minutes_and_ends_below_five():
    ten = [T0 + k * 30 * SECOND for k in range(10)]
    assert flooded(ten[:9], T0 + HOUR) == []
    start, fifth = ten[9], ten[5]
    assert flooded(ten, T0 + HOUR) == [(start, fifth + TEN_MINUTES)]
    assert flooded(ten, start + SECOND) == [(start, None)]


def test_a_flood_is_told_while_it_goes_on():
    raised = journal(*[(30 * k, CURRENT) for k in range(10)])
    going_on = flood(raised, T0 + 300 * SECOND)
    assert going_on is not None
    assert (going_on.start, going_on.end) == (T0 + 270 * SECOND, None)
    assert flood(raised, T0 + 2 * HOUR) is None


@given(st.lists(st.integers(0, 7200), max_size=60))
def test_in_a_flood_there_are_never_fewer_than_five_and_outside_never_ten(seconds):
    times = sorted(T0 + s * SECOND for s in seconds)
    spans = flooded(times, T0 + 10 * HOUR)
    for at in range(T0, T0 + 9000 * SECOND, 60 * SECOND):
        count = sum(at - TEN_MINUTES < t <= at for t in times)
        inside = any(a <= at < b for a, b in spans if b is not None)
        assert count >= 5 if inside else count < 10


def test_the_share_of_time_in_flood_and_of_the_worst_tags_is_told():
    m = found(journal(*[(60 + 30 * k, CURRENT) for k in range(10)], (3000, TEMPERATURE)))
    assert m.flood_share == pytest.approx((60 + 150 + 600 - 330) / 3600)
    assert [(t.point, t.count) for t in m.worst] == [(CURRENT, 10), (TEMPERATURE, 1)]
    assert m.worst_share == 1.0
    assert m.priorities == {"low": 10 / 11, "medium": 0, "high": 1 / 11}


def test_three_cycles_within_a_minute_are_chattering():
    assert found(journal((100, CURRENT), (120, CURRENT), (140, CURRENT))).chattering == (CURRENT,)
    assert found(journal((100, CURRENT), (130, CURRENT), (160, CURRENT))).chattering == ()
    mixed = journal((100, CURRENT), (120, TEMPERATURE), (140, CURRENT))
    assert found(mixed).chattering == ()


def test_an_alarm_that_stands_for_more_than_a_day_is_stale():
    def standing(state, hours):
        return Alarm(
            point=CURRENT, side="high", limit=20, value=21, state=state,
            raised=T0 - hours * HOUR, since=T0,
        )  # fmt: skip

    for alarm, stale in [
        (standing("acknowledged", 24), True),
        (standing("acknowledged", 22), False),
        (standing("shelved", 48), False),
    ]:
        assert bool(found(journal((1, CURRENT)), standing=[alarm]).stale) is stale


def test_what_is_not_remembered_is_not_counted_and_no_alarm_gives_no_share():
    m = found(journal((1800, CURRENT), since=T0 + 1700 * SECOND), start_s=0)
    assert (m.start, m.alarms) == (T0 + 1700 * SECOND, 1)
    nothing = found(journal((1800, CURRENT)), under=f"{GAS}")
    assert (nothing.alarms, nothing.per_hour, nothing.worst_share, nothing.priorities) == (
        0, 0, None, {},
    )  # fmt: skip
    none = found(journal((1, CURRENT)), seconds=0)
    assert (none.per_hour, none.flood_share) == (None, None)


def test_the_journal_is_bounded_and_says_how_far_back_it_reaches():
    writer = Activations()
    writer.begin(T0)
    for k in range(3):
        writer.add(T0 + k, 0, 1)
    assert writer.journal().since == T0
    for k in range(MOST):
        writer.add(T0 + 10 + k, 0, 1)
    assert len(writer.journal().time) == MOST
    assert writer.journal().since == T0 + 10


def test_the_first_of_a_group_is_named_where_sampling_and_clocks_allow_it():
    def at(ms, source="a", before_ms=1000):
        return Onset(T0 + ms * 1000, before_ms * 1000, source)

    assert ranked([at(0)]) == [None]
    assert ranked([at(5000), at(0), at(9000)]) == ["later", "first", "later"]
    assert ranked([at(0), at(900)]) == ["possible", "possible"]
    assert ranked([at(0), at(900), at(9000)]) == ["possible", "possible", "later"]
    apart = 1500
    assert ranked([at(0), at(apart)]) == ["first", "later"]
    assert ranked([at(0), at(apart, source="b")]) == ["possible", "possible"]
    far = apart + CLOCK_US // 1000
    assert ranked([at(0), at(far, source="b")]) == ["first", "later"]


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5), st.sampled_from("ab")), min_size=2)
)
def test_a_group_always_has_a_first_or_some_that_are_possible(given_):
    ranks = ranked([Onset(T0 + t * SECOND, b * SECOND, s) for t, b, s in given_])
    assert ranks.count("first") == 1 or ranks.count("possible") >= 2
    assert not ("first" in ranks and "possible" in ranks)


def test_a_producer_is_compared_with_its_header_and_a_machine_with_itself():
    under = groups(PLANT)
    assert under[GAS] == GAS
    assert under[OVEN] == OVEN
