"""Once a shift: what could run better on the whole site, within a quota, in a worker.

At the change of shift, from belief as it is then; people are told of what was found, in one
message, and it is kept until the next. It must never compute on the serving loop, nor change
anything.
"""

from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from api.champions import Champions
from tools.improvements import improvements_told
from tools.shifts import shift_at
from tools.wording import local
from twin_core.errors import Unavailable, WrongKind
from twin_core.plant.assets import Plant
from twin_core.ports import Compute
from twin_core.prospect.improve import Quota, improve
from twin_core.prospect.improvement import Improved
from twin_core.twin import Snapshot

log = structlog.get_logger(__name__)

QUOTA = Quota(trials=600, effort=4.0)
"""Of one shift, the whole site: some ten CPU seconds on four lines of seven machines."""


class Improving:
    """Looks at each change of shift, never at the server's start.

    Attributes:
        latest: what was found at the last change; None before the first.
    """

    def __init__(
        self,
        plant: Plant,
        compute: Compute,
        champions: Champions,
        snapshots: Callable[[], Snapshot],
        tell: Callable[[str, str], Awaitable[object]],
        seed: int,
    ) -> None:
        self._plant, self._compute, self._champions = plant, compute, champions
        self._snapshots, self._tell, self._seed = snapshots, tell, seed
        self._shift: float | None = None
        self.latest: Improved | None = None

    async def look(self) -> None:
        """Look if another shift has begun since the last time.

        Raises:
            OpsTwinError: the workers cannot be used.
        """
        snapshot = self._snapshots()
        begun = self._begun(snapshot)
        if begun is None or begun == self._shift:
            return
        before, self._shift = self._shift, begun
        if before is None:
            return
        given = await self._champions.applied(snapshot, ())
        work = partial(_improved, seed=self._seed)
        try:
            (self.latest,) = await self._compute.map(work, [(given, self._plant.site)], long=True)
        except Unavailable:
            self._shift = before  # once they can be used again it is looked
            raise
        log.info("looked for what could run better", found=len(self.latest.found))
        told = improvements_told(self.latest, snapshot)[1 : 1 + len(self.latest.found)]
        if told:
            await self._tell("improvements", " ".join(one.statement for one in told))

    def _begun(self, snapshot: Snapshot) -> float | None:
        """When the shift began that is on, seconds since 1970; None where none is."""
        try:
            return shift_at(local(snapshot.now, self._plant), self._plant)[0].timestamp()
        except WrongKind:
            return None


def _improved(asked: tuple[Snapshot, str], seed: int) -> Improved:
    snapshot, subject = asked
    return improve(snapshot, subject, seed, QUOTA)
