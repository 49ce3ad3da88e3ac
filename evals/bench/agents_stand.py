"""A played plant that can be asked: the assistant of the product over a stand-in, in one process.

The twin is fed what the wires would bring. What each question showed is kept, so that what is said
can be held against it. It must never tell the product what it plays.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from agents.lexicon import Lexicon
from agents.model import schemas
from agents.offline.operator import OfflineOperator
from api.sight import NoRecords, PoolForecaster
from evals.emulator.faults import Case as Played
from evals.runner import Game
from evals.stress.asking import Inline, Sight
from knowledge.passages import Hit, Passage
from knowledge.shipped import shipped
from tools.result import ToolResult
from tools.toolbox import toolbox
from tools.view import ProposalStatus
from twin_core.answer import Asker
from twin_core.evidence import Evidence
from twin_core.governance.action import Draft
from twin_core.governance.desk import Receipt
from twin_core.plant.assets import Plant
from twin_core.plant.names import Names
from twin_core.twin import Snapshot

_USUAL_S, _AFTER_S = 1500.0, 420.0
_STEPS = 8
ASKER = "Ola Nyman"


@dataclass(frozen=True, slots=True)
class Heard:
    """One question, what the tools showed for it, and the operator's answer, not yet grounded."""

    question: str
    evidence: tuple[Evidence, ...]
    told: tuple[str, ...]
    words: str


class Stand:
    """A plant with a fault at work, and the offline operator who may look at it.

    Args:
        plant: the plant file.
        case: of the catalogue.
        seed: of the stand-in.
    """

    def __init__(self, plant: Plant, case: Played, seed: int) -> None:
        game = Game(plant, seed)
        game.turn(_USUAL_S)
        for fault in case.faults:
            game.world.standin.inject(fault)
        game.turn(_AFTER_S)
        self.lexicon = Lexicon(plant)
        snapshot, names = game.twin.snapshot(game.world.clock.plant()), Names(plant)
        asker = Asker(user="ola", name=ASKER, roles=("operator",), sites=(plant.site,))
        desk, forecaster = _Desk(), PoolForecaster(Inline(), seed)
        tools = toolbox(
            _Sight(snapshot, desk), desk, _Shelf(), forecaster, NoRecords(), asker, names
        )
        self._tools = {tool.name: tool for tool in tools}
        self._operator = OfflineOperator(names=names).bind_tools(schemas(tools))

    async def hear(self, question: str) -> Heard:
        """Ask, run what is called for, and keep what came of it."""
        messages: list[AnyMessage] = [HumanMessage(question)]
        results: list[ToolResult] = []
        for _ in range(_STEPS):
            said = await self._operator.ainvoke(messages)
            assert isinstance(said, AIMessage)
            messages.append(said)
            for call in said.tool_calls:
                answer = await self._tools[call["name"]].ainvoke({**call, "type": "tool_call"})
                assert isinstance(answer, ToolMessage)
                results.append(ToolResult.model_validate(answer.artifact))
                messages.append(answer)
            if not said.tool_calls:
                break
        evidence = {e.id: e for result in results for e in result.evidence}
        told = tuple(result.text for result in results if result.status != "ok")
        return Heard(question, tuple(evidence.values()), told, str(messages[-1].text))


class _Sight(Sight):
    """A View of one moment, with what was handed in."""

    def __init__(self, snapshot: Snapshot, desk: "_Desk") -> None:
        super().__init__(snapshot)
        self._desk = desk

    async def proposals(self) -> Sequence[ProposalStatus]:
        return self._desk.kept


class _Desk:
    """A desk at which everything waits for a person."""

    def __init__(self) -> None:
        self.kept: list[ProposalStatus] = []

    async def submit(self, draft: Draft, asker: Asker) -> Receipt:
        del asker
        proposal, needs = f"p-{len(self.kept) + 1:08d}", "1 supervisor, not the requester"
        self.kept.append(
            ProposalStatus(
                proposal=proposal, title=draft.title, action=draft.action, state="pending",
                needs=needs, votes=(), result="",
            )
        )  # fmt: skip
        return Receipt(proposal=proposal, state="pending", needs=needs)


class _Shelf:
    """The shipped documents, found by the words they share with a question."""

    def __init__(self) -> None:
        self._passages: tuple[Passage, ...] = shipped()

    async def search(
        self,
        query: str,
        classes: Sequence[str] = (),
        limit: int = 5,
        near: Mapping[str, int] | None = None,
    ) -> Sequence[Hit]:
        del near
        words = set(query.lower().split())
        hits = [
            Hit(
                passage=p.id, document=p.document, title=p.title, version=p.version,
                section=p.section, classes=p.classes, text=p.text,
                score=len(words & set(p.text.lower().split())) / max(1, len(words)),
            )
            for p in self._passages
            if not classes or set(classes) & set(p.classes)
        ]  # fmt: skip
        return sorted(hits, key=lambda hit: -hit.score)[:limit]


def heard(stand: Stand, questions: Sequence[str]) -> list[Heard]:
    """Each question asked by itself."""

    async def all_of_them() -> list[Heard]:
        return [await stand.hear(question) for question in questions]

    return asyncio.run(all_of_them())
