"""Where a value comes from: down to raw readings, what was thought of them, and who changed it.

The digital thread of a point. Values are worked out from the readings that are shown, so that
anybody can do it again by hand. It must never show a value that was not believed as one that was.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from twin_core.columns import Columns
from twin_core.derived import Derived
from twin_core.errors import BadInput
from twin_core.plant.assets import Plant, Point
from twin_core.ports import Historian
from twin_core.provenance import Provenance, Spell
from twin_core.reading import Batch, Quality, quality
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant, Path, Slug, Value
from twin_core.verdict import BELIEVED, RULES, judge

State = Literal["good", "uncertain", "stale", "quarantined", "no_data"]

_STATES: tuple[State, ...] = ("good", "uncertain", "stale", "quarantined", "no_data")
_BACK_US = 600 * SECOND
"""How far back the newest reading before a moment is looked for, at least; or ten periods."""
_FARTHER_US = (3600 * SECOND, 86_400 * SECOND, 30 * 86_400 * SECOND)
"""How far back the last word of a source that tells only changes is looked for."""
_MOST = 20
"""Spells and edits that are told of one point, newest first."""


class RawReading(Value):
    """A reading as it came.

    Attributes:
        source_time: as the source's clock wrote it; `time` in plant time; `received` here.
        ahead_us: how far the source's clock was ahead when it last came up.
        value: absent where it was no number; `text` is then what came.
        late: it came behind the watermark, so that it settled nothing.
        refused: the rule by which it was refused by itself (type, status, range), if it was.
    """

    source_time: Instant
    time: Instant
    received: Instant
    ahead_us: int
    value: float | None
    text: str = ""
    status: int
    late: bool
    refused: str = ""


class Doubt(Value):
    """A spell of quarantine; see `twin_core.provenance.Spell`."""

    rule: str
    since: Instant
    until: Instant | None
    value: float | None
    reason: str
    released_by: str

    @staticmethod
    def of(spell: Spell) -> "Doubt":
        """That spell, without its point."""
        return Doubt(
            rule=spell.rule, since=spell.since, until=spell.until, value=spell.value,
            reason=spell.reason, released_by=spell.released_by,
        )  # fmt: skip


class Touch(Value):
    """What a person did to belief in the point."""

    at: Instant
    kind: str
    user: str
    reason: str


class Thread(Value):
    """What a point was at a moment, and of what that was made.

    Attributes:
        value: believed, in `unit`; None where nothing was.
        state, why: how far it was believed, and why not.
        source: which source reads it; `derived` where none does.
        reading: the newest reading at the moment; absent for a derived point, or where none was.
        expression, version: of a derived point: as written, and the digest of what is computed.
        inputs: threads of what it is made of, in the order in which the expression names them.
        doubts, touches: newest first, until the moment that was asked from.
    """

    point: Path
    name: str
    unit: str
    value: float | None
    state: State
    why: str = ""
    source: Slug
    reading: RawReading | None = None
    expression: str = ""
    version: str = ""
    inputs: tuple["Thread", ...] = ()
    doubts: tuple[Doubt, ...] = ()
    touches: tuple[Touch, ...] = ()


class Lineage(Value):
    """The thread of a point at a moment; `plant_version` is the digest of the plant file read."""

    at: Instant
    plant_version: str
    thread: Thread


async def newest(
    snapshot: Snapshot, historian: Historian, path: str, at: Instant | None = None
) -> dict[Path, Batch]:
    """The newest reading, at a moment, of every point that a point rests on; where there is one.

    Args:
        snapshot: belief now.
        historian: where raw readings are.
        path: of the point.
        at: plant time; absent = now.

    Raises:
        UnknownName: no such point.
        BadInput: a moment that has not been yet.
        StoreDown: the history cannot be read.
    """
    plant, moment = snapshot.plant, snapshot.now if at is None else at
    if moment > snapshot.now:
        raise BadInput("--at: that moment has not been yet.")
    found = await before(snapshot, historian, plant.rests_on(path), moment + 1)
    return {plant.points[index].id: batch for index, batch in found.items()}


async def before(
    snapshot: Snapshot, historian: Historian, points: Sequence[Point], end: Instant
) -> dict[int, Batch]:
    """By index the newest reading before `end` of each of these points; where there is one.

    It is looked for in the ten minutes or ten periods before; where a source tells only changes,
    for as long as a word of it may stand, in steps, for what changes often is soon found.

    Raises:
        StoreDown: the history cannot be read.
    """
    plant, found = snapshot.plant, dict[int, Batch]()
    wanted = [plant.index[p.id] for p in points]
    standing = {plant.index[p.id] for p in points if plant.tells_changes(p)}
    nearest = max([_BACK_US, *(int(10 * SECOND * p.spec.period_s) for p in points)])
    for back in (nearest, *_FARTHER_US):
        if not wanted:
            break
        async for batch in historian.heard(wanted, end - back, end):
            last = {int(p): i for i, p in enumerate(batch.point)}
            found.update({p: _only(batch, i) for p, i in last.items()})
        wanted = [index for index in wanted if index in standing and index not in found]
    return found


def lineage(
    snapshot: Snapshot, readings: Mapping[Path, Batch], path: str, at: Instant | None = None
) -> Lineage:
    """How a point's value at a moment came about.

    Args:
        snapshot: belief now, with what it remembers of quarantine, edits and clocks.
        readings: `newest` of the same point and moment.
        path: of the point.
        at: plant time; absent = now.

    Raises:
        UnknownName: no such point.
    """
    plant, moment = snapshot.plant, snapshot.now if at is None else at
    columns = Columns.of(plant)
    told = {
        p.id: _read(snapshot, columns, p, readings.get(p.id), moment) for p in plant.rests_on(path)
    }
    point = plant.point(path)
    thread = told[point.id] if point.formula is None else _made(plant, point, told)
    return Lineage(at=moment, plant_version=plant.version, thread=thread)


def _only(batch: Batch, i: int) -> Batch:
    """One reading of a batch."""
    cut = slice(i, i + 1)
    return Batch(
        batch.point[cut], batch.time[cut], batch.value[cut], batch.status[cut], batch.received[cut],
        {0: batch.original[i]} if i in batch.original else {},
        frozenset({0}) if i in batch.late else frozenset(),
    )  # fmt: skip


def _read(
    snapshot: Snapshot, columns: Columns, point: Point, came: Batch | None, at: Instant
) -> Thread:
    """The thread of a point that a source reads."""
    plant, past = snapshot.plant, snapshot.provenance
    doubts = [s for s in past.spells if s.point == point.id and s.since <= at]
    touches = [e for e in past.edits if e.point == point.id]
    covering = [s for s in doubts if s.until is None or s.until > at]
    reading = None if came is None else _raw(columns, past, point, came)
    said = [a for a in past.amended if a.point == point.id and came is not None
            and a.start <= int(came.time[0]) < a.end]  # fmt: skip
    amended = said[-1] if said else None
    stood = 0 if reading is None else reading.time
    if at == snapshot.now:
        stood = max(stood, int(snapshot.time[plant.index[point.id]]))
    state: State = "good"
    why = ""
    if reading is None:
        state, why = "no_data", "no reading of it is known from the time before"
    elif amended is not None and amended.value is None:
        state, why = "quarantined", f"disowned by {amended.user}: {amended.reason}"
    elif covering:
        state, why = "quarantined", covering[-1].reason
    elif reading.refused and amended is None:
        state, why = "quarantined", f"refused by the rule “{reading.refused}”"
    elif at - stood > snapshot.stale_after_s(point.id) * SECOND:
        state, why = "stale", f"it is {(at - reading.time) / SECOND:.0f} s old"
        if plant.tells_changes(point) and at < snapshot.now:
            state, why = "uncertain", f"{why}; whether its source was heard then is not remembered"
    elif amended is not None:
        why = f"amended by {amended.user}: {amended.reason}"
    elif quality(reading.status) is Quality.UNCERTAIN:
        state, why = "uncertain", "its source is not sure of it"
    value = reading.value if amended is None and reading is not None else None
    if amended is not None:
        value = amended.value
    if state == "quarantined":
        value = None
    return Thread(
        point=point.id, name=_name(plant, point), unit=point.spec.unit, value=value, state=state,
        why=why, source=point.source, reading=reading,
        doubts=tuple(Doubt.of(s) for s in doubts[::-1][:_MOST]),
        touches=tuple(
            Touch(at=e.at, kind=e.kind, user=e.user, reason=e.reason) for e in touches[::-1][:_MOST]
        ),
    )  # fmt: skip


def _raw(columns: Columns, past: Provenance, point: Point, came: Batch) -> RawReading:
    (code,) = judge(columns, came.point, came.value, came.status).tolist()
    value, time = float(came.value[0]), int(came.time[0])
    ahead = past.ahead(point.source, int(came.received[0]))
    return RawReading(
        source_time=time + ahead, time=time, received=int(came.received[0]), ahead_us=ahead,
        value=value if np.isfinite(value) else None, text=came.original.get(0, ""),
        status=int(came.status[0]), late=bool(came.late),
        refused="" if code == BELIEVED else RULES[code],
    )  # fmt: skip


def _made(plant: Plant, point: Point, told: Mapping[str, Thread]) -> Thread:
    """The thread of a derived point, over those of everything that it rests on."""
    derived = Derived.one(plant, point.id)
    read = [told[p.id].value for p in plant.rests_on(point.id)]
    values = derived.values(np.array([np.nan if v is None else v for v in read]))
    threads = dict(told)
    for at, each in enumerate(derived.points, start=derived.n):
        formula = each.formula
        assert formula is not None
        inputs = tuple(threads[p] for p in dict.fromkeys(formula.inputs))
        worst = max(inputs, key=lambda thread: _STATES.index(thread.state))
        state, why = worst.state, ""
        value = float(values[at]) if np.isfinite(values[at]) else None
        if state != "good":
            own = worst.reading is not None or not worst.inputs
            why = f"it rests on {worst.point}: {worst.why}" if own else worst.why
        elif value is None:
            state, why = "quarantined", "its expression has no value within its limits there"
        threads[each.id] = Thread(
            point=each.id, name=_name(plant, each), unit=each.spec.unit, value=value, state=state,
            why=why, source=each.source, expression=formula.text, version=formula.version,
            inputs=inputs,
        )  # fmt: skip
    return threads[point.id]


def _name(plant: Plant, point: Point) -> str:
    return f"{plant.unit(point.unit_id).name}: {point.spec.name}"
