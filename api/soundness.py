"""Whether the ledger can be relied on: its chain, and every state that the chain must bear out.

Once it was found not to be, it stays so until another start. It must never mend anything.
"""

from collections.abc import Awaitable, Callable

from twin_core.errors import ChainBroken, StateForged, StoreDown
from twin_core.governance.events import Notify


class Soundness:
    """Of one ledger.

    Attributes:
        damage: what is wrong with it and what to do, in words; empty if nothing is.

    Args:
        tell: takes what people must be told, and about what.
    """

    def __init__(self, tell: Callable[[str, Notify], None]) -> None:
        self._tell = tell
        self.damage = ""

    async def seen(self, look: Callable[[], Awaitable[object]]) -> bool:
        """Whether it is sound after a look at it; if it is found not to be, people are paged.

        Raises:
            StoreDown: it cannot be looked at.
        """
        if not self.damage:
            try:
                await look()
            except (ChainBroken, StateForged) as problem:
                self.damage = (
                    f"{problem} Nothing is proposed, approved or written before it is whole: stop "
                    "the server, keep the ledger for who looks into it, then restore a backup: "
                    "opstwin restore BACKUP"
                )
                self._tell("ledger", Notify("page", self.damage))
        return not self.damage

    def whole(self) -> None:
        """Return if nothing is known to be wrong.

        Raises:
            StoreDown: something is.
        """
        if self.damage:
            raise StoreDown("ledger", self.damage)
