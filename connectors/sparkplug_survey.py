"""Which Sparkplug nodes there are and what their births tell, for the draft of a plant file.

Whoever is heard without his birth is asked for it, once in a while. It must never send another
command, nor claim to be a host: nodes that wait for theirs would take us for it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from connectors import sparkplug
from connectors.mqtt_message import Publish, Told
from connectors.sparkplug import NAMESPACE, Metric, Topic
from twin_core.errors import WrongKind
from twin_core.plant.survey import Survey, Tag
from twin_core.plant.unit_names import ucum_of
from twin_core.ports import Clock
from twin_core.value import Range

_MOST_NODES = 1_000
_MOST_TAGS = 50_000
_LONGEST = 200  # characters of an address or name
_TEXT = 500  # characters of a description
_OWN = ("Node Control/", "Device Control/", "Node Info/", "Properties/")
"""Metrics by which nodes are governed, not plants (6.4.17 to 6.4.22)."""
_UNIT = ("engUnit", "engUnits", "EngUnit", "engineeringUnits", "unit", "Unit")
_LOW, _HIGH = ("engLow", "EngLow", "low"), ("engHigh", "EngHigh", "high")
_TOLD = ("documentation", "Documentation", "description", "Description", "tooltip", "Tooltip")


@dataclass
class _Node:
    """A node that was heard: whether it was born, and when it was asked."""

    born: bool = False
    asked_at: float | None = None
    tags: dict[str, dict[str, Tag]] = field(default_factory=dict)  # device → metric → tag


class _Birth(NamedTuple):
    """A metric and what it tells of itself."""

    metric: Metric
    told: dict[str, float | str]


class SparkplugSurvey:
    """A Dialect that only listens and asks for births.

    Args:
        ask: nodes, as `GROUP/NODE`, that are asked though they are silent.
        clock: plant time for what is sent, and monotonic time for what is waited for.
        answer_s: host seconds a node has for its birth before it is asked again.
    """

    refused = 0

    def __init__(self, ask: Sequence[str], clock: Clock, answer_s: float) -> None:
        self._clock = clock
        self._answer_s = answer_s
        self._nodes: dict[tuple[str, str], _Node] = {}
        for name in ask:
            group, _, node = name.partition("/")
            self._nodes[group, node] = _Node()
        self._skipped: Counter[str] = Counter()

    @property
    def topics(self) -> Sequence[str]:
        """Every message of every node."""
        return [f"{NAMESPACE}/#"]

    def will(self) -> Publish | None:
        """Nothing: we are nobody's host."""
        return None

    def goodbye(self) -> Publish | None:
        """Nothing."""
        return None

    def opened(self, told: Told, *, announced: bool) -> None:
        """Ask those that were named."""
        _ = announced
        self.tick(told)

    def take(self, topic: str, payload: bytes, told: Told, *, retained: bool) -> None:
        """Note a birth; ask who speaks without one."""
        at = sparkplug.topic(topic)
        if at is None or retained or at.kind in {"NCMD", "DCMD", "NDEATH", "DDEATH"}:
            return
        if (at.group, at.node) not in self._nodes and len(self._nodes) >= _MOST_NODES:
            self._skipped[f"nodes: more than {_MOST_NODES}"] = 1
            return
        node = self._nodes.setdefault((at.group, at.node), _Node())
        if at.kind in {"NBIRTH", "DBIRTH"}:
            try:
                found = sparkplug.decode(payload)
                properties = sparkplug.properties(payload)
            except WrongKind:
                self._skipped["births that cannot be read"] += 1
                return
            node.born = node.born or at.kind == "NBIRTH"
            births = [_Birth(*pair) for pair in zip(found.metrics, properties, strict=True)]
            node.tags[at.device] = dict(self._tags(at, births))
        self.tick(told)

    def tick(self, told: Told) -> None:
        """Ask whom we know of and have no birth of."""
        now = self._clock.monotonic()
        for (group, name), node in self._nodes.items():
            due = node.asked_at is None or now - node.asked_at >= self._answer_s
            if not node.born and due:
                node.asked_at = now
                payload = sparkplug.rebirth(self._clock.plant() // 1000)
                told.sends.append(Publish(str(Topic(group, "NCMD", name)), payload))

    def survey(self, url: str, dropped: int) -> Survey:
        """What was heard.

        Args:
            url: of the broker.
            dropped: messages that found no room.
        """
        tags = [
            tag
            for _, node in sorted(self._nodes.items())
            for _, metrics in sorted(node.tags.items())
            for tag in metrics.values()
        ]
        left = [f"{n} left out: {why}" for why, n in sorted(self._skipped.items())]
        if len(tags) > _MOST_TAGS:
            left.append(f"{len(tags) - _MOST_TAGS} left out: more than {_MOST_TAGS} metrics")
        if dropped:
            left.append(f"{dropped} messages left out: they came too fast")
        groups = {group for group, _ in self._nodes}
        unborn = [f"{g}/{n}" for (g, n), node in sorted(self._nodes.items()) if not node.born]
        return Survey(
            url=url,
            name=groups.pop() if len(groups) == 1 else "",
            namespace="",
            tags=tuple(tags[:_MOST_TAGS]),
            kind="mqtt",
            options={"payload": "sparkplug"},
            left_out=tuple(left),
            doubts=tuple(f"node {name}: asked for its birth, and it told none" for name in unborn),
        )

    def _tags(self, at: Topic, births: Sequence[_Birth]) -> list[tuple[str, Tag]]:
        found = []
        for metric, told in births:
            if metric.name == sparkplug.BD_SEQ or metric.name.startswith(_OWN):
                continue
            shape = sparkplug.shape(metric.datatype)
            if shape is None:
                self._skipped["metrics that are no single numbers"] += 1
                continue
            names = (at.group, at.node, at.device, metric.name)
            if not metric.name or any(len(n) > _LONGEST or not n.isprintable() for n in names):
                self._skipped["metrics whose name no plant file can hold"] += 1
                continue
            address = {"group": at.group, "node": at.node}
            address |= {"device": at.device} if at.device else {}
            value = metric.number(metric.datatype)
            unit = str(_first(told, _UNIT) or "")[:_LONGEST]
            tag = Tag(
                address={**address, "metric": metric.name},
                path=tuple(step for name in names for step in name.split("/") if step),
                description=str(_first(told, _TOLD) or "")[:_TEXT],
                unit=ucum_of(unit) if unit else None,
                unit_said=unit,
                type=shape,
                range=_range(_first(told, _LOW), _first(told, _HIGH)),
                writable=_first(told, ("readOnly", "ReadOnly")) == 0.0,
                shown=value if abs(value) < float("inf") else None,
            )
            found.append((metric.name, tag))
        return found


def _first(told: dict[str, float | str], names: Sequence[str]) -> float | str | None:
    return next((told[name] for name in names if name in told), None)


def _range(low: float | str | None, high: float | str | None) -> Range | None:
    """The range, if both ends are numbers and it has a span."""
    if isinstance(low, float) and isinstance(high, float) and -1e300 < low < high < 1e300:
        return Range(low=low, high=high)
    return None
