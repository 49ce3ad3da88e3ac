from dataclasses import replace
from pathlib import Path

import pytest

from api.plant_file import read_plant
from tests.twin_core.diagnosis import quay
from twin_core.diagnosis.consistency import left_over, obeying, running, too_large, undrawn
from twin_core.diagnosis.lines import LineLoss
from twin_core.diagnosis.reach import reach
from twin_core.diagnosis.sign import Sign
from twin_core.diagnosis.weighing import Case
from twin_core.plant.classes import Act, FailureMode
from twin_core.value import SECOND, Range

SEALER = "quay/hall/north/sealer"
NOW = quay.START + 40 * 60 * SECOND


def mode(on, low=1.0, high=1.0):
    return FailureMode.model_validate(
        {
            "id": "any", "name": "any", "mode": "UST", "mechanism": "m", "cause": "c",
            "detection": "d", "symptoms": [{"point": "pace", "shows": "low"}],
            "acts": [Act(on=on, size=Range(low=low, high=high))],
            "remedies": [{"kind": "inspection", "task": "Look."}],
        }
    )  # fmt: skip


def low(point, now, usual, since_s=300.0):
    sign = Sign(
        point=point, shows="low", strength=0.99, usual=usual, now=now, unit="1",
        onset=NOW - int(since_s * SECOND), onset_s=10.0,
    )  # fmt: skip
    return {(point, "low"): sign}


def test_what_still_runs_does_not_stand():
    """Half its pace contradicts an outage, and is named as what contradicts it."""
    plant = quay.plant()
    seen = low(f"{SEALER}/pace", 110.0, 215.0)
    found = running(plant, plant.units[SEALER], mode("outage"), seen, NOW)
    assert [s.point for s in found] == [f"{SEALER}/pace"]


@pytest.mark.parametrize(
    ("on", "now", "since_s"),
    [("speed", 110.0, 300.0), ("outage", 3.0, 300.0), ("outage", 110.0, 40.0)],
)
def test_only_a_running_machine_contradicts_only_an_outage(on, now, since_s):
    """Slow modes may run slowly, standing machines may creep, a fresh stop may still be ending."""
    plant = quay.plant()
    seen = low(f"{SEALER}/pace", now, 215.0, since_s)
    assert running(plant, plant.units[SEALER], mode(on), seen, NOW) == []


def test_what_the_capacity_follows_says_whether_it_runs():
    """A conveyor's chain speed is what it carries by; at half of it the conveyor does not stand."""
    riverside = read_plant(Path(__file__).parents[3] / "plants" / "riverside.yaml")
    belt = next(u for u in riverside.units.values() if u.class_id == "bottle_conveyor")
    point = f"{belt.id}/speed"
    assert running(riverside, belt, mode("outage"), low(point, 22.0, 40.0), NOW)
    assert not running(riverside, belt, mode("outage"), low(point, 0.4, 40.0), NOW)


def test_what_cools_down_tells_nothing_of_whether_it_runs():
    """A pump's oil bends its capacity only when it is hot: at rest it is cold."""
    plant, pump = quay.plant(), "quay/cellar/vacuum/pump_1"
    assert (
        running(plant, plant.units[pump], mode("outage"), low(f"{pump}/oil_heat", 30, 78), NOW)
        == []
    )


@pytest.mark.parametrize(("strength", "speaks"), [(None, -1.05), (0.5, -0.4), (1.0, 0.0)])
def test_a_leak_that_its_machine_feels_is_seen_in_the_header(strength, speaks):
    """Where no more is drawn it hardly slows by a leak; a draw that slows nobody is another."""
    plant, drawn = quay.plant(), "quay/cellar/vacuum/main/drawn"
    washer = plant.units["quay/hall/north/washer"]
    sign = low(drawn, 12.0, 10.0)[drawn, "low"]
    more = {(drawn, "high"): replace(sign, shows="high", strength=strength)} if strength else {}
    slows = Act(on="speed", size=Range(low=0.5, high=1.0))
    leaks = mode("demand", 1.2, 5.0)
    felt = leaks.model_copy(update={"acts": (*leaks.acts, slows)})
    assert undrawn(case(more), washer, felt) == pytest.approx(speaks, abs=0.02)
    assert undrawn(case(more), washer, leaks) == undrawn(case(more), washer, mode("speed")) == 0.0
    assert undrawn(replace(case(more), blind=frozenset({drawn})), washer, felt) == 0.0


