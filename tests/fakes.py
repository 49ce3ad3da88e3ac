"""One fake a port: small, honest, and held to the same contract suites as the real ones.

A fake keeps everything in memory, does nothing by itself, and records what it was asked. Time
stands still until a test turns it.
"""

import asyncio
import copy
import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from knowledge.passages import Hit
from tools.view import ProposalStatus
from twin_core.advice.remedy import Advice
from twin_core.answer import Asker
from twin_core.case import Case
from twin_core.diagnosis.cause import Cause, Diagnosis
from twin_core.errors import Conflict, SourceDown, StoreDown
from twin_core.governance.action import Command, Draft, Outcome, WriteStep
from twin_core.governance.audit import EMPTY, Head, link, verify
from twin_core.governance.desk import Receipt
from twin_core.governance.ports import AuditRecord, Page
from twin_core.ingest import Twin
from twin_core.onward import Onward
from twin_core.plant.cell import Cell
from twin_core.plant.warehouse import PickOrder, Storehouse
from twin_core.ports import Health, LogEntry, Saved, WorkOrderRecord
from twin_core.prospect.improvement import Improved
from twin_core.prospect.window import Agreement, Job
from twin_core.reading import BAD, Arrival, Batch
from twin_core.simulation.calibrating.failing import Failing
from twin_core.simulation.calibrating.skill import Foretold, Skill
from twin_core.simulation.learning.telling import Learnt
from twin_core.simulation.objective import Objective, Ranking
from twin_core.simulation.robots.task import Sequence as Tasks
from twin_core.simulation.robots.trial import Trial
from twin_core.simulation.scenario import Comparison, Forecast, Scenario
from twin_core.simulation.scheduling.plan import Plans, Wish
from twin_core.simulation.scheduling.seen import running
from twin_core.simulation.scheduling.standing import LinePlan, line_plans
from twin_core.simulation.sensitivity import Sensitivity
from twin_core.simulation.warehousing.between import Balanced, Held
from twin_core.simulation.warehousing.choices import Picking, Replenishing, Slotting
from twin_core.simulation.warehousing.picking_ranked import PickObjective
from twin_core.testimony.testimony import Testimony
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant


class FakeClock:
    """The three clocks, turned by hand."""

    def __init__(self, plant: Instant = 1_700_000_000 * SECOND, ledger: Instant | None = None):
        self._plant = plant
        self._ledger = plant if ledger is None else ledger
        self._monotonic = 0.0

    def plant(self) -> Instant:
        return self._plant

    def ledger(self) -> Instant:
        return self._ledger

    def host(self) -> Instant:
        return self._ledger

    def plant_at(self, ledger: Instant) -> Instant:
        return self._plant - self._ledger + ledger

    def monotonic(self) -> float:
        return self._monotonic

    def turn(self, seconds: float) -> None:
        """All three go on by so many seconds."""
        self._plant += round(seconds * SECOND)
        self._ledger += round(seconds * SECOND)
        self._monotonic += seconds

    def set_plant(self, at: Instant) -> None:
        """It is `at` in the plant; nothing else goes on."""
        self._plant = at

    def set_ledger(self, at: Instant) -> None:
        """The host's clock is set to `at`, backwards too."""
        self._ledger = at


class FakeSource:
    """A ReadingSource that says what it is told to (`say`), until closed."""

    def __init__(self, source: str = "fake", arrivals: Iterable[Arrival] = ()):
        self.source = source
        self.up = True
        self._queue: asyncio.Queue[Arrival | None] = asyncio.Queue()
        self._closed = False
        for arrival in arrivals:
            self._queue.put_nowait(arrival)

    def say(self, arrival: Arrival) -> None:
        self._queue.put_nowait(arrival)

    async def readings(self) -> AsyncIterator[Arrival]:
        while not self._closed and (arrival := await self._queue.get()) is not None:
            yield arrival

    async def health(self) -> Health:
        return Health(source=self.source, up=self.up and not self._closed, detail="told so")

    async def close(self) -> None:
        self._closed = True
        self._queue.put_nowait(None)


