"""Sparkplug B as a host application, without a wire: what is believed of births and deaths."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.mqtt_message import Told
from connectors.sparkplug_host import SparkplugHost
from tests import edge_node as spb
from tests.devices import NAMES, PATH, plant
from tests.fakes import FakeClock
from twin_core.errors import WrongKind
from twin_core.ingest import Twin
from twin_core.reading import BAD, SourceEvent

LAST_USABLE = 0x40900000
NO_COMMUNICATION = 0x80310000
NO_DATA = 0x809B0000
TYPE_MISMATCH = 0x80740000
UNKNOWN_METRIC = 0x80340000
NODE, DEVICE = "setpoint", ("temperature", "count", "running", "speed")
PLANT = plant(
    "mqtt",
    "mqtt://127.0.0.1",
    "{payload: sparkplug}",
    {
        name: f"{{group: g, node: n, metric: {name}{'' if name == NODE else ', device: d'}}}"
        for name in NAMES
    },
)
INDEX = {name: PLANT.index[PATH[name]] for name in NAMES}
KIND = {
    "temperature": spb.DOUBLE,
    "count": spb.UINT32,
    "running": spb.BOOLEAN,
    "setpoint": spb.FLOAT,
    "speed": spb.INT16,
}
VALUE = {"temperature": 20.5, "count": 7, "running": True, "setpoint": 40.0, "speed": -300}


class Room:
    """A host, its clock, and the node `g/n` with its device `d`."""

    def __init__(self):
        self.clock = FakeClock()
        self.points = dict(enumerate(PLANT.points))
        self.host = SparkplugHost("ops", self.points, self.clock, reorder_s=2.0, answer_s=5.0)
        self.host.will()
        self.sent = self.tell(lambda told: self.host.opened(told, announced=True)).sends
        self.seq = 0

    def tell(self, act):
        told = Told(self.clock.plant())
        act(told)
        return told

    @property
    def ms(self):
        return self.clock.plant() // 1000

    def says(self, kind, metrics=(), *, seq=None, retained=False, time=None):
        """One message of the node; its sequence goes on by itself."""
        if kind == "NBIRTH":
            self.seq = 0
        number = self.seq if seq is None else seq
        if kind != "NDEATH":
            self.seq = (number + 1) % 256
        data = spb.payload(metrics, seq=None if kind == "NDEATH" else number, time=time or self.ms)
        device = "/d" if kind.startswith("D") else ""
        return self.hears(f"spBv1.0/g/{kind}/n{device}", data, retained=retained)

    def hears(self, topic, data, *, retained=False):
        return self.tell(lambda told: self.host.take(topic, data, told, retained=retained))

    def turns(self, seconds):
        self.clock.turn(seconds)
        return self.tell(self.host.tick)

    def born(self, bd_seq=0, *, device=True, aliases=True):
        said = spb.metric("bdSeq", bd_seq, spb.UINT64)
        told = [self.says("NBIRTH", [said, self.metric(NODE, aliases)])]
        if device:
            told.append(self.says("DBIRTH", [self.metric(n, aliases) for n in DEVICE]))
        return told

    def metric(self, name, aliases=True):
        alias = INDEX[name] + 50 if aliases else None
        return spb.metric(name, VALUE[name], KIND[name], alias=alias, time=self.ms)

    def dies(self, bd_seq):
        return self.says("NDEATH", [spb.metric("bdSeq", bd_seq, spb.UINT64)])


@pytest.fixture
def room():
    return Room()


def read(*told):
    """Name → (value, status) of the newest reading."""
    names = {index: name for name, index in INDEX.items()}
    return {names[row[0]]: (row[2], row[3]) for one in told for row in one.rows}


def asks(told):
    return [m.topic for m in told.sends if m.topic == "spBv1.0/g/NCMD/n"]


def changed(name, value, kind=None, **more):
    return [spb.metric(name, value, kind if kind is not None else KIND[name], **more)]


def test_it_says_that_it_is_there_and_asks_for_births(room):
    """STATE online, retained, at QoS 1, with the time of its will; then a rebirth is asked for."""
    state, ask = room.sent
    assert (state.topic, state.qos, state.retain) == ("spBv1.0/STATE/ops", 1, True)
    assert json.loads(state.payload) == {"online": True, "timestamp": room.ms}
    assert (ask.topic, ask.qos) == ("spBv1.0/g/NCMD/n", 0)
    assert list(spb.orders(ask.payload)) == [("Node Control/Rebirth", True)]
    will = room.host.will()
    assert json.loads(will.payload) == {"online": False, "timestamp": room.ms}
    assert will.retain


def test_births_tell_every_metric(room):
    """Numbers of every type, signed ones too, with the metric's own time and Good."""
    found = read(*room.born())
    assert found == {name: (float(VALUE[name]), 0) for name in NAMES}
    assert not asks(room.turns(60.0))


