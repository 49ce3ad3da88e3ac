"""MQTT against a real broker: what the contract suites do not ask of every source."""

import asyncio
import ipaddress
import json
import math
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiomqtt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from api.clock import SystemClock
from connectors.mqtt import MqttSource
from connectors.mqtt_link import BrokerOptions, broker
from tests import edge_node as spb
from tests.broker import Mosquitto
from tests.connectors.test_modbus import command
from tests.contracts.test_reading_source import event, shows, until
from tests.debian import command as packaged
from tests.devices import NAMES, PATH
from tests.mqtt_tanks import JsonTank, SparkplugTank
from twin_core.errors import WrongKind
from twin_core.reading import Batch, SourceEvent

CLOCK = SystemClock()
LAST_USABLE, NO_COMMUNICATION, TYPE_MISMATCH = 0x40900000, 0x80310000, 0x80740000


@pytest.fixture
async def tank():
    made = SparkplugTank()
    await made.start(CLOCK.plant())
    yield made
    await made.stop()


@pytest.fixture
async def json_tank():
    made = JsonTank()
    await made.start(CLOCK.plant())
    yield made
    await made.stop()


@pytest.fixture
async def opened():
    """Opens sources and closes them."""
    sources = []

    def opening(tank, **options):
        given = tank.plant.sources[0]
        given = given.model_copy(update={"options": {**given.options, **options}})
        sources.append(MqttSource(tank.plant, given, CLOCK, jitter=lambda: 0.0))
        return sources[-1]

    yield opening
    for source in sources:
        await source.close()


def status_of(tank, name, status):
    index = tank.plant.index[PATH[name]]
    return lambda a: isinstance(a, Batch) and bool((a.status[a.point == index] == status).any())


def newest(arrivals):
    """Point index → (value, status) of the newest reading."""
    return {
        int(a.point[i]): (float(a.value[i]), int(a.status[i]))
        for a in arrivals
        if isinstance(a, Batch)
        for i in range(len(a))
    }


async def watcher(tank, topic):
    """An onlooker at the broker, subscribed."""
    client = aiomqtt.Client("127.0.0.1", tank.broker.port, timeout=5)
    await client.__aenter__()
    await client.subscribe(topic)
    return client


async def state_is(client, online):
    async with asyncio.timeout(10):
        async for message in client.messages:
            said = json.loads(message.payload)
            if said["online"] is online:
                assert isinstance(said["timestamp"], int)
                return


async def test_state_says_whether_we_are_there(tank, opened):
    """STATE online while it reads; offline when it is closed, and by will when it is cut off."""
    client = await watcher(tank, "spBv1.0/STATE/ops")
    source = opened(tank, host_id="ops")
    await until(source.readings(), event("up"))
    await state_is(client, online=True)
    await source.close()
    await state_is(client, online=False)
    cut = opened(tank, host_id="ops")
    await until(cut.readings(), event("up"))
    await state_is(client, online=True)
    cut._session._link._client._client.socket().shutdown(2)
    await state_is(client, online=False)
    await client.__aexit__(None, None, None)


@pytest.mark.catches("a gap in the sequence read over")
async def test_a_gap_is_healed_by_a_rebirth(tank, opened):
    """A lost message: after the reorder time the node is asked, and its birth tells all."""
    source = opened(tank, answer_s=0.2)
    readings = source.readings()
    await until(readings, shows(tank, "temperature", 20.5))
    tank.hold("temperature", 33.0)
    before = tank.node.asked
    await tank.node.send("DDATA", [], skip=1)
    await until(readings, shows(tank, "temperature", 33.0))
    assert tank.node.asked > before


async def test_a_node_that_dies_takes_its_points_with_it(tank, opened):
    """Its will is told: every point is Bad, the source stays up; born again, all is Good."""
    source = opened(tank)
    readings = source.readings()
    await until(readings, shows(tank, "temperature", 20.5))
    await tank.node.stop()
    seen = await until(readings, status_of(tank, "speed", NO_COMMUNICATION))
    assert {status for _, status in newest(seen[-1:]).values()} == {NO_COMMUNICATION}
    assert (await source.health()).up
    outcome = await source.execute(command(deadline_s=3.0))
    assert (outcome.result, outcome.sent) == ("not_applied", False)
    await tank.start_node()
    await until(readings, shows(tank, "speed", 300.0))
    assert tank.writes == []


