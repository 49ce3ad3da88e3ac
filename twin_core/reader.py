"""For whom something is computed, and whether he is still there to read it.

Whoever lets people in says so once for each request, and it goes along with all that the request
awaits; what the house computes for itself has no reader. It must never decide what is computed.
"""

from collections.abc import Callable
from contextvars import ContextVar


class Reader:
    """Who waits for an answer. It may be used from several threads.

    Attributes:
        who: user id; empty = not known yet.
        gone: whether nobody waits any more.
    """

    def __init__(self) -> None:
        self.who = ""
        self.gone = False
        self._ends: set[Callable[[], object]] = set()

    def leave(self) -> None:
        """Nobody waits any more; whoever computes for him is told."""
        self.gone = True
        for end in tuple(self._ends):
            end()

    def tell(self, end: Callable[[], object]) -> None:
        """Call `end` when he leaves, in whatever thread that is found out; at once if he has."""
        self._ends.add(end)
        if self.gone:
            end()

    def forget(self, end: Callable[[], object]) -> None:
        """It is of no use any more."""
        self._ends.discard(end)


READER: ContextVar[Reader | None] = ContextVar("reader", default=None)
"""The reader of what is under way here; None = the house itself."""
