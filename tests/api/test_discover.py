"""`opstwin plant discover`: from a server that nobody has described to a plant that is served."""

import asyncio
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from api.cli import app
from api.clock import SystemClock
from api.plant_file import read_plant
from api.wiring import usable
from connectors.modbus import ModbusSource
from connectors.opcua_keys import OpcuaKeys
from evals.emulator.ports import free_base, urls
from tests import edge_node
from tests.broker import Mosquitto
from tests.certificates import pair
from tests.contracts.test_reading_source import until
from tests.node_server import NodeServer, node
from tests.serving import believed
from twin_core.errors import BadInput, Conflict, PlantFileError, SourceDown, WrongKind
from twin_core.reading import Batch
from twin_core.units import unit_text

__all__ = ["node"]  # a fixture
PLANTS = Path(__file__).parents[2] / "plants"


def discover(url, out, data, *more):
    """The command, as a person gives it; its words on the terminal."""
    arguments = ["plant", "discover", url, "--class-dir", str(PLANTS), "--data", str(data), *more]
    arguments += ["--out", str(out)] if out is not None else []
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


@pytest.fixture
async def filler(node):
    made = NodeServer(node, "filler")
    await made.start(SystemClock().plant())
    yield made
    await made.stop()


async def test_a_packaging_machine_of_node_opcua_becomes_a_plant_that_is_served(filler, tmp_path):
    """Folders of PackML, analog items with unit and range: proposed, checked, believed."""
    out = tmp_path / "found.yaml"
    done = await asyncio.to_thread(discover, filler.url, out, tmp_path / "data")
    plant = read_plant(out)
    (unit,) = plant.units.values()
    assert unit.class_id == "rotary_filler"
    assert plant.line(unit.id).name == "Line 7"
    names = {point.spec.id for point in unit.points}
    assert names == {
        "state", "speed", "speed_setpoint", "produced", "defective", "bowl_pressure",
        "bowl_pressure_setpoint", "bowl_level", "product_temperature", "bearing_temperature",
    }  # fmt: skip
    assert (
        plant.point(f"{unit.id}/bowl_pressure").spec.limits.high == 12
    )  # the server's range, wider than ours
    assert plant.point(f"{unit.id}/bowl_pressure_setpoint").writable
    text = out.read_text()
    assert "like motor_current, which is in A; it is in kW" in text
    assert "Spare" in text
    assert "1 left out: variables that are no single numbers" in done.output
    assert "no tag was found for" in done.output
    latest = await asyncio.to_thread(believed, out, plant.site, tmp_path / "data", len(names))
    assert latest[f"{unit.id}/bowl_pressure"]["value"] == 2.4
    assert latest[f"{unit.id}/bearing_temperature"]["value"] == 41.0


@pytest.mark.catches("a password written into a plant file")
async def test_an_encrypted_server_is_discovered_as_a_user_and_served_so(node, tmp_path):
    """Accepted once, looked through and read encrypted; the draft names the file, not the word."""
    made = NodeServer(node, "filler")
    pair(tmp_path / "node", NodeServer.APPLICATION)
    made.identity, made.password = tmp_path / "node", "s3cret"
    await made.start(SystemClock().plant())
    data, out, secret = tmp_path / "data", tmp_path / "found.yaml", tmp_path / "password"
    secret.write_text("s3cret\n")
    user = ("--encrypt", "--user", "olga", "--password-file", str(secret))
    try:
        with pytest.raises(WrongKind, match="certs fetch"):
            await asyncio.to_thread(discover, made.url, out, data, *user)
        keys = OpcuaKeys(data / "keys")
        keys.make("urn:test:opstwin", ["localhost"], 2048, 30, SystemClock().ledger())
        keys.accept(made.url, (tmp_path / "node.der").read_bytes())
        await asyncio.to_thread(discover, made.url, out, data, *user)
        plant = read_plant(out)
        options = plant.sources[0].options
        assert (options["encrypt"], options["user"]) == (True, "olga")
        assert "s3cret" not in out.read_text()
        assert "without encryption" not in out.read_text()
        latest = await asyncio.to_thread(believed, out, plant.site, data, len(plant.points))
        assert 2.4 in {row["value"] for row in latest.values()}
    finally:
        await made.stop()


