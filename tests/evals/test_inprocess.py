import time

import numpy as np
import pytest

from evals.emulator.faults import Fault, Size
from evals.inprocess import World
from tests.evals.emulator.riverside import LINE4, calm, plant
from twin_core.governance.action import Command, Inspection, WorkOrder, WriteStep
from twin_core.ports import Clock, ReadingSource
from twin_core.reading import Batch, SourceEvent

FILLER = f"{LINE4}/filler"
COOLER = Fault(
    id="x",
    component=FILLER,
    parameter="cooler",
    shape="step",
    size=Size(factor=0.4),
    asset=FILLER,
    failure_modes=("product_cooler_fouled",),
    repair_s=60.0,
    finding="Plates fouled.",
)


def world(*faults: Fault, crew: bool = True) -> World:
    return World(plant(), 3, calm(), faults, crew=crew)


def command(step, key: str = "p-1/0/1-execute") -> Command:
    return Command(key=key, proposal="p-1", epoch=1, purpose="execute", step=step, deadline_s=5.0)


def write(w: World, point: str, value: float, key: str = "p-1/0/1-execute") -> Command:
    old = w.standin.value(plant().index[point])
    return command(WriteStep(point=point, unit="1", old=old, value=value, check=0.01), key)


async def work(w: World, order: WorkOrder | Inspection) -> tuple[str, bool | None]:
    await w.sink.execute(command(order))
    w.turn(700)
    record = (await w.records.work_orders(order.asset))[0]
    assert record.status == "done"
    return record.finding, record.found_fault


def test_every_source_comes_up_and_sends_each_of_its_points_at_its_period():
    """A batch per source and period; a point is never later than its expected period."""
    w = world()
    arrivals = w.turn(30)
    ups = [a for a in arrivals if isinstance(a, SourceEvent)]
    assert [e.kind for e in ups] == ["up"] * 6
    last: dict[int, int] = {}
    for batch in (a for a in arrivals if isinstance(a, Batch)):
        for point, received in zip(batch.point, batch.received, strict=True):
            gap = (received - last.get(point, received)) / 1e6
            allowed = max(plant().points[point].spec.period_s, 5.0)
            assert gap <= allowed
            last[point] = received
    assert len(last) == len(plant().read)


def test_source_times_carry_the_offset_that_the_event_states():
    """Source time less the stated offset is plant time."""
    w = world()
    arrivals = w.turn(4)
    offsets = {a.source: a.offset_us for a in arrivals if isinstance(a, SourceEvent)}
    assert len({v for k, v in offsets.items() if k.startswith("line")}) == 4
    for batch in (a for a in arrivals if isinstance(a, Batch)):
        source = plant().points[batch.point[0]].source
        assert np.all(batch.time - offsets[source] == batch.received)


async def test_sources_are_reading_sources():
    """What `turn` returns is what the source yields, until it is closed."""
    w = world()
    source: ReadingSource = w.sources["line4_plc"]
    clock: Clock = w.clock
    w.turn(4)
    assert clock.plant() == w.standin.now
    assert (await source.health()).up
    await source.close()
    kinds = [type(a).__name__ async for a in source.readings()]
    assert kinds[0] == "SourceEvent"
    assert set(kinds[1:]) == {"Batch"}


def test_a_stopped_source_says_so_once_and_comes_back():
    """Down once, silence, up with a whole batch."""
    w = world()
    w.turn(4)
    w.sources["line3_plc"].stopped = True
    events = [a for a in w.turn(20) if isinstance(a, SourceEvent)]
    assert [(e.source, e.kind) for e in events] == [("line3_plc", "down")]
    w.sources["line3_plc"].stopped = False
    events = [a for a in w.turn(20) if isinstance(a, SourceEvent)]
    assert [(e.source, e.kind) for e in events] == [("line3_plc", "up")]


async def test_a_write_is_read_back_and_done_once():
    """The same key is never written twice, whatever stands there meanwhile."""
    w = world()
    point = f"{FILLER}/bowl_pressure_setpoint"
    first = write(w, point, 2.4)
    assert (await w.sink.execute(first)).result == "verified"
    await w.sink.execute(write(w, point, 2.2, "p-2/0/1-execute"))
    await w.sink.execute(first)
    assert (await w.sink.look(first)).read_back == pytest.approx(2.2)


