"""Alarms as the controllers themselves report them (OPC 10000-9), beside our own.

A report counts from its arrival on: this is provisional belief, in no digest, and the log alone
decides it. What a lost source reported stays, and is not certain. It must never acknowledge,
shelve or answer anything in the plant.
"""

import re
from collections import deque
from collections.abc import Iterator
from functools import cached_property
from typing import Literal, TypeAlias

from twin_core.condition import ConditionEvent, ConditionReport
from twin_core.plant.assets import Plant
from twin_core.value import SECOND, Instant, Path, Slug, Value

State: TypeAlias = Literal[
    "unacknowledged", "acknowledged", "returned", "unconfirmed", "normal",
    "shelved", "suppressed", "out_of_service", "disabled", "event",
]  # fmt: skip

MOST = 1000
"""Conditions kept of one source; beyond, the least severe and then the oldest are left out."""
EVENTS = 100
"""Events without a state kept of one source, the newest, for an hour."""
_SLACK = 100  # conditions above MOST at which they are cut back to it
_HOUR = 3600 * SECOND
_APART = re.compile(r"[^a-z0-9]+")


class Condition(Value):
    """A condition as its controller last reported it, or an event of the last hour.

    Attributes:
        source: who reports it.
        subject: the point or unit it is about; the source where the plant file knows neither.
        state: as ISA-18.2 calls it; `unconfirmed`: over and acknowledged, but not confirmed;
            `event`: has no state.
        time: plant time of the report's cause.
        certain: whether the source has told it, and can be heard, since it was last lost.
        said: what it said.
    """

    source: Slug
    subject: Path
    state: State
    time: Instant
    certain: bool
    said: ConditionEvent


_Key: TypeAlias = tuple[str, str]


class Conditions:
    """Every condition that the controllers of one plant show to operators."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._standing: dict[str, dict[_Key, Condition]] = {}
        self._events: dict[str, deque[Condition]] = {}
        self._untold: dict[str, set[_Key]] = {}
        self._left_out: dict[str, int] = {}
        self._view: tuple[Condition, ...] | None = None

    @property
    def left_out(self) -> int:
        """How many conditions are shown to operators there and are not kept here."""
        return sum(self._left_out.values())

    def take(self, report: ConditionReport, offset_us: int) -> None:
        """A source reports.

        Args:
            report: of a source of the plant.
            offset_us: the source's clock minus plant time.
        """
        self._view = None
        source = report.source
        standing = self._standing.setdefault(source, {})
        if report.lost:
            self._untold.pop(source, None)  # what was not told may have been lost on the way
        if report.begins:
            self._untold[source] = set(standing)
            self._left_out[source] = 0
        for event in report.events:
            self._event(source, standing, event, event.time - offset_us)
        if report.ends:
            for key in self._untold.pop(source, ()):
                standing.pop(key, None)

    def lost(self, source: str) -> None:
        """A source cannot be heard: what it reported is not certain until it tells it again."""
        self._untold.pop(source, None)
        standing = self._standing.get(source, {})
        for key, condition in standing.items():
            standing[key] = condition.model_copy(update={"certain": False})
        self._view = None

    def view(self, watermark: Instant) -> tuple[Condition, ...]:
        """All that stands, and events of the hour before the watermark; oldest first."""
        if self._view is None:
            self._view = tuple(sorted(self._all(), key=_order))
        since = watermark - _HOUR
        if any(c.state == "event" and c.time < since for c in self._view):
            return tuple(c for c in self._view if c.state != "event" or c.time >= since)
        return self._view

    def _all(self) -> Iterator[Condition]:
        for standing in self._standing.values():
            yield from standing.values()
        for events in self._events.values():
            yield from events

    def _event(
        self, source: str, standing: dict[_Key, Condition], event: ConditionEvent, time: Instant
    ) -> None:
        key = event.condition, event.branch
        untold = self._untold.get(source)
        if untold is not None:
            untold.discard(key)
        known = standing.get(key)
        if known is not None and untold is None and event.time < known.said.time:
            return  # what came later already stands
        if event.condition and not event.retain:
            standing.pop(key, None)
            return
        found = Condition(
            source=source, subject=self._subject(source, event), state=_state(event), time=time,
            certain=True, said=event,
        )  # fmt: skip
        if not event.condition:
            self._events.setdefault(source, deque(maxlen=EVENTS)).append(found)
            return
        standing[key] = found
        if len(standing) > MOST + _SLACK:
            least = sorted(standing, key=lambda k: _urgency(standing[k]))[: len(standing) - MOST]
            for one in least:
                del standing[one]
            self._left_out[source] = self._left_out.get(source, 0) + len(least)

    def _subject(self, source: str, event: ConditionEvent) -> Path:
        if event.point is not None and event.point in self._plant.index:
            return self._plant.point(event.point).id
        return self._named.get(_plain(event.source_name)) or source

    @cached_property
    def _named(self) -> dict[str, Path | None]:
        """Units by each of their names and the last step of their path; None where two share it."""
        found: dict[str, Path | None] = {}
        for unit in self._plant.units.values():
            for name in {_plain(n) for n in (unit.id, unit.id.split("/")[-1], unit.name,
                                             *unit.names)}:  # fmt: skip
                found[name] = None if name in found else unit.id
        return found


def _state(event: ConditionEvent) -> State:
    if not event.condition:
        return "event"
    if not event.enabled:
        return "disabled"
    if event.out_of_service:
        return "out_of_service"
    if event.shelved:
        return "shelved"
    if event.suppressed:
        return "suppressed"
    acked = event.acked is not False
    if event.active:
        return "acknowledged" if acked else "unacknowledged"
    if not acked:
        return "returned" if event.active is False else "unacknowledged"
    return "unconfirmed" if event.confirmed is False else "normal"


def _urgency(condition: Condition) -> tuple[int, Instant, str, str]:
    said = condition.said
    return said.severity, condition.time, said.condition, said.branch


def _order(condition: Condition) -> tuple[Instant, str, str, str, str]:
    said = condition.said
    return condition.time, condition.source, said.condition, said.branch, said.message


def _plain(name: str) -> str:
    return _APART.sub(" ", name.casefold()).strip()
