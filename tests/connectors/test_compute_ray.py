"""What is Ray's own of the Compute on a Ray cluster; the rest is in the contracts."""

import os
import sys
from pathlib import Path

import pytest

from connectors import compute_ray
from connectors.compute_ray import RayCluster
from evals.bench.local_ray import local_ray
from tests.connectors.test_compute import die, die_once, family, niceness
from twin_core.errors import BadInput, ComputeDown


def test_where_ray_is_not_installed_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(BadInput, match=r"install opstwin\[ray\]"):
        RayCluster("ray://127.0.0.1:10001")


async def test_a_cluster_that_is_not_there_is_down():
    """And nothing is connected, so that it can be left at once."""
    cluster = RayCluster("ray://127.0.0.1:9")
    for _ in range(2):
        with pytest.raises(ComputeDown, match="does not answer"):
            await cluster.map(niceness, [0])
    await cluster.close()
    with pytest.raises(ComputeDown, match="closed"):
        await cluster.map(niceness, [0])


async def test_on_a_cluster(tmp_path, monkeypatch):
    """Workers give way; what dies once is done again, always is an error; other code is refused.

    All stays on this machine. One test, for to start a cluster takes seconds.
    """
    with local_ray(2) as ray:
        cluster = RayCluster(ray.door)
        assert set(await cluster.map(niceness, range(20))) == {19}
        assert await cluster.map(die_once, [tmp_path / "died"]) == ["alive"]
        with pytest.raises(ComputeDown, match="died 3 times"):
            await cluster.map(die, [0])
        with monkeypatch.context() as patch:
            patch.setattr(compute_ray, "same_code", lambda: "another")
            with pytest.raises(ComputeDown, match="another OpsTwin"):
                await cluster.map(niceness, [0])
        assert await cluster.map(niceness, [0]) == [19]
        assert beyond_the_loopback(ray.pid) == []
        await cluster.close()


@pytest.mark.parametrize(("times", "heard"), [(4, 5), (9, 5)])
def test_a_door_that_could_not_serve_us_is_asked_again_a_few_times(monkeypatch, times, heard):
    """What starts for a client dies now and then; for ever it is an error, in the door's words."""
    import ray

    failures, calls = iter(range(times)), []

    def init(address, **_):
        calls.append(address)
        if next(failures, None) is not None:
            raise ConnectionAbortedError("Initialization failure:\nStarting the server failed.")

    monkeypatch.setattr(ray, "init", init)
    address = "ray://127.0.0.1:10001"
    if times < heard:
        compute_ray._enter(address)
    else:
        with pytest.raises(ConnectionAbortedError) as failed:
            compute_ray._enter(address)
        assert compute_ray._said(address, failed.value).endswith(": Starting the server failed.")
    assert calls == [address] * heard


def beyond_the_loopback(head):
    """Addresses that this process, the head or what it started is connected to or listens on."""
    inodes = {}
    for kind in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]:
            fields = line.split()
            inodes[fields[9]] = fields[1].split(":")[0], fields[2].split(":")[0]
    ends = {
        end for pid in (os.getpid(), *family(head)) for end in sockets(pid, inodes) if int(end, 16)
    }
    return sorted(end for end in ends if not end.endswith("0100007F"))


def sockets(pid, inodes):
    for link in Path(f"/proc/{pid}/fd").iterdir():
        target = str(link.readlink()) if link.is_symlink() else ""
        if target.startswith("socket:[") and target[8:-1] in inodes:
            local, remote = inodes[target[8:-1]]
            yield local
            yield remote
