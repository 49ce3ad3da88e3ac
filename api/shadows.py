"""What came of proposals that were only thought: looked at once, when a forecast is over, and kept.

It must never propose anything, nor look twice.
"""

from collections.abc import Callable, Iterable, Mapping

from pydantic import ValidationError

from twin_core.errors import StoreDown
from twin_core.governance.case import Case
from twin_core.governance.ports import Ledger
from twin_core.governance.shadow import Shadow, due, judged
from twin_core.twin import Snapshot

_PREFIX = "shadow/"


class Shadows:
    """Of one site."""

    def __init__(self, ledger: Ledger, snapshots: Callable[[], Snapshot]) -> None:
        self._ledger = ledger
        self._snapshots = snapshots
        self._known: dict[str, Shadow] = {}

    @property
    def known(self) -> Mapping[str, Shadow]:
        """By proposal."""
        return self._known

    async def load(self) -> None:
        """Read what was kept.

        Raises:
            StoreDown: the ledger cannot be read, or what it holds is not of a known form.
        """
        for key in await self._ledger.keys(_PREFIX):
            stored = await self._ledger.load(key)
            try:
                found = Shadow.model_validate(stored[0] if stored is not None else None)
            except ValidationError as problem:
                why = f"{key} is stored in a form that this program does not know"
                raise StoreDown("ledger", why) from problem
            self._known[found.proposal] = found

    async def look(self, cases: Iterable[Case]) -> None:
        """Judge those that are due, on record."""
        snapshot = self._snapshots()
        for case in cases:
            effect, at = case.proposal.draft.effect, due(case)
            if case.id in self._known or effect is None or at is None or snapshot.watermark < at:
                continue
            found = judged(case, effect, snapshot)
            body = found.model_dump(mode="json")
            record = ("shadow_seen", "opstwin", case.id, body)
            await self._ledger.save(_PREFIX + case.id, body, None, [record])
            self._known[case.id] = found
