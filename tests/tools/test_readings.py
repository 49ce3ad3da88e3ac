"""Readings over a span: counted exactly, offered as one file, and their absence told."""

import numpy as np
import pytest

from tests.tools.box import Box
from tests.tools.scenery import MINUTE, NOW, PRESSURE, Window


class Kept(Window):
    """A history of one point: a reading a minute on one day, counted up."""

    def __init__(self, point, start, n):
        super().__init__()
        self.point, self.times = point, start + MINUTE * np.arange(n)
        self.values = np.arange(n, dtype=float)

    async def history(self, point, start, end, n):
        edges = np.linspace(start, end, n + 1)
        at = np.searchsorted(edges, self.times, side="right") - 1
        mine = (self.times >= start) & (self.times < end) & (point == self.point)
        count = np.bincount(at[mine], minlength=n)[:n].astype(float)
        total = np.bincount(at[mine], self.values[mine], minlength=n)[:n]
        low, high = np.full(n, np.nan), np.full(n, np.nan)
        for k in np.flatnonzero(count):
            inside = self.values[mine & (at == k)]
            low[k], high[k] = inside.min(), inside.max()
        with np.errstate(invalid="ignore"):
            mean = total / count
        return {"time": edges[1:] / 1e6, "mean": mean, "low": low, "high": high, "count": count}


ASKED = {"assets": ["filler 4"], "measurement": "bowl pressure", "span": "last 24 h"}


async def test_readings_are_counted_with_mean_and_extremes_and_offered_as_a_file():
    """Exactly those of the span."""
    box = Box(Kept(PRESSURE, NOW - 100 * MINUTE, 60))
    counted, file = (await box("sensor_data", **ASKED)).evidence
    assert counted.data["count"] == 60
    assert counted.data["mean"] == pytest.approx(29.5)
    assert (counted.data["low"], counted.data["high"]) == (0.0, 59.0)
    assert file.data["points"] == [PRESSURE]
    assert f"opstwin export {PRESSURE}" in file.statement


async def test_readings_outside_the_span_are_not_counted():
    """And where nothing is inside, between which days something lies."""
    box = Box(Kept(PRESSURE, NOW - 3 * 1440 * MINUTE, 60))
    found = await box("sensor_data", **ASKED)
    assert found.status == "no_data"
    (seen,) = found.evidence
    assert seen.data["count"] == 0
    assert seen.data["first"] <= seen.data["last"]


async def test_everything_of_an_asset_is_one_file_of_what_is_held():
    """Points without a reading are not offered."""
    box = Box(Kept(PRESSURE, NOW - 100 * MINUTE, 60))
    counted, file = (await box("sensor_data", assets=["filler 4"], span="last 24 h")).evidence
    assert file.data["points"] == [PRESSURE]
    assert counted.subject == PRESSURE


async def test_of_two_assets_the_one_that_lacks_the_measurement_is_told():
    """The other's readings are given all the same."""
    box = Box(Kept(PRESSURE, NOW - 100 * MINUTE, 60))
    found = await box("sensor_data", **{**ASKED, "assets": ["filler 4", "packer 4"]})
    assert found.status == "ok"
    assert [e.data["count"] for e in found.evidence if "count" in e.data] == [60, 0]
    assert "no measurement" in found.evidence[-1].statement


async def test_measurements_beyond_those_counted_at_once_are_told():
    """A whole line has more than are taken; that is said beside what is counted."""
    box = Box(Kept(PRESSURE, NOW - 100 * MINUTE, 60))
    found = await box("sensor_data", assets=["line 4"], span="last 24 h")
    told = [e for e in found.evidence if "left" in e.data]
    assert [e.data["most"] for e in told] == [40]
    assert told[0].data["left"] > 0
    assert "Name a machine" in told[0].statement
