import asyncio
import os
import signal
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from connectors.compute import ProcessPool
from tests.twin_core.simulation.sawmill import Mill
from tests.twin_core.simulation.test_sweep import SWEEP
from twin_core.errors import ComputeDown
from twin_core.reader import READER, Reader
from twin_core.simulation.sweep import Each


async def test_workers_give_way():
    """Workers run at nice 19, long work on Linux when a core is idle; who serves does not."""
    pool = ProcessPool(1)
    assert await pool.map(niceness, [0]) == [19]
    assert os.nice(0) < 19
    if sys.platform == "linux":
        assert await pool.map(os.sched_getscheduler, [0], long=True) == [os.SCHED_IDLE]
        assert await pool.map(os.sched_getscheduler, [0]) == [os.SCHED_OTHER]
        assert os.sched_getscheduler(0) != os.SCHED_IDLE
    await pool.close()


async def test_work_is_done_although_a_worker_died(tmp_path):
    """A worker killed in the midst of a map costs time, not the result."""
    pool = ProcessPool(1)
    assert await pool.map(die_once, [tmp_path / "died"]) == ["alive"]
    await pool.close()


async def test_a_sweep_goes_on_although_workers_die(tmp_path):
    """Of a large one too every scenario is forecast, in order, and the digest is the undisturbed.

    Each worker's first share kills it; a snapshot is sent along to those that come after.
    """
    asked = Each(Mill().snapshot(), 7, 2)
    undisturbed = [asked(scenario) for scenario in SWEEP.scenarios]
    pool = ProcessPool(2)
    found = await pool.map(partial(asked_of_the_dying, asked, tmp_path), SWEEP.scenarios)
    assert len(list(tmp_path.iterdir())) == 2
    assert found == undisturbed
    await pool.close()


async def test_workers_that_always_die_are_reported():
    """Work that kills its worker each time is an error, not a loop."""
    pool = ProcessPool(1)
    with pytest.raises(ComputeDown):
        await pool.map(die, [0])
    await pool.close()
    with pytest.raises(ComputeDown):
        await pool.map(niceness, [0])


OWNER = """
import asyncio
import threading
from connectors.compute import ProcessPool
from tests.connectors.test_compute import process_id

async def main():
    pool = ProcessPool(2)
    print(*set(await pool.map(process_id, range(16))), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
SWEEPER = """
import asyncio
import threading
from functools import partial
from connectors.compute import ProcessPool
from tests.connectors.test_compute import process_id
from tests.twin_core.simulation.sawmill import Mill
from tests.twin_core.simulation.test_sweep import SWEEP
from twin_core.simulation.sweep import Each

async def main():
    pool = ProcessPool(2)
    workers = set(await pool.map(process_id, range(16)))

    def told(done):
        if workers:
            print(*workers, flush=True)
        workers.clear()

    await pool.map(Each(Mill().snapshot(), 7, 40), SWEEP.scenarios * 500, told)

asyncio.run(main())
"""


@pytest.mark.catches("workers that outlive a killed server")
@pytest.mark.parametrize("program", [OWNER, SWEEPER], ids=["at rest", "in a sweep"])
async def test_workers_end_with_a_killed_owner(program):
    """When the process that owns the pool is killed with SIGKILL, all it started is soon gone."""
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout is not None
    async with asyncio.timeout(60):
        workers = [int(pid) for pid in (await owner.stdout.readline()).split()]
    started = family(owner.pid)
    assert workers
    assert set(workers) < set(started)
    assert all(runs(pid) for pid in workers)
    owner.kill()
    async with asyncio.timeout(20):
        await owner.wait()
        while any(runs(pid) for pid in started):  # noqa: ASYNC110 nothing signals their end
            await asyncio.sleep(0.05)


def runs(pid):
    """Whether a process lives (one that nobody has buried yet does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def family(pid):
    """A process and all that it and they started."""
    found, queue = [], [pid]
    while queue:
        found.append(queue.pop())
        for task in Path(f"/proc/{found[-1]}/task").glob("*/children"):
            queue += map(int, task.read_text().split())
    return found


def asked_of_the_dying(asked, folder, scenario):
    if scenario in {SWEEP.scenarios[0], SWEEP.scenarios[-1]}:
        die_once(folder / scenario.name.replace("/", " "))
    return asked(scenario)


def process_id(_):
    return os.getpid()


def niceness(_):
    return os.nice(0)


def die(_):
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(marker):
    if not marker.exists():
        marker.touch()
        die(0)
    return "alive"


async def test_long_work_leaves_a_worker(tmp_path):
    """Short work is done while all that may do long work are at it."""
    pool = ProcessPool(1)
    long = asyncio.ensure_future(pool.map(wait_for_end, [tmp_path] * 3, long=True))
    while not (tmp_path / "begun").exists():  # noqa: ASYNC110 another process says so
        await asyncio.sleep(0.01)
    assert await pool.map(niceness, [0, 0]) == [19, 19]
    assert not long.done()
    (tmp_path / "go").touch()
    await long
    await pool.close()


@pytest.mark.catches("a search that goes on for a minute after its asker has left")
async def test_what_nobody_waits_for_ends(tmp_path):
    """When the reader goes, what a worker is at is ended and what waits never runs."""
    pool, reader = ProcessPool(1), Reader()
    READER.set(reader)
    asked = asyncio.ensure_future(pool.map(wait_for_end, [tmp_path, tmp_path / "never"], long=True))
    READER.set(None)
    while not (tmp_path / "begun").exists():  # noqa: ASYNC110 another process says so
        await asyncio.sleep(0.01)
    await asyncio.to_thread(reader.leave)
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert await pool.map(niceness, [0] * 4, long=True) == [19] * 4
    assert not (tmp_path / "never").exists()
    await pool.close()


async def test_for_a_reader_who_has_gone_nothing_begins():
    """Not even the first item."""
    reader = Reader()
    reader.leave()
    READER.set(reader)
    pool = ProcessPool(1)
    with pytest.raises(asyncio.CancelledError):
        await pool.map(die, [0])
    READER.set(None)
    await pool.close()


def wait_for_end(folder):
    """Busy until told to go; a cry for help would not be heard."""
    folder.mkdir(exist_ok=True)
    (folder / "begun").touch()
    while not (folder / "go").exists():
        sum(range(1000))


def for_ever():
    """Warm-up that never ends."""
    threading.Event().wait()


def no_such_thing():
    """Warm-up that fails."""
    raise LookupError("nothing to warm")


async def test_what_cannot_be_warmed_keeps_nobody_from_work():
    """Work that needs it tells so itself."""
    pool = ProcessPool(1, warm=(f"{__name__}:no_such_thing",))
    assert await pool.map(abs, [-1, 2]) == [1, 2]
    await pool.close()


async def test_who_closes_does_not_wait_for_what_is_only_imported():
    """A server that is ended while its workers start ends at once."""
    await ProcessPool(1, warm=(f"{__name__}:for_ever",)).close()
