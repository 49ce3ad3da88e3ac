"""The durable state of governance and its audit chain, in SQL: SQLite, or any other by URL.

State and the audit records that explain it are committed in one transaction, or neither is. It
must never change or remove an audit record.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from functools import partial

import sqlalchemy as sa

from connectors.audit_table import AUDIT, META, TEXT, Entry, Tail, further, matching, page, whole
from connectors.database import Database
from connectors.group_commit import GroupCommit
from connectors.schema import strays
from twin_core.errors import Conflict, StateForged, StoreDown
from twin_core.governance.audit import EMPTY, Head, verify
from twin_core.governance.ports import AuditRecord
from twin_core.onward import Onward
from twin_core.ports import Clock
from twin_core.value import JSON, Instant

STATE = sa.Table(
    "state",
    META,
    sa.Column("key", TEXT, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),
    sa.Column("body", sa.Text, nullable=False),
)
_PAGE = 5000  # audit records read at once when the chain is verified; others write in between


class SqlLedger:
    """A Ledger.

    Args:
        url: of SQLAlchemy (`sqlite:////path/ledger.sqlite`, `postgresql+psycopg://…`).
        clock: whose ledger time is used, never behind the last recorded one.

    Raises:
        StoreDown: the database cannot be opened, or is of a newer schema.
    """

    def __init__(self, url: str | sa.URL, clock: Clock) -> None:
        self._clock = clock
        self._witnessed: Callable[[], Awaitable[Sequence[Head]]] | None = None
        self._tail = Tail(_times)
        self._onward: Onward | None = None  # while the clock is behind what was recorded
        self._database = Database(url, "ledger", self._tail.forget)
        self._group = GroupCommit(self._database, self._recorded)

    async def save(
        self, key: str, state: JSON, expected: int | None, records: Sequence[Entry]
    ) -> int:
        """Compare-and-set `key` from version `expected` (None = new), with its audit records.

        Raises:
            Conflict: another version stands there; nothing was written.
            NotCanonical: a record's body has no canonical form; nothing was written.
            StoreDown: nothing was written.
        """
        body = json.dumps(state, sort_keys=True, allow_nan=False)

        def transaction(connection: sa.Connection) -> int:
            now = self._time(connection)
            standing = connection.scalar(sa.select(STATE.c.version).where(STATE.c.key == key))
            if standing != expected:
                raise Conflict(key, _stands(standing))
            self._tail.add(connection, now, records)
            version = (expected or 0) + 1
            row = {"version": version, "at": now, "body": body}
            if expected is None:
                connection.execute(STATE.insert().values(key=key, **row))
                return version
            changed = connection.execute(
                STATE.update().where(STATE.c.key == key, STATE.c.version == expected).values(row)
            )
            if changed.rowcount != 1:  # where reading took no lock, this is the claim
                raise Conflict(key, "another version stands")
            return version

        return await self._database.run(transaction)

    async def load(self, key: str) -> tuple[JSON, int] | None:
        """State and version of `key`.

        Raises:
            StoreDown: what is stored there is damaged.
        """
        asked = sa.select(STATE.c.body, STATE.c.version).where(STATE.c.key == key)
        row = await self._database.run(lambda connection: connection.execute(asked).one_or_none())
        if row is None:
            return None
        try:
            state = json.loads(row.body)
        except ValueError as problem:
            raise StoreDown("ledger", f"the state of {key} is damaged: no JSON") from problem
        if not whole(row.version):
            raise StoreDown("ledger", f"the state of {key} is damaged: its version is no number")
        return state, row.version

    async def keys(self, prefix: str) -> Sequence[str]:
        """All keys with that prefix, sorted."""
        asked = (
            sa.select(STATE.c.key)
            .where(STATE.c.key.startswith(prefix, autoescape=True))
            .order_by(STATE.c.key)
        )
        found = await self._database.run(lambda connection: connection.scalars(asked).all())
        return [key for key in found if key.startswith(prefix)]  # LIKE ignores case in SQLite

    async def record(self, kind: str, actor: str, subject: str, body: JSON) -> AuditRecord:
        """Append one audit record; with others that wait, in one commit."""
        return await self._group.add((kind, actor, subject, body))

    async def audit(self, start: int = 0, limit: int = 1000) -> Sequence[tuple[AuditRecord, bytes]]:
        """Records from index `start`, as their stored bytes say them, with those bytes.

        Raises:
            BadInput: `start` or `limit` is below 0 or above 2^53.
            ChainBroken: the bytes of one are no record.
        """
        return await self._database.run(lambda connection: page(connection, start, limit))

    async def about(self, subject: str) -> Sequence[AuditRecord]:
        """All records about a subject, in order, as their stored bytes say them.

        Raises:
            ChainBroken: the bytes of one are no record.
        """
        return await self._database.run(lambda c: matching(c, "subject", subject))

    async def of_kind(self, kind: str) -> Sequence[AuditRecord]:
        """All records of a kind, in order, as their stored bytes say them.

        Raises:
            ChainBroken: the bytes of one are no record.
        """
        return await self._database.run(lambda c: matching(c, "kind", kind))

    async def head(self) -> Head:
        """The head of the chain as it stands, unchecked."""
        return await self._database.run(self._tail.head)

    def witnessed_by(self, heads: Callable[[], Awaitable[Sequence[Head]]]) -> None:
        """Let the chain be whole only if it lies on these heads too, asked for at each check."""
        self._witnessed = heads

    async def verify(self, heads: Iterable[Head] = (), *, deep: bool = False) -> Head:
        """Check the whole chain, page by page; returns its head.

        Args:
            heads: more witnesses kept elsewhere, which must lie on the chain.
            deep: whether each record must also be in its one canonical form.

        Raises:
            ChainBroken, StateForged: as `verified`.
        """
        known = await self._witnessed() if self._witnessed is not None else ()
        return await verified(self._database, (*known, *heads), deep=deep)

    async def now(self) -> Instant:
        """Ledger time: `max(host UTC, last recorded)`."""
        return await self._database.run(self._time)

    async def close(self) -> None:
        """Let go."""
        await self._database.close()

    def _time(self, connection: sa.Connection) -> Instant:
        clock = self._clock.ledger()
        now = self._tail.now(connection, clock)
        if now > clock and self._onward is None:
            self._onward = Onward()
        if self._onward is not None:
            now = self._onward.at(now, self._clock.monotonic())
            if now == clock:
                self._onward = None
        return now

    def _recorded(
        self, connection: sa.Connection, entries: Sequence[Entry]
    ) -> list[AuditRecord | Exception]:
        return self._tail.add_each(connection, self._time(connection), entries)


async def verified(database: Database, heads: Sequence[Head], *, deep: bool) -> Head:
    """The head of a whole chain, checked page by page, in a database that holds nothing else.

    Raises:
        ChainBroken: names the first index that does not hold.
        StateForged: something was put into the database that is not of its schema.
    """
    planted = await database.run(lambda connection: strays(connection, META))
    if planted:
        raise StateForged(f"{', '.join(planted)} stands in it, and its schema has none such")
    before, head = None, EMPTY
    while head != before:
        before = head
        head = await database.run(partial(further, head=head, heads=heads, limit=_PAGE, deep=deep))
    return verify((), head, [witness for witness in heads if witness.count > head.count])


def _times(connection: sa.Connection) -> Iterator[Instant]:
    """The newest recorded times; what is no number sorts last in SQLite, so it is found here."""
    for what, name, at in (
        ("the state of", STATE.c.key, STATE.c.at),
        ("audit record", AUDIT.c["index"], AUDIT.c.at),
    ):
        for row in connection.execute(sa.select(name, at).order_by(at.desc()).limit(1)):
            if not whole(row.at):
                raise StoreDown("ledger", f"{what} {row[0]} is damaged: its time is no time")
            yield row.at


def _stands(version: int | None) -> str:
    return "nothing stands there" if version is None else f"version {version} stands there"
