"""`opstwin serve` on a plant file, as a process of its own, until it believes enough."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx

from api.clock import SystemClock
from api.directory import DataDirectory
from api.identity import Identity
from evals.virtual.loopback import free_port

_TRIES = 300
_WAIT_S = 0.2
_WAIT = threading.Event()


def believed(plant: Path, site: str, data: Path, wanted: int) -> dict[str, dict[str, Any]]:
    """Path → latest value, once at least `wanted` points have one.

    Raises:
        AssertionError: the server ended, or a minute passed.
    """
    identity = Identity(DataDirectory(data).identity, SystemClock().ledger)
    identity.add("ada", "Ada", ["engineer"], [site])
    token = identity.issue("ada")
    identity.close()
    port = free_port()
    with (data / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "api", "serve", "--plant", str(plant), "--data", str(data),
             "--port", str(port)],
            stdout=log, stderr=log,
        )  # fmt: skip
        try:
            return _waited(process, f"http://127.0.0.1:{port}/state", token, wanted, data)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _waited(
    process: subprocess.Popen[bytes], url: str, token: str, wanted: int, data: Path
) -> dict[str, dict[str, Any]]:
    header = {"Authorization": f"Bearer {token}"}
    found: dict[str, dict[str, Any]] = {}
    for _ in range(_TRIES):
        assert process.poll() is None, (data / "serve.log").read_text()
        try:
            points = httpx.get(url, headers=header, timeout=5).raise_for_status().json()["points"]
        except httpx.HTTPError:
            points = []
        found = {p["point"]: p for p in points if p["value"] is not None}
        if len(found) >= wanted:
            return found
        _WAIT.wait(_WAIT_S)
    raise AssertionError(f"{len(found)} of {wanted} points; {(data / 'serve.log').read_text()}")
