"""Readings that machines push to us: each checked by itself, all that pass into the log at once.

A pushed source has no connection that could be lost: it is up while it speaks. Sixty plant seconds
without a push make it down (`twin_core/watermark.py`), so a pusher that has nothing to tell sends
an empty push. It must never say “stored” before the log holds it, nor judge a value.
"""

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Protocol

import numpy as np
from pydantic import AwareDatetime, BeforeValidator, Field, ValidationError
from pydantic_core import PydanticCustomError
from rapidfuzz import process

from twin_core.answer import Asker
from twin_core.errors import BadInput, Busy, NotAllowed, StoreDown, TooLarge, UnknownName
from twin_core.plant.assets import Plant
from twin_core.ports import Clock
from twin_core.reading import BAD, Arrival, Batch, SourceEvent
from twin_core.twin import Snapshot
from twin_core.value import Instant, Slug, Value

MOST_READINGS = 10_000
"""Readings in one push."""
MOST_BYTES = 4 * 2**20
"""Bytes of one push."""
_IN_FLIGHT = 256  # pushes that may wait for their commit
_KNOWN = 1_000  # pushes that are known again
_DURABLE_S = 10.0  # host seconds in which a push must have become durable
_NEAREST = 20  # unknown points of a push for which near names are looked up
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _written(given: Any) -> Any:
    if not isinstance(given, str):
        raise PydanticCustomError("time", "a text is needed, ISO 8601 with its offset")
    return given


class PushedReading(Value):
    """One reading of a push.

    Attributes:
        point: its path, or a former one, or its address in the plant file.
        time: when the value was so, ISO 8601 with offset, from 1970 on.
        value: in the point's unit; `null` only where `status` is Bad.
        status: OPC UA status code; 0 is Good.
    """

    point: str = Field(min_length=1, max_length=400)
    time: Annotated[AwareDatetime, BeforeValidator(_written)]
    value: Annotated[float | None, Field(strict=True)] | Annotated[bool, Field(strict=True)]
    status: int = Field(default=0, ge=0, le=0xFFFFFFFF, strict=True)


class Rejection(Value):
    """A reading that was not taken: its place in the push from 0, and why."""

    index: int
    why: str
    nearest: tuple[str, ...] = ()


class Receipt(Value):
    """What became of a push, told after it is durable.

    Attributes:
        source: for which it was.
        stored: readings that are in the log now.
        rejected: those that are not.
        repeated: the same push is in the log already and was not stored again.
    """

    source: Slug
    stored: int
    rejected: tuple[Rejection, ...] = ()
    repeated: bool = False


class Pushing(Protocol):
    """Where pushed readings go."""

    async def push(self, arrivals: Sequence[Arrival]) -> None:
        """Take them; returns once they are durable."""
        ...

    def snapshot(self) -> Snapshot:
        """The newest snapshot."""
        ...


