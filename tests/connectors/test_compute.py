import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from connectors.compute import ProcessPool
from twin_core.errors import ComputeDown


async def test_workers_give_way():
    """Workers run at nice 19, the serving process does not."""
    pool = ProcessPool(1)
    assert await pool.map(niceness, [0]) == [19]
    assert os.nice(0) < 19
    await pool.close()


async def test_work_is_done_although_a_worker_died(tmp_path):
    """A worker killed in the midst of a map costs time, not the result."""
    pool = ProcessPool(1)
    assert await pool.map(die_once, [tmp_path / "died"]) == ["alive"]
    await pool.close()


async def test_workers_that_always_die_are_reported():
    """Work that kills its worker twice is an error, not a loop."""
    pool = ProcessPool(1)
    with pytest.raises(ComputeDown):
        await pool.map(die, [0])
    await pool.close()
    with pytest.raises(ComputeDown):
        await pool.map(niceness, [0])


OWNER = """
import asyncio
from connectors.compute import ProcessPool
from tests.connectors.test_compute import process_id

async def main():
    pool = ProcessPool(2)
    print(*set(await pool.map(process_id, range(16))), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.catches("workers that outlive a killed server")
async def test_workers_end_with_a_killed_owner():
    """When the process that owns the pool is killed with SIGKILL, its workers are soon gone."""
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OWNER, stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout is not None
    workers = [int(pid) for pid in (await owner.stdout.readline()).split()]
    assert workers
    assert all(runs(pid) for pid in workers)
    owner.kill()
    async with asyncio.timeout(5):
        await owner.wait()
        while any(runs(pid) for pid in workers):  # noqa: ASYNC110 nothing signals their end
            await asyncio.sleep(0.05)


def runs(pid):
    """Whether a process lives (one that nobody has buried yet does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


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
