"""A whole plant to play on: emulator and server as processes in a throw-away data directory.

Used by the demo and by end-to-end tests. People are added to that directory only, and the server
reads nothing but the emulator started here.
"""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from api.client import Client
from api.clock import SystemClock
from api.directory import DataDirectory
from api.identity import Identity
from api.plant_file import read_plant
from evals.emulator.calendar import calm_start, origin_for
from evals.emulator.client import Control
from evals.emulator.ports import free_base, urls
from twin_core.errors import OpsTwinError, SourceDown

PEOPLE = {
    "olga": ("Olga Quinn", "operator"),
    "sam": ("Sam Reyes", "supervisor"),
    "erik": ("Erik Lund", "engineer"),
}
_SETS_UP = ("OPSTWIN_", "OPENAI_")
_READY_S = 60.0
_CALM_S = 3600
_STOP_S = 4.0
"""Seconds both processes have to stop by themselves; their data is thrown away."""


class Stage:
    """Emulator and server, started together, stopped together.

    Args:
        plant: the plant file both are given.
        seed: of the emulator.
        factor: plant seconds per second, for both.
        line: whose next planned stop is kept out of the first hour of plant time.
        crew: whether the emulated maintenance crew works.
        people: who works there: user, name and role.
        environment: of the server, beside this process's without what would set it up.
    """

    def __init__(
        self,
        plant: Path,
        *,
        line: str,
        seed: int = 7,
        factor: float = 20.0,
        crew: bool = True,
        people: Mapping[str, tuple[str, str]] = PEOPLE,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.plant_file = plant
        self.plant = read_plant(plant)
        self.factor = factor
        self.root = Path(tempfile.mkdtemp(prefix="opstwin-stage-"))
        host = time.time_ns() // 1000
        calm = calm_start(self.plant, f"{self.plant.site}/{line}", host, _CALM_S)
        self.origin = origin_for(calm, host, factor)
        self.clock = SystemClock(factor, self.origin)
        self._seed = seed
        self._crew = crew
        self.people = people
        self._environment = dict(environment or {})
        self._processes: list[subprocess.Popen[bytes]] = []
        self._tokens: dict[str, str] = {}
        self.password = secrets.token_urlsafe(9)
        self._wake = threading.Event()
        # The emulator's servers take one each, and the API the next.
        self._base = free_base(len(self.plant.sources) + 1)
        self._port = self._base + len(self.plant.sources)
        self.url = f"http://127.0.0.1:{self._port}"
        self.control = Control(self.root / "control")

    def __enter__(self) -> Self:
        """Start both and wait until every controller is heard."""
        try:
            self._start()
        except BaseException:  # also when interrupted, no process stays behind
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop both."""
        self.close()

    def as_user(self, user: str) -> Client:
        """The API in the name of one of its people."""
        return Client(self.url, self._tokens[user])

    def token(self, user: str) -> str:
        """The token of one of its people."""
        return self._tokens[user]

    def until(self, what: str, test: Callable[[], bool], seconds: float) -> None:
        """Wait until `test()` holds, looking five times a second.

        Raises:
            SourceDown: it does not within `seconds`, or a process has ended.
        """
        deadline = time.monotonic() + seconds
        while not test():
            self._alive()
            if time.monotonic() > deadline:
                raise SourceDown(what, f"not within {seconds:.0f} s")
            self._wake.wait(0.2)

    def pause(self, seconds: float) -> None:
        """Let a moment pass; a process that has ended meanwhile is an error.

        Raises:
            SourceDown: the emulator or the server has ended.
        """
        self._alive()
        self._wake.wait(seconds)

    def stay(self) -> None:
        """Keep everything up until interrupted."""
        try:
            while True:
                self.pause(1.0)
        except KeyboardInterrupt:
            return

    def how_to_use(self) -> str:
        """How a person goes on with this system."""
        people = ", ".join(f"{user} ({role})" for user, (_, role) in self.people.items())
        return (
            f"The system stays up at {self.url}; Ctrl-C ends it.\n"
            f"People: {people}; their password here: {self.password}\n"
            f"  opstwin login olga --url {self.url}\n"
            f'  opstwin ask "What is the rate of line 2?" --url {self.url}\n'
            f"  opstwin proposals --url {self.url}"
        )

    def close(self) -> None:
        """Stop both processes, and what they started, and remove the directory."""
        for process in reversed(self._processes):
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + _STOP_S
        for process in reversed(self._processes):
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)  # its workers too: they are of its session
                process.wait()
        shutil.rmtree(self.root, ignore_errors=True)

    def _start(self) -> None:
        timing = ["--time-factor", str(self.factor), "--time-origin", str(self.origin)]
        self._run(
            "emulator",
            *("--plant", str(self.plant_file), "--seed", str(self._seed), *timing),
            *("--port-base", str(self._base), "--control", str(self.root / "control")),
            "--crew" if self._crew else "--no-crew",
        )
        self._people()
        moved = urls(self.plant, self._base)
        self._run(
            "serve",
            *("--plant", str(self.plant_file), "--data", str(self.root / "data"), *timing),
            *("--port", str(self._port)),
            *(flag for name, url in moved.items() for flag in ("--source", f"{name}={url}")),
        )
        self.until("the server", self._ready, _READY_S)

    def _people(self) -> None:
        identity = Identity(DataDirectory(self.root / "data").identity, self.clock.ledger)
        for user, (name, role) in self.people.items():
            identity.add(user, name, [role], [self.plant.site], self.password)
            self._tokens[user] = identity.issue(user, days=1)
        identity.close()

    def _run(self, *command: str) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(_SETS_UP)}  # noqa: TID251 the child gets flags, not our settings
        if command[0] == "serve":
            environment |= self._environment
        with (self.root / f"{command[0]}.log").open("wb") as out:
            process = subprocess.Popen(  # noqa: S603 our own command
                [sys.executable, "-m", "api", *command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        self._processes.append(process)

    def _ready(self) -> bool:
        try:
            parts = Client(self.url).get("/health")["parts"]
        except OpsTwinError:
            return False
        states = parts["sources"]
        readable = [s.id for s in self.plant.sources if s.kind != "cmms"]
        return bool(parts["ready"]) and all(states.get(name) == "up" for name in readable)

    def _alive(self) -> None:
        for process in self._processes:
            if process.poll() is not None:
                command = str(process.args[3])  # type: ignore[index]
                log = (self.root / f"{command}.log").read_text(errors="replace").strip()
                raise SourceDown(command, f"it ended with {process.returncode}: {log[-600:]}")
