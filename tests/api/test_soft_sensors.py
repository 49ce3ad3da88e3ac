"""When soft sensors are fitted, on what, and that a restart knows the same."""

import asyncio

import numpy as np
import pytest

from api.service import Pump
from api.soft_sensors import SPAN_US, Learner
from tests.fakes import FakeClock, FakeHistorian, InlineCompute
from tests.twin_core.plant_fixture import GAS, OVEN, T0, bakery
from twin_core.ingest import Twin
from twin_core.ports import LogEntry
from twin_core.reading import Batch, SourceEvent
from twin_core.value import SECOND

HOUR = 3600 * SECOND
PRESSURE, VALVE, SPEED = f"{GAS}/pressure", f"{GAS}/valve", f"{OVEN}/speed"
TEMPERATURE = f"{OVEN}/temperature"


class Remembering(FakeHistorian):
    """Six hours of means before now: an oven that gets as hot as there is gas."""

    def __init__(self, plant, end, hours=6.0):
        super().__init__()
        self.plant, self.asked = plant, []
        rows = int(hours * 360)
        rng = np.random.default_rng(3)
        gas = 200 + 15 * np.sin(np.arange(rows) / 40)
        course = {
            PRESSURE: gas + 0.4 * rng.standard_normal(rows),
            VALVE: gas / 4 + 0.3 * rng.standard_normal(rows),
            TEMPERATURE: 210 + 0.1 * gas + 0.1 * rng.standard_normal(rows),
            SPEED: 100 + rng.standard_normal(rows),
            f"{OVEN}/state": np.full(rows, 6.0),
        }
        self.course = {plant.index[path]: x for path, x in course.items()}

    async def buckets(self, point, start, end, n):
        self.asked.append(point)
        mean = np.full(n, np.nan)
        if point in self.course:
            mean[n - len(self.course[point]) :] = self.course[point]
        count = np.isfinite(mean) * 5.0
        return {"time": np.zeros(n), "mean": mean, "low": mean, "high": mean, "count": count}


class Place:
    def __init__(self, hours=6.0):
        self.plant = bakery()
        self.now = T0 + 30 * HOUR
        self.historian = Remembering(self.plant, self.now, hours)
        self.clock = FakeClock(plant=self.now)
        self.pump = Pump(Twin(self.plant), {}, self.historian, self.clock, 0.01)
        self.learner = Learner(self.plant, self.historian, InlineCompute(), self.pump, self.clock)

    async def started(self):
        """A pump whose log already tells of a source that is up."""
        i = self.plant.index[PRESSURE]
        up = SourceEvent(source="house_plc", kind="up", time=self.now - 60 * SECOND)
        rows = [(i, self.now - k * SECOND, 200.0, 0, self.now - k * SECOND) for k in (40, 20, 1)]
        event = LogEntry(seq=1, kind="event", time=up.time, body=up.model_dump(mode="json"))
        await self.historian.append([(1, event), (2, Batch.of(rows))])
        await self.pump.start()
        return self

    async def settled(self, what):
        for _ in range(300):
            if what():
                return
            self.clock.turn(4)
            await asyncio.sleep(0.01)
        raise AssertionError("it never came to be")


async def test_what_was_fitted_is_used_and_a_restart_uses_the_same():
    """The models stand in the log; a replay knows the version that made them."""
    place = await Place().started()
    found = await place.learner.learn()
    await place.settled(lambda: place.pump.snapshot().sensors)
    await place.pump.stop()
    sensors = place.pump.snapshot().sensors
    model, version = sensors[TEMPERATURE]
    assert version == found.version
    assert model.accuses
    assert model.fit > 0.9
    assert {i.point for i in model.inputs} == {PRESSURE}
    assert not sensors[SPEED][0].accuses
    again = Pump(Twin(place.plant), {}, place.historian, place.clock, 0.01)
    await again.start()
    await again.stop()
    assert again.snapshot().sensors == sensors


async def test_it_is_fitted_when_there_is_enough_to_learn_from_and_then_seldom():
    """Half an hour of history teaches nothing; it is tried again after an hour."""
    place = await Place(hours=0.5).started()
    assert await place.learner.learn() is None
    assert place.historian.asked
    asked = len(place.historian.asked)
    assert await place.learner.learn() is None
    assert len(place.historian.asked) == asked
    place.clock.turn(3601)
    await place.learner.learn()
    assert len(place.historian.asked) > asked
    await place.pump.stop()


async def test_a_model_that_accuses_is_not_fitted_again():
    """Who went on learning would learn the drift."""
    place = await Place().started()
    first = await place.learner.learn()
    await place.settled(lambda: place.pump.snapshot().sensors)
    accusing = {s.point for s in first.sensors if s.accuses}
    assert TEMPERATURE in accusing
    place.clock.turn(SPAN_US / SECOND + 1)
    second = await place.learner.learn()
    assert second is None or not accusing & {s.point for s in second.sensors}
    await place.pump.stop()


async def test_what_a_source_that_tells_only_changes_told_last_stands():
    """An oven whose state was told once, hours ago, has run ever since."""
    place = Place()
    told = place.plant.model_copy(
        update={
            "sources": tuple(
                source.model_copy(update={"reports": "on_change"}) for source in place.plant.sources
            )
        }
    )
    state = place.plant.index[f"{OVEN}/state"]
    place.historian.course[state][1:] = np.nan
    await place.started()
    learner = Learner(told, place.historian, InlineCompute(), place.pump, place.clock)
    found = await learner.learn()
    await place.pump.stop()
    assert found is not None
    assert TEMPERATURE in {s.point for s in found.sensors if s.accuses}


async def test_a_unit_in_doubt_is_left_out():
    """What is quarantined now would be learned as healthy."""
    place = await Place().started()
    twin = place.pump.snapshot()
    held = twin.__class__(**{**vars(twin), "quarantined": {SPEED: object()}})
    place.pump.snapshot = lambda: held
    found = await place.learner.learn()
    assert found is not None
    assert not {TEMPERATURE, SPEED} & {s.point for s in found.sensors}
    place.pump.snapshot = lambda: twin
    await place.pump.stop()


def test_a_version_stands_for_the_content():
    """Models that differ in one weight differ in their version."""
    from tests.twin_core.test_drift import taught

    one, other = taught(), taught(accuses=False)
    assert one.version == taught().version != other.version
    assert one.model_validate_json(one.model_dump_json()).version == one.version
    with pytest.raises(ValueError, match="greater than 0"):
        one.sensors[0].__class__.model_validate({**one.sensors[0].model_dump(), "scale": 0})