class FakeSink:
    """A CommandSink over a dictionary of values.

    `clamp` bounds what the device takes, `deaf` points answer and do not change, `refused` ones
    answer Bad, `lost` ones take the write and lose the reply. `writes` is what reached the device.
    """

    def __init__(self, values: Mapping[str, float] | None = None):
        self.values = dict(values or {})
        self.clamp: dict[str, tuple[float, float]] = {}
        self.deaf: set[str] = set()
        self.refused: set[str] = set()
        self.lost: set[str] = set()
        self.down = False
        self.writes: list[tuple[str, float]] = []
        self.executed: list[Command] = []
        self.looked: list[Command] = []

    async def execute(self, command: Command) -> Outcome:
        self.executed.append(command)
        step = command.step
        assert isinstance(step, WriteStep)
        if self.down:
            return self._outcome(command, "not_applied", detail="it does not answer")
        standing = self.values[step.point]
        if abs(standing - step.old) > step.check:
            return self._outcome(command, "not_applied", read_back=standing, detail="conflict")
        self.writes.append((step.point, step.value))
        if step.point not in self.deaf | self.refused:
            low, high = self.clamp.get(step.point, (step.value, step.value))
            self.values[step.point] = min(max(step.value, low), high)
        if step.point in self.lost:
            return self._outcome(command, "unknown", sent=True, detail="no reply")
        now = self.values[step.point]
        return self._outcome(
            command,
            "verified" if abs(now - step.value) <= step.check else "failed",
            sent=True,
            acknowledged=True,
            status=BAD if step.point in self.refused else 0,
            read_back=now,
        )

    async def look(self, command: Command) -> Outcome:
        self.looked.append(command)
        step = command.step
        assert isinstance(step, WriteStep)
        if self.down:
            return self._outcome(command, "unknown", detail="it does not answer")
        now = self.values[step.point]
        if abs(now - step.value) <= step.check:
            result = "verified"
        else:
            result = "not_applied" if abs(now - step.old) <= step.check else "unknown"
        return self._outcome(command, result, read_back=now)

    @staticmethod
    def _outcome(command: Command, result: Any, **found: Any) -> Outcome:
        found = {"sent": False, "acknowledged": False, **found}
        return Outcome(key=command.key, result=result, **found)


class FakePager:
    """A Pager: `told` is what people heard, `handed` every page that came, again and again."""

    def __init__(self) -> None:
        self.down = False
        self.handed: list[Page] = []
        self.told: list[Page] = []

    async def page(self, page: Page) -> None:
        if self.down:
            raise SourceDown("pager", "told so")
        self.handed.append(page)
        if all(page.id != one.id for one in self.told):
            self.told.append(page)


class FakeCheckpoints:
    """Saved twins in memory: deep copies, so that the one that lives goes on alone."""

    def __init__(self) -> None:
        self.kept: dict[int, Twin] = {}
        self._made: dict[int, Twin] = {}

    def save(self, twin: Twin, seq: int) -> Saved:
        self._made[seq] = copy.deepcopy(twin, {id(twin.plant): twin.plant})
        return Saved(seq, twin.reach, str(seq).encode())

    def keep(self, saved: Saved) -> None:
        self.kept[saved.seq] = self._made.pop(saved.seq)

    def cut(self, last_seq: int) -> None:
        self.kept = {seq: twin for seq, twin in self.kept.items() if seq <= last_seq}

    def newest(self, last_seq: int, reach: Instant | None = None) -> tuple[Twin, int] | None:
        fit = [
            seq
            for seq, twin in self.kept.items()
            if seq <= last_seq and (reach is None or twin.reach <= reach)
        ]
        if not fit:
            return None
        twin = self.kept[max(fit)]
        return copy.deepcopy(twin, {id(twin.plant): twin.plant}), max(fit)


