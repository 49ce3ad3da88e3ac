"""Mosquitto for the tests: the one on PATH, or Debian's package unpacked into `.cache`.

Nothing is installed and no root is needed: `apt-get download`, `dpkg-deb -x`, run from there.
"""

import asyncio
import fcntl
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.devices import free_port

CACHE = Path(__file__).parents[1] / ".cache" / "mosquitto"
START_S = 20.0


@cache
def mosquitto():
    """The command that runs it, or [] and why there is none."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if found:
        return [found], ""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return [], "neither a mosquitto on PATH nor apt-get to fetch one"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # workers of one run
        if not (CACHE / "complete").exists():
            why = unpack()
            if why:
                return [], why
            (CACHE / "complete").touch()
    root = CACHE / "root"
    folders = sorted({str(p.parent) for p in root.rglob("*.so.*")})
    return ["env", f"LD_LIBRARY_PATH={':'.join(folders)}", str(root / "usr/sbin/mosquitto")], ""


def unpack():
    """Fetch the package and those it needs that are not installed; why it cannot be done."""
    wanted, done = ["mosquitto"], set()
    while wanted:
        name = wanted.pop()
        done.add(name)
        got = ran("apt-get", "download", name)
        if got.returncode:
            return f"apt-get download {name}: {got.stderr.strip().splitlines()[-1]}"
        deb = max(CACHE.glob(f"{name}_*.deb"))
        ran("dpkg-deb", "-x", str(deb), "root")
        needs = ran("dpkg-deb", "-f", str(deb), "Depends").stdout
        for clause in needs.split(","):
            dependency = re.match(r"\s*(lib[a-z0-9.+-]+)", clause)
            if dependency and dependency[1] not in done | set(wanted):
                status = ran("dpkg-query", "-W", "-f", "${Status}", dependency[1]).stdout
                if "install ok installed" not in status:
                    wanted.append(dependency[1])
    return ""


def ran(*command):
    return subprocess.run(
        command, cwd=CACHE, capture_output=True, text=True, timeout=120, check=False
    )


class Mosquitto:
    """A broker on loopback; started and stopped at will, on the same port.

    Args:
        lines: of its configuration, in place of letting everybody in.
    """

    def __init__(self, lines=("allow_anonymous true",)):
        self.port = free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self._lines = lines
        self._process: Any = None
        self._reading: Any = None

    async def start(self):
        command, why = mosquitto()
        if why:
            pytest.skip(why)
        said: list[str] = []
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            # As whoever runs the tests, or it could not read their certificates.
            start = [f"listener {self.port} 127.0.0.1", "log_dest stderr", "user root"]
            lines = [*start, *self._lines, ""]
            file.write("\n".join(lines))
            file.flush()
            self._process = await asyncio.create_subprocess_exec(
                *command, "-c", file.name,
                stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            async with asyncio.timeout(START_S):
                while "running" not in "".join(said):
                    line = await self._process.stderr.readline()
                    assert line, "".join(said)
                    said.append(line.decode())
        self._reading = asyncio.ensure_future(self._process.stderr.read())

    async def stop(self):
        """Killed, as if the plug was pulled."""
        if self._process is not None:
            process, self._process = self._process, None
            process.kill()
            await process.wait()
            await self._reading
