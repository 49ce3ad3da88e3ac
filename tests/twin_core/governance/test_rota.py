"""Somebody is on call at every moment, and turns change when the plant's clock says so."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin_core.governance.rota import Override, Rota, changes, instant, on_call
from twin_core.value import SECOND

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]
HOUR = 3600 * SECOND
WHEN = st.datetimes(datetime.fromisoformat("2025-01-01"), datetime.fromisoformat("2028-01-01"))


def at(text, zone=BERLIN):
    return instant(datetime.fromisoformat(text), zone)


def rota(**more):
    given = {"people": ("ada", "ben", "cleo"), "starts": date(2026, 10, 19), "handover": time(6)}
    return Rota.model_validate({**given, **more})


def override(start, end, *people):
    return {
        "from": datetime.fromisoformat(start),
        "to": datetime.fromisoformat(end),
        "people": people,
    }


@pytest.mark.parametrize(
    ("when", "who"),
    [
        ("2026-10-19T05:59", "cleo"),
        ("2026-10-19T06:00", "ada"),
        ("2026-10-26T05:59", "ada"),  # the clocks were set back on the 25th
        ("2026-10-26T06:00", "ben"),
        ("2026-11-02T06:00", "cleo"),
        ("2026-11-09T06:00", "ada"),
        ("2026-10-12T06:00", "cleo"),
        ("2027-03-29T05:59", "ben"),
        ("2027-03-29T06:00", "cleo"),  # and forward on the 28th
    ],
)
def test_turns_change_at_the_plants_time_of_day(when, who):
    """Week after week at six by the plant's clock, also where the clocks change, and before."""
    assert on_call(rota(), BERLIN, at(when))[0] == who


def test_all_follow_in_the_order_of_their_turns():
    """Who cannot be reached has somebody behind him."""
    assert on_call(rota(), BERLIN, at("2026-10-27T12:00")) == ("ben", "cleo", "ada")


@pytest.mark.catches("an override that shifts the turns behind it, or holds a moment too long")
def test_who_stands_in_is_called_before_whoever_has_the_turn():
    """From its beginning to its end and no longer; several stand in together."""
    found = rota(
        overrides=(
            override("2026-10-20T08:00", "2026-10-20T20:00", "dora"),
            override("2026-10-20T18:00+01:00", "2026-10-21T08:00+02:00", "ben", "eve"),
        )
    )
    called = {
        when: on_call(found, BERLIN, at(when))
        for when in ("2026-10-20T07:59", "2026-10-20T08:00", "2026-10-20T19:30", "2026-10-20T20:00")
    }
    assert called == {
        "2026-10-20T07:59": ("ada", "ben", "cleo"),
        "2026-10-20T08:00": ("dora", "ada", "ben", "cleo"),
        "2026-10-20T19:30": ("dora", "ben", "eve", "ada", "cleo"),
        "2026-10-20T20:00": ("ben", "eve", "ada", "cleo"),
    }
    assert on_call(found, BERLIN, at("2026-10-21T08:00")) == ("ada", "ben", "cleo")


@pytest.mark.catches("a hand-over compared with the clock's face, which shows 02:30 twice")
def test_a_time_that_comes_twice_or_never_hands_over_once():
    """At the first of two; as far behind the gap where there is none."""
    night = rota(handover=time(2, 30), days=1, starts=date(2026, 10, 24))
    for back, end in (("2026-10-24T22:00+00:00", 30), ("2027-03-27T22:00+00:00", 30)):
        start = at(back)
        turns = [on_call(night, BERLIN, start + i * HOUR // 4)[0] for i in range(4 * end)]
        assert sum(a != b for a, b in pairwise(turns)) == 2
    assert on_call(night, BERLIN, at("2026-10-25T00:29+00:00"))[0] == "ada"
    assert on_call(night, BERLIN, at("2026-10-25T00:30+00:00"))[0] == "ben"
    assert on_call(night, BERLIN, at("2026-10-25T01:15+00:00"))[0] == "ben"
    assert on_call(night, BERLIN, at("2027-03-28T01:29+00:00"))[0] == on_call(
        night, BERLIN, at("2027-03-28T00:00+00:00")
    )[0]  # fmt: skip


def test_a_date_that_a_zone_leaves_out_hands_over_once():
    """Apia went from 29 to 31 December 2011: the turn of the 30th has no length."""
    apia = ZoneInfo("Pacific/Apia")
    daily = rota(days=1, starts=date(2011, 12, 28))
    start = at("2011-12-28T06:00", apia)
    called = [on_call(daily, apia, start + i * HOUR)[0] for i in range(72)]
    assert [called[i] for i in (0, 24, 47, 48, 71)] == ["ada", "ben", "ben", "ada", "ada"]


@st.composite
def rotas(draw):
    people = draw(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=5, unique=True))
    overrides = [
        override(start.isoformat(), (start + timedelta(hours=length)).isoformat(), who)
        for start, length, who in draw(
            st.lists(st.tuples(WHEN, st.integers(1, 500), st.sampled_from("xyz")), max_size=3)
        )
    ]
    return Rota.model_validate(
        {
            "people": people,
            "starts": draw(st.dates(date(2024, 1, 1), date(2029, 1, 1))),
            "handover": time(draw(st.integers(0, 23)), draw(st.sampled_from([0, 15, 30, 59]))),
            "days": draw(st.integers(1, 14)),
            "overrides": overrides,
        }
    )


@given(rotas(), st.sampled_from(ZONES), WHEN)
def test_between_two_changes_the_same_people_are_on_call(found, zone_name, when):
    """Everybody is always there once; nothing changes before `changes` says so."""
    zone = ZoneInfo(zone_name)
    now = instant(when.replace(tzinfo=UTC), zone)
    called = on_call(found, zone, now)
    assert set(found.people) <= set(called)
    assert len(called) == len(set(called))
    until = changes(found, zone, now)
    assert now < until <= now + (found.days + 1) * 24 * HOUR
    for moment in (until - 1, (now + until) // 2):
        assert on_call(found, zone, moment) == called


@given(rotas(), st.sampled_from(ZONES), WHEN)
def test_a_turn_lasts_its_days_by_the_plants_clock(found, zone_name, when):
    """From hand-over to hand-over lie so many local days; nobody is passed over."""
    zone = ZoneInfo(zone_name)
    alone = found.model_copy(update={"overrides": ()})
    start = changes(alone, zone, instant(when.replace(tzinfo=UTC), zone))
    end = changes(alone, zone, start)
    first, last = (datetime.fromtimestamp(t / SECOND, zone).date() for t in (start, end))
    assert (last - first).days == found.days
    order = alone.people
    before, after = (on_call(alone, zone, t)[0] for t in (start - 1, start))
    assert order[(order.index(before) + 1) % len(order)] == after


def test_a_time_far_off_is_refused():
    """An override in the year 1 or 9999 could not be told in another zone."""
    for year in ("0001", "9999"):
        with pytest.raises(ValueError, match="1971 to 2199"):
            Override.model_validate(override(f"{year}-01-01", f"{year}-12-31", "ada"))
