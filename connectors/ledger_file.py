"""A ledger file that nobody has to have open: checked and read, not a byte of it written.

It must never take a file for a ledger that has no audit table.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import sqlalchemy as sa

from connectors.audit_table import AUDIT, matching
from connectors.database import Database
from connectors.ledger import STATE, verified
from twin_core.errors import BadInput, StateForged, StoreDown
from twin_core.governance.attested import KIND, Stored, covers, doubt, newest
from twin_core.governance.audit import Head
from twin_core.governance.ports import AuditRecord
from twin_core.governance.witness import KEY


class LedgerFile:
    """One that is open for reading."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def verify(self, heads: Iterable[Head] = (), *, deep: bool = False) -> Head:
        """Check the whole chain, and every state against it; as `SqlLedger.verify`.

        Raises:
            ChainBroken: names the first index that does not hold.
            StateForged: names what the chain does not bear out.
        """
        head = await verified(self._database, tuple(heads), deep=deep)
        await self.states()
        return head

    async def states(self) -> dict[str, Stored]:
        """Every state by its key, but the proposals', as the chain bears it out.

        Raises:
            StateForged: it does not bear one out.
            StoreDown: one is damaged.
        """
        asked = sa.select(STATE.c.key, STATE.c.version, STATE.c.body)
        rows = await self._database.run(lambda connection: connection.execute(asked).all())
        try:
            found: dict[str, Stored] = {
                row.key: (json.loads(row.body), row.version) for row in rows if covers(row.key)
            }
        except (TypeError, ValueError) as problem:
            raise StoreDown("ledger", "the state in it is damaged: no JSON") from problem
        said = newest(await self.of_kind(KIND))
        for key in sorted({*found, *said}) if said else ():  # none: of before there were any
            why = doubt(key, found.get(key), said.get(key))
            if why:
                raise StateForged(why)
        return found

    async def keys(self) -> frozenset[str]:
        """Of all states."""
        asked = sa.select(STATE.c.key)
        return frozenset(await self._database.run(lambda found: found.scalars(asked).all()))

    async def of_kind(self, kind: str) -> Sequence[AuditRecord]:
        """All records of a kind, in order."""
        return await self._database.run(lambda connection: matching(connection, "kind", kind))


@asynccontextmanager
async def reading(path: Path) -> AsyncIterator[LedgerFile]:
    """A ledger file, open until the block ends.

    Raises:
        BadInput: the file is not a ledger.
    """
    database = None
    try:
        try:
            database = Database(path, "ledger")
            found = await database.run(_columns)
        except StoreDown as problem:
            raise BadInput(f"{path} is not a ledger that can be read: {problem}") from problem
        if not found >= {column.name for column in AUDIT.c}:
            raise BadInput(f"{path} is not a ledger: it has no audit table.")
        yield LedgerFile(database)
    finally:
        if database is not None:
            await database.close()


async def verify_file(
    path: Path,
    heads_of: Callable[[Sequence[AuditRecord]], Iterable[Head]] = lambda _: (),
    *,
    deep: bool = False,
) -> Head:
    """Check a ledger file.

    Args:
        path: the file.
        heads_of: heads kept elsewhere, given the records that introduce keys.
        deep: whether each record must also be in its one canonical form.

    Raises:
        BadInput: the file is not a ledger.
        StoreDown: it cannot be read.
        ChainBroken, StateForged: as `LedgerFile.verify`.
    """
    async with reading(path) as file:
        return await file.verify(heads_of(await file.of_kind(KEY)), deep=deep)


def _columns(connection: sa.Connection) -> set[str]:
    inspector = sa.inspect(connection)
    if not inspector.has_table("audit"):
        return set()
    return {column["name"] for column in inspector.get_columns("audit")}