class FakeHistorian:
    """A Historian in a list; `sources` are those of the points, in order."""

    def __init__(self, sources: Sequence[str] = ()) -> None:
        self.sources = tuple(sources)
        self.log: list[tuple[int, Batch | LogEntry]] = []
        self.down = False
        self._closed = False

    async def append(self, entries: Sequence[tuple[int, Batch | LogEntry]]) -> None:
        if self.down or self._closed:
            raise StoreDown("history", "closed")
        numbers = [self._newest(), *(seq for seq, _ in entries)]
        if any(a >= b for a, b in itertools.pairwise(numbers)):
            raise Conflict("sequence numbers", f"the log stands at {numbers[0]}")
        self.log.extend(entries)

    async def raw(self, points: Sequence[int], start: Instant, end: Instant) -> Batch:
        batches = [item for _, item in self.log if isinstance(item, Batch)]
        if not batches:
            return Batch.of([])
        whole = Batch.joined(batches)
        inside = np.isin(whole.point, points) & (whole.time >= start) & (whole.time < end)
        take = np.flatnonzero(inside)
        return _taken(whole, take[np.lexsort((whole.time[take], whole.point[take]))])

    async def buckets(self, point: int, start: Instant, end: Instant, n: int) -> dict[str, Any]:
        found = self._heard(point)
        usable = (found.status < BAD) & np.isfinite(found.value)
        usable &= (found.time >= start) & (found.time < end)
        bucket = (found.time - start) * n // (end - start)
        out: dict[str, Any] = {
            "time": (start + (end - start) / n * (np.arange(n) + 0.5)) / SECOND,
            "count": np.zeros(n),
        }
        at, value = bucket[usable], found.value[usable]
        np.add.at(out["count"], at, 1)
        for name, gather, empty in (
            ("mean", np.add, 0.0), ("low", np.minimum, np.inf), ("high", np.maximum, -np.inf),
        ):  # fmt: skip
            out[name] = np.full(n, empty)
            gather.at(out[name], at, value)
            out[name][out["count"] == 0] = np.nan
        out["mean"] /= np.maximum(out["count"], 1)
        return out

    async def heard(
        self, points: Sequence[int], start: Instant, end: Instant
    ) -> AsyncIterator[Batch]:
        whole = Batch.joined([Batch.of([]), *(self._heard(point) for point in set(points))])
        inside = np.flatnonzero((whole.time >= max(0, start)) & (whole.time < end))
        if len(inside):
            yield _taken(whole, inside[np.lexsort((whole.point[inside], whole.time[inside]))])

    def _heard(self, point: int) -> Batch:
        """The point's readings in plant time."""
        ahead, found = 0, [Batch.of([])]
        for _, item in self.log:
            if isinstance(item, Batch):
                mine = _taken(item, np.flatnonzero(item.point == point))
                found.append(replace(mine, time=mine.time - ahead))
            elif self.sources and item.kind == "event" and item.body["kind"] == "up":
                mine_too = item.body["source"] == self.sources[point]
                ahead = item.body["offset_us"] if mine_too else ahead
        return Batch.joined(found)

    async def replay(self, after: int = 0) -> AsyncIterator[tuple[int, Batch | LogEntry]]:
        for seq, item in list(self.log):
            if seq > after:
                yield seq, item

    async def last_seq(self) -> int:
        return self._newest()

    async def health(self) -> Health:
        return Health(source="fake", up=not self.down, detail="a list")

    async def close(self) -> None:
        self._closed = True

    def _newest(self) -> int:
        return self.log[-1][0] if self.log else 0


def _taken(batch: Batch, take: Any) -> Batch:
    return Batch(
        point=batch.point[take],
        time=batch.time[take],
        value=batch.value[take],
        status=batch.status[take],
        received=batch.received[take],
        original={i: batch.original[j] for i, j in enumerate(take.tolist()) if j in batch.original},
        late=frozenset(i for i, j in enumerate(take.tolist()) if j in batch.late),
    )


