"""A Ray cluster of this machine's own, for as long as something is measured or tested on it.

It listens on the loopback alone, tells nobody of itself, has no dashboard, and is gone afterwards
with all it started. It must never outlive who asked for it.
"""

import ctypes
import fcntl
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evals.virtual.loopback import free_port

_ROOT = Path(__file__).resolve().parents[2]
_READY = "--block"  # what it says when all runs
_STORE_BYTES = 100_000_000
_START_S, _END_S, _LOOK_S = 60.0, 40.0, 0.05
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class LocalRay:
    """Its door, `ray://127.0.0.1:PORT`, and the process id of its head."""

    door: str
    pid: int


@contextmanager
def local_ray(workers: int) -> Iterator[LocalRay]:
    """Start one of so many workers; stopped when the block ends.

    One at a time on a machine: what serves a client takes ports that Ray counts from 23000 on.
    """
    with (
        Path(tempfile.gettempdir(), "opstwin-local-ray.lock").open("w") as alone,
        tempfile.TemporaryDirectory(prefix="ray") as folder,
    ):
        fcntl.flock(alone, fcntl.LOCK_EX)
        node, door = free_port(), free_port()
        head = subprocess.Popen(  # noqa: S603 (our own interpreter)
            [
                sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block",
                "--disable-usage-stats", "--include-dashboard=false", "--include-log-monitor=false",
                "--node-ip-address=127.0.0.1", f"--port={node}", f"--ray-client-server-port={door}",
                "--min-worker-port=0", "--max-worker-port=0", "--dashboard-agent-listen-port=0",
                f"--num-cpus={workers}", f"--object-store-memory={_STORE_BYTES}",
                f"--temp-dir={folder}",
            ],
            env={
                "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": folder,
                "PYTHONPATH": str(_ROOT), "RAY_USAGE_STATS_ENABLED": "0",
                "RAY_AUTH_MODE": "disabled",
                # Seconds a client's own server has to come up; on a busy machine 30 are few.
                "RAY_CLIENT_SERVER_CHECK_CHANNEL_TIMEOUT_S": "120",
                # Ray's word for: the address of a node may be the loopback's.
                "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
                "RAY_worker_niceness": "19",
            },
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 (one call of the system's)
        )  # fmt: skip
        try:
            assert head.stdout is not None
            said = []
            for line in head.stdout:
                said.append(line)
                if line.rstrip().endswith(_READY):
                    break
            else:
                raise RuntimeError("Ray did not start:\n" + "".join(said))
            _wait(door)
            yield LocalRay(f"ray://127.0.0.1:{door}", head.pid)
        finally:
            head.send_signal(signal.SIGTERM)
            try:
                head.wait(_END_S)
            except subprocess.TimeoutExpired:
                head.kill()
                head.wait()
            if head.stdout is not None:
                head.stdout.close()


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait(door: int) -> None:
    """Until somebody listens there; the last of Ray's processes to be up says nothing."""
    deadline = time.monotonic() + _START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", door)).close()
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            threading.Event().wait(_LOOK_S)
        else:
            return
