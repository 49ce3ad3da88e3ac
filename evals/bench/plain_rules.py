"""The peer of `apply`: the same rules, written as one would write them at first, a reading a time.

Plain Python, an object a point, readings in the order of their source time (which `apply` has to
establish for itself). Sources, lines, incidents, snapshots, derived points and soft sensors are
left out, which favours it. It must come to the same belief as the twin: a test holds it to that.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin_core.clock_skew import AHEAD_LIMIT_US
from twin_core.columns import Columns
from twin_core.doubt import DOUBT_ENDS, DOUBT_HOLDS, DOUBT_S, GOOD_FOR_US
from twin_core.operations.alarm_limits import DEAD_BAND, Limits
from twin_core.operations.counting import EXECUTE
from twin_core.plant.alarming import MODES, STATES
from twin_core.plant.assets import Plant
from twin_core.plant.classes import PointSpec, Role
from twin_core.quality import OUTLIER, PROOF
from twin_core.reading import BAD, Batch
from twin_core.recent import GRID_US
from twin_core.unit_change import UnitChange
from twin_core.value import SECOND
from twin_core.verdict import (
    BELIEVED,
    CLOCK,
    MISSING,
    RANGE,
    RATE,
    SPIKE,
    STATUS,
    STUCK,
    TYPE,
)  # fmt: skip

_LEARNED, _CHANCE, _FORGET = 30, math.log(1e-12), 2000.0
_STEADY_ROWS = 3


@dataclass(slots=True)
class _Limit:
    """One alarm limit: sign, limit, dead band, delays; which PackML states and modes hide it."""

    sign: float
    limit: float
    band: float
    on_us: int
    off_us: int
    hidden: dict[int, set[int]]
    beyond: int = 0
    back: int = 0
    active: bool = False

    def take(self, x: float, end: int, *, steady: bool, held: bool) -> None:
        """A row's mean, NaN where there is none."""
        over, known = self.sign * (x - self.limit), not math.isnan(x)
        past = known and over > 0 and (steady or self.active) and not held
        if past:
            self.beyond = self.beyond or end - GRID_US
        elif known or held:
            self.beyond = 0
        if known:
            self.back = (self.back or end - GRID_US) if over < -self.band else 0
        if past and not self.active and end - self.beyond >= self.on_us:
            self.active = True
        elif self.active and (held or (self.back and end - self.back >= self.off_us)):
            self.active, self.beyond = False, 0


@dataclass(slots=True)
class _Tag:
    """One point: what the plant file says of it, and what was learned."""

    low: float
    high: float
    slack: float
    whole: bool
    rate_limit: float
    tolerance: float
    counter: bool
    cap: float
    inert: bool
    measured: bool
    machine: int
    is_state: bool
    silent_us: float
    step: float
    least: float
    steps: int
    same: float
    weight: float
    on_change: bool
    lasting: bool
    usual_low: float
    usual_high: float
    alarms: list[_Limit] = field(default_factory=list)
    word: tuple[int, float, int] | None = None
    last: float = math.nan
    said: int = 0
    steady: bool = False
    held: int = BELIEVED
    heard: int = 0
    value: float = math.nan
    time: int = 0
    suspect: float = math.nan
    suspect_time: int = 0
    agreed: int = 0
    doubt: float = 0.0
    doubt_time: int = 0
    good_since: int = 0
    spikes: int = 0
    spike_time: int = 0
    run: float = 0.0
    settled: float = math.nan
    total: float = 0.0
    count: int = 0
    sum: float = 0.0
    bottom: float = math.inf
    top: float = -math.inf


