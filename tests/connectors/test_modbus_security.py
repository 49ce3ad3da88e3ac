"""Modbus over TLS: who is let in, who is believed; and fetching a device's certificate."""

import asyncio
import ssl
from datetime import timedelta

import pytest

from api.clock import SystemClock
from connectors.modbus import ModbusSource
from connectors.modbus_security import Peer, offers, told
from connectors.opcua_keys import OpcuaKeys
from tests.certificates import pair
from tests.contracts.test_reading_source import event, shows, until
from tests.devices import PATH
from tests.modbus_tanks import ModbusTlsTank, NodeModbusTank, identities, node_modbus
from twin_core.errors import SourceDown, Unusable, WrongKind
from twin_core.governance.action import Command, WriteStep

__all__ = ["identities", "node_modbus"]  # fixtures
CLOCK = SystemClock()


@pytest.fixture
async def tank(identities):
    made = ModbusTlsTank(identities)
    await made.start(CLOCK.plant())
    yield made
    await made.stop()


async def first_event(tank, **options):
    """What comes first of a source with these options: up or down."""
    source = tank.plant.sources[0]
    given = {**source.options, **options}
    changed = source.model_copy(update={"options": {k: v for k, v in given.items() if v}})
    made = ModbusSource(tank.plant, changed, CLOCK, jitter=lambda: 0.0)
    try:
        return (await until(made.readings(), lambda a: hasattr(a, "kind")))[-1]
    finally:
        await made.close()


@pytest.mark.catches("a rogue device believed")
async def test_f53_another_device_than_the_pinned_one_is_refused(tank, identities):
    """A certificate that nobody accepted, and one that has expired: down, and nothing is read."""
    tank.requests.clear()
    for name in ("other", "us"):
        told_so = await first_event(tank, server_certificate=str(identities / f"{name}.crt"))
        assert told_so.kind == "down"
        assert "certificate" in told_so.reason
    assert tank.requests == []
    assert (await first_event(tank)).kind == "up"


async def test_f53_an_expired_certificate_is_refused(tank, identities, tmp_path):
    """Even the accepted one, when its time is over."""
    tank.identity = pair(tmp_path / "old", "urn:test:old", end=timedelta(hours=-1))
    await tank.stop()
    await tank.start(CLOCK.plant())
    found = await first_event(tank, server_certificate=str(tmp_path / "old.crt"))
    assert found.kind == "down"
    assert "expired" in found.reason


async def test_an_authority_is_trusted_for_the_names_it_signed(tank, identities):
    """With ca_file the certificate must bear the host's name, or the one that is given."""
    ca = {"server_certificate": "", "ca_file": str(identities / "device.crt")}
    found = await first_event(tank, **ca)
    assert found.kind == "down"
    assert "127.0.0.1" in found.reason
    assert (await first_event(tank, **ca, server_name="localhost")).kind == "up"


@pytest.mark.catches("a device that lets us not in shown as silent without a reason")
async def test_a_device_that_does_not_know_us_is_down_and_says_so(tank, identities):
    """Without a certificate, or with another than it asks for: down at once, with TLS's word."""
    nobody = {"certificate": "", "private_key": ""}
    other = {
        "certificate": str(identities / "other.crt"), "private_key": str(identities / "other.pem"),
    }  # fmt: skip
    for who in (nobody, other):
        found = await first_event(tank, **who, answer_s=10.0)
        assert found.kind == "down"
        assert "no answer" not in found.reason
        assert "SSL" in found.reason or "closed" in found.reason


async def test_the_certificates_of_opstwin_certs_are_used(identities, tmp_path):
    """Without options: ours of the data directory, and the device accepted for that address."""
    keys = OpcuaKeys(tmp_path / "keys")
    keys.make("urn:test:opstwin", ["localhost"], 2048, 30, CLOCK.ledger())
    tank = ModbusTlsTank(identities, certificate="", private_key="", server_certificate="")
    tank.client = tmp_path / "client.crt"
    tank.client.write_text(ssl.DER_cert_to_PEM_cert(keys.certificate.read_bytes()))
    await tank.start(CLOCK.plant())
    source = tank.plant.sources[0]
    try:
        with pytest.raises(WrongKind, match="certs fetch"):
            ModbusSource(tank.plant, source, CLOCK, keys=keys)
        (offer,) = await offers(tank.url, keys)
        assert offer.policies[0].startswith("TLS")
        keys.accept(tank.url, offer.der)
        assert keys.certificates()[-1].holder == f"{tank.url}/"
        made = ModbusSource(tank.plant, source, CLOCK, jitter=lambda: 0.0, keys=keys)
        readings = made.readings()
        await until(readings, shows(tank, "temperature", 20.5))
        (tmp_path / "keys" / "revoked").mkdir()
        (tmp_path / "keys" / "revoked" / "device.der").write_bytes(offer.der)
        await tank.stop()
        await until(readings, event("down"))
        await tank.start(CLOCK.plant())
        for _ in range(200):
            if "revoked" in (await made.health()).detail:
                break
            await asyncio.sleep(0.02)
        assert "revoked by device.der" in (await made.health()).detail
        await made.close()
    finally:
        await tank.stop()


