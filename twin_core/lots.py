"""Lots, as a line's own product number tells them: which product ran from when to when.

No plant has told us of lots, and the plant file's orders carry no times; so a lot is a run of one
product on one line, found in the history whenever it is asked for. It must never tell of a lot
that no reading tells of.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import UnknownName
from twin_core.plant.assets import Line, Plant, Point
from twin_core.plant.classes import Role
from twin_core.plant.production import Lot
from twin_core.ports import Historian
from twin_core.provenance import Spell
from twin_core.recent import GRID_US
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

DAY_US = 86_400 * SECOND
LONGEST_DAYS = 30
"""How far from where it is looked for the other end of a lot is followed."""
_GAP_US = 60 * SECOND
_ID = re.compile(r"[a-z0-9_-]+-(?P<stamp>[0-9]{8}t[0-9]{6}z)")


@dataclass(frozen=True, slots=True)
class _Run:
    """Readings in a row that show one product: its number, first and last of them, silences."""

    number: int
    start: Instant
    last: Instant
    unheard_us: int = 0


class _Runs:
    """Folds readings of a product point, in order of time, into runs.

    A new number counts once it was read twice in a row; one reading alone is a mistake of reading.
    Where a source tells only changes, what `stands` longer than a row of the grid is said again,
    and silence is none.
    """

    def __init__(self, *, stands: bool) -> None:
        self.ended: list[_Run] = []
        self.now: _Run | None = None
        self._other: _Run | None = None
        self._stands = stands
        self._word = np.empty((2, 0), np.int64)

    def add(self, time: NDArray[np.int64], number: NDArray[np.int64]) -> None:
        """Take more readings."""
        if self._stands:
            time, number = self._said_again(time, number)
        if not len(number):
            return
        cuts = np.flatnonzero(np.r_[True, number[1:] != number[:-1]]).tolist()
        for start, end in zip(cuts, [*cuts[1:], len(number)], strict=True):
            gaps = np.diff(time[start:end])
            run = _Run(int(number[start]), int(time[start]), int(time[end - 1]),
                       0 if self._stands else int(gaps[gaps > _GAP_US].sum()))  # fmt: skip
            self._take(run, end - start)

    def until(self, end: Instant) -> None:
        """Nothing more is told before `end`."""
        number = self._word[1]
        if len(number) and end - int(self._word[0, 0]) > GRID_US:
            self.add(np.full(1, end - 1), number)

    def _said_again(
        self, time: NDArray[np.int64], number: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """With every word that stood said once more, just before the next."""
        told = np.concatenate([self._word, np.stack([time, number])], axis=1)
        stood = np.flatnonzero(np.diff(told[0]) > GRID_US)
        again = np.stack([told[0, stood + 1] - 1, told[1, stood]])
        whole = np.insert(told, stood + 1, again, axis=1)[:, self._word.shape[1] :]
        self._word = told[:, -1:]
        return whole[0], whole[1]

    def _take(self, run: _Run, readings: int) -> None:
        if self.now is None or run.number == self.now.number:
            self.now = run if self.now is None else self._longer(self.now, run)
            self._other = None
        elif readings > 1 or (self._other is not None and self._other.number == run.number):
            self.ended.append(self.now)
            self.now = run if self._other is None else self._longer(self._other, run)
            self._other = None
        else:
            self._other = run

    @property
    def all(self) -> list[_Run]:
        """Every run, the one that is going on last."""
        return self.ended + ([self.now] if self.now is not None else [])

    def _longer(self, run: _Run, more: _Run) -> _Run:
        return _joined(run, more, stands=self._stands)


def _joined(run: _Run, more: _Run, *, stands: bool) -> _Run:
    silence = 0 if stands else more.start - run.last
    unheard = run.unheard_us + more.unheard_us + (silence if silence > _GAP_US else 0)
    return replace(run, last=more.last, unheard_us=unheard)


def teller(plant: Plant, line: Line) -> Point | None:
    """The point that shows which product the line makes: of the machine where it is counted."""
    counter = plant.counter(line)
    machines = [*([counter] if counter else []), *reversed(plant.machines(line))]
    found = (machine.with_role(Role.PRODUCT) for machine in machines)
    return next((point for point in found if point is not None), None)


async def lots(
    snapshot: Snapshot, historian: Historian, start: Instant, lines: Sequence[Line] | None = None
) -> tuple[Lot, ...]:
    """Lots that were being made since `start`, by line, then time; whole, so far as it was heard.

    Args:
        snapshot: belief now.
        historian: where readings are.
        start: plant time.
        lines: only these; absent = every line that shows its product.

    Raises:
        StoreDown: the history cannot be read.
    """
    found: list[Lot] = []
    for line in snapshot.plant.lines if lines is None else lines:
        point = teller(snapshot.plant, line)
        if point is None:
            continue
        stood = await _stood(snapshot, historian, point, start)
        end = snapshot.now + 1
        runs = (await _runs(snapshot, historian, point, start, end, before=stood)).all
        if not runs:
            continue
        runs[0], begun = await _from_its_beginning(snapshot, historian, point, runs[0], start)
        found += _lots(snapshot.plant, line, runs, begun)
    return tuple(found)


async def lot(snapshot: Snapshot, historian: Historian, name: str) -> Lot:
    """The lot of that id.

    Raises:
        UnknownName: there is none, or what told of it was let go.
        StoreDown: the history cannot be read.
    """
    plant = snapshot.plant
    given = _ID.fullmatch(name)
    lines = [line for line in plant.lines if name.startswith(f"{line.id.rsplit('/', 1)[1]}-")]
    if given is None or not lines:
        raise UnknownName("lot", name, ("see `opstwin lots`",))
    try:
        at = datetime.strptime(given["stamp"], "%Y%m%dt%H%M%Sz").replace(tzinfo=UTC)
    except ValueError as problem:
        raise UnknownName("lot", name, ("see `opstwin lots`",)) from problem
    start = int(at.timestamp()) * SECOND
    for line in lines:
        point = teller(plant, line)
        if point is None:
            continue
        end = min(snapshot.now + 1, start + LONGEST_DAYS * DAY_US)
        runs = (await _runs(snapshot, historian, point, start - DAY_US, end, past=start)).all
        for each in _lots(plant, line, runs, begun=True):
            if each.id == name:
                return each
    raise UnknownName("lot", name, ("see `opstwin lots`",))


def lines_of(plant: Plant, path: str) -> tuple[Line, ...]:
    """The production lines that a point speaks of: its own, or those that its unit acts on."""
    units = {p.unit_id for p in plant.rests_on(path)} | {plant.point(path).unit_id}
    queue = list(units)
    while queue:
        for link in plant.links_from(queue.pop()):
            if link.target not in units and plant.line(link.source).kind != "production":
                units.add(link.target)
                queue.append(link.target)
    of = {plant.line(unit).id for unit in units}
    return tuple(line for line in plant.lines if line.id in of and line.kind == "production")


async def doubted(
    snapshot: Snapshot, historian: Historian, path: str
) -> tuple[tuple[Lot, tuple[Spell, ...]], ...]:
    """Lots that were made while a point could not be believed, with the spells in their time.

    Raises:
        UnknownName: no such point.
        StoreDown: the history cannot be read.
    """
    plant = snapshot.plant
    points = {p.id for p in plant.rests_on(path)}
    spells = [s for s in snapshot.provenance.spells if s.point in points]
    if not spells:
        return ()
    made = await lots(snapshot, historian, min(s.since for s in spells), lines_of(plant, path))
    inside = ((each, _inside(each, spells, snapshot.now)) for each in made)
    return tuple((each, found) for each, found in inside if found)


def _inside(lot: Lot, spells: Sequence[Spell], now: Instant) -> tuple[Spell, ...]:
    end = now + 1 if lot.end is None else lot.end
    return tuple(s for s in spells if s.overlaps(lot.start, end))


async def _runs(
    snapshot: Snapshot,
    historian: Historian,
    point: Point,
    start: Instant,
    end: Instant,
    past: Instant | None = None,
    before: int | None = None,
) -> _Runs:
    """Runs in a span; reading stops once the run that holds `past` has ended.

    `before`: the number that stood when the span began, where a source tells only changes.
    """
    runs = _Runs(stands=snapshot.plant.tells_changes(point))
    if before is not None:
        runs.add(np.array([start]), np.array([before]))
    async for batch in historian.heard([snapshot.plant.index[point.id]], start, end):
        value = snapshot.provenance.believed(point, batch.time, batch.value, batch.status)
        known = np.isfinite(value)
        runs.add(batch.time[known], np.round(value[known]).astype(np.int64))
        if past is not None and any(run.last >= past for run in runs.ended):
            return runs
    runs.until(end)
    return runs


async def _stood(
    snapshot: Snapshot, historian: Historian, point: Point, start: Instant
) -> int | None:
    """The number that stood at `start`, where a source tells only changes; None if unknown."""
    for _ in range(LONGEST_DAYS if snapshot.plant.tells_changes(point) else 0):
        before = (await _runs(snapshot, historian, point, start - DAY_US, start)).now
        if before is not None:
            return before.number
        start -= DAY_US
    return None


async def _from_its_beginning(
    snapshot: Snapshot, historian: Historian, point: Point, run: _Run, start: Instant
) -> tuple[_Run, bool]:
    """The run with what came before `start`, a day at a time; whether its beginning was seen."""
    stands = snapshot.plant.tells_changes(point)
    for _ in range(LONGEST_DAYS):
        before = (await _runs(snapshot, historian, point, start - DAY_US, start)).all
        start -= DAY_US
        if not before and stands:
            continue
        if not before:
            return run, False
        if before[-1].number != run.number:
            return run, True
        run = _joined(before[-1], run, stands=stands)
        if len(before) > 1:
            return run, True
    return run, False


def _lots(plant: Plant, line: Line, runs: Sequence[_Run], begun: bool) -> list[Lot]:
    """Runs as lots; while a number that is no product (0: none) is shown, none is being made."""
    by_number = {product.number: product for product in plant.products}
    found = []
    for i, run in enumerate(runs):
        product = by_number.get(run.number)
        if product is None and run.number == 0:
            continue
        called = str(run.number) if product is None else product.id
        stamp = datetime.fromtimestamp(run.start // SECOND, UTC).strftime("%Y%m%dt%H%M%Sz")
        found.append(
            Lot(
                id=f"{line.id.rsplit('/', 1)[1]}-{called}-{stamp}",
                line=line.id,
                product=None if product is None else product.id,
                number=run.number,
                orders=tuple(
                    o.id for o in plant.orders if (o.line, o.product) == (line.id, called)
                ),
                start=run.start,
                end=runs[i + 1].start if i + 1 < len(runs) else None,
                begun=begun or i > 0,
                unheard_s=run.unheard_us / SECOND,
            )
        )
    return found
