"""How far the ledger had come, kept outside it: one that was restored from a backup is known by it.

The mark follows the chain, and is there before a command leaves. A ledger that wrote before and has
no mark here, or had more than it has, may have forgotten what was sent. It must never be taken for
a proof: whoever can write to the data directory can write it.
"""

import asyncio
import os
from pathlib import Path

from pydantic import Field, ValidationError

from api.left_behind import LeftBehind
from twin_core.errors import StoreDown
from twin_core.governance.audit import Head, hashed
from twin_core.governance.ports import Ledger
from twin_core.value import Value


class Mark(Value):
    """How far it had come.

    Attributes:
        epoch: of the actuator that wrote it.
        head: of the chain then.
        restored: somebody says that the ledger was restored since.
        left: what the ledger had that was replaced then; None if none was.
    """

    epoch: int = Field(ge=0)
    head: Head
    restored: bool = False
    left: LeftBehind | None = None


class HighWater:
    """The mark of a ledger, in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = asyncio.Lock()  # two that write at once take each other's file away
        try:
            self._mark: Mark | None = Mark.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):  # not to know is as good as to know of a restore
            self._mark = None

    @property
    def epoch(self) -> int:
        """Of the actuator that wrote it; 0 if that is not known."""
        return self._mark.epoch if self._mark is not None else 0

    @property
    def left(self) -> LeftBehind:
        """What the ledger that was replaced had; where that is not known, that is what is told."""
        found = self._mark.left if self._mark is not None else None
        return found if found is not None else LeftBehind()

    async def forgotten(self, ledger: Ledger) -> str:
        """Why the ledger may have forgotten something; empty if it has not.

        Raises:
            StoreDown: the ledger does not answer.
        """
        missing = await self._missing(ledger)
        if not missing:
            return ""
        return f"the ledger may have forgotten what was decided and sent: {missing}"

    async def rise(self, epoch: int, ledger: Ledger) -> None:
        """Set the mark to where the chain is now.

        Raises:
            StoreDown: it cannot be written.
        """
        async with self._turn:
            mark = Mark(epoch=epoch, head=await _head(ledger))
            if mark != self._mark:
                await asyncio.to_thread(self._write, mark)

    def restored(self, head: Head, left: LeftBehind | None = None) -> None:
        """Say that the ledger was restored, and ends at `head`; before it is put in its place.

        Raises:
            StoreDown: it cannot be written.
        """
        self._write(Mark(epoch=self.epoch, head=head, restored=True, left=left))

    async def _missing(self, ledger: Ledger) -> str:
        mark, head = self._mark, await _head(ledger)
        if mark is None:
            used = await ledger.keys("actuator/")
            told = f"{head.count} records, and {self._path.name} does not say how many it had"
            return told if used else ""
        if mark.restored:
            return f"{head.count} records; somebody says that it was restored"
        if head.count < mark.head.count:
            return f"{head.count} records, and it had {mark.head.count}"
        if mark.head.count:
            ((_, stored),) = await ledger.audit(mark.head.count - 1, 1)
            if hashed(stored) != mark.head.digest:
                return f"{head.count} records, and number {mark.head.count - 1} was another"
        return ""

    def _write(self, mark: Mark) -> None:
        """Store it, whole or not at all, before anything else happens."""
        partial = self._path.with_suffix(".partial")
        try:
            handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(mark.model_dump_json().encode())
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as problem:
            raise StoreDown("high-water mark", f"{self._path}: {problem.strerror}") from problem
        self._mark = mark


async def _head(ledger: Ledger) -> Head:
    return Head.model_validate(await ledger.head())
