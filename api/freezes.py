"""Who froze everything, and why: durable, and the same for every process on the ledger.

It must never ask who may; `standing.py` does.
"""

from contextlib import suppress

from pydantic import ValidationError

from twin_core.errors import Conflict, StoreDown
from twin_core.governance.case import clock_text
from twin_core.governance.ports import Ledger
from twin_core.value import JSON, Instant, Value

_ATTEMPTS = 5  # times it is tried when others freeze or lift at the same moment


class Freeze(Value):
    """Everything stopped by a person, or by the service itself, at a ledger time."""

    user: str
    name: str
    reason: str
    at: Instant

    def __str__(self) -> str:
        """As people are told it."""
        return f"by {self.name} at {clock_text(self.at)}: {self.reason}"


class Freezes:
    """All that stand at a site."""

    def __init__(self, ledger: Ledger, site: str) -> None:
        self._ledger = ledger
        self._site = site
        self._key = f"freeze/{site}"

    async def told(self) -> str:
        """All who froze, when and why; empty if nobody did.

        Raises:
            StoreDown: the ledger does not answer, or what it holds is not of a known form.
        """
        return _told((await self._stored())[0])

    async def add(
        self, user: str, name: str, reason: str, kind: str = "frozen"
    ) -> tuple[str, bool]:
        """Stop everything, beside what stands, with a record of that kind; one's first is kept.

        Returns:
            Why it stands, and whether that is new.
        """
        body: JSON = {"reason": reason}
        for _ in range(_ATTEMPTS):
            there, version = await self._stored()
            if any(one.user == user for one in there):
                await self._ledger.record(f"{kind}_again", user, self._site, body)
                return _told(there), False
            at = await self._ledger.now()
            now = (*there, Freeze(user=user, name=name, reason=reason, at=at))
            with suppress(Conflict):
                await self._save(now, version, (kind, user, self._site, body))
                return _told(now), True
        raise Conflict(self._site, "others keep freezing and lifting")

    async def lift(self, user: str, body: JSON) -> None:
        """End them all.

        Raises:
            Conflict: nothing is frozen, or somebody froze it at the same moment.
        """
        there, version = await self._stored()
        if not there:
            raise Conflict(self._site, "nothing is frozen")
        await self._save((), version, ("lifted", user, self._site, body))

    async def _save(
        self, freezes: tuple[Freeze, ...], version: int | None, record: tuple[str, str, str, JSON]
    ) -> None:
        state: JSON = {"freezes": [one.model_dump(mode="json") for one in freezes]}
        await self._ledger.save(self._key, state, version, [record])

    async def _stored(self) -> tuple[tuple[Freeze, ...], int | None]:
        stored = await self._ledger.load(self._key)
        if stored is None:
            return (), None
        try:
            return tuple(Freeze.model_validate(one) for one in stored[0]["freezes"]), stored[1]
        except (LookupError, TypeError, ValidationError) as problem:
            why = f"{self._key} is stored in a form that this program does not know"
            raise StoreDown("ledger", why) from problem


def _told(freezes: tuple[Freeze, ...]) -> str:
    return "; ".join(str(one) for one in freezes)
