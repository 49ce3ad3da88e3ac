"""A source in a process of its own: what it says, and what is left when one of the two ends."""

import asyncio
import multiprocessing
import os
import signal
import sys
from functools import partial
from typing import Any

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
    assert processes() == []


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
    await anext(own.readings())
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
    monkeypatch.delattr("connectors.own_process.Life")
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


class Large(Slow):
    """One of a plant that fills any pipe."""

    def __init__(self, plant, known=None):
        super().__init__(known)


class Dying(Slow):
    """A connector that takes its process with it, each time."""

    def __init__(self, known=None):
        if known is not None:
            os._exit(3)
        super().__init__()


class Wordless(Slow):
    """A connector whose answers cannot be sent."""

    async def look(self, command):
        return lambda: command


async def begun():
    """The process, as soon as the system has it."""
    while not (found := processes()):  # noqa: ASYNC110 nothing signals its begin
        await asyncio.sleep(0.001)
    return found[0]


@pytest.mark.catches("a server that never stops because a source's process died as it began")
async def test_one_that_dies_before_it_was_told_all_is_begun_again():
    """A plant larger than a pipe is not waited for by a thread for ever."""
    own = apart(partial(Large, bytes(2_000_000)))
    async with asyncio.timeout(20):
        reading = own.readings()
        first = asyncio.create_task(anext(reading))
        (await begun()).kill()
        assert (await first).kind == "down"
        assert (await anext(reading)).kind == "up"
        await own.close()
        await reading.aclose()
    assert processes() == []


@pytest.mark.catches("Ctrl-C in a server's first seconds: a traceback, and it never stops")
async def test_what_interrupts_all_of_a_service_is_the_owners_to_answer():
    """Ctrl-C as it begins, SIGTERM once it runs: it goes on until its owner ends it."""
    own = apart()
    async with asyncio.timeout(20):
        reading = own.readings()
        first = asyncio.create_task(anext(reading))
        process = await begun()
        os.kill(process.pid, signal.SIGINT)
        assert (await first).kind == "up"
        writing = asyncio.create_task(own.execute(COMMAND))
        await asyncio.sleep(0)
        os.kill(process.pid, signal.SIGTERM)
        await own.close()
        assert (await writing).result == "verified"
        await reading.aclose()
    assert processes() == []


@pytest.mark.catches("a stop, and /health, that wait for ever for a process that hangs")
async def test_one_that_hangs_is_told_and_killed(monkeypatch):
    monkeypatch.setattr("connectors.own_process._HEALTH_S", 0.2)
    monkeypatch.setattr("connectors.own_process._GOODBYE_S", 0.2)
    own = apart()
    reading = own.readings()
    await anext(reading)
    (process,) = processes()
    os.kill(process.pid, signal.SIGSTOP)
    async with asyncio.timeout(5):
        assert (await own.health()).detail == "its process does not answer"
        await own.close()
        await reading.aclose()
    assert processes() == []


@pytest.mark.catches("a process that is begun by each look at the health, and a log full of losses")
async def test_one_that_dies_again_and_again_is_lost_once():
    """Its loss is told once; who asks how it is begins no other."""
    own = apart(Dying)
    assert (await own.health()).detail == "not connected yet"
    assert processes() == []
    told = []

    async def read():
        told.extend([arrival async for arrival in own.readings()])

    reading = asyncio.create_task(read())
    lives: set[Any] = set()
    async with asyncio.timeout(20):
        while len(lives) < 3:
            lives |= {process.pid for process in processes()}
            await asyncio.sleep(0.01)
    while processes():  # noqa: ASYNC110 nothing signals its end
        await asyncio.sleep(0.01)
    assert (await own.health()).detail == "its process ended with 3"
    assert processes() == []
    await own.close()
    await reading
    assert [event.reason for event in told] == ["its process ended with 3"]


async def test_nobody_waits_for_an_answer_that_cannot_be_sent():
    own = apart(Wordless)
    async with asyncio.timeout(20):
        with pytest.raises(RuntimeError, match="pickle"):
            await own.look(COMMAND)
        await own.close()


async def test_who_gives_up_while_it_begins_leaves_no_second_one():
    own = apart()
    looking = asyncio.create_task(own.look(COMMAND))
    await begun()
    looking.cancel()
    reading = own.readings()
    await anext(reading)
    assert len(processes()) == 1
    await own.close()
    await reading.aclose()
    assert processes() == []


OWNER = """
import asyncio, multiprocessing
from tests.connectors.test_own_process import apart

async def main():
    own = apart()
    await anext(own.readings())
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
