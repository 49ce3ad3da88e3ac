"""What a plant file says to connectors is checked with it, at its line and column."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.settings import Settings
from api.wiring import build
from connectors.plant_check import check
from tests.devices import CLASSES, PLANT
from twin_core.errors import PlantFileError
from twin_core.plant.document import load

ADDRESSES = {
    "opcua": "s=Tank.{}",
    "modbus": "{{table: holding, register: {at}}}",
    "mqtt": "tank/{}",
    "sparkplug": "{{group: g, node: n, metric: {}}}",
}
NAMES = ("temperature", "count", "running", "setpoint", "speed")
URLS = {"opcua": "opc.tcp://127.0.0.1", "modbus": "modbus://h", "mqtt": "mqtt://127.0.0.1"}


def text(kind, options="{}", url=None, form=None, **given):
    addresses = {
        name: ADDRESSES[form or kind].format(name, at=10 * i) for i, name in enumerate(NAMES)
    }
    url = url or URLS[kind]
    return PLANT % {"kind": kind, "url": url, "options": options, **addresses, **given}


def checked(said):
    return load(said, "plant.yaml", lambda _: CLASSES, check)


@pytest.mark.parametrize("kind", ["opcua", "modbus", "mqtt"])
def test_what_connectors_can_use_passes(kind):
    """A right file of each kind; nothing has to be there for it."""
    checked(text(kind))
    if kind == "mqtt":
        checked(text("mqtt", "{payload: sparkplug}", form="sparkplug"))
    if kind == "modbus":
        checked(text("modbus", url="modbuss://far:802"))
    if kind == "opcua":
        checked(text("opcua", url="opc.tcp://far:4840"))  # whose certificate is another question


@pytest.mark.catches("a wrong address found when the plant is started")
@pytest.mark.parametrize(
    ("said", "stands", "why"),
    [
        (text("modbus", "{poll_s: 0}"), "poll_s: 0", "greater than 0"),
        (text("modbus", "{pol_s: 2}"), "pol_s", "one of poll_s"),
        (text("modbus", url="mqtt://h"), 'url: "mqtt', "modbuss://HOST:PORT"),
        (text("modbus", "{ca_file: a}"), "ca_file", "without TLS"),
        (text("modbus", count="{table: holding, register: 0, scale: 2}"), "scale: 2",
         "belongs to"),
        (text("modbus", count="{table: holding, register: 10, type: int17}"), "type: int17",
         "int16"),
        (text("modbus", setpoint="{table: input, register: 1}"), "{table: input",
         "adjustable: null"),
        (text("opcua", "{publishing_s: slow}"), "publishing_s", "number"),
        (text("opcua", url="opc.tcp://far", options="{encrypt: false}"), "{id: plc",
         "allow_insecure"),
        (text("opcua", count="t=5"), "t=5", "s=NAME"),
        (text("mqtt", "{keepalive_s: 0}"), "keepalive_s", "greater than or equal to 1"),
        (text("mqtt", url="mqtt://far"), "{id: plc", "mqtts://"),
        (text("mqtt", count="{topic: t, value: x}"), "value: x", "JSON pointer"),
        (text("mqtt", "{payload: sparkplug}"), "tank/temperature", "{group, node"),
        (text("cmms", url="http://h", form="mqtt"), "tank/temperature", "shows no values"),
        (text("telex", url="telex://h", form="mqtt"), "kind: telex", "one of opcua"),
    ],
)  # fmt: skip
def test_what_a_connector_cannot_use_is_told_at_its_place(said, stands, why):
    """Kinds, options and addresses: the line on which they stand, and what is allowed."""
    with pytest.raises(PlantFileError, match=why) as found:
        checked(said)
    line = said.splitlines()[found.value.line - 1]
    assert stands in line
    if stands.startswith(("poll_s", "type", "value")):
        assert line[found.value.column - 1 :].startswith(stands)


def test_the_command_says_so_too(tmp_path: Path):
    """`opstwin plant check` ends with the sentence, whoever builds the system with the same."""
    (tmp_path / "classes.yaml").write_text(CLASSES)
    file = tmp_path / "plant.yaml"
    file.write_text(text("modbus", "{unit_id: 300}"))
    done = CliRunner().invoke(app, ["plant", "check", str(file)])
    with pytest.raises(PlantFileError) as served:
        build(Settings(plant=file, data=tmp_path / "data"))
    for told in (done.exception, served.value):
        assert isinstance(told, PlantFileError)
        assert f"{file}:8:" in str(told)
        assert "unit_id" in str(told)