async def test_a_controller_refuses_what_lies_outside_its_limits():
    """Values outside the adjustable range and protected points are refused, not clamped."""
    w = world()
    beyond = write(w, f"{FILLER}/bowl_pressure_setpoint", 5.0)
    assert (await w.sink.execute(beyond)).result == "failed"
    drum = "riverside/utilities/steam/boiler/drum_level_setpoint"
    refused = await w.sink.execute(write(w, drum, 55.0, "k2"))
    assert refused.result == "failed"
    assert refused.read_back == 50.0


async def test_what_another_has_set_meanwhile_is_not_overwritten():
    """The value that was to be changed does not stand there any more: nothing is sent."""
    w = world()
    point = f"{FILLER}/bowl_pressure_setpoint"
    late = write(w, point, 2.4)
    await w.sink.execute(write(w, point, 2.2, "p-2/0/1-execute"))
    outcome = await w.sink.execute(late)
    assert (outcome.result, outcome.sent) == ("not_applied", False)
    assert outcome.read_back == pytest.approx(2.2)


async def test_the_crew_mends_the_right_mode_of_the_right_asset():
    """Asset and failure mode right: found, and the process recovers."""
    w = world(COOLER)
    w.turn(200)
    order = WorkOrder(asset=FILLER, task="Clean.", failure_mode="product_cooler_fouled")
    assert await work(w, order) == ("Plates fouled. Put in order.", True)
    index = plant().index[f"{FILLER}/product_temperature"]
    assert w.standin.values[index] < 9.0


async def test_the_crew_mends_an_unknown_mode_of_the_right_asset():
    """Asset right, mode unknown: found too, after a longer search."""
    w = world(COOLER)
    w.turn(2)
    assert (await work(w, WorkOrder(asset=FILLER, task="Look.")))[1] is True


@pytest.mark.parametrize(
    "order",
    [
        WorkOrder(asset=FILLER, task="Fix.", failure_mode="drive_degraded"),
        WorkOrder(asset=f"{LINE4}/capper", task="Fix."),
    ],
)
async def test_a_wrong_work_order_finds_nothing(order):
    """Wrong mode or wrong asset: it costs time and mends nothing."""
    w = world(COOLER)
    w.turn(2)
    finding, found = await work(w, order)
    assert found is False
    assert finding.startswith("Nothing found")
    assert not w.standin.troubles[0].mended


async def test_what_no_repair_exists_for_is_not_found():
    """A fault without failure modes is nobody's to mend, whatever the order says."""
    w = world(COOLER.model_copy(update={"failure_modes": (), "finding": ""}))
    w.turn(2)
    finding, found = await work(w, WorkOrder(asset=FILLER, task="Look."))
    assert found is False
    assert finding.startswith("Nothing found")


async def test_an_inspection_sees_and_does_not_mend():
    """An inspection says what it sees and leaves it."""
    w = world(COOLER)
    w.turn(2)
    finding, found = await work(w, Inspection(asset=FILLER, task="Look."))
    assert found is True
    assert "Not repaired" in finding
    assert not w.standin.troubles[0].mended


async def test_without_a_crew_orders_stay_open():
    """No crew, no work."""
    w = world(COOLER, crew=False)
    await w.sink.execute(command(WorkOrder(asset=FILLER, task="Look.")))
    w.turn(600)
    assert (await w.records.work_orders())[0].status == "open"


async def test_the_same_key_is_the_same_order():
    """A business key makes one order."""
    w = world()
    step = WorkOrder(asset=FILLER, task="Look.")
    first = await w.sink.execute(command(step))
    again = await w.sink.execute(command(step))
    assert first.reference == again.reference
    assert len(await w.records.work_orders(LINE4)) == 1


def test_a_plant_hour_passes_fast():
    """Steps and batches of the whole plant take well under a millisecond a plant second."""
    w = world()
    began = time.perf_counter()
    w.turn(300)
    assert (time.perf_counter() - began) / 300 < 0.003
