"""Virtual commissioning: a plant file tried through the real system before its line is switched on.

Every point is there and believed, what may be written takes its limits and refuses what lies
beyond, commands are followed, policy denies what it must. Against a virtual controller this tries
the plant file and our side of every wire; against a vendor's simulator, the vendor's side too. It
must never reach a real controller.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from pydantic import Field

from evals.virtual.controller import Start
from evals.virtual.loopback import WIRES, free_port, redirected
from evals.virtual.private import Private, origin_of, private
from evals.virtual.process import VirtualController
from evals.virtual.trying import Trial, commanded, denials, told, tried, widened
from twin_core.errors import BadInput, OpsTwinError, UnknownName
from twin_core.governance.policy import Policy
from twin_core.governance.trust import Step
from twin_core.plant.assets import Plant, Point
from twin_core.plant.classes import Role
from twin_core.plant.source import Source
from twin_core.plant.survey import Survey
from twin_core.value import Value

FACTOR = 2.0
_COMMANDS = {Role.COMMAND, Role.CHANGE_REQUEST}  # tried by commanding, not at their limits
_WATCHED_S = 60.0  # plant seconds that are listened before it is said what was not heard
_PATIENT_S = 15.0  # host seconds in which nothing more is heard on a busy machine

Say = Callable[[str], None]


class Row(Value):
    """One thing tried; `about` a source, point or person."""

    about: str
    what: str
    found: str
    held: bool


class Commissioning(Value):
    """What was tried on a plant file, and what came of it; `tried` how often by kind."""

    site: str
    plant: str
    rows: tuple[Row, ...]
    tried: dict[str, int] = Field(default_factory=dict)

    @property
    def failed(self) -> tuple[Row, ...]:
        """What did not hold."""
        return tuple(row for row in self.rows if not row.held)

    @property
    def passed(self) -> bool:
        """Whether everything held."""
        return not self.failed

    @property
    def verdict(self) -> str:
        """One sentence."""
        number = sum(self.tried.values())
        what = ", ".join(f"{n} {kind}" for kind, n in self.tried.items())
        end = "all as it must be" if self.passed else f"{len(self.failed)} NOT as they must be"
        return f"{number} things were tried ({what}): {end}."


def commission(
    plant: Plant, say: Say, *, factor: float | None = None, given: Mapping[str, str] | None = None
) -> Commissioning:
    """Try a plant file.

    Args:
        plant: as its file has it.
        say: takes a line for whoever waits.
        factor: plant seconds a second, 1 to 60; absent = what is usual. With `given` it is 1.
        given: source id → URL of a vendor's simulator on this machine, in place of ours.

    Raises:
        BadInput: a source that is not there, or none that can be tried.
        NotAllowed: a simulator that is not on this machine.
        SourceDown: the virtual controller gave up; why.
    """
    taken = dict(given or {})
    for source in taken:
        if source not in {s.id for s in plant.sources}:
            raise UnknownName("source", source, [s.id for s in plant.sources])
    if taken and factor not in {None, 1.0}:
        raise BadInput("--factor: a vendor's simulator runs at its own pace; allowed: 1.")
    usual = 1.0 if taken else FACTOR
    factor = usual if factor is None else factor
    if not 1 <= factor <= 60:
        raise BadInput(f"--factor: {factor:g} is not possible; allowed: 1 to 60.")
    with tempfile.TemporaryDirectory(prefix="opstwin-rehearsal-") as folder:
        return asyncio.run(_Commissioning(plant, say, factor, taken, Path(folder)).run())


class _Commissioning:
    def __init__(
        self, plant: Plant, say: Say, factor: float, given: Mapping[str, str], folder: Path
    ) -> None:
        wanted = [s for s in plant.sources if s.kind in WIRES]
        self._ports = {s.id: free_port() for s in wanted if s.id not in given}
        self._plant = redirected(plant, self._ports, given)
        self._sources = [s for s in self._plant.sources if s.kind in WIRES]
        if not self._sources:
            raise BadInput(
                f"{plant.name} has no source that can be tried; allowed: {', '.join(WIRES)}."
            )
        self._version = plant.version
        self._say, self._factor, self._given, self._folder = say, factor, given, folder
        self._rows: list[Row] = []
        self._tried: dict[str, int] = {}

    async def run(self) -> Commissioning:
        ours = {s.id for s in self._sources}
        for source in self._plant.sources:
            if source.id not in ours:
                what = "not played: it is no controller on a wire that we speak"
                self._row(source.id, "left out", what, held=True, kind="sources left out")
        async with AsyncExitStack() as up:
            origin = origin_of(_now(), self._factor)
            if self._ports:
                start = Start(
                    plant=self._plant, belief=None, ports=self._ports, seed=1,
                    factor=self._factor, origin=origin,
                )  # fmt: skip
                self._say(f"a virtual controller starts for {', '.join(self._ports)}")
                controller = VirtualController(start, self._folder)
                up.push_async_callback(asyncio.to_thread, controller.close)
                await asyncio.to_thread(controller.__enter__)
            async with self._house(self._plant, origin, "as-it-is") as house:
                await self._listen(house)
                for source in self._sources:
                    if source.kind == "opcua":
                        await self._survey(house, source)
                self._say("what policy must deny is proposed")
                for denial in await denials(house, self._writable(house)):
                    self._row(denial.about, denial.what, denial.found, held=denial.held,
                              kind="denials")  # fmt: skip
            loose = widened(self._plant)
            async with self._house(loose, origin, "loosened") as house:
                await self._write(house)
                await self._command(house)
        return Commissioning(
            site=self._plant.site, plant=self._version, rows=tuple(self._rows), tried=self._tried
        )

    @asynccontextmanager
    async def _house(self, plant: Plant, origin: int, name: str) -> AsyncIterator[Private]:
        folder = self._folder / name
        folder.mkdir()
        policy, trust = Policy.shipped(), dict[str, Step]()
        if plant is not self._plant:  # a commissioner moves a point more often than operators may
            limits = policy.limits.model_copy(update={"window_steps": 1e6, "expires_s": 3600.0})
            policy = policy.model_copy(update={"limits": limits})
            trust[plant.site] = "act_on_approval"
        async with private(
            plant, folder, factor=self._factor, origin=origin, policy=policy, trust=trust,
            roles=["operator", "engineer"],
        ) as house:  # fmt: skip
            yield house

    async def _listen(self, house: Private) -> None:
        """Every point is heard, and heard again."""
        self._say(f"{len(self._points())} points of {len(self._sources)} sources are listened to")
        pump, points = house.system.pump, self._points()

        def heard() -> dict[str, int]:
            snapshot = pump.snapshot()
            return {
                p.id: int(snapshot.time[snapshot.plant.index[p.id]])
                for p in points
                if snapshot.latest(p.id).state in {"good", "uncertain"}
            }

        await house.settled(lambda: len(heard()), len(points), _PATIENT_S)
        first = heard()
        telling = [p for p in points if p.id in first and not self._plant.tells_changes(p)]

        def again() -> bool:
            now = heard()
            return all(now.get(p.id, 0) > first[p.id] for p in telling)

        await house.until(again, _WATCHED_S, _PATIENT_S)
        last, snapshot = heard(), pump.snapshot()
        for source in self._sources:
            state = snapshot.sources.get(source.id)
            why = (
                "it answers"
                if state is not None and state.up
                else (state.reason if state is not None else "never heard")
            )
            up = state is not None and state.up
            self._row(source.id, f"answers at {source.url}", why, held=up, kind="sources")
            own = [p for p in points if p.source == source.id]
            bad = [p for p in own if p.id not in last]
            for point in bad if up else ():
                found = snapshot.latest(point.id)
                self._row(point.id, "is believed", found.why or found.state, held=False,
                          kind="points")  # fmt: skip
            good = len(own) - len(bad)
            self._row(source.id, f"{len(own)} points are believed", f"{good} are",
                      held=good == len(own), kind="points", number=good)  # fmt: skip
            tell = [p for p in telling if p.source == source.id]
            still = [p for p in tell if last.get(p.id, 0) <= first[p.id]]
            for point in still if up else ():
                self._row(point.id, "is told again and again", "it was told once", held=False,
                          kind="deliveries")  # fmt: skip
            if tell:
                self._row(source.id, f"{len(tell)} points are told again and again",
                          f"{len(tell) - len(still)} were", held=not still, kind="deliveries",
                          number=len(tell) - len(still))  # fmt: skip

    async def _survey(self, house: Private, source: Source) -> None:
        """What the server says of its points agrees with the plant file."""
        try:
            survey = await house.system.discover(source.url)
        except OpsTwinError as problem:
            self._row(source.id, "can be looked through", str(problem), held=False, kind="types")
            return
        tags = {_whole(str(tag.address), survey.namespace): tag for tag in survey.tags}
        named = str(source.options.get("namespace") or "")
        own = [p for p in self._points() if p.source == source.id]
        agreed = 0
        for point in own:
            tag = tags.get(_whole(str(point.address), named))
            if tag is None:
                if not survey_blind(point, survey):
                    self._row(point.id, "is there", f"the server has no {point.address}",
                              held=False, kind="types")  # fmt: skip
                continue
            wrong = tuple(told(point, tag))
            agreed += not wrong
            for what, found in wrong:
                self._row(point.id, what, found, held=False, kind="types")
        self._row(source.id, "type, unit, range and access agree", f"of {agreed} of {len(own)}",
                  held=agreed == len(own), kind="types", number=agreed)  # fmt: skip

    async def _write(self, house: Private) -> None:
        """What may be written takes its limits, and refuses what lies beyond."""
        pump, offered = house.system.pump, [p.id for p in self._points() if p.writable]

        def ready() -> int:
            snapshot = pump.snapshot()
            return sum(snapshot.latest(path).state == "good" for path in offered)

        await house.settled(ready, len(offered), _PATIENT_S)
        points = [p for p in self._writable(house) if p.spec.role not in _COMMANDS]
        self._say(f"{len(points)} points are written: both limits, and beyond both")
        queues: dict[str, list[Point]] = {}
        for point in points:
            queues.setdefault(point.source, []).append(point)
        done = 0

        async def one(source: str) -> list[Trial]:
            nonlocal done
            found = []
            for point in queues[source]:
                original = self._plant.point(point.id)
                found += await tried(house, original)
                done += 1
                if done % 25 == 0:
                    self._say(f"  {done} of {len(points)}")
            return found

        results: Sequence[list[Trial]] = await asyncio.gather(*(one(s) for s in queues))
        for source, trials in zip(queues, results, strict=True):
            for trial in trials:
                if not trial.held:
                    self._row(trial.about, trial.what, trial.found, held=False, kind="writes")
            well = sum(trial.held for trial in trials)
            self._row(source, f"{len(trials)} writes at and beyond limits",
                      f"{well} were answered as they must be", held=well == len(trials),
                      kind="writes", number=well)  # fmt: skip

    async def _command(self, house: Private) -> None:
        """Machines that take PackML commands are held and let go."""
        for unit in self._plant.units.values():
            for trial in await commanded(house, unit):
                self._row(trial.about, trial.what, trial.found, held=trial.held, kind="commands")

    def _points(self) -> list[Point]:
        ours = {source.id for source in self._sources}
        return [point for point in self._plant.read if point.source in ours]

    def _writable(self, house: Private) -> list[Point]:
        snapshot = house.system.pump.snapshot()
        offered = [p for p in self._points() if p.writable]
        return [p for p in offered if snapshot.latest(p.id).state == "good"]

    def _row(
        self, about: str, what: str, found: str, *, held: bool, kind: str, number: int = 1
    ) -> None:
        self._rows.append(Row(about=about, what=what, found=found, held=held))
        self._tried[kind] = self._tried.get(kind, 0) + number


def survey_blind(point: Point, survey: Survey) -> bool:
    """Whether the survey could not have shown the point: namespace by number, or it was cut off."""
    return str(point.address).startswith("ns=") or bool(survey.left_out)


def _whole(address: str, namespace: str) -> str:
    """An address with its namespace in it, as both sides can be compared."""
    return address if address.startswith(("nsu=", "ns=")) else f"nsu={namespace};{address}"


def _now() -> int:
    return time.time_ns() // 1000
