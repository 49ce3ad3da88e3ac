"""The quality bench: faults as they are planted, and figures as the days say."""

import numpy as np
import pytest

from evals.bench.commands import CATALOGUE, PLANT
from evals.bench.planting import CLOCKS, KINDS, RIGHT, Planted, clock_us
from evals.bench.quality import DEVELOPED, FULL, QUICK, plant_rows, rig_rows
from evals.bench.quality_day import Day, Found
from evals.bench.quality_plant import Hours, live
from evals.bench.quality_rigs import Rig, chemical, pump

AGE = np.arange(0.0, 3600.0, 2.0)


def shown(kind, share=0.05, unit="1"):
    healthy = 50 + 0.1 * np.sin(AGE)
    return healthy, *Planted(kind, share, 600.0, 7).on(healthy, AGE, 0.0, 100.0, unit)


def test_each_fault_is_what_it_is_called():
    """A drift grows, a bias stands, a stuck one stands still, a lost one says nothing."""
    healthy, drift, comes = shown("drift")
    assert drift[0] == healthy[0]
    np.testing.assert_allclose((drift - healthy)[AGE >= 600], 5.0)
    assert comes.all()
    healthy, bias, _ = shown("bias", -0.05)
    np.testing.assert_allclose(bias - healthy, -5.0)
    assert np.ptp(shown("stuck")[1]) == 0
    healthy, spikes, _ = shown("spikes", 0.2)
    assert 0.03 < (spikes != healthy).mean() < 0.1
    assert shown("noise", 0.02)[1].std() == pytest.approx(2, rel=0.2)
    assert not shown("dropout")[2].any()
    assert shown("unit", unit="Cel")[1][0] == pytest.approx(50 * 1.8 + 32)
    assert {kind for kind in KINDS if kind in RIGHT} == set(KINDS)


def test_an_instrument_saturates_and_a_configuration_does_not():
    """Drift ends at the end of the scale; another unit knows none."""
    assert shown("bias", 0.9)[1].max() == 100
    assert shown("unit")[1].max() > 400


def test_clocks_stand_where_they_are_said_to():
    """1970 and 2038 whatever the time is."""
    now = 1_790_000_000_000_000
    assert now + clock_us("1970", now) == 0
    assert (now + clock_us("2038", now)) // 10**6 == 2**31 - 1
    assert all(clock_us(kind, now) for kind in CLOCKS)


def test_nothing_is_reported_of_a_seed_that_was_developed_on():
    """The held-out seeds are others."""
    assert not set(DEVELOPED) & {*FULL.seeds, *QUICK.seeds}


def found(kind, delay, rule, *, modelled=False):
    return Found(kind, "s/a/l/u/p", modelled, delay, rule, None)


def test_the_figures_are_what_the_days_say():
    """Shares, medians, names and false alarms, each beside the peer."""
    day = Day(point_s=2_629_800.0 * 2, false=[("spike", "p")], limits=4, sensors=3, points=12)
    day.found = [
        found("drift", 100.0, "drift", modelled=True),
        found("drift", None, "", modelled=True),
        found("drift", 300.0, "spike"),
        found("stuck", 50.0, "stuck"),
        found("1970", None, ""),
    ]
    day.blamed, day.processes = [("case", "p")], 5
    rows = {row.name: row for row in plant_rows([day], "seed 0")}
    assert rows["quality.false"].value == pytest.approx(0.5)
    assert rows["quality.false"].peer_value == pytest.approx(2)
    assert rows["quality.false"].met is False
    assert rows["quality.blamed"].met is False
    assert rows["quality.drift"].value == pytest.approx(2 / 3)
    assert rows["quality.drift"].load.startswith("1 of 2 under the right name")
    assert rows["quality.drift.delay"].value == 200
    assert rows["quality.drift.modelled"].value == 0.5
    assert rows["quality.stuck.delay"].met is True
    assert rows["quality.1970"].met is False
    assert "quality.1970.delay" not in rows
    assert rows["quality.unit"].why


def test_what_is_not_present_is_said_and_not_judged(tmp_path):
    """Without the data nothing is held against it."""
    assert pump(tmp_path, 1) is None
    assert chemical(tmp_path, 1) is None
    rows = rig_rows("skab", "rig", None)
    assert all(
        row.value is None and row.met is None and "not present" in str(row.why) for row in rows
    )


def test_a_rig_that_holds_a_healthy_instrument_misses_its_bar():
    """False alarms are judged, finds are told."""
    rig = Rig(8, 4, 376, 10.0, 1, 2, 4, 3, 0, 8, 0)
    rows = {row.name: row for row in rig_rows("skab", "rig", rig)}
    assert rows["quality.skab.false"].met is False
    assert rows["quality.skab.drift"].value == 0.75
    assert rows["quality.skab.blamed"].met is True


def test_others_data_is_read_where_it_lies(tmp_path):
    """Two files in the shape of the sets, judged end to end."""
    folder = tmp_path / "skab" / "data" / "anomaly-free"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(1)
    load = np.repeat(np.cumsum(rng.standard_normal(700)) * 0.3, 10)
    value = np.outer(load, np.arange(1, 9)) + 0.05 * rng.standard_normal((7000, 8))
    lines = ["datetime;" + ";".join("abcdefgh")]
    lines += ["2020-01-01 00:00:00;" + ";".join(f"{x:.5f}" for x in row) for row in value]
    (folder / "anomaly-free.csv").write_text("\n".join(lines))
    rig = pump(tmp_path, 1)
    assert rig is not None
    assert (rig.channels, rig.rows, rig.disturbed) == (8, 280, 0)
    assert rig.accusing == rig.planted == 8


def test_a_short_day_is_lived_end_to_end():
    """Stand-in, planted faults, twin and fixed limits; nobody without a fault is held."""
    day = live(PLANT, CATALOGUE, 7, Hours(learn=0.05, live=0.12), cases=0)
    held = {f.kind: [x.rule for x in day.found if x.kind == f.kind] for f in day.found}
    assert set(held) == {*KINDS, *CLOCKS}
    assert set(held["dropout"]) == {"missing"}
    assert held["stuck"].count("stuck") > len(held["stuck"]) / 2
    assert set(held["1970"]) == {"clock"}
    assert (day.false, day.beside, day.sensors) == ([], [], 0)
    assert day.points > 200
