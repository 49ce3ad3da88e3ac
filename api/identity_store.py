"""The identity store: its tables, its one file, and the log of every change made to it.

A change and its line in the log are one transaction; the server takes the lines into the audit
chain, in whichever process the change was made. It must never judge who may do what.
"""

import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.exc import DatabaseError

from twin_core.answer import SCOPES
from twin_core.errors import StoreDown
from twin_core.value import JSON, Instant, Value

_META = MetaData()
USERS = Table(
    "users",
    _META,
    Column("user", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("roles", String, nullable=False),
    Column("sites", String, nullable=False),
    Column("password", String, nullable=False),
    Column("disabled", Integer, nullable=False, default=0),
    Column("seen", Integer),
)
"""`seen`: when a provider last said of somebody what he may; NULL = he is a user of ours."""
GRANTS = Table(
    "grants",
    _META,
    Column("id", String, primary_key=True),
    Column("user", String, nullable=False, index=True),
    Column("role", String, nullable=False),
    Column("at", String, nullable=False),
    Column("until", Integer),
    Column("lent_by", String, nullable=False, index=True),
)
TOKENS = Table(
    "tokens",
    _META,
    Column("digest", String, primary_key=True),
    Column("user", String, nullable=False),
    Column("expires", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("scopes", String, nullable=False),
    Column("used", Integer),
)
LINKS = Table(
    "links",
    _META,
    Column("team", String, primary_key=True),
    Column("member", String, primary_key=True),
    Column("user", String, nullable=False, index=True),
)
"""Who members of chat workspaces are."""
_CHANGES = Table(
    "changes",
    _META,
    Column("at", Integer, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("body", String, nullable=False),
)
_SCHEMA = Table("schema", _META, Column("version", Integer, primary_key=True))
_VERSION = 3
LOG_IN = "log-in"
"""The name of every token that a log-in gave."""
_SECOND_VERSION = (
    "ALTER TABLE users ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE users ADD COLUMN seen INTEGER",
    f"ALTER TABLE tokens ADD COLUMN name VARCHAR NOT NULL DEFAULT '{LOG_IN}'",
    f"ALTER TABLE tokens ADD COLUMN scopes VARCHAR NOT NULL DEFAULT '{' '.join(SCOPES)}'",
    "ALTER TABLE tokens ADD COLUMN used INTEGER",
)


class Change(Value):
    """A line of the log; `at` is its time and its number: no two are equal, later is larger."""

    at: Instant
    kind: str
    actor: str
    subject: str
    body: JSON


class IdentityStore:
    """One SQLite file; safe to call from any thread and any process.

    Args:
        path: the file; created when missing, brought to this schema when older.
        now: ledger time.

    Raises:
        StoreDown: it cannot be opened, or is of a newer schema.
    """

    def __init__(self, path: Path, now: Callable[[], Instant]) -> None:
        self.now = now
        self._path = path
        with suppress(OSError):  # SQLite says why; made here, only its owner reads it
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._lock = threading.Lock()
        self._counting: sqlite3.Connection | None = None
        self._engine: Engine = create_engine(
            f"sqlite:///{path}", connect_args={"check_same_thread": False, "timeout": 5}
        )
        event.listen(self._engine, "connect", _pragmas)
        event.listen(self._engine, "begin", _begin)
        self._writing = self._engine.execution_options(writes=True)
        with self.writing() as connection:
            self._migrate(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the file.

        Raises:
            StoreDown: what the file refuses, with its path.
        """
        with self._told(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that decides on what it reads: nobody else writes meanwhile.

        Raises:
            StoreDown: as `reading`; nothing of it stays.
        """
        with self._lock, self._told(), self._writing.begin() as connection:
            yield connection

    def note(self, connection: Connection, kind: str, actor: str, subject: str, body: JSON) -> None:
        """Put a line into the log, in the transaction of what it tells."""
        last = connection.scalar(select(func.max(_CHANGES.c.at))) or 0
        line = {"at": max(self.now(), last + 1), "kind": kind, "actor": actor, "subject": subject}
        connection.execute(insert(_CHANGES).values(body=json.dumps(body), **line))

    def changes(self, after: Instant, limit: int = 500) -> Sequence[Change]:
        """The lines of the log after one, in order."""
        later = select(_CHANGES).where(_CHANGES.c.at > after).order_by(_CHANGES.c.at).limit(limit)
        with self.reading() as connection:
            return [
                Change(at=row.at, kind=row.kind, actor=row.actor, subject=row.subject,
                       body=json.loads(row.body))
                for row in connection.execute(later)
            ]  # fmt: skip

    def version(self) -> int:
        """A number that is another one once anybody, in any process, has changed anything.

        Of the serving loop's thread alone; it reads shared memory and waits for nobody.

        Raises:
            StoreDown: the file cannot be read.
        """
        try:
            if self._counting is None:
                self._counting = sqlite3.connect(self._path, check_same_thread=False, timeout=0)
            (found,) = self._counting.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error as problem:
            raise StoreDown("identity store", f"{self._path}: {problem}") from problem
        return int(found)

    def close(self) -> None:
        """Let go of the file."""
        if self._counting is not None:
            self._counting.close()
        self._engine.dispose()

    def _migrate(self, connection: Connection) -> None:
        old = inspect(connection).has_table("schema")
        found = connection.scalar(select(_SCHEMA.c.version)) if old else None
        if found not in {None, 1, 2, _VERSION}:
            raise StoreDown("identity store", f"{self._path}: schema {found} is not {_VERSION}")
        if found == 1:
            for statement in _SECOND_VERSION:
                connection.execute(text(statement))
        _META.create_all(connection)  # all that the third version brought is a table
        if found is None:
            connection.execute(insert(_SCHEMA).values(version=_VERSION))
        elif found != _VERSION:
            connection.execute(update(_SCHEMA).values(version=_VERSION))

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError as problem:
            raise StoreDown("identity store", f"{self._path}: {problem.orig}") from problem
        except ValidationError as problem:
            first = problem.errors()[0]
            raise StoreDown(
                "identity store", f"{self._path}: a user's {first['loc'][0]} cannot be read"
            ) from problem


def _pragmas(connection: object, _record: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # its own BEGIN comes too late
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}").close()  # type: ignore[attr-defined]


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
