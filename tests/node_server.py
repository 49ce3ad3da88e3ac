"""The tank, and a filler, behind node-opcua: an OPC UA server that is not Python.

node-opcua is installed once, from the lock file beside the script, into `.cache`; where node or
npm is missing its tests are skipped and say so.
"""

import asyncio
import hashlib
import json
import queue
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from evals.virtual.loopback import free_port
from tests.debian import CACHE, kept, ran
from tests.devices import NAMES, START, plant

_SCRIPT = Path(__file__).parent / "node" / "node_server.js"
_INSTALL_S = 300
_ANSWER_S = 60


def installed(script: Path, package: str) -> Path:
    """The folder in which a script's package is; installs it if it is not there yet.

    Skips the test where node, npm or the registry is missing.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node or npm is not installed: the server that is not Python cannot run")
    lock = (script.parent / "package-lock.json").read_bytes()
    folder = CACHE / f"{package}-{hashlib.sha256(lock).hexdigest()[:12]}"
    why = kept(folder, lambda: _install(script.parent, folder))
    if why:
        pytest.skip(f"npm cannot install {package}: {why}")
    return folder


def _install(given: Path, folder: Path) -> str:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(given / name, folder)
    npm = ["npm", "ci", "--no-audit", "--no-fund", "--omit=optional", "--ignore-scripts"]
    done = ran(folder, *npm, within_s=_INSTALL_S)
    said = (done.stderr or done.stdout).strip().splitlines() or ["no word"]
    return str(said[-1]) if done.returncode else ""


class NodeProcess:
    """Node, started once for a module's tests: loading node-opcua takes seconds.

    Args:
        folder: for whatever the script writes.
        script: what it runs.
        package: what the script needs.

    Attributes:
        wrote: set once something came to its server from outside, since `forget`.
    """

    def __init__(self, folder: Path, script: Path = _SCRIPT, package: str = "node-opcua") -> None:
        self.folder = folder
        self._writes: list[tuple[str, float]] = []
        self.wrote = threading.Event()
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._process = subprocess.Popen(
            ["node", str(script), str(installed(script, package))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._reader = threading.Thread(target=self._listen)
        self._reader.start()

    def ask(self, what: str, given: dict[str, Any]) -> None:
        """Have it do something and wait until it is done."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, **given}).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._answers.get(timeout=_ANSWER_S)
        assert "failed" not in answer, answer["failed"]

    def writes(self) -> list[tuple[str, float]]:
        """What came to its server from outside since `forget`, in order.

        It says so in its own time: what it had to say stands before its next answer.
        """
        self.ask("here", {})
        return self._writes

    def forget(self) -> None:
        """What came so far counts no more."""
        self.writes().clear()
        self.wrote.clear()

    def end(self) -> None:
        """It is gone."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if not line.startswith(b'{"'):
                continue  # node-opcua's own words
            told = json.loads(line)
            if "written" in told:
                self._writes.append((told["written"][0], float(told["written"][1])))
                self.wrote.set()
            else:
                self._answers.put(told)


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """A Node process, until the module's tests are done."""
    found = NodeProcess(tmp_path_factory.mktemp("node"))
    yield found
    found.end()


class NodeServer:
    """A server in that process: with the tank, or for discovery with a filler."""

    URI = "urn:test:tank"
    APPLICATION = "urn:test:node"

    def __init__(self, process: NodeProcess, what: str = "tank") -> None:
        self.port = free_port()
        self.url = f"opc.tcp://127.0.0.1:{self.port}/"
        options = f'{{namespace: "{self.URI}", publishing_s: 0.05, keepalive_s: 1.0}}'
        self.plant = plant("opcua", self.url, options, {n: f'"s=Tank.{n}"' for n in NAMES})
        self.identity: Path | None = None  # key and certificate: this path with .pem and .crt
        self.password = ""  # given: nobody but the user olga with it
        self.discovery = True  # whether anybody may ask for its endpoints in the clear
        self.alarms = False  # whether the temperature has an alarm of its own, above 80
        self.history = False  # whether the server remembers what it showed
        self._process = process
        self._what = what
        process.forget()

    @property
    def writes(self) -> list[tuple[str, float]]:
        """What came from outside, in order."""
        return self._process.writes()

    async def written(self) -> None:
        """Wait until something was written."""
        assert await asyncio.to_thread(self._process.wrote.wait, _ANSWER_S)

    async def start(self, now: int) -> None:
        """Serve; each time under another namespace index."""
        given: dict[str, Any] = {
            "port": self.port,
            "uri": self.APPLICATION,
            "namespace": self.URI,
            "folder": str(self._process.folder),
            "plant": self._what,
            "values": START,
            "now": now,
            "password": self.password,
            "discovery": self.discovery,
            "alarms": self.alarms,
            "history": self.history,
        }
        if self.identity is not None:
            given["certificate"] = str(self.identity.with_suffix(".crt"))
            given["key"] = str(self.identity.with_suffix(".pem"))
        await self._do("start", **given)

    async def stop(self) -> None:
        """Gone, as if the plug was pulled."""
        await self._do("stop")

    async def show(self, name: str, value: Any, at: int, status: int = 0) -> None:
        """The device's value changes by itself."""
        await self._do("show", name=name, value=value, at=at, code=status)

    async def behave(self, how: str) -> None:
        """How it answers writes from now on."""
        await self._do("behave", how=how)

    async def acknowledge(self) -> None:
        """Somebody acknowledges the alarm at the machine's own panel."""
        await self._do("acknowledge")

    async def suppress(self) -> None:
        """The machine's own logic suppresses the alarm."""
        await self._do("suppress")

    async def say(self, text: str, severity: int = 300, name: str = "", times: int = 1) -> None:
        """An event that is no alarm."""
        await self._do("say", text=text, severity=severity, name=name, times=times)

    async def _do(self, what: str, **given: Any) -> None:
        await asyncio.to_thread(self._process.ask, what, given)