@pytest.fixture(scope="module")
def emulator():
    """A stand-in plant in a process of its own; source id → URL."""
    plant = read_plant(PLANTS / "riverside.yaml")
    base = free_base(len(plant.sources))
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "emulator", "--plant", str(PLANTS / "riverside.yaml"),
         "--port-base", str(base)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("ready"):
            break
    assert "ready" in said, said
    yield plant, urls(plant, base)
    process.terminate()
    process.wait(timeout=30)
    process.stdout.close()


@pytest.mark.slow
def test_a_line_of_the_stand_in_plant_becomes_a_plant_that_is_served(emulator, tmp_path):
    """Of a whole line the classes and points are those of its plant file, found by names alone."""
    plant, where = emulator
    url = next(url for source, url in where.items() if source == "line4_plc")
    out = tmp_path / "found.yaml"
    done = discover(url, out, tmp_path / "data")
    found = read_plant(out)
    true = {(p.address, p.spec.id, plant.class_of(p.unit_id).id) for p in plant.points
            if p.source == "line4_plc"}  # fmt: skip
    proposed = {(p.address, p.spec.id, found.class_of(p.unit_id).id) for p in found.points}
    assert {row[:2] for row in proposed} == {row[:2] for row in true}
    assert len(proposed & true) >= 0.95 * len(true)
    assert "units of" in done.output
    latest = believed(out, found.site, tmp_path / "data", len(found.points))
    assert len(latest) == len(found.points)


def register_map(plant, source):
    """The register map of a source as a vendor might write it: flat names, Modicon's addresses."""
    first = {"coil": 1, "discrete": 10001, "input": 30001, "holding": 40001}
    usual = next(s for s in plant.sources if s.id == source).options["word_order"]
    rows = ["Tag;Address;Data type;Word order;Factor;Unit;Min;Max;R/W"]
    for point in plant.points:
        if point.source != source:
            continue
        at, spec = point.address, point.spec
        order = {"big": "ABCD", "little": "CDAB"}[at.get("word_order", usual)]
        cells = [
            "_".join(point.id.split("/")[-2:]).upper(),
            f"{first[at['table']] + at['register']:05}",
            at.get("type", "bool" if at["table"] in {"coil", "discrete"} else "uint16"),
            order, at.get("scale", ""), unit_text(spec.unit) or "-",
            spec.limits.low, spec.limits.high, "RW" if point.writable else "R",
        ]  # fmt: skip
        rows.append(";".join(str(cell) for cell in cells))
    return "\n".join(rows)


@pytest.mark.slow
@pytest.mark.parametrize("source", ["utilities_plc", "warehouse_plc"])
async def test_a_modbus_controller_of_the_stand_in_plant_becomes_a_plant(
    emulator, tmp_path, source
):
    """From flat names and a register map: classes, points and rights of its plant file, read."""
    plant, where = emulator
    out, registers = tmp_path / "found.yaml", tmp_path / "map.csv"
    registers.write_text(register_map(plant, source))
    more = ("--map", str(registers))
    done = await asyncio.to_thread(discover, where[source], out, tmp_path / "data", *more)
    found = read_plant(out, usable)

    def rows(of, points):
        return {
            (p.id.split("/")[-2], p.spec.id, of.class_of(p.unit_id).id, p.writable) for p in points
        }

    true = rows(plant, [p for p in plant.points if p.source == source])
    assert len(rows(found, found.points) & true) >= 0.95 * len(true)
    for doubt in ("no register was tried", "look at its type", "the device has no"):
        assert doubt not in done.output
    served = ModbusSource(found, found.sources[0], SystemClock())
    batch = (await until(served.readings(), lambda arrival: isinstance(arrival, Batch)))[-1]
    await served.close()
    assert len(batch) == len(found.points)
    assert not (batch.status & 0x80000000).any()


