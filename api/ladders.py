"""The ladder of trust of a site, kept in the ledger. It must never move a step by itself."""

from collections.abc import Sequence

from pydantic import ValidationError

from twin_core.errors import StoreDown
from twin_core.governance.ports import Ledger
from twin_core.governance.trust import Ladder
from twin_core.value import JSON


class KeptLadder:
    """As it was stored last by this process, or read.

    Attributes:
        ladder: how it stands.
    """

    def __init__(self, ledger: Ledger, site: str) -> None:
        self._ledger, self._key = ledger, f"trust/{site}"
        self._version: int | None = None
        self.ladder = Ladder()

    async def load(self) -> None:
        """Read it, where there is one.

        Raises:
            StoreDown: it cannot be read, or is of a form not known.
        """
        stored = await self._ledger.load(self._key)
        if stored is not None:
            try:
                kept, self._version = Ladder.model_validate(stored[0]), stored[1]
            except ValidationError as problem:
                why = f"{self._key} is stored in a form that this program does not know"
                raise StoreDown("ledger", why) from problem
            self.ladder = kept.dated(await self._ledger.now())

    async def put(self, ladder: Ladder, records: Sequence[tuple[str, str, str, JSON]]) -> None:
        """Store another in its place, with the audit records of the change.

        Raises:
            Conflict: somebody else moved it at the same time.
        """
        state = ladder.model_dump(mode="json")
        self._version = await self._ledger.save(self._key, state, self._version, records)
        self.ladder = ladder
