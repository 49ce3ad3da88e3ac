"""What happened at a site, one line each: what an incident's timeline is put together from.

Written by the watch as it settles; bounded. It must never hold what was merely measured.
"""

from collections import deque
from dataclasses import dataclass
from typing import Literal, TypeAlias

from twin_core.value import Instant

Kind: TypeAlias = Literal[
    "reading", "alarm", "line", "quarantine", "source", "setpoint", "opened", "closed", "lost",
]  # fmt: skip

MOST = 4000
"""Entries that are remembered."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened.

    Attributes:
        time: plant time.
        kind: `alarm` (a transition of one, also by a person), `line`, `quarantine`, `source`,
            `setpoint` (it was changed); in a timeline also `reading` (one that opened the
            incident), `opened` and `closed` (the incident itself), `lost` (what was before is not
            remembered).
        subject: path of line, unit or point; for a source its id.
        statement: one sentence.
    """

    time: Instant
    kind: Kind
    subject: str
    statement: str


class Chronicle:
    """Keeps the newest entries."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=MOST)
        self._view: tuple[Entry, ...] | None = ()

    def note(self, time: Instant, kind: Kind, subject: str, statement: str) -> None:
        """Something happened."""
        self._entries.append(Entry(time, kind, subject, statement))
        self._view = None

    def view(self) -> tuple[Entry, ...]:
        """What is remembered, in the order in which it was settled."""
        if self._view is None:
            self._view = tuple(self._entries)
        return self._view
