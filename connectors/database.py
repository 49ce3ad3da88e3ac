"""A small SQL database with one thread that alone owns its engine; for the ledger and records.

Transactions are functions of a connection, run one after the other in that thread. It must never
hand a connection out, and it knows no table.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeAlias, TypeVar
from urllib.parse import quote

import sqlalchemy as sa

from connectors import postgresql
from connectors.schema import migrate
from connectors.vendor_error import clause
from twin_core.errors import Conflict, StoreDown

_T = TypeVar("_T")
_P = ParamSpec("_P")

Transaction: TypeAlias = Callable[[sa.Connection], _T]
"""What is done in one transaction; it is rolled back if this raises."""

_Begin: TypeAlias = Callable[[], AbstractContextManager[sa.Connection]]

_WAIT_S = 5
"""Seconds that a transaction waits for the lock which another process holds."""


class Database:
    """An engine, its thread, and its schema brought to the newest version.

    Every transaction takes the one write lock at once, so that what it reads is what it decides
    on; what is committed survives the machine. SQLite is set to WAL with synchronous FULL;
    PostgreSQL takes an advisory lock under READ COMMITTED, and a connection that died is replaced.

    Args:
        url: of SQLAlchemy (`sqlite:////path/ledger.sqlite`, `postgresql+psycopg://…`); a Path is
            an SQLite file that is only read: not migrated, not a byte of it written.
        store: its name in errors, and of its migrations.
        undone: told in the thread whenever a transaction left nothing behind.

    Raises:
        StoreDown: it cannot be opened, or its schema is newer than the migrations.
    """

    def __init__(
        self,
        url: str | sa.URL | Path,
        store: str,
        undone: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._undone = undone
        self._closed = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=store)
        try:
            opened = self._thread.submit(self._opened, url).result()
            self._engine, self._begin, self._end = opened
        except BaseException:  # passed on; no thread is left behind
            self._thread.shutdown()
            raise

    async def run(self, transaction: Transaction[_T]) -> _T:
        """Run one transaction and return what it returns, after its commit.

        Raises:
            Conflict: another process wrote what this one wanted to write.
            StoreDown: the database failed; nothing of the transaction stays, unless a server died
                between its commit and its answer. Whoever compares before he sets finds that out.
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
        await asyncio.to_thread(self.shut)

    def shut(self) -> None:
        """The same for who has no loop; blocks."""
        if not self._closed:
            self._closed = True
            self._thread.submit(self._let_go).result()
            self._thread.shutdown()

    def _let_go(self) -> None:
        self._end()
        self._engine.dispose()

    def _committed(self, transaction: Transaction[_T]) -> _T:
        try:
            with self._begin() as connection:
                return transaction(connection)
        except BaseException:  # passed on; an interrupt has left nothing behind either
            self._undone()
            raise

    def _opened(self, url: str | sa.URL | Path) -> tuple[sa.Engine, _Begin, Callable[[], None]]:
        if isinstance(url, Path):
            try:
                engine = sa.create_engine("sqlite://", creator=lambda: _reading(url))
                return engine, *_kept(engine.connect())
            except (sa.exc.SQLAlchemyError, sqlite3.Error) as problem:
                raise StoreDown(self._store, clause(problem)) from problem
        try:
            engine, begin = _engine(_closed(sa.make_url(url)), self._store)
            try:
                with engine.begin() as connection:
                    migrate(connection, self._store)
                return engine, *((begin, engine.dispose) if begin else _kept(engine.connect()))
            except BaseException:  # passed on; no connection is left open
                engine.dispose()
                raise
        except ModuleNotFoundError as problem:
            raise StoreDown(self._store, f"{problem.msg}: install opstwin[postgres]") from problem
        except sa.exc.SQLAlchemyError as problem:
            raise StoreDown(self._store, clause(problem)) from problem


def _kept(connection: sa.Connection) -> tuple[_Begin, Callable[[], None]]:
    """Transactions on one connection that is kept, nobody being asked for it; and its end."""

    @contextmanager
    def begin() -> Iterator[sa.Connection]:
        with connection.begin():
            yield connection

    return begin, connection.close


def _engine(url: sa.URL, store: str) -> tuple[sa.Engine, _Begin | None]:
    if url.get_backend_name() == "sqlite":
        engine = sa.create_engine(url)
        sa.event.listen(engine, "connect", _durable)
        sa.event.listen(engine, "begin", _immediate)
        return engine, None
    return postgresql.engine(url, store, _WAIT_S)


def _closed(url: sa.URL) -> sa.URL:
    """The address; a file that is not there yet is made, and nobody but its owner reads it.

    What SQLite puts beside it has the rights of the file.
    """
    if url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}:
        with suppress(OSError):  # that it cannot be made is SQLite's to say
            os.close(os.open(str(url.database), os.O_RDWR | os.O_CREAT, 0o600))
    return url


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
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        f"busy_timeout = {1000 * _WAIT_S}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _immediate(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
