"""A ledger whose states are believed only as the newest audit record about each bears them out.

It stands before the one that stores, in every process of a plant. It must never take a state for
true because it cannot be compared, nor mend one.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Protocol

from twin_core.errors import Conflict, StateForged
from twin_core.governance.attested import KIND, Stored, attestation, covers, doubt, newest
from twin_core.governance.audit import Head
from twin_core.governance.ports import AuditRecord, Ledger
from twin_core.value import JSON, Instant

_ATTEMPTS = 5  # times a state is read again that another process changes at the same moment


class Chain(Ledger, Protocol):
    """A Ledger whose chain can be checked against heads kept elsewhere."""

    async def head(self) -> Head:
        """The head as it stands."""
        ...

    async def verify(self, heads: Iterable[Head] = (), *, deep: bool = False) -> Head:
        """Check the whole chain; the heads must lie on it."""
        ...


class AttestedLedger:
    """A Ledger.

    What it once found borne out, or stored itself, is compared with that; only another state is
    looked up in the chain. States of before there were such records are adopted, on record, when it
    is first used, if the chain has no such record yet.

    Args:
        ledger: where all is stored.
    """

    def __init__(self, ledger: Chain) -> None:
        self._ledger = ledger
        self._believed: dict[str, Stored] = {}
        self._adopting = asyncio.Lock()
        self._adopted = False

    async def save(
        self,
        key: str,
        state: JSON,
        expected: int | None,
        records: Sequence[tuple[str, str, str, JSON]],
    ) -> int:
        """As the ledger's, with the record that bears the state out."""
        if not covers(key):
            return await self._ledger.save(key, state, expected, records)
        await self._adopt()
        said = attestation(key, state, (expected or 0) + 1)
        version = await self._ledger.save(key, state, expected, [said, *records])
        self._believed[key] = (state, version)
        return version

    async def load(self, key: str) -> Stored:
        """State and version of `key`.

        Raises:
            StateForged: no record bears out what stands there.
            StoreDown: it cannot be read.
        """
        if not covers(key):
            return await self._ledger.load(key)
        await self._adopt()
        why = ""
        for _ in range(_ATTEMPTS):
            stored = await self._ledger.load(key)
            if key in self._believed and self._believed[key] == stored:
                return stored
            why = doubt(key, stored, newest(await self._ledger.about(key)).get(key))
            if not why:
                self._believed[key] = stored
                return stored
        raise StateForged(why)

    async def verify(self, heads: Iterable[Head] = (), *, deep: bool = False) -> Head:
        """Check the whole chain, and every state against it; returns the chain's head.

        Raises:
            ChainBroken: names the first index that does not hold.
            StateForged: names the first state that no record bears out.
        """
        head = await self._ledger.verify(heads, deep=deep)
        await self._adopt()
        stored = {key for key in await self._ledger.keys("") if covers(key)}
        for key in sorted(stored | set(newest(await self._ledger.of_kind(KIND)))):
            await self.load(key)
        return head

    async def _adopt(self) -> None:
        """Have what stood there before there were such records borne out from now on, once."""
        if self._adopted:
            return
        async with self._adopting:
            if not await self._ledger.of_kind(KIND):
                found = [
                    attestation(key, *stored, adopted=True)
                    for key in await self._ledger.keys("")
                    if covers(key) and (stored := await self._ledger.load(key)) is not None
                ]
                if found:
                    body: JSON = {"states": len(found)}
                    mark = attestation(KIND, body, 1)
                    with suppress(Conflict):  # another process did it
                        await self._ledger.save(KIND, body, None, [mark, *found])
            self._adopted = True

    async def keys(self, prefix: str) -> Sequence[str]:
        """As the ledger's."""
        return await self._ledger.keys(prefix)

    async def record(self, kind: str, actor: str, subject: str, body: JSON) -> AuditRecord:
        """As the ledger's."""
        return await self._ledger.record(kind, actor, subject, body)

    async def audit(self, start: int = 0, limit: int = 1000) -> Sequence[tuple[AuditRecord, bytes]]:
        """As the ledger's."""
        return await self._ledger.audit(start, limit)

    async def about(self, subject: str) -> Sequence[AuditRecord]:
        """As the ledger's."""
        return await self._ledger.about(subject)

    async def of_kind(self, kind: str) -> Sequence[AuditRecord]:
        """As the ledger's."""
        return await self._ledger.of_kind(kind)

    async def head(self) -> Head:
        """As the ledger's."""
        return await self._ledger.head()

    async def now(self) -> Instant:
        """As the ledger's."""
        return await self._ledger.now()

    async def close(self) -> None:
        """As the ledger's."""
        await self._ledger.close()
