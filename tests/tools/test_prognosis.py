"""What is likely to fail, as the agent hears it."""

from dataclasses import replace

import numpy as np

from tests.tools.box import Box
from tests.tools.scenery import FILLER4, LINE4, MINUTE, NOW, Window, snapshot
from tests.tools.standins import forecaster, records
from twin_core.errors import SourceDown
from twin_core.ports import WorkOrderRecord

VIBRATION = f"{LINE4}/capper/vibration"


def fault(number, minutes, asset):
    """A fault that the crew found so many minutes ago."""
    created = NOW - minutes * MINUTE
    return WorkOrderRecord(
        reference=f"WO-{number}", key=f"k{number}", asset=asset, task="Look", status="done",
        finding="worn", found_fault=True, created=created, closed=created + MINUTE,
    )  # fmt: skip


def heading(rise=2.0):
    """The capper shakes more and more over the last hour."""
    first = snapshot()
    i = first.plant.index[VIBRATION]
    mean = first.recent.mean.copy()
    noise = np.random.default_rng(5).normal(0.0, 0.03, len(mean))
    mean[:, i] = mean[:, i] + rise * np.linspace(-1.0, 0.0, len(mean)) + noise
    mean[:, i] += rise * 0.5
    return Window(replace(first, recent=replace(first.recent, mean=mean)))


async def test_a_reading_on_its_way_to_its_limit_comes_first():
    """With its pace, when the limit is reached and how likely within the time asked about."""
    told = await Box(heading())("likely_to_fail", asset="line 4", horizon="8 h")
    first = told.evidence[1]
    assert first.subject == f"{LINE4}/capper"
    assert "vibration" in first.statement
    assert "rising by" in first.statement
    assert "is reached in" in first.statement
    assert first.data["verdict"] == "sign"
    assert told.charts[0].kind == "bars"


async def test_what_falls_is_told_by_how_much_not_by_a_minus():
    """The way is said in words."""
    first = snapshot()
    mean = first.recent.mean.copy()
    rows = np.linspace(0.0, -0.3, len(mean))
    at = first.plant.index[f"{LINE4}/palletizer/clamp_pressure"]
    mean[:, at] = 5.0 + rows + np.random.default_rng(5).normal(0.0, 0.004, len(mean))
    window = Window(replace(first, recent=replace(first.recent, mean=mean)))
    told = await Box(window)("likely_to_fail", asset="palletizer 4", horizon="8 h")
    assert "and falling by 0.3 bar/h (90 % interval 0." in told.evidence[1].statement


async def test_a_limit_that_is_passed_already_is_said_to_be():
    """No chance is told of what has happened."""
    window = heading()
    mean = window.now.recent.mean.copy()
    mean[:, window.now.plant.index[VIBRATION]] += 50.0
    window.now = replace(window.now, recent=replace(window.now.recent, mean=mean))
    told = await Box(window)("likely_to_fail", asset="capper 4", horizon="8 h")
    assert told.evidence[1].statement.startswith("Capper 4 has passed a limit already. ")
    assert "100 %" not in told.evidence[1].statement.split(". ")[0]


async def test_the_summary_says_how_many_show_a_sign_and_how_many_do_not():
    """Every asset with a failure mode is in one of four lots."""
    told = await Box(heading())("likely_to_fail", asset="line 4")
    counts = told.evidence[0].data["counts"]
    assert counts["sign"] == 2  # the capper by its reading, the filler by what was learnt
    assert sum(counts.values()) == told.evidence[0].data["assets"]


async def test_nothing_on_its_way_is_no_sign():
    """And that is another answer than that nothing can be told."""
    told = await Box(Window(snapshot()))("likely_to_fail", asset="capper 4")
    assert "none of 1 assets" in told.text
    assert "no sign" in told.evidence[1].statement


async def test_what_cannot_be_heard_cannot_be_told():
    """A silent controller is no healthy one."""
    window = heading()
    mean = window.now.recent.mean.copy()
    mean[:] = np.nan
    window.now = replace(window.now, recent=replace(window.now.recent, mean=mean))
    told = await Box(window)("likely_to_fail", asset="packer 4")
    assert told.evidence[0].data["counts"]["unknown"] == 1
    assert "cannot be told" in told.evidence[1].statement


async def test_faults_found_before_count():
    """Twice in ten days, counted exactly; what shows nothing comes after what shows something."""
    book = records()
    book.records += [fault(n, ago, f"{LINE4}/packer") for n, ago in ((1, 14_400), (2, 4000))]
    told = await Box(heading(), records=book)("likely_to_fail", asset="line 4")
    verdicts = [e.data["verdict"] for e in told.evidence[1:]]
    assert verdicts == ["sign", "sign", "past"]
    assert "2 times in 240 h of work orders" in told.evidence[3].statement


async def test_a_plant_without_a_maintenance_system_says_so():
    """Nothing is made of the absence of work orders."""

    class Nobody:
        async def work_orders(self, asset=None):
            raise SourceDown("maintenance", "the plant file names no system")

    told = await Box(heading(), records=Nobody())("likely_to_fail", asset="capper 4")
    assert "no work orders tell of its past" in told.evidence[1].statement.lower()


async def test_what_was_learnt_speaks_too():
    """The filler has a promoted model; it is asked over the same time ahead."""
    asked = forecaster()
    told = await Box(Window(snapshot()), forecaster=asked)(
        "likely_to_fail", asset="filler 4", horizon="6 h"
    )
    horizons = {given[2] for name, given in asked.asked if name == "risk"}
    assert horizons == {6 * 3600.0}
    assert told.evidence[1].subject == FILLER4
    assert "learnt risk is 12 %" in told.evidence[1].statement
