"""Sweeps in plain words, one at a time, as a stream that ends with its reader."""

import asyncio
import json

import pytest

from api import sweeps
from api.sweeping import Sweeper, understand_sweep
from tests.fakes import InlineCompute
from tests.tools.scenery import OPERATOR, Window, riverside, snapshot
from tools.scene import Scene
from twin_core.errors import BadInput, Busy, ComputeDown, ImpossibleScenario, OutOfRange
from twin_core.plant.names import Names

LINE = "riverside/packaging/line4"
VARIED = (
    "filler on line 4 at 80|100 % of its speed",
    "packer on line 4 at 50..100 by 25 % of its speed",
)


def understood(*varied, **more):
    plant = riverside()
    return understand_sweep(Scene(Window(), OPERATOR), Names(plant), varied, **more)


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(sweeps, "_LOOK_S", 0.001)


def test_what_is_varied_is_read_as_a_what_if_is():
    """A range stands for its numbers; the line is the one concerned; a quarter of an hour."""
    found = understood(*VARIED)
    assert found.shape == (2, 3)
    assert (found.baseline.line, found.baseline.horizon_s) == (LINE, 900)
    changes = [[c.factor for c in scenario.changes] for scenario in found.scenarios]
    assert changes == [[0.8, 0.5], [0.8, 0.75], [0.8, 1.0], [1.0, 0.5], [1.0, 0.75], [1.0, 1.0]]
    assert found.scenarios[1].name == (
        "filler on line 4 at 80 % of its speed, packer on line 4 at 75 % of its speed"
    )
    longer = understood("filler on line 4 stopped for 1..5 by 1 min", line="line 4", horizon="2 h")
    assert [s.changes[0].duration_s for s in longer.scenarios] == [60, 120, 180, 240, 300]
    assert longer.baseline.horizon_s == 7200


@pytest.mark.parametrize(
    ("varied", "more", "error", "says"),
    [
        (("the filler at 80..90 by 5 % of its speed",), {}, BadInput, "not understood as one"),
        (("please 1..3 by 1",), {}, BadInput, "not understood as one"),
        (("filler on line 4 at 80 %",), {}, BadInput, "no range"),
        (
            ("1|2 people mend line 4",),
            {"line": "line 3"},
            BadInput,
            "changes nothing on line 3; allowed: line 4",
        ),
        (("filler on line 4 at 150..250 by 50 % of its speed",), {}, OutOfRange, "0 to 200"),
        ((VARIED[0], "filler on line 3 at 80|90 % of its speed"), {}, BadInput, "Which line"),
        (VARIED, {"horizon": "9 h"}, ImpossibleScenario, "8 hours"),
        (VARIED, {"horizon": "soon"}, ImpossibleScenario, "8 hours"),
        ((VARIED[0], VARIED[0]), {}, ImpossibleScenario, "varied twice"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_runs(varied, more, error, says):
    with pytest.raises(error, match=says):
        understood(*varied, **more)


class Slow(InlineCompute):
    """A Compute that does one item each time it is let."""

    def __init__(self):
        super().__init__()
        self.steps = asyncio.Semaphore(0)
        self.broken = False

    async def map(self, function, items, told=None, **_how):
        async def one(item):
            await self.steps.acquire()
            if self.broken:
                raise ComputeDown("its workers died 3 times over the same work")
            return function(item)

        results = []
        for item in items:
            results.append(await one(item))
            self.asked += 1
            told(len(results))
        return results


async def heard(stream):
    return [(e.split("\n")[0][7:], json.loads(e.split("data: ")[1])) async for e in stream]


async def never_gone():
    return False


async def test_progress_comes_and_then_the_results_in_the_order_of_the_scenarios(at_once):
    compute, asked = InlineCompute(), understood(*VARIED)
    sweeper = Sweeper(compute, seed=1)
    stream = sweeps.stream(lambda told: sweeper.run(snapshot(), asked, 2, told), 6, never_gone)
    *progress, (last, body) = await heard(stream)
    assert {name for name, _ in progress} == {"progress"}
    assert progress[-1][1]["done"] == progress[-1][1]["of"] == 6
    assert last == "sweep"
    assert body["names"] == [scenario.name for scenario in asked.scenarios]
    swept = await sweeper.run(snapshot(), asked, 2)
    assert body["rate"]["mean"] == [found.rate.mean for found in swept.forecasts]
    assert (body["digest"], body["best"]) == (swept.digest, swept.best)
    assert "changes" not in body["sweep"]["axes"][0]


async def test_a_sweep_ends_with_its_reader(at_once):
    """When he goes, nothing more begins, and another sweep may."""
    compute, asked = Slow(), understood(*VARIED)
    sweeper = Sweeper(compute, seed=1)
    left = False

    async def gone():
        return left

    stream = sweeps.stream(lambda told: sweeper.run(snapshot(), asked, 2, told), 6, gone)
    compute.steps.release()
    async for event in stream:
        if '"done": 1' in event:
            with pytest.raises(Busy, match="1 of 6"):
                await sweeper.run(snapshot(), asked, 2)
            left = True
    for _ in range(6):
        compute.steps.release()
    await asyncio.sleep(0)
    assert compute.asked == 1
    assert len((await sweeper.run(snapshot(), asked, 2)).forecasts) == 6


async def test_a_reader_that_is_cut_off_ends_it_too(at_once):
    """A server closes the stream where it stands."""
    compute, asked = Slow(), understood(*VARIED)
    sweeper = Sweeper(compute, seed=1)
    stream = sweeps.stream(lambda told: sweeper.run(snapshot(), asked, 2, told), 6, never_gone)
    assert "progress" in await anext(stream)
    await stream.aclose()
    compute.steps.release()
    await asyncio.sleep(0)
    assert compute.asked == 0


async def test_workers_that_cannot_be_used_are_an_event(at_once):
    compute, asked = Slow(), understood(*VARIED)
    compute.broken = True
    compute.steps.release()
    sweeper = Sweeper(compute, seed=1)
    stream = sweeps.stream(lambda told: sweeper.run(snapshot(), asked, 2, told), 6, never_gone)
    name, body = (await heard(stream))[-1]
    assert name == "problem"
    assert "died 3 times" in body["message"]
