"""The lines: no two readings are one point to the server, and nothing is lost in the writing."""

import json
import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from connectors.history_clocks import Clocks
from connectors.influx_lines import EARLIEST, LATEST, Lines, stamp
from twin_core.ports import LogEntry
from twin_core.reading import BAD, GOOD, Batch, SourceEvent

READING = re.compile(r"reading,lane=(\d+),point=(\S+) (.*) (-?\d+)")


def parsed(line):
    """Lane, point, fields and timestamp of a reading's line."""
    found = READING.fullmatch(line)
    assert found, line
    lane, point, fields, at = found.groups()
    return lane, point, fields, int(at)


ANY = 2**63 - 1
times = st.integers(0, 4) | st.integers(-ANY, ANY)
batches = st.lists(st.lists(st.tuples(st.integers(0, 2), times), max_size=8), max_size=6)


def fresh(newest=()):
    return Lines(["a", "b", "c"], Clocks(["", "", ""]), newest)


def made(rows):
    return Batch.of([(p, t, 1.0, GOOD, 7) for p, t in rows])


@given(log=batches, restart=st.integers(0, 6))
def test_no_reading_overwrites_another(log, restart):
    """Whatever times come, and across a restart, series and timestamp are of one reading only."""
    lines = fresh()
    seen: dict[tuple[str, str, int], str] = {}
    for seq, rows in enumerate(log, start=1):
        if seq == restart:
            newest: dict[tuple[str, str], int] = {}
            for lane, point, at in seen:
                newest[lane, point] = max(at, newest.get((lane, point), at))
            lines = fresh([(int(a), "abc".index(p), at) for (a, p), at in newest.items()])
        *readings, header = lines.of(seq, made(rows))
        assert header.startswith(f"log,kind=batch n={len(rows)}i,")
        spans = json.loads(header.split('"')[1])
        for (_, time), line in zip(rows, readings, strict=True):
            lane, point, fields, at = parsed(line)
            assert (lane, point, at) not in seen
            seen[lane, point, at] = fields
            assert at // 1000 == stamp(time) // 1000
            assert any(low <= at // 10**9 <= high for low, high in spans)
            assert (f"instant={time}i" in fields) == (not EARLIEST <= time <= LATEST)


def test_in_order_readings_need_one_lane():
    """A second lane is for what is not newer, so that a calm plant has one series a point."""
    lines = fresh()
    text = [line for seq in range(1, 4) for line in lines.of(seq, made([(0, seq), (1, seq)]))]
    assert not any("lane=1" in line for line in text)
    late = lines.of(4, made([(0, 1), (0, 2), (0, 4)]))
    assert [parsed(line)[0] for line in late[:3]] == ["1", "1", "0"]
    same = lines.of(5, made([(0, 4)] * 3))
    assert [parsed(line)[3] for line in same[:3]] == [4001, 4002, 4003]


def test_a_copy_goes_on_by_itself():
    """What a copy wrote is unknown to its original: a refused append leaves no trace."""
    lines = fresh()
    copy = lines.copy()
    first = copy.of(1, made([(0, 5), (0, 1)]))
    assert lines.of(1, made([(0, 5), (0, 1)])) == first


def test_fields_say_only_what_is_not_usual():
    """A usual reading has four fields; a Bad one, one without number, a late one say so."""
    lines = Lines(["a b,c=d"], Clocks(["plc"]))
    event = SourceEvent(source="plc", kind="up", time=9, offset_us=2)
    up = lines.of(1, LogEntry(seq=1, kind="event", time=9, body=event.model_dump(mode="json")))
    assert up[0].startswith("log,kind=event,source=plc at=9i,body=")
    assert up[0].endswith(",ahead=2i 1")
    odd = Batch(
        point=np.zeros(3, np.int32),
        time=np.array([5, 6, 7]),
        value=np.array([1.5, np.nan, -0.0]),
        status=np.array([GOOD, BAD, BAD], np.uint32),
        received=np.array([8, 8, 8]),
        original={1: 'say "\\n"\n'},
        late=frozenset({2}),
    )
    head = "reading,lane=0,point=a\\ b\\,c\\=d"
    assert lines.of(2, odd)[:3] == [
        f"{head} value=1.5,seq=2i,place=0i,received=8i,source_time=5i 3000",
        (
            f'{head} special="nan",seq=2i,place=1i,received=8i,status=2147483648i,source_time=6i,'
            'text="\\"say \\\\\\"\\\\\\\\n\\\\\\"\\\\n\\"" 4000'
        ),
        (
            f'{head} unusable=-0.0,special="-0.0",seq=2i,place=2i,received=8i,status=2147483648i,'
            "source_time=7i,late=true 5000"
        ),
    ]
