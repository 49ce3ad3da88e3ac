"""The stand-in plant without wires: readings, writes and work orders on a clock that is turned.

For fast evals: what a real connector would yield (a batch per source and period, source events,
clock offsets), in the same order, from `step()`. It must never show more than a wire would.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence

import numpy as np
from numpy.typing import NDArray

from evals.emulator.crew import Crew, Order
from evals.emulator.faults import Fault
from evals.emulator.offsets import clock_offset
from evals.emulator.standin import StandIn, Write
from twin_core.governance.action import Command, Inspection, Outcome, WorkOrder, WriteStep
from twin_core.plant.assets import Plant
from twin_core.plant.source import Source
from twin_core.ports import Health, WorkOrderRecord
from twin_core.reading import Arrival, Batch, SourceEvent
from twin_core.value import SECOND, Instant


class TurnedClock:
    """The three clocks of a world in which time passes only when it is turned."""

    def __init__(self, standin: StandIn) -> None:
        self._standin = standin

    def plant(self) -> Instant:
        """Plant time: that of the stand-in's state."""
        return self._standin.now

    def ledger(self) -> Instant:
        """The same; there is no other."""
        return self._standin.now

    def host(self) -> Instant:
        """The same."""
        return self._standin.now

    def plant_at(self, ledger: Instant) -> Instant:
        """The same."""
        return ledger

    def monotonic(self) -> float:
        """Plant seconds since the epoch."""
        return self._standin.now / SECOND


class TurnedSource:
    """A ReadingSource that is fed as the clock is turned."""

    def __init__(self, source: Source, plant: Plant, seed: int) -> None:
        self.source = source
        own = [i for i, p in enumerate(plant.read) if p.source == source.id]
        self._own = np.asarray(own, dtype=np.int32)
        self._is_own = np.zeros(len(plant.read), dtype=bool)
        self._is_own[self._own] = True
        self._has_clock = source.kind == "opcua"
        self._poll_s = round(float(source.options.get("poll_s", 2.0)))
        self.offset_us = clock_offset(seed, source.id) if self._has_clock else 0
        self.connected = False
        self.stopped = False
        self._queue: asyncio.Queue[Arrival | None] = asyncio.Queue()

    def look(self, standin: StandIn) -> list[Arrival]:
        """What the wire brings after a step of the plant."""
        found: list[Arrival] = []
        if self.stopped:
            if self.connected:
                self.connected = False
                found.append(
                    SourceEvent(
                        source=self.source.id,
                        kind="down",
                        time=standin.now,
                        reason="connection refused",
                    )
                )
            return self._fed(found)
        if not self.connected:
            self.connected = True
            found.append(
                SourceEvent(
                    source=self.source.id,
                    kind="up",
                    time=standin.now,
                    offset_us=self.offset_us,
                )
            )
            found.append(self._batch(standin, self._own))
        elif self._has_clock:
            due = standin.due
            due = due[self._is_own[due]]
            if len(due):
                found.append(self._batch(standin, due))
        elif standin.second % self._poll_s == 0:
            found.append(self._batch(standin, self._own))
        return self._fed(found)

    async def readings(self) -> AsyncIterator[Arrival]:
        """Arrivals as they are fed; ends when closed."""
        while (arrival := await self._queue.get()) is not None:
            yield arrival
            self._queue.task_done()  # who reads has dealt with it when he asks for the next

    async def heard(self) -> None:
        """Return once who reads has dealt with everything that was fed."""
        await self._queue.join()

    def lose(self) -> None:
        """The connection is gone, with all that nobody has read; the next look renews it."""
        self.connected = False
        self._queue = asyncio.Queue()

    async def health(self) -> Health:
        """Whether it is heard."""
        detail = "in process" if self.connected else "stopped"
        return Health(source=self.source.id, up=self.connected, detail=detail)

    async def close(self) -> None:
        """`readings` ends."""
        self._queue.put_nowait(None)

    def _fed(self, found: list[Arrival]) -> list[Arrival]:
        for arrival in found:
            self._queue.put_nowait(arrival)
        return found

    def _batch(self, standin: StandIn, points: NDArray[np.int32]) -> Batch:
        n = len(points)
        return Batch(
            point=points.copy(),
            time=np.full(n, standin.now + self.offset_us, dtype=np.int64),
            value=standin.values[points],
            status=standin.status[points],
            received=np.full(n, standin.now, dtype=np.int64),
        )


