"""One run of the assistant: its tools, its budget, what it has seen so far. Nothing outlives it.

It holds tools and a read-only view. It must never hold a system, a gate, a ledger or a connection.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool

from agents.budget import Budget
from agents.grounding import Ground, Grounded, Lexicon
from agents.model import name_of
from tools.hearing import points_under, silence
from tools.result import ToolResult
from tools.view import View
from twin_core.answer import Progress
from twin_core.evidence import Evidence
from twin_core.twin import Snapshot

_STANDS = frozenset(
    {"passage", "record", "plan", "proposal", "testimony", "source", "incident", "alarm"}
)
_ENDS_NOW_US = 60_000_000


@dataclass
class Run:
    """What one question has cost and shown so far.

    Args:
        view: belief, asked again whenever the newest is needed.
        tools: the asker's share, by name.
        model: the language model, or the operator.
        operator: the offline operator, who takes over when the model cannot go on.
        budget: bounds.
        tell: takes progress lines.
        asked: the question.
        lexicon: of the plant, for grounding.

    Attributes:
        results: what tools answered, in order.
        steps: answers of the model so far.
        repair: sentences given back to the model; `repaired`: it had its chance.
        fallen: why the operator took over; empty if he did not.
        words: the answer as the model worded it, not yet bound to evidence.
        understood: whether the question was.
    """

    view: View
    tools: Mapping[str, BaseTool]
    model: BaseChatModel
    operator: BaseChatModel
    budget: Budget
    tell: Callable[[Progress], None]
    asked: str
    lexicon: Lexicon
    results: list[ToolResult] = field(default_factory=list)
    steps: int = 0
    repair: tuple[str, ...] = ()
    repaired: bool = False
    fallen: str = ""
    words: str = ""
    understood: bool = True
    calls: Counter[str] = field(default_factory=Counter)

    @property
    def offline(self) -> bool:
        """Whether the operator answers."""
        return self.model is self.operator

    @property
    def answered_by(self) -> str:
        """What stands under the answer."""
        return name_of(self.model)

    def newest(self) -> Snapshot:
        """The newest snapshot."""
        return self.view.snapshot()

    def fall_back(self, why: str) -> None:
        """Let the operator go on, and remember why."""
        self.fallen = self.fallen or why
        self.model = self.operator

    def may_call(self, name: str, arguments: dict[str, Any]) -> bool:
        """Whether this very call has not been made too often; counts it."""
        key = f"{name} {json.dumps(arguments, sort_keys=True, default=str)}"
        self.calls[key] += 1
        return self.calls[key] <= self.budget.repeats

    def keep(self, result: ToolResult) -> None:
        """Remember what a tool answered."""
        self.results.append(result)

    def evidence(self, snapshot: Snapshot) -> tuple[tuple[Evidence, ...], tuple[Evidence, ...]]:
        """What still holds at a snapshot, and what says which assets have gone silent meanwhile.

        What was read of an asset that cannot be heard any more is not given as if it were so now;
        what was seen earlier than that stays.
        """
        unique = {e.id: e for result in self.results for e in result.evidence}
        gone: dict[str, Evidence] = {}
        holds: list[Evidence] = []
        for seen in unique.values():
            silent = None if seen.kind in _STANDS else _silent_now(seen, snapshot)
            if silent is None:
                holds.append(seen)
            else:
                gone[silent.statement] = silent
        return tuple(holds), tuple(gone.values())

    def grounded(self, snapshot: Snapshot) -> tuple[Grounded, tuple[Evidence, ...]]:
        """The words bound to what holds at a snapshot, and what has gone silent meanwhile."""
        holds, silent = self.evidence(snapshot)
        told = [result.text for result in self.results if result.status != "ok"]
        ground = Ground((*holds, *silent), self.lexicon, told, self.asked)
        return ground.ground(self.words), silent


def _silent_now(seen: Evidence, snapshot: Snapshot) -> Evidence | None:
    """That an asset which the evidence speaks of as it is now cannot be heard now."""
    plant = snapshot.plant
    lines = {line.id for line in plant.lines}
    named = [seen.subject, *(v for v in seen.data.values() if isinstance(v, str))]
    for path in named:
        if path in plant.index or path in plant.units or path in lines:
            silent = silence(snapshot, path)
            if silent is not None and not _is_past(seen, path, snapshot):
                return silent
    return None


def _is_past(seen: Evidence, path: str, snapshot: Snapshot) -> bool:
    """Whether it is history that ended before the asset fell silent."""
    if seen.kind != "series":
        return False
    end = seen.data.get("end")
    sources = {p.source for p in points_under(path, snapshot.plant)}
    lasts = [s.last for name, s in snapshot.sources.items() if name in sources and s.last]
    # What was never heard live is history up to now.
    silent_from = min(lasts) if lasts else snapshot.now
    return isinstance(end, int) and end < silent_from - _ENDS_NOW_US
