"""The durable state of governance and its audit chain, in SQL: SQLite, or any other by URL.

State and the audit records that explain it are committed in one transaction, or neither is. It
must never change or remove an audit record.
"""

import json
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from connectors.database import Database
from twin_core.errors import BadInput, ChainBroken, Conflict, StoreDown
from twin_core.governance.audit import EMPTY, Head, compared, hashed, link, read, verify
from twin_core.governance.ports import AuditRecord
from twin_core.ports import Clock
from twin_core.value import JSON, Instant

_META = sa.MetaData()
_TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")  # by code point everywhere
_STATE = sa.Table(
    "state",
    _META,
    sa.Column("key", _TEXT, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),
    sa.Column("body", sa.Text, nullable=False),
)
_AUDIT = sa.Table(
    "audit",
    _META,
    sa.Column("index", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),
    sa.Column("kind", _TEXT, nullable=False, index=True),
    sa.Column("actor", _TEXT, nullable=False, index=True),
    sa.Column("subject", _TEXT, nullable=False, index=True),
    sa.Column("stored", sa.LargeBinary, nullable=False),
)
_RAW = sa.select(
    *(column for column in _AUDIT.c if column.name != "stored"),
    sa.type_coerce(_AUDIT.c.stored, sa.types.NullType()).label("stored"),
)
"""Audit rows with `stored` as the database has it: what is no bytes is found here, by its index."""

_MOST = 2**53  # whole numbers up to here are the same to everybody
_PAGE = 1000  # audit records read at once when the chain is verified

