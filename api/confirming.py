"""What an incident was, taken down as people confirm it: kept, audited, filed for whoever asks.

Two doors lead here: a person confirms it himself, or approves that it be confirmed. It must never
say a cause that no person stands for.
"""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from api.casebook import Casebook
from api.librarian import Filed
from knowledge.passages import Passage
from knowledge.records import confirmed_incident
from twin_core.case import Case
from twin_core.plant.assets import Plant
from twin_core.twin import Snapshot
from twin_core.value import Instant, Path, Slug, Value


class Said(Value):
    """A cause, and who stands for it.

    Attributes:
        incident: its id.
        asset, failure_mode: where the cause was, and which of its class's it was (if one).
        words: his own; `name` and `user` who he is, `at` when he says it, ledger time.
    """

    incident: str
    asset: Path
    failure_mode: Slug | None
    words: str
    name: str
    user: str
    at: Instant


Keep: TypeAlias = Callable[[Passage, str], Awaitable[Filed]]
"""Files a passage as a document, in a user's name."""


class Confirmer:
    """Keeps confirmed causes in the casebook, and what was said of them in the library.

    Args:
        file: files a passage as a document, in a user's name.
    """

    def __init__(
        self,
        plant: Plant,
        snapshots: Callable[[], Snapshot],
        book: Casebook,
        file: Keep,
    ) -> None:
        self._plant = plant
        self._snapshots = snapshots
        self._book = book
        self._file = file

    def known(self, incident: str) -> Case | None:
        """What is known of an incident: confirmed, diagnosed only, or nothing."""
        return self._book.case(incident)

    async def confirm(self, said: Said) -> tuple[Passage, Filed]:
        """Take the place of what was said of the incident before, which stays on record.

        Raises:
            UnknownName: no such incident, unit, or failure mode of its class.
            StoreDown: it was not kept, or kept and not filed.
        """
        incident = self._book.incident(self._snapshots(), said.incident)
        passage = confirmed_incident(
            incident, self._plant, said.asset, said.failure_mode or "", said.words, said.name,
            said.at,
        )  # fmt: skip
        known = self.known(incident.id)
        case = Case(
            incident=incident, asset=said.asset, failure_mode=said.failure_mode,
            probability=known.probability if known is not None else None,
            confirmed_by=said.name, confirmed_at=said.at, words=said.words,
        )  # fmt: skip
        await self._book.confirm(case, said.user)
        return passage, await self._file(passage, said.user)
