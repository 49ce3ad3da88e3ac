"""The audit chain as a table: appended to, paged through and checked, inside a transaction.

It must never change or remove a record, and never chain to one that it cannot read.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import sqlalchemy as sa

from twin_core.errors import BadInput, ChainBroken
from twin_core.governance.audit import EMPTY, Columns, Head, hashed, link, read, verify
from twin_core.governance.ports import AuditRecord
from twin_core.value import JSON, Instant

META = sa.MetaData()
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
"""What is searched by, sorted by code point everywhere."""
AUDIT = sa.Table(
    "audit",
    META,
    sa.Column("index", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),
    sa.Column("kind", TEXT, nullable=False, index=True),
    sa.Column("actor", TEXT, nullable=False, index=True),
    sa.Column("subject", TEXT, nullable=False, index=True),
    sa.Column("stored", sa.LargeBinary, nullable=False),
)
Entry = tuple[str, str, str, JSON]
"""Kind, actor, subject, body."""

_COLUMNS = ("index", "at", "kind", "actor", "subject", "stored")
_ROWS = sa.select(*(AUDIT.c[name] for name in _COLUMNS))
_INSERT = 'INSERT INTO audit ("index", at, kind, actor, subject, stored) VALUES (?, ?, ?, ?, ?, ?)'
_MOST = 2**53  # whole numbers up to here are the same to everybody


class Tail:
    """The end of the chain and the newest time, read once and kept while nobody else writes.

    SQLite tells when another connection wrote (`PRAGMA data_version`); of another database nothing
    is kept.

    Args:
        times: the newest other times that ledger time must not fall behind.
    """

    def __init__(self, times: Callable[[sa.Connection], Iterable[Instant]]) -> None:
        self._times = times
        self._seen: int | None = None
        self._head, self._newest = EMPTY, 0

    def forget(self) -> None:
        """Read it again next time: what was added last may not have stayed."""
        self._seen = None

    def now(self, connection: sa.Connection, clock: Instant) -> Instant:
        """`clock`, or the newest time that is recorded if that is later."""
        return max(clock, self._known(connection)[1])

    def head(self, connection: sa.Connection) -> Head:
        """The head of the chain as it stands; its records are not checked."""
        return self._known(connection)[0]

    def add(
        self, connection: sa.Connection, now: Instant, entries: Iterable[Entry]
    ) -> list[AuditRecord]:
        """Append records, all of them or, if one has no canonical form, none."""
        came = self.add_each(connection, now, entries)
        for one in came:
            if isinstance(one, Exception):
                raise one
        return [one for one in came if isinstance(one, AuditRecord)]

    def add_each(
        self, connection: sa.Connection, now: Instant, entries: Iterable[Entry]
    ) -> list[AuditRecord | Exception]:
        """Append records, at `now` or later; in the place of one without canonical form: why."""
        head, newest = self._known(connection)
        now = max(now, newest)
        came: list[AuditRecord | Exception] = []
        rows = []
        for kind, actor, subject, body in entries:
            try:
                record, stored, head = link(
                    head, at=now, kind=kind, actor=actor, subject=subject, body=body
                )
            except (BadInput, ValueError) as problem:
                came.append(problem)
                continue
            rows.append((record.index, record.at, kind, actor, subject, stored))
            came.append(record)
        _insert(connection, rows)
        self._head, self._newest = head, now
        return came

    def _known(self, connection: sa.Connection) -> tuple[Head, Instant]:
        seen = _others(connection)
        if seen is None or seen != self._seen:
            head = _newest(connection)
            self._newest = max((head.at, *self._times(connection)))
            self._seen, self._head = seen, head
        return self._head, self._newest


def whole(number: object) -> bool:
    """Whether a column holds an index, a time or a version: SQLite keeps anything in any."""
    return isinstance(number, int) and 0 <= number <= _MOST


def page(connection: sa.Connection, start: int, limit: int) -> list[tuple[AuditRecord, bytes]]:
    """Records from index `start` as their stored bytes say them, with those bytes.

    Raises:
        BadInput: `start` or `limit` is below 0 or above 2^53.
        ChainBroken: the bytes of one are no record.
    """
    if not (whole(start) and whole(limit)):
        raise BadInput("The first audit index and how many are whole numbers from 0 to 2^53.")
    rows = _rows(connection, start, limit)
    return [(read(row[-1], position), row[-1]) for position, row in enumerate(rows, start=start)]


def matching(
    connection: sa.Connection, name: Literal["subject", "kind"], value: str
) -> list[AuditRecord]:
    """All records of a subject or kind, in order, as their stored bytes say them.

    Raises:
        ChainBroken: the bytes of one are no record.
    """
    asked = _ROWS.where(AUDIT.c[name] == value).order_by(AUDIT.c["index"])
    found = (read(row[-1], row[0]) for row in _fetched(connection, asked))
    return [record for record in found if getattr(record, name) == value]


def further(
    connection: sa.Connection, head: Head, heads: Sequence[Head], limit: int, *, deep: bool
) -> Head:
    """The head after one more page, checked against bytes, columns and those of `heads` in it.

    After the last page no row may be left that none of the pages showed.

    Raises:
        ChainBroken: names the first index that does not hold.
    """
    rows = _rows(connection, head.count, limit)
    end = head.count + len(rows)
    if rows:
        stored, columns = [row[-1] for row in rows], [row[:-1] for row in rows]
        seen = [one for one in heads if head.count < one.count <= end]
        return verify(stored, head, seen, columns, deep=deep)
    index = AUDIT.c["index"]
    stray = connection.scalar(sa.select(index).where(index < 0).order_by(index).limit(1))
    if stray is not None:
        raise ChainBroken(stray, "it stands before the first record")
    count = _count(connection)
    if count != end:
        raise ChainBroken(end, f"{count} rows are stored, {end} of them are the chain")
    return head


def _rows(connection: sa.Connection, start: int, limit: int) -> list[Columns]:
    asked = _ROWS.where(AUDIT.c["index"] >= start).order_by(AUDIT.c["index"]).limit(limit)
    return _fetched(connection, asked)


def _fetched(connection: sa.Connection, asked: sa.Select[tuple[JSON, ...]]) -> list[Columns]:
    """Rows as the database has them: what is no text and no bytes is found here, by its index."""
    cursor = connection.execute(asked).cursor
    assert cursor is not None
    return list(cursor.fetchall())


def _newest(connection: sa.Connection) -> Head:
    rows = _fetched(connection, _ROWS.order_by(AUDIT.c["index"].desc()).limit(1))
    if not rows:
        return EMPTY
    index, at, *_, stored = rows[0]
    if not (whole(index) and whole(at)):
        raise ChainBroken(_count(connection) - 1, "its index or its time is no number")
    if not isinstance(stored, bytes):
        raise ChainBroken(index, "what is stored there is not bytes")
    return Head(count=index + 1, digest=hashed(stored), at=at)


def _count(connection: sa.Connection) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(AUDIT)) or 0


def _others(connection: sa.Connection) -> int | None:
    """A number that changes when another connection writes; None where there is none."""
    driver = connection.connection.driver_connection
    if connection.dialect.name != "sqlite" or driver is None:
        return None
    (version,) = driver.execute("PRAGMA data_version").fetchone()
    return int(version)


def _insert(connection: sa.Connection, rows: Sequence[Columns]) -> None:
    driver = connection.connection.driver_connection
    if connection.dialect.name == "sqlite" and driver is not None:
        driver.executemany(_INSERT, rows)  # what SQLAlchemy would add takes as long as the disk
    elif rows:
        connection.execute(AUDIT.insert(), [dict(zip(_COLUMNS, row, strict=True)) for row in rows])
