"""A plant at one moment, and a View of it that a test may change.

Riverside and the bakery by their plant files; every number here is this file's own.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from connectors.pick_orders import read_orders
from tests.fakes import FakeHistorian
from tools.view import ProposalStatus
from twin_core.answer import Ask, Asker
from twin_core.case import Case
from twin_core.governance.action import WritePlan, WriteStep
from twin_core.operations.alarm import Alarm
from twin_core.operations.incident import Incident, OpenedBy
from twin_core.operations.kpi import LineIndicators, StateTimes
from twin_core.plant.assets import Plant
from twin_core.plant.document import load
from twin_core.reading import GOOD, Batch
from twin_core.testimony.testimony import Testimony
from twin_core.twin import GRID_S, Recent, Snapshot, SourceState
from twin_core.value import SECOND, Range

PLANTS = Path(__file__).parents[2] / "plants"
NOW = 1_763_820_000 * SECOND  # 2025-11-22 14:00:00 UTC and GMT in Dublin
MINUTE = 60 * SECOND
SITE = "riverside"
LINE4 = "riverside/packaging/line4"
LINE3 = "riverside/packaging/line3"
FILLER4 = f"{LINE4}/filler"
PRESSURE = f"{FILLER4}/bowl_pressure"
HEADER_SET = "riverside/utilities/air/compressor_1/pressure_setpoint"

OPERATOR = Asker(user="ola", name="Ola Nyman", roles=("operator",), sites=(SITE,))
VIEWER = Asker(user="vic", name="Vic Ames", roles=("viewer",), sites=(SITE,))
STRANGER = Asker(user="sam", name="Sam Roe", roles=("operator",), sites=("elsewhere",))


@cache
def riverside() -> Plant:
    """The demo's plant."""
    return load(
        (PLANTS / "riverside.yaml").read_text(),
        "riverside.yaml",
        lambda name: (PLANTS / name).read_text(),
    )


def snapshot(plant: Plant | None = None, *, down: dict[str, int] | None = None) -> Snapshot:
    """Belief with every point in the middle of its normal range, line 4 slower than usual.

    Args:
        plant: Riverside if not given.
        down: source → when it was last heard.
    """
    plant = plant or riverside()
    values = np.array([_middle(p.spec.normal or p.spec.limits) for p in plant.points])
    for i, point in enumerate(plant.points):
        if point.spec.role.value == "state":
            values[i] = 6.0
        if point.spec.role.value in {"starved", "blocked"}:
            values[i] = 0.0
    times = np.full(len(values), NOW - 2 * SECOND, dtype=np.int64)
    status = np.zeros(len(values), dtype=np.uint32)
    sources = {
        s.id: SourceState(source=s.id, up=True, since=NOW - 60 * MINUTE, last=NOW - SECOND)
        for s in plant.sources
    }
    for source, last in (down or {}).items():
        sources[source] = SourceState(
            source=source, up=False, since=last + SECOND, last=last, reason="connection lost"
        )
    return Snapshot(
        plant=plant,
        revision=7,
        now=NOW,
        watermark=NOW - 2 * SECOND,
        value=values,
        time=times,
        status=status,
        settled_value=values,
        settled_time=times,
        settled_status=status,
        quarantined={},
        sources=sources,
        recent=recent(plant, values),
        incidents=incidents(plant),
        alarms=(),
        indicators={line.id: indicators(line.id, plant) for line in plant.lines},
    )


def recent(plant: Plant, values) -> Recent:
    """An hour in which everything stood still but the counters."""
    rows = 360
    time = NOW - np.arange(rows, dtype=np.int64)[::-1] * GRID_S * SECOND
    mean = np.tile(values, (rows, 1))
    for i, point in enumerate(plant.points):
        if point.spec.role.value == "produced":
            mean[:, i] = 1000 + np.arange(rows) * 7.0
    return Recent(time=time, mean=mean, low=mean - 0.01, high=mean + 0.0)


