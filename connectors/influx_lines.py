"""Readings and log entries as InfluxDB's line protocol, and what their fields mean.

    reading,lane,point   in the bucket; at plant time, to which 1 to 999 ns are added where a lane
                         has a reading of the point at that microsecond already
      seq, place, received   always: entry of the log, position in its batch, arrival in µs
      value              the number, where the status is not Bad
      unusable           the number, where it is
      special            what no line can hold as a number: nan, inf, -inf, -0.0
      status             absent = 0, Good
      source_time        µs as the source wrote it; absent = plant time
      instant            plant time in µs, where no timestamp can hold it
      late               present = came behind the watermark
      text               what came where it was no number, as JSON
    log,kind,source      in the bucket's log; its timestamp is the sequence number
      n, spans           of a batch: readings, and the seconds [from, until] that hold them
      at, body           of other entries: time in µs, JSON
      ahead              of a source that came up: µs its clock is ahead

InfluxDB keeps one point per series and timestamp, and overwrites in silence. So a reading that is
not newer than its point's last one goes to the first *lane* where it is; a line sent twice is
the same point, so sending again is harmless. No line may hold a line break.
"""

import itertools
import json
import math
from collections.abc import Iterable, Sequence

import numpy as np

from connectors.history_clocks import Clocks, up
from twin_core.ports import LogEntry
from twin_core.reading import BAD, Batch
from twin_core.value import SECOND

EARLIEST, LATEST = -9_223_372_035_000_000, 9_223_372_035_000_000
"""µs, about the years 1677 and 2262: what a timestamp can hold."""

_APART_S = 60  # seconds without readings that part two spans
_SPANS = 16  # of one batch at most


def stamp(instant: int) -> int:
    """The timestamp (ns) of a plant time (µs), as near as one can be."""
    return max(EARLIEST, min(instant, LATEST)) * 1000


class Lines:
    """Makes lines, in the order of the log.

    Args:
        points: ids, in the order of `Plant.points`.
        clocks: of the sources.
        newest: (lane, point index, newest timestamp there) of what is stored already.
    """

    def __init__(
        self, points: Sequence[str], clocks: Clocks, newest: Iterable[tuple[int, int, int]] = ()
    ) -> None:
        self._points = [_tag(point) for point in points]
        self._clocks = clocks
        self._lanes: list[list[int]] = []
        self._heads: list[list[str]] = []
        for lane, point, at in newest:
            while lane >= len(self._lanes):
                self._open_lane()
            self._lanes[lane][point] = at

    def copy(self) -> "Lines":
        """Another that can go on by itself."""
        other = Lines((), self._clocks.copy())
        other._points, other._heads = self._points, list(self._heads)
        other._lanes = [list(lane) for lane in self._lanes]
        return other

    def of(self, seq: int, item: Batch | LogEntry) -> list[str]:
        """The lines of one entry, the log's own last: where it stands, its readings stand."""
        if isinstance(item, Batch):
            return self._readings(seq, item)
        self._clocks.hear(item)
        at_up = up(item)
        source, ahead = (f",source={_tag(at_up[0])}", f",ahead={at_up[1]}i") if at_up else ("", "")
        body = _text(json.dumps(item.body))
        return [f"log,kind={item.kind}{source} at={item.time}i,body={body}{ahead} {seq}"]

    def _readings(self, seq: int, batch: Batch) -> list[str]:
        instants = self._clocks.instants(batch)
        held = np.clip(instants, EARLIEST, LATEST)
        unusual = (batch.status != 0) | (batch.time != instants) | (held != instants)
        unusual |= ~np.isfinite(batch.value) | (batch.value == 0) & np.signbit(batch.value)
        unusual[[*batch.late, *batch.original]] = True
        lines: list[str] = []
        for place, (point, value, received, at, odd) in enumerate(
            zip(
                batch.point.tolist(),
                batch.value.tolist(),
                batch.received.tolist(),
                (held * 1000).tolist(),
                unusual.tolist(),
                strict=True,
            )
        ):
            head, free = self._put(point, at)
            number, rest = f"value={value!r},", ""
            if odd:
                number, rest = _unusual(batch, place, int(instants[place]))
            lines.append(
                f"{head} {number}seq={seq}i,place={place}i,received={received}i{rest} {free}"
            )
        spans = _text(json.dumps(_spans(np.unique(held // SECOND).tolist())))
        lines.append(f"log,kind=batch n={len(batch)}i,spans={spans} {seq}")
        return lines

    def _put(self, point: int, at: int) -> tuple[str, int]:
        """A series of the point, and a timestamp that is free there."""
        for newest, heads in zip(self._lanes, self._heads, strict=True):
            last = newest[point]
            if at > last:
                newest[point] = at
                return heads[point], at
            if at // 1000 == last // 1000 and last % 1000 < 999:
                newest[point] = last + 1
                return heads[point], last + 1
        self._open_lane()
        self._lanes[-1][point] = at
        return self._heads[-1][point], at

    def _open_lane(self) -> None:
        lane = len(self._lanes)
        self._lanes.append([stamp(EARLIEST) - 1000] * len(self._points))
        self._heads.append([f"reading,lane={lane},point={point}" for point in self._points])


def _unusual(batch: Batch, place: int, instant: int) -> tuple[str, str]:
    """The fields of a reading that is not just a Good number on time: first ones, last ones."""
    value, status = float(batch.value[place]), int(batch.status[place])
    time = int(batch.time[place])
    number = f"{'value' if status < BAD else 'unusable'}={value!r},"
    if not math.isfinite(value):
        number = f'special="{value!r}",'
    elif not value and math.copysign(1, value) < 0:
        number += 'special="-0.0",'
    rest = f",status={status}i" if status else ""
    if time != instant:
        rest += f",source_time={time}i"
    if not EARLIEST <= instant <= LATEST:
        rest += f",instant={instant}i"
    if place in batch.late:
        rest += ",late=true"
    if place in batch.original:
        rest += f",text={_text(json.dumps(batch.original[place]))}"
    return number, rest


def _spans(marks: list[int]) -> list[tuple[int, int]]:
    """Few spans, both ends included, that hold all of these seconds, which are in order."""
    cuts = [i for i, (a, b) in enumerate(itertools.pairwise(marks), 1) if b - a > _APART_S]
    if len(cuts) >= _SPANS:
        cuts = []
    ends = [0, *cuts, len(marks)]
    return [(marks[a], marks[b - 1]) for a, b in itertools.pairwise(ends) if marks]


def _tag(text: str) -> str:
    """A tag's value as a line has it."""
    for mark in "\\, =":
        text = text.replace(mark, "\\" + mark)
    return text


def _text(written: str) -> str:
    """A field's text as a line has it: JSON, so nothing but ASCII and no line break."""
    return '"' + written.replace("\\", "\\\\").replace('"', '\\"') + '"'
