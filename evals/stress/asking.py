"""The assistant asked in the state of an extreme, and what is wrong with its answers.

The offline operator with the product's own tools; what it hands in stays in memory. It must never
judge by anything but the answer itself and the stand-in's true counts.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from agents import phrases
from agents.assistant import Assistant
from api.sight import NoRecords, PoolForecaster
from evals.stress.desk import MemoryDesk, people
from knowledge.passages import Hit
from tools.view import ProposalStatus
from twin_core.answer import Answer, Ask, Asker
from twin_core.case import Case
from twin_core.governance.action import Draft
from twin_core.plant.warehouse import PickOrder, Storehouse
from twin_core.testimony.testimony import Testimony
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

_A = TypeVar("_A")
_B = TypeVar("_B")
_WELL = ("no abnormality found", "nothing abnormal")
_LOSING = 0.7
"""A line that makes less than this of what it made cannot be called well."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A question, its answer, and what was handed in meanwhile."""

    question: str
    answer: Answer | None
    raised: str
    drafts: tuple[Draft, ...]


class Inline:
    """Compute in this process."""

    async def map(
        self,
        function: Callable[[_A], _B],
        items: Iterable[_A],
        told: Callable[[int], None] | None = None,
        *,
        long: bool = False,  # noqa: ARG002 (here there is but one)
    ) -> list[_B]:
        """One after the other."""
        results: list[_B] = []
        for item in items:
            results.append(function(item))
            if told is not None:
                told(len(results))
        return results

    async def close(self) -> None:
        """Nothing to let go."""


class Sight:
    """A View of one snapshot; its history is what it remembers."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def snapshot(self) -> Snapshot:
        """The snapshot."""
        return self._snapshot

    async def history(
        self, point: str, start: Instant, end: Instant, n: int
    ) -> dict[str, NDArray[np.float64]]:
        """`n` buckets of one point, from the settled hour."""
        recent, at = self._snapshot.recent, self._snapshot.plant.index[point]
        edges = np.linspace(start, end, n + 1)
        held = np.searchsorted(edges, recent.time, side="left") - 1
        columns = {name: np.full(n, np.nan) for name in ("mean", "low", "high")}
        count = np.zeros(n)
        for bucket in range(n):
            rows = (held == bucket) & np.isfinite(recent.mean[:, at])
            count[bucket] = rows.sum()
            if rows.any():
                columns["mean"][bucket] = recent.mean[rows, at].mean()
                columns["low"][bucket] = recent.low[rows, at].min()
                columns["high"][bucket] = recent.high[rows, at].max()
        return {"time": edges[1:] / SECOND, **columns, "count": count}

    async def proposals(self) -> Sequence[ProposalStatus]:
        """None."""
        return ()

    async def pick_orders(self, store: Storehouse) -> Mapping[date, Sequence[PickOrder]]:
        """None."""
        del store
        return {}

    def cases(self) -> Sequence[Case]:
        """None."""
        return ()

    def testimony(self) -> Sequence[Testimony]:
        """None."""
        return ()


class NoDocuments:
    """A library without a document."""

    async def search(
        self,
        query: str,
        classes: Sequence[str] = (),
        limit: int = 5,
        near: Mapping[str, int] | None = None,
    ) -> Sequence[Hit]:
        """Nothing."""
        del query, classes, limit, near
        return ()


def ask(snapshot: Snapshot, questions: Sequence[str], seed: int) -> list[Heard]:
    """Each question in a conversation of its own, asked by an operator."""
    return asyncio.run(_ask(snapshot, questions, seed))


async def _ask(snapshot: Snapshot, questions: Sequence[str], seed: int) -> list[Heard]:
    asker: Asker = people(snapshot.plant.site)["olga"]
    found = []
    for number, text in enumerate(questions):
        desk = MemoryDesk(snapshot)
        assistant = Assistant(
            None, lambda _: Sight(snapshot), NoDocuments(), PoolForecaster(Inline(), seed),
            NoRecords(), desk,
        )  # fmt: skip
        answer, raised = None, ""
        try:
            async for said in assistant.ask(Ask(text=text, asker=asker, thread=f"t{number}")):
                answer = said if isinstance(said, Answer) else answer
        except Exception as problem:  # noqa: BLE001 (whatever is raised at a person is what is sought)
            raised = f"{type(problem).__name__}: {problem}"
        found.append(Heard(text, answer, raised, tuple(draft for draft, _ in desk.drafts)))
    return found


def wrong(heard: Heard, share: float | None = None) -> Iterator[str]:
    """What is wrong with an answer.

    Args:
        heard: question and answer.
        share: what the line truly makes of what it made; None where it is not asked about.
    """
    answer = heard.answer
    if heard.raised or answer is None:
        yield f"“{heard.question}” raised {heard.raised or 'nothing, and was not answered'}"
        return
    text = answer.text
    if phrases.BROKE in text.lower() or " broke; nothing was learned" in text:
        yield f"“{heard.question}” broke: {_short(text)}"
    if phrases.STRUCK in answer.unknown:
        yield f"“{heard.question}” held what no evidence bears: {_short(text)}"
    if not answer.understood:
        yield f"“{heard.question}” was not understood: {_short(text)}"
    elif not (answer.evidence or answer.unknown or "allowed" in text):
        yield f"“{heard.question}” rests on nothing: {_short(text)}"
    called_well = any(said in text.lower() for said in _WELL)
    if share is not None and share < _LOSING and called_well:
        yield f"“{heard.question}” calls a line well that makes {share:.0%} of what it did"


def _short(text: str) -> str:
    return " ".join(text.split())[:160]
