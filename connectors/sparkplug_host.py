"""Sparkplug B as a host application: who is born, who died, what was lost, what must be asked.

Births tell what there is, deaths make it Bad, a gap in the sequence starts a timer and then asks
for a new birth (Eclipse Sparkplug 3.0.0, 5 and 6.4). STATE says whether we are there. It must
never believe a retained birth or value: that is not the node speaking.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from connectors import sparkplug
from connectors.mqtt_message import Publish, Told
from connectors.options import address
from connectors.sparkplug import NAMESPACE, Topic
from connectors.sparkplug_node import Held, Node, bd_seq
from twin_core.errors import WrongKind
from twin_core.plant.assets import Point
from twin_core.ports import Clock
from twin_core.value import Value

_MOST_PATIENCE_S = 60.0
_MOST_HELD = 64  # messages that may wait for one that is missing
_NAME = r"^[^/+#\x00]+$"


class SparkplugAddress(Value):
    """A point's address in the plant file: `{group, node, device, metric}`."""

    group: str = Field(pattern=_NAME)
    node: str = Field(pattern=_NAME)
    device: str = Field(default="", pattern=r"^[^/+#\x00]*$")
    metric: str = Field(min_length=1)

    @classmethod
    def of(cls, point: Point) -> "SparkplugAddress":
        """A point's address.

        Raises:
            Unusable: it is none.
        """
        return address(cls, "Sparkplug", point, "{group, node, device, metric}")


