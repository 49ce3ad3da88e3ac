import os
import signal

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


def niceness(_):
    return os.nice(0)


def die(_):
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(marker):
    if not marker.exists():
        marker.touch()
        die(0)
    return "alive"