class PlainRules:
    """Belief about one plant; `take` readings, `close` rows.

    Args:
        plant: whose points.
        up_us: since when all sources are heard, plant time.
    """

    def __init__(self, plant: Plant, up_us: int) -> None:
        c, limits = Columns.of(plant), Limits(plant)
        self._up = up_us
        self._units = UnitChange(c.units, c.noise, c.measured)
        self.tags = []
        told = c.noise > 0
        least = np.where(told, np.maximum(c.noise, c.resolution),
                         np.maximum(c.resolution, 0.002 * (c.high - c.low)))  # fmt: skip
        with np.errstate(divide="ignore", invalid="ignore"):
            equal = np.where(told, np.clip(0.282 * c.resolution / c.noise, 0, 1), 0.995)
            equal = np.where(c.on_change, 0.995, equal)
        known = told & ~c.on_change
        weight = np.where(known, 50.0, 200.0)
        for i in range(len(plant.read)):
            self.tags.append(
                _Tag(
                    low=float(c.low[i]), high=float(c.high[i]), slack=float(c.resolution[i]) / 2,
                    whole=bool(c.whole[i]), rate_limit=float(c.rate_limit[i]),
                    tolerance=float(4 * c.noise[i] + c.resolution[i]), counter=bool(c.counter[i]),
                    cap=float(c.count_cap[i]), inert=bool(c.inert[i]),
                    measured=bool(c.measured[i]), machine=int(c.state_of[i]),
                    is_state=int(c.state_of[i]) == i,
                    silent_us=max(5 * float(c.period_s[i]), 15) * SECOND,
                    step=1.13 * float(c.noise[i]), least=float(least[i]),
                    steps=_LEARNED if told[i] else 0,
                    same=float(weight[i] * equal[i]), weight=float(weight[i]),
                    on_change=bool(c.on_change[i]), lasting=bool(c.lasting[i]),
                    usual_low=float(c.usual_low[i]), usual_high=float(c.usual_high[i]),
                )
            )  # fmt: skip
        for point, side, limit in zip(limits.point, limits.side, limits.limit, strict=True):
            if point < len(self.tags):
                self.tags[point].alarms.append(_limit(plant, int(point), int(side), float(limit)))
        self._executing = {i: [0, 0, 0] for i, tag in enumerate(self.tags) if tag.is_state}

    def take(self, batch: Batch) -> None:
        """Believe or doubt each reading."""
        heard = dated(batch)
        columns = (batch.point, heard, batch.value, batch.status, heard != batch.time)
        for p, t, x, status, ahead in zip(*(column.tolist() for column in columns), strict=True):
            tag = self.tags[p]
            if ahead:
                code = CLOCK
            elif status >= BAD:
                code = STATUS
            elif not math.isfinite(x) or (tag.whole and x != math.floor(x)):
                code = TYPE
            elif x < tag.low - tag.slack or x > tag.high + tag.slack:
                code = RANGE
            else:
                code = BELIEVED
            tag.heard = t
            tag.word = t, x, code
            self._judge(p, tag, t, x, code)

    def _judge(
        self, p: int, tag: _Tag, t: int, x: float, code: int, *, stands: bool = False
    ) -> None:
        grown = x - tag.value
        jump, passed = abs(grown), (t - tag.time) / SECOND
        odd = near = False
        if code == BELIEVED:
            if jump > tag.rate_limit * passed + tag.tolerance:
                code = RATE
            elif tag.inert:
                usual = max(tag.step, tag.least) if tag.steps >= _LEARNED else math.inf
                odd = jump > OUTLIER * usual
            elif tag.counter:
                counts = grown + tag.value if grown < 0 else grown
                odd = counts > tag.cap * passed + 2
        if not math.isnan(tag.suspect) and code in {BELIEVED, RATE}:
            near = abs(x - tag.suspect) < jump
            if near:
                tag.agreed += 1
                near = tag.agreed < (1 if tag.counter else PROOF)
                odd = False
                if not near and (code == RATE or self._rescaled(p, tag, x)):
                    self._doubt(tag, t, RATE)
                    tag.suspect = math.nan
                    return
            elif tag.inert:
                tag.spikes += 1
                tag.spike_time = tag.suspect_time
            tag.suspect = math.nan
        if odd:
            tag.agreed, tag.suspect_time = 0, t
        if odd or near:
            tag.suspect = x
        elif code != BELIEVED:
            self._doubt(tag, t, code)
        else:
            self._believe(p, tag, t, x, jump, stands=stands)

    def _rescaled(self, p: int, tag: _Tag, x: float) -> bool:
        """Whether a running machine's point left its usual range by a change of unit."""
        inside = tag.usual_low <= tag.value <= tag.usual_high
        if not tag.steady or not inside or tag.usual_low <= x <= tag.usual_high:
            return False
        grows = abs(x) > abs(tag.value) or tag.machine >= 0
        one, before, now = np.array([p]), np.array([tag.value]), np.array([x])
        return bool(grows and self._units.which(one, before, now)[0] >= 0)

    def _doubt(self, tag: _Tag, t: int, code: int, amount: int = 1) -> None:
        tag.good_since = 0
        fading = math.exp(-max(t - tag.doubt_time, 0) / (DOUBT_S * SECOND))
        tag.doubt = tag.doubt * fading + amount
        tag.doubt_time = t
        if tag.doubt >= DOUBT_HOLDS and tag.held == BELIEVED:
            tag.held, tag.settled = code, math.nan

    def _believe(self, p: int, tag: _Tag, t: int, x: float, jump: float, *, stands: bool) -> None:
        if not math.isnan(jump) and not stands:
            usual = max(tag.step, tag.least) if tag.steps >= _LEARNED else math.inf
            tag.step += (min(jump, 4 * usual) - tag.step) / min(tag.steps + 1, 50)
            tag.steps += 1
        if tag.measured and (stands or not math.isnan(jump)):
            if (stands or jump == 0) and x != 0 and tag.low < x < tag.high:
                tag.run += 1
            else:
                tag.same += tag.run
                tag.weight += tag.run + 1
                tag.run = 0
        before, since, tag.value, tag.time = tag.value, tag.time, x, t
        tag.good_since = tag.good_since or t
        if tag.held != BELIEVED:
            return
        tag.settled = tag.last = x
        tag.count += 1
        tag.sum += x
        tag.bottom, tag.top = min(tag.bottom, x), max(tag.top, x)
        if tag.is_state:
            seen = self._executing[p]
            seen[0] += 1
            seen[1] += x == EXECUTE
        elif tag.counter and not math.isnan(before):
            grown = x - before if x >= before else x
            if grown <= tag.cap * (t - since) / SECOND + 2:
                tag.total += grown

    def close(self, end: int) -> None:
        """Close the row of the common grid that ends at `end`: rules of time, alarms."""
        for p, tag in enumerate(self.tags):
            if tag.on_change and tag.word is not None and tag.word[0] < end - GRID_US:
                _, x, code = tag.word
                told, tag.heard = tag.time, end - 1
                self._judge(p, tag, end - 1, x, code, stands=True)
                tag.time = told
        for seen in self._executing.values():
            seen[2] = seen[2] + 1 if seen[0] and seen[0] == seen[1] else 0
            seen[0] = seen[1] = 0
        for tag in self.tags:
            tag.steady = tag.machine < 0 or self._executing[tag.machine][2] >= _STEADY_ROWS
            self._close(tag, end, steady=tag.steady)
            if tag.count and 0 <= tag.last < 64:
                tag.said = int(tag.last)
        for tag in self.tags:
            mean = tag.sum / tag.count if tag.count else math.nan
            mean = tag.last if tag.count and tag.lasting else mean
            for alarm in tag.alarms:
                hidden = any(self.tags[p].said in told for p, told in alarm.hidden.items())
                held = hidden or tag.held != BELIEVED
                alarm.take(mean, end, steady=tag.steady, held=held)
            tag.count, tag.sum, tag.bottom, tag.top = 0, 0.0, math.inf, -math.inf

    def _close(self, tag: _Tag, end: int, *, steady: bool) -> None:
        if tag.spikes:
            if steady:
                self._doubt(tag, tag.spike_time, SPIKE, tag.spikes)
            tag.spikes = 0
        if not steady:
            tag.run = 0
        if tag.weight > _FORGET:
            tag.same, tag.weight = tag.same / 2, tag.weight / 2
        usual = max(tag.same / tag.weight, 0.1)
        if usual < 0.9 and tag.run * math.log(usual) < _CHANCE:
            tag.good_since = end
            if tag.held == BELIEVED:
                tag.held, tag.settled = STUCK, math.nan
        last = max(tag.heard, self._up)
        if end - last > tag.silent_us and tag.held == BELIEVED:
            tag.held, tag.settled, tag.good_since = MISSING, math.nan, 0
        if tag.held == BELIEVED or not tag.good_since or end - tag.good_since < GOOD_FOR_US:
            return
        fading = math.exp(-max(end - tag.doubt_time, 0) / (DOUBT_S * SECOND))
        well = tag.doubt * fading < DOUBT_ENDS and end - tag.heard <= tag.silent_us
        if well and (tag.held != STUCK or (steady and tag.run == 0)):
            tag.held = BELIEVED


