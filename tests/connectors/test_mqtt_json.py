"""Plain JSON, without a wire: what a payload says at an address."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.mqtt_json import JsonTopics
from connectors.mqtt_message import Told
from tests.devices import NAMES, PATH, plant
from twin_core.errors import WrongKind
from twin_core.reading import BAD

NOW = 1_700_000_000_000_000
LAST_USABLE, UNCERTAIN = 0x40900000, 0x40000000
NO_DATA, TYPE_MISMATCH = 0x809B0000, 0x80740000


def topics(address):
    """A dialect in which the temperature has that address, and the rest topics of their own."""
    made = plant(
        "mqtt",
        "mqtt://127.0.0.1",
        "{}",
        {n: f"other/{n}" for n in NAMES} | {"temperature": address},
    )
    return JsonTopics({0: made.point(PATH["temperature"])})


def read(address, payload, *, retained=False, topic="t"):
    told = Told(NOW)
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    topics(address).take(topic, data, told, retained=retained)
    return told.batch()


def one(batch):
    return float(batch.value[0]), int(batch.status[0]), int(batch.time[0])


@pytest.mark.parametrize(
    ("address", "payload", "value"),
    [
        ("t", 20.5, 20.5),
        ("t", True, 1.0),
        ("{topic: t, value: /a/1/b}", {"a": [0, {"b": 3}]}, 3.0),
        ("{topic: t, value: /a~1b/~0c}", {"a/b": {"~c": 4}}, 4.0),
        ("{topic: t, value: /}", {"": 5}, 5.0),
    ],
)
def test_a_pointer_finds_the_value(address, payload, value):
    """RFC 6901; an empty pointer is the whole payload; truth values are 0 and 1."""
    assert one(read(address, payload)) == (value, 0, NOW)


@pytest.mark.parametrize(
    ("unit", "time", "found"),
    [
        ("ms", 1_600_000_000_123, 1_600_000_000_123_000),
        ("s", 1_600_000_000.25, 1_600_000_000_250_000),
        ("us", 1_600_000_000_123_456, 1_600_000_000_123_456),
        ("ms", "2020-09-13T12:26:40Z", 1_600_000_000_000_000),
        ("ms", "2020-09-13T14:26:40.5+02:00", 1_600_000_000_500_000),
        ("ms", "2020-09-13T12:26:40", 1_600_000_000_000_000),
    ],
)
def test_a_time_is_read_in_its_unit_or_as_iso_8601(unit, time, found):
    """A number in the address's unit, a text with its zone or in UTC."""
    address = f"{{topic: t, value: /v, time: /t, time_unit: {unit}}}"
    assert one(read(address, {"v": 1, "t": time})) == (1.0, 0, found)


@pytest.mark.parametrize("time", [None, "yesterday", -1, 1e300, True, [], 10**400])
@pytest.mark.catches("a time made up where one was promised")
def test_a_value_of_no_known_time_is_bad(time):
    """Where the plant file promises a time and none can be read, the reading is Bad."""
    value, status, at = one(read("{topic: t, value: /v, time: /t}", {"v": 1, "t": time}))
    assert (math.isnan(value), status, at) == (True, TYPE_MISMATCH, NOW)


@pytest.mark.parametrize(
    ("form", "quality", "status"),
    [
        ("classic", 192, 0),
        ("classic", 216, 0),
        ("classic", 64, UNCERTAIN),
        ("classic", 0, BAD),
        ("classic", 500, BAD),
        ("opcua", 0, 0),
        ("opcua", 0x808C0000, 0x808C0000),
        ("opcua", -1, UNCERTAIN),
        ("classic", "GOOD", 0),
        ("classic", "stale", LAST_USABLE),
        ("classic", "bad", BAD),
        ("classic", "odd", UNCERTAIN),
        ("classic", True, 0),
        ("classic", False, BAD),
        ("classic", None, UNCERTAIN),
    ],
)
def test_quality_is_a_status(form, quality, status):
    """Words, truth values and codes; what cannot be read is Uncertain, never Good."""
    address = f"{{topic: t, value: /v, quality: /q, status: {form}}}"
    assert one(read(address, {"v": 1, "q": quality}))[:2] == (1.0, status)


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"{", b"\xff\xfe", b"NaN", b"Infinity", b"1e999", b"twenty", b'"20.5"', b"[1]", b"{}",
        b"[" * 100_000, b"1" * 5000, b"1" + b"0" * 400,
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_bad_with_its_text(payload):
    """No number is made up; what came is kept, up to a length."""
    batch = read("t", payload)
    value, status, at = one(batch)
    assert (math.isnan(value), status, at) == (True, TYPE_MISMATCH, NOW)
    assert batch.original.get(0, "") == payload.decode("utf-8", "replace")[:200]


def test_null_is_no_value():
    """Null is BadNoData, not nought."""
    assert one(read("t", None))[1] == NO_DATA


@pytest.mark.catches("a retained value taken for a fresh one")
def test_a_retained_value_is_marked(request):
    """What the broker kept is the last usable value; a worse quality stays."""
    assert one(read("t", 20.5, retained=True))[:2] == (20.5, LAST_USABLE)
    address = "{topic: t, value: /v, quality: /q}"
    assert one(read(address, {"v": 1, "q": "bad"}, retained=True))[1] == BAD


def test_points_share_a_topic_and_other_topics_are_nothing():
    """Every point on the topic gets its reading; nobody else does."""
    at = {n: f"{{topic: t, value: /{n}}}" for n in NAMES}
    made = plant("mqtt", "mqtt://127.0.0.1", "{}", at)
    dialect = JsonTopics(dict(enumerate(made.points)))
    assert list(dialect.topics) == ["t"]
    told = Told(NOW)
    dialect.take(
        "t", json.dumps({n: i for i, n in enumerate(NAMES)}).encode(), told, retained=False
    )
    dialect.take("u", b"1", told, retained=False)
    assert sorted(row[2] for row in told.rows) == [0.0, 1.0, 2.0, 3.0, 4.0]
    dialect.take("t", b"{}", told, retained=False)
    assert dialect.refused == 5


@pytest.mark.parametrize(
    "address", ["a/+/b", "'#'", "{topic: t, value: x}", "{}", "7", "{topic: t, when: /t}"]
)
def test_an_address_that_is_none_is_refused(address):
    """No wildcards, no pointer without its slash, no unknown key."""
    with pytest.raises(WrongKind, match="MQTT address of s/a/l/t/temperature"):
        topics(address)


TREES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("vtq"), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.binary(max_size=60), TREES), st.booleans(), st.sampled_from(["ms", "s", "us"]))
def test_f56_any_payload_is_one_reading(payload, retained, unit):
    """Whatever is published: one reading, Bad where it is no number, and it fits its column."""
    address = f"{{topic: t, value: /v, time: /t, quality: /q, time_unit: {unit}}}"
    batch = read(address, payload, retained=retained)
    assert len(batch) == 1
    assert batch.status[0] >= BAD or math.isfinite(batch.value[0])
    assert all(len(text) <= 200 for text in batch.original.values())
