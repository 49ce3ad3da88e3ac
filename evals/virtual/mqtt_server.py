"""A virtual controller's MQTT side: a broker with the nodes, or topics, of one source behind it.

Sparkplug nodes are born when they are asked, tell their values in sequence and take commands as
the `Taking` says; JSON topics are told only. It must never know what a value means, and shares
nothing with our client.
"""

import json
from collections.abc import Mapping
from typing import Any

from evals.virtual import sparkplug_bytes as sparkplug
from evals.virtual.mqtt_broker import MqttBroker
from evals.virtual.sparkplug_bytes import Metric
from evals.virtual.taking import Taking
from twin_core.plant.assets import Plant, Point
from twin_core.plant.source import Source
from twin_core.value import Instant

_REBIRTH = "Node Control/Rebirth"
_NAMESPACE = "spBv1.0"


class MqttServer:
    """One broker.

    Args:
        plant: its points of `source` are told.
        source: whose options say in which form.
        port: of 127.0.0.1.
        taking: decides about commands.
    """

    def __init__(self, plant: Plant, source: Source, port: int, taking: Taking) -> None:
        self.source = source
        self._points = {i: p for i, p in enumerate(plant.read) if p.source == source.id}
        self._sparkplug = source.options.get("payload") == "sparkplug"
        self._taking = taking
        self._broker = MqttBroker(port, self._heard)
        self._values: dict[int, float] = {}
        self._now: Instant = 0
        self._seq: dict[tuple[str, str], int] = {}
        self._births = 0

    async def start(self, values: Mapping[int, float], now: Instant) -> None:
        """Listen."""
        self._values.update(values)
        self._now = now
        await self._broker.start()

    async def stop(self) -> None:
        """Stop for good."""
        await self._broker.stop()

    async def fall_silent(self) -> None:
        """Off the network: the broker and all behind it."""
        await self._broker.stop()

    async def come_back(self) -> None:
        """Listen again; nodes wait until they are asked for their births."""
        await self._broker.stop()
        await self._broker.start()

    async def show(self, values: Mapping[int, float], now: Instant) -> None:
        """New values of some points, as of plant time `now`."""
        self._values.update(values)
        self._now = now
        if self._sparkplug:
            self._tell_nodes(values)
        else:
            self._tell_topics(values)

    def _tell_topics(self, values: Mapping[int, float]) -> None:
        """Every topic with a new value is told whole."""
        due = {_address(self._points[index])["topic"] for index in values}
        trees: dict[str, Any] = dict.fromkeys(due)
        for index, point in self._points.items():
            at = _address(point)
            if at["topic"] not in due:
                continue
            unit_us = {"s": 1e6, "ms": 1e3, "us": 1.0}[at.get("time_unit", "ms")]
            good = 0 if at.get("status") == "opcua" else 192
            whole: Any = self._values[index]
            if point.spec.type != "float":
                whole = whole >= 0.5 if point.spec.type == "bool" else round(whole)
            for pointer, shown in (
                (at.get("value", ""), whole),
                (at.get("time"), self._now / unit_us),
                (at.get("quality"), good),
            ):
                if pointer is not None:
                    trees[at["topic"]] = _put(trees[at["topic"]], pointer, shown)
        for topic, tree in trees.items():
            self._broker.publish(topic, json.dumps(tree).encode())

    def _tell_nodes(self, values: Mapping[int, float]) -> None:
        """New values, one message a device; a node that nobody has asked yet says nothing."""
        found: dict[tuple[str, str, str], list[Metric]] = {}
        for index, value in values.items():
            at = self._points[index].address
            place = str(at["group"]), str(at["node"]), str(at.get("device", ""))
            found.setdefault(place, []).append(self._metric(index, value))
        for (group, node, device), told in found.items():
            if (group, node) in self._seq:
                kind = "DDATA" if device else "NDATA"
                self._send(group, node, device, kind, told)

    def _born(self, group: str, node: str) -> None:
        self._births += 1
        self._seq[group, node] = 0
        devices: dict[str, list[Metric]] = {"": []}
        for index, point in self._points.items():
            at = point.address
            if (str(at["group"]), str(at["node"])) == (group, node):
                told = devices.setdefault(str(at.get("device", "")), [])
                told.append(self._metric(index, self._values[index]))
        own = [
            Metric("bdSeq", float(self._births % 256), sparkplug.UINT64),
            Metric(_REBIRTH, 0.0, sparkplug.BOOLEAN),
        ]
        self._send(group, node, "", "NBIRTH", [*own, *devices.pop("")])
        for device, told in devices.items():
            self._send(group, node, device, "DBIRTH", told)

    def _send(self, group: str, node: str, device: str, kind: str, told: list[Metric]) -> None:
        seq = self._seq[group, node]
        self._seq[group, node] = (seq + 1) % 256
        tail = f"/{device}" if device else ""
        data = sparkplug.payload(told, seq=seq, time_ms=self._now // 1000)
        self._broker.publish(f"{_NAMESPACE}/{group}/{kind}/{node}{tail}", data)

    def _metric(self, index: int, value: float) -> Metric:
        point = self._points[index]
        kind = {"float": sparkplug.DOUBLE, "bool": sparkplug.BOOLEAN}.get(point.spec.type)
        if kind is None:
            wide = point.spec.limits.high > 2**31 - 1
            kind = sparkplug.INT64 if wide else sparkplug.INT32
        return Metric(str(point.address["metric"]), value, kind)

    async def _heard(self, topic: str, payload: bytes) -> None:
        parts = topic.split("/")
        if not self._sparkplug or len(parts) < 4 or parts[2] not in {"NCMD", "DCMD"}:
            return
        group, node, device = parts[1], parts[3], parts[4] if len(parts) > 4 else ""
        for metric in sparkplug.metrics(payload):
            if metric.name == _REBIRTH:
                self._born(group, node)
                continue
            place = {"group": group, "node": node, "metric": metric.name}
            for index, point in self._points.items():
                at = point.address
                same = all(str(at[key]) == value for key, value in place.items())
                if same and str(at.get("device", "")) == device and metric.value is not None:
                    taken = await self._taking.asked(index, metric.value)
                    if taken.stands is not None:
                        await self.show({index: taken.stands}, self._now)


def _address(point: Point) -> dict[str, Any]:
    return {"topic": point.address} if isinstance(point.address, str) else dict(point.address)


def _put(tree: Any, pointer: str, value: object) -> Any:
    """The tree with a value at a JSON pointer (RFC 6901); numbers are places in a list."""
    if not pointer:
        return value
    token, _, rest = pointer[1:].partition("/")
    token = token.replace("~1", "/").replace("~0", "~")
    below = f"/{rest}" if rest or pointer[1:].endswith("/") else ""
    if token.isdigit() and not isinstance(tree, dict):
        row: list[Any] = tree if isinstance(tree, list) else []
        row += [None] * (int(token) + 1 - len(row))
        row[int(token)] = _put(row[int(token)], below, value)
        return row
    table: dict[str, Any] = tree if isinstance(tree, dict) else {}
    table[token] = _put(table.get(token), below, value)
    return table
