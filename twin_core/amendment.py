"""What a person says about the past, and how the past is settled again because of it.

An amendment names a point, a span and what is to be believed there, or only a moment from which
late readings count. The log keeps what came; settled state is built again as if it had been so.
It must never touch a reading that was logged after it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from twin_core.condition import ConditionReport
from twin_core.ingest import Edit, Twin
from twin_core.plant.assets import Plant
from twin_core.provenance import Amended as Said
from twin_core.reading import BAD, GOOD, Batch, SourceEvent
from twin_core.soft_sensor import SoftSensors
from twin_core.value import Instant, Path, Value


class Amendment(Value):
    """What is to be believed of the past.

    Attributes:
        point: path; None: no value is changed, late readings from `start` on count.
        start, end: plant time, `start ≤ t < end`; `end` is settled when it is said.
        value: in the point's unit; None: what was read then is not believed.
        user, reason: who says so, and why.
    """

    kind: Literal["amend"] = "amend"
    point: Path | None = None
    start: Instant
    end: Instant
    value: float | None = Field(default=None, allow_inf_nan=False)
    user: str
    reason: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> "Amendment":
        if self.start >= self.end:
            raise ValueError("the span ends before it begins")
        return self


@dataclass(frozen=True, slots=True)
class Tick:
    """Plant time passed."""

    now: Instant


Logged: TypeAlias = Batch | SourceEvent | ConditionReport | Edit | Amendment | SoftSensors | Tick
"""What the log holds, as a twin takes it."""

Entry: TypeAlias = tuple[int, Logged, Instant]
"""A sequence number, an entry of the log, and the plant time at which it was taken."""


def take(twin: Twin, entry: Logged, now: Instant) -> None:
    """Put one entry of the log into a twin, as it was at first; an amendment is only remembered.

    Raises:
        UnknownName: about a source or point that the plant does not have.
    """
    if isinstance(entry, Tick):
        twin.tick(entry.now)
    elif isinstance(entry, Edit):
        twin.edit(entry, now)
    elif isinstance(entry, SoftSensors):
        twin.learn(entry, now)
    elif isinstance(entry, Amendment):
        if entry.point is not None:
            twin.amended(
                Said(
                    now, entry.point, entry.start, entry.end, entry.value, entry.user, entry.reason
                )
            )
    elif not (isinstance(entry, Batch) and not len(entry)):
        twin.apply(entry, now)


class Amended:
    """The log as it would have been, had it been as the amendments say.

    Args:
        twin: of the moment from which on entries are given; its clock offsets are taken over.
        amendments: with their sequence numbers; all that lie beyond the twin.
    """

    def __init__(self, twin: Twin, amendments: Sequence[tuple[int, Amendment]]) -> None:
        self._plant = twin.plant
        self._begin = twin.offsets
        self._offset = twin.offsets
        self._sources = _sources(twin.plant)
        self._amendments = amendments
        self._found: list[tuple[Batch, NDArray[np.int64]]] = []
        self._late: list[_Late] = []
        self._disowned: list[tuple[int, Amendment]] = []

    def gather(self, entries: Iterable[Entry]) -> None:
        """First pass, in as many calls as are wanted: find the late readings that count."""
        for seq, entry, _ in entries:
            self._hear(entry)
            if isinstance(entry, Batch) and entry.late:
                which = np.flatnonzero(self._counts(seq, entry))
                if len(which):
                    found = _at(self._changed(seq, entry), which)
                    self._found.append((found, self._time(entry)[which]))

    def gathered(self) -> None:
        """The first pass is over."""
        self._offset = self._begin.copy()
        self._disowned = [(m, a) for m, a in self._amendments if a.point and a.value is None]
        if not self._found:
            return
        late = Batch.joined([batch for batch, _ in self._found])
        time = np.concatenate([time for _, time in self._found])
        self._found, source = [], self._sources[late.point]
        for s in np.unique(source).tolist():
            which = np.flatnonzero(source == s)
            which = which[np.argsort(time[which], kind="stable")]
            self._late.append(_Late(s, time[which], _at(late, which)))

    def entries(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Second pass: the entries with other values, and late readings where they belong."""
        for seq, entry, now in entries:
            self._hear(entry)
            if not isinstance(entry, Batch) or not len(entry):
                yield seq, entry, now
                continue
            changed, counted = self._changed(seq, entry), self._counts(seq, entry)
            if counted.any():
                changed = _at(changed, np.flatnonzero(~counted))
            due = self._due(changed)
            whole = Batch.joined([*due, changed]) if due else changed
            for edit, end in self._over(seq, changed):
                yield seq, edit, end
            if len(whole):
                yield seq, whole, now

    def rest(self) -> Iterator[Entry]:
        """Late readings after which their source said nothing more."""
        for late in self._late:
            if len(late.batch):
                yield 0, late.batch, int(late.batch.received.max())

    def _hear(self, entry: object) -> None:
        if isinstance(entry, SourceEvent) and entry.kind == "up":
            for at, source in enumerate(self._plant.sources):
                if source.id == entry.source:
                    self._offset[at] = entry.offset_us

    def _time(self, batch: Batch) -> NDArray[np.int64]:
        found: NDArray[np.int64] = batch.time - self._offset[self._sources[batch.point]]
        return found

    def _counts(self, seq: int, batch: Batch) -> NDArray[np.bool_]:
        """Late readings that count by an amendment made after they came."""
        late = np.zeros(len(batch), bool)
        late[sorted(batch.late)] = True
        since = min((a.start for made, a in self._amendments if made > seq), default=None)
        return late & (self._time(batch) >= since) if since is not None else late & False

    def _changed(self, seq: int, batch: Batch) -> Batch:
        value, status = batch.value, batch.status
        time = self._time(batch)
        for made, a in self._amendments:
            if made < seq or a.point is None or a.point not in self._plant.index:
                continue
            mine = (batch.point == self._plant.index[a.point]) & (time >= a.start) & (time < a.end)
            if mine.any():
                value = np.where(mine, np.nan if a.value is None else a.value, value)
                status = np.where(mine, BAD if a.value is None else GOOD, status).astype(np.uint32)
        return replace(batch, value=value, status=status)

    def _over(self, seq: int, batch: Batch) -> list[tuple[Edit, Instant]]:
        """The disowned spans that the points themselves have now spoken beyond, and their ends."""
        time = self._time(batch)
        over: list[tuple[int, Amendment]] = []
        open_: list[tuple[int, Amendment]] = []
        for made, a in self._disowned:
            assert a.point is not None
            mine = batch.point == self._plant.index.get(a.point, -1)
            spoke = made > seq and bool((mine & (time >= a.end)).any())
            (over if spoke else open_).append((made, a))
        self._disowned = open_
        return [
            (Edit(kind="disowned", point=a.point or "", user=a.user, reason=a.reason), a.end)
            for _, a in over
        ]

    def _due(self, batch: Batch) -> list[Batch]:
        """Late readings that lie no later than what this batch brings of their source."""
        if not self._late or not len(batch):
            return []
        source, time = self._sources[batch.point], self._time(batch)
        came, due = int(batch.received.max()), []
        for late in self._late:
            mine = source == late.source
            if mine.any():
                n = int(np.searchsorted(late.time, time[mine].max(), side="right"))
                one = late.first(n)
                due.append(replace(one, received=np.full(n, came, np.int64)))
        return [one for one in due if len(one)]


@dataclass(slots=True)
class _Late:
    """Late readings of one source, by plant time, that wait for their place."""

    source: int
    time: NDArray[np.int64]
    batch: Batch

    def first(self, n: int) -> Batch:
        """The first n, which wait no longer."""
        found = _at(self.batch, np.arange(n))
        self.batch, self.time = _at(self.batch, np.arange(n, len(self.batch))), self.time[n:]
        return found


def _sources(plant: Plant) -> NDArray[np.int64]:
    place = {source.id: at for at, source in enumerate(plant.sources)}
    return np.array([place[point.source] for point in plant.read], np.int64)


def _at(batch: Batch, which: NDArray[np.int64]) -> Batch:
    """Some readings of a batch; their texts and marks are of no more use."""
    return Batch(
        batch.point[which], batch.time[which], batch.value[which], batch.status[which],
        batch.received[which],
    )  # fmt: skip