def test_a_value_by_alias_and_without_its_type_is_read_by_its_birth(room):
    """After the birth the alias is enough; a negative Int16 comes in two's complement."""
    room.born()
    one = spb.whole(2, INDEX["speed"] + 50) + spb.whole(10, 0x10000 - 5)
    assert read(room.says("DDATA", [one])) == {"speed": (-5.0, 0)}


@pytest.mark.catches("an alias read by the birth before the last")
def test_an_alias_means_what_the_last_birth_said(room):
    """A node born anew gives its aliases anew; the old ones mean nothing."""
    room.born()
    room.says("NBIRTH", [spb.metric("bdSeq", 1, spb.UINT64), room.metric(NODE)])
    swapped = [
        spb.metric(n, VALUE[n], KIND[n], alias=INDEX[o] + 50)
        for n, o in zip(DEVICE, reversed(DEVICE), strict=True)
    ]
    room.says("DBIRTH", swapped)
    one = spb.whole(2, INDEX["temperature"] + 50) + spb.whole(10, 9)
    assert read(room.says("DDATA", [one])) == {"speed": (9.0, 0)}


def test_data_of_a_node_that_nobody_knows_asks_for_its_birth(room):
    """Before a birth nothing is read, and it is asked for, at most once in its time to answer."""
    room.clock.turn(6.0)
    told = room.says("DDATA", changed("temperature", 1.0), seq=3)
    assert not told.rows
    assert len(asks(told)) == 1
    assert not asks(room.says("DDATA", changed("temperature", 1.0), seq=4))


def test_who_does_not_answer_is_asked_ever_more_rarely(room):
    """An absent node gets a handful of requests in ten minutes, not hundreds."""
    asked = [second for second in range(600) if asks(room.turns(1.0))]
    assert 8 <= len(asked) <= 20
    assert asked[-1] - asked[-2] >= 55


@pytest.mark.catches("the sequence number that must be 256")
def test_the_sequence_wraps(room):
    """After 255 comes 0; a thousand messages in order ask for nothing."""
    room.born()
    told = [room.says("DDATA", changed("temperature", float(i))) for i in range(1000)]
    assert [one.rows[0][2] for one in told] == [float(i) for i in range(1000)]
    assert not asks(room.turns(60.0))


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(6)), st.integers(0, 300))
def test_what_comes_out_of_order_in_time_is_read_in_order(order, before):
    """Whatever the order inside the reorder time: read in sequence, once each, no rebirth."""
    room = Room()
    room.born()
    for i in range(before):
        room.says("DDATA", changed("temperature", float(-i)))
    first = room.seq
    told = [
        room.says("DDATA", changed("temperature", float(k)), seq=(first + k) % 256) for k in order
    ]
    assert [row[2] for one in told for row in one.rows] == [float(k) for k in range(6)]
    assert not asks(room.turns(3.0))