class World:
    """A stand-in plant with sources, sink and crew, on one turned clock.

    Args:
        plant: the plant file.
        seed: of the stand-in.
        start: plant time at which it begins, microseconds.
        faults: put in at the beginning.
        crew: whether work orders are carried out.
    """

    def __init__(
        self,
        plant: Plant,
        seed: int,
        start: Instant,
        faults: Sequence[Fault] = (),
        *,
        crew: bool = True,
    ) -> None:
        self.plant = plant
        self.standin = StandIn(plant, seed, start, faults)
        self.crew = Crew(self.standin, present=crew)
        self.clock = TurnedClock(self.standin)
        self.sources = {
            s.id: TurnedSource(s, plant, seed) for s in plant.sources if s.kind != "cmms"
        }
        self.sink = TurnedSink(self)
        self.records = TurnedRecords(self.crew)

    def turn(self, seconds: float) -> list[Arrival]:
        """Let plant seconds pass; everything that arrived, in order (sources are fed too)."""
        found: list[Arrival] = []
        for _ in range(round(seconds)):
            self.standin.step()
            self.crew.run()
            for source in self.sources.values():
                found += source.look(self.standin)
        return found


class TurnedSink:
    """A CommandSink that writes into the stand-in, or hands the job to the crew.

    A controller refuses what it does not offer for writing or lies outside its own limits; nothing
    is sent where another value stands than the one that was to be changed.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._sent: dict[str, Outcome] = {}

    async def execute(self, command: Command) -> Outcome:
        """Write or order once; read back."""
        if command.key in self._sent:
            return self._sent[command.key]
        if isinstance(command.step, WriteStep):
            outcome = self._write(command, command.step)
        elif isinstance(command.step, WorkOrder | Inspection):
            outcome = self._order(command, command.step)
        else:
            return Outcome(
                key=command.key, result="not_applied", sent=False, acknowledged=False,
                detail="the plant keeps no models",
            )  # fmt: skip
        self._sent[command.key] = outcome
        return outcome

    async def look(self, command: Command) -> Outcome:
        """Only read back."""
        step = command.step
        if isinstance(step, WriteStep):
            return self._read_back(command, step, sent=False)
        jobs = [j for j in self._world.crew.jobs.values() if j.order.key == command.key]
        return Outcome(
            key=command.key,
            result="verified" if jobs else "not_applied",
            sent=False,
            acknowledged=False,
            reference=jobs[0].reference if jobs else None,
        )

    def _write(self, command: Command, step: WriteStep) -> Outcome:
        index = self._world.plant.index[step.point]
        point = self._world.plant.points[index]
        allowed = point.spec.adjustable
        standing = self._world.standin.value(index)
        if abs(standing - step.old) > step.check:
            return Outcome(
                key=command.key,
                result="not_applied",
                sent=False,
                acknowledged=False,
                read_back=standing,
                detail=f"conflict: {standing:g} stands there, not {step.old:g}",
            )
        if not point.writable or allowed is None or not allowed.holds(step.value):
            return Outcome(
                key=command.key,
                result="failed",
                sent=True,
                acknowledged=True,
                status=0x803B0000 if not point.writable else 0x803C0000,
                read_back=standing,
                detail="refused by the controller",
            )
        self._world.standin.write(Write(index, step.value), "client")
        return self._read_back(command, step, sent=True)

    def _read_back(self, command: Command, step: WriteStep, *, sent: bool) -> Outcome:
        found = self._world.standin.value(self._world.plant.index[step.point])
        seen = abs(found - step.value) <= max(step.check, 1e-9)
        return Outcome(
            key=command.key,
            result="verified" if seen else "not_applied",
            sent=sent,
            acknowledged=sent,
            status=0 if sent else None,
            read_back=found,
        )

    def _order(self, command: Command, step: WorkOrder | Inspection) -> Outcome:
        job, _ = self._world.crew.take(
            Order(
                key=command.key,
                asset=step.asset,
                task=step.task,
                kind=step.kind,
                failure_mode=step.failure_mode if isinstance(step, WorkOrder) else None,
                priority=step.priority if isinstance(step, WorkOrder) else "normal",
            )
        )
        return Outcome(
            key=command.key,
            result="verified",
            sent=True,
            acknowledged=True,
            reference=job.reference,
        )


class TurnedRecords:
    """WorkRecords over the crew's jobs."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew

    async def work_orders(self, asset: str | None = None) -> Sequence[WorkOrderRecord]:
        """Work orders of an asset and everything below it, or all; newest first."""
        return [WorkOrderRecord.model_validate(j.record()) for j in self._crew.about(asset)]