async def test_a_server_that_is_not_python_is_read_and_written_over_tls(identities, node_modbus):
    """Node's TLS before modbus-serial: both sides prove who they are; a write is read back."""
    tank = NodeModbusTank(node_modbus, identities)
    await tank.start(CLOCK.plant())
    made = ModbusSource(tank.plant, tank.plant.sources[0], CLOCK, jitter=lambda: 0.0)
    step = WriteStep(point=PATH["setpoint"], unit="Cel", old=40.0, value=60.0, check=0.01)
    given = Command(key="k", proposal="p", epoch=1, purpose="execute", step=step, deadline_s=5.0)
    try:
        readings = made.readings()
        await until(readings, shows(tank, "temperature", 20.5))
        assert (await made.execute(given)).result == "verified"
        await until(readings, shows(tank, "setpoint", 60.0))
        assert tank.writes == [("setpoint", 60.0)]
        assert (await first_event(tank, certificate="", private_key="")).kind == "down"
    finally:
        await made.close()
        await tank.stop()


async def test_who_is_not_there_shows_nothing(tmp_path):
    """No device, or no address: a sentence."""
    keys = OpcuaKeys(tmp_path)
    with pytest.raises(SourceDown):
        await offers("modbuss://127.0.0.1:1", keys)
    with pytest.raises(WrongKind):
        await offers("modbuss://", keys)


@pytest.mark.catches("an answer in two pieces taken for two")
async def test_an_answer_in_pieces_is_one_answer(identities):
    """TLS may cut an answer anywhere; it is read whole."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identities / "device.crt", identities / "device.pem")
    tank = ModbusTlsTank(identities)

    async def serve(reader, writer):
        while asked := await reader.read(12):
            count = int.from_bytes(asked[10:12], "big")
            body = bytes([asked[6], asked[7]])
            size = (count + 7) // 8 if asked[7] in {1, 2} else 2 * count
            body += bytes([size]) + bytes(size)
            answer = asked[:4] + len(body).to_bytes(2, "big") + body
            for at in range(0, len(answer), 5):
                writer.write(answer[at : at + 5])
                await writer.drain()
                await asyncio.sleep(0.001)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", tank.port, ssl=context)
    made = ModbusSource(tank.plant, tank.plant.sources[0], CLOCK, jitter=lambda: 0.0)
    await until(made.readings(), shows(tank, "temperature", 0.0))
    await made.close()
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    ("scheme", "options", "key"),
    [
        ("modbus", {"ca_file": "a"}, "ca_file"),
        ("modbuss", {"certificate": "a", "ca_file": "b"}, "certificate"),
        ("modbuss", {"server_certificate": "a", "ca_file": "b"}, "ca_file"),
        ("modbuss", {"server_name": "a", "server_certificate": "b"}, "server_name"),
        ("modbuss", {"most_registers": 126}, "most_registers"),
    ],
)
def test_options_that_do_not_fit_are_refused_at_their_key(identities, scheme, options, key):
    """Files without TLS, halves of what belongs together, two answers to one question."""
    source = ModbusTlsTank(identities).plant.sources[0]
    with pytest.raises(Unusable) as found:
        told(source.model_copy(update={"url": f"{scheme}://h", "options": options}))
    assert found.value.keys == ("options", key)


def test_ports_are_those_of_the_protocol(identities):
    """502 in the clear, 802 over TLS."""
    source = ModbusTlsTank(identities).plant.sources[0]
    plain = source.model_copy(update={"url": "modbus://host", "options": {}})
    assert Peer.of(plain).port == 502
    assert Peer.of(source.model_copy(update={"url": "modbuss://host"})).port == 802
