"""PostgreSQL as a Database needs it: an address that is trusted, and an engine that never hangs.

Every transaction takes one advisory lock under READ COMMITTED: each statement after it sees what
stood when we had it, as in SQLite. It must never send a password to a server that proved nothing.
"""

import os
import socket
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, TypeAlias

import sqlalchemy as sa

from connectors.loopback import is_loopback
from twin_core.errors import BadInput


def address(url: str, password: str = "", store: str = "ledger") -> sa.URL:
    """The address of a database as settings give it; a server elsewhere must prove who it is.

    Args:
        url: `postgresql://USER@HOST:PORT/DATABASE?KEY=VALUE…`, keys as libpq has them.
        password: absent = none, or what libpq finds in its own file.
        store: whose settings gave it.

    Raises:
        BadInput: no such address, a password in it, or a server elsewhere that could be anybody.
    """
    try:
        found = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        found = None
    if found is None or found.drivername != "postgresql" or not found.database:
        raise BadInput(
            f"{store}_url: not the address of a database; "
            "allowed: postgresql://USER@HOST:PORT/DATABASE."
        )
    if found.password is not None:
        raise BadInput(
            f"{store}_url holds a password; give it as OPSTWIN_{store.upper()}_PASSWORD or "
            f"OPSTWIN_{store.upper()}_PASSWORD_FILE."
        )
    query = dict(found.query)
    if not all(_here(host) for host in _hosts(found)):
        trusted = {"sslmode": "verify-full", "sslrootcert": "system", **query}
        if trusted["sslmode"] != "verify-full":
            raise BadInput(
                f"{store}_url: sslmode={trusted['sslmode']} lets any server be the store; "
                "allowed away from this machine: verify-full, with sslrootcert=FILE or system."
            )
        query = trusted
    return found.set(drivername="postgresql+psycopg", password=password or None, query=query)


Begin: TypeAlias = Callable[[], AbstractContextManager[sa.Connection]]
"""Begins a transaction, and ends it with the block."""


class Bound:
    """Lets what is done with a connection fail after so many seconds, also with a frozen server.

    Such a server keeps no time limit of its own, and its host still answers for it.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._connection: Any = None

    def connected(self, connection: Any, _record: Any) -> None:
        """The connection from now on."""
        self._connection = connection

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """For the time of the block."""
        timer = threading.Timer(self._seconds, self._cut)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        """Break it for who waits for it in another thread."""
        if self._connection is not None and not self._connection.closed:
            with suppress(OSError), socket.socket(fileno=os.dup(self._connection.fileno())) as wire:
                wire.shutdown(socket.SHUT_RDWR)


def engine(url: sa.URL, store: str, wait_s: int) -> tuple[sa.Engine, Begin]:
    """An engine of one connection, replaced when it died, and its transactions, each bounded.

    Args:
        url: from `address`.
        store: whose transactions follow each other, whatever processes they come from.
        wait_s: seconds for the lock, and for a connection; a statement may take twice, all three
            times as long.
    """
    made = sa.create_engine(
        url,
        connect_args={
            "application_name": "opstwin",
            "connect_timeout": wait_s,
            "options": f"-c lock_timeout={wait_s}s -c statement_timeout={2 * wait_s}s",
            "tcp_user_timeout": 2000 * wait_s,  # a host that is gone hangs no thread
            "keepalives_idle": wait_s,
            "keepalives_interval": 1,
            "keepalives_count": wait_s,
        },
        isolation_level="READ COMMITTED",
        pool_size=1,
        max_overflow=0,
        pool_pre_ping=True,
    )
    lock = f"SELECT pg_advisory_xact_lock({zlib.crc32(store.encode())})"
    bound = Bound(3 * wait_s)
    sa.event.listen(made, "connect", bound.connected)
    sa.event.listen(made, "connect", _synchronous)
    sa.event.listen(made, "begin", lambda connection: connection.exec_driver_sql(lock))

    @contextmanager
    def begin() -> Iterator[sa.Connection]:
        with bound(), made.begin() as connection:
            yield connection

    return made, begin


def _synchronous(connection: Any, _record: Any) -> None:
    """Wait for the disk at each commit, also where the server's default does not."""
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false)"
        " WHERE current_setting('synchronous_commit') = 'off'"
    )
    connection.commit()


def _hosts(url: sa.URL) -> list[str]:
    query: Mapping[str, Any] = url.query
    given = [url.host or "", *_texts(query.get("host")), *_texts(query.get("hostaddr"))]
    return [host for hosts in given for host in hosts.split(",") if host]


def _texts(given: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else given or ()


def _here(host: str) -> bool:
    return host.startswith("/") or is_loopback(host)