@pytest.mark.catches("a gap in the sequence read over")
def test_a_gap_asks_for_a_rebirth_after_the_reorder_time(room):
    """A lost message: nothing more is read, after 2 s a rebirth is asked for, and it is whole."""
    room.born()
    room.clock.turn(6.0)
    lost = (room.seq + 1) % 256
    assert not room.says("DDATA", changed("temperature", 1.0), seq=lost).rows
    assert not asks(room.turns(1.9))
    assert asks(room.turns(0.2))
    assert not room.says("DDATA", changed("temperature", 2.0)).rows
    assert read(*room.born())["temperature"] == (20.5, 0)
    assert read(room.says("DDATA", changed("temperature", 3.0)))["temperature"] == (3.0, 0)


def test_a_node_that_lost_something_and_is_not_born_anew_is_offline(room):
    """No birth within its time: every point of it, and of its device, is Bad."""
    room.born()
    room.says("DDATA", changed("temperature", 1.0), seq=77)
    room.turns(2.1)
    found = read(room.turns(5.1))
    assert {name: status for name, (_, status) in found.items()} == dict.fromkeys(
        NAMES, NO_COMMUNICATION
    )
    assert all(math.isnan(value) for value, _ in found.values())


@pytest.mark.catches("the last known values of a dead node")
def test_a_death_makes_every_metric_of_the_node_and_its_devices_bad(room):
    """NDEATH with the birth's bdSeq: offline at once; its data is not read any more."""
    room.born(bd_seq=4)
    found = read(room.dies(4))
    assert {name: status for name, (_, status) in found.items()} == dict.fromkeys(
        NAMES, NO_COMMUNICATION
    )
    assert not room.says("DDATA", changed("temperature", 1.0)).rows
    assert read(*room.born(bd_seq=5))["speed"] == (-300.0, 0)


@pytest.mark.catches("a late will of an earlier connection")
def test_a_death_of_another_birth_is_none(room):
    """NDEATH with another bdSeq is the will of a connection that is long over."""
    room.born(bd_seq=4)
    assert not room.dies(3).rows
    assert read(room.says("DDATA", changed("temperature", 1.0))) == {"temperature": (1.0, 0)}


def test_a_device_dies_alone(room):
    """DDEATH makes the device's points Bad and leaves the node's."""
    room.born()
    assert set(read(room.says("DDEATH"))) == set(DEVICE)
    assert read(room.says("NDATA", changed(NODE, 41.0))) == {NODE: (41.0, 0)}
    assert not room.says("DDATA", changed("temperature", 1.0)).rows


def test_a_device_that_is_not_introduced_in_time_is_offline(room):
    """A node born without its device: the device's points are Bad after its time."""
    room.born()
    room.born(bd_seq=1, device=False)
    assert not room.turns(4.9).rows
    assert set(read(room.turns(0.2))) == set(DEVICE)


@pytest.mark.catches("a device that blinks at every rebirth")
def test_a_rebirth_makes_nothing_bad(room):
    """A node that is born anew because it was asked shows no Bad value in between."""
    room.born()
    assert all(status == 0 for _, status in read(*room.born()).values())


def test_a_metric_that_the_birth_does_not_name_is_bad_and_counted(room):
    """The node does not have it: Bad, and told as refused, until a birth names it."""
    room.says("NBIRTH", [spb.metric("bdSeq", 0, spb.UINT64)])
    assert room.host.refused == 1
    told = room.says("DBIRTH", [room.metric(n) for n in DEVICE if n != "count"])
    assert read(told)["count"][1] == UNKNOWN_METRIC
    assert room.host.refused == 2
    room.born()
    assert room.host.refused == 0


def test_null_is_no_value(room):
    """`is_null` is BadNoData, whatever stands in the value field."""
    room.born()
    told = room.says("DDATA", [spb.metric("temperature", 9.0, spb.DOUBLE, null=True)])
    assert math.isnan(told.rows[0][2])
    assert told.rows[0][3] == NO_DATA


