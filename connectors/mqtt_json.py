"""Plain JSON over MQTT: a topic per point, pointers to value, time and quality (RFC 6901).

What cannot be read becomes a Bad reading with the text that came. A retained message is the last
that somebody left at the broker, and is marked so: it must never pass for a fresh one.
"""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from connectors.mqtt_message import Publish, Told
from connectors.options import address
from connectors.status_words import status_of
from twin_core.plant.assets import Point
from twin_core.reading import BAD_TYPE_MISMATCH, GOOD, UNCERTAIN_LAST_USABLE_VALUE
from twin_core.value import Instant, Value

_BAD_NO_DATA = 0x809B0000
_MICROSECONDS = {"s": 1_000_000, "ms": 1_000, "us": 1}
_END = 253_402_300_800_000_000  # the year 10000
_ABSENT: Any = object()


class JsonAddress(Value):
    """A point's address in the plant file.

    Attributes:
        topic: as it is published to; no wildcards.
        value, time, quality: JSON pointers into the payload; "" is the whole of it. Without
            `time` a reading has the time at which it came.
        time_unit: of a time that is a number; a text is ISO 8601, UTC where it names no zone.
        status: what a number at `quality` is: `classic` (OPC DA: 192 is good, 64 uncertain) or
            `opcua` (a whole OPC UA status code). Words (good, uncertain, stale, bad) and truth
            values are always understood.
    """

    topic: str = Field(min_length=1, max_length=1000, pattern=r"^[^+#\x00]+$")
    value: str = ""
    time: str | None = None
    quality: str | None = None
    time_unit: Literal["s", "ms", "us"] = "ms"
    status: Literal["classic", "opcua"] = "classic"

    @field_validator("value", "time", "quality")
    @classmethod
    def _a_pointer(cls, given: str | None) -> str | None:
        if given and not given.startswith("/"):
            raise PydanticCustomError("pointer", "a JSON pointer begins with /")
        return given

    @classmethod
    def of(cls, point: Point) -> "JsonAddress":
        """A point's address: the whole of it, or its topic alone.

        Raises:
            Unusable: it is none.
        """
        given = point.address if not isinstance(point.address, str) else {"topic": point.address}
        allowed = "a topic, or {topic, value, time, quality, time_unit, status}"
        return address(cls, "MQTT", point, allowed, given)


class JsonTopics:
    """A Dialect.

    Args:
        points: index → point of that source.

    Raises:
        WrongKind: an address that is none.
    """

    def __init__(self, points: Mapping[int, Point]) -> None:
        self._places: dict[str, list[tuple[int, JsonAddress]]] = {}
        for index, point in points.items():
            at = JsonAddress.of(point)
            self._places.setdefault(at.topic, []).append((index, at))
        self._refused: set[int] = set()

    @property
    def topics(self) -> Sequence[str]:
        """The topics of the points."""
        return list(self._places)

    @property
    def refused(self) -> int:
        """Points whose newest message could not be read."""
        return len(self._refused)

    def will(self) -> Publish | None:
        """Nothing: a reader of topics is missed by nobody."""
        return None

    def opened(self, told: Told, *, announced: bool) -> None:
        """Nothing is known of the publishers."""
        _ = told, announced
        self._refused.clear()

    def take(self, topic: str, payload: bytes, told: Told, *, retained: bool) -> None:
        """A reading for every point on that topic."""
        places = self._places.get(topic)
        if not places:
            return
        try:
            tree = json.loads(payload, parse_constant=_no_number)
        except (ValueError, RecursionError):
            tree = _ABSENT
        for index, at in places:
            time, value, status = _reading(tree, at, told.now)
            if retained and status == GOOD:
                status = UNCERTAIN_LAST_USABLE_VALUE
            if math.isfinite(value):
                self._refused.discard(index)
            else:
                self._refused.add(index)
            text = payload[:1000].decode("utf-8", "replace")
            told.reading(index, time, value, status, text=text)

    def tick(self, told: Told) -> None:
        """Nothing waits for anything."""

    def goodbye(self) -> Publish | None:
        """Nothing."""
        return None


def _reading(tree: Any, at: JsonAddress, now: Instant) -> tuple[Instant, float, int]:
    """Time, value (NaN where it is none) and status at one address of a payload."""
    shown = _at(tree, at.value)
    if shown is None:
        return now, math.nan, _BAD_NO_DATA
    value = _number(shown)
    if math.isnan(value):
        return now, math.nan, BAD_TYPE_MISMATCH
    time: Instant | None = now
    if at.time is not None:
        time = _instant(_at(tree, at.time), _MICROSECONDS[at.time_unit])
    if time is None:
        return now, math.nan, BAD_TYPE_MISMATCH  # of no known time
    status = GOOD if at.quality is None else status_of(_at(tree, at.quality), at.status)
    return time, value, status


def _at(tree: Any, pointer: str) -> Any:
    """What a JSON pointer points at; `_ABSENT` if nothing is there."""
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(tree, dict):
            tree = tree.get(key, _ABSENT)
        elif isinstance(tree, list) and key.isascii() and key.isdigit() and len(key) < 7:
            tree = tree[int(key)] if int(key) < len(tree) else _ABSENT
        else:
            return _ABSENT
    return tree


def _number(shown: Any) -> float:
    if not isinstance(shown, bool | int | float):
        return math.nan
    try:
        value = float(shown)
    except OverflowError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _instant(shown: Any, unit_us: int) -> Instant | None:
    if isinstance(shown, str):
        try:
            given = datetime.fromisoformat(shown)
            aware = given if given.tzinfo is not None else given.replace(tzinfo=UTC)
            return round(aware.timestamp() * 1_000_000)
        except (ValueError, OverflowError):
            return None
    number = math.nan if isinstance(shown, bool) else _number(shown)
    if math.isnan(number) or not 0 <= number * unit_us < _END:
        return None
    return shown * unit_us if isinstance(shown, int) else round(number * unit_us)


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no JSON")