class FakeLedger:
    """A Ledger in dictionaries; set `down` and nothing can be written."""

    def __init__(self, clock: FakeClock | None = None):
        self.clock = clock or FakeClock()
        self.down = False
        self.states: dict[str, tuple[Any, int]] = {}
        self.chain: list[tuple[AuditRecord, bytes]] = []
        self._head: Head = EMPTY
        self._latest: Instant = 0
        self._onward = Onward()

    async def save(
        self,
        key: str,
        state: Any,
        expected: int | None,
        records: Sequence[tuple[str, str, str, Any]],
    ) -> int:
        standing = self.states.get(key)
        if (standing[1] if standing else None) != expected:
            raise Conflict(key, f"version {standing[1] if standing else 'none'} stands there")
        self._link(records)
        self.states[key] = (state, (expected or 0) + 1)
        return (expected or 0) + 1

    async def load(self, key: str) -> tuple[Any, int] | None:
        return self.states.get(key)

    async def keys(self, prefix: str) -> Sequence[str]:
        return sorted(key for key in self.states if key.startswith(prefix))

    async def record(self, kind: str, actor: str, subject: str, body: Any) -> AuditRecord:
        return self._link([(kind, actor, subject, body)])[0]

    async def audit(self, start: int = 0, limit: int = 1000) -> Sequence[tuple[AuditRecord, bytes]]:
        return self.chain[start : start + limit]

    async def about(self, subject: str) -> Sequence[AuditRecord]:
        return [record for record, _ in self.chain if record.subject == subject]

    async def of_kind(self, kind: str) -> Sequence[AuditRecord]:
        return [record for record, _ in self.chain if record.kind == kind]

    async def head(self) -> Head:
        return self._head

    async def verify(self, heads: Iterable[Head] = (), *, deep: bool = False) -> Head:
        return verify((stored for _, stored in self.chain), heads=heads, deep=deep)

    async def now(self) -> Instant:
        return self._now()

    async def close(self) -> None:
        self.down = True

    def _now(self) -> Instant:
        return self._onward.at(max(self.clock.ledger(), self._latest), self.clock.monotonic())

    def _link(self, records: Iterable[tuple[str, str, str, Any]]) -> list[AuditRecord]:
        if self.down:
            raise StoreDown("ledger", "told so")
        head, added = self._head, []
        self._latest = self._now()
        for kind, actor, subject, body in records:
            record, stored, head = link(
                head, at=self._latest, kind=kind, actor=actor, subject=subject, body=body
            )
            added.append((record, stored))
        self._head = head
        self.chain.extend(added)
        return [record for record, _ in added]


class FakeWorkRecords:
    """WorkRecords in a list."""

    def __init__(self, records: Iterable[WorkOrderRecord] = ()):
        self.records = list(records)

    async def work_orders(self, asset: str | None = None) -> Sequence[WorkOrderRecord]:
        found = [
            r
            for r in self.records
            if asset is None or r.asset == asset or r.asset.startswith(asset + "/")
        ]
        return sorted(found, key=lambda r: (r.created, r.reference), reverse=True)


class FakeThreads:
    """Conversations that are never let go; `down` are the verbs that fail."""

    def __init__(self, down: Sequence[str] = ()):
        self.bodies: dict[tuple[str, str], bytes] = {}
        self.down = down

    async def kept(self, user: str, thread: str) -> bytes | None:
        """As it was kept last."""
        if "kept" in self.down:
            raise StoreDown("threads", "no such host")
        return self.bodies.get((user, thread))

    async def keep(self, user: str, thread: str, body: bytes) -> None:
        """Keep it."""
        if "keep" in self.down:
            raise StoreDown("threads", "no such host")
        self.bodies[user, thread] = body


class InlineCompute:
    """A Compute that runs everything here and now."""

    def __init__(self) -> None:
        self.asked = 0

    async def map(
        self,
        function: Callable[[Any], Any],
        items: Iterable[Any],
        told: Callable[[int], None] | None = None,
        *,
        long: bool = False,
    ) -> list[Any]:
        results: list[Any] = []
        for item in items:
            await asyncio.sleep(0)  # where it can be cancelled
            results.append(function(item))
            self.asked += 1
            if told is not None:
                told(len(results))
        return results

    async def close(self) -> None:
        return None


class FakeDesk:
    """A ProposalDesk that keeps what it is handed and says `pending`, or why it is denied."""

    def __init__(self) -> None:
        self.submitted: list[tuple[Draft, Asker]] = []
        self.reason = ""

    async def submit(self, draft: Draft, asker: Asker) -> Receipt:
        self.submitted.append((draft, asker))
        number = len(self.submitted)
        return Receipt(
            proposal=f"p-{number:08d}",
            state="denied" if self.reason else "pending",
            needs="1 supervisor, not the requester",
            reason=self.reason,
        )


