"""Where the gate's exam runs: the counting controllers' process, and ledgers to begin with.

Lives are forked from a warm server of forks, which has one thread. It must never run in a process
that is killed.
"""

import multiprocessing
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from evals.bench import governance_scene as scene
from evals.bench.governance_devices import Manner, Report, Setting, serve
from evals.bench.governance_life import found
from evals.virtual.loopback import free_port

ANSWER_S = 60.0
"""Within which a process must have said what it was asked for."""


class Field:
    """Both controllers, in a process of their own, and a folder of ledgers."""

    def __init__(self, folder: Path, ports: tuple[int, int], pipe: Connection) -> None:
        self.ports = ports
        self._folder, self._pipe = folder, pipe
        self._count = 0
        self._template = folder / "template.sqlite"
        self.put({})
        asked(found, self._template, ports)

    def put(self, manners: Mapping[str, Manner]) -> None:
        """Set all points to where they stand at first, and say how writes are taken."""
        self._asked(Setting(dict(scene.VALUES), dict(manners)))

    def report(self) -> Report:
        """What has arrived since then."""
        return self._asked(None)

    def ledger(self) -> Path:
        """A ledger file of its own, in which the site may act on approval."""
        self._count += 1
        path = self._folder / f"{self._count}.sqlite"
        shutil.copy(self._template, path)
        return path

    def _asked(self, what: Setting | None) -> Report:
        self._pipe.send(what)
        report = heard(self._pipe)
        assert isinstance(report, Report)
        return report


@contextmanager
def field(folder: Path) -> Iterator[Field]:
    """Controllers that run until the end of the block."""
    ports = free_port(), free_port()
    names = [scene.SPEED, scene.PRESSURE, scene.FILLER_MODE], [scene.TORQUE, scene.CAPPER_MODE]
    pipe, process = life(serve, ports, scene.NAMESPACE, names, duplex=True)
    try:
        heard(pipe)
        yield Field(folder, ports, pipe)
    finally:
        process.kill()
        process.join()
        pipe.close()


def life(
    run: Callable[..., None], *arguments: Any, duplex: bool = False
) -> tuple[Connection, ForkServerProcess]:
    """A process forked from a warm parent, and our end of the pipe that it is given first."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["evals.bench.governance_life", "cedarpy"])
    ours, theirs = context.Pipe(duplex=duplex)
    process = context.Process(target=run, args=(theirs, *arguments), daemon=True)
    process.start()
    theirs.close()
    return ours, process


def asked(run: Callable[..., None], *arguments: Any) -> Any:
    """What a life says that then ends."""
    pipe, process = life(run, *arguments)
    said = heard(pipe)
    process.join()
    return said


def heard(pipe: Connection) -> Any:
    """What comes next on a pipe.

    Raises:
        RuntimeError: nothing comes.
    """
    if not pipe.poll(ANSWER_S):
        raise RuntimeError(f"a process did not answer within {ANSWER_S:g} s")
    return pipe.recv()
