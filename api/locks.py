"""Locks that people hang on assets while they work there: each his own, as padlocks on a hasp.

While one hangs nothing is written to what is under it, by nobody's approval. It must never open one
by itself, nor pass for the lock on the machine: whoever reaches in locks out the energy there too.
"""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime

from api.kept import Kept
from twin_core.answer import Asker
from twin_core.errors import Conflict
from twin_core.governance.admission import known
from twin_core.governance.events import Notify
from twin_core.governance.ports import Ledger
from twin_core.governance.request import Kind, Verb
from twin_core.plant.assets import Plant
from twin_core.value import JSON, SECOND, Instant, Path, Value

_ATTEMPTS = 5  # times a lock is hung or opened when others do so at the same moment


class Lock(Value):
    """One person's lock on a site, area, line or unit, since a ledger time."""

    asset: Path
    user: str
    name: str
    reason: str
    at: Instant

    def __str__(self) -> str:
        """As people are told it, after the asset."""
        since = datetime.fromtimestamp(self.at / SECOND, UTC)
        return f"by {self.name} since {since:%Y-%m-%d %H:%M:%S} UTC: {self.reason}"


Worker = Callable[[Asker, Kind, str, str, JSON], Awaitable[Asker]]
Told = Callable[[str, Notify], None]
Permitted = Callable[[Asker, Verb, Kind, tuple[str, ...], str, JSON], Awaitable[Asker]]


class Locks:
    """All that hang on one plant, in the ledger, where every process of it reads them.

    Args:
        worker: the person as he stands now, if he works at the site; raises NotAllowed.
        permitted: the same, if policy lets him.
        tell: takes what people must be told, and about what.
    """

    def __init__(
        self,
        plant: Plant,
        ledger: Ledger,
        worker: Worker,
        permitted: Permitted,
        tell: Told,
    ) -> None:
        self._plant = plant
        self._ledger = ledger
        self._worker = worker
        self._permitted = permitted
        self._tell = tell
        self._kept = Kept(ledger, f"locks/{plant.site}", "locks", Lock)

    async def hanging(self) -> tuple[Lock, ...]:
        """Every lock, in the order in which they were hung.

        Raises:
            StoreDown: they cannot be read.
        """
        return (await self._kept.read())[0]

    async def by_asset(self) -> dict[str, str]:
        """Asset → whose locks hang on it, since when and why."""
        found: dict[str, list[str]] = {}
        for lock in await self.hanging():
            found.setdefault(lock.asset, []).append(str(lock))
        return {asset: "; ".join(told) for asset, told in found.items()}

    async def hang(self, asset: str, asker: Asker, reason: str) -> Lock:
        """Lock an asset and all in it; returns his lock.

        Anybody who works there may; no policy can take that away. One of his that hangs there
        already stays as it is.

        Raises:
            UnknownName: no such asset.
            NotAllowed: he does not work there; recorded.
            Conflict: others keep locking and unlocking.
        """
        known(self._plant, asset)
        body: JSON = {"reason": reason}
        who = await self._worker(asker, "lock", asset, f"lock {asset}", body)
        for _ in range(_ATTEMPTS):
            locks, version = await self._kept.read()
            mine = _of(locks, asset, who.user)
            if mine is not None:
                return mine
            now = await self._ledger.now()
            mine = Lock(asset=asset, user=who.user, name=who.name, reason=reason, at=now)
            with suppress(Conflict):
                await self._kept.put((*locks, mine), version, ("locked", who.user, asset, body))
                self._tell("lock", Notify("info", f"{asset} is locked {mine}"))
                return mine
        raise Conflict(asset, "others keep locking and unlocking")

    async def again(self, locks: Iterable[Lock], why: str) -> None:
        """Hang locks that the ledger lost, as they hung.

        Raises:
            Conflict: others lock and unlock at the same moment.
        """
        there, version = await self._kept.read()
        lost = [one for one in locks if _of(there, one.asset, one.user) is None]
        if lost:
            records: list[tuple[str, str, str, JSON]] = [
                ("locked", one.user, one.asset, {"reason": one.reason, "again": why})
                for one in lost
            ]
            await self._kept.put((*there, *lost), version, *records)

    async def open(self, asset: str, of: str, asker: Asker, reason: str) -> None:
        """Take a lock off: his own, or that of user `of` if policy lets him.

        Raises:
            NotAllowed: he does not work there, or policy does not let him; recorded.
            Conflict: no such lock hangs there, or others lock and unlock at the same moment.
        """
        owner = of or asker.user
        body: JSON = {"reason": reason, "of": owner}
        doing = f"take off the lock of {owner} on {asset}"
        who = await self._worker(asker, "lock", asset, doing, body)
        if owner != who.user:
            await self._permitted(asker, "unlock", "lock", (asset,), doing, body)
        locks, version = await self._kept.read()
        off = _of(locks, asset, owner)
        if off is None:
            raise Conflict(asset, f"no lock of {owner} hangs there")
        left = tuple(lock for lock in locks if lock != off)
        await self._kept.put(left, version, ("unlocked", who.user, asset, body))
        told = f"the lock of {off.name} on {asset} was taken off by {who.name}: {reason}"
        self._tell("lock", Notify("info" if owner == who.user else "alarm", told))


def _of(locks: Iterable[Lock], asset: str, user: str) -> Lock | None:
    return next((lock for lock in locks if (lock.asset, lock.user) == (asset, user)), None)
