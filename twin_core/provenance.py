"""What has happened to belief: spells of quarantine, people's edits, how far clocks were ahead.

Written while the log is taken in, so a restart that replays the log knows it again: there is no
table beside the log. The oldest is let go. It must never decide anything.
"""

from collections import deque
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Point
from twin_core.reading import BAD
from twin_core.value import Instant, Path, Slug
from twin_core.verdict import Rule, Turn

_MOST = 2000
"""Ended spells, edits and clock changes that are remembered, each."""


@dataclass(frozen=True, slots=True)
class Spell:
    """A time in which a point was not believed.

    Attributes:
        since: when what broke the rule began; `noticed` when it was quarantined; `until` when it
            was believed again, None if it is not.
        value: that broke the rule, None if it was no number.
        released_by: who said that it is right; empty if it behaved well again by itself.
    """

    point: Path
    rule: Rule
    since: Instant
    noticed: Instant
    until: Instant | None
    value: float | None
    reason: str
    released_by: str = ""

    def overlaps(self, start: Instant, end: Instant) -> bool:
        """Whether any of it lies in `start ≤ t < end`."""
        return self.since < end and (self.until is None or self.until > start)


@dataclass(frozen=True, slots=True)
class Edited:
    """What a person changed in belief, at a plant time."""

    at: Instant
    kind: str
    point: Path
    user: str
    reason: str


@dataclass(frozen=True, slots=True)
class Amended:
    """What a person said of a point's past at a plant time: `value`, or None for disbelief."""

    at: Instant
    point: Path
    start: Instant
    end: Instant
    value: float | None
    user: str
    reason: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """What is remembered, oldest first; `clocks` by source: since when it was how far ahead."""

    spells: tuple[Spell, ...] = ()
    edits: tuple[Edited, ...] = ()
    clocks: tuple[tuple[Instant, Slug, int], ...] = ()
    amended: tuple[Amended, ...] = ()

    def not_believed(self, point: str, start: Instant, end: Instant) -> tuple[Spell, ...]:
        """Spells of a point that lie in `start ≤ t < end`, at least in part."""
        return tuple(s for s in self.spells if s.point == point and s.overlaps(start, end))

    def believed(
        self,
        point: Point,
        time: NDArray[np.int64],
        value: NDArray[np.float64],
        status: NDArray[np.uint32],
    ) -> NDArray[np.float64]:
        """Of readings of a point what was believed, NaN where nothing was; times are plant time.

        What a person said of the past stands in place of what was read.
        """
        found = np.where(status < BAD, value, np.nan)
        for said in self.amended:
            if said.point == point.id:
                inside = (time >= said.start) & (time < said.end)
                found[inside] = np.nan if said.value is None else said.value
        limits = point.spec.limits
        found[~((found >= limits.low) & (found <= limits.high))] = np.nan
        for spell in self.spells:
            if spell.point == point.id:
                held = time >= spell.since
                if spell.until is not None:
                    held &= time < spell.until
                found[held] = np.nan
        return found

    def ahead(self, source: str, at: Instant) -> int:
        """How far the source's clock was ahead when it last came up before a moment, in µs."""
        found = (us for since, name, us in reversed(self.clocks) if name == source and since <= at)
        return next(found, 0)


class Witness:
    """Keeps it as it happens; one writer."""

    def __init__(self) -> None:
        self._open: dict[str, Spell] = {}
        self._ended: deque[Spell] = deque(maxlen=_MOST)
        self._edits: deque[Edited] = deque(maxlen=_MOST)
        self._clocks: deque[tuple[Instant, Slug, int]] = deque(maxlen=_MOST)
        self._amended: deque[Amended] = deque(maxlen=_MOST)
        self._found: Provenance | None = Provenance()

    def turn(self, turn: Turn, point: Point, at: Instant, by: str) -> None:
        """A point was quarantined, or is believed again; `by` whom, if a person said so."""
        self._found = None
        if not turn.held:
            if (spell := self._open.pop(point.id, None)) is not None:
                self._ended.append(replace(spell, until=at, released_by=by))
            return
        value = turn.value if np.isfinite(turn.value) else None
        reason = turn.reason(point.spec)
        self._open[point.id] = Spell(point.id, turn.rule, turn.since, at, None, value, reason)

    def edited(self, edit: Edited) -> None:
        """A person changed something."""
        self._found = None
        self._edits.append(edit)

    def amended(self, amended: Amended) -> None:
        """A person amended the past, and it is being settled so."""
        self._found = None
        self._amended.append(amended)

    def up(self, source: str, at: Instant, ahead_us: int) -> None:
        """A source came up, and its clock was compared."""
        last = next((us for _, name, us in reversed(self._clocks) if name == source), None)
        if last != ahead_us:
            self._found = None
            self._clocks.append((at, source, ahead_us))

    def provenance(self) -> Provenance:
        """All of it; the same object until something happens."""
        if self._found is None:
            spells = sorted(chain(self._ended, self._open.values()), key=lambda s: s.since)
            self._found = Provenance(
                tuple(spells), tuple(self._edits), tuple(self._clocks), tuple(self._amended)
            )
        return self._found