@pytest.mark.parametrize(
    ("quality", "status"), [(192, 0), (0, BAD), (500, LAST_USABLE), (7, BAD), (None, 0)]
)
def test_quality_is_a_status(room, quality, status):
    """192 is Good, 500 the last usable value, 0 and anything unknown Bad."""
    room.born()
    told = room.says("DDATA", changed("temperature", 9.0, quality=quality))
    assert told.rows[0][2:4] == (9.0, status)


@pytest.mark.catches("a historical value taken for the present one")
def test_f52_a_historical_value_never_overwrites_a_newer_one(room):
    """It is stored with its own time; what is believed now, and a read-back, stay as they are."""
    twin = Twin(PLANT)
    now = room.clock.plant
    twin.apply([SourceEvent(source="plc", kind="up", time=now())][0], now())
    for told in room.born():
        twin.apply(told.batch(), now())
    room.clock.turn(1.0)
    old = room.ms - 60_000
    told = room.says("DDATA", changed("temperature", 99.0, time=old, historical=True))
    assert told.rows[0][1:3] == (old * 1000, 99.0)
    assert told.current == []
    twin.apply(told.batch(), now())
    assert twin.snapshot(now()).latest(PATH["temperature"]).value == 20.5


def test_a_historical_value_without_its_time_is_left_out(room):
    """Nobody can name the moment it speaks of."""
    room.born()
    assert not room.says("DDATA", changed("temperature", 99.0, historical=True)).rows


def test_a_value_has_its_own_time_or_that_of_its_message(room):
    """The metric's time first, then the payload's."""
    room.born()
    own = room.says("DDATA", changed("temperature", 1.0, time=room.ms + 7), time=room.ms + 5)
    assert own.rows[0][1] == (room.ms + 7) * 1000
    shared = room.says("DDATA", changed("temperature", 1.0), time=room.ms + 9)
    assert shared.rows[0][1] == (room.ms + 9) * 1000


def test_a_death_counts_though_the_nodes_clock_is_ahead(room):
    """The Bad reading is not older than the newest value, or that value would stand."""
    room.born()
    ahead = room.ms + 30_000
    room.says("DDATA", changed("temperature", 1.0, time=ahead))
    rows = {row[0]: row for row in room.dies(0).rows}
    assert rows[INDEX["temperature"]][1] == ahead * 1000


@pytest.mark.parametrize("value", ["twenty", math.inf, math.nan])
def test_what_is_no_number_is_bad_with_its_text(room, value):
    """A text or no finite number in a point's metric: Bad, and the text is kept."""
    room.born()
    kind = spb.STRING if isinstance(value, str) else spb.DOUBLE
    told = room.says("DDATA", changed("temperature", value, kind))
    batch = told.batch()
    assert batch.status[0] == TYPE_MISMATCH
    assert math.isnan(batch.value[0])
    assert batch.original == {0: str(value)}


@pytest.mark.parametrize("ms", [253_402_300_800_000, 2**63, 2**64 - 1])
def test_a_time_that_cannot_be_is_bad(room, ms):
    """Beyond the year 9999 there is no time; the reading is Bad and fits its column."""
    room.born()
    told = room.says("DDATA", changed("temperature", 1.0, time=ms))
    assert told.batch().status[0] == TYPE_MISMATCH
    assert told.batch().time[0] == room.clock.plant()


def test_what_the_broker_kept_is_not_the_node_speaking(room):
    """A retained birth, value or death is nothing."""
    assert not room.says("NBIRTH", [room.metric(NODE)], retained=True).rows
    room.born()
    assert not room.says("DDATA", changed("temperature", 1.0), retained=True).rows


def test_who_says_that_we_are_offline_is_contradicted(room):
    """A late will of our own earlier connection is answered with STATE online, same time."""
    told = room.hears("spBv1.0/STATE/ops", b'{"online": false, "timestamp": 1}')
    (state,) = told.sends
    assert json.loads(state.payload)["online"] is True
    assert not room.hears("spBv1.0/STATE/ops", state.payload).sends
    assert not room.hears("spBv1.0/STATE/ops", b"{}", retained=True).sends


