"""Entries of many callers made durable together: who waits while others commit goes in next.

Each caller goes on only after the commit of his own. It must never hold an entry back to wait for
more.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import sqlalchemy as sa

from connectors.database import Database
from twin_core.errors import Conflict

_E = TypeVar("_E")
_R = TypeVar("_R")

_TURNS = 5  # times a transaction is tried again when another process was first


class GroupCommit(Generic[_E, _R]):
    """Takes entries; one transaction adds all that wait.

    Args:
        database: in whose thread it is done.
        add: adds entries, in one transaction; for each what came of it, or why it was refused.
    """

    def __init__(
        self,
        database: Database,
        add: Callable[[sa.Connection, Sequence[_E]], Sequence[_R | Exception]],
    ) -> None:
        self._database = database
        self._add = add
        self._waiting: deque[tuple[_E, asyncio.Future[_R]]] = deque()

    async def add(self, entry: _E) -> _R:
        """What came of an entry, after its commit, even if the caller is cancelled meanwhile.

        Raises:
            StoreDown: it was not added.
        """
        taken: asyncio.Future[_R] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, taken))
        self._database.post(self._commit)
        return await taken

    def _commit(self) -> None:
        """Add what waits; in the thread."""
        group = []
        while self._waiting:  # nobody else takes any
            group.append(self._waiting.popleft())
        if not group:  # they went with those before
            return
        came: Sequence[_R | Exception]
        try:
            came = self._transact([entry for entry, _ in group])
        except Exception as problem:  # noqa: BLE001 (raised where each of them waits)
            came = [problem] * len(group)
        for loop in {taken.get_loop() for _, taken in group}:
            if not loop.is_closed():
                answers = zip((taken for _, taken in group), came, strict=True)
                mine = [(taken, one) for taken, one in answers if taken.get_loop() is loop]
                loop.call_soon_threadsafe(_answer, mine)

    def _transact(self, entries: Sequence[_E]) -> Sequence[_R | Exception]:
        def transaction(connection: sa.Connection) -> Sequence[_R | Exception]:
            return self._add(connection, entries)

        for _ in range(_TURNS - 1):
            with contextlib.suppress(Conflict):
                return self._database.transact(transaction)
        return self._database.transact(transaction)


def _answer(answers: Sequence[tuple[asyncio.Future[_R], _R | Exception]]) -> None:
    for taken, came in answers:
        if taken.done():  # its caller was cancelled
            continue
        if isinstance(came, Exception):
            taken.set_exception(came)
        else:
            taken.set_result(came)
