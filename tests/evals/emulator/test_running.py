import asyncio
from pathlib import Path

import pytest

from evals.emulator.client import Control
from evals.emulator.faults import Fault, Size
from evals.emulator.nameplate import read_faults
from evals.emulator.ports import free_base, urls
from evals.emulator.running import Options, RunningPlant
from evals.emulator.standin import StandIn
from tests.evals.emulator.riverside import LINE2, LINE4, PLANTS, calm, plant
from twin_core.errors import SourceDown
from twin_core.value import SECOND

FACTOR = 20.0
ORIGIN = calm() - 1000 * SECOND


class Host:
    """Host time, turned by hand, such that plant time starts at `calm`."""

    def __init__(self) -> None:
        self.now = ORIGIN + round((calm() - ORIGIN) / FACTOR)

    def __call__(self) -> int:
        return self.now

    def turn(self, plant_seconds: float) -> None:
        self.now += round(plant_seconds * SECOND / FACTOR)


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def whole(tmp_path: Path, host: Host) -> RunningPlant:
    options = Options(
        plant_file=PLANTS / "riverside.yaml",
        seed=7,
        factor=FACTOR,
        origin=ORIGIN,
        port_base=free_base(len(plant().sources)),
        control=tmp_path / "control",
    )
    return RunningPlant(plant(), options, read_faults(), host)


@pytest.fixture
async def running(whole: RunningPlant):
    """The plant and the harness's door, without servers."""
    await whole.open_door()
    yield whole
    await whole.stop()


@pytest.fixture
def turn(whole: RunningPlant, host: Host):
    async def turned(seconds: float) -> None:
        host.turn(seconds)
        await whole.catch_up()

    return turned


def control(running: RunningPlant) -> Control:
    assert running.options.control is not None
    return Control(running.options.control)


async def test_the_process_is_the_same_plant_as_in_process(running, turn):
    """Over wires or in process: same seed, same start, same state."""
    await turn(120)
    alone = StandIn(plant(), 7, calm())
    for _ in range(120):
        alone.step()
    assert running.standin.digest() == alone.digest()


async def test_plant_time_runs_by_the_factor(running, turn):
    """Plant = origin + factor · (host - origin), and the state follows it by the second."""
    assert running.now() == calm()
    await turn(33.5)
    assert running.standin.second == (calm() + 33 * SECOND) // SECOND


async def test_the_harness_tells_a_case_from_fault_to_verdict(running, turn):
    """Inject by name, write over the wire's door, judge by replicas; the verdict is the key's."""
    harness = control(running)
    await turn(60)
    await asyncio.to_thread(harness.inject, "loose-caps-on-two")
    await turn(300)
    assert not (await asyncio.to_thread(harness.judge, "loose-caps-on-two")).reached
    running._take(plant().index[f"{LINE2}/capper/torque_setpoint"], 1.9)
    await turn(340)
    verdict = await asyncio.to_thread(harness.judge, "loose-caps-on-two")
    assert verdict.reached, verdict.sentence
    assert verdict.treated


async def test_any_fault_can_be_put_in_at_a_plant_time(running, turn):
    """A fault outside the catalogue needs no new code, and waits for its time."""
    harness = control(running)
    fault = Fault(
        id="odd", component=f"{LINE4}/filler", parameter="cooler", shape="step",
        size=Size(factor=0.3),
    )  # fmt: skip
    at = calm() + 90 * SECOND
    await asyncio.to_thread(harness.inject_fault, fault, at)
    await turn(80)
    assert (await asyncio.to_thread(harness.state))["faults"] == []
    await turn(60)
    faults = (await asyncio.to_thread(harness.state))["faults"]
    assert faults == [{"id": "odd", "standing": True, "mended": False}]


async def test_counters_are_the_true_ones(running, turn):
    """The harness reads the plant's own counts between two plant times."""
    await turn(120)
    made = await asyncio.to_thread(control(running).produced, LINE4, calm(), running.standin.now)
    assert made == running.standin.produced(LINE4, calm(), running.standin.now) > 0


async def test_a_controller_can_be_killed_and_revived_by_the_harness(whole, turn):
    """Line 3's server is gone while the others serve."""
    await whole.start()
    harness = control(whole)
    await asyncio.to_thread(harness.stop_source, "line3_plc")
    await turn(10)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", whole.servers["line3_plc"].port)
    await asyncio.to_thread(harness.start_source, "line3_plc")
    _, writer = await asyncio.open_connection("127.0.0.1", whole.servers["line3_plc"].port)
    writer.close()
    await writer.wait_closed()
    await whole.stop()


async def test_the_harness_gets_one_sentence_for_what_cannot_be(running):
    """Unknown cases, sources and requests are refused by name."""
    harness = control(running)
    with pytest.raises(ValueError, match="nothing-known"):
        await asyncio.to_thread(harness.inject, "nothing-known")
    with pytest.raises(ValueError, match="line9_plc"):
        await asyncio.to_thread(harness.stop_source, "line9_plc")
    with pytest.raises(ValueError, match="dance"):
        await asyncio.to_thread(harness.ask, do="dance")
    with pytest.raises(ValueError, match="line9"):
        await asyncio.to_thread(
            harness.ask,
            do="inject",
            fault={"id": "x", "component": "line9", "parameter": "drive", "shape": "step"},
        )
    reader, writer = await asyncio.open_unix_connection(str(running.options.control))
    writer.write(b"[]\n")
    assert b"one JSON object" in await reader.readline()
    writer.close()
    await writer.wait_closed()


async def test_shutdown_ends_the_run(running):
    """The harness ends the process politely."""
    await asyncio.to_thread(control(running).shutdown)
    await asyncio.wait_for(running.run(), 5)


def test_without_an_emulator_the_harness_says_so(tmp_path: Path):
    """Nobody answers: SourceDown."""
    harness = Control(tmp_path / "none")
    assert not harness.ready()
    with pytest.raises(SourceDown):
        harness.state()


def test_ports_follow_the_base_in_file_order():
    """Base, base + 1, … in the order of the plant file; without a base the file's own."""
    moved = urls(plant(), 30000)
    assert [url.rsplit(":", 1)[1].strip("/") for url in moved.values()] == [
        str(30000 + n) for n in range(len(plant().sources))
    ]
    assert urls(plant(), None)["line1_plc"] == plant().sources[0].url
