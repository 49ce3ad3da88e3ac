"""A System: everything that runs, started together and stopped in reverse.

`wiring.py` builds it. It must never choose what to run.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from agents.assistant import Assistant
from api.actuation import Actuation
from api.answers import Answers
from api.calibrating import Calibrator
from api.casebook import Casebook
from api.confirming import Confirmer
from api.directory import DataDirectory
from api.disputes import Disputes
from api.escalating import Escalating
from api.identity import Identity
from api.improving import Improving
from api.inlet import Inlet
from api.learning import Lessons
from api.librarian import Librarian
from api.local_rules import LocalRules
from api.provided import Provided
from api.searching import Searches
from api.service import Pump
from api.settings import Settings
from api.sight import PickOrders, PoolForecaster, SiteView
from api.sweeping import Sweeper
from api.witnessing import Witness
from twin_core.answer import Answer, Ask, Asker, Progress, Words
from twin_core.certificate import Certificate
from twin_core.errors import OpsTwinError, StoreDown
from twin_core.governance.events import Notify
from twin_core.plant.assets import Plant
from twin_core.plant.survey import Survey
from twin_core.ports import Clock, Compute, Historian, WorkRecords

if TYPE_CHECKING:
    from api.slack import Slack

log = structlog.get_logger(__name__)


@dataclass
class System:
    """Everything that runs, in one object that nobody but `api` is given."""

    settings: Settings
    plant: Plant
    clock: Clock
    directory: DataDirectory
    identity: Identity
    historian: Historian
    ledger: Any
    pump: Pump
    inlet: Inlet
    actuation: Actuation
    escalating: Escalating
    witness: Witness
    local: LocalRules
    assistant: Assistant
    answers: Answers
    disputes: Disputes
    forecaster: PoolForecaster
    casebook: Casebook
    confirmer: Confirmer
    librarian: Librarian
    compute: Compute
    sweeper: Sweeper
    searches: Searches
    records: WorkRecords
    calibrator: Calibrator
    lessons: Lessons
    improving: Improving
    view_for: Callable[[Asker], SiteView]
    pick_orders: PickOrders
    certificates: Callable[[], tuple[Certificate, ...]]
    browse: Callable[[str], Awaitable[Survey]]
    provided: Provided | None = None
    slack: "Slack | None" = None
    changes: Callable[[], Awaitable[None]] | None = None
    """Takes what was changed about people into the audit chain."""
    closing: list[Callable[[], Any]] = field(default_factory=list)
    periodic: list[tuple[float, Callable[[], Any]]] = field(default_factory=list)
    owned: bool = False
    """Whether who runs it holds the lock of the directory already, since before it was built."""
    ready: bool = False

    async def ask(self, question: Ask) -> AsyncGenerator[Progress | Words | Answer, None]:
        """The assistant's answer to a question, recorded if it is one to act on."""
        async with contextlib.aclosing(self.assistant.ask(question)) as steps:
            async for step in steps:
                if isinstance(step, Answer):
                    answer = await self.answers.kept(question, step)
                    self.disputes.heard(question, answer)
                    yield answer
                else:
                    yield step

    async def answer(self, question: Ask) -> Answer:
        """The same without what is told on the way."""
        *_, answer = [step async for step in self.ask(question)]
        assert isinstance(answer, Answer)
        return answer

    @staticmethod
    def new_id() -> str:
        """A fresh opaque id for a conversation."""
        return secrets.token_hex(6)

    def certs(self) -> tuple[Certificate, ...]:
        """Our certificate and every accepted server's.

        Raises:
            StoreDown: one cannot be read.
        """
        return self.certificates()

    async def discover(self, url: str) -> Survey:
        """What the server at an address offers.

        Raises:
            SourceDown: it does not answer, or is not the one that was accepted.
            WrongKind: an address that cannot be, or a server that could be anybody.
        """
        return await self.browse(url)

    def _expiry(self) -> dict[str, str]:
        now = self.clock.ledger()
        try:
            return {found.holder: found.told(now) for found in self.certs()}
        except StoreDown as problem:
            return {"unreadable": str(problem)}

    def _close_files(self) -> None:
        self.directory.close_files()
        if self.directory.open_to:
            told = f"{self.directory.root}: {self.directory.open_to}"
            self.actuation.notices.tell("data directory", Notify("alarm", told))

    async def _frozen(self) -> str:
        try:
            return "everything is frozen" if await self.actuation.standing.frozen() else "none"
        except StoreDown:
            return "not known: the ledger does not answer"

    async def _locked(self) -> str:
        try:
            return str(len(await self.actuation.standing.locks.hanging()) or "none")
        except StoreDown:
            return "not known: the ledger does not answer"

    async def health(self) -> dict[str, Any]:
        """Each part's state; `ok` when the service can do its work; the plant's time zone."""
        told = {
            name: "up" if state.up else f"down: {state.reason}"
            for name, state in self.pump.snapshot().sources.items()
        }
        unheard = {p.source: "never heard" for p in self.plant.read if p.source not in told}
        sources = {**told, **unheard}
        failure, damage = self.pump.failure, self.actuation.damage
        return {
            "ok": self.ready and not failure and not damage,
            "timezone": self.plant.timezone,
            "parts": {
                "ready": self.ready,
                "pump": failure or ("settling the past again" if self.pump.amending else "running"),
                "ledger": damage or "whole",
                "freeze": await self._frozen(),
                "local_rules": self.local.state,
                "locks": await self._locked(),
                "sources": sources,
                "wires": await self.pump.wires(),
                "documents": self.librarian.state,
                "slack": "not set up" if self.slack is None else self.slack.state,
                "history": (await self.historian.health()).detail,
                "certificates": await asyncio.to_thread(self._expiry),
            },
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator["System"]:
        """Start everything, yield, and stop it in reverse, whatever happened."""
        async with AsyncExitStack() as stack:
            if not self.owned:
                stack.enter_context(self.directory.locked())
            for close in self.closing:
                stack.push_async_callback(_close, close)
            self._close_files()
            await self.librarian.start()
            await self.actuation.start()
            if not self.actuation.damage:
                await self.witness.start()
                stack.push_async_callback(self.witness.close)
            await self.casebook.start()
            await self.pump.start()
            stack.push_async_callback(self.pump.stop)
            stack.push_async_callback(self.actuation.close)  # before the wires it writes through
            stack.push_async_callback(self.local.close)
            await self.actuation.recover()
            await self.local.refresh()
            tasks = [
                asyncio.create_task(_every(seconds, act), name="periodic")
                for seconds, act in self.periodic
            ]
            stack.push_async_callback(_cancel, tasks)
            self.ready = True
            log.info("started", site=self.plant.site, points=len(self.plant.points))
            yield self
            self.ready = False


async def _every(seconds: float, act: Callable[[], Any]) -> None:
    """Do something again and again; a failure is logged once and tried again."""
    failing = False
    while True:
        try:
            await act()
            failing = False
        except Exception as problem:  # noqa: BLE001 (the next turn may go well; told once)
            if not failing:
                tell = log.warning if isinstance(problem, OpsTwinError) else log.exception
                tell("a periodic task failed", reason=str(problem))
            failing = True
        await asyncio.sleep(seconds)


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _close(close: Callable[[], Any]) -> None:
    done = close()
    if asyncio.iscoroutine(done):
        await done
