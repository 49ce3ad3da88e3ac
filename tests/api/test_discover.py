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
from connectors.opcua_keys import OpcuaKeys
from evals.emulator.ports import urls
from tests.certificates import pair
from tests.evals.emulator.test_running import free_base
from tests.node_server import NodeServer, node
from tests.serving import believed
from twin_core.errors import BadInput, Conflict, SourceDown, WrongKind

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


@pytest.fixture
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