class FakeLibrary:
    """A Library that finds the passages sharing most words with the query."""

    def __init__(self, hits: Iterable[Hit] = ()):
        self.hits = list(hits)
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.near: dict[str, int] = {}

    async def search(
        self,
        query: str,
        classes: Sequence[str] = (),
        limit: int = 5,
        near: Mapping[str, int] | None = None,
    ) -> Sequence[Hit]:
        self.asked.append((query, tuple(classes)))
        self.near = dict(near or {})
        words = set(query.lower().split())
        found = [
            hit.model_copy(update={"score": len(shared) / len(words)})
            for hit in self.hits
            if (not classes or set(classes) & set(hit.classes))
            and (shared := words & set(hit.text.lower().split()))
        ]
        return sorted(found, key=lambda hit: -hit.score)[:limit]


class FakeForecaster:
    """A Forecaster of pure functions given by the test; records what it was asked."""

    def __init__(
        self,
        forecast: Callable[[Snapshot, Scenario], Forecast] | None = None,
        compare: Callable[[Snapshot, Scenario, Sequence[Scenario]], Sequence[Comparison]]
        | None = None,
        sensitivity: Callable[[Snapshot, str, float, float], Sensitivity] | None = None,
        diagnose: Callable[[Snapshot, str, float], Diagnosis] | None = None,
        advise: Callable[[Snapshot, Diagnosis, Cause], Advice] | None = None,
        schedule: Callable[[Snapshot, Wish], Plans] | None = None,
        picking: Callable[[Storehouse, Sequence[PickOrder], PickObjective], Picking] | None = None,
        try_cell: Callable[[Cell, Tasks], Trial] | None = None,
        risk: Callable[[Snapshot, str, float], Failing] | None = None,
        rank: Callable[[Snapshot, Sequence[Scenario], Objective], Ranking] | None = None,
        learnt: Callable[[Snapshot, str, str, float | None], Learnt] | None = None,
        skill: Callable[[Snapshot, str], tuple[Skill, tuple[Foretold, ...]]] | None = None,
        slotting: Callable[[Storehouse, Sequence[Sequence[PickOrder]]], Slotting] | None = None,
        replenishing: Callable[[Storehouse, Sequence[Sequence[PickOrder]]], Replenishing]
        | None = None,
        rebalancing: Callable[[Sequence[Held]], Balanced] | None = None,
        window: Callable[[Snapshot, Job], Agreement] | None = None,
        improve: Callable[[Snapshot, str], Improved] | None = None,
    ):
        self._answers = {
            "rank": rank,
            "forecast": forecast,
            "compare": compare,
            "sensitivity": sensitivity,
            "diagnose": diagnose,
            "advise": advise,
            "schedule": schedule,
            "picking": picking,
            "try_cell": try_cell,
            "risk": risk,
            "learnt": learnt,
            "skill": skill,
            "slotting": slotting,
            "replenishing": replenishing,
            "rebalancing": rebalancing,
            "window": window,
            "improve": improve,
        }
        self.moments: list[Instant | None] = []
        self.asked: list[tuple[str, tuple[Any, ...]]] = []

    async def forecast(self, snapshot: Snapshot, scenario: Scenario) -> Forecast:
        answer: Forecast = self._answer("forecast", snapshot, scenario)
        return answer

    async def compare(
        self, snapshot: Snapshot, baseline: Scenario, candidates: Sequence[Scenario]
    ) -> Sequence[Comparison]:
        answer: Sequence[Comparison] = self._answer("compare", snapshot, baseline, candidates)
        return answer

    async def sensitivity(
        self, snapshot: Snapshot, line: str, horizon_s: float, step: float
    ) -> Sensitivity:
        answer: Sensitivity = self._answer("sensitivity", snapshot, line, horizon_s, step)
        return answer

    async def window(self, snapshot: Snapshot, job: Job) -> Agreement:
        answer: Agreement = self._answer("window", snapshot, job)
        return answer

    async def improve(self, snapshot: Snapshot, subject: str) -> Improved:
        answer: Improved = self._answer("improve", snapshot, subject)
        return answer

    async def rank(
        self, snapshot: Snapshot, scenarios: Sequence[Scenario], objective: Objective
    ) -> Ranking:
        answer: Ranking = self._answer("rank", snapshot, scenarios, objective)
        return answer

    async def diagnose(
        self, snapshot: Snapshot, subject: str, span_s: float, at: Instant | None = None
    ) -> Diagnosis:
        self.moments.append(at)
        answer: Diagnosis = self._answer("diagnose", snapshot, subject, span_s)
        return answer

    async def advise(self, snapshot: Snapshot, diagnosis: Diagnosis, cause: Cause) -> Advice:
        answer: Advice = self._answer("advise", snapshot, diagnosis, cause)
        return answer

    async def schedule(self, snapshot: Snapshot, wish: Wish) -> Plans:
        answer: Plans = self._answer("schedule", snapshot, wish)
        return answer

    async def line_plans(self, snapshot: Snapshot, lines: tuple[str, ...]) -> tuple[LinePlan, ...]:
        return line_plans(snapshot.plant, snapshot.now, lines, running(snapshot))

    async def picking(
        self, store: Storehouse, orders: Sequence[PickOrder], objective: PickObjective
    ) -> Picking:
        answer: Picking = self._answer("picking", store, orders, objective)
        return answer

    async def try_cell(self, cell: Cell, sequence: Tasks) -> Trial:
        answer: Trial = self._answer("try_cell", cell, sequence)
        return answer

    async def risk(self, snapshot: Snapshot, unit: str, horizon_s: float) -> Failing:
        answer: Failing = self._answer("risk", snapshot, unit, horizon_s)
        return answer

    async def learnt(
        self, snapshot: Snapshot, asset: str, kind: str, limit: float | None = None
    ) -> Learnt:
        answer: Learnt = self._answer("learnt", snapshot, asset, kind, limit)
        return answer

    async def skill(self, snapshot: Snapshot, line: str) -> tuple[Skill, tuple[Foretold, ...]]:
        answer: tuple[Skill, tuple[Foretold, ...]] = self._answer("skill", snapshot, line)
        return answer

    async def slotting(self, store: Storehouse, days: Sequence[Sequence[PickOrder]]) -> Slotting:
        answer: Slotting = self._answer("slotting", store, days)
        return answer

    async def replenishing(
        self, store: Storehouse, days: Sequence[Sequence[PickOrder]]
    ) -> Replenishing:
        answer: Replenishing = self._answer("replenishing", store, days)
        return answer

    async def rebalancing(self, held: Sequence[Held]) -> Balanced:
        answer: Balanced = self._answer("rebalancing", held)
        return answer

    def _answer(self, verb: str, *given: Any) -> Any:
        self.asked.append((verb, given))
        answer: Any = self._answers[verb]
        assert answer is not None, f"the test gave no answer to {verb}"
        return answer(*given)


class FakeView:
    """A View of one snapshot, a Historian and a list of proposals."""

    def __init__(
        self,
        snapshot: Snapshot,
        historian: FakeHistorian | None = None,
        proposals: Iterable[ProposalStatus] = (),
        days: Mapping[date, Sequence[PickOrder]] | None = None,
    ):
        self.days = days or {}
        self.known: list[Case] = []
        self.said: list[Testimony] = []
        self._snapshot = snapshot
        self.historian = historian or FakeHistorian()
        self._proposals = list(proposals)

    def snapshot(self) -> Snapshot:
        return self._snapshot

    async def history(self, point: str, start: Instant, end: Instant, n: int) -> dict[str, Any]:
        plant = self._snapshot.plant
        return await self.historian.buckets(plant.index[plant.point(point).id], start, end, n)

    async def proposals(self) -> Sequence[ProposalStatus]:
        return list(self._proposals)

    async def pick_orders(self, store: Storehouse) -> Mapping[date, Sequence[PickOrder]]:
        return self.days

    def cases(self) -> Sequence[Case]:
        return self.known

    def testimony(self) -> Sequence[Testimony]:
        return self.said
