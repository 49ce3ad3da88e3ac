"""From where a scenario starts."""

from dataclasses import replace

import numpy as np
import pytest

from tests.twin_core.simulation.sawmill import FAN, LINE, SAW, T0, Mill
from twin_core.errors import ImpossibleScenario
from twin_core.operations.incident import Incident
from twin_core.simulation.forecaster import compare, forecast
from twin_core.simulation.scenario import AsOf, Healthy, Live, Scenario
from twin_core.value import SECOND

GO_ON = Scenario(name="go on", line=LINE)


def since(start, **more):
    return GO_ON.model_copy(update={"start": start, **more})


def slow_saw(minutes=10):
    """A saw that reaches 70 % of its speed for the last minutes."""
    speed = np.full(360, 60.0)
    speed[-6 * minutes :] = 42.0
    return Mill(columns={f"{SAW}/speed": speed}, rate=speed).snapshot()


def incident(**more):
    return Incident(
        id="in-1", kind="rate_loss", subject=LINE, line=LINE, opened=T0 - 500 * SECOND,
        severity=3, statement="", opened_by=(),
    ).model_copy(update=more)  # fmt: skip


def test_by_default_it_starts_now():
    """From the live state, at the end of what is settled."""
    assert GO_ON.start == Live()
    found = forecast(slow_saw(), GO_ON, 1, 24)
    assert found.start == T0
    assert found.rate.mean < 45


def test_as_of_a_moment_nothing_later_is_known():
    """Twenty minutes ago the saw was well."""
    at = T0 - 20 * 60 * SECOND
    found = forecast(slow_saw(), since(AsOf(at=at)), 1, 24)
    assert found.start == at
    assert found.rate.mean > 55


@pytest.mark.parametrize("ago_s", [-10, 4000])
def test_a_moment_outside_the_last_hour_is_refused(ago_s):
    """With how far back one may ask."""
    with pytest.raises(ImpossibleScenario, match="0 to 3590 s ago"):
        forecast(slow_saw(), since(AsOf(at=T0 - ago_s * SECOND)), 1, 2)


@pytest.mark.parametrize("subject", [LINE, SAW, FAN, f"{FAN}/draft"])
def test_healthy_is_before_the_first_open_incident(subject):
    """On the line, or on what supplies it."""
    here = subject.startswith(LINE)
    ill = replace(slow_saw(), incidents=(incident(subject=subject, line=LINE if here else None),))
    (found,) = compare(ill, since(Healthy()), [GO_ON], 1, 24)
    assert found.baseline.rate.mean > 55
    assert found.baseline.start == T0 - 560 * SECOND
    assert found.gain.mean < -10
    assert found.distinguishable


def test_trouble_older_than_memory_leaves_the_nameplate():
    """And that is said."""
    ill = replace(slow_saw(), incidents=(incident(opened=T0 - 7200 * SECOND),))
    found = forecast(ill, since(Healthy()), 1, 24)
    assert found.rate.mean > 50
    assert any("nameplates" in sentence for sentence in found.unsaid)
    assert not any("nameplates" in s for s in forecast(ill, GO_ON, 1, 2).unsaid)


@pytest.mark.parametrize(
    "other", [incident(closed=T0), incident(subject="holm/yard/logs/deck", line=None)]
)
def test_what_is_closed_or_elsewhere_is_no_trouble(other):
    """Then healthy is what is usual now."""
    well = replace(Mill().snapshot(), incidents=(other,))
    assert forecast(well, since(Healthy()), 1, 2).start == T0


def test_a_machine_that_stands_does_not_when_it_is_healthy():
    """Nothing is under way in the line as it usually is."""
    state = np.full(360, 6.0)
    state[-30:] = 11.0
    speed = np.where(state == 6.0, 60.0, 0.0)
    ill = Mill(columns={f"{SAW}/state": state, f"{SAW}/speed": speed}, rate=speed).snapshot()
    ill = replace(ill, incidents=(incident(opened=T0 - 290 * SECOND),))
    assert forecast(ill, since(Healthy()), 1, 24).rate.mean > forecast(ill, GO_ON, 1, 24).rate.mean


def test_a_machine_that_is_known_to_stop_otherwise_is_believed_to():
    """Two stops in ten minutes cost more to come where they are known to be the trouble."""
    state = np.full(360, 6.0)
    state[[310, 311, 340, 341]] = 11.0
    snapshot = Mill(columns={f"{SAW}/state": state}).snapshot()
    began = Live(began=((SAW, T0 - 600 * SECOND),))
    unsure = forecast(snapshot, GO_ON, 1, 60).rate
    known = forecast(snapshot, since(began), 1, 60).rate
    assert known.mean < unsure.mean
    assert known.low < unsure.low
