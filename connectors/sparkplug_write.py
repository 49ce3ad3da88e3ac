"""How a Sparkplug metric is read and written for a command, as `field_write.py` wants it.

A command travels at QoS 0 and has no answer: it is sent once, and only another value told of that
metric afterwards shows that it arrived. While the old one stands nobody can say. It must never be
sent again, nor taken for done before its value was told.
"""

import math
from collections.abc import Awaitable, Callable, Mapping

from connectors import sparkplug
from connectors.field_write import Form, Seen, shortest, spacing
from connectors.mqtt_link import LOSSES
from connectors.mqtt_session import MqttSession
from connectors.sparkplug_host import SparkplugHost
from connectors.vendor_error import clause
from twin_core.errors import SourceDown
from twin_core.plant.assets import Point
from twin_core.reading import BAD, GOOD

Speaking = tuple[MqttSession, SparkplugHost]


class SparkplugWire:
    """A Wire of `field_write.py`.

    Args:
        speaking: the session and who is known on it. Raises SourceDown.
        index: path → index of the point.
        answer_s: host seconds a node has for its birth.
        confirm_s: host seconds after a command in which its value should be told.
    """

    def __init__(
        self,
        speaking: Callable[[], Awaitable[Speaking]],
        index: Mapping[str, int],
        answer_s: float,
        confirm_s: float,
    ) -> None:
        self._speaking = speaking
        self._index = index
        self._answer_s = answer_s
        self._confirm_s = confirm_s
        self._types: dict[str, int] = {}
        self._stood: dict[str, float] = {}
        self._written: dict[str, MqttSession] = {}

    def settle(self, path: str) -> None:
        """A command is over: the next is not answered by what was told since this one."""
        self._written.pop(path, None)

    async def stranger(self, point: Point) -> str:  # noqa: ARG002
        """Nobody: a metric is addressed by its name, and its type is told anew by every birth."""
        return ""

    async def read(self, point: Point) -> Seen:
        """What the node tells when it is asked for its birth; after a write, what it told since."""
        session, host = await self._speaking()
        index = self._index[point.id]
        if self._written.get(point.id) is not session:
            await self._born_anew(session, host, index, point)
        seen = session.seen(index)
        self._types[point.id] = host.datatype(index)
        value = self._shown(point, seen.value)
        if self._written.get(point.id) is not session:
            self._stood[point.id] = value
        return seen._replace(value=value)

    def encode(self, point: Point, value: float) -> Form:
        """The value in the type its birth told."""
        made = sparkplug.form(point.id, value, self._types[point.id])
        return Form(made, made.held)  # what will be told is known to whoever sends it

    async def write(self, point: Point, encoded: Form) -> int | None:
        """Send once; wait until the value is told. None: no other value was told than stood."""
        session, host = await self._speaking()
        index = self._index[point.id]
        if not host.born(index):
            raise SourceDown(point.source, "its node or device is offline")
        try:
            await session.publish(host.command(index, encoded.encoded))
        except LOSSES:
            return None
        arrived = await session.told(
            lambda: self._near(session, point, encoded.held), self._confirm_s
        )
        changed = not self._near(session, point, self._stood[point.id])
        if session.seen(index).status & BAD or not (arrived or changed):
            return None
        self._written[point.id] = session
        return GOOD

    def quantum(self, point: Point, value: float) -> float:
        """The smallest difference its type can hold near `value`."""
        if self._types.get(point.id) == sparkplug.FLOAT:
            return spacing(value)
        return 0.0

    async def _born_anew(
        self, session: MqttSession, host: SparkplugHost, index: int, point: Point
    ) -> None:
        before = session.count(index)
        try:
            await session.publish(host.asking(index))
        except LOSSES as problem:
            raise SourceDown(point.source, clause(problem)) from problem
        if not await session.told(lambda: session.count(index) > before, self._answer_s):
            raise SourceDown(
                point.source, f"no birth within {self._answer_s:g} s of asking for one"
            )

    def _near(self, session: MqttSession, point: Point, value: float) -> bool:
        found = self._shown(point, session.seen(self._index[point.id]).value)
        return abs(found - value) <= self.quantum(point, value)

    def _shown(self, point: Point, value: float) -> float:
        single = self._types.get(point.id) == sparkplug.FLOAT
        return shortest(value) if single and math.isfinite(value) else value
