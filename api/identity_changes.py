"""Changes about people, taken from the identity store's own log into the audit chain, each once.

Users are managed on the data directory, whether a server runs or not: the running one, or the next
to start, takes in what it has not. How far it came is kept beside the chain, in one transaction
with the records. It must never change a user.
"""

import asyncio

from api.actuation import Actuation
from api.identity_store import IdentityStore
from twin_core.errors import Conflict, StoreDown
from twin_core.governance.ports import Ledger


class IdentityChanges:
    """The way of such changes into the chain."""

    def __init__(
        self, store: IdentityStore, ledger: Ledger, actuation: Actuation, site: str
    ) -> None:
        self._store, self._ledger, self._actuation = store, ledger, actuation
        self._key = f"identity/{site}"
        self._turn = asyncio.Lock()

    async def take(self) -> None:
        """Record all that is new; nothing while the chain is broken.

        Raises:
            StoreDown: a store cannot be used; what was not recorded is at the next turn.
        """
        if self._actuation.damage:
            return
        async with self._turn:
            while await self._take_some():
                pass

    async def _take_some(self) -> bool:
        stored = await self._ledger.load(self._key)
        try:
            taken = 0 if stored is None else int(stored[0]["taken"])
        except (LookupError, TypeError, ValueError) as problem:
            raise StoreDown("ledger", f"{self._key} is stored in a form not known") from problem
        changes = await asyncio.to_thread(self._store.changes, taken)
        if not changes:
            return False
        records = [
            (one.kind, one.actor, one.subject, {**one.body, "changed": one.at}) for one in changes
        ]
        version = None if stored is None else stored[1]
        try:
            await self._ledger.save(self._key, {"taken": changes[-1].at}, version, records)
        except Conflict:
            return True  # another process was first; look again
        return True
