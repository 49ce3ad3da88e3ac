"""A whole system of its own around a virtual controller: the real wiring, gate and connectors.

Its data directory is thrown away, its people exist nowhere else, and its sources are on this
machine. It must never be given the settings of a real one.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from api.settings import Settings, quiet_libraries
from api.system import System
from api.wiring import Parts, build
from evals.virtual.loopback import guarded
from twin_core.answer import Asker, Grant
from twin_core.errors import SourceDown
from twin_core.governance.policy import Policy
from twin_core.governance.trust import Ladder, Step
from twin_core.plant.assets import Plant
from twin_core.value import SECOND, Instant

_LOOK_S = 0.1
_TICK_S = 0.25
_NEVER = 2**53  # a ledger time that does not come
AUTHOR = "rehearsal-author"
_A = TypeVar("_A")
_B = TypeVar("_B")


def origin_of(start: Instant, factor: float) -> Instant:
    """The time origin with which plant time is `start` now; ledger time stays the host's.

    From `plant = origin + factor · (host - origin)`.
    """
    host = time.time_ns() // 1000
    return host if factor == 1 else round((factor * host - start) / (factor - 1))


@dataclass
class Private:
    """A running private system, and the one person in it who proposes."""

    system: System
    author: Asker
    factor: float

    def person(self, number: int, role: str) -> Asker:
        """Somebody with that role, made when first asked for; another for each number."""
        user = f"rehearsal-{role}-{number}"
        known = {asker.user: asker for asker in self.system.identity.people()}
        if user not in known:
            name, site = f"Rehearsal {role} {number}", self.system.plant.site
            self.system.identity.add(user, name, [role], [site])
        return self.system.identity.person(user)

    def plant_s(self) -> float:
        """Plant time in seconds."""
        return self.system.clock.plant() / SECOND

    async def until(self, holds: Callable[[], bool], plant_s: float, least_s: float = 20.0) -> bool:
        """Whether something came to hold within so many plant (and `least_s` host) seconds."""
        deadline = time.monotonic() + max(least_s, plant_s / self.factor)
        while not holds():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(_LOOK_S)
        return True

    async def settled(self, count: Callable[[], int], whole: int, quiet_s: float) -> None:
        """Return once `count` has come to `whole`, or has not grown for so many host seconds."""
        best, since = count(), time.monotonic()
        while best < whole and time.monotonic() - since < quiet_s:
            await asyncio.sleep(_LOOK_S)
            if (now := count()) > best:
                best, since = now, time.monotonic()

    async def heard(self, points: Sequence[str]) -> None:
        """Return once all of the points are believed.

        Raises:
            SourceDown: one of them is not; why.
        """

        def bad() -> dict[str, str]:
            snapshot = self.system.pump.snapshot()
            seen = (snapshot.latest(point) for point in points)
            return {s.point: s.why or s.state for s in seen if s.state != "good"}

        if not await self.until(lambda: not bad(), 120.0, 30.0):
            point, why = next(iter(bad().items()))
            raise SourceDown(f"{point} (virtual)", why)


def unshaken(steps: Mapping[str, Step]) -> Ladder:
    """A ladder that what is tried to fail does not lower: the next trial needs the trust."""
    return Ladder(steps=dict(steps), since=dict.fromkeys(steps, _NEVER))


@asynccontextmanager
async def private(
    plant: Plant,
    folder: Path,
    *,
    factor: float,
    origin: Instant,
    policy: Policy,
    trust: dict[str, Step],
    roles: Sequence[str],
    grants: Sequence[Grant] = (),
) -> AsyncIterator[Private]:
    """The system around sources on this machine, started; stopped and forgotten afterwards.

    Args:
        plant: with its sources redirected (see `loopback.redirected`).
        folder: for its data.
        factor: plant seconds a second.
        origin: of plant time, as the virtual controller has it.
        policy: what holds at the site.
        trust: step by path, as it stands there.
        roles: of the author.
        grants: what he holds besides, whoever lent it.
    """
    settings = Settings(
        data=folder / "data", time_factor=factor, time_origin=origin, workers=1, model="offline"
    )
    quiet_libraries(settings.data)
    with guarded("the private system"):
        system = build(settings, Parts(plant=plant, compute=_Here()))
        system.actuation.standing.policy = policy
        system.actuation.standing.trust.ladder = unshaken(trust)
        system.periodic[:] = [(_TICK_S, system.actuation.tick)]  # it learns nothing
        held = [grant.model_copy(update={"lent_by": ""}) for grant in grants]
        system.identity.add(AUTHOR, "Rehearsal author", list(roles), [plant.site], grants=held)
        async with system.running():
            yield Private(system, system.identity.person(AUTHOR), factor)


class _Here:
    """A Compute for a system that nobody asks anything: it works where it is asked."""

    async def map(
        self,
        function: Callable[[_A], _B],
        items: Iterable[_A],
        told: Callable[[int], None] | None = None,
        *,
        long: bool = False,  # noqa: ARG002 (here there is but one)
    ) -> list[_B]:
        """`[function(item) for item in items]`, in a thread of this process."""
        results = await asyncio.to_thread(lambda: [function(item) for item in items])
        if told is not None:
            told(len(results))
        return results

    async def close(self) -> None:
        """Nothing is held."""
