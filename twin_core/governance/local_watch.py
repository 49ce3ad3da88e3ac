"""Whether the conditions of local rules hold, on provisional belief, as readings arrive.

Nothing here is settled: it is what was believed of each point a moment ago. What cannot be seen
holds nothing unless its condition says so. It must never act: it says which rules are due.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from twin_core.governance.local_rule import LocalRule
from twin_core.plant.assets import Plant
from twin_core.reading import UNCERTAIN
from twin_core.value import SECOND, Instant

_MS = SECOND // 1000
_NEVER = np.iinfo(np.int64).min
_BUSY = np.iinfo(np.int64).max
AGAIN = 5 * SECOND
"""Plant time after which a rule of which nothing came is due again, if its conditions hold."""

Provisional: TypeAlias = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.uint32]]
"""Of some points: value (NaN: nothing is believed), source time, status."""


@dataclass(frozen=True, slots=True)
class Due:
    """A rule whose conditions hold, at plant time `at`.

    Attributes:
        shown: of each condition that holds, what its point shows and since when (source time);
            the value is None where the point is lost.
    """

    rule: LocalRule
    at: Instant
    shown: tuple[tuple[int, float | None, Instant], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What people must know of a rule that cannot act as it should; `clear` when it can again."""

    rule: LocalRule
    why: str
    clear: bool = False


class Memory(NamedTuple):
    """Until when each rule rests, and of each point whether it was ever seen Good and is now."""

    rests: Mapping[str, Instant]
    seen: Mapping[str, tuple[bool, bool]]


NOTHING = Memory({}, {})


class LocalWatch:
    """The rules in force at a plant, in the order of their file.

    A rule that is due is not due again before `rest` says until when it rests: what came of it,
    and when it acted, is for the ledger to say.

    Args:
        plant: whose points they name.
        rules: in force.
        memory: of the watch in whose place it comes.

    Attributes:
        points: that are looked at, as indices into `Plant.points`; one for each condition.
    """

    def __init__(self, plant: Plant, rules: Sequence[LocalRule], memory: Memory = NOTHING) -> None:
        conditions = [condition for rule in rules for condition in rule.condition]
        self.rules = tuple(rules)
        self.points = np.asarray([plant.index[c.point] for c in conditions], np.int32)
        self._paths = [c.point for c in conditions]
        self._below = np.asarray([-np.inf if c.below is None else c.below for c in conditions])
        self._above = np.asarray([np.inf if c.above is None else c.above for c in conditions])
        self._for = np.asarray([c.for_ms * _MS for c in conditions], np.int64)
        self._on_loss = np.asarray([c.on_loss for c in conditions], bool)
        stands = {source.id for source in plant.sources if source.on_change}
        self._stands = np.asarray([plant.point(p).source in stands for p in self._paths], bool)
        ends = np.cumsum([len(rule.condition) for rule in rules]).tolist()
        self._spans = [slice(a, b) for a, b in zip([0, *ends], ends, strict=False)]
        n = len(conditions)
        self._since = np.full(n, _NEVER)
        self._rests = [memory.rests.get(rule.id, _NEVER) for rule in rules]
        known = [memory.seen.get(path, (False, False)) for path in self._paths]
        self._heard = np.asarray([heard for heard, _ in known], bool)
        self._seen = np.asarray([seen for _, seen in known], bool)

    @property
    def memory(self) -> Memory:
        """What whoever comes in its place must know."""
        seen = zip(self._heard.tolist(), self._seen.tolist(), strict=True)
        return Memory(
            dict(zip((rule.id for rule in self.rules), self._rests, strict=True)),
            dict(zip(self._paths, seen, strict=True)),
        )

    def look(self, believed: Provisional, now: Instant) -> tuple[list[Due], list[Told]]:
        """Which rules are due at plant time `now`, and what people must know of others.

        Args:
            believed: of `points`, in that order.
            now: plant time; not before the last.
        """
        value, time, status = believed
        with np.errstate(invalid="ignore"):
            passed = (value < self._below) | (value > self._above)
        seen = ~np.isnan(value) & (status < np.uint32(UNCERTAIN))
        lost = self._heard & ~seen & self._on_loss
        holds = (passed & seen) | lost
        told: list[Told] = []
        if (seen != self._seen).any():
            told = self._changed(seen)
        if not holds.any():
            self._since[:] = _NEVER
            return [], told
        began = np.where(lost, now, time)
        self._since = np.where(holds, np.where(self._since == _NEVER, began, self._since), _NEVER)
        reached = np.where(lost | self._stands, np.maximum(time, now), time)
        ripe = holds & (reached - self._since >= self._for)
        due: list[Due] = []
        for number, rule in enumerate(self.rules):
            here = ripe[self._spans[number]]
            holding = here.all() if rule.when == "all" else here.any()
            if holding and now >= self._rests[number]:
                self._rests[number] = _BUSY
                due.append(self._due(number, value, seen, ripe, now))
        return due, told

    def rest(self, name: str, until: Instant) -> None:
        """Let a rule that was due rest until a plant time; one that is not here rests anyway."""
        for number, rule in enumerate(self.rules):
            if rule.id == name:
                self._rests[number] = until

    def _due(
        self,
        number: int,
        value: NDArray[np.float64],
        seen: NDArray[np.bool_],
        ripe: NDArray[np.bool_],
        now: Instant,
    ) -> Due:
        span = self._spans[number]
        shown = tuple(
            (at - span.start, float(value[at]) if seen[at] else None, int(self._since[at]))
            for at in range(span.start, span.stop)
            if ripe[at]
        )
        return Due(self.rules[number], now, shown)

    def _changed(self, seen: NDArray[np.bool_]) -> list[Told]:
        """Rules that have gone blind, or see again."""
        told = []
        for rule, span in zip(self.rules, self._spans, strict=True):
            before = self._heard[span] & ~self._seen[span]
            now = (self._heard[span] | self._seen[span]) & ~seen[span]
            if now.any() and not before.any():
                blind = [p for p, here in zip(self._paths[span], now, strict=True) if here]
                told.append(Told(rule, f"it is blind: {', '.join(blind)} is not Good"))
            elif before.any() and not now.any():
                told.append(Told(rule, "it sees again", clear=True))
        self._seen = seen
        self._heard |= seen
        return told

    def blind(self) -> dict[str, tuple[str, ...]]:
        """By rule, its points that are not seen Good at present, never heard ones too."""
        found = {}
        for rule, span in zip(self.rules, self._spans, strict=True):
            pairs = zip(self._paths[span], self._seen[span], strict=True)
            if unseen := tuple(path for path, here in pairs if not here):
                found[rule.id] = unseen
        return found