Entry = tuple[str, str, str, JSON]


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
        self._database = Database(url, "ledger")

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
            standing = connection.scalar(sa.select(_STATE.c.version).where(_STATE.c.key == key))
            if standing != expected:
                raise Conflict(key, _stands(standing))
            self._chain(connection, now, records)
            version = (expected or 0) + 1
            row = {"version": version, "at": now, "body": body}
            if expected is None:
                connection.execute(_STATE.insert().values(key=key, **row))
                return version
            changed = connection.execute(
                _STATE.update().where(_STATE.c.key == key, _STATE.c.version == expected).values(row)
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
        asked = sa.select(_STATE.c.body, _STATE.c.version).where(_STATE.c.key == key)
        row = await self._database.run(lambda connection: connection.execute(asked).one_or_none())
        if row is None:
            return None
        try:
            state = json.loads(row.body)
        except ValueError as problem:
            raise StoreDown("ledger", f"the state of {key} is damaged: no JSON") from problem
        if not _whole(row.version):
            raise StoreDown("ledger", f"the state of {key} is damaged: its version is no number")
        return state, row.version

    async def keys(self, prefix: str) -> Sequence[str]:
        """All keys with that prefix, sorted."""
        asked = (
            sa.select(_STATE.c.key)
            .where(_STATE.c.key.startswith(prefix, autoescape=True))
            .order_by(_STATE.c.key)
        )
        found = await self._database.run(lambda connection: connection.scalars(asked).all())
        return [key for key in found if key.startswith(prefix)]  # LIKE ignores case in SQLite

    async def record(self, kind: str, actor: str, subject: str, body: JSON) -> AuditRecord:
        """Append one audit record."""
        return await self._database.run(
            lambda connection: self._chain(
                connection, self._time(connection), [(kind, actor, subject, body)]
            )[0]
        )

    async def audit(self, start: int = 0, limit: int = 1000) -> Sequence[tuple[AuditRecord, bytes]]:
        """Records from index `start` with the stored bytes that were hashed.

        Raises:
            BadInput: `start` or `limit` is below 0 or above 2^53.
            ChainBroken: the bytes of one are no record.
        """
        return await _audit(self._database, start, limit)

    async def about(self, subject: str) -> Sequence[AuditRecord]:
        """All records about a subject, in order, as their stored bytes say them.

        Raises:
            ChainBroken: the bytes of one are no record.
        """
        asked = _RAW.where(_AUDIT.c.subject == subject).order_by(_AUDIT.c["index"])

        def transaction(connection: sa.Connection) -> list[AuditRecord]:
            rows = connection.execute(asked).mappings()
            return [read(_bytes(row["stored"], row["index"]), row["index"]) for row in rows]

        return [
            record for record in await self._database.run(transaction) if record.subject == subject
        ]

    async def head(self) -> Head:
        """The head of the chain by its newest record alone, unverified."""
        return await self._database.run(_head)

    async def verify(self, heads: Iterable[Head] = ()) -> Head:
        """Check the whole chain, page by page; returns its head.

        Args:
            heads: witnesses kept elsewhere, which must lie on the chain.

        Raises:
            ChainBroken: names the first index that does not hold.
        """
        return await _verified(self._database, tuple(heads))

    async def now(self) -> Instant:
        """Ledger time: `max(host UTC, last recorded)`."""
        return await self._database.run(self._time)

    async def close(self) -> None:
        """Let go."""
        await self._database.close()

    def _time(self, connection: sa.Connection) -> Instant:
        times = [self._clock.ledger()]
        for what, name, at in (
            ("the state of", _STATE.c.key, _STATE.c.at),
            ("audit record", _AUDIT.c["index"], _AUDIT.c.at),
        ):
            newest = connection.execute(sa.select(name, at).order_by(at.desc()).limit(1))
            for row in newest:  # what is no number sorts last, so it is found here
                if not _whole(row.at):
                    raise StoreDown("ledger", f"{what} {row[0]} is damaged: its time is no time")
                times.append(row.at)
        return max(times)

    @staticmethod
    def _chain(
        connection: sa.Connection, now: Instant, records: Iterable[Entry]
    ) -> list[AuditRecord]:
        head, added = _head(connection), []
        for kind, actor, subject, body in records:
            record, stored, head = link(
                head, at=now, kind=kind, actor=actor, subject=subject, body=body
            )
            row = record.model_dump(include={"index", "at", "kind", "actor", "subject"})
            connection.execute(_AUDIT.insert().values(**row, stored=stored))
            added.append(record)
        return added


def _head(connection: sa.Connection) -> Head:
    tail = connection.execute(_RAW.order_by(_AUDIT.c["index"].desc()).limit(1)).one_or_none()
    if tail is None:
        return EMPTY
    if not (_whole(tail[0]) and _whole(tail.at)):
        count = connection.scalar(sa.select(sa.func.count()).select_from(_AUDIT)) or 0
        raise ChainBroken(count - 1, "its index or its time is no number")
    return Head(count=tail[0] + 1, digest=hashed(_bytes(tail.stored, tail[0])), at=tail.at)


async def verify_file(path: Path) -> Head:
    """Check the whole chain of a ledger file without writing to it; returns its head.

    Raises:
        BadInput: the file is not a ledger.
        StoreDown: it cannot be read.
        ChainBroken: names the first index that does not hold.
    """
    database = Database(path, "ledger")
    try:
        try:
            found = await database.run(_columns)
        except StoreDown as problem:
            raise BadInput(f"{path} is not a ledger that can be read: {problem}") from problem
        if not found >= {column.name for column in _AUDIT.c}:
            raise BadInput(f"{path} is not a ledger: it has no audit table.")
        return await _verified(database, ())
    finally:
        await database.close()


async def _audit(database: Database, start: int, limit: int) -> Sequence[tuple[AuditRecord, bytes]]:
    if not (0 <= start <= _MOST and 0 <= limit <= _MOST):
        raise BadInput("The first audit index and how many are whole numbers from 0 to 2^53.")
    return await database.run(lambda connection: _page(connection, start, limit))


def _page(connection: sa.Connection, start: int, limit: int) -> list[tuple[AuditRecord, bytes]]:
    asked = _RAW.where(_AUDIT.c["index"] >= start).order_by(_AUDIT.c["index"]).limit(limit)
    rows = connection.execute(asked).mappings()
    return [_pair(dict(row), position) for position, row in enumerate(rows, start=start)]


async def _verified(database: Database, witnesses: Sequence[Head]) -> Head:
    before, head = None, EMPTY
    while head != before:
        before = head
        head = await database.run(partial(_further, head=head, witnesses=witnesses))
    return verify((), head, [witness for witness in witnesses if witness.count > head.count])


def _further(connection: sa.Connection, head: Head, witnesses: Sequence[Head]) -> Head:
    """The head after one more page, read and checked in the ledger's thread.

    After the last page no row may be left that none of the pages showed.
    """
    page = _page(connection, head.count, _PAGE)
    end = head.count + len(page)
    if page:
        seen = [witness for witness in witnesses if head.count < witness.count <= end]
        return verify(compared(page, head.count), head, seen)
    index = _AUDIT.c["index"]
    stray = connection.scalar(sa.select(index).where(index < 0).order_by(index).limit(1))
    if stray is not None:
        raise ChainBroken(stray, "it stands before the first record")
    rows = connection.scalar(sa.select(sa.func.count()).select_from(_AUDIT)) or 0
    if rows != end:
        raise ChainBroken(end, f"{rows} rows are stored, {end} of them are the chain")
    return head


def _columns(connection: sa.Connection) -> set[str]:
    inspector = sa.inspect(connection)
    if not inspector.has_table("audit"):
        return set()
    return {column["name"] for column in inspector.get_columns("audit")}


def _pair(row: dict[str, JSON], position: int) -> tuple[AuditRecord, bytes]:
    index = row["index"] if _whole(row["index"]) else position
    stored = _bytes(row.pop("stored"), index)
    record = read(stored, index)
    if not (_whole(row["index"]) and _whole(row["at"])) or not all(
        isinstance(row[name], str) for name in ("kind", "actor", "subject")
    ):
        raise ChainBroken(index, "its columns do not say what its bytes say")
    return record.model_copy(update=row), stored


def _whole(number: object) -> bool:
    """Whether a column holds an index, a time or a version: SQLite keeps anything in any."""
    return isinstance(number, int) and 0 <= number <= _MOST


def _bytes(stored: object, index: int) -> bytes:
    if not isinstance(stored, bytes | memoryview):
        raise ChainBroken(index, "what is stored there is not bytes")
    return bytes(stored)


def _stands(version: int | None) -> str:
    return "nothing stands there" if version is None else f"version {version} stands there"
