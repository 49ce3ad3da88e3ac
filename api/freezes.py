"""Everything stopped at once by a person, and let go again: in the ledger, whoever owns the plant.

It must never end by itself.
"""

from collections.abc import Sequence
from contextlib import suppress

from api.kept import Kept
from api.locks import Permitted, Told, Worker
from twin_core.answer import Asker
from twin_core.errors import Conflict
from twin_core.governance.case import clock_text
from twin_core.governance.events import Notify
from twin_core.governance.ports import Ledger
from twin_core.value import JSON, Instant, Value

_ATTEMPTS = 5  # times everything is frozen when others freeze or lift at the same moment


class Freeze(Value):
    """Everything stopped by a person, at a ledger time."""

    user: str
    name: str
    reason: str
    at: Instant

    def __str__(self) -> str:
        """As people are told it."""
        return f"by {self.name} at {clock_text(self.at)}: {self.reason}"


class Freezes:
    """Who froze one site, and why.

    Args:
        worker, permitted, tell: as of `Locks`.
    """

    def __init__(
        self, site: str, ledger: Ledger, worker: Worker, permitted: Permitted, tell: Told
    ) -> None:
        self._site = site
        self._ledger = ledger
        self._worker = worker
        self._permitted = permitted
        self._tell = tell
        self._kept = Kept(ledger, f"freeze/{site}", "freezes", Freeze)

    async def frozen(self) -> str:
        """Why nothing may be approved, sent or undone now, by whom and when; empty if it may."""
        return _told((await self._kept.read())[0])

    async def freeze(self, asker: Asker, reason: str) -> str:
        """Stop everything that is not on its way to the plant yet; why it stands.

        Anybody who works there may, whoever owns the plant; no policy can take that away. A second
        person's reason stands beside the first's.

        Raises:
            NotAllowed: who is nobody there, a service, or only looks on; recorded.
        """
        body: JSON = {"reason": reason}
        who = await self._worker(asker, "freeze", self._site, "freeze everything", body)
        told, new = await self._add(who.user, who.name, reason, "frozen")
        if new:
            self._tell("freeze", Notify("page", f"everything is frozen {told}"))
        return told

    async def hold(self, why: str, kind: str = "restored") -> None:
        """Stop everything in the service's own name: the ledger was restored, or its clock was."""
        told, new = await self._add("opstwin", "OpsTwin", why, kind)
        if new:
            self._tell("freeze", Notify("alarm", f"everything is frozen {told}"))

    async def standing(self) -> tuple[Freeze, ...]:
        """Every freeze, in the order in which people froze."""
        return (await self._kept.read())[0]

    async def again(self, freezes: Sequence[Freeze]) -> None:
        """Let freezes that the ledger lost stand again, as they stood."""
        for one in freezes:
            await self._add(one.user, one.name, one.reason, "frozen")

    async def _add(self, user: str, name: str, reason: str, kind: str) -> tuple[str, bool]:
        """Why it stands, and whether that is new; on record as `kind`."""
        body: JSON = {"reason": reason}
        for _ in range(_ATTEMPTS):
            there, version = await self._kept.read()
            if any(one.user == user for one in there):
                await self._ledger.record(f"{kind}_again", user, self._site, body)
                return _told(there), False
            at = await self._ledger.now()
            now = (*there, Freeze(user=user, name=name, reason=reason, at=at))
            with suppress(Conflict):
                await self._kept.put(now, version, (kind, user, self._site, body))
                return _told(now), True
        raise Conflict(self._site, "others keep freezing and lifting")

    async def lift(self, asker: Asker, reason: str) -> None:
        """Let everything go on that still holds.

        Raises:
            NotAllowed: policy does not let this person; recorded.
            Conflict: nothing is frozen, or somebody froze it at the same moment.
        """
        body: JSON = {"reason": reason}
        await self._permitted(asker, "lift", "freeze", (self._site,), "lift the freeze", body)
        there, version = await self._kept.read()
        if not there:
            raise Conflict(self._site, "nothing is frozen")
        await self._kept.put((), version, ("lifted", asker.user, self._site, body))
        self._tell("freeze", Notify("alarm", f"the freeze was lifted by {asker.name}: {reason}"))


def _told(freezes: Sequence[Freeze]) -> str:
    """All who froze, and why; empty if nobody did."""
    return "; ".join(str(one) for one in freezes)
