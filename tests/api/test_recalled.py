"""Belief as it was, out of the history: the same as it was then, and not beyond what is held."""

import re

import numpy as np
import pytest
import structlog

from api.recalled import Recalled
from api.sight import PoolForecaster
from tests.fakes import FakeHistorian, InlineCompute
from tests.twin_core.simulation.sawmill import DEBARKER, FAN, LINE, SAW, T0, Mill
from tools.wording import moment
from twin_core.errors import ImpossibleScenario, StoreDown
from twin_core.ingest import Twin
from twin_core.reading import GOOD, Batch, SourceEvent
from twin_core.simulation.forecaster import forecast
from twin_core.simulation.scenario import AsOf, Healthy, Live, Outage, Scenario
from twin_core.value import SECOND

MINUTE = 60 * SECOND
ROWS = 6 * 150
BEGIN = T0 - (ROWS - 1) * 10 * SECOND
THEN = T0 - 75 * MINUTE
SLOWER = np.where(np.arange(ROWS) < ROWS // 2, 60.0, 45.0)


class Told:
    """Two and a half hours of the sawmill, in the history and in a twin; slower from half on."""

    def __init__(self, rate=SLOWER):
        mill = Mill(rows=ROWS, rate=rate, columns={f"{SAW}/speed": rate, f"{SAW}/pace": rate})
        self.plant, recent = mill.plant, mill.snapshot().recent
        self.historian = FakeHistorian()
        twin, n = Twin(self.plant), len(self.plant.read)
        twin.apply(SourceEvent(source="plc", kind="up", time=BEGIN), BEGIN)
        for first in range(0, ROWS, 6):
            times = np.repeat(recent.time[first : first + 6], n)
            batch = Batch(
                np.tile(np.arange(n, dtype=np.int32), 6), times,
                recent.mean[first : first + 6, :n].ravel(),
                np.full(len(times), GOOD, np.uint32), times,
            )  # fmt: skip
            self.historian.log.append((first + 1, batch))
            twin.apply(batch, int(times[-1]))
            if times[0] <= THEN + 10 * SECOND <= times[-1]:
                self.then = twin.snapshot(int(times[-1]))
        self.now = twin.snapshot(T0)
        self.recalled = Recalled(self.plant, self.historian, InlineCompute())
        self.forecaster = PoolForecaster(InlineCompute(), 1, past=self.recalled)


@pytest.fixture(scope="module")
def told():
    return Told()


def since(start, name="x", *changes):
    return Scenario(name=name, line=LINE, start=start, changes=changes)


async def test_what_was_believed_is_believed_again(told):
    """Row by row, and a forecast from it is the one that would have been made then."""
    found = await told.recalled.start_of(told.now, AsOf(at=THEN), LINE)
    since_then = max(int(found.recent.time[0]), int(told.then.recent.time[0])) - 1
    ours, theirs = (seen.recent.span(since_then, THEN) for seen in (found, told.then))
    assert ours.stop - ours.start > 340
    np.testing.assert_array_equal(found.recent.mean[ours], told.then.recent.mean[theirs])
    then = await told.forecaster.forecast(told.now, since(AsOf(at=THEN)))
    assert then.rate.mean == pytest.approx(
        forecast(told.then, since(AsOf(at=THEN)), 1).rate.mean, rel=0.01
    )
    assert then.start == THEN
    now = await told.forecaster.forecast(told.now, since(Live()))
    assert then.rate.mean > 1.2 * now.rate.mean


async def test_nothing_later_than_it_takes_to_settle_is_read(told):
    """Ten seconds after the moment the twin that was put together ends."""
    found = await told.recalled.start_of(told.now, AsOf(at=THEN), LINE)
    assert THEN <= found.watermark <= found.now <= THEN + 10 * SECOND


async def test_what_is_remembered_well_needs_no_history(told):
    """Half an hour of memory before a start is enough; a little is made up by the history."""
    near = AsOf(at=T0 - 10 * MINUTE)
    assert await told.recalled.start_of(told.now, near, LINE) is told.now
    far = AsOf(at=T0 - 50 * MINUTE)
    assert await told.recalled.start_of(told.now, far, LINE) is not told.now
    bare = Recalled(told.plant, FakeHistorian(), InlineCompute())
    assert await bare.start_of(told.now, far, LINE) is told.now


async def test_what_nobody_heard_is_refused_with_what_is_held(told):
    """From when on there is something, or that there is nothing."""
    early = AsOf(at=BEGIN - 3600 * SECOND)
    with pytest.raises(ImpossibleScenario, match=r"A start at .* allowed: .* and later"):
        await told.recalled.start_of(told.now, early, LINE)
    with pytest.raises(ImpossibleScenario, match="holds nothing of Board line"):
        await Recalled(told.plant, FakeHistorian(), InlineCompute()).start_of(told.now, early, LINE)


@pytest.mark.parametrize("asset", [FAN, "holm/house/suction", "holm/yard/logs", DEBARKER])
async def test_a_moment_is_known_of_what_makes_nothing_too(told, asset):
    """Of a utility, a store and a machine alike: whatever was heard then can be asked about."""
    found = await told.forecaster.diagnose(told.now, asset, 1800.0, THEN - 5 * MINUTE)
    assert found.verdict == "normal"
    assert THEN - 5 * MINUTE <= found.end <= THEN - 5 * MINUTE + 20 * SECOND


@pytest.mark.parametrize("line", [LINE, "holm/house/suction", "holm/yard/logs"])
async def test_the_first_moment_that_is_held_is_told_to_the_second(told, line):
    """Of ten years that are looked through; of a moment before it that it begins there."""
    begins = moment(BEGIN, told.plant, told.now.now)
    with pytest.raises(ImpossibleScenario, match=f"{re.escape(begins)} and later"):
        await told.recalled.as_of(told.now, BEGIN - 90 * MINUTE, line)


async def test_where_readings_were_let_go_of_the_first_minutes_are_told(told):
    """What the coarse buckets hold was heard, though no reading is left."""

    class Thinned(FakeHistorian):
        async def buckets(self, point, start, end, n):
            found = await super().buckets(point, start, end, n)
            if (end - start) < 120 * SECOND * n:
                found["count"][:] = 0
            return found

        def heard(self, points, start, end):
            return FakeHistorian().heard(points, start, end)

    thinned = Thinned()
    thinned.log = told.historian.log
    with pytest.raises(ImpossibleScenario, match="it was not then, and first at") as refused:
        await Recalled(told.plant, thinned, InlineCompute()).as_of(told.now, THEN, LINE)
    early = [moment(BEGIN - i * SECOND, told.plant, told.now.now) for i in range(300)]
    assert any(f"first at {one}." in str(refused.value) for one in early)


async def test_scenarios_that_are_compared_start_at_one_moment(told):
    """One snapshot serves them all; without a history only memory does."""
    out = Outage(asset=SAW, duration_s=300)
    (found,) = await told.forecaster.compare(
        told.now, since(AsOf(at=THEN)), [since(AsOf(at=THEN), "y", out)]
    )
    assert found.gain.high < 0
    assert found.baseline.courses
    for other in (Live(), Healthy(), AsOf(at=THEN + SECOND)):
        with pytest.raises(ImpossibleScenario, match="one start for all"):
            await told.forecaster.compare(told.now, since(AsOf(at=THEN)), [since(other, "y", out)])
    with pytest.raises(ImpossibleScenario, match="as far back as belief is kept"):
        await PoolForecaster(InlineCompute(), 1).forecast(told.now, since(AsOf(at=THEN)))


async def test_a_loss_older_than_memory_is_explained_by_the_hour_in_which_it_began(told):
    """An hour into a loss nothing changes any more; the history still shows what changed.

    The mill's classes know no failure mode: where it may have started is all that is said.
    """
    found = await told.forecaster.diagnose(told.now, LINE, 1800.0)
    assert found.verdict == "unclear"
    assert found.first_out[0].asset == SAW
    assert abs(found.first_out[0].onset - THEN) <= 60 * SECOND
    assert found.end == told.now.recent.time[-1]
    assert found.rate == pytest.approx(45, abs=1)


@pytest.mark.parametrize("ago", [43, 50, 57, 63])
async def test_a_loss_that_began_early_in_memory_or_just_before_it_is_dated_to_when_it_began(ago):
    """The hour that is recalled reaches beyond the beginning: it does not end before it."""
    told = Told(np.where(np.arange(ROWS) < ROWS - 6 * ago, 60.0, 45.0))
    found = await told.forecaster.diagnose(told.now, LINE, 1800.0)
    assert found.first_out[0].asset == SAW
    began, seen = T0 - ago * MINUTE, found.first_out[0]
    assert abs(seen.onset - began) <= (seen.onset_s + 10) * SECOND
    assert seen.onset_s < 120


async def test_without_a_history_an_old_loss_is_not_called_normal(told):
    """What lasts longer than memory is said to."""
    for past in (None, Recalled(told.plant, FakeHistorian(), InlineCompute())):
        found = await PoolForecaster(InlineCompute(), 1, past=past).diagnose(told.now, LINE, 1800.0)
        assert found.verdict == "unclear"
        assert "longer than is remembered" in found.summary


async def test_a_history_that_cannot_be_read_does_not_keep_a_diagnosis_from_its_asker(told):
    """It is told in the log, and the diagnosis rests on memory alone."""

    class Gone(FakeHistorian):
        def heard(self, points, start, end):
            raise StoreDown("the history", "its disk is full")

    with structlog.testing.capture_logs() as said:
        past = Recalled(told.plant, Gone(), InlineCompute())
        found = await PoolForecaster(InlineCompute(), 1, past=past).diagnose(told.now, LINE, 1800.0)
    assert found.verdict == "unclear"
    assert [s["log_level"] for s in said] == ["warning"]


async def test_a_moment_of_the_past_is_diagnosed_by_what_was_believed_then(told):
    """A quarter of an hour into the loss it is seen, and where; before it the line was well."""
    found = await told.forecaster.diagnose(told.now, LINE, 1800.0, THEN + 15 * MINUTE)
    assert found.verdict != "normal"
    assert found.rate < 0.9 * found.usual
    assert found.losses[0].asset == SAW
    assert THEN + 15 * MINUTE <= found.end <= THEN + 15 * MINUTE + 20 * SECOND
    well = await told.forecaster.diagnose(told.now, LINE, 1800.0, THEN - 5 * MINUTE)
    assert (well.verdict, well.causes) == ("normal", ())


async def test_a_moment_that_the_history_does_not_have_is_refused(told):
    """With what it has; and where there is no history, that."""
    with pytest.raises(ImpossibleScenario, match=r"A question about .*; allowed"):
        await told.forecaster.diagnose(told.now, LINE, 1800.0, BEGIN - 90 * MINUTE)
    with pytest.raises(ImpossibleScenario, match="there is no history"):
        await PoolForecaster(InlineCompute(), 1).diagnose(told.now, LINE, 1800.0, THEN)
