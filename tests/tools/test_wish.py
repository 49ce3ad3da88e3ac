"""A set-point that a person wants: exactly that, simulated, and never beyond its limits."""

from dataclasses import replace

import pytest

from tests.fakes import FakeForecaster
from tests.tools.box import Box
from tests.tools.scenery import FILLER4, NOW, Window, snapshot, waiting
from tests.tools.standins import compare, diagnose
from twin_core.governance.action import WritePlan
from twin_core.twin import Quarantine

BOWL = f"{FILLER4}/bowl_pressure_setpoint"


def bowl(value, kind="set"):
    """The bowl pressure of filler 4, as a person asks for it."""
    return {"asset": "filler 4", "kind": kind, "measurement": "bowl pressure", "value": value}


@pytest.mark.parametrize(
    ("change", "point", "value"),
    [
        (bowl(2.6), BOWL, 2.6),
        (bowl(0.1, "shift"), BOWL, 2.1),
        ({"asset": "filler 4", "kind": "speed", "value": 95}, f"{FILLER4}/speed_setpoint", 570),
        ({"asset": "filler 4", "kind": "set", "value": 520}, f"{FILLER4}/speed_setpoint", 520),
    ],
)
async def test_what_is_asked_for_is_what_is_handed_in(change, point, value):
    """One write to exactly that, with a forecast of the line, and the point in its basis."""
    box = Box()
    found = await box("propose", asset="filler 4", change=change)
    ((draft, _),) = box.desk.submitted
    assert isinstance(draft.action, WritePlan)
    assert (draft.action.steps[-1].point, draft.action.steps[-1].value) == (point, value)
    assert draft.basis.points[0].point == point
    assert draft.effect is not None
    assert draft.effect.line == "riverside/packaging/line4"
    assert "90 % interval" in found.text


async def test_what_is_a_remedy_as_well_is_proposed_as_that():
    """With the cause it is against."""
    box = Box()
    await box("propose", asset="line 4", change=bowl(2.4))
    ((draft, _),) = box.desk.submitted
    assert draft.evidence[0].kind == "cause"


async def test_no_cause_is_needed():
    """Where nothing is wrong a person may want another value all the same."""
    box = Box()
    change = {"asset": "filler 2", "kind": "set", "measurement": "speed", "value": 480}
    found = await box("propose", asset="filler 2", change=change)
    assert found.proposals == ("p-00000001",)


@pytest.mark.catches("a person's word moves a limit")
@pytest.mark.parametrize("value", [660.5, 900, 299, -10, 1e12])
async def test_beyond_its_limits_nothing_is_proposed_and_they_are_told(value):
    """With what is allowed, as evidence."""
    box = Box()
    change = {"asset": "filler 4", "kind": "set", "measurement": "speed", "value": value}
    found = await box("propose", asset="filler 4", change=change)
    assert found.status == "failed"
    assert box.desk.submitted == []
    (limits,) = found.evidence
    assert (limits.data["low"], limits.data["high"]) == (300, 660)
    assert "beyond the limits" in limits.statement


@pytest.mark.catches("a safety-critical point is proposed because a person asks for it")
async def test_what_is_safety_critical_is_never_proposed():
    """Nor what is only measured."""
    here = snapshot()
    spec = here.plant.point(BOWL).spec
    object.__setattr__(spec, "safety_critical", True)
    try:
        box = Box(Window(here))
        found = await box("propose", asset="filler 4", change=bowl(2.6))
    finally:
        object.__setattr__(spec, "safety_critical", False)
    assert "safety-critical" in found.text
    assert box.desk.submitted == []
    measured = {"asset": "filler 4", "kind": "set", "measurement": "vibration", "value": 1}
    found = await box("propose", asset="filler 4", change=measured)
    assert "it is measured, not set" in found.text
    assert box.desk.submitted == []


async def test_a_bare_number_that_fits_no_set_point_is_asked_back():
    """With those there are."""
    change = {"asset": "filler 4", "kind": "set", "value": 9000}
    found = await Box()("propose", asset="filler 4", change=change)
    assert found.status == "failed"
    assert any("speed" in choice for choice in found.choices)


@pytest.mark.parametrize("kind", ["stop", "people"])
async def test_only_a_set_point_can_be_asked_for(kind):
    """What nothing here could write is no proposal."""
    box = Box()
    change = {"asset": "filler 4", "kind": kind, "value": 1}
    assert (await box("propose", asset="filler 4", change=change)).status == "failed"
    assert box.desk.submitted == []


async def test_what_stands_there_already_is_not_proposed():
    """Nothing would change."""
    box = Box()
    assert (await box("propose", asset="filler 4", change=bowl(2.0))).status == "failed"
    assert box.desk.submitted == []


async def test_a_set_point_that_is_not_believed_is_not_moved():
    """No fresh reading, no basis, no proposal."""
    held = Quarantine(point=BOWL, rule="stuck", since=NOW, value=2.0, reason="stuck")
    window = Window(replace(snapshot(), quarantined={BOWL: held}))
    box = Box(window, forecaster=FakeForecaster(diagnose=diagnose, compare=compare))
    assert (await box("propose", asset="filler 2", change=bowl(2.6))).status == "no_data"
    assert box.desk.submitted == []


async def test_the_same_wish_that_waits_is_not_handed_in_again():
    """It is answered with the proposal that waits."""
    first = Box()
    await first("propose", asset="filler 4", change=bowl(2.6))
    same = waiting().model_copy(update={"action": first.desk.submitted[0][0].action})
    box = Box(Window(proposals=[same]))
    found = await box("propose", asset="filler 4", change=bowl(2.6))
    assert (found.proposals, box.desk.submitted) == ((same.proposal,), [])