async def test_commands_while_reading(tank, opened):
    """Written once by the live session, confirmed by the DATA that shows it, in every type."""
    source = opened(tank)
    readings = source.readings()
    await until(readings, shows(tank, "setpoint", 40.0))
    done = await source.execute(command(value=60.1))
    assert (done.result, done.acknowledged, done.read_back) == ("verified", True, 60.1)
    speed = await source.execute(command("speed", "1/min", old=300.0, value=450.0))
    assert (speed.result, speed.read_back) == ("verified", 450.0)
    assert tank.writes == [("setpoint", pytest.approx(60.1)), ("speed", 450.0)]
    await until(readings, shows(tank, "speed", 450.0))


async def test_f44_what_the_type_cannot_hold_is_not_sent(tank, opened):
    """Half a revolution in an Int16 and a number beyond it: refused before anything is sent."""
    source = opened(tank)
    for value in (450.5, 40_000.0):
        outcome = await source.execute(command("speed", "1/min", old=300.0, value=value))
        assert (outcome.result, outcome.sent) == ("not_applied", False)
    assert tank.writes == []


@pytest.mark.catches("the old value of a slow device taken for its answer")
async def test_a_device_that_is_slow_is_waited_for(tank, opened):
    """While it goes on telling the old value nothing is concluded; then the new one is found."""

    async def later(name, value):
        await tank.show(name, 40.0, 0)
        await tank.node.show("Tank/temperature", 21.0)
        await tank.show(name, 40.0, 0)
        return value

    tank.answer = later
    outcome = await opened(tank, confirm_s=5.0).execute(command())
    assert (outcome.result, outcome.read_back) == ("verified", 60.0)
    assert len(tank.writes) == 1


async def test_a_node_that_does_not_answer_gets_no_command(tank, opened):
    """Asked for its birth and silent: what stands is not known, so nothing is sent."""
    source = opened(tank)
    tank.node.answers = False
    outcome = await source.execute(command(deadline_s=3.0))
    assert (outcome.result, outcome.sent) == ("not_applied", False)
    assert "no birth" in outcome.detail
    assert tank.writes == []


async def test_f56_garbage_from_a_broker_ends_nothing(tank, opened):
    """Whatever is published below our topics, the source stays up and goes on reading."""
    source = opened(tank, answer_s=0.2)
    readings = source.readings()
    await until(readings, shows(tank, "temperature", 20.5))
    for topic in ("NBIRTH/n", "DDATA/n/d", "NDEATH/n", "DBIRTH/n/d", "NDATA/n/x/y"):
        for data in (b"", b"\xff" * 50, b"\x12\xff\xff\xff\xff\x0f", b"{}", bytes(500)):
            await tank.node.raw(f"spBv1.0/g/{topic}", data)
    await tank.node.raw("spBv1.0/STATE/opstwin", b"\x00nonsense", qos=1)
    tank.hold("temperature", 44.0)
    await tank.node.told_asked.wait()
    await until(readings, shows(tank, "temperature", 44.0))
    assert (await source.health()).up


async def test_f55_a_message_too_large_is_not_taken(json_tank, opened):
    """The broker is told how much is taken; a larger message never comes, the rest does."""
    await json_tank.quiet()
    readings = opened(json_tank, most_bytes=2000).readings()
    await until(readings, event("up"))
    await json_tank.send("tank/speed", b"1" * 10_000)
    await json_tank.send("tank/speed", b"5")
    seen = await until(readings, shows(json_tank, "speed", 5.0))
    assert len(newest(seen)) == 1
    assert all(not a.original for a in seen if isinstance(a, Batch))


