"""Saved twins on disk, so that a restart need not replay the whole log. The log remains the truth.

One is kept only when all that it knows is durable in the log, and used only with the same plant,
the same build and a log that reaches as far. It must never be more than a shortcut: whatever is
wrong with one, the log is replayed instead, and that is told.
"""

import hashlib
import json
import os
import re
import zlib
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np
import structlog

from connectors.twin_bytes import restored, saved
from twin_core.errors import CheckpointDamaged, StoreDown
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.ports import Saved
from twin_core.value import SECOND, Instant

log = structlog.get_logger(__name__)

_NAME = re.compile(r"twin-(?P<seq>\d+)-(?P<reach>\d+)\.checkpoint")
_KEPT = 2
_KEPT_EACH = ((3600 * SECOND, 6), (6 * 3600 * SECOND, 4))
"""Beside the newest, one for each of so many spans: what a person amends lies in the past."""
_FORMAT = 1


class FileCheckpoints:
    """The saved twins of one plant in one folder, newest kept.

    Args:
        folder: made when first needed.
        plant: the plant whose twins these are.
    """

    def __init__(self, folder: Path, plant: Plant) -> None:
        self._folder = folder
        self._plant = plant

    @cached_property  # to write a large plant down holds up every other thread
    def _belongs(self) -> dict[str, str | int]:
        plant = hashlib.sha256(self._plant.model_dump_json().encode()).hexdigest()
        return {"format": _FORMAT, "plant": plant, "build": _build()}

    def save(self, twin: Twin, seq: int) -> Saved:
        """The twin as bytes; called by the thread that owns it."""
        return Saved(seq, twin.reach, saved(twin))

    def keep(self, saved: Saved) -> None:
        """Store one, whole or not at all, and let go of older ones. Blocks.

        Raises:
            StoreDown: it cannot be stored.
        """
        body = zlib.compress(saved.data, 1)
        digest = hashlib.sha256(body).hexdigest()
        head = {**self._belongs, "seq": saved.seq, "reach": saved.reach, "sha256": digest}
        path = self._folder / f"twin-{saved.seq}-{max(0, saved.reach)}.checkpoint"
        partial = path.with_suffix(".partial")
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with partial.open("wb") as file:
                file.write(json.dumps(head).encode() + b"\n")
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            partial.rename(path)
            for old in _outlived(self._stored()):
                old.path.unlink(missing_ok=True)
        except OSError as problem:
            partial.unlink(missing_ok=True)
            raise StoreDown("checkpoints", f"{path}: {problem.strerror}") from problem

    def cut(self, last_seq: int) -> None:
        """Remove those that know more than the log; it may number other entries the same.

        And what a process that was killed left half written; nobody writes meanwhile.
        """
        for partial in self._folder.glob("*.partial"):
            partial.unlink(missing_ok=True)
        for stored in self._stored():
            if stored.seq > last_seq:
                log.warning("a saved twin knew more than the log", file=stored.path.name)
                stored.path.unlink(missing_ok=True)

    def newest(self, last_seq: int, reach: Instant | None = None) -> tuple[Twin, int] | None:
        """The newest usable twin and its last sequence number. Blocks.

        What cannot be used is told and removed.
        """
        belongs = self._belongs
        for stored in self._stored():
            if stored.seq > last_seq or (reach is not None and stored.reach > reach):
                continue
            try:
                with stored.path.open("rb") as file:
                    head, body = json.loads(file.readline()), file.read()
                return _read(head, body, belongs, self._plant), stored.seq
            except (OSError, ValueError, KeyError, TypeError, zlib.error) as problem:
                log.warning("a saved twin is damaged", file=stored.path.name, problem=str(problem))
            except CheckpointDamaged as problem:
                log.warning("a saved twin is not used", problem=problem.problem)
            stored.path.unlink(missing_ok=True)
        return None

    def _stored(self) -> "list[_Stored]":
        """Newest first."""
        if not self._folder.is_dir():
            return []
        found = [
            _Stored(int(m["seq"]), int(m["reach"]), path)
            for path in self._folder.iterdir()
            if (m := _NAME.fullmatch(path.name))
        ]
        return sorted(found, key=lambda stored: -stored.seq)


@dataclass(frozen=True, slots=True)
class _Stored:
    seq: int
    reach: Instant
    path: Path


def _outlived(stored: list[_Stored]) -> list[_Stored]:
    """Of those, newest first, the ones that are not kept."""
    kept = {s.seq for s in stored[:_KEPT]}
    for width, n in _KEPT_EACH:
        oldest_of = {s.reach // width: s.seq for s in stored}
        kept.update(list(oldest_of.values())[:n])
    return [s for s in stored if s.seq not in kept]


def _read(
    head: dict[str, object], body: bytes, belongs: dict[str, str | int], plant: Plant
) -> Twin:
    for key, value in belongs.items():
        if head[key] != value:
            raise CheckpointDamaged(f"it belongs to another {key}")
    if hashlib.sha256(body).hexdigest() != head["sha256"]:
        raise CheckpointDamaged("its bytes are not those that were written")
    return restored(plant, zlib.decompress(body))


@cache
def _build() -> str:
    """A digest of the core's own code and of numpy's version: another build replays the log."""
    found = hashlib.sha256(np.__version__.encode())
    for name, text in sorted(_sources(files("twin_core"), "")):
        found.update(name.encode() + b"\0" + text)
    return found.hexdigest()


def _sources(folder: Traversable, place: str) -> list[tuple[str, bytes]]:
    found = []
    for item in folder.iterdir():
        if item.is_dir():
            found += _sources(item, f"{place}{item.name}/")
        elif item.name.endswith(".py"):
            found.append((place + item.name, item.read_bytes()))
    return found