def test_a_modbus_device_without_a_map_is_told_to_need_one(tmp_path):
    """And a map that cannot be read is told with its line and column."""
    url, out, data = "modbus://127.0.0.1:1", tmp_path / "found.yaml", tmp_path / "data"
    with pytest.raises(BadInput, match="--map"):
        discover(url, out, data)
    registers = tmp_path / "map.csv"
    registers.write_text("name,table,address\nSpeed,holding,here\n")
    with pytest.raises(PlantFileError, match=r"map\.csv:2:15: address “here”"):
        discover(url, out, data, "--map", str(registers))
    registers.write_text("name,table,address,unit\nFILLER_SPEED,holding,1,rpm\n")
    with pytest.raises(WrongKind, match="unit_id"):
        discover(url, out, data, "--map", str(registers), "--option", "unit_id=300")


async def test_a_map_without_its_device_is_drafted_and_told_to_be_untried(tmp_path):
    """Nobody answers: the draft stands, and the first thing to be decided is that."""
    registers = tmp_path / "map.csv"
    registers.write_text(
        "name,function,address,type,unit\n"
        "L4_FILLER_BOWL_PRESSURE,4,0,real,bar\nL4_FILLER_BOWL_PRESSURE_SP,3,0,real,bar\n"
        "L4_FILLER_BOWL_LEVEL,4,2,real,%\nL4_FILLER_PRODUCT_TEMP,4,4,real,°C\n"
        "L4_FILLER_MOTOR_CURRENT,4,6,real,A\nL4_FILLER_STATE,4,8,uint16,\n"
        "L4_CAPPER_TORQUE,4,20,real,Nm\nL4_CAPPER_TORQUE_SP,3,20,real,Nm\n"
        "L4_CAPPER_STATE,4,22,uint16,\n"
    )
    out = tmp_path / "found.yaml"
    more = ("--map", str(registers), "--option", "word_order=little", "--option", "answer_s=0.2")
    done = await asyncio.to_thread(discover, "modbus://127.0.0.1:1", out, tmp_path / "data", *more)
    found = read_plant(out, usable)
    assert {u.class_id for u in found.units.values()} == {"rotary_filler", "capper"}
    assert found.sources[0].options == {"word_order": "little", "answer_s": 0.2}
    assert not any(point.writable for point in found.points)
    assert "no register was tried" in done.output
    assert "set points are read only" in done.output


async def test_sparkplug_nodes_become_a_plant_that_is_served(tmp_path):
    """Births with folders, units and ranges: proposed, checked, believed."""
    broker = Mosquitto()
    await broker.start()
    metrics = {
        "Bowl/Pressure": (2.4, edge_node.DOUBLE), "Bowl/PressureSP": (2.5, edge_node.DOUBLE),
        "Bowl/Level": (61.0, edge_node.FLOAT), "Product Temperature": (8.0, edge_node.FLOAT),
        "Status/StateCurrent": (6, edge_node.INT32),
        "Status/CurMachSpeed": (480.0, edge_node.DOUBLE),
        "Admin/ProdProcessedCount": (100, edge_node.UINT32), "Recipe": ("lemon", edge_node.STRING),
    }  # fmt: skip
    made = edge_node.EdgeNode(
        broker.port, metrics, nothing, lambda: SystemClock().plant() // 1000,
        group="Hall", node="Line 7", device="Filler",
    )  # fmt: skip
    made.properties = {
        "Bowl/Pressure": {"engUnit": "bar", "engLow": 0.0, "engHigh": 12.0},
        "Bowl/PressureSP": {"engUnit": "bar", "readOnly": False},
        "Product Temperature": {"engUnit": "degC"},
    }
    await made.start()
    out, data = tmp_path / "found.yaml", tmp_path / "data"
    try:
        done = await asyncio.to_thread(
            discover, broker.url, out, data, "--listen", "1", "--ask", "Hall/Line 7"
        )
        plant = read_plant(out, usable)
        (unit,) = plant.units.values()
        assert (unit.class_id, plant.line(unit.id).name) == ("rotary_filler", "Line 7")
        names = {point.spec.id for point in unit.points}
        assert names == {
            "state", "speed", "produced", "bowl_pressure", "bowl_pressure_setpoint", "bowl_level",
            "product_temperature",
        }  # fmt: skip
        assert plant.point(f"{unit.id}/bowl_pressure").spec.limits.high == 12
        assert plant.point(f"{unit.id}/bowl_pressure_setpoint").writable
        assert "metrics that are no single numbers" in done.output
        assert "period_s" in done.output
        latest = await asyncio.to_thread(believed, out, plant.site, data, len(names))
        assert latest[f"{unit.id}/bowl_pressure"]["value"] == 2.4
    finally:
        await made.stop()
        await broker.stop()


