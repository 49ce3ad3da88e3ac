"""What a site remembers of its last days: minutes, spells, alarms, what happened.

Part of a snapshot, for people and their questions. Workers that simulate are sent none of it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin_core.operations.alarm_journal import Journal
from twin_core.operations.chronicle import Entry
from twin_core.operations.counting import Counting, StateClock
from twin_core.operations.spell import Spells
from twin_core.operations.tally import Tally
from twin_core.operations.watch import Watch
from twin_core.plant.assets import Plant
from twin_core.value import Instant


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """The remembered past; arrays share memory and never change.

    Attributes:
        minute, made, nominal: see `Tally`.
        ended, going_on: see `Spells`; `spells_since` from when on none was forgotten, 0: ever.
        machines: unit path → number in `spells`.
        counters: index into `Plant.points` → column of `made`, -1 where it has none.
        alarms: see `Journal`; `suppressed` points whose alarms are suppressed by design.
        chronicle: see `Chronicle`.
    """

    minute: NDArray[np.int64]
    made: NDArray[np.float32]
    nominal: NDArray[np.float32]
    ended: NDArray[np.int64]
    going_on: NDArray[np.int64]
    spells_since: Instant
    machines: dict[str, int]
    counters: NDArray[np.int64]
    alarms: Journal
    suppressed: NDArray[np.int64]
    chronicle: tuple[Entry, ...]

    @property
    def spells(self) -> NDArray[np.int64]:
        """Those that ended and those that go on."""
        found: NDArray[np.int64] = np.concatenate([self.ended, self.going_on])
        return found

    @staticmethod
    def nothing() -> "Past":
        """Nothing is remembered."""
        none = np.empty(0, np.int64)
        empty = np.empty((0, 0), np.float32)
        journal = Journal(0, none, none, none)
        spells = np.empty((0, 5), np.int64)
        return Past(none, empty, empty, spells, spells, 0, {}, none, journal, none, ())

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled, it is nothing."""
        return Past.nothing, ()


class Record:
    """Keeps spells and minutes for one plant."""

    def __init__(self, plant: Plant, counting: Counting, clock: StateClock) -> None:
        self.spells = Spells(plant, clock)
        self._tally = Tally(plant, counting)
        self._machines = dict(clock.machines)
        self._counters = counting.slot

    def close(
        self, end: Instant, mean: NDArray[np.float64], nominal: dict[str, float | None]
    ) -> None:
        """Close a row (see `Spells.close` and `Tally.close`)."""
        self.spells.close(mean)
        self._tally.close(end, nominal)

    def view(self, watch: Watch) -> Past:
        """What is remembered now, with the alarms and happenings that the watch keeps."""
        tally, spells = self._tally, self.spells
        return Past(
            tally.minute.view(), tally.made.view(), tally.nominal.view(),
            spells.ended(), spells.going_on(), spells.reach, self._machines, self._counters,
            watch.alarms.activations.journal(), watch.alarms.suppressed, watch.chronicle.view(),
        )  # fmt: skip
