"""A proposal rehearsed from end to end: a real gate, real connectors, a virtual controller."""

import os
import signal
import sys

import pytest

import evals.rehearsal
from evals.rehearsal import FAULTS, rehearse
from evals.virtual.process import VirtualController
from tests.evals.rehearsing import PACE, scene, written
from twin_core.errors import BadInput, SourceDown
from twin_core.governance.action import Inspection
from twin_core.governance.rehearsal import PLANNED, UNDONE

_connected: list[object] = []
_hooked: list[bool] = []


def _note(event, told):
    if event == "socket.connect":
        _connected.append(told[1])


@pytest.fixture
def contacts():
    """Every address that a socket of this process connects to from now on."""
    if not _hooked:
        sys.addaudithook(_note)
        _hooked.append(True)
    _connected.clear()
    return _connected


@pytest.fixture
def controllers(monkeypatch):
    """The virtual controllers that are started."""
    found = []

    class Kept(VirtualController):
        def __enter__(self):
            found.append(self)
            return super().__enter__()

    monkeypatch.setattr(evals.rehearsal, "VirtualController", Kept)
    return found


def nobody(_text):
    """Who does not listen."""


@pytest.mark.slow
def test_a_plan_is_carried_out_undone_and_meets_every_fault(contacts):
    """The effect is seen as forecast; what goes wrong ends undone, or locked; only this machine."""
    said: list[str] = []
    report = rehearse(scene(), said.append, factor=30.0)
    assert report.passed, report.model_dump_json(indent=1)
    assert [one.name for one in report.passes] == [PLANNED, UNDONE, *FAULTS.values()]
    planned, undone, refused, astray, lost = report.passes
    assert (planned.stage, planned.stands) == ("effect_seen", {PACE: 45.0})
    assert [step.read_back for step in planned.steps] == [52.0, 45.0]
    assert (undone.stage, undone.stands) == ("rolled_back", {PACE: 60.0})
    assert (refused.stage, refused.stands) == ("rolled_back", {PACE: 60.0})
    assert (astray.stage, astray.steps[1].state) == ("failed", "astray")
    assert (lost.stage, lost.steps[1].state) == ("unknown", "lost")
    assert all(one.result.count("p-") == one.result.count("p-00000001") for one in report.passes)
    assert report.effect is not None
    assert report.effect.before == pytest.approx(60.0, abs=3.0)
    assert report.effect.after == pytest.approx(report.effect.forecast, rel=0.1)
    assert report.effect.reached == pytest.approx(45.0, abs=3.0)
    assert any("its author" in one.what and "refused" in one.found for one in report.looked)
    assert said
    ports = {address[1] for address in contacts if isinstance(address, tuple)}
    assert ports
    assert {a[0] for a in contacts if isinstance(a, tuple)} <= {"127.0.0.1", "::1"}


def test_what_policy_denies_is_not_rehearsed_any_further():
    """A machine that only may be observed; the report says by which rule."""
    report = rehearse(scene(effect=False, trust="observe"), nobody)
    assert [(one.stage, one.held) for one in report.passes] == [("denied", False)]
    assert not report.passed
    assert any("trust" in one.found or "observe" in one.found for one in report.looked)


def test_a_controller_that_dies_meanwhile_ends_it_in_one_sentence(controllers):
    """No report comes of it, and nothing is left running."""

    def kill(text):
        if text.startswith(PLANNED):
            os.kill(controllers[0].pid, signal.SIGKILL)

    with pytest.raises(SourceDown, match="virtual controller"):
        rehearse(scene(written(52.0), effect=False), kill, faults=())
    with pytest.raises(AssertionError):
        assert controllers[0].pid


@pytest.mark.parametrize("factor", [0.0, -1.0, 61.0, float("nan"), float("inf")])
def test_a_factor_that_cannot_be_is_refused(factor):
    """With what is allowed."""
    with pytest.raises(BadInput, match="1 to 60"):
        rehearse(scene(effect=False), nobody, factor=factor)


def test_a_job_for_people_is_not_rehearsed():
    """Nothing of it is a controller's."""
    job = Inspection(asset="holm/mill/boards/saw", task="look")
    with pytest.raises(BadInput, match="only writes"):
        rehearse(scene(job, effect=False), nobody)
