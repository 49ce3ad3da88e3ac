"""Every case with its version in the ledger. It must never hold one that is newer than stored."""

import asyncio
from collections.abc import Callable

from pydantic import ValidationError

from twin_core.errors import Conflict, StoreDown, UnknownName
from twin_core.governance.case import Case
from twin_core.governance.events import Notify, Save
from twin_core.governance.ports import Ledger
from twin_core.governance.warrant import unfounded, withdrawn

_PREFIX = "proposal/"


class Cases:
    """The cases of a site as this process last saw them stored.

    Args:
        tell: takes a proposal's id and what people must be told.
    """

    def __init__(self, ledger: Ledger, tell: Callable[[str, Notify], None]) -> None:
        self._ledger = ledger
        self._tell = tell
        self._held: dict[str, tuple[Case, int]] = {}

    def all(self) -> tuple[Case, ...]:
        """Every case."""
        return tuple(case for case, _ in self._held.values())

    def one(self, name: str) -> Case:
        """The case of a proposal.

        Raises:
            UnknownName: there is none.
        """
        return self.held(name)[0]

    def held(self, name: str) -> tuple[Case, int]:
        """The case of a proposal and its version.

        Raises:
            UnknownName: there is none.
        """
        if name not in self._held:
            raise UnknownName("proposal", name)
        return self._held[name]

    async def load(self) -> None:
        """Read every case from the ledger.

        Raises:
            StoreDown: the ledger cannot be read, or a case in it cannot be understood.
        """
        for key in await self._ledger.keys(_PREFIX):
            await self.read(key.removeprefix(_PREFIX))

    async def read(self, name: str) -> None:
        """Read one case again, as it stands in the ledger.

        One that claims what the audit chain does not say is withdrawn at once, and people paged.
        If another process moved it on between the two looks, it is looked at again.

        Raises:
            StoreDown: as `load`.
        """
        stored = await self._ledger.load(_PREFIX + name)
        if stored is None:
            return
        try:
            case = Case.model_validate(stored[0])
        except ValidationError as problem:
            why = f"proposal {name} is stored in a form that this program does not know"
            raise StoreDown("ledger", why) from problem
        records = await self._ledger.about(name)
        why = unfounded(case, records)
        if not why:
            self._held[name] = (case, stored[1])
            return
        save = withdrawn(name, case, records, why, await self._ledger.now())
        try:
            await self.save(save, stored[1])
        except Conflict:
            await self.read(name)
            return
        self._tell(
            name, Notify("page", f"{name} “{save.case.proposal.draft.title}”: {save.case.result}")
        )

    async def save(self, save: Save, expected: int | None) -> None:
        """Store a case with its audit entries, even if the caller is cancelled meanwhile.

        Raises:
            Conflict: another version than `expected` stands there (None = it is new).
            StoreDown: nothing was stored.
        """
        await asyncio.shield(self._saved(save, expected))

    async def _saved(self, save: Save, expected: int | None) -> None:
        case, state = save.case, save.case.model_dump(mode="json")
        version = await self._ledger.save(_PREFIX + case.id, state, expected, save.entries)
        self._held[case.id] = (case, version)