def test_held_messages_are_bounded(room):
    """A node that never fills its gap is asked for its birth, not remembered for ever."""
    room.born()
    room.clock.turn(6.0)
    told = [room.says("DDATA", [], seq=(50 + i) % 256) for i in range(200)]
    assert sum(len(asks(one)) for one in told) == 1
    assert max(len(node.held) for node in room.host._nodes.values()) <= 64


@pytest.mark.parametrize(
    "address",
    [
        "{group: g}",
        "{group: g/h, node: n, metric: m}",
        "[1]",
        "{group: g, node: '+', metric: m}",
    ],
)
def test_an_address_that_is_none_is_refused(address):
    """One clear sentence that names the point."""
    other = dict.fromkeys(NAMES, "{group: g, node: n, metric: m}")
    made = plant(
        "mqtt",
        "mqtt://127.0.0.1",
        "{}",
        {n: a.replace("m}", f"{n}}}") for n, a in other.items()} | {"speed": address},
    )
    with pytest.raises(WrongKind, match="Sparkplug address of s/a/l/t/speed"):
        SparkplugHost("ops", dict(enumerate(made.points)), FakeClock())


TOPICS = st.sampled_from(
    [f"spBv1.0/g/{k}/n{d}" for k in ("NBIRTH", "NDATA", "NDEATH") for d in ("",)]
    + [f"spBv1.0/g/{k}/n/d" for k in ("DBIRTH", "DDATA", "DDEATH")]
    + ["spBv1.0/STATE/ops", "spBv1.0/g/DDATA/n/d/e", "", "spBv1.0//NBIRTH/"]
)
NUMBERS = st.integers(0, 2**64 - 1)
METRICS = st.builds(
    spb.metric,
    st.sampled_from([None, *NAMES, "bdSeq", "other"]),
    st.one_of(st.none(), st.integers(0, 2**63), st.floats(), st.booleans(), st.text(max_size=5)),
    st.sampled_from([None, spb.DOUBLE, spb.UINT64, spb.BOOLEAN]),
    alias=st.one_of(st.none(), NUMBERS),
    time=st.one_of(st.none(), NUMBERS),
    historical=st.booleans(),
    quality=st.one_of(st.none(), st.integers(0, 2**32 - 1)),
    null=st.booleans(),
)
PAYLOADS = st.one_of(
    st.binary(max_size=200),
    st.builds(
        spb.payload,
        st.lists(METRICS, max_size=4),
        seq=st.one_of(st.none(), st.integers(0, 300), NUMBERS),
        time=st.one_of(st.none(), NUMBERS),
    ),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(TOPICS, PAYLOADS, st.booleans(), st.floats(0, 9)), max_size=12))
def test_f56_any_bytes_are_a_reading_a_refusal_or_nothing(messages):
    """Whatever a broker sends: no exception, columns that fit, memory bounded by the plant."""
    room = Room()
    for topic, data, retained, seconds in messages:
        told = room.hears(topic, data, retained=retained)
        for one in (told, room.turns(seconds)):
            batch = one.batch()
            if batch is not None:
                assert set(batch.point.tolist()) <= set(INDEX.values())
                assert len(batch.time) == len(batch)
                bad = batch.status >= BAD
                assert all(bad[i] for i in range(len(batch)) if math.isnan(batch.value[i]))
    (node,) = room.host._nodes.values()
    assert len(node.held) <= 64
    assert sum(len(a) for a in node._aliases.values()) <= len(NAMES)


@settings(max_examples=200, deadline=None)
@given(st.lists(METRICS, max_size=5), st.data())
def test_a_payload_with_one_byte_changed_breaks_nothing(metrics, data):
    """A flipped byte anywhere in a real payload is survived."""
    room = Room()
    room.born()
    whole = bytearray(spb.payload(metrics, seq=2, time=room.ms))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    room.hears("spBv1.0/g/DDATA/n/d", bytes(whole))
    room.turns(10.0)
