"""Nameplates learnt from readings: what was planted comes back, with its doubt."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.twin_core.simulation.sawmill import (
    COOLER,
    DEBARKER,
    FAN,
    LOOP,
    MAIN,
    PLANER,
    SAW,
    sawmill,
)
from tests.twin_core.simulation.station import HIGH, LOW, PUMP, VALVE, WELL, station
from twin_core.plant.document import load
from twin_core.simulation.calibrating.estimated import Estimated
from twin_core.simulation.processes.history import ProcessHistory
from twin_core.simulation.processes.identified import Identified, identify
from twin_core.simulation.processes.nameplates import with_learnt

FILES = Path(__file__).parents[1] / "sawmill_files"
STEP_S = 10.0
N = 8640
CAPACITY, BAND, STORE, RATED = 92.0, 1.1, 650.0, {SAW: 60.0, PLANER: 66.0}
SHARE = {SAW: 33.0, PLANER: 22.0}


@cache
def lived(*, quiet=False):
    """A day of the suction main: its machines stop now and then, the setpoint is moved twice."""
    random = np.random.default_rng(1)
    paces = {}
    for machine, rated in RATED.items():
        stands = np.repeat(random.random(N // 60 + 1) < (0.0 if quiet else 0.25), 60)[:N]
        paces[machine] = np.where(stands, 0.0, 0.9 * rated)
    target = np.full(N, 5.0)
    if not quiet:
        target[2000:2600], target[5000:5600] = 4.6, 5.3
    held, given, drawn = np.empty(N), np.empty(N), np.empty(N)
    p = 5.0
    for k in range(N):
        mean = np.zeros(3)
        draw = sum(SHARE[m] * (0.1 + 0.9 * paces[m][k] / RATED[m]) for m in RATED)
        for _ in range(5):
            gives = CAPACITY * min(1.0, max(0.0, 0.5 + (target[k] - p) / BAND))
            p += 2.0 * (gives - draw) / STORE
            mean += (p, gives, draw)
        held[k], given[k], drawn[k] = mean / 5

    def shown(column, sd):
        return column + sd * random.standard_normal(N)

    columns = {
        f"{MAIN}/draft": shown(held, 0.01), f"{FAN}/draft": shown(held, 0.01),
        f"{FAN}/draft_target": target, f"{FAN}/flow": shown(given, 0.1),
        f"{FAN}/load": shown(100 * given / CAPACITY, 0.2), f"{FAN}/top_load": np.full(N, 100.0),
        f"{FAN}/state": np.full(N, 6.0), f"{MAIN}/flow": shown(drawn, 0.1),
        **{f"{m}/speed": paces[m] for m in RATED},
    }  # fmt: skip
    return ProcessHistory(STEP_S, columns)


def told(plant, history):
    return {(i.asset, i.parameter): i for i in identify(plant, history)}


def test_a_producer_is_found_by_its_load():
    """Capacity and control band come back within a few percent, and say so."""
    found = told(sawmill(), lived())
    for parameter, true in (("capacity", CAPACITY), ("control_band", BAND)):
        one = found[FAN, parameter]
        assert one.told
        assert one.found.value == pytest.approx(true, rel=0.03)


def test_what_never_moved_is_not_told():
    """A producer that regulates in peace shows its capacity and not its band."""
    found = told(sawmill(), lived(quiet=True))
    assert found[FAN, "capacity"].told
    assert not found[FAN, "control_band"].told


def test_a_plant_without_readings_tells_nothing():
    """No numbers, and no error."""
    for columns in ({}, {p.id: np.full(500, np.nan) for p in sawmill().points}):
        assert not any(i.told for i in identify(sawmill(), ProcessHistory(STEP_S, columns)))


def test_an_unmetered_header_tells_no_capacitance():
    """Without a meter of what is drawn the surplus is not known."""
    assert told(sawmill(), lived())[MAIN, "capacitance"].found is None


def test_a_gap_is_left_out():
    """Readings that were not believed for two hours change nothing much."""
    history = ProcessHistory(STEP_S, {p: c.copy() for p, c in lived().columns.items()})
    for column in history.columns.values():
        column[3000:3720] = np.nan
    band = told(sawmill(), history)[FAN, "control_band"].found
    assert band.value == pytest.approx(BAND, rel=0.04)


def test_a_valve_is_found_by_its_root():
    """Kv from flow, opening and head between two tanks."""
    random = np.random.default_rng(2)
    high, opening = 2.0 + np.cos(np.arange(N) / 700.0), np.repeat([20.0, 60.0, 90.0], N // 3)
    head = 20 + high - 18 - 1.0
    flow = 42.0 * opening / 100 * np.sqrt(head / 10.1972)
    columns = {
        f"{HIGH}/level": high + 0.002 * random.standard_normal(N), f"{LOW}/level": np.full(N, 1.0),
        f"{VALVE}/position": opening, f"{VALVE}/position_target": opening,
        f"{VALVE}/flow": flow, f"{WELL}/level": np.full(N, 2.0), f"{PUMP}/flow": np.zeros(N),
    }  # fmt: skip
    found = told(station(), ProcessHistory(STEP_S, columns))
    assert found[VALVE, "kv"].told
    assert found[VALVE, "kv"].found.value == pytest.approx(42.0, rel=0.02)
    learnt = with_learnt(station(), found.values())
    assert learnt.unit(VALVE).parameters["kv"] == pytest.approx(42.0, rel=0.02)


def lagged(asked, tau, early_s=0):
    """Bucket means of five samples of a first-order lag, the last so long before the end."""
    value, found = asked[0], np.empty(len(asked))
    for k, aim in enumerate(asked):
        course = []
        for _ in range(10):
            value += (aim - value) * (1 - np.exp(-1.0 / tau))
            course.append(value)
        found[k] = np.mean([course[second - 1 - early_s] for second in (2, 4, 6, 8, 10)])
    return found


def test_a_lag_is_found_from_the_steps_of_a_setpoint():
    """A blade that follows with 40 s, whatever its nameplate says of it."""
    random = np.random.default_rng(5)
    asked = np.repeat(np.tile([40.0, 45.0], 15), N // 30)
    heat = lagged(asked, 40.0) + 0.2 / 5**0.5 * random.standard_normal(len(asked))
    columns = {f"{SAW}/blade_heat_target": asked, f"{SAW}/blade_heat": heat}
    one = told(sawmill(), ProcessHistory(STEP_S, columns))[SAW, "settle:blade_heat_target"]
    assert one.told
    assert one.found.value == pytest.approx(120.0, rel=0.05)
    assert one.found.holds(120.0)


@pytest.mark.parametrize("early_s", [0, 1])
def test_when_an_instrument_is_read_is_not_taken_for_a_lag(early_s):
    """Within its period nobody knows; the interval holds the lag either way."""
    random = np.random.default_rng(6)
    asked = np.repeat(np.tile([40.0, 45.0], 15), N // 30)
    heat = lagged(asked, 14.0, early_s) + 0.05 * random.standard_normal(len(asked))
    columns = {f"{SAW}/blade_heat_target": asked, f"{SAW}/blade_heat": heat}
    one = told(sawmill(), ProcessHistory(STEP_S, columns))[SAW, "settle:blade_heat_target"]
    assert one.found.holds(42.0)
    assert one.told


def warmed(top):
    """A blade whose coolant warms to `top` now and then; it is 0.8 K warmer per K above 14."""
    random = np.random.default_rng(3)
    water = 10.0 + (top - 10.0) * np.clip(np.sin(np.arange(N) / 500.0), 0, 1) ** 2
    heat = 40.0 + 0.8 * np.clip(water - 14.0, 0, None)
    return ProcessHistory(STEP_S, {
        f"{LOOP}/temperature": water + 0.02 * random.standard_normal(N),
        f"{SAW}/blade_heat": heat + 0.05 * random.standard_normal(N),
        f"{SAW}/blade_heat_target": np.full(N, 40.0), f"{COOLER}/state": np.full(N, 6.0),
    })  # fmt: skip


def test_where_a_supply_begins_to_shift_a_value_is_found():
    """Knee and slope, once the coolant has been warm."""
    found = told(sawmill(), warmed(22.0))
    assert found[SAW, "full:blade_heat"].found.value == pytest.approx(14.0, abs=0.3)
    assert found[SAW, "slope:blade_heat"].found.value == pytest.approx(0.8, rel=0.05)


def test_a_shift_that_was_never_seen_is_not_told():
    """Coolant that stayed cool says nothing of it."""
    assert told(sawmill(), warmed(13.0))[SAW, "full:blade_heat"].found is None


def test_what_was_learnt_stands_in_place_of_the_nameplate():
    """Told numbers are taken, everything else stays, and the plant is the same plant."""
    plant = sawmill()
    learnt = with_learnt(plant, identify(plant, lived()))
    assert learnt.unit(FAN).parameters["capacity"] == pytest.approx(CAPACITY, rel=0.02)
    assert learnt.unit(MAIN).parameters == plant.unit(MAIN).parameters
    assert [p.id for p in learnt.points] == [p.id for p in plant.points]
    warm = with_learnt(plant, identify(plant, warmed(22.0)))
    effect = shift(warm, SAW)
    assert effect.full == pytest.approx(14.0, abs=0.3)
    assert effect.ceiling / (effect.none - effect.full) == pytest.approx(0.8, rel=0.05)


def shift(plant, unit):
    return next(e for e in plant.class_of(unit).effects if e.on == "offset")


def shifts(unit, full, slope):
    """What a unit told of where and how steeply its coolant shifts its heat."""
    for name, value in (("full", full), ("slope", slope)):
        yield Identified(asset=unit, parameter=f"{name}:blade_heat", found=Estimated(
            value=value, low=0.99 * value, high=1.01 * value, unit="1", n=99, by="hand",
        ))  # fmt: skip


def test_units_of_a_kind_keep_what_each_told_of_itself():
    """One that told nothing takes the median of its like, and the kind stays as its file says."""
    plant = sawmill()
    found = [*shifts(SAW, 14.0, 0.8), *shifts(PLANER, 15.0, 1.0)]
    learnt = with_learnt(plant, found)
    assert [shift(learnt, u).full for u in (SAW, PLANER, DEBARKER)] == [14.0, 15.0, 14.5]
    assert shift(learnt, PLANER).none == pytest.approx(35.0)
    assert learnt.classes == plant.classes
    assert learnt.class_of(FAN) == plant.class_of(FAN)
    assert type(plant).model_validate_json(learnt.model_dump_json()) == learnt


def test_what_was_learnt_of_a_unit_that_is_gone_is_left_out():
    """A plant file changes."""
    gone = "holm/mill/boards/edger"
    assert with_learnt(sawmill(), shifts(gone, 14.0, 0.8)) == sawmill()


def test_a_plant_says_what_its_files_say_whatever_was_learnt_of_kinds():
    """Its version is that of what people wrote."""
    plant = sawmill()
    kinds = with_learnt(plant, shifts(SAW, 14.0, 0.8)).kinds
    assert kinds
    assert plant.model_copy(update={"kinds": kinds}).version == plant.version


def metered(falls, noise=0.05):
    """A coolant loop whose saw takes less by a share `falls` per kelvin above 14, with a meter."""
    flow = "{id: flow, name: drawn, role: flow, unit: kW, limits: {low: 0, high: 100}}"
    held = "held: {unit: Cel, value: 14, description: valves wide open}"
    marks = {
        "{temperature: {address: loop.1}}": "{temperature: {address: loop.1}, flow: {address: l}}",
        "    points:\n      - {id: temperature,": f"      {held}\n    points:\n      - {flow}\n"
        "      - {id: temperature,",
    }  # fmt: skip

    def read(name):
        text = (FILES / name).read_text()
        for old, new in marks.items():
            text = text.replace(old, new)
        return text

    plain = read("plant.yaml")
    plant = load(plain[: plain.index("shifts:")], "plant.yaml", read)
    random = np.random.default_rng(4)
    water = 10.0 + 10.0 * np.clip(np.sin(np.arange(N) / 500.0), 0, 1) ** 2
    pace = np.where(random.random(N // 60 + 1).repeat(60)[:N] < 0.25, 0.0, 60.0)
    drawn = 20.0 * (0.1 + 0.9 * pace / 60.0) * (1.0 - falls * np.clip(water - 14.0, 0, None))
    columns = {f"{LOOP}/temperature": water, f"{SAW}/speed": pace,
               f"{LOOP}/flow": drawn + noise * random.standard_normal(N)}  # fmt: skip
    return told(plant, ProcessHistory(STEP_S, columns))[LOOP, "rest"].found


def test_where_consumers_take_nothing_any_more_is_found_by_how_their_draw_falls():
    """A twentieth less a kelvin vanishes twenty kelvin on."""
    rest = metered(0.05)
    assert rest.holds(34.0)
    assert rest.value == pytest.approx(34.0, abs=1.0)


def test_a_draw_that_does_not_fall_vanishes_at_no_potential_that_was_seen():
    """No nearer than the readings allow, and no end on the other side."""
    for falls, noise in ((0.0, 0.05), (0.0, 0.0), (-0.02, 0.05)):
        rest = metered(falls, noise)
        assert rest.low > 100.0
        assert rest.high is None
        assert rest.low < rest.value < 1e9


def test_nothing_learnt_leaves_the_plant_as_it_is():
    """The same plant comes back."""
    assert with_learnt(sawmill(), ()) == sawmill()