def indicators(line: str, plant: Plant) -> LineIndicators:
    """Line 4 makes 402.6, the others 540."""
    found = plant.line(line)
    states = tuple(
        StateTimes(asset=m.id, start=NOW - 60 * MINUTE, end=NOW, seconds={6: 3000.0, 5: 600.0})
        for m in plant.machines(found)
    )
    return LineIndicators(
        line=line,
        start=NOW - 5 * MINUTE,
        end=NOW,
        unit=f"{found.unit_of_flow or '1'}/min",
        rate=402.6 if line == LINE4 else 540.0,
        usual=561.0,
        nominal=600.0,
        product="cola_500",
        availability=0.91,
        effectiveness=0.74,
        quality=None,
        oee=None,
        complete=1.0,
        states=states,
    )


def incidents(plant: Plant) -> tuple[Incident, ...]:
    """One open rate loss on Riverside's line 4."""
    if plant.site != SITE:
        return ()
    point = f"{LINE4}/packer/produced"
    return (
        Incident(
            id="in-0a1b2c3d",
            kind="rate_loss",
            subject=LINE4,
            line=LINE4,
            opened=NOW - 8 * MINUTE,
            severity=3,
            statement="line 4 makes 402.6 bottles/min against a usual 561 bottles/min",
            opened_by=(OpenedBy(point=point, time=NOW - 8 * MINUTE, value=402.6),),
        ),
    )


def alarm() -> Alarm:
    """Warm product at filler 4."""
    return Alarm(
        point=f"{FILLER4}/product_temperature",
        side="high",
        limit=12.0,
        value=13.4,
        state="unacknowledged",
        raised=NOW - 3 * MINUTE,
        since=NOW - 3 * MINUTE,
    )


class Window:
    """A View whose snapshot the test may change between two looks."""

    def __init__(self, first: Snapshot | None = None, proposals=()):
        self.now = first or snapshot()
        self.looks = 0
        self.on_look: Callable[[Window], None] | None = None
        self.historian = FakeHistorian()
        if PRESSURE in self.now.plant.index:  # one reading of the past
            at = NOW - 3 * 24 * 60 * MINUTE
            row = (self.now.plant.index[PRESSURE], at, 2.0, GOOD, at)
            self.historian.log.append((0, Batch.of([row])))
        self.given = list(proposals)
        self.known: list[Case] = []
        self.said: list[Testimony] = []

    def snapshot(self) -> Snapshot:
        self.looks += 1
        if self.on_look is not None:
            self.on_look(self)
        return self.now

    def lose(self, *sources: str) -> None:
        """These sources fall silent now."""
        lost = {
            s: SourceState(
                source=s, up=False, since=NOW, last=NOW - SECOND, reason="connection lost"
            )
            for s in sources
        }
        self.now = replace(self.now, sources={**self.now.sources, **lost}, revision=8)

    async def history(self, point, start, end, n):
        return await self.historian.buckets(self.now.plant.index[point], start, end, n)

    async def proposals(self):
        return list(self.given)

    def cases(self):
        return self.known

    def testimony(self):
        return self.said

    async def pick_orders(self, store):
        return read_orders(PLANTS / store.orders, self.now.plant.timezone)


def waiting() -> ProposalStatus:
    """A proposal that waits."""
    return ProposalStatus(
        proposal="p-7k3m9q2x",
        title="Raise header setpoint",
        action=WritePlan(
            steps=(WriteStep(point=HEADER_SET, unit="bar", old=7.0, value=7.2, check=0.05),)
        ),
        state="pending",
        needs="1 supervisor, not the requester",
        votes=(),
        result="",
        helps=LINE4,
    )


def ask(text: str, thread: str = "t1", asker: Asker = OPERATOR) -> Ask:
    """A question."""
    return Ask(text=text, asker=asker, thread=thread)


def _middle(bounds: Range) -> float:
    return (bounds.low + bounds.high) / 2


def two_warehouses():
    """Riverside with an empty depot and a full annex."""
    plant = riverside()
    (depot,) = plant.warehouses
    full = tuple(s.model_copy(update={"reserve": 900}) for s in depot.stocks)
    empty = tuple(s.model_copy(update={"forward": 0, "reserve": 0}) for s in depot.stocks)
    annex = depot.model_copy(update={"id": "annex", "name": "Annex", "names": (), "stocks": full})
    stores = (depot.model_copy(update={"stocks": empty}), annex)
    return plant.model_copy(update={"warehouses": stores})
