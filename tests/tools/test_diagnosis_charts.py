"""A diagnosis as something to draw."""

from functools import cache

import pytest

from tests.twin_core.diagnosis import quay
from tools.diagnosis_charts import diagnosis_charts
from twin_core.chart import Gantt, Waterfall
from twin_core.diagnosis.diagnose import diagnose

NORTH = "quay/hall/north"


@cache
def found(name):
    day = {"well": quay.Day(), "leak": quay.Day(leak=20.0)}[name]
    return diagnose(quay.lived(day), NORTH, 1200.0, 1)


def test_what_a_line_lost_is_divided_up_without_a_rest():
    """From usual to now, machine by machine: the parts add up to what was lost."""
    lost = found("leak")
    fall, _ = diagnosis_charts(lost, quay.plant())
    assert isinstance(fall, Waterfall)
    assert fall.value == lost.usual
    assert fall.value + sum(s.value for s in fall.steps) == pytest.approx(lost.rate)
    assert [s.value for s in fall.steps] == sorted(s.value for s in fall.steps)


def test_the_signs_of_the_cause_lie_along_its_path():
    """Rows from where it sits to where it is complained of, a span each, from its onset on."""
    leak = found("leak")
    _, course = diagnosis_charts(leak, quay.plant())
    assert isinstance(course, Gantt)
    assert course.rows[0] == course.spans[0].row
    assert course.start == min(leak.causes[0].onset, course.start)
    assert all(0 <= span.start <= span.end for span in course.spans)
    assert any("is high" in span.label.split(" and ") for span in course.spans)
    assert [span.row for span in course.spans] == list(course.rows)


def test_where_nothing_is_lost_nothing_is_drawn():
    """No cause, no picture of one."""
    assert diagnosis_charts(found("well"), quay.plant()) == ()
