"""Which topics carry numbers in JSON, for the draft of a plant file. It only listens."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from connectors.mqtt_message import Publish, Told
from twin_core.plant.survey import Survey, Tag

_MOST = 10_000
_DEEPEST = 3  # steps into a payload
_LONGEST = 200  # characters of an address
_TIMES = frozenset({"time", "timestamp", "ts", "t", "datetime", "sequence", "seq"})
"""Keys whose numbers say when, not what."""


class JsonSurvey:
    """A Dialect that takes note of every topic below none of the broker's own (`$SYS`)."""

    refused = 0

    def __init__(self) -> None:
        self._tags: dict[str, Tag] = {}
        self._skipped: Counter[str] = Counter()

    @property
    def topics(self) -> Sequence[str]:
        """All."""
        return ["#"]

    def will(self) -> Publish | None:
        """Nothing."""
        return None

    def goodbye(self) -> Publish | None:
        """Nothing."""
        return None

    def opened(self, told: Told, *, announced: bool) -> None:
        """Nothing is known."""

    def tick(self, told: Told) -> None:
        """Nothing waits."""

    def take(self, topic: str, payload: bytes, told: Told, *, retained: bool) -> None:
        """Note the numbers of one message; a retained one names its topic as well as any."""
        _ = told, retained
        if not topic.isprintable() or len(topic) > _LONGEST:
            self._skipped["messages whose topic no plant file can hold"] += 1
            return
        try:
            tree = json.loads(payload)
        except (ValueError, RecursionError):
            self._skipped["messages that are no JSON"] += 1
            return
        for pointer, value in _numbers(tree, "", 0):
            if len(self._tags) >= _MOST:
                self._skipped[f"numbers: more than {_MOST}"] = 1
                return
            tag = _tag(topic, pointer, value)
            self._tags[tag.key] = tag

    def survey(self, url: str, dropped: int) -> Survey:
        """What was heard; `dropped`: messages that found no room."""
        left = [f"{n} left out: {why}" for why, n in sorted(self._skipped.items())]
        if dropped:
            left.append(f"{dropped} messages left out: they came too fast")
        return Survey(
            url=url,
            name="",
            namespace="",
            tags=tuple(tag for _, tag in sorted(self._tags.items())),
            kind="mqtt",
            options={"payload": "json"},
            left_out=tuple(left),
            doubts=("times and qualities inside the payloads: nobody says where they stand",)
            if self._tags
            else (),
        )


def _tag(topic: str, pointer: str, value: float) -> Tag:
    steps = tuple(step for step in topic.split("/") if step)
    inner = tuple(step for step in pointer.split("/") if step and step != "value")
    truth = isinstance(value, bool)
    return Tag(
        address={"topic": topic, "value": pointer} if pointer else topic,
        path=(*steps, *inner) or (topic,),
        type="bool" if truth else "float",
        shown=float(value),
    )


def _numbers(tree: Any, pointer: str, depth: int) -> Iterator[tuple[str, float]]:
    """JSON pointers to the numbers and truth values of a payload."""
    if isinstance(tree, bool) or (isinstance(tree, int | float) and math.isfinite(_float(tree))):
        yield pointer, tree
    elif isinstance(tree, dict) and depth < _DEEPEST:
        for key, below in tree.items():
            if key.lower() in _TIMES or not key.isprintable():
                continue
            step = key.replace("~", "~0").replace("/", "~1")
            yield from _numbers(below, f"{pointer}/{step}", depth + 1)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf
