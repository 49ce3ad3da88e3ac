"""A whole system for one case, on a plant with a past: the wiring that ships, and nobody's wires.

Identity, policy, gate, ledger and log are real, in a directory that is thrown away; time passes
when it is turned. It must never go around the gate, nor tell the product what it plays.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from api.answers import ANSWERED
from api.calibrating import Calibrator
from api.directory import DataDirectory
from api.settings import Settings, quiet_libraries
from api.soft_sensors import Learner
from api.system import System
from api.wiring import Parts, build
from evals.harness.arms import HEARD, sources, told
from evals.harness.case import Person
from evals.harness.history import FEED_S, Lived
from evals.harness.kept import code, making
from evals.harness.remembering import Remembering
from evals.harness.scored import Arm
from evals.harness.turned import Counted, HouseClock, Still
from twin_core.answer import Answer, Ask, Asker
from twin_core.errors import Refused
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.ports import WorkOrderRecord
from twin_core.value import SECOND, Instant

PEOPLE: Mapping[str, tuple[str, str]] = {
    "vera": ("Vera Holm", "viewer"),
    "olga": ("Olga Quinn", "operator"),
    "sam": ("Sam Reyes", "supervisor"),
    "sue": ("Sue Marsh", "supervisor"),
    "erik": ("Erik Lund", "engineer"),
}
"""Who works at every plant of the exam: name and role."""
Does = Literal["approve", "reject", "revoke", "freeze", "lift"]
_FOUNDED: Instant = 1_767_571_200 * SECOND
"""2026-01-05 00:00 UTC, before any history begins."""
_LIVED_BY = (
    "twin_core", "connectors", "knowledge", "tools", "agents", "api", "evals/harness/house.py",
)  # fmt: skip
_LONG_MIN = 2.0
"""Plant minutes from which on a wait is lived through in longer steps."""
_PAGE = 1000
_COMMIT_S = 0.1
"""Host seconds between commits: plant time passes hundreds of times as fast."""
_PATIENCE_S = 120.0
"""Host seconds within which what was fed must be believed."""


class House:
    """A running system, and the plant it runs.

    Attributes:
        system: what ships.
        world: the stand-in.
        record: what is true, up to now.
        sink: keeps what reached the plant.
        answers: all that were given, in order.

    Args:
        lived: the past of the plant.
        make: a system for this house; called again when it is restarted.
        hears: whether any source can be heard.
    """

    def __init__(
        self, lived: Lived, make: Callable[["House"], System], *, hears: bool = True
    ) -> None:
        self.world = lived.world()
        self.record = lived.record.copied()
        self.clock = HouseClock(self.world.standin)
        self.sink = Counted(self.world.sink)
        self.answers: list[Answer] = []
        self._make = make
        self._stack = AsyncExitStack()
        self._stored: list[asyncio.Future[None]] = []
        self._due: list[tuple[float, Callable[[], Any], Instant]] = []
        self._guests = self._recorded = 0
        if not hears:
            for source in self.world.sources.values():
                source.stopped, source.connected = True, False
        self.system = make(self)

    async def ask(self, who: Person, text: str, thread: str = "one", locale: str = "en") -> Answer:
        """Ask, as the HTTP route does in the name of whoever's token came with it."""
        asker = self.person(who)
        talk = f"{self._guests}-{thread}" if self._guests else thread
        question = Ask(text=text, asker=asker, thread=talk, locale=locale)
        async for step in self.system.ask(question):
            if isinstance(step, Answer):
                self.answers.append(step)
                return step
        raise AssertionError("an assistant always answers")

    async def do(self, who: Person, does: Does, proposal: str = "") -> str:
        """Decide about a proposal (absent = the newest); why it was refused, empty if it was not.

        What was decided is carried out as far as it can be at once.
        """
        asker, desk = self.person(who), self.system.actuation
        name = proposal or await self.newest()
        if not name and does not in {"freeze", "lift"}:
            return "there is no proposal"
        try:
            match does:
                case "approve":
                    await desk.vote(name, asker, "approved", "it is sound", "api")
                case "reject":
                    await desk.vote(name, asker, "rejected", "not now", "api")
                case "revoke":
                    await desk.cancel(name, asker, "no more needed")
                case "freeze":
                    await desk.freeze(asker, "something is not right")
                case "lift":
                    await desk.lift(asker, "it was looked at")
        except Refused as problem:
            return str(problem)
        await desk.idle()
        return ""

    async def newest(self) -> str:
        """The proposal that was handed in last; empty if there is none."""
        made = [proposal for answer in self.answers for proposal in answer.proposals]
        if made:
            return made[-1]
        cases = await self.system.actuation.cases()
        return max(cases, key=lambda case: case.proposal.created).proposal.id if cases else ""

    async def turn(self, minutes: float) -> None:
        """Let plant minutes pass: the stand-in lives on, the twin hears of it, the gate goes on."""
        step = FEED_S if minutes < _LONG_MIN else 2 * FEED_S
        for _ in range(round(minutes * 60 / step)):
            self.world.turn(step)
            self.record.note(self.world.standin)
            self.clock.turned(step)
            await self._believed()
            await self.attend(due=True)
        await self._durable()

    async def restart(self) -> None:
        """Stop the system, and start another on what it left."""
        await self.close()
        for source in self.world.sources.values():
            source.lose()
        self.system = self._make(self)
        await self.start()

    def person(self, who: Person) -> Asker:
        """Somebody as he stands now."""
        return self.system.identity.person(who)

    def receive(self) -> None:
        """Another guest comes, who has heard nothing of what was said to those before."""
        self._guests += 1
        self.answers.clear()

    async def marked(self) -> bool:
        """Whether anything but an answer was put on record since this was last asked."""
        found = False
        while page := await self.system.ledger.audit(self._recorded, _PAGE):
            self._recorded += len(page)
            found |= any(record.kind != ANSWERED for record, _ in page)
        return found

    async def start(self) -> None:
        """Start it, and let every source be heard once."""
        # What is done again and again is done by the clock that is turned.
        # What learns from days of plant time is left out: here minutes pass.
        periodic, self.system.periodic[:] = list(self.system.periodic), []
        self._due = [
            (seconds, act, self.clock.plant())
            for seconds, act in periodic
            if not isinstance(getattr(act, "__self__", None), Learner | Calibrator)
        ]
        await self._stack.enter_async_context(self.system.running())
        for source in self.world.sources.values():
            source.look(self.world.standin)
        await self._believed()
        await self._durable()
        await self.marked()

    async def close(self) -> None:
        """Stop it."""
        await self._stack.aclose()

    async def _believed(self) -> None:
        """Return once everything that was fed is believed, and a tick has come after it."""
        for source in self.world.sources.values():
            await source.heard()
        pump, loop = self.system.pump, asyncio.get_running_loop()
        beside, done = pump.beside, asyncio.Event()
        turns = 2  # what was under way may have taken a part of it; the next has the rest

        def seen(twin: Twin, now: Instant) -> None:
            nonlocal turns
            beside(twin, now)
            turns -= 1
            if turns == 0:
                self.clock.hurries = False
                loop.call_soon_threadsafe(done.set)

        pump.beside, self.clock.hurries = seen, True
        try:
            async with asyncio.timeout(_PATIENCE_S):
                # Wakes it, whatever it waits for; that all of it is durable is waited for once.
                self._stored.append(asyncio.ensure_future(pump.push(())))
                await done.wait()
        finally:
            pump.beside, self.clock.hurries = beside, False

    async def _durable(self) -> None:
        """Return once all that was believed can be read back from the history."""
        stored, self._stored = self._stored, []
        await asyncio.gather(*stored)

    async def attend(self, *, due: bool = False) -> None:
        """Do all that is done again and again, or what is due of it."""
        now = self.clock.plant()
        for at, (seconds, act, since) in enumerate(self._due):
            if not due or now - since >= seconds * SECOND:
                self._due[at] = (seconds, act, now)
                await act()
        await self.system.actuation.idle()


