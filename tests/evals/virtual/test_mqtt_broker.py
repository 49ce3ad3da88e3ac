"""The small broker: filters, and clients that talk nonsense."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.virtual.loopback import free_port
from evals.virtual.mqtt_broker import MqttBroker, fits
from evals.virtual.mqtt_server import _put


@pytest.mark.parametrize(
    ("wanted", "topic", "taken"),
    [
        ("a/b", "a/b", True),
        ("a/+", "a/b", True),
        ("a/+", "a/b/c", False),
        ("a/#", "a/b/c", True),
        ("a/b/c", "a/b", False),
        ("spBv1.0/g/+/n/#", "spBv1.0/g/DDATA/n/d", True),
        ("#", "a", True),
    ],
)
def test_a_filter_takes_the_topics_of_the_standard(wanted, topic, taken):
    """MQTT 5.0, 4.7."""
    assert fits(wanted, topic) is taken


@given(st.binary(min_size=1, max_size=80))
async def test_a_client_that_talks_nonsense_ends_alone(data):
    """Its connection is over, and the broker goes on."""
    port = free_port()

    async def heard(topic, payload):
        """Nobody owns it."""

    broker = MqttBroker(port, heard)
    await broker.start()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(data)
        writer.write_eof()
        async with asyncio.timeout(5):
            while await reader.read(1000):
                pass
        writer.close()
    finally:
        await broker.stop()


def test_json_pointers_make_the_tree_that_they_point_into():
    """Objects, lists where a token is a number, and the whole."""
    assert _put(None, "", 5) == 5
    tree = _put(None, "/values/1", 2.5)
    assert _put(tree, "/t", 7) == {"values": [None, 2.5], "t": 7}
    assert _put({}, "/a~1b", 1) == {"a/b": 1}
