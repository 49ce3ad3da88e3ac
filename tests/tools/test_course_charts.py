"""Courses as charts: before and after, and what tells most beside the rate."""

from tests.tools.scenery import LINE4, snapshot
from tests.tools.standins import forecast
from tools.course_charts import course_charts
from tools.forecasts import risk_name, worst_risks
from twin_core.simulation.scenario import Course, Estimate, Risk, Scenario

PLANT = snapshot().plant
LEVELS = [f"{LINE4}/conveyor_{n}/level" for n in range(1, 7)]


def going(subject, *mean, kind="level", wide=2.0):
    return Course(
        kind=kind, subject=subject, unit="{bottle}", at_s=tuple(60.0 * k for k in range(len(mean))),
        mean=mean, low=tuple(m - wide for m in mean), high=tuple(m + wide for m in mean),
    )  # fmt: skip


def chance(subject, side, p, limit=100.0):
    return Risk(
        subject=subject, side=side, limit=limit, unit="{bottle}",
        probability=Estimate(mean=p, low=p, high=p, unit="1"),
    )  # fmt: skip


def told(*courses, risks=()):
    found = forecast(snapshot(), Scenario(name="x", line=LINE4))
    rate = going(LINE4, 500.0, 490.0, kind="rate")
    return found.model_copy(update={"courses": (rate, *courses), "risks": risks})


def test_the_rate_then_what_differs_most():
    """Each with a curve and band before and after; what stays alike is not shown."""
    before = told(*(going(level, 50.0, 50.0) for level in LEVELS))
    after = told(*(going(level, 50.0, 50.0 + 3 * n) for n, level in enumerate(LEVELS)))
    rate, *others = course_charts([("as it is", before), ("capper 4 slow", after)], PLANT, 3)
    assert rate.title == "Rate of line 4, simulated: mean and 90 % of runs"
    assert [s.name for s in rate.series] == ["as it is", "capper 4 slow"]
    assert rate.series[0].time == (before.start, before.start + 60_000_000)
    assert [chart.series[1].value[1] for chart in others] == [65.0, 62.0, 59.0]
    assert others[0].series[1].low == (48.0, 63.0)


def test_what_is_likely_past_its_limit_is_shown_first():
    """Also where it differs less than others."""
    before = told(*(going(level, 50.0, 50.0) for level in LEVELS))
    after = told(
        *(going(level, 50.0, 50.0 + n) for n, level in enumerate(LEVELS)),
        risks=(chance(LEVELS[1], "above", 0.4),),
    )
    _, first = course_charts([("as it is", before), ("slow", after)], PLANT, 1)
    assert first.series[1].value == (50.0, 51.0)


def test_what_stays_as_it_is_is_compared_along_the_whole_way():
    """Its ends are all that is told of it."""
    flat = going(LEVELS[0], 50.0, 50.0).model_copy(update={"at_s": (0.0, 240.0)})
    moved = going(LEVELS[0], 50.0, 50.0, 80.0, 50.0, 50.0)
    charts = list(course_charts([("as it is", told(flat)), ("slow", told(moved))], PLANT, 3))
    assert len(charts) == 2


def test_forecasts_without_courses_have_no_such_chart():
    """And one alone shows its rate, and what it is likely to leave."""
    bare = forecast(snapshot(), Scenario(name="x", line=LINE4))
    assert list(course_charts([("as it is", bare)], PLANT, 3)) == []
    alone = told(going(LEVELS[0], 50.0, 90.0), risks=(chance(LEVELS[0], "full", 0.5),))
    assert len(list(course_charts([("as it is", alone)], PLANT, 3))) == 2


def test_a_buffer_that_runs_full_or_empty_is_told_after_limits_and_where_it_is_no_habit():
    """By the conveyor's name, or that of the machine before it."""
    limit = chance(f"{LINE4}/filler/bowl_pressure", "below", 0.1, 1.5)
    full, empty = chance(LEVELS[0], "full", 0.6), chance(f"{LINE4}/filler", "empty", 0.99)
    assert worst_risks(told(risks=(full, empty, limit)), None) == [limit, full]
    before = told(risks=(chance(LEVELS[0], "full", 0.55),))
    assert worst_risks(told(risks=(full, empty)), before) == [empty]
    assert risk_name(full, PLANT) == "depalletizer-rinser conveyor 4 running full"
    assert risk_name(empty, PLANT) == "the buffer after filler 4 running empty"
