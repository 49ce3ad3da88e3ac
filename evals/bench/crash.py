"""`bench crash`: a process is killed again and again, at any moment, and loses nothing.

A real pump with its twin, DuckDB file and saved twins runs in a process of its own
(`crash_life.py`) and tells over a pipe what has become durable. It is killed (SIGKILL) at a random
moment: while it starts, stores, keeps its tiers and packs hours, saves a twin, settles the past
again. The next life looks at what is left. The parent alone remembers what was acknowledged; it
must never open the files itself.
"""

import multiprocessing
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic

import numpy as np

from api.plant_file import read_plant
from evals.bench.big_plant import enlarged
from evals.bench.crash_life import FACTOR, Left, Stored, live
from evals.bench.row import Bar, Row
from twin_core.plant.assets import Plant

KILLS, QUICK_KILLS = 1000, 20
_POINTS = 60
_LIVES = 5
"""Lives in one folder; then another is begun, so that its log can be looked at whole each time."""
_FROM = {"birth": 0.1, "its look at what was left": 0.1, "its first entry": 0.8}
"""From when on a life has its time, and the share of lives with which it is so."""
_LONGEST_S = 1.5
_OPEN_S = 120.0  # in which a life must have opened its files and looked at everything
_NONE = Bar(high=0)


@dataclass
class Tally:
    """What came of it.

    Attributes:
        kills: so many lives were ended.
        acknowledged: entries that were said to be durable, over all lives.
        lost, doubled: entries acknowledged and gone or changed; batches that stand there twice.
        unopened: lives that could not open what was left.
        unequal: lives whose restored twin is not that of the whole log.
        faults: what else was not as it must be.
        doing: what was under way when it was killed → how often.
    """

    kills: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    unopened: int = 0
    unequal: int = 0
    faults: list[str] = field(default_factory=list)
    doing: Counter[str] = field(default_factory=Counter)


def measure(plant: Path, kills: int, seed: int, told: Callable[[str], None]) -> tuple[Row, ...]:
    """Kill so often, and say what was lost.

    Args:
        plant: its file; the first 60 of its points live.
        kills: how often.
        seed: of the moments.
        told: is given a line a kill.
    """
    small, tally = enlarged(read_plant(plant), _POINTS), Tally()
    rng = np.random.default_rng(seed)
    while tally.kills < kills:
        with tempfile.TemporaryDirectory(prefix="opstwin-crash-") as folder:
            lives = min(_LIVES, kills - tally.kills)
            _Folder(Path(folder), small, tally, told).lives(lives, rng)
    return _rows(tally)


def _rows(tally: Tally) -> tuple[Row, ...]:
    doing = ", ".join(f"{n} {what}" for what, n in tally.doing.most_common())
    load = f"SIGKILL at a random moment ({doing}); {_POINTS} points at {FACTOR} Hz"
    counts = {
        "lost": (tally.lost, "entries", tally.acknowledged),
        "doubled": (tally.doubled, "batches", tally.acknowledged),
        "unopened": (tally.unopened, "lives", tally.kills),
        "unequal": (tally.unequal, "lives", tally.kills),
        "faults": (len(tally.faults), "faults of log, raw table and tiers", tally.kills),
    }
    return tuple(
        Row(name=f"crash.{name}", value=value, unit=unit, load=load, n=n, bar=_NONE)
        for name, (value, unit, n) in counts.items()
    )


class _Folder:
    """Lives that follow each other in one folder, and what they have acknowledged."""

    def __init__(self, path: Path, plant: Plant, tally: Tally, told: Callable[[str], None]) -> None:
        self._path, self._plant, self._tally, self._told = path, plant, tally, told
        self._acknowledged: dict[int, str] = {}
        self._doing: list[str] = []
        self._left: Left | None = None

    def lives(self, count: int, rng: np.random.Generator) -> None:
        """So many lives, each killed, and one that only looks."""
        for number in range(count):
            since = str(rng.choice([*_FROM], p=[*_FROM.values()]))
            seconds = rng.uniform(0, _LONGEST_S)
            self._life(seconds, since)
            doing = self._doing[-1] if self._doing else "storing"
            self._tally.kills += 1
            self._tally.doing[doing] += 1
            self._told(
                f"{self._path.name} life {number}: killed while {doing}, {seconds:.3f} s from "
                f"{since}; {len(self._acknowledged)} entries acknowledged"
            )
        self._life(0, "its look at what was left")

    def _life(self, seconds: float, since: str) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["evals.bench.crash_life"])
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=live, args=(theirs, self._path, self._plant), daemon=True)
        process.start()
        theirs.close()
        self._doing, self._left = ["starting"], None
        before = len(self._acknowledged)
        until = monotonic() + (seconds if since == "birth" else _OPEN_S)
        waits = since != "birth"
        ended = False
        while not ended and (rest := until - monotonic()) > 0 and ours.poll(rest):
            ended = not self._hear(ours)
            if waits and self._begun(since, before):
                waits, until = False, monotonic() + seconds
        process.kill()
        while self._hear(ours):  # what it had said before it was killed
            pass
        process.join()
        ours.close()
        if waits:
            self._tally.unopened += 1
            self._told("what was left could not be opened")
        elif ended:
            self._tally.faults.append("a life ended by itself")
        self._tally.acknowledged += len(self._acknowledged) - before

    def _begun(self, since: str, before: int) -> bool:
        stored = len(self._acknowledged) > before
        return stored if since == "its first entry" else self._left is not None

    def _hear(self, pipe: Connection) -> bool:
        """Take in what a life says; whether it said something."""
        try:
            said = pipe.recv()
        except (EOFError, OSError):  # the second: in the middle of a word
            return False
        if isinstance(said, Stored):
            self._acknowledged |= said.entries
        elif isinstance(said, Left):
            self._left = said
            self._doing.remove("starting")
            self._judge(said)
        elif said.begun:
            self._doing.append(said.what)
        else:
            self._doing.remove(said.what)
        return True

    def _judge(self, left: Left) -> None:
        tally, entries = self._tally, left.entries
        lost = sum(entries.get(seq) != told for seq, told in self._acknowledged.items())
        doubled = len(entries) - len(set(entries.values()))
        tally.lost += lost
        tally.doubled += doubled
        tally.unequal += left.restored != left.replayed
        tally.faults += left.faults
        self._told(
            f"{self._path.name} found {len(entries)} entries of {len(self._acknowledged)}, {lost} "
            f"lost, {doubled} doubled; digest {left.restored[:12]} restored, "
            f"{left.replayed[:12]} replayed; {'; '.join(left.faults) or 'whole'}"
        )
