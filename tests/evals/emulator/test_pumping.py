import math
from functools import cache
from typing import Any

import asyncua.ua
import pytest
from asyncua.client.client import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from pymodbus.client import AsyncModbusTcpClient

from evals.emulator.faults import Case, Fault, Size
from evals.emulator.nameplate import CATALOGUE, catalogue_of, read_faults
from evals.emulator.ports import free_base
from evals.emulator.running import Options, RunningPlant
from evals.emulator.standin import Write
from tests.evals.emulator.highfield import NIGHT, NOON, PUMPS, part, plant, station
from tests.evals.emulator.riverside import PLANTS
from twin_core.value import SECOND

ua: Any = asyncua.ua
CASES = read_faults(catalogue_of("highfield")).cases
HOLDERS = (
    "station/intake/suction_tank",
    "station/intake/manifold",
    "station/pumps/discharge_main",
    "network/storage/tower",
    "network/storage/low_main",
)
ZONES = ("network/high_zone/consumers", "network/low_zone/consumers")
DAMAGE = (
    ("station/pumps/pump_1", "running", 0.0),
    ("station/pumps/pump_2", "recirculated", 0.4),
    ("station/pumps/pump_4", "passing", 0.4),
    ("station/pumps/discharge_main", "leak", 150.0),
    ("station/intake/suction_tank", "leak", 200.0),
    ("station/intake/manifold", "leak", 20.0),
    ("station/intake/inlet", "opening_low", 100.0),
    ("station/intake/suction_valve", "position_high", 15.0),
    ("network/storage/fill_valve", "position_low", 100.0),
    ("network/storage/low_main", "leak", 60.0),
    ("network/high_zone/consumers", "appetite", 2.2),
)


def fault(component: str, parameter: str, value: float) -> Fault:
    return Fault(
        id=parameter, component=component, parameter=parameter, shape="step", size=Size(value=value)
    )


@cache
def lead():
    return part(station(0), PUMPS[0])


@settings(max_examples=25, deadline=None)
@given(st.sets(st.sampled_from(DAMAGE), max_size=4), st.integers(1, 10_000))
def test_water_is_neither_lost_nor_made(damage, seed):
    """What comes in is what is delivered, what leaks, what spills, and what is held more."""
    standin = station(0, *(fault(*one) for one in damage), seed=seed)

    def held():
        return sum(part(standin, path).volume + part(standin, path).lost for path in HOLDERS)

    before, delivered = held(), sum(part(standin, zone).total_made for zone in ZONES)
    came = 0.0
    for _ in range(400):
        standin.step()
        came += part(standin, "station/intake/inlet").given / 3600.0
    delivered = sum(part(standin, zone).total_made for zone in ZONES) - delivered
    assert came == pytest.approx(delivered + held() - before, abs=1e-8)


@settings(deadline=None)
@given(st.floats(0.5, 1.15), st.floats(0.0, 60.0))
def test_pumps_obey_the_affinity_laws(share, lift):
    """Flow goes with the speed where the head goes with its square."""
    pump = lead()
    assert pump.flow_at(share * share * lift, share) == pytest.approx(share * pump.flow_at(lift, 1))


@settings(deadline=None)
@given(st.floats(0.0, 80.0), st.floats(0.0, 10.0))
def test_the_higher_it_lifts_the_less_a_pump_brings(lift, more):
    pump = lead()
    assert pump.flow_at(lift + more, 1.0) <= pump.flow_at(lift, 1.0)


@pytest.mark.parametrize("start", [NOON, NIGHT])
def test_a_pump_gives_the_water_less_than_its_motor_takes(start):
    """Hydraulic power, ρ·g·Q·H, is some 40 to 80 % of the electrical power of a running pump."""
    standin = station(300, start=start)
    running = [pump for path in PUMPS if (pump := part(standin, path)).given > 20.0]
    assert running
    for pump in running:
        water_kw = pump.given * pump.head * 9.80665 / 3600.0
        assert 0.4 < water_kw / pump.motor_power < 0.8


def test_the_next_pump_starts_where_one_fails_and_the_pressure_holds():
    healthy = station(600)
    failed = station(600, fault(PUMPS[0], "running", 0.0))
    assert [part(healthy, path).state for path in PUMPS] == [6, 6, 4, 4]
    assert [part(failed, path).state for path in PUMPS] == [9, 6, 6, 4]
    assert part(failed, PUMPS[0]).flow == 0.0
    assert part(failed, "station/pumps/discharge_main").held > 4.7
    lost = 1.0 - failed.produced(
        "highfield/network/high_zone", NOON, failed.now
    ) / healthy.produced("highfield/network/high_zone", NOON, healthy.now)
    assert abs(lost) < 0.001


def test_a_standing_pump_lets_nothing_back_unless_its_check_valve_passes():
    assert part(station(300), PUMPS[3]).flow == 0.0
    assert part(station(300, fault(PUMPS[3], "passing", 0.3)), PUMPS[3]).flow < -10.0


def test_a_plugged_strainer_makes_the_pumps_cavitate():
    """Suction pressure below what the pump needs: it shakes and brings less."""
    healthy, plugged = station(900), station(900, fault("station/intake/manifold", "dirt", 16.0))
    for path in PUMPS[:2]:
        assert part(healthy, path).cavitates == 0.0
        assert part(plugged, path).cavitates > 0.05
        assert part(plugged, path).vibration > 1.3 * part(healthy, path).vibration
    assert part(plugged, PUMPS[0]).flow < 0.95 * part(healthy, PUMPS[0]).flow


