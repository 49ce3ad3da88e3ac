"""The last yards: what comes back late, or not at all, is uncertain and answers nothing else."""

import asyncio

import pytest

from api.dispatch import Dispatcher
from tests.fakes import FakeClock
from tests.twin_core.governance.scene import step
from twin_core.governance.action import Command, Outcome

COMMAND = Command(
    key="p-1/0/1-execute",
    proposal="p-1",
    epoch=1,
    purpose="execute",
    step=step(),
    deadline_s=0.01,
)


class Slow:
    """A connector that answers when it is let."""

    def __init__(self):
        self.go = asyncio.Event()

    async def execute(self, command):
        await self.go.wait()
        return Outcome(key=command.key, result="verified", sent=True, acknowledged=True)

    look = execute


class GivesUp:
    """A connector whose own library cancels what waits in it."""

    async def execute(self, _command):
        raise asyncio.CancelledError

    look = execute


class Desk:
    """A dispatcher before one connector, and the late answers that it handed over."""

    def __init__(self, sink):
        self.sink, self.late = sink, []
        self.dispatcher = Dispatcher({"plc": sink}, FakeClock(), self.barred, self.take)

    async def barred(self, _step):
        return ""

    async def take(self, outcome):
        self.late.append(outcome)

    async def rest(self):
        """Let everything that still runs come to its end."""
        self.sink.go.set()
        for _ in range(10):
            await asyncio.sleep(0)


async def test_a_late_answer_to_a_command_is_handed_over():
    """Who stopped listening to a command still hears what came of it."""
    desk = Desk(Slow())
    assert (await desk.dispatcher.send(COMMAND, "plc", 0.0)).result == "unknown"
    await desk.rest()
    assert [outcome.result for outcome in desk.late] == ["verified"]


@pytest.mark.catches("what a late look saw is taken for the answer to the command")
async def test_a_look_that_comes_late_answers_nothing():
    """What a look would have seen after its deadline is dropped: it is no answer to a command."""
    desk = Desk(Slow())
    assert (await desk.dispatcher.look(COMMAND, "plc")).result == "unknown"
    await desk.rest()
    assert desk.late == []


@pytest.mark.catches("a connector that is cancelled inside takes the driver with it")
async def test_a_connector_that_gives_up_is_unknown():
    """A connector whose own work was cancelled has said nothing: the write is uncertain."""
    desk = Desk(GivesUp())
    outcome = await desk.dispatcher.send(COMMAND, "plc", 0.0)
    assert (outcome.result, outcome.sent) == ("unknown", True)
    assert (await desk.dispatcher.look(COMMAND, "plc")).sent is False


async def test_where_nothing_can_act_nothing_is_sent():
    """Without a connector a command is not sent, and a look has seen nothing."""
    desk = Desk(Slow())
    outcome = await desk.dispatcher.send(COMMAND, "elsewhere", 0.0)
    assert (outcome.result, outcome.sent) == ("not_applied", False)
    assert (await desk.dispatcher.look(COMMAND, "elsewhere")).result == "unknown"