class Inlet:
    """Takes pushes for the sources of kind `http`.

    Args:
        plant: whose points are pushed.
        doors: source id → pushers that may push for it; none = every pusher of the site.
        pump: takes what passes.
        clock: plant time of arrival.
    """

    def __init__(
        self, plant: Plant, doors: Mapping[str, tuple[str, ...]], pump: Pushing, clock: Clock
    ) -> None:
        self._plant = plant
        self._doors = doors
        self._points = {source: _names(plant, source) for source in doors}
        self._pump = pump
        self._clock = clock
        self._met: set[str] = set()
        self._waiting = 0
        self._known: OrderedDict[bytes, Receipt] = OrderedDict()

    def door(self, pusher: Asker, source: str) -> str:
        """The source he pushes for; it may be left open where the plant has one.

        Raises:
            NotAllowed: he is no pusher, or not one of this source.
            UnknownName: no source of that name is pushed.
            BadInput: none is named and there are several.
        """
        if not pusher.may("pusher"):
            raise NotAllowed(pusher.name, "push readings", "the role pusher")
        if not source and len(self._doors) > 1:
            raise BadInput(f"source: say which; allowed: {', '.join(self._doors)}.")
        found = source or next(iter(self._doors), "")
        if found not in self._doors:
            raise UnknownName("source of kind http", found, list(self._doors))
        users = self._doors[found]
        if users and pusher.user not in users:
            raise NotAllowed(pusher.name, f"push for {found}", f"to be one of {', '.join(users)}")
        return found

    async def take(self, source: str, body: bytes, *, lines: bool) -> Receipt:
        """Store what a push tells; returns once it is durable.

        Args:
            source: as `door` found it.
            body: JSON, one reading or a list; an empty list says that the source lives.
            lines: one reading a line instead (NDJSON).

        Raises:
            BadInput: it is no such thing.
            TooLarge: more than `MOST_READINGS`.
            Busy: too much waits already; nothing was taken.
            StoreDown: it is not known to be durable.
        """
        digest = hashlib.sha256(source.encode() + b"\0" + body).digest()
        if digest in self._known:
            return self._known[digest].model_copy(update={"repeated": True})
        if self._waiting >= _IN_FLIGHT:
            raise Busy(f"{_IN_FLIGHT} pushes wait to be stored", 1)
        self._waiting += 1
        try:
            now = self._clock.plant()
            batch, rejected = await asyncio.to_thread(self._read, source, body, now, lines=lines)
            receipt = Receipt(source=source, stored=len(batch), rejected=tuple(rejected))
            if len(batch) or not rejected:
                await self._store(source, batch, now)
        finally:
            self._waiting -= 1
        if len(batch):
            self._known[digest] = receipt
            if len(self._known) > _KNOWN:
                self._known.popitem(last=False)
        return receipt

    async def _store(self, source: str, batch: Batch, now: Instant) -> None:
        arrivals: list[Arrival] = [batch] if len(batch) else []
        if source not in self._met or not arrivals:
            # No later than its readings: what is older than a source's word is late.
            begin = min(now, int(batch.time.min())) if len(batch) else now
            settled = min(now, self._pump.snapshot().watermark)
            kind = "alive" if source in self._met else "up"
            event = {"source": source, "kind": kind, "time": max(begin, settled)}
            arrivals.insert(0, SourceEvent.model_validate(event))
        try:
            async with asyncio.timeout(_DURABLE_S):
                await self._pump.push(arrivals)
        except TimeoutError as problem:
            raise StoreDown("log", f"a push was not durable within {_DURABLE_S:g} s") from problem
        self._met.add(source)

    def _read(
        self, source: str, body: bytes, now: Instant, *, lines: bool
    ) -> tuple[Batch, list[Rejection]]:
        """The readings of a push that can be taken, and those that cannot."""
        given = _listed(body, lines=lines)
        if len(given) > MOST_READINGS:
            raise TooLarge(f"A push of {len(given)} readings", f"{MOST_READINGS} readings")
        names = self._points[source]
        rows: list[tuple[int, int, float, int, int]] = []
        original: dict[int, str] = {}
        rejected: list[Rejection] = []
        for index, item in enumerate(given):
            try:
                reading = PushedReading.model_validate(item)
            except ValidationError as problem:
                rejected.append(Rejection(index=index, why=_why(problem)))
                continue
            time = (reading.time - _EPOCH) // timedelta(microseconds=1)
            if reading.point not in names:
                told = len(rejected) < _NEAREST
                rejected.append(self._stranger(index, reading.point, source, told=told))
            elif time < 0:
                rejected.append(Rejection(index=index, why="time: before 1970"))
            elif reading.value is None and reading.status < BAD:
                why = "value: null is for a reading whose status is Bad"
                rejected.append(Rejection(index=index, why=why))
            else:
                if reading.value is None:
                    original[len(rows)] = "null"
                value = np.nan if reading.value is None else float(reading.value)
                rows.append((names[reading.point], time, value, reading.status, now))
        return replace(Batch.of(rows), original=original), rejected

    def _stranger(self, index: int, point: str, source: str, *, told: bool) -> Rejection:
        known = self._plant.index.get(point)
        if known is not None:
            owner = self._plant.points[known].source
            why = f"point: {point} is told by source {owner}, not by {source}"
            return Rejection(index=index, why=why)
        near = process.extract(point, list(self._points[source]), limit=3) if told else ()
        return Rejection(
            index=index,
            why=f"point: there is no “{point}” in source {source}",
            nearest=tuple(name for name, _, _ in near),
        )


def _names(plant: Plant, source: str) -> dict[str, int]:
    """What the points of a source may be called → their index."""
    mine = {i: p for i, p in enumerate(plant.points) if p.source == source}
    names = {p.address: i for i, p in mine.items() if isinstance(p.address, str)}
    names |= {alias: i for i, p in mine.items() for alias in p.aliases}
    return names | {p.id: i for i, p in mine.items()}


def _listed(body: bytes, *, lines: bool) -> list[Any]:
    try:
        if lines:
            return [_json(line) for line in body.splitlines() if line.strip()]
        found = _json(body)
    except (ValueError, RecursionError) as problem:
        raise BadInput("The body is not JSON in UTF-8: a reading, or a list of them.") from problem
    return found if isinstance(found, list) else [found]


def _json(text: bytes) -> Any:
    return json.loads(text.decode(), parse_constant=_no_number)


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no JSON")


def _why(problem: ValidationError) -> str:
    first = problem.errors()[0]
    where = str(first["loc"][0]) if first["loc"] else "reading"
    return f"{where}: {first['msg'][:1].lower()}{first['msg'][1:]}"