def test_people_take_more_by_day_and_less_where_the_pressure_does_not_serve():
    """A course of the day; below good service the root of what is left (Wagner)."""
    zone = "network/low_zone/consumers"
    noon, night = station(300), station(300, start=NIGHT)
    short = station(300, fault("network/storage/reducing_valve", "position_high", 15.0))
    assert part(night, zone).taking < 0.6 * part(noon, zone).taking
    poor = part(short, zone)
    served = (poor.pressure - 0.5) / (poor.serves - 0.5)
    assert served < 0.8
    assert poor.taking == pytest.approx(math.sqrt(served) * part(noon, zone).taking, rel=0.02)


def test_the_same_seed_is_the_same_station():
    assert station(200).digest() == station(200).digest()
    assert station(200).digest() != station(200, seed=2).digest()


def test_a_day_goes_by_without_an_alarm():
    """Pressures, levels and temperatures of a healthy day stay inside the plant file's limits."""
    standin = station(0)
    limits = [
        (i, p.spec.alarm_low, p.spec.alarm_high)
        for i, p in enumerate(plant().read)
        if p.spec.alarm_low is not None or p.spec.alarm_high is not None
    ]
    for _ in range(144):
        for _ in range(600):
            standin.step()
        for i, low, high in limits:
            value = standin.values[i]
            assert low is None or value >= low, (plant().read[i].id, value)
            assert high is None or value <= high, (plant().read[i].id, value)


@pytest.fixture(scope="module")
def healthy():
    return station(900)


def shown(standin):
    return dict(zip((p.id for p in plant().read), standin.truth(), strict=True))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_fault_moves_what_its_failure_mode_says(case: Case, healthy):
    """Of every fault the first symptom is there after a quarter of an hour, and truly so."""
    standin = station(900, *case.faults)
    truth, usual = shown(standin), shown(healthy)
    for one in case.faults:
        asset = f"highfield/{one.at}"
        kind = plant().class_of(asset)
        modes = [mode for mode in kind.failure_modes if mode.id in one.failure_modes]
        assert len(modes) == len(one.failure_modes)
        if one.parameter.startswith("sensor:"):
            assert all(mode.instrument == one.parameter.removeprefix("sensor:") for mode in modes)
            assert (
                truth[f"{asset}/{modes[0].instrument}"] == usual[f"{asset}/{modes[0].instrument}"]
            )
            continue
        for mode in modes:
            first = [
                (p, s.shows) for s in mode.symptoms if s.order == 1 for p in meant(asset, s.point)
            ]
            assert any(moved(p, shows, usual, truth) for p, shows in first), mode.id


def meant(asset, name):
    """Points of the asset, or `supplied:` of all that it supplies; another's are left out."""
    if name.startswith("supplied:"):
        links = plant().links_from(asset, "supplies")
        return [f"{k.target}/{name.removeprefix('supplied:')}" for k in links]
    return [] if ":" in name else [f"{asset}/{name}"]


def moved(point, shows, usual, truth):
    if shows == "stopping":
        return truth[point] not in {4, 6}
    spec = plant().point(point).spec
    by = truth[point] - usual[point]
    beyond = abs(by) > max(4.0 * spec.noise, spec.resolution)
    return beyond and (by > 0) == (shows in {"high", "rising"})


def test_a_site_has_its_own_catalogue():
    assert catalogue_of("riverside") == CATALOGUE
    assert len(CASES) >= 50
    assert {"machines", "utilities", "operations", "sensors", "pairs"} == {c.group for c in CASES}


async def test_the_station_is_served_over_opcua_and_modbus():
    """Both wires bring what the sensors show, and a written set-point moves the process."""
    base = free_base(len(plant().sources))
    host = NOON
    options = Options(plant_file=PLANTS / "pumping_station.yaml", port_base=base)
    running = RunningPlant(plant(), options, read_faults(catalogue_of("highfield")), lambda: host)
    await running.start()
    try:
        async with Client(f"opc.tcp://127.0.0.1:{base}/") as client:
            space = await client.get_namespace_index("urn:highfield:pumps")

            def node(name):
                return client.get_node(ua.NodeId(name, space))

            path = "highfield/station/pumps/pump_1"
            assert await node("Pump1.Flow").read_value() == pytest.approx(
                running.standin.values[plant().index[f"{path}/flow"]]
            )
        modbus = AsyncModbusTcpClient("127.0.0.1", port=base + 2)
        await modbus.connect()
        words = (await modbus.read_input_registers(20, count=2, device_id=1)).registers
        level = modbus.convert_from_registers(words, modbus.DATATYPE.FLOAT32)
        modbus.close()
        tank = "highfield/station/intake/suction_tank/level"
        assert level == pytest.approx(running.standin.values[plant().index[tank]], abs=1e-4)
        running._take(plant().index[f"{path}/pressure_setpoint"], 4.6)
        host += 300 * SECOND
        await running.catch_up()
        assert part(running.standin, PUMPS[0]).output < 5.0
    finally:
        await running.stop()


def test_a_setpoint_is_written_as_anywhere():
    standin = station(10)
    standin.step([Write(plant().index["highfield/station/pumps/pump_2/pressure_setpoint"], 5.6)])
    for _ in range(300):
        standin.step()
    assert part(standin, PUMPS[1]).output > 99.0