@pytest.mark.catches("a retained value taken for a fresh one")
async def test_what_the_broker_kept_is_marked_until_it_is_said_anew(json_tank, opened):
    """A retained value is the last usable one; the next published is Good."""
    await json_tank.quiet()
    await json_tank.send("tank/speed", b"77", retain=True)
    readings = opened(json_tank).readings()
    seen = await until(readings, shows(json_tank, "speed", 77.0))
    index = json_tank.plant.index[PATH["speed"]]
    assert newest(seen)[index] == (77.0, LAST_USABLE)
    await json_tank.send("tank/speed", b"78", retain=True)
    seen = await until(readings, shows(json_tank, "speed", 78.0))
    assert newest(seen)[index] == (78.0, 0)


async def test_wrong_payloads_are_bad_readings_with_their_text(json_tank, opened):
    """What came is kept; the points beside it are read; health counts it."""
    await json_tank.quiet()
    source = opened(json_tank)
    readings = source.readings()
    await until(readings, event("up"))
    await json_tank.send("tank/count", b"seven")
    seen = await until(readings, status_of(json_tank, "count", TYPE_MISMATCH))
    assert seen[-1].original == {0: "seven"}
    assert math.isnan(seen[-1].value[0])
    assert "1 refused" in (await source.health()).detail


async def test_a_quiet_publisher_is_told_as_alive(json_tank, opened):
    """While the broker answers the source is alive, though nothing is published."""
    await json_tank.quiet()
    readings = opened(json_tank).readings()
    await until(readings, event("alive"))


async def test_plain_topics_are_never_written(json_tank, opened):
    """A command for a topic is refused before anything is opened."""
    outcome = await opened(json_tank).execute(command())
    assert (outcome.result, outcome.sent) == ("not_applied", False)
    assert (await opened(json_tank).look(command())).result == "unknown"


async def test_a_flapping_broker_leaves_nothing_behind(json_tank, opened):
    """Ten reconnects: as many tasks as before, and every return is told."""
    source = opened(json_tank)
    source._feed._backoff._first_s = 0.01
    readings = source.readings()
    await until(readings, shows(json_tank, "speed", 300.0))
    before = len(asyncio.all_tasks())
    for _ in range(10):
        await json_tank.stop()
        await until(readings, event("down"))
        source._feed._backoff.reset()
        await json_tank.start(CLOCK.plant())
        await until(readings, shows(json_tank, "speed", 300.0))
    assert len(asyncio.all_tasks()) <= before + 1


async def test_a_broker_that_accepts_and_never_answers_is_down(json_tank, opened):
    """Half-open: down within the answer time, and the socket is let go."""
    gone = asyncio.Event()

    async def mute(reader, writer):
        while await reader.read(100):
            pass
        gone.set()
        writer.close()

    await json_tank.stop()
    server = await asyncio.start_server(mute, "127.0.0.1", json_tank.broker.port)
    down = (await until(opened(json_tank).readings(), event("down")))[-1]
    assert isinstance(down, SourceEvent)
    assert down.reason
    async with asyncio.timeout(10):
        await gone.wait()
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    ("url", "options", "allowed"),
    [
        ("mqtt://broker.example", {}, False),
        ("mqtt://broker.example", {"allow_insecure": True}, True),
        ("mqtts://broker.example", {}, True),
        ("mqtt://127.0.0.1:1884", {}, True),
        ("mqtt://[::1]", {}, True),
        ("mqtt://olga:secret@127.0.0.1", {}, False),
        ("http://127.0.0.1", {}, False),
        ("mqtts://broker.example", {"certificate": "a.pem"}, False),
    ],
)
def test_f54_a_broker_that_could_be_anybody_is_refused(url, options, allowed):
    """Loopback, TLS, or the plant file says in words that it is insecure; no secret in a URL."""
    if allowed:
        assert broker("x", url, BrokerOptions(**options)).port in {1883, 1884, 8883}
        return
    with pytest.raises(WrongKind) as refused:
        broker("x", url, BrokerOptions(**options))
    assert "secret" not in str(refused.value)


