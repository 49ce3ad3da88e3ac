"""What the assistant itself takes for a question, beyond the model and what tools work out.

A model that answers at once, the cheapest tool, conversations on disk: what is left is the graph,
the grammar, grounding and the store. Time of the processor, all threads; the tool's own is counted
as ours. It must never be measured on a graph or a store that the product does not use.
"""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from agents.assistant import Assistant
from api.clock import SystemClock
from api.plant_file import read_plant
from api.sight import NoRecords, PoolForecaster
from api.wiring import usable
from connectors.threads import SqlThreads
from evals.bench.row import Bar, Row
from evals.stress.asking import Inline, NoDocuments, Sight
from evals.stress.desk import MemoryDesk, people
from evals.stress.playing import Stage
from twin_core.answer import Answer, Ask
from twin_core.twin import Snapshot

P50_MS, P95_MS = Bar(high=25), Bar(high=80)
QUESTIONS, QUICK_QUESTIONS = 500, 60
_WARM = 20
_TURNS = 8
"""Questions of one conversation: more than it remembers."""
_HOWS = ("How is", "Status of", "What is the rate of", "Any alarms on", "How about", "Show me",
         "Give me the state of")  # fmt: skip
_CITED = re.compile(r"^\[(ev-[0-9a-f]+)\] (.*?)\.?$", re.MULTILINE)


class Instant(BaseChatModel):
    """A model that looks once and says what it saw, in no time."""

    asset: str
    model_name: str = "instant"

    @property
    def _llm_type(self) -> str:
        return "instant"

    def bind_tools(self, *_: Any, **__: Any) -> "Instant":
        """The same: it knows what it calls."""
        return self

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        last = messages[-1]
        if isinstance(last, ToolMessage):
            told = _CITED.findall(str(last.content))
            said = AIMessage(" ".join(f"{statement} [{key}]." for key, statement in told))
        else:
            call = {"measurement": "rate", "asset": self.asset}
            said = AIMessage("", tool_calls=[{"name": "latest_values", "args": call, "id": "c"}])
        return ChatResult(generations=[ChatGeneration(message=said)])


def overhead(plant: Path, *, quick: bool) -> Iterator[Row]:
    """The rows: p50 and p95 with an instant model; and of the offline operator, all it does."""
    snapshot = Stage(read_plant(plant, usable), 1).healthy
    line = snapshot.plant.lines[0].name
    n = QUICK_QUESTIONS if quick else QUESTIONS
    load = f"{len(snapshot.plant.points)} points, {_TURNS} turns a conversation, SQLite; CPU"
    took = asyncio.run(_asked(snapshot, Instant(asset=line), n))
    said = f"instant model, one look-up and one answer, its tool counted; {load}"
    for share, bar in ((50, P50_MS), (95, P95_MS)):
        yield _row(f"agents.overhead.p{share}", took, share, said, bar)
    took = asyncio.run(_asked(snapshot, None, n))
    yield _row(
        "agents.offline.p50",
        took,
        50,
        f"offline operator, the same questions, nothing left out; {load}",
    )


def _row(name: str, took: list[float], share: int, load: str, bar: Bar | None = None) -> Row:
    value = float(np.percentile(took, share)) * 1e3
    return Row(name=name, value=value, unit="ms", load=load, n=len(took), bar=bar)


async def _asked(snapshot: Snapshot, model: BaseChatModel | None, n: int) -> list[float]:
    """Seconds of the processor that each question took, the first ones left out."""
    took = []
    async with _assistant(snapshot, model) as assistant:
        asker = people(snapshot.plant.site)["olga"]
        for number, text in enumerate(islice(_questions(snapshot), _WARM + n)):
            ask = Ask(text=text, asker=asker, thread=f"t{number // _TURNS}")
            began = process_time()
            said = [told async for told in assistant.ask(ask)]
            took.append(process_time() - began)
            answer = said[-1]
            assert isinstance(answer, Answer)
            assert answer.understood
            assert model is None or (answer.model == "instant" and answer.findings), answer.text
    return took[_WARM:]


def _questions(snapshot: Snapshot) -> Iterator[str]:
    """Each once: what was read before would be read faster."""
    plant = snapshot.plant
    named = [*(unit.name for unit in plant.units.values()), *(line.name for line in plant.lines)]
    return (f"{how} {name}?" for how in _HOWS for name in named)


@asynccontextmanager
async def _assistant(snapshot: Snapshot, model: BaseChatModel | None) -> AsyncIterator[Assistant]:
    with tempfile.TemporaryDirectory() as folder:
        threads = SqlThreads(f"sqlite:///{folder}/threads.db", SystemClock(1.0, 0), 90)
        try:
            yield Assistant(
                model, lambda _: Sight(snapshot), NoDocuments(), PoolForecaster(Inline(), 1),
                NoRecords(), MemoryDesk(snapshot), threads=threads,
            )  # fmt: skip
        finally:
            await threads.close()