class SparkplugHost:
    """A Dialect.

    Args:
        host: our host id, of the STATE topic.
        points: index → point of that source.
        reorder_s: host seconds a missing message has to come after all.
        answer_s: host seconds a node has for its birth when it was asked for one.

    Raises:
        WrongKind: an address that is none.
    """

    def __init__(
        self,
        host: str,
        points: Mapping[int, Point],
        clock: Clock,
        reorder_s: float = 2.0,
        answer_s: float = 5.0,
    ) -> None:
        self._state = f"{NAMESPACE}/STATE/{host}"
        self._clock = clock
        self._reorder_s = reorder_s
        self._answer_s = answer_s
        self._addresses = {i: SparkplugAddress.of(point) for i, point in points.items()}
        self._points: dict[tuple[str, str], dict[str, dict[str, int]]] = {}
        for index, at in self._addresses.items():
            devices = self._points.setdefault((at.group, at.node), {"": {}})
            devices.setdefault(at.device, {})[at.metric] = index
        self._nodes: dict[tuple[str, str], Node] = {}
        self._since_ms = 0
        self._announced = False

    @property
    def topics(self) -> Sequence[str]:
        """Every message of the plant's nodes, and our own STATE."""
        return [self._state, *(f"{NAMESPACE}/{g}/+/{n}/#" for g, n in self._points)]

    @property
    def refused(self) -> int:
        """Points that no birth has named."""
        return sum(len(node.absent) for node in self._nodes.values())

    def will(self) -> Publish:
        """STATE offline, with the time of this connection."""
        self._since_ms = self._clock.plant() // 1000
        return self._stating(online=False)

    def opened(self, told: Told, *, announced: bool) -> None:
        """Say that we are there, and ask every node for its birth (not for a single command)."""
        self._announced = announced
        self._nodes = {name: Node(points) for name, points in self._points.items()}
        if announced:
            told.sends.append(self._stating(online=True))
        for name, node in self._nodes.items():
            if announced:
                self._ask(name, node, told)
            else:  # who is here for one command asks one node, once
                node.asked_at = self._clock.monotonic()

    def take(self, topic: str, payload: bytes, told: Told, *, retained: bool) -> None:
        """Read one message of a node, or somebody's claim that we are offline."""
        if topic == self._state:
            if self._announced and not retained and _offline(payload):
                told.sends.append(self._stating(online=True))
            return
        at = sparkplug.topic(topic)
        if at is None or at.kind in {"NCMD", "DCMD"} or retained:
            return
        node = self._nodes.get((at.group, at.node))
        if node is None:
            return
        try:
            found = sparkplug.decode(payload)
        except WrongKind:
            self._lost(at, node, told)
            return
        self._message(at, node, found, told)

    def tick(self, told: Told) -> None:
        """Ask where something was lost; what does not answer is offline."""
        now = self._clock.monotonic()
        for (group, name), node in self._nodes.items():
            at = Topic(group, "NCMD", name)
            if node.gap_since is not None and now - node.gap_since >= self._reorder_s:
                self._lost(at, node, told)
            if not node.born:
                since = node.unborn_since
                if node.alive and since is not None and now - since >= self._answer_s:
                    node.offline("", told)
                self._ask((group, name), node, told)
                continue
            for device in [d for d, until in node.waits.items() if now >= until]:
                node.offline(device, told)

    def goodbye(self) -> Publish:
        """STATE offline, now."""
        self._since_ms = self._clock.plant() // 1000
        return self._stating(online=False)

    def born(self, index: int) -> bool:
        """Whether the node and device of that point are there and have told it."""
        at = self._addresses[index]
        node = self._nodes.get((at.group, at.node))
        return (
            node is not None and node.born and at.device in node.alive and index not in node.absent
        )

    def asking(self, index: int) -> Publish:
        """The request by which the node of that point says all its values anew."""
        at = self._addresses[index]
        node = self._nodes.get((at.group, at.node))
        if node is not None:
            node.asked_at = self._clock.monotonic()
        return self._rebirth((at.group, at.node))

    def datatype(self, index: int) -> int:
        """The type its birth told; 0 if none did."""
        at = self._addresses[index]
        node = self._nodes.get((at.group, at.node))
        return 0 if node is None else node.datatypes.get(index, 0)

    def command(self, index: int, encoded: tuple[int, str, Any]) -> Publish:
        """The message that sets the point; no answer to it is promised."""
        at = self._addresses[index]
        kind = "DCMD" if at.device else "NCMD"
        payload = sparkplug.command(at.metric, encoded, self._clock.plant() // 1000)
        return Publish(str(Topic(at.group, kind, at.node, at.device)), payload)

    def _message(self, at: Topic, node: Node, found: sparkplug.Payload, told: Told) -> None:
        if at.kind == "NBIRTH":
            if not _in_order(found):
                self._lost(at, node, told)
                return
            node.begin(found)
            node.patience_s = 0.0
            node.birth("", found, told)
            until = self._clock.monotonic() + self._answer_s
            node.waits = {device: until for device in node.points if device}
        elif at.kind == "NDEATH":
            told_of = bd_seq(found)
            if told_of is None or node.bd_seq is None or told_of == node.bd_seq:
                node.lose(self._clock.monotonic())
                node.offline("", told)
        elif not node.born or not _in_order(found) or len(node.held) >= _MOST_HELD:
            self._lost(at, node, told)
        else:
            for held in node.in_turn(found.seq or 0, (at.kind, at.device, found)):
                self._in_turn(at, node, held, told)
            if not node.held:
                node.gap_since = None
            elif node.gap_since is None:
                node.gap_since = self._clock.monotonic()

    def _in_turn(self, at: Topic, node: Node, held: Held, told: Told) -> None:
        kind, device, found = held
        if kind == "DBIRTH":
            node.birth(device, found, told)
        elif kind == "DDEATH":
            node.offline(device, told)
        elif device in node.alive:
            node.data(device, found, told)
        elif device in node.points:
            self._ask((at.group, at.node), node, told)  # a device that nobody has introduced

    def _lost(self, at: Topic, node: Node, told: Told) -> None:
        """Something of it was lost: it must be born anew before it is read again."""
        node.lose(self._clock.monotonic())
        self._ask((at.group, at.node), node, told)

    def _ask(self, name: tuple[str, str], node: Node, told: Told) -> None:
        """Ask for its birth; the longer it does not answer, the more rarely."""
        now = self._clock.monotonic()
        patience_s = max(self._answer_s, node.patience_s)
        if node.asked_at is not None and now - node.asked_at < patience_s:
            return
        node.asked_at = now
        node.patience_s = min(_MOST_PATIENCE_S, 2 * node.patience_s or self._answer_s)
        told.sends.append(self._rebirth(name))

    def _rebirth(self, name: tuple[str, str]) -> Publish:
        now_ms = self._clock.plant() // 1000
        return Publish(str(Topic(name[0], "NCMD", name[1])), sparkplug.rebirth(now_ms))

    def _stating(self, *, online: bool) -> Publish:
        payload = json.dumps({"online": online, "timestamp": self._since_ms})
        return Publish(self._state, payload.encode(), qos=1, retain=True)


def _in_order(found: sparkplug.Payload) -> bool:
    return found.seq is not None and found.seq <= 255


def _offline(payload: bytes) -> bool:
    """Whether a STATE message says that we are not there."""
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):
        return True  # whatever it is, it is not what we said
    return not (isinstance(said, dict) and said.get("online") is True)
