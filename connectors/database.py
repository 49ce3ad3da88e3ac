"""A small SQL database with one thread that alone owns its engine; for the ledger and records.

Transactions are functions of a connection, run one after the other in that thread. It must never
hand a connection out, and it knows no table.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, ParamSpec, TypeAlias, TypeVar
from urllib.parse import quote

import sqlalchemy as sa

from connectors.vendor_error import clause
from twin_core.errors import Conflict, StoreDown

_T = TypeVar("_T")
_P = ParamSpec("_P")

Transaction: TypeAlias = Callable[[sa.Connection], _T]
"""What is done in one transaction; it is rolled back if this raises."""

_VERSION = sa.Table("schema_version", sa.MetaData(), sa.Column("version", sa.Integer))


class Database:
    """An engine, its thread, and its schema brought to the newest version.

    SQLite is set to WAL with synchronous FULL, and every transaction takes the write lock at
    once, so that what it reads is what it decides on.

    Args:
        url: of SQLAlchemy (`sqlite:////path/ledger.sqlite`, `postgresql+psycopg://…`); a Path is
            an SQLite file that is only read: not migrated, not a byte of it written.
        store: its name in errors.
        migrations: step n makes version n + 1 out of version n.
        undone: told in the thread whenever a transaction left nothing behind.

    Raises:
        StoreDown: it cannot be opened, or its schema is newer than `migrations`.
    """

    def __init__(
        self,
        url: str | Path,
        store: str,
        migrations: Sequence[Transaction[None]] = (),
        undone: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._undone = undone
        self._closed = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=store)
        try:
            self._connection = self._thread.submit(self._opened, url, migrations).result()
        except BaseException:  # passed on; no thread is left behind
            self._thread.shutdown()
            raise

    async def run(self, transaction: Transaction[_T]) -> _T:
        """Run one transaction and return what it returns, after its commit.

        Raises:
            Conflict: another process wrote what this one wanted to write.
            StoreDown: the database failed; nothing of the transaction stays.
        """
        # A caller that is cancelled does not undo what is being committed.
        return await asyncio.shield(asyncio.wrap_future(self.post(self.transact, transaction)))

    def post(self, job: Callable[_P, _T], *args: _P.args, **named: _P.kwargs) -> Future[_T]:
        """Have something done in the thread, after all that was posted before.

        Raises:
            StoreDown: closed.
        """
        if self._closed:
            raise StoreDown(self._store, "closed")
        return self._thread.submit(job, *args, **named)

    def transact(self, transaction: Transaction[_T]) -> _T:
        """`run`, for who is in the thread already."""
        try:
            return self._committed(transaction)
        except (sa.exc.IntegrityError, sqlite3.IntegrityError) as problem:
            raise Conflict(self._store, "another process wrote first") from problem
        except (sa.exc.SQLAlchemyError, sqlite3.Error, OverflowError) as problem:
            raise StoreDown(self._store, clause(problem)) from problem

    async def close(self) -> None:
        """Finish what waits and let go."""
        if not self._closed:
            self._closed = True
            await asyncio.to_thread(self._shut)

    def _shut(self) -> None:
        self._thread.submit(self._let_go).result()
        self._thread.shutdown()

    def _let_go(self) -> None:
        self._connection.close()
        self._connection.engine.dispose()

    def _committed(self, transaction: Transaction[_T]) -> _T:
        try:
            with self._connection.begin():
                return transaction(self._connection)
        except BaseException:
            self._undone()
            raise

    def _opened(self, url: str | Path, migrations: Sequence[Transaction[None]]) -> sa.Connection:
        if isinstance(url, Path):
            try:
                return sa.create_engine("sqlite://", creator=lambda: _reading(url)).connect()
            except (sa.exc.SQLAlchemyError, sqlite3.Error) as problem:
                raise StoreDown(self._store, clause(problem)) from problem
        try:
            engine = sa.create_engine(url)
            if engine.dialect.name == "sqlite":
                sa.event.listen(engine, "connect", _durable)
                sa.event.listen(engine, "begin", _immediate)
            try:
                with engine.begin() as connection:
                    self._migrate(connection, migrations)
                return engine.connect()
            except BaseException:  # passed on; no connection is left open
                engine.dispose()
                raise
        except (sa.exc.SQLAlchemyError, ImportError) as problem:
            raise StoreDown(self._store, clause(problem)) from problem

    def _migrate(self, connection: sa.Connection, migrations: Sequence[Transaction[None]]) -> None:
        _VERSION.create(connection, checkfirst=True)
        found = connection.scalar(sa.select(sa.func.max(_VERSION.c.version))) or 0
        if found > len(migrations):
            raise StoreDown(
                self._store, f"it has schema {found}, this program knows {len(migrations)}"
            )
        for version in range(found, len(migrations)):
            migrations[version](connection)
            connection.execute(_VERSION.insert().values(version=version + 1))


def _reading(path: Path) -> sqlite3.Connection:
    """A connection that cannot write.

    Without a write-ahead log beside it the file is all there is: said to be immutable, it is read
    without the files that SQLite would otherwise put beside it.
    """
    log = path.with_name(f"{path.name}-wal")
    still = "" if log.exists() and log.stat().st_size else "&immutable=1"
    return sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro{still}", uri=True)


def _durable(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 5000"):
        connection.execute(f"PRAGMA {pragma}").close()


def _immediate(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
