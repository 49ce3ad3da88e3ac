"""OPC UA against node-opcua, a server that is not Python: codes, overrides, indices, security."""

import math

import pytest

from api.clock import SystemClock
from connectors.opcua import OpcuaSource
from connectors.opcua_endpoints import offers
from connectors.opcua_keys import OpcuaKeys
from tests.certificates import pair
from tests.connectors.test_opcua import command, row
from tests.contracts.test_reading_source import event, shows, until
from tests.node_server import NodeServer, node
from twin_core.errors import SourceDown
from twin_core.reading import Batch
from twin_core.value import SECOND

__all__ = ["node"]  # a fixture
CLOCK = SystemClock()


@pytest.fixture
async def tank(node):
    made = NodeServer(node)
    yield made
    await made.stop()


@pytest.fixture
async def source(tank):
    made = OpcuaSource(tank.plant, tank.plant.sources[0], CLOCK, jitter=lambda: 0.0)
    yield made
    await made.close()


@pytest.mark.parametrize("code", [0x40900000, 0x40940000, 0x808C0000, 0x80050000])
async def test_bad_and_uncertain_codes_arrive_whole(tank, source, code):
    """Status code and source time are the server's own, whatever the quality."""
    await tank.start(CLOCK.plant())
    readings = source.readings()
    await until(readings, shows(tank, "temperature", 20.5))
    value = None if code >> 30 == 2 else 21.5
    await tank.show("temperature", value, 7 * SECOND, code)

    def told(arrival):
        return isinstance(arrival, Batch) and (arrival.status == code).any()

    seen, time, status, text = row(tank, await until(readings, told), "temperature")
    assert math.isnan(seen) if value is None else seen == value
    assert (time, status, text) == (7 * SECOND, code, "")


@pytest.mark.catches("GoodLocalOverride passing as Good")
async def test_f36_a_write_over_local_control_is_a_failure(tank, source):
    """Answered GoodLocalOverride, a write has failed: the person at the panel owns the value."""
    await tank.start(CLOCK.plant())
    await tank.behave("override")
    outcome = await source.execute(command())
    assert (outcome.result, outcome.status, outcome.read_back) == ("failed", 0x00960000, 40.0)
    assert "panel" in outcome.detail
    assert len(tank.writes) == 1


@pytest.mark.catches("a namespace index kept from before the restart")
async def test_after_a_restart_under_another_namespace_index_the_same_points_are_read(tank, source):
    """Points are found by their namespace's URI, whatever its index is this time."""
    indices = set()
    readings = source.readings()
    for value in (31.5, 32.5, 33.5):
        await tank.start(CLOCK.plant())
        await tank.show("temperature", value, CLOCK.plant())
        await until(readings, shows(tank, "temperature", value))
        session = await source.session()
        indices.add(session.node(tank.plant.index["s/a/l/t/temperature"]).NamespaceIndex)
        await tank.stop()
        await until(readings, event("down"))
    assert len(indices) > 1


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    """The server's certificate and our keys."""
    folder = tmp_path_factory.mktemp("secured")
    pair(folder / "node", NodeServer.APPLICATION)
    keys = OpcuaKeys(folder / "keys")
    keys.make("urn:test:opstwin", ["localhost"], 2048, 30, CLOCK.ledger())
    (folder / "password").write_text("s3cret\n")
    return folder


async def test_an_encrypted_endpoint_is_read_and_written_as_a_user(tank, secured):
    """Accepted by the fingerprint it shows; signed, encrypted, with user name and password."""
    tank.identity, tank.password = secured / "node", "s3cret"
    await tank.start(CLOCK.plant())
    keys = OpcuaKeys(secured / "keys")
    (offer,) = await offers(tank.url)
    assert offer.application_uri == offer.certificate.application_uri == NodeServer.APPLICATION
    assert offer.policies == ("Basic256Sha256",)
    keys.accept(tank.url, offer.der)
    user = {"encrypt": True, "user": "olga", "password_file": str(secured / "password")}
    options = {**tank.plant.sources[0].options, **user}
    where = tank.plant.sources[0].model_copy(update={"options": options})
    source = OpcuaSource(tank.plant, where, CLOCK, jitter=lambda: 0.0, keys=keys)
    readings = source.readings()
    await until(readings, shows(tank, "temperature", 20.5))
    assert (await source.execute(command())).result == "verified"
    await source.close()


@pytest.mark.catches("a refused channel that ends the reading for ever")
async def test_f54_a_server_that_lets_nobody_in_in_the_clear_is_down(tank, source, secured):
    """A channel in the clear is refused at once: down, said once, and tried again."""
    tank.identity, tank.discovery = secured / "node", False
    await tank.start(CLOCK.plant())
    down = (await until(source.readings(), event("down")))[-1]
    assert down.reason
    with pytest.raises(SourceDown):
        await offers(tank.url)


@pytest.mark.catches("a user taken for another by a wrong password")
async def test_f54_a_wrong_password_is_down_and_in_the_clear_it_is_not_even_tried(tank, secured):
    """The server refuses the password; in the clear there is no endpoint at all."""
    tank.identity, tank.password = secured / "node", "another"
    await tank.start(CLOCK.plant())
    keys = OpcuaKeys(secured / "keys")
    keys.accept(tank.url, (secured / "node.der").read_bytes())
    user = {"encrypt": True, "user": "olga", "password_file": str(secured / "password")}
    for extra in (user, {}):
        options = {**tank.plant.sources[0].options, **extra}
        where = tank.plant.sources[0].model_copy(update={"options": options})
        source = OpcuaSource(tank.plant, where, CLOCK, jitter=lambda: 0.0, keys=keys)
        await until(source.readings(), event("down"))
        await source.close()
