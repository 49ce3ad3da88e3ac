"""A real PostgreSQL for the tests: that of PyPI's pgserver, or of this machine's packages.

Its binaries are run directly, on a socket in a folder of their own; where root runs the tests, whom
PostgreSQL refuses, as `nobody`. It can be killed and started again.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest


@cache
def binaries():
    """The folder of `postgres` and `initdb`, or None and why there is none."""
    wheel = importlib.util.find_spec("pgserver")  # found, not imported: that sets up folders
    places = [Path(wheel.origin).parent / "pginstall" / "bin"] if wheel and wheel.origin else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    places += [Path(found).parent for found in [shutil.which("postgres")] if found]
    for place in places:
        if (place / "initdb").exists() and _ran(place / "postgres", "--version").returncode == 0:
            return place, ""
    return None, "no PostgreSQL that may be run: neither PyPI's pgserver nor a package of it"


class Postgres:
    """A server with its data in `folder`."""

    def __init__(self, folder, place):
        self.folder = folder
        self.place = place
        self.process: Any = None
        self.made = 0

    def start(self):
        """Start it, and wait until it answers."""
        self.process = subprocess.Popen(
            [self.place / "postgres", "-D", self.folder / "data", "-k", self.folder,
             "-c", "fsync=off",  # processes are killed here, no machine loses its power
             "-c", "listen_addresses=", "-c", "max_connections=30", "-c", "shared_buffers=16MB",
             "-c", "logging_collector=on", "-c", "log_directory=..", "-c", "log_filename=log"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **_plain(),
        )  # fmt: skip
        ready = self.folder / "data" / "postmaster.pid"
        _until(lambda: ready.exists() and ready.read_text().strip().endswith("ready"), self.log)

    def kill(self):
        """SIGKILL to the server and every process of it; nothing is left in the kernel either."""
        _, *children = self._signal(signal.SIGKILL)
        self.process.wait()
        (self.folder / "data" / "postmaster.pid").unlink()  # or the next seems to be ready at once
        _until(lambda: not any(Path(f"/proc/{child}").exists() for child in children), self.log)

    @contextmanager
    def frozen(self):
        """Every process of it stands still while the block lasts."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def _signal(self, which):
        pid = self.process.pid
        told = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
        for each in told:
            os.kill(each, which)
        return told

    def log(self):
        """What it said."""
        return (self.folder / "log").read_text(encoding="utf-8")

    def stop(self):
        """Stop it at once; what it holds is not needed any more."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(20)

    def database(self):
        """The URL of a new, empty database."""
        import psycopg

        self.made += 1
        name = f"t{self.made}"
        with psycopg.connect(f"host={self.folder} user=postgres dbname=postgres") as door:
            door.autocommit = True
            door.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"


@contextmanager
def postgres():
    """A server of one's own, while the block lasts; skips where there is none."""
    place, why = binaries()
    if place is None:
        pytest.skip(why)
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as name:  # a socket's path is short
        folder = Path(name)
        if plain := _plain():
            shutil.chown(folder, plain["user"])
        made = _ran(
            place / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust",
            "--encoding=utf8", "--no-sync",
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        server = Postgres(folder, place)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _plain():
    """As whom it runs: root is refused."""
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


def _ran(*words):
    try:
        return subprocess.run(
            words, capture_output=True, text=True, timeout=60, check=False, cwd="/", **_plain()
        )
    except OSError as problem:  # root may see it, and nobody may not
        return subprocess.CompletedProcess(words, 1, "", str(problem))


def _until(holds, said):
    until, pause = time.monotonic() + 20, threading.Event()
    while not holds():
        assert time.monotonic() < until, said()
        pause.wait(0.01)
