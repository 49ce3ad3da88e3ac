"""One Sparkplug edge node as a host application knows it: order, births, aliases, metrics.

Its sequence says what was lost: after a gap nothing of it is read until it was born anew. It must
never read an alias by another birth than its own, nor let what is past overwrite what is.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.mqtt_message import AHEAD_US, Told
from connectors.sparkplug import BD_SEQ, Metric, Payload
from twin_core.reading import (
    BAD,
    BAD_NO_COMMUNICATION,
    BAD_TYPE_MISMATCH,
    GOOD,
    UNCERTAIN_LAST_USABLE_VALUE,
)
from twin_core.value import Instant

BAD_NO_DATA = 0x809B0000
BAD_NO_SUCH_METRIC = 0x80340000  # BadNodeIdUnknown
_QUALITY = {None: GOOD, 192: GOOD, 500: UNCERTAIN_LAST_USABLE_VALUE}
"""Sparkplug's quality codes (6.4.7) as OPC UA status; whatever else is Bad."""
_MOST_MS = 253_402_300_800_000  # the year 10000
_SEQS = 256

Held = tuple[str, str, Payload]
"""Kind, device, payload of a message that came before its turn."""


@dataclass
class Node:
    """What is known of one node.

    Attributes:
        points: device ("" = the node itself) → metric → index of the point.
        born: it has told its metrics and nothing was lost since.
        bd_seq: of its birth.
        expected: the sequence number that must come next.
        held: messages that came before their turn, by sequence number.
        gap_since: monotonic seconds at which the first of them came.
        asked_at, patience_s: when it was last asked for its birth; how long until it is again.
        unborn_since: monotonic seconds since when it is not `born`.
        waits: device → monotonic seconds until which it must be born, else it is offline.
        alive: devices that were born.
        absent: points that its birth did not name.
        datatypes: index → type its birth told.
    """

    points: Mapping[str, Mapping[str, int]]
    born: bool = False
    bd_seq: int | None = None
    expected: int = 0
    held: dict[int, Held] = field(default_factory=dict)
    gap_since: float | None = None
    asked_at: float | None = None
    patience_s: float = 0.0
    unborn_since: float | None = None
    waits: dict[str, float] = field(default_factory=dict)
    alive: set[str] = field(default_factory=set)
    absent: set[int] = field(default_factory=set)
    datatypes: dict[int, int] = field(default_factory=dict)
    _aliases: dict[str, dict[int, str]] = field(default_factory=dict)
    _newest: dict[int, Instant] = field(default_factory=dict)

    def birth(self, device: str, payload: Payload, told: Told) -> None:
        """The node or a device tells all its metrics; its former aliases mean nothing any more."""
        if not device:
            self._aliases.clear()
            self.alive.clear()
        self.alive.add(device)
        self.waits.pop(device, None)
        mine = self.points.get(device, {})
        metrics = {m.name: m for m in payload.metrics if m.name in mine}
        self._aliases[device] = {
            m.alias: name for name, m in metrics.items() if m.alias is not None
        }
        for name, index in mine.items():
            found = metrics.get(name)
            if found is None:
                self.absent.add(index)
                self._gone(index, BAD_NO_SUCH_METRIC, told)
            else:
                self.absent.discard(index)
                self.datatypes[index] = found.datatype
                self._metric(index, found, payload, told)

    def data(self, device: str, payload: Payload, told: Told) -> None:
        """Metrics that changed."""
        mine = self.points.get(device, {})
        aliases = self._aliases.get(device, {})
        for metric in payload.metrics:
            name = metric.name
            if not name and metric.alias is not None:
                name = aliases.get(metric.alias, "")
            if name in mine:
                self._metric(mine[name], metric, payload, told)

    def offline(self, device: str, told: Told) -> None:
        """A device, or the node with all its devices (""), is not heard any more."""
        for name in [device] if device else list(self.points):
            self.alive.discard(name)
            self.waits.pop(name, None)
            for index in self.points.get(name, {}).values():
                self._gone(index, BAD_NO_COMMUNICATION, told)

    def in_turn(self, seq: int, held: Held) -> list[Held]:
        """The messages whose turn has come, now that this one came; [] if it must wait."""
        self.held[seq] = held
        due = []
        while self.expected in self.held:
            due.append(self.held.pop(self.expected))
            self.expected = (self.expected + 1) % _SEQS
        return due

    def begin(self, payload: Payload) -> None:
        """A birth of the node: everything from before it is void."""
        self.born, self.unborn_since = True, None
        self.expected = ((payload.seq or 0) + 1) % _SEQS
        self.bd_seq = bd_seq(payload)
        self.held.clear()
        self.gap_since = None

    def lose(self, now: float) -> None:
        """It died or something of it was lost: what waits for its turn waits for nothing."""
        if self.born or self.unborn_since is None:
            self.unborn_since = now
        self.born = False
        self.held.clear()
        self.gap_since = None

    def _gone(self, index: int, status: int, told: Told) -> None:
        # Not before the newest value, or the node's clock would let that value stand.
        newest = self._newest.get(index, told.now)
        time = max(told.now, newest) if newest <= told.now + AHEAD_US else told.now
        told.reading(index, time, math.nan, status)

    def _metric(self, index: int, metric: Metric, payload: Payload, told: Told) -> None:
        if metric.historical and metric.time is None:
            return  # of some time in the past, which nobody can name
        stamp = metric.time if metric.time is not None else payload.time
        if stamp is not None and stamp >= _MOST_MS:
            text = f"timestamp {stamp}"
            told.reading(index, told.now, math.nan, BAD_TYPE_MISMATCH, text=text)
            return
        time = told.now if stamp is None else stamp * 1000
        value = metric.number(self.datatypes.get(index, 0))
        status = _QUALITY.get(metric.quality, BAD)
        if metric.null:
            status = BAD_NO_DATA
        elif not math.isfinite(value) and status != BAD:
            value, status = math.nan, BAD_TYPE_MISMATCH
        current = not metric.historical and time >= self._newest.get(index, time)
        if current and time <= told.now + AHEAD_US:
            self._newest[index] = time
        told.reading(index, time, value, status, text=metric.text, current=current)


def bd_seq(payload: Payload) -> int | None:
    """The number that ties a death to its birth."""
    raw = next((m.raw for m in payload.metrics if m.name == BD_SEQ), None)
    return int(raw) if isinstance(raw, int) else None
