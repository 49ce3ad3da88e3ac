"""Answers that people call wrong, and what it was instead: kept, audited, shown to who evaluates.

What a person says it was is put before those who may confirm causes; until one does, it weighs
nothing. It must never change an answer, nor teach anything by itself.
"""

from collections import OrderedDict

from twin_core.answer import Answer, Ask, Asker
from twin_core.errors import NoData
from twin_core.evidence import Evidence
from twin_core.governance.action import Basis, ConfirmCause, Draft
from twin_core.governance.ports import Ledger
from twin_core.testimony.testimony import Testimony
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant, Path, Slug, Value

DISPUTED = "disputed"
"""Kind of the records."""
_THREADS = 1000
_LATELY_US = 3600 * SECOND


class Dispute(Value):
    """An answer that was called wrong.

    Attributes:
        answer: as it was given; `cause` what it put first, as asset and failure mode.
        words: what the person said it was.
        asset, modes: what was understood of that; None where nothing was.
        incident: that it is about; empty where none is known.
        proposal: by which it is put before others; empty where there is nothing to confirm.
        user, at: who said so, plant time.
    """

    question: str
    answer: str
    cause: str
    model: str
    evidence: tuple[str, ...]
    words: str
    asset: Path | None
    modes: tuple[Slug, ...]
    incident: str
    proposal: str
    user: str
    at: Instant


class Disputes:
    """Remembers the last answer of each conversation, and keeps what is said against it.

    Args:
        ledger: in whose audit chain a dispute stands.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._last: OrderedDict[tuple[str, str], tuple[Ask, Answer]] = OrderedDict()

    def heard(self, ask: Ask, answer: Answer) -> None:
        """An answer was given."""
        for key in ((ask.asker.user, ask.thread), (ask.asker.user, "")):
            self._last[key] = (ask, answer)
            self._last.move_to_end(key)
        while len(self._last) > _THREADS:
            self._last.popitem(last=False)

    def last(self, asker: Asker, thread: str) -> tuple[Ask, Answer]:
        """The last answer to a person in a conversation, or in any.

        Raises:
            NoData: there was none since the server was started.
        """
        found = self._last.get((asker.user, thread))
        if found is None:
            where = f" in the conversation {thread}" if thread else ""
            raise NoData(f"an answer to {asker.name}{where}", "none was given since the start")
        return found

    async def keep(self, one: Dispute, site: str) -> None:
        """Put it into the audit chain.

        Raises:
            StoreDown: it was not kept.
        """
        await self._ledger.record(DISPUTED, one.user, site, one.model_dump(mode="json"))

    async def all(self) -> tuple[Dispute, ...]:
        """Every one, the oldest first.

        Raises:
            StoreDown: they cannot be read.
        """
        found = await self._ledger.of_kind(DISPUTED)
        return tuple(Dispute.model_validate(record.body) for record in found)


def first_cause(answer: Answer) -> Evidence | None:
    """The cause that an answer puts first."""
    return next((e for e in answer.evidence if e.kind == "cause"), None)


def said_of(found: tuple[Testimony, ...]) -> Testimony | None:
    """What was said that it was: the first cause in a report, or what was put right."""
    return next((one for one in found if one.kind in {"cause", "cleared"} and one.asset), None)


def incident_of(answer: Answer, snapshot: Snapshot) -> str:
    """The incident that an answer was about: named in it, or the newest of its line."""
    for one in answer.evidence:
        if one.kind == "incident" and isinstance(one.data.get("incident"), str):
            return str(one.data["incident"])
    cause = first_cause(answer)
    if cause is None or cause.subject not in snapshot.plant.units:
        return ""
    line = snapshot.plant.line(cause.subject).id
    there = [
        one
        for one in snapshot.incidents
        if line in {one.line, one.subject}
        and one.kind in {"rate_loss", "stopped"}
        and (one.closed is None or answer.time - one.closed < _LATELY_US)
    ]
    return max(there, key=lambda one: one.opened).id if there else ""


def draft_of(said: Testimony, incident: str, cause: Evidence | None, snapshot: Snapshot) -> Draft:
    """That a person's cause be confirmed by who may."""
    assert said.asset is not None
    word = Evidence(
        kind="testimony",
        subject=said.asset,
        statement=f"{said.who} says that the answer was wrong: “{said.words}”",
        time=snapshot.now,
        origin=said.who,
    )
    name = snapshot.plant.units[said.asset].name
    return Draft(
        action=ConfirmCause(
            incident=incident, asset=said.asset,
            failure_mode=said.modes[0] if len(said.modes) == 1 else None,
        ),
        title=f"Confirm that {incident} was at {name}",
        reason=said.words,
        evidence=(word,) if cause is None else (word, cause),
        basis=Basis(points=(), revision=snapshot.revision),
    )  # fmt: skip
