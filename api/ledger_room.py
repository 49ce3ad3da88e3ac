"""How much of its space the ledger has taken, and an alarm at 80 % of it.

It must never refuse a record: that the disk does by itself, and then nothing is written to the
plant.
"""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from api.notices import Notices
from twin_core.governance.events import Notify

LOOK_S = 60.0
_ALARM, _WELL = 0.80, 0.75  # shares of the space; it is not told twice in between
_MIB = 2**20


class LedgerRoom:
    """Watches one ledger file.

    Args:
        file: the ledger; its write-ahead log beside it counts too.
        budget: bytes it may take; 0 = all the disk has.
        free: bytes free on the disk of a folder.
    """

    def __init__(
        self,
        file: Path,
        budget: int,
        notices: Notices,
        free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> None:
        self._file, self._budget, self._notices, self._free = file, budget, notices, free
        self._told = False

    async def look(self) -> None:
        """Measure, and tell people once when it grows scarce."""
        taken, room = await asyncio.to_thread(self._measured)
        share = taken / room
        if share >= _ALARM and not self._told:
            self._told = True
            text = (
                f"the ledger takes {taken / _MIB:.0f} MiB, {share:.0%} of its {room / _MIB:.0f} "
                "MiB; once it is full nothing is written to the plant: make room"
            )
            self._notices.tell("ledger", Notify("alarm", text))
        elif share < _WELL and self._told:
            self._told = False
            self._notices.tell(
                "ledger", Notify("info", f"the ledger takes {share:.0%} of its room")
            )

    def _measured(self) -> tuple[int, int]:
        """Bytes taken, and bytes it may take: what it has and the disk has free, or its budget."""
        files = (self._file, self._file.with_name(f"{self._file.name}-wal"))
        taken = sum(file.stat().st_size for file in files if file.exists())
        room = taken + self._free(self._file.parent)
        return taken, max(1, min(room, self._budget or room))