class Houses:
    """Makes houses in one process: what never changes is made once and shared.

    Args:
        cache: a folder for what is worked out, from one run to the next.
        settings: beside those of a house: the language model, for one.
    """

    def __init__(self, cache: Path | None = None, **settings: Any) -> None:
        self._settings = {"model": "offline", **settings}
        self._root = Path(tempfile.mkdtemp(prefix="opstwin-eval-"))
        self._standing: _Standing | None = None
        self.compute = Remembering(cache)
        quiet_libraries(self._root)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Everything is thrown away."""
        shutil.rmtree(self._root, ignore_errors=True)

    @asynccontextmanager
    async def opened(self, lived: Lived, arm: Arm = "product") -> AsyncIterator[House]:
        """A house of its own on that past, running; thrown away afterwards.

        Args:
            lived: the past; of the arm `shuffled` one that was heard so.
            arm: what the system is told of the plant, and hears of it.
        """
        data = Path(tempfile.mkdtemp(prefix="house-", dir=self._root))
        shutil.copytree(await self._lived_in(lived, arm), data, dirs_exist_ok=True)
        if arm in HEARD:
            shutil.copytree(lived.data, data, dirs_exist_ok=True)
        try:
            async with self._house(lived, arm, data) as house:
                yield house
        finally:
            shutil.rmtree(data)

    @asynccontextmanager
    async def lent(self, lived: Lived, arm: Arm = "product") -> AsyncIterator[House]:
        """A house on that past that others were in before, all within one event loop.

        Who leaves a mark on it, or leaves it in trouble, is its last guest. It stands until
        another is lent, or `leave`.
        """
        what = (lived.folder, arm)
        if self._standing is None or self._standing.what != what:
            await self.leave()
            stack = AsyncExitStack()
            house = await stack.enter_async_context(self.opened(lived, arm))
            self._standing = _Standing(what, house, stack)
        house, sound = self._standing.house, False
        house.receive()
        try:
            yield house
            sound = not await house.marked()
        finally:
            if not sound:
                await self.leave()

    async def leave(self) -> None:
        """Throw away the house that stands, if one does."""
        if self._standing is not None:
            stack, self._standing = self._standing.stack, None
            await stack.aclose()

    async def _lived_in(self, lived: Lived, arm: Arm) -> Path:
        """What a server that was there all along has but for the log: people, cases, documents."""
        lives = "product" if arm == "scripted" else arm  # it is the same server
        ready = lived.folder.parent / f"{lived.folder.name}-{lives}-{code(*_LIVED_BY)[:16]}"
        with making(ready) as partial:
            if partial is not None:
                founded = await self._founding(lived.plant, lived.folder.parent)
                shutil.copytree(founded, partial, dirs_exist_ok=True)
                if arm in HEARD:
                    shutil.copytree(lived.data, partial, dirs_exist_ok=True)
                async with self._house(lived, arm, partial) as house:
                    await house.attend()
                _without_log(house.system.directory)
        return ready

    async def _founding(self, plant: Plant, cache: Path) -> Path:
        """A data directory with the people of a site, its documents, and trust in its assets."""
        site = plant.site
        ready = cache / f"founded-{site}-{plant.version[:16]}-{code(*_LIVED_BY)[:16]}"
        with making(ready) as partial:
            if partial is not None:
                parts = Parts(
                    plant=plant, clock=Still(_FOUNDED), sources={}, sinks={}, records=_NoOrders(),
                    compute=self.compute,
                )  # fmt: skip
                system = build(Settings(data=partial), parts)
                system.periodic.clear()
                for user, (name, role) in PEOPLE.items():
                    system.identity.add(user, name, [role], [site])
                async with system.running():
                    erik = system.identity.person("erik")
                    if system.changes is not None:
                        await system.changes()
                    await system.actuation.set_trust(site, "act_on_approval", erik, "commissioned")
                _without_log(system.directory)
        return ready

    @asynccontextmanager
    async def _house(self, lived: Lived, arm: Arm, data: Path) -> AsyncIterator[House]:
        def make(house: House) -> System:
            plant, world = told(lived.plant, arm), house.world
            parts = Parts(
                plant=plant, clock=house.clock, sources=sources(lived, world, arm),
                sinks={source.id: house.sink for source in plant.sources},
                records=world.records, compute=self.compute, commit_s=_COMMIT_S,
            )  # fmt: skip
            return build(Settings.model_validate({"data": data, **self._settings}), parts)

        house = House(lived, make, hears=arm in HEARD)
        try:
            await house.start()
            yield house
        finally:
            await house.close()


@dataclass(frozen=True)
class _Standing:
    """A house that is lent: of what past and arm, and how it is closed."""

    what: tuple[Path, Arm]
    house: House
    stack: AsyncExitStack


def _without_log(directory: DataDirectory) -> None:
    """Forget what was read: the log of a history takes its place."""
    directory.history.unlink()
    shutil.rmtree(directory.checkpoints)


class _NoOrders:
    """Work records of a site in which nothing has happened."""

    async def work_orders(self, asset: str | None = None) -> Sequence[WorkOrderRecord]:  # noqa: ARG002 (the port's)
        """None."""
        return ()
