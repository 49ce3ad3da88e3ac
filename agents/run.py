"""One run of the assistant: its tools, its budget, what it has seen so far. Nothing outlives it.

It holds tools and a read-only view. It must never hold a system, a gate, a ledger or a connection.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool

from agents.budget import Budget, Tally
from agents.grounding import Ground, Grounded
from agents.lexicon import Lexicon
from agents.model import name_of, schemas
from agents.offline.operator import OfflineOperator
from agents.specialists import ANALYST, Specialist, handing_over, staffed
from agents.speech import Speech
from tools.hearing import points_under, silence
from tools.result import ToolResult
from tools.study import Told
from tools.view import View
from twin_core.answer import Ask, Progress, Words
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
        tools: the asker's, of all specialists, by name.
        told: diagnoses the conversation was told of, by asset; tools add to it.
        model: the language model, or the operator.
        operator: the offline operator, who takes over when the model cannot go on.
        tally: what it has cost, and may.
        tell: takes progress lines and words.
        asked: the question, and where the asker is from.
        lexicon: of the plant, for grounding.

    Attributes:
        works: the specialist whose prompt and tools the model is shown.
        results: what tools answered, in order.
        repair: sentences given back to the model; `repaired`: it had its chance.
        fallen: why the operator took over; empty if he did not.
        words: the answer as the model worded it, not yet bound to evidence.
        understood: whether the question was.
        forgetful: why the conversation cannot be kept or recalled; empty if it can.
    """

    view: View
    tools: Mapping[str, BaseTool]
    told: Told
    model: BaseChatModel
    operator: OfflineOperator
    tally: Tally
    tell: Callable[[Progress | Words], None]
    asked: Ask
    lexicon: Lexicon
    works: Specialist = ANALYST
    results: list[ToolResult] = field(default_factory=list)
    repair: tuple[str, ...] = ()
    repaired: bool = False
    fallen: str = ""
    words: str = ""
    understood: bool = True
    forgetful: str = ""
    calls: Counter[str] = field(default_factory=Counter)
    speech: Speech = field(init=False)
    _ground: tuple[int, Ground] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Nothing was told yet."""
        self.speech = Speech(self._bound, lambda text: self.tell(Words(text=text)))

    @property
    def budget(self) -> Budget:
        """Bounds."""
        return self.tally.budget

    @property
    def offline(self) -> bool:
        """Whether the operator answers."""
        return self.model is self.operator

    @property
    def answered_by(self) -> str:
        """What stands under the answer."""
        return name_of(self.model)

    @property
    def staff(self) -> tuple[Specialist, ...]:
        """The specialists this asker has."""
        return staffed(self.tools)

    @property
    def share(self) -> dict[str, BaseTool]:
        """The tools of the specialist at work."""
        return {name: self.tools[name] for name in self.works.tools if name in self.tools}

    def shown(self) -> list[dict[str, Any]]:
        """What the model is told it may call: his tools, and handing over."""
        return [*schemas(list(self.share.values())), handing_over(self.staff)]

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
        return self._grounding((*holds, *silent)).ground(self.words), silent

    def _bound(self, draft: str) -> Grounded | None:
        """A draft bound to what was seen so far; None where some of it has gone silent."""
        if self._ground is None or self._ground[0] != len(self.results):
            holds, silent = self.evidence(self.newest())
            if silent:
                return None
            self._ground = len(self.results), self._grounding(holds)
        return self._ground[1].ground(draft)

    def _grounding(self, evidence: Sequence[Evidence]) -> Ground:
        said = [result.text for result in self.results if result.status != "ok"]
        ask = self.asked
        return Ground(evidence, self.lexicon, said, ask.text, ask.locale, ask.asker.name)


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
