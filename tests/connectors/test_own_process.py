"""A source in a process of its own: what it says, and what is left when one of the two ends."""

import asyncio
import multiprocessing
import sys

import numpy as np
import pytest

from api.clock import SystemClock
from connectors.own_process import OwnProcess
from tests.connectors.test_compute import runs
from tests.contracts.test_reading_source import no_jitter
from tests.fakes import FakeSink, FakeSource
from twin_core.errors import WrongKind
from twin_core.governance.action import Command, WriteStep
from twin_core.reading import GOOD, Batch, SourceEvent

CLOCK = SystemClock()
STEP = WriteStep(point="s/a/l/t/setpoint", unit="Cel", old=40.0, value=60.0, check=0.01)
COMMAND = Command(key="k", proposal="p", epoch=1, purpose="execute", step=STEP, deadline_s=5.0)


class Slow(FakeSource, FakeSink):
    """A controller that answers a write when it has been closed, and a little later.

    Its offset tells the sum of what was known when it was made.
    """

    def __init__(self, known=None):
        offset = 0 if known is None else int(known().sum())
        up = SourceEvent(source="fake", kind="up", time=1, offset_us=offset)
        heard = Batch.of([(1, 10, 40.0, GOOD, 10)])
        FakeSource.__init__(self, arrivals=[up, heard])
        FakeSink.__init__(self, {STEP.point: STEP.old})
        self._gone = asyncio.Event()

    async def execute(self, command):
        await self._gone.wait()
        await asyncio.sleep(0.1)
        return await FakeSink.execute(self, command)

    async def close(self):
        await super().close()
        self._gone.set()


class Broken(Slow):
    """A connector with a bug."""

    async def readings(self):
        yield 1 // int(self._closed)

    async def look(self, command):
        raise WrongKind("unit", "bar", "Cel")


def refusing(known=None):
    """What makes a source of a plant file that cannot be used."""
    raise WrongKind("address", "x", "y")


def apart(make=Slow):
    return OwnProcess("fake", make, lambda: np.array([3, 4]), CLOCK, jitter=no_jitter)


def processes():
    return multiprocessing.active_children()


async def test_its_process_is_gone_when_it_is_closed_and_read_to_the_end():
    """It is made with what is known; who has closed it and heard all finds no process any more."""
    own = apart()
    reading = own.readings()
    first = await anext(reading)
    assert (first.kind, first.offset_us) == ("up", 7)
    assert (await own.health()).up
    assert len(processes()) == 1
    assert len(await anext(reading)) == 1
    await own.close()
    assert await anext(reading, None) is None
    assert processes() == []
    told = await own.health()
    assert (told.up, told.detail) == (False, "closed")
    outcome = await own.execute(COMMAND)
    assert (outcome.result, outcome.sent) == ("unknown", False)


async def test_one_that_was_never_read_needs_no_process_to_be_closed():
    """A server that ends before it listened starts nothing."""
    own = apart()
    await own.close()
    assert [arrival async for arrival in own.readings()] == []
    assert processes() == []


def test_what_is_wrong_with_it_is_told_at_once():
    with pytest.raises(WrongKind, match="address"):
        apart(refusing)


@pytest.mark.catches("a write whose outcome nobody hears because the source was closed meanwhile")
async def test_a_write_under_way_has_its_answer_though_it_is_closed():
    """The process goes when the command has been answered, not before."""
    own = apart()
    await own.health()
    writing = asyncio.create_task(own.execute(COMMAND))
    await asyncio.sleep(0)
    await own.close()
    assert (await writing).result == "verified"
    assert processes() == []


@pytest.mark.catches("a source that stays silent for ever when its process was killed")
async def test_a_killed_process_is_told_and_begun_again():
    """The source is down until another process says that it is up; a write is not known."""
    own = apart()
    reading = own.readings()
    for _ in range(2):
        await anext(reading)
    writing = asyncio.create_task(own.execute(COMMAND))
    await asyncio.sleep(0)
    (process,) = processes()
    process.kill()
    down = await anext(reading)
    assert (down.kind, down.reason) == ("down", "its process ended with -9")
    outcome = await writing
    assert (outcome.result, outcome.sent) == ("unknown", True)
    up = await anext(reading)
    assert (up.kind, up.offset_us) == ("up", 3 + 10)  # it goes on from what was heard
    (another,) = processes()
    assert another.pid != process.pid
    await anext(reading)
    await own.close()
    assert await anext(reading, None) is None
    assert processes() == []


async def test_one_whose_process_is_gone_is_closed_without_another(monkeypatch):
    """While it waits before it begins again, nothing is begun only to be closed."""
    own = apart()
    reading = own.readings()
    for _ in range(2):
        await anext(reading)
    processes()[0].kill()
    assert (await anext(reading)).kind == "down"
    monkeypatch.delattr("connectors.own_process._Life")
    await own.close()
    assert processes() == []
    assert await anext(reading, None) is None


async def test_what_is_raised_there_is_raised_here():
    """Our own errors whole, others in words."""
    own = apart(Broken)
    with pytest.raises(WrongKind, match="Cel"):
        await own.look(COMMAND)
    with pytest.raises(RuntimeError, match="ZeroDivisionError: integer division"):
        await anext(own.readings())
    await own.close()
    assert processes() == []


OWNER = """
import asyncio, multiprocessing
from tests.connectors.test_own_process import apart

async def main():
    own = apart()
    await own.health()
    print(*(process.pid for process in multiprocessing.active_children()), flush=True)
    await asyncio.Event().wait()

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.catches("a connection to a controller that outlives a killed server")
async def test_it_ends_with_a_killed_owner(tmp_path):
    """When the process that reads it is killed with SIGKILL, it is soon gone."""
    (tmp_path / "owner.py").write_text(OWNER)
    owner = await asyncio.create_subprocess_exec(
        sys.executable, tmp_path / "owner.py", stdout=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
    )  # fmt: skip
    assert owner.stdout is not None
    (pid,) = (int(pid) for pid in (await owner.stdout.readline()).split())
    assert runs(pid)
    owner.kill()
    async with asyncio.timeout(10):
        await owner.wait()
        while runs(pid):  # noqa: ASYNC110 nothing signals its end
            await asyncio.sleep(0.05)
