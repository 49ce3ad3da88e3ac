"""The write discipline on a wire that only exists here; real wires are in tests/contracts."""

import asyncio
import math
from typing import Any

import pytest

from connectors.field_write import FieldWrite, Form, Seen
from tests.devices import PATH, OpcUaTank
from twin_core.errors import SourceDown
from twin_core.governance.action import Command, Inspection, WriteStep
from twin_core.reading import BAD, GOOD, GOOD_LOCAL_OVERRIDE

POINTS = {point.id: point for point in OpcUaTank().plant.points}
SETPOINT = PATH["setpoint"]


class FakeWire:
    """A device that takes every write; tests overrule `answers` and what happens on a sleep."""

    def __init__(self, value=40.0):
        self.values = {SETPOINT: value, PATH["running"]: 0.0}
        self.status = GOOD
        self.answers = {}
        self.writes = []
        self.slept = []
        self.on_sleep = lambda: None
        self.down_after = math.inf
        self.calls = 0
        self.strange = ""

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.on_sleep()

    async def read(self, point):
        self.calls += 1
        if self.calls > self.down_after:
            raise SourceDown("plc", "gone")
        return Seen(self.values[point.id], self.status)

    async def stranger(self, point):
        return self.strange

    def encode(self, point, value):
        return Form(value, value)

    async def write(self, point, encoded):
        self.writes.append(encoded)
        status = self.answers.get(len(self.writes), GOOD)
        if status == GOOD:
            self.values[point.id] = encoded
        return status

    def quantum(self, point, value):
        return 0.0


def writer(wire):
    return FieldWrite(wire, POINTS, confirm_s=0.0, sleep=wire.sleep)


def command(deadline_s=60.0, **step):
    given = {"point": SETPOINT, "unit": "Cel", "old": 40.0, "value": 60.0, "check": 0.01, **step}
    return Command(
        key="k", proposal="p", epoch=1, purpose="execute", step=WriteStep(**given),
        deadline_s=deadline_s,
    )  # fmt: skip


@pytest.mark.catches("a value that stands there is called failed, and so is never undone")
async def test_a_handshake_is_waited_for_by_the_gate():
    """A written value is verified when it is read back; what must follow it is not asked here."""
    wire = FakeWire()
    outcome = await writer(wire).execute(command(handshake=(PATH["running"], 1.0)))
    assert (outcome.result, wire.slept) == ("verified", [])


@pytest.mark.catches("a look that saw nothing says that nothing was sent")
async def test_a_look_without_an_answer_is_unknown():
    """A look whose deadline passes has seen nothing, and claims nothing."""
    wire: Any = FakeWire()

    async def hang(_point):
        await asyncio.Event().wait()

    wire.read = hang
    outcome = await writer(wire).look(command(deadline_s=0.01))
    assert outcome.result == "unknown"
    assert "sent" not in outcome.detail


@pytest.mark.catches("a write over the person at the panel")
async def test_a_value_under_local_control_is_left_alone():
    """GoodLocalOverride means that a person at the panel owns the value: nothing is sent."""
    wire = FakeWire()
    wire.status = GOOD_LOCAL_OVERRIDE
    outcome = await writer(wire).execute(command())
    assert (outcome.result, outcome.sent) == ("not_applied", False)
    assert "panel" in outcome.detail


async def test_an_answer_of_local_control_is_a_failure():
    """A write answered GoodLocalOverride has failed, whatever stands there."""
    wire = FakeWire()
    wire.answers[1] = GOOD_LOCAL_OVERRIDE
    outcome = await writer(wire).execute(command())
    assert (outcome.result, outcome.status) == ("failed", GOOD_LOCAL_OVERRIDE)


async def test_f37_completion_later_is_waited_for():
    """GoodCompletesAsynchronously is verified once the target stands there, not before."""
    wire = FakeWire()
    wire.answers[1] = 0x002E0000

    def complete():
        if len(wire.slept) == 3:
            wire.values[SETPOINT] = 60.0

    wire.on_sleep = complete
    outcome = await writer(wire).execute(command())
    assert (outcome.result, outcome.status) == ("verified", 0x002E0000)
    assert len(wire.writes) == 1


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ({"point": "s/a/l/t/none"}, "no point of this source"),
        ({"point": PATH["temperature"]}, "not offered for writing"),
        ({"unit": "[degF]"}, "[degF] was given"),
    ],
)
async def test_f44_a_step_that_cannot_be_meant_is_not_sent(step, why):
    """Unknown point, unwritable point, wrong unit: not sent, and the reason is said."""
    wire = FakeWire()
    outcome = await writer(wire).execute(command(**step))
    assert (outcome.result, outcome.sent) == ("not_applied", False)
    assert why in outcome.detail
    assert wire.writes == []


async def test_a_value_that_cannot_be_read_is_not_written():
    """A Bad or empty value under the pen means that nothing is sent."""
    for value, status in ((40.0, BAD), (math.nan, GOOD)):
        wire = FakeWire(value)
        wire.status = status
        assert (await writer(wire).execute(command())).sent is False
        assert (await writer(wire).look(command())).result == "unknown"


async def test_a_wire_cut_after_the_answer_is_unknown():
    """Answered, and gone before it could be read back: unknown."""
    wire = FakeWire()
    wire.down_after = 1
    outcome = await writer(wire).execute(command())
    assert (outcome.result, outcome.sent, outcome.acknowledged) == ("unknown", True, True)
    assert outcome.read_back is None


async def test_a_job_is_not_a_write():
    """A job handed to a field wire is not sent."""
    job = command().model_copy(update={"step": Inspection(asset="s/a/l/t", task="look")})
    assert (await writer(FakeWire()).execute(job)).result == "not_applied"
