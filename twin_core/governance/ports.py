"""What governance needs from outside: a wire, a ledger, a pager. Agents can import none of them.

`execute` never sends twice, never retries a write, and says `unknown` when it does not know.
"""

from collections.abc import Sequence
from typing import Protocol

from twin_core.governance.action import Command, Outcome
from twin_core.governance.oncall import Level
from twin_core.value import JSON, Instant, Value


class CommandSink(Protocol):
    """A connector that can act."""

    async def execute(self, command: Command) -> Outcome:
        """Send at most once, read back, say what was found. Never raises for a far side's fault."""
        ...

    async def look(self, command: Command) -> Outcome:
        """Only read back (after a crash): `verified` if the target is seen, else what is."""
        ...


class AuditRecord(Value):
    """One link of the chain.

    Attributes:
        index: 0, 1, 2 …
        at: ledger time.
        kind: what happened (`submitted`, `policy`, `approved`, `intent`, `dispatched`, …).
        actor: user, service or `opstwin`.
        subject: proposal id, asset or point.
        body: everything else.
        previous: SHA-256 of the record before (64 zeros for the first).
    """

    index: int
    at: Instant
    kind: str
    actor: str
    subject: str
    body: dict[str, JSON]
    previous: str


class Ledger(Protocol):
    """Durable state of governance. Every method returns after commit."""

    async def save(
        self,
        key: str,
        state: JSON,
        expected: int | None,
        records: Sequence[tuple[str, str, str, JSON]],
    ) -> int:
        """Compare-and-set the state of `key` from version `expected` (None = new), with audit.

        `records` are (kind, actor, subject, body); they enter the chain in the same transaction,
        before anything is done about them. Returns the new version.

        Raises:
            Conflict: another version stands there.
            StoreDown: nothing was written.
        """
        ...

    async def load(self, key: str) -> tuple[JSON, int] | None:
        """State and version of `key`."""
        ...

    async def keys(self, prefix: str) -> Sequence[str]:
        """All keys with that prefix."""
        ...

    async def record(self, kind: str, actor: str, subject: str, body: JSON) -> AuditRecord:
        """Append one audit record."""
        ...

    async def audit(self, start: int = 0, limit: int = 1000) -> Sequence[tuple[AuditRecord, bytes]]:
        """Records from index `start` with the stored bytes that were hashed."""
        ...

    async def about(self, subject: str) -> Sequence[AuditRecord]:
        """All records about a subject, in order, as their stored bytes say them."""
        ...

    async def of_kind(self, kind: str) -> Sequence[AuditRecord]:
        """All records of a kind, in order."""
        ...

    async def head(self) -> Value:
        """The head of the chain (of `audit.py`, which knows this module), as it is stored."""
        ...

    async def verify(self) -> Value:
        """Check the whole chain; returns its head.

        Raises:
            ChainBroken: names the first index that does not hold.
        """
        ...

    async def now(self) -> Instant:
        """Ledger time: `max(host UTC, last recorded)`."""
        ...

    async def close(self) -> None:
        """Let go."""
        ...


class Page(Value):
    """Something one person is to be told by one channel.

    Attributes:
        id: the same however often it is handed over, and of no other page.
        proposal: what it is about.
        channel: name of the Pager that takes it.
        person: user id.
        level: `info` wakes nobody, `highest` everybody.
        at: ledger time at which it was decided on.
    """

    id: str
    proposal: str
    channel: str
    person: str
    level: Level
    text: str
    at: Instant


class Pager(Protocol):
    """A channel by which people are called."""

    async def page(self, page: Page) -> None:
        """Hand a page over; one whose id came before is told to nobody again.

        Raises:
            SourceDown: it was not taken within the channel's tries; it may have been told.
        """
        ...
