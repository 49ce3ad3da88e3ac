"""Answers that people may act on, kept in the audit chain with all they rest on.

It must never keep an answer from who asked: what cannot be recorded is given, and says so.
"""

import asyncio
import hashlib
from collections.abc import Callable
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from agents.prompt import REPAIR, SYSTEM
from twin_core.answer import Answer, Ask
from twin_core.canonical import digest
from twin_core.errors import OpsTwinError, StoreDown
from twin_core.governance.ports import Ledger
from twin_core.plant.assets import Plant
from twin_core.twin import Snapshot
from twin_core.value import JSON

ANSWERED = "answered"
"""Kind of the records."""

_ACTED_ON = frozenset({"cause", "counterfactual", "forecast"})
"""Kinds of evidence with which an answer says why something is so, or what would follow."""


class Answers:
    """Keeps answers that carry a cause, a forecast or a proposal.

    Args:
        snapshots: the newest belief.
        damage: what is wrong with the audit chain; while it says anything, nothing is added to it.
    """

    def __init__(
        self,
        plant: Plant,
        ledger: Ledger,
        snapshots: Callable[[], Snapshot],
        damage: Callable[[], str],
    ) -> None:
        self._plant, self._ledger = plant, ledger
        self._snapshots, self._damage = snapshots, damage

    async def kept(self, ask: Ask, answer: Answer) -> Answer:
        """The answer, recorded if it is one to act on; if that failed, it says so."""
        if not (answer.proposals or any(e.kind in _ACTED_ON for e in answer.evidence)):
            return answer
        try:
            if self._damage():
                raise StoreDown("ledger", self._damage())
            body = await asyncio.to_thread(self._body, ask, answer)
            await self._ledger.record(ANSWERED, ask.asker.user, self._plant.site, body)
        except OpsTwinError as problem:
            told = f"This answer stands in no audit record: {problem}"
            return answer.model_copy(update={"unknown": (*answer.unknown, told)})
        return answer

    def versions(self) -> dict[str, str]:
        """Of program, plant and prompt, and of belief: what an answer of now would rest on."""
        snapshot = self._snapshots()
        return {**self._still, "revision": str(snapshot.revision), "state": snapshot.digest}

    def _body(self, ask: Ask, answer: Answer) -> JSON:
        told: dict[str, Any] = answer.model_dump(
            mode="json", include={"findings", "proposals", "unknown", "model", "time"}
        )
        return {
            "question": ask.text,
            "asker": ask.asker.model_dump(mode="json", include={"user", "name", "roles"}),
            "channel": ask.channel,
            "answer": answer.text,
            **told,
            "evidence": [{"id": e.id, **e.model_dump(mode="json")} for e in answer.evidence],
            "versions": self.versions(),
        }

    @cached_property
    def _still(self) -> dict[str, str]:
        """The versions that do not change while this process runs."""
        try:
            program = version("opstwin")
        except PackageNotFoundError:
            program = "not installed"
        texts = "\0".join((*SYSTEM.values(), REPAIR))
        prompt = hashlib.sha256(texts.encode()).hexdigest()
        return {"program": program, "plant": digest(self._plant), "prompt": prompt}