def test_a_machine_cannot_leak_more_than_it_could_ever_draw():
    """Four shares of two in a main: a leak of five times a share adds one usual flow, not three."""
    plant, drawn = quay.plant(), "quay/cellar/vacuum/main/drawn"
    washer = plant.units["quay/hall/north/washer"]
    leaks = mode("demand", 1.2, 5.0)

    def more(now):
        sign = low(drawn, now, 10.0)[drawn, "low"]
        return {(drawn, "high"): replace(sign, shows="high")}

    assert too_large(plant, more(19.0), washer, leaks) == 0.0
    assert too_large(plant, more(40.0), washer, leaks) < -3.0
    assert too_large(plant, more(40.0), washer, mode("speed", 0.2, 0.9)) == 0.0
    assert too_large(plant, {}, washer, leaks) == 0.0


def case(signs):
    plant = quay.plant()
    loss = LineLoss("quay/hall/north", "{tub}/min", 200.0, 200.0, NOW, 0.0, losing=False)
    return Case(plant, plant.line(SEALER), loss, signs, frozenset(), NOW)


def moved(value, *, sure=True):
    """The seal temperature's set-point low, and the temperature at `value`."""
    found = {**low(f"{SEALER}/heat_set", 165.0, 180.0), **low(f"{SEALER}/heat", value, 180.0)}
    key = (f"{SEALER}/heat_set", "low")
    return {**found, key: replace(found[key], sure=sure)}


def test_a_value_that_went_where_its_set_point_went_obeys():
    plant = quay.plant()
    found = obeying(case(moved(165.4)), plant.units[SEALER])
    assert found == {f"{SEALER}/heat": {f"{SEALER}/heat_set"}}


@pytest.mark.parametrize("signs", [moved(140.0), moved(165.4, sure=False)])
def test_one_that_went_elsewhere_or_whose_set_point_stands_does_not(signs):
    assert obeying(case(signs), quay.plant().units[SEALER]) == {}


def test_a_mode_pays_for_what_its_asset_shows_beside_it():
    """A slipping belt cools nothing: what else its asset shows asks for something else."""
    plant = quay.plant()
    unit = plant.units[SEALER]
    modes = {m.id: m for m in plant.class_of(SEALER).failure_modes}
    able = reach(plant, SEALER, modes["belt_slips"])
    cold = low(f"{SEALER}/heat", 140.0, 180.0)
    assert left_over(case(cold), unit, modes["belt_slips"], able) < 0
    assert (
        left_over(case(low(f"{SEALER}/pace", 110.0, 215.0)), unit, modes["belt_slips"], able) == 0
    )
    assert (
        left_over(
            case(low("quay/hall/north/boxer/heat", 140.0, 180.0)), unit, modes["belt_slips"], able
        )
        == 0
    )


def test_an_instrument_that_is_stuck_is_nothing_its_machine_does():
    """It asks for a cause of its own, whatever else is wrong: no mode pays for it."""
    plant = quay.plant()
    slips = plant.class_of(SEALER).failure_mode("belt_slips")
    stuck = low(f"{SEALER}/heat", 180.0, 180.0)[f"{SEALER}/heat", "low"]
    seen = case({(stuck.point, "stuck"): replace(stuck, shows="stuck", sure=True)})
    assert slips is not None
    assert left_over(seen, plant.units[SEALER], slips, reach(plant, SEALER, slips)) == 0
