"""Conversations on disk, or in PostgreSQL: one row each, in a database of their own.

What it keeps is bytes to it. It must never give a person's conversation to another.
"""

import sqlalchemy as sa

from connectors.database import Database
from twin_core.ports import Clock
from twin_core.value import SECOND

_THREAD = sa.Table(
    "thread",
    sa.MetaData(),
    sa.Column("user", sa.String, primary_key=True),
    sa.Column("thread", sa.String, primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
_EACH = 200
"""Threads kept of one person."""
_DAY_US = 86_400 * SECOND


class SqlThreads:
    """A Threads.

    Args:
        url: of SQLAlchemy; a database of its own.
        clock: whose ledger time says how long a thread was not used.
        days: after which it is let go.

    Raises:
        StoreDown: the database cannot be opened, or is of a newer schema.
    """

    def __init__(self, url: str | sa.URL, clock: Clock, days: float) -> None:
        self._clock = clock
        self._longest = int(days * _DAY_US)
        self._database = Database(url, "threads")

    async def kept(self, user: str, thread: str) -> bytes | None:
        """A conversation as it was kept last; None: there is none, or it was let go.

        Raises:
            StoreDown: it cannot be read.
        """
        since = self._clock.ledger() - self._longest
        asked = sa.select(_THREAD.c.body).where(
            _THREAD.c.user == user, _THREAD.c.thread == thread, _THREAD.c.at >= since
        )
        return await self._database.run(lambda connection: connection.scalar(asked))

    async def keep(self, user: str, thread: str, body: bytes) -> None:
        """Keep it in the place of what was kept before; a new one lets go of what is old.

        Raises:
            StoreDown: it cannot be written.
        """
        now = self._clock.ledger()
        own = _THREAD.c.user == user
        new = {"at": now, "body": body}
        newest = (
            sa.select(_THREAD.c.thread)
            .where(own)
            .order_by(_THREAD.c.at.desc(), _THREAD.c.thread)
            .limit(_EACH)
        )

        def put(connection: sa.Connection) -> None:
            again = _THREAD.update().where(own, _THREAD.c.thread == thread).values(new)
            if connection.execute(again).rowcount:
                return
            connection.execute(_THREAD.insert().values(user=user, thread=thread, **new))
            connection.execute(_THREAD.delete().where(own, _THREAD.c.thread.not_in(newest)))
            connection.execute(_THREAD.delete().where(_THREAD.c.at < now - self._longest))

        await self._database.run(put)

    async def close(self) -> None:
        """Let go of the database."""
        await self._database.close()