def certificates(folder):
    """An authority and a certificate for 127.0.0.1 signed by it, as PEM files."""
    now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=CLOCK.plant())
    keys = [rsa.generate_private_key(65537, 2048) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in ("ca", "broker")]
    for at, key in enumerate(keys):
        made = (
            x509.CertificateBuilder()
            .subject_name(names[at])
            .issuer_name(names[0])
            .public_key(key.public_key())
            .serial_number(at + 1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=at == 0, path_length=None), critical=True)
        )
        if at:
            address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
            made = made.add_extension(x509.SubjectAlternativeName([address]), critical=False)
        signed = made.sign(keys[0], hashes.SHA256())
        (folder / f"{at}.pem").write_bytes(signed.public_bytes(Encoding.PEM))
        (folder / f"{at}.key").write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
    return folder / "0.pem", folder / "1.pem", folder / "1.key"


@pytest.mark.catches("any certificate taken")
async def test_f53_a_broker_with_another_certificate_is_refused(json_tank, opened, tmp_path):
    """mqtts: with the authority that signed it the broker is read; with no such one, down."""
    authority, certificate, key = certificates(tmp_path)
    lines = ["allow_anonymous true", f"certfile {certificate}", f"keyfile {key}"]
    server = Mosquitto(lines)
    await server.start()
    json_tank.plant = json_tank.plant.model_copy(
        update={
            "sources": (
                json_tank.plant.sources[0].model_copy(
                    update={"url": f"mqtts://127.0.0.1:{server.port}"}
                ),
            )
        }
    )
    await until(opened(json_tank, ca_file=str(authority)).readings(), event("up"))
    down = (await until(opened(json_tank).readings(), event("down")))[-1]
    assert "certificate" in down.reason.lower()
    await server.stop()


async def test_a_password_comes_from_its_file_and_is_never_told(json_tank, opened, tmp_path):
    """With the right one it is up; with a wrong one, or no such file, down, and nothing is told."""
    folder, program = tmp_path / "passwords", str(tmp_path / "plain")
    folder.mkdir()
    command, why = packaged("mosquitto", "usr/sbin/mosquitto")
    assert not why
    (tmp_path / "plain").write_text("olga:sesame-1\n")
    tool = [*command[:-1], str(Path(command[-1]).parent.parent / "bin" / "mosquitto_passwd")]
    await asyncio.to_thread(subprocess.run, [*tool, "-U", program], check=True, timeout=20)
    server = Mosquitto(["allow_anonymous false", f"password_file {program}"])
    await server.start()
    given = json_tank.plant.sources[0].model_copy(update={"url": server.url})
    json_tank.plant = json_tank.plant.model_copy(update={"sources": (given,)})
    for secret, kind in (("sesame-1", "up"), ("sesame-2", "down")):
        (folder / secret).write_text(f"{secret}\n")
        source = opened(json_tank, username="olga", password_file=str(folder / secret))
        seen = await until(source.readings(), event(kind))
        assert "sesame" not in seen[-1].reason
    absent = opened(json_tank, username="olga", password_file=str(folder / "absent"))
    assert "No such file" in (await until(absent.readings(), event("down")))[-1].reason
    await server.stop()


async def test_names_of_every_point_are_read(tank, opened):
    """All five metrics of the tank come with their births."""
    readings = opened(tank).readings()
    seen = await until(readings, shows(tank, "speed", 300.0))
    assert len(newest(seen)) == len(NAMES)


def test_the_test_node_has_a_codec_of_its_own():
    """The encoder of the tests and the decoder of the product agree, and share nothing."""
    from connectors import sparkplug

    data = spb.payload([spb.metric("m", -7, spb.INT32, time=5)], seq=9, time=6)
    found = sparkplug.decode(data)
    assert (found.seq, found.time) == (9, 6)
    assert found.metrics[0].number(0) == -7.0
    assert list(spb.orders(sparkplug.rebirth(1))) == [("Node Control/Rebirth", True)]
