"""What the core asks of the outside, as Protocols: sources, history, records, time, compute.

Each has a fake in `tests/fakes.py` and a contract suite in `tests/contracts/`. Nothing here acts
on the plant; that port is `governance/ports.py`.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from twin_core.ingest import Twin
from twin_core.reading import Arrival, Batch
from twin_core.value import JSON, Instant, Path, Slug, Value

_A = TypeVar("_A")
_B = TypeVar("_B")


class Health(Value):
    """How a connector is: `up`, and one clause that says more."""

    source: Slug
    up: bool
    detail: str


class ReadingSource(Protocol):
    """A controller that is read."""

    def readings(self) -> AsyncIterator[Arrival]:
        """All that it says, for ever; reconnects by itself; ends when closed."""
        ...

    async def health(self) -> Health:
        """How it is now."""
        ...

    async def close(self) -> None:
        """Let go of everything; `readings` ends."""
        ...


class LogEntry(Value):
    """One entry of the log that is not a batch.

    Attributes:
        kind: `event`, `condition` (a report of a controller's own alarms), `tick`, `edit`,
            `sensors`.
        body: the event, report, edit or soft sensors as JSON; of a tick nothing.
    """

    seq: int
    kind: str
    time: Instant
    body: JSON


class Historian(Protocol):
    """The log and what can be read from it. `append` returns after it is durable."""

    async def append(self, entries: Sequence[tuple[int, Batch | LogEntry]]) -> None:
        """Store (sequence number, batch or entry) pairs durably, original values included."""
        ...

    async def raw(self, points: Sequence[int], start: Instant, end: Instant) -> Batch:
        """Readings of these points with `start ≤ source time < end`, by point, then time."""
        ...

    async def buckets(
        self, point: int, start: Instant, end: Instant, n: int
    ) -> dict[str, NDArray[np.float64]]:
        """`n` equal buckets: columns time (s), mean, low, high, count; empty ones NaN, 0.

        In plant time: what a source's clock was ahead when it last came up is taken off. Bad
        readings and those without a finite number are left out; of all others each counts in one
        bucket, and no extreme is lost. In buckets of two minutes and more a reading may stand
        with its whole minute in the neighbour bucket, of twelve hours and more with its hour.
        """
        ...

    def heard(self, points: Sequence[int], start: Instant, end: Instant) -> AsyncIterator[Batch]:
        """Readings of these points with `start ≤ plant time < end`, by plant time, then point.

        Their `time` is plant time, from 1970 on; batches are of about 100,000, none is empty.
        """
        ...

    def replay(self, after: int = 0) -> AsyncIterator[tuple[int, Batch | LogEntry]]:
        """The log in sequence order, from the entry after `after`."""
        ...

    async def last_seq(self) -> int:
        """The newest sequence number, 0 when empty."""
        ...

    async def health(self) -> Health:
        """How it is now; not `up` while it cannot be read."""
        ...

    async def close(self) -> None:
        """Make everything durable and let go."""
        ...


@dataclass(frozen=True, slots=True)
class Saved:
    """A twin as bytes.

    Attributes:
        seq: sequence number of the last entry it has taken.
        reach: plant time; nothing newer is in it, not even what is still to be settled.
    """

    seq: int
    reach: Instant
    data: bytes


class Checkpoints(Protocol):
    """Saved twins, so that a restart need not replay the whole log."""

    def save(self, twin: Twin, seq: int) -> Saved:
        """The twin as bytes, in memory; called by the thread that owns it."""
        ...

    def keep(self, saved: Saved) -> None:
        """Store it durably, whole or not at all. Blocks."""
        ...

    def cut(self, last_seq: int) -> None:
        """Let go of those that know more than the log, which ends at `last_seq`. Blocks."""
        ...

    def newest(self, last_seq: int, reach: Instant | None = None) -> tuple[Twin, int] | None:
        """The newest usable twin and its sequence number. Blocks.

        Args:
            last_seq: it knows no entry beyond this one.
            reach: it has taken nothing newer than this; None = however new.
        """
        ...


class WorkOrderRecord(Value):
    """A work order as the maintenance system has it.

    Attributes:
        reference: its number there; `key` our business key.
        status: `open`, `travelling`, `working`, `done`.
        finding: what the crew reports; empty until done.
    """

    reference: str
    key: str
    asset: Path
    task: str
    status: str
    finding: str = ""
    found_fault: bool | None = None
    created: Instant
    closed: Instant | None = None


class WorkRecords(Protocol):
    """What the maintenance system holds, read-only."""

    async def work_orders(self, asset: str | None = None) -> Sequence[WorkOrderRecord]:
        """Work orders of an asset and everything below it, or all; newest first."""
        ...


class Threads(Protocol):
    """Where conversations are kept, each by the person whose it is and its name. Bytes to us.

    The newest state alone. Threads that were not used for long are let go, and a person's oldest
    where he has very many.
    """

    async def kept(self, user: str, thread: str) -> bytes | None:
        """A conversation as it was kept last; None: there is none, or it was let go.

        Raises:
            StoreDown: it cannot be read.
        """
        ...

    async def keep(self, user: str, thread: str, body: bytes) -> None:
        """Keep it in the place of what was kept before.

        Raises:
            StoreDown: it cannot be written.
        """
        ...


class Clock(Protocol):
    """The three clocks, never mixed."""

    def plant(self) -> Instant:
        """Plant time."""
        ...

    def ledger(self) -> Instant:
        """Host UTC, never backwards."""
        ...

    def host(self) -> Instant:
        """Host UTC as it is read at this moment: it jumps when somebody sets the clock."""
        ...

    def plant_at(self, ledger: Instant) -> Instant:
        """Plant time at a ledger time; for people, who have one clock on the wall."""
        ...

    def monotonic(self) -> float:
        """Seconds, for deadlines and measurements."""
        ...


class Compute(Protocol):
    """Somewhere to run pure functions of picklable arguments."""

    async def map(
        self,
        function: Callable[[_A], _B],
        items: Iterable[_A],
        told: Callable[[int], None] | None = None,
        *,
        long: bool = False,
    ) -> list[_B]:
        """`[function(item) for item in items]`, elsewhere, results in the order of the items.

        Cancelled, it takes back what no worker has begun; what one has begun is ended, or finished
        and its result dropped. So it ends when who asked for it goes away.

        Args:
            function: importable there; what it is bound to (`functools.partial`) is sent to a
                worker once, so bind what is large, and let `items` be small.
            items: one argument each.
            told: called with the number of items that are done, now and then and at the end; on
                the caller's loop.
            long: whether a person would not wait for it before a simple question: a search, a
                sweep, a calibration. It never keeps short work waiting.
        """
        ...

    async def close(self) -> None:
        """Let the workers go."""
        ...
