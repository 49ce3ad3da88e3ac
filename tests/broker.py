"""Mosquitto for the tests."""

import asyncio
import tempfile
from typing import Any

import pytest

from evals.virtual.loopback import free_port
from tests.debian import command

START_S = 20.0


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
        run, why = command("mosquitto", "usr/sbin/mosquitto")
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
                *run, "-c", file.name,
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
