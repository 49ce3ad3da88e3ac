"""What a measured value comes to by a simulation."""

import pytest

from tests.tools.scenery import riverside, snapshot
from tools.outcome import outcome_evidence
from twin_core.simulation.scenario import Course, Estimate, Forecast, Scenario

HEADER = "riverside/utilities/air/header_a/pressure"
RATE = Estimate(mean=500, low=490, high=510, unit="{bottle}/min")


def _forecast(end):
    course = Course(
        kind="value", subject=HEADER, unit="bar", at_s=(0, 900), mean=(6.9, end),
        low=(6.8, end - 0.1), high=(7.0, end + 0.1),
    )  # fmt: skip
    return Forecast(
        scenario=Scenario(name="x", line="riverside/packaging/line1", horizon_s=900), rate=RATE,
        courses=(course,), replications=10, seed=1, model_version="m", state_digest="",
        start=snapshot().now,
    )  # fmt: skip


def _told(as_it_is, then):
    before, after = None if as_it_is is None else _forecast(as_it_is), _forecast(then)
    return outcome_evidence(after, before, riverside().point(HEADER), "more air", snapshot())


def test_a_value_is_told_with_its_interval_beside_as_it_is():
    """At the end of the horizon."""
    now = snapshot().latest(HEADER).value or 0.0
    told = _told(now, now + 0.4)
    assert "comes to" in told.statement
    assert told.data["with"] == pytest.approx(now + 0.4)
    assert told.data["as_it_is"] == pytest.approx(now)


def test_a_potential_that_the_simulation_does_not_hold_is_not_told():
    """Where nothing is changed and it leaves its place, no number of a change is worth telling."""
    now = snapshot().latest(HEADER).value or 0.0
    told = _told(now - 0.6, now)
    assert "cannot be told" in told.statement
    assert "with" not in told.data


def test_without_a_change_a_value_is_told_as_it_is():
    """It is compared with nothing."""
    now = snapshot().latest(HEADER).value or 0.0
    told = _told(None, now + 0.1)
    assert told.statement.startswith("As it is, the ")
    assert ";" not in told.statement
    assert told.data["with"] == pytest.approx(now + 0.1)
