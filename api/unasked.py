"""What the assistant says without being asked: first findings of new incidents, the handover.

Never more than six messages a shift; they are counted in the ledger, so a restart tells nothing
twice. It asks as anybody would, in its own name, only to read: it must never propose or decide.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from pydantic import Field

from agents.grounding import CITED
from api.casebook import DIAGNOSED
from api.kept import Kept
from tools.shifts import shift_at
from tools.wording import local, moment
from twin_core.answer import Answer, Ask, Asker
from twin_core.errors import Conflict, OpsTwinError, WrongKind
from twin_core.governance.events import Notify
from twin_core.governance.ports import Ledger
from twin_core.operations.incident import Incident
from twin_core.operations.timeline import grouped
from twin_core.plant.assets import Plant
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant, Value

log = structlog.get_logger(__name__)

MOST = 6
"""Messages in a shift."""
_OF_FINDINGS = MOST - 1
"""The last one is kept for the handover."""
_AGAIN_US = 600 * SECOND
"""Plant time after which an incident that goes on is looked at once more."""
_LONGEST_US = 8 * 3600 * SECOND
"""A shift where the plant file gives none."""
_KEPT = 50
_US = "opstwin"
_HANDOVER = "Shift handover report for the last shift"


class Looked(Value):
    """An incident that was looked into unasked.

    Attributes:
        cause: asset and failure mode as first found, empty where none was.
        again: plant time at which it is looked at once more; None = it was, or is over.
    """

    incident: str
    cause: str = ""
    again: Instant | None = None


class Said(Value):
    """What was said unasked: in which shift (plant time of its beginning), how often, of what."""

    shift: Instant
    messages: int = Field(default=0, ge=0)
    looked: tuple[Looked, ...] = ()


class Unasked:
    """Looks into what is new, and tells it once.

    Args:
        plant: whose shifts count.
        ledger: where it is counted.
        snapshots: the newest belief.
        ask: the assistant, as every channel asks it.
        owned: whether this process owns the plant; another tells nothing.
        tell: takes what it is about, and what people are told.
    """

    def __init__(
        self,
        plant: Plant,
        ledger: Ledger,
        snapshots: Callable[[], Snapshot],
        ask: Callable[[Ask], Awaitable[Answer]],
        owned: Callable[[], Awaitable[bool]],
        tell: Callable[[str, Notify], None],
    ) -> None:
        self._plant, self._snapshots = plant, snapshots
        self._ask, self._owned, self._tell = ask, owned, tell
        self._kept = Kept(ledger, f"unasked/{plant.site}", "said", Said)
        self._shift: Instant | None = None
        site = (plant.site,)
        self._asker = Asker(
            user=_US, name="OpsTwin", roles=("viewer",), sites=site, scopes=("read",)
        )

    async def look(self) -> None:
        """Look into one new incident at most; at a change of shift, tell the handover.

        Raises:
            StoreDown: what was said cannot be read or counted; nothing is said.
        """
        if not await self._owned():
            return
        snapshot = self._snapshots()
        begun = self._begun(snapshot.now)
        before, self._shift = self._shift, begun
        if before is not None and before != begun:
            answer = await self._answer(_HANDOVER, "handover")
            if answer is not None and answer.understood:
                await self.say("handover", CITED.sub("", answer.text))
        said, _ = await self._said()
        for incident in self._new(snapshot, said):
            await self._investigate(incident, snapshot, said)
            return

    async def say(self, topic: str, text: str, looked: Looked | None = None) -> bool:
        """Tell people something they did not ask for, once it is counted; False: that was enough.

        Raises:
            StoreDown: it cannot be counted; nothing is said.
        """
        said, version = await self._said()
        most = MOST if topic == "handover" else _OF_FINDINGS
        loud = bool(text) and said.messages < most
        if loud and said.messages + 1 == _OF_FINDINGS and topic != "handover":
            text += " No more is told unasked in this shift; ask, or see opstwin incidents."
        after = said.model_copy(
            update={
                "messages": said.messages + loud,
                "looked": _noted(said.looked, looked) if looked else said.looked,
            }
        )
        with suppress(Conflict):  # another process said something at this moment
            body = {"messages": after.messages, "text": text if loud else ""}
            await self._kept.put((after,), version, ("unasked", _US, topic, body))
            if loud:
                self._tell(topic, Notify("info", text))
            return loud
        return False

    async def _said(self) -> tuple[Said, int | None]:
        """What was said in this shift so far; of a shift before only what was looked into."""
        found, version = await self._kept.read()
        begun = self._begun(self._snapshots().now)
        last = found[0] if found else Said(shift=begun)
        if last.shift != begun:
            last = Said(shift=begun, looked=last.looked)
        return last, version

    def _new(self, snapshot: Snapshot, said: Said) -> list[Incident]:
        """Open incidents of lines that are part of no other: not looked into yet, or due again."""
        known = {one.incident: one for one in said.looked}
        heads = [group.head for group in grouped(snapshot.incidents, self._plant)]
        return [
            one
            for one in heads
            if one.closed is None and one.kind in DIAGNOSED and _due(known.get(one.id), snapshot)
        ]

    async def _investigate(self, incident: Incident, snapshot: Snapshot, said: Said) -> None:
        before = next((one for one in said.looked if one.incident == incident.id), None)
        if before is None and said.messages >= _OF_FINDINGS:
            return  # nobody would be told
        answer = await self._answer(f"What is the cause of incident {incident.id}?", incident.id)
        if answer is None:
            return
        cause, first = _first(answer)
        if before is not None:
            done = before.model_copy(update={"again": None})
            other = cause and cause != before.cause
            text = f"{incident.id}, looked at once more: {first}" if other else ""
            await self.say(incident.id, text, done)
            return
        again = snapshot.now + _AGAIN_US
        when = moment(again, self._plant, snapshot.now)
        text = (
            f"{incident.statement.rstrip('.')} ({incident.id}). First finding: {first} "
            f"It is looked at once more at {when}; you are told if the cause is another."
        )
        await self.say(incident.id, text, Looked(incident=incident.id, cause=cause, again=again))

    async def _answer(self, text: str, thread: str) -> Answer | None:
        """The assistant's answer; None, and in the log why, where there is none."""
        asked = Ask(text=text, asker=self._asker, thread=f"unasked/{thread}", channel="unasked")
        try:
            return await self._ask(asked)
        except OpsTwinError as problem:
            log.warning("nothing was found out unasked", about=thread, reason=str(problem))
            return None

    def _begun(self, now: Instant) -> Instant:
        """When the shift began; where there are none, the last of three times a day."""
        try:
            return round(shift_at(local(now, self._plant), self._plant)[0].timestamp()) * SECOND
        except WrongKind:
            return now // _LONGEST_US * _LONGEST_US


def _due(before: Looked | None, snapshot: Snapshot) -> bool:
    return before is None or (before.again is not None and before.again <= snapshot.now)


def _noted(looked: tuple[Looked, ...], one: Looked) -> tuple[Looked, ...]:
    return (*(old for old in looked if old.incident != one.incident), one)[-_KEPT:]


def _first(answer: Answer) -> tuple[str, str]:
    """The cause an answer puts first, as asset and mode, and its first sentence."""
    found = next((e for e in answer.evidence if e.kind == "cause"), None)
    cause = "" if found is None else f"{found.subject} {found.data.get('failure_mode')}"
    return cause, answer.findings[0].text if answer.findings else answer.text.split("\n")[0]
