"""Whether a reading is believed: rules at arrival, rules at the watermark, quarantine, release.

At arrival a reading is judged alone (type, status, range). At the watermark, in the order of
source time, it is judged against its point's past (rate, outlier, standing still, silence).
Every rule works on columns. It must never believe a value of a quarantined point, and never
take a faulty instrument for a faulty process: nothing here looks at what a value means.

ISO 13374 block: data manipulation. Drift is judged in `drift.py` and `redundancy.py`.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from twin_core.columns import Columns
from twin_core.doubt import Doubt
from twin_core.habit import Habit
from twin_core.judged import Readings
from twin_core.run import undoubted
from twin_core.unit_change import UnitChange
from twin_core.value import SECOND, Instant
from twin_core.verdict import (
    BELIEVED,
    DRIFT,
    MISSING,
    RANGE,
    RATE,
    RULES,
    SPIKE,
    STUCK,
    UNIT,
    Turn,
)

OUTLIER = 8.0
"""A jump of so many usual steps waits for proof; if it is taken back it was an outlier."""
PROOF = 3
"""So many further readings must stay at a new level before it is believed."""
_LONG = 32
"""Readings of a point taken at once from which on a run of its own may be cheaper than rounds."""


class Judge:
    """What the settled past says about every point; one entry a point in every array."""

    def __init__(self, columns: Columns) -> None:
        n = len(columns.source)
        self._columns = columns
        self.held = np.zeros(n, np.uint8)
        self.held_since = np.zeros(n, np.int64)
        self.held_value = np.full(n, np.nan)
        self._heard = np.zeros(n, np.int64)
        self._value = np.full(n, np.nan)
        self._time = np.zeros(n, np.int64)
        self._suspect = np.full(n, np.nan)
        self._suspect_time = np.zeros(n, np.int64)
        self._agreed = np.zeros(n, np.int64)
        self._needed = np.where(columns.counter, 1, PROOF)
        self._doubt = Doubt(n)
        self._spikes = np.zeros(n)
        self._spike_value = np.full(n, np.nan)
        self._spike_time = np.zeros(n, np.int64)
        self._tolerance = 4 * columns.noise + columns.resolution
        self._habit = Habit(columns)
        self._units = UnitChange(columns.units, columns.noise, columns.measured)
        self._notes: dict[int, str] = {}
        self._steady = np.zeros(n, bool)
        self._aside = np.zeros(n, bool)
        self._aside_sum, self._aside_count = np.zeros(n), np.zeros(n)
        self._turned: list[int] = []

    def take(self, readings: Readings) -> Iterator[Readings]:
        """Judge readings sorted by point, then time; yields what is believed, round by round.

        The k-th readings of all points make round k, so that rounds follow each point's own time.
        """
        n, point = len(readings), readings.point
        if n == 0:
            return
        starts = np.flatnonzero(np.r_[True, point[1:] != point[:-1]])
        if len(starts) == n:
            yield self._round(readings)
            return
        lengths = np.diff(np.r_[starts, n])
        long = lengths > _LONG
        if long.any() and 2 * np.count_nonzero(long) <= lengths.max():
            for begin, length in zip(starts[long].tolist(), lengths[long].tolist(), strict=True):
                yield from self._run(readings.at(slice(begin, begin + length)))
            yield from self.take(readings.at(np.repeat(~long, lengths)))
            return
        place = np.arange(n) - np.repeat(starts, lengths)
        order = np.argsort(place, kind="stable")
        ends = np.cumsum(np.bincount(place))
        for begin, end in zip(np.r_[0, ends[:-1]].tolist(), ends.tolist(), strict=True):
            yield self._round(readings.at(order[begin:end]))

    def _run(self, readings: Readings) -> Iterator[Readings]:
        """Judge readings of one point: at once those that no rule minds, the others alone."""
        while len(readings):
            plain = self._calm(readings)
            some = readings.at(slice(max(plain, 1)))
            if not plain:
                yield self._round(some)
            elif self.held[some.point[0]] == BELIEVED:
                yield some
            readings = readings.at(slice(len(some), None))

    def _calm(self, readings: Readings) -> int:
        """How many first readings of a point are plain: as `_round` would have taken each."""
        p, t, x = int(readings.point[0]), readings.time, readings.value
        if self._aside[p] or not np.isnan(self._suspect[p]) or np.isnan(self._value[p]):
            return 0
        last = int(self._time[p]), float(self._value[p])
        jump = undoubted(
            self._columns, p, self._tolerance[p], last, t, x, readings.code != BELIEVED
        )
        outlier = OUTLIER if self._columns.inert[p] else np.inf
        if n := self._habit.learn_run(p, t, x, jump, outlier):
            self._heard[p] = self._time[p] = t[n - 1]
            self._value[p] = x[n - 1]
            self._doubt.behave(np.array([p]), t[:1])
        return n

    def stand(self, readings: Readings) -> Readings:
        """Judge what a source that tells only changes says by silence: its last word stands.

        The time of its last word stays the one from which the rate of the next is reckoned.
        """
        told = self._time[readings.point]
        found = self._round(readings, stands=True)
        self._time[readings.point] = told
        return found

    def _round(self, readings: Readings, *, stands: bool = False) -> Readings:
        """Judge readings of which no two are of one point; what of them is believed."""
        p, t, x, code = readings.point, readings.time, readings.value, readings.code
        columns = self._columns
        self._heard[p] = t
        before = self._value[p]
        refused = code != BELIEVED
        with np.errstate(invalid="ignore"):
            grown = x - before
            jump = np.abs(grown)
            passed = (t - self._time[p]) / SECOND
            fast = ~refused & (jump > columns.rate_limit[p] * passed + self._tolerance[p])
            odd = ~refused & ~fast & self._odd(p, jump, grown, passed)
            suspect = self._suspect[p]
            asked = ~np.isnan(suspect) & ~refused
            near = asked & (np.abs(x - suspect) < jump)
        self._agreed[p[near]] += 1
        proven = near & (self._agreed[p] >= self._needed[p])
        self._note_spikes(p[asked & ~near])
        self._suspect[p[asked]] = np.nan
        new = odd & ~near
        self._agreed[p[new]], self._suspect_time[p[new]] = 0, t[new]
        odd = new | (near & ~proven)
        self._suspect[p[odd]] = x[odd]
        wrong = (refused | fast) & ~odd
        if proven.any():
            at = np.flatnonzero(proven)
            wrong[at] |= self._rescaled(p[at], before[at], x[at])
        self._doubt_readings(p[wrong], t[wrong], x[wrong], np.where(fast, RATE, code)[wrong])
        fine = ~wrong & ~odd
        good = p[fine]
        if stands:
            self._habit.stand(good, t[fine], x[fine])
        else:
            self._habit.learn(good, t[fine], x[fine], jump[fine])
        self._value[good], self._time[good] = x[fine], t[fine]
        self._doubt.behave(good, t[fine])
        if self._aside.any():
            aside = fine & self._aside[p]
            self._aside_sum[p[aside]] += x[aside]
            self._aside_count[p[aside]] += 1
        believed = fine & (self.held[p] == BELIEVED)
        return readings.at(believed)

    def _odd(
        self,
        p: NDArray[np.int64],
        jump: NDArray[np.float64],
        grown: NDArray[np.float64],
        passed: NDArray[np.float64],
    ) -> NDArray[np.bool_]:
        """Readings that wait for the next one to confirm them."""
        columns = self._columns
        far = columns.inert[p] & (jump > OUTLIER * self._habit.step(p))
        counts = np.where(grown < 0, grown + self._value[p], grown)
        most = columns.count_cap[p] * passed + 2
        return far | (columns.counter[p] & (counts > most))

    def _note_spikes(self, p: NDArray[np.int64]) -> None:
        spikes = p[self._columns.inert[p]]
        self._spikes[spikes] += 1
        self._spike_value[spikes] = self._suspect[spikes]
        self._spike_time[spikes] = self._suspect_time[spikes]

    def _doubt_readings(
        self,
        p: NDArray[np.int64],
        t: NDArray[np.int64],
        x: NDArray[np.float64],
        code: NDArray[np.uint8] | NDArray[np.int64],
    ) -> None:
        if not len(p):
            return
        self._doubt.add(p, t, np.ones(len(p)))
        new = self._doubt.too_much(p) & (self.held[p] == BELIEVED)
        p, x, held = p[new], x[new], code[new].astype(np.uint8)
        if len(p):
            before = self._value[p]
            which = self._units.which(p, before, x)
            likely = (held == RANGE) | np.isin(held, (BELIEVED, RATE)) & self._rescaled(
                p, before, x
            )
            for i in np.flatnonzero(likely & (which >= 0)).tolist():
                self._notes[int(p[i])] = self._units.told(int(p[i]), int(which[i]))
                held[i] = UNIT
        self._hold(p, held, t[new], x)

    def _rescaled(
        self, p: NDArray[np.int64], before: NDArray[np.float64], x: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Steps inside the instrument's limits that look like another unit.

        Only from where a running machine keeps the point to where it does not. What stops may
        well fall to a tenth, so without a state to tell, a fall is no change of unit.
        """
        low, high = self._columns.usual_low[p], self._columns.usual_high[p]
        usual = (before >= low) & (before <= high) & ((x < low) | (x > high))
        grows = (np.abs(x) > np.abs(before)) | (self._columns.state_of[p] >= 0)
        return (self._units.which(p, before, x) >= 0) & usual & grows & self._steady[p]

    def _hold(
        self,
        p: NDArray[np.int64],
        rule: NDArray[np.uint8],
        since: NDArray[np.int64],
        value: NDArray[np.float64],
    ) -> None:
        self.held[p] = rule
        self.held_since[p] = since
        self.held_value[p] = value
        self._turned.extend(p.tolist())

    def aside(self, mean: NDArray[np.float64]) -> NDArray[np.float64]:
        """A row of means with what points held for drift went on reading, to be judged again."""
        if not self._aside.any():
            return mean
        at = np.flatnonzero(self._aside & (self._aside_count > 0))
        mean = mean.copy()
        mean[at] = self._aside_sum[at] / self._aside_count[at]
        self._aside_sum[at], self._aside_count[at] = 0, 0
        return mean

    @property
    def drifting(self) -> NDArray[np.bool_]:
        """Points held for drift, bool[P], not to be changed."""
        return self._aside

    def hold_drifting(self, p: int, since: Instant, value: float, note: str) -> None:
        """A point drifts; who says so says also when it agrees again (`agrees`)."""
        if self.held[p] != BELIEVED:
            return
        self._notes[p], self._aside[p] = note, True
        self._hold(np.array([p]), np.array([DRIFT], np.uint8), np.array([since]), np.array([value]))

    def agrees(self, p: int) -> Turn | None:
        """A point held for drift is believed again; None if it is not held for that."""
        return self._let(p) if self.held[p] == DRIFT else None

    def close_row(
        self,
        end: Instant,
        steady: NDArray[np.bool_],
        up_since: NDArray[np.int64],
        speaks: NDArray[np.bool_],
    ) -> list[Turn]:
        """Rules of time, at the end of a bucket of plant time.

        Args:
            end: of the bucket.
            steady: per point: its machine ran without a change of state (or it has none).
            up_since: per point: since when its source is up; a very large number while down.
            speaks: per point: its source said something lately.

        Returns every point that was quarantined or released since the last call.
        """
        self._steady = steady
        self._judge_spikes(steady)
        self._judge_runs(steady, end)
        silent = np.maximum(5 * self._columns.period_s, 15) * SECOND
        last = np.maximum(self._heard, up_since)
        at = np.flatnonzero(speaks & (end - last > silent) & (self.held == BELIEVED))
        seen = np.where(self._time[at] == last[at], self._value[at], np.nan)
        self._hold(at, np.full(len(at), MISSING, np.uint8), last[at], seen)
        self._doubt.good_since[at] = 0
        released = self._release(end, silent, steady)
        turned, self._turned = dict.fromkeys(self._turned), []
        return [self._turn(p, held=True) for p in turned if self.held[p]] + released

    def _judge_spikes(self, steady: NDArray[np.bool_]) -> None:
        at = np.flatnonzero(self._spikes)
        if len(at):
            told = at[steady[at]]
            t = self._spike_time[told]
            self._doubt.add(told, t, self._spikes[told])
            new = told[self._doubt.too_much(told) & (self.held[told] == BELIEVED)]
            self._hold(
                new, np.full(len(new), SPIKE, np.uint8), self._spike_time[new],
                self._spike_value[new],
            )  # fmt: skip
            self._spikes[at] = 0

    def _judge_runs(self, steady: NDArray[np.bool_], end: Instant) -> None:
        stuck = self._habit.broken(steady)
        at = np.flatnonzero(stuck & (self.held == BELIEVED))
        self._hold(
            at, np.full(len(at), STUCK, np.uint8), self._habit.run_since[at], self._value[at]
        )
        self._doubt.good_since[stuck] = end

    def _release(
        self, end: Instant, silent: NDArray[np.float64], steady: NDArray[np.bool_]
    ) -> list[Turn]:
        at = np.flatnonzero((self.held != BELIEVED) & ~self._aside)
        if not len(at):
            return []
        ready = self._doubt.ended(at, end)
        ready &= end - self._heard[at] <= silent[at]
        # A point that stands still while its machine stands has shown nothing.
        ready &= (self.held[at] != STUCK) | (steady[at] & (self._habit.run[at] == 0))
        return [self._let(p) for p in at[ready].tolist()]

    def _let(self, p: int) -> Turn:
        turn = self._turn(p, held=False)
        self.held[p], self._aside[p] = BELIEVED, False
        self._notes.pop(p, None)
        return turn

    def release(self, p: int) -> Turn | None:
        """A person says that the point is right: its past counts no more against it."""
        if not self.held[p]:
            return None
        if self.held[p] == UNIT:
            # Where it was before is no measure of where it is now.
            self._value[p] = np.nan
        turn = self._let(p)
        self._suspect[p], self._spikes[p] = np.nan, 0
        self._doubt.forget(p)
        self._habit.forget(np.array([p]))
        return turn

    def forget(self, points: NDArray[np.int64]) -> None:
        """The source of these points was lost or came back: no run or suspicion spans that."""
        self._suspect[points] = np.nan
        self._habit.forget(points)
        self._doubt.good_since[points] = 0

    def _turn(self, p: int, *, held: bool) -> Turn:
        return Turn(
            point=p,
            rule=RULES[int(self.held[p])],
            held=held,
            since=int(self.held_since[p]),
            value=float(self.held_value[p]),
            note=self._notes.get(p, ""),
        )