def dated(batch: Batch) -> NDArray[np.int64]:
    """When each reading counts as read: one from the future when it came."""
    ahead = batch.time > batch.received + AHEAD_LIMIT_US
    return np.where(ahead, batch.received, batch.time)


def _limit(plant: Plant, i: int, side: int, limit: float) -> _Limit:
    spec, unit = plant.points[i].spec, plant.units[plant.points[i].unit_id]
    hidden = {}
    for role, numbers in ((Role.STATE, STATES), (Role.MODE, MODES)):
        teller = unit.with_role(role)
        if teller is not None:
            words = spec.alarm.suppressed_while
            hidden[plant.index[teller.id]] = {numbers[word] for word in words if word in numbers}
    return _Limit(
        sign=1.0 if side else -1.0, limit=limit, band=_band(spec, limit),
        on_us=round(spec.alarm.on_delay_s * SECOND),
        off_us=round(spec.alarm.off_delay_s * SECOND), hidden=hidden,
    )  # fmt: skip


def _band(spec: PointSpec, limit: float) -> float:
    if spec.alarm.dead_band is not None:
        return spec.alarm.dead_band
    usual = spec.normal or spec.limits
    return max(
        2 * spec.noise, spec.resolution, DEAD_BAND * abs(limit - (usual.low + usual.high) / 2)
    )
