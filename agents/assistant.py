"""The one door: a question in, progress lines and one Answer out, the same for every channel.

It wires view, tools, model and graph for one run on behalf of one asker. It must never approve,
write, or answer with what no tool has seen in this run.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from weakref import WeakValueDictionary

import structlog
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langsmith import tracing_context

from agents import phrases
from agents.budget import Budget, Prices, Tally
from agents.graph import Talk, build_graph
from agents.lexicon import Lexicon
from agents.memory import Conversations, ThisProcess, named
from agents.model import name_of
from agents.offline.operator import OfflineOperator
from agents.offline.wording import cited
from agents.run import Run
from tools.study import Told
from tools.toolbox import toolbox
from tools.view import Forecaster, Library, View
from twin_core.answer import Answer, Ask, Asker, Progress, Words
from twin_core.errors import OpsTwinError, StoreDown
from twin_core.evidence import Evidence
from twin_core.governance.desk import ProposalDesk
from twin_core.plant.assets import Plant
from twin_core.plant.names import Names
from twin_core.ports import Threads, WorkRecords

_log = structlog.get_logger(__name__)
_MOST_FOUND = 6


@dataclass(frozen=True, slots=True)
class _Local:
    plant: Plant
    operator: OfflineOperator
    lexicon: Lexicon


class Assistant:
    """Answers questions.

    Args:
        model: a language model, or None: the offline operator alone.
        view_for: what an asker may see; raises NotAllowed for one who may see nothing.
        library, forecaster, records, desk: what the tools read, and where proposals go.
        threads: keep conversations; by default this process does.
        budget: bounds of one run.
        prices: of the model's tokens; None = not known, and no cost is told.
    """

    def __init__(
        self,
        model: BaseChatModel | None,
        view_for: Callable[[Asker], View],
        library: Library,
        forecaster: Forecaster,
        records: WorkRecords,
        desk: ProposalDesk,
        *,
        threads: Threads | None = None,
        budget: Budget | None = None,
        prices: Prices | None = None,
    ) -> None:
        self._model = model
        self._view_for = view_for
        self._library = library
        self._forecaster = forecaster
        self._records = records
        self._desk = desk
        self._budget = budget or Budget()
        self._prices = prices
        self._graph = build_graph(Conversations(threads or ThisProcess()))
        self._graph_alone = build_graph(None)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._local: _Local | None = None

    async def ask(self, ask: Ask) -> AsyncGenerator[Progress | Words | Answer, None]:
        """Progress while tools run, the words as they come, then exactly one Answer.

        Raises:
            NotAllowed: the asker may not see this site.
        """
        clock = asyncio.get_running_loop().time
        began = clock()
        told: asyncio.Queue[Progress | Words | None] = asyncio.Queue()
        run = self._run(ask, told.put_nowait)
        going = asyncio.create_task(self._go(ask, run))
        going.add_done_callback(lambda _: told.put_nowait(None))
        try:
            while (news := await told.get()) is not None:
                yield news
            await going
        finally:
            going.cancel()
        answer = self._answer(ask, run)
        run.speech.end(answer.text)
        while not told.empty():
            rest = told.get_nowait()
            assert rest is not None
            yield rest
        yield answer.model_copy(update={"spent": run.tally.spent(clock() - began)})

    def _run(self, ask: Ask, tell: Callable[[Progress | Words], None]) -> Run:
        """A run with nothing done."""
        view = self._view_for(ask.asker)
        local = self._locally(view.snapshot().plant)
        told: Told = {}
        tools = toolbox(
            view,
            self._desk,
            self._library,
            self._forecaster,
            self._records,
            ask.asker,
            local.operator.names,
            told,
        )
        return Run(
            view=view,
            tools={tool.name: tool for tool in tools},
            told=told,
            model=self._model or local.operator,
            operator=local.operator,
            tally=Tally(self._budget, self._prices),
            tell=tell,
            asked=ask,
            lexicon=local.lexicon,
        )

    def names(self, plant: Plant) -> Names:
        """What people call things in this plant, indexed once."""
        return self._locally(plant).operator.names

    async def _go(self, ask: Ask, run: Run) -> None:
        """One run through the graph, inside its time; what breaks is told, never raised."""
        thread = named(ask.asker.user, ask.thread)
        async with self._turn(thread):
            try:
                # A library's own way out: no conversation is traced to anyone.
                with tracing_context(enabled=False):
                    async with asyncio.timeout(run.budget.total_s):
                        await self._through(ask, run, thread)
            except TimeoutError:
                run.fall_back(phrases.NO_TIME)
            except OpsTwinError as problem:
                run.fall_back(str(problem))
            except Exception:  # noqa: BLE001 (a person must get an answer; the log has the rest)
                _log.exception("run_broke", thread=ask.thread)
                run.fall_back(phrases.BROKE)

    async def _through(self, ask: Ask, run: Run, thread: str) -> None:
        """The graph with the conversation; without it where it cannot be read, and told so."""
        asked: Talk = {"messages": [HumanMessage(ask.text)]}
        how: RunnableConfig = {"recursion_limit": 4 * run.budget.steps + 20}
        kept: RunnableConfig = {**how, "configurable": {"thread_id": thread}}
        try:
            await self._graph.ainvoke(asked, kept, context=run, durability="exit")
        except StoreDown as problem:
            _log.warning("conversation_not_kept", reason=str(problem))
            run.forgetful = str(problem)
            if not run.words:
                await self._graph_alone.ainvoke(asked, how, context=run)

    def _turn(self, thread: str) -> asyncio.Lock:
        """One run a conversation at a time; a lock lasts as long as somebody holds or awaits it."""
        return self._turns.setdefault(thread, asyncio.Lock())

    def _locally(self, plant: Plant) -> _Local:
        """What is made of a plant once: it changes when the plant file does."""
        if self._local is None or self._local.plant is not plant:
            self._local = _Local(plant, OfflineOperator(names=Names(plant)), Lexicon(plant))
        return self._local

    def _answer(self, ask: Ask, run: Run) -> Answer:
        """The Answer of a run, whatever became of it, by the newest snapshot of all."""
        snapshot, lead = run.newest(), []
        if not run.words:
            run.words = _without_words(run.evidence(snapshot)[0])
            lead = [f"{run.fallen[:1].upper()}{run.fallen[1:]}."] if run.fallen else []
        found, silent = run.grounded(snapshot)
        by_id = {e.id: e for result in run.results for e in result.evidence}
        by_id.update({e.id: e for e in silent})
        lines = [cited(e) for e in silent if e.id not in found.cited]
        lines += [phrases.LOST_MEANWHILE] if silent else []
        lines += [found.text] if found.text else []
        unknown = [r.text for r in run.results if r.status == "no_data"]
        if run.forgetful:
            unknown.append(phrases.FORGETFUL.format(why=run.forgetful))
        unknown += [e.statement for e in silent]
        if found.struck and not silent:
            unknown.append(phrases.STRUCK)
            lines.append(phrases.STRUCK)
        if self._model is not None and run.fallen:
            lead = [phrases.FELL_BACK.format(model=name_of(self._model), why=run.fallen)]
        used = [*(e.id for e in silent), *found.cited]
        return Answer(
            thread=ask.thread,
            text="\n".join([*lead, *lines]) or phrases.NOTHING,
            findings=found.findings,
            evidence=tuple(by_id[i] for i in dict.fromkeys(used)),
            charts=() if silent else tuple(c for r in run.results for c in r.charts),
            proposals=tuple(dict.fromkeys(p for r in run.results for p in r.proposals)),
            unknown=tuple(dict.fromkeys(unknown)),
            understood=run.understood,
            model=run.answered_by,
            time=snapshot.now,
        )


def _without_words(holds: tuple[Evidence, ...]) -> str:
    """What was found, sentence by sentence, when nobody was left to word it."""
    return "\n".join(f"- {cited(e)}" for e in holds[:_MOST_FOUND])
