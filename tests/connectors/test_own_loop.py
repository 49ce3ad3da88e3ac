"""A source in a loop of its own: what closing it leaves, and does not cut short."""

import asyncio
import threading

import pytest

from connectors.own_loop import OwnLoop
from tests.fakes import FakeSink, FakeSource
from twin_core.governance.action import Command, WriteStep

STEP = WriteStep(point="s/a/l/t/setpoint", unit="Cel", old=40.0, value=60.0, check=0.01)
COMMAND = Command(key="k", proposal="p", epoch=1, purpose="execute", step=STEP, deadline_s=5.0)


class Slow(FakeSource, FakeSink):
    """A controller that answers a write when it has been closed, and a little later."""

    def __init__(self):
        FakeSource.__init__(self)
        FakeSink.__init__(self, {STEP.point: STEP.old})
        self.began = threading.Event()
        self._gone = asyncio.Event()

    async def execute(self, command):
        self.began.set()
        await self._gone.wait()
        await asyncio.sleep(0.1)
        return await FakeSink.execute(self, command)

    async def close(self):
        await super().close()
        self._gone.set()


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "source"]


async def test_its_thread_is_gone_when_it_is_closed_and_read_to_the_end():
    """Who has closed it and heard all finds no thread any more."""
    for _ in range(20):
        own = OwnLoop(Slow())
        reading = asyncio.ensure_future(anext(own.readings(), None))
        await own.health()
        assert len(threads()) == 1
        await own.close()
        assert await reading is None
        assert threads() == []


@pytest.mark.catches("a write whose outcome nobody hears because the source was closed meanwhile")
async def test_a_write_under_way_has_its_answer_though_it_is_closed():
    """The loop goes when the command has been answered, not before."""
    wire = Slow()
    own = OwnLoop(wire)
    writing = asyncio.ensure_future(own.execute(COMMAND))
    assert await asyncio.to_thread(wire.began.wait, 5)
    await own.close()
    assert (await writing).result == "verified"
    assert threads() == []