async def nothing(name, value):
    """No command is expected."""
    raise AssertionError(f"{name} was set to {value}")


async def test_what_is_there_is_not_written_over(filler, tmp_path):
    """A plant file that exists is left alone, and nothing is asked of the server."""
    out = tmp_path / "mine.yaml"
    out.write_text("mine")
    with pytest.raises(Conflict, match="exists already"):
        await asyncio.to_thread(discover, filler.url, out, tmp_path / "data")
    assert out.read_text() == "mine"


async def test_without_a_file_the_draft_goes_to_the_terminal(filler, tmp_path):
    """The draft alone stands on the output, what is to be decided beside it."""
    done = await asyncio.to_thread(discover, filler.url, None, tmp_path / "data")
    assert yaml.safe_load(done.stdout)["schema"] == 1
    assert "To be decided:" in done.stderr


async def test_a_server_that_is_like_nothing_is_told(node, tmp_path):
    """Where no class fits there is no draft, and a sentence."""
    tank = NodeServer(node)
    await tank.start(SystemClock().plant())
    out = tmp_path / "found.yaml"
    (tmp_path / "classes.yaml").write_text(
        "schema: 1\nclasses:\n  - {id: robot, name: Robot, model: other}\n"
    )
    try:
        with pytest.raises(BadInput, match="5 tags"):
            await asyncio.to_thread(
                discover, tank.url, out, tmp_path / "data", "--class-dir", str(tmp_path)
            )
    finally:
        await tank.stop()
    assert not out.exists()


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("opc.tcp://127.0.0.1:1/", SourceDown),
        ("opc.tcp://10.1.2.3:4840/", WrongKind),
        ("nonsense", WrongKind),
        ("opc.tcp://olga:s3cret@127.0.0.1:4840/", WrongKind),
    ],
)
def test_who_is_not_there_or_could_be_anybody_is_refused(tmp_path, url, error):
    """No server, one that nobody accepted, no address, a password in the address: a sentence."""
    with pytest.raises(error) as told:
        discover(url, tmp_path / "found.yaml", tmp_path / "data")
    assert "s3cret" not in str(told.value)


async def test_the_system_discovers_and_tells_its_certificates(filler, tmp_path):
    """`discover` and `certs` are methods of the System too."""
    from api.settings import Settings
    from api.wiring import Parts, build
    from tests.fakes import FakeWorkRecords, InlineCompute

    settings = Settings(data=tmp_path / "data")
    parts = Parts(
        plant=read_plant(PLANTS / "riverside.yaml"),
        sources={},
        sinks={},
        records=FakeWorkRecords(),
        compute=InlineCompute(),
    )
    system = build(settings, parts)
    async with system.running():
        assert system.certs() == ()
        assert len((await system.discover(filler.url)).tags) > 10
        pair(tmp_path / "server", "urn:a:b", end=timedelta(days=5))
        OpcuaKeys(tmp_path / "data" / "keys").accept(
            filler.url, (tmp_path / "server.der").read_bytes()
        )
        told = (await system.health())["parts"]["certificates"]
        assert told[filler.url].startswith("expires in 4 days")
        (tmp_path / "data" / "keys" / "application.der").write_text("nothing")
        health = await system.health()
        assert health["ok"]
        assert "application.der" in health["parts"]["certificates"]["unreadable"]
