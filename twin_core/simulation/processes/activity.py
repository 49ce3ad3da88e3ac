"""How much the machines of every line work, and so draw, as potentials and scenario move.

A line runs at the pace of its slowest machine (Hopp and Spearman, *Factory Physics*, ch. 7: the
bottleneck's rate); what bends a machine's speed by the nameplate bends its line's. A machine that
stands makes its neighbours wait once the buffers between are empty or full. What a machine draws
falls with its pace to `STANDSTILL` of its nominal draw. It must never draw at random.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import Effect, Role
from twin_core.simulation.live.effects import SUPPLY, amounts, factors
from twin_core.simulation.processes.moves import Moves
from twin_core.simulation.processes.trains import Train

STANDSTILL = 0.1
"""Share of its nominal draw that a machine takes while it does not move."""
_TABLE = 257
_STOPS_S = 120.0
"""Time constant with which a machine goes back to how it ran lately."""
_MOST = 20.0
"""The most that a machine's pace may be over what its line's is by the nameplate."""

Breaks = Mapping[str, tuple[tuple[float, float], ...]]
"""Line path → (start, end) of its planned stops, seconds after the start (or before it)."""


@dataclass(frozen=True, slots=True, eq=False)
class _Bends:
    """Factors on the speeds of the machines that headers bend, K in a row, those of one together.

    Attributes:
        headers: which header bends it, int[K]; `low`, `span` the potentials of its table, [K, 1].
        table: float64[K * _TABLE]; `begins` where each one's begins in it, int[K, 1].
        places: of the U machines, int[U]; `first` where each one's factors begin, int[U].
    """

    headers: NDArray[np.int64]
    low: NDArray[np.float64]
    span: NDArray[np.float64]
    table: NDArray[np.float64]
    begins: NDArray[np.int64]
    places: NDArray[np.int64]
    first: NDArray[np.int64]

    @classmethod
    def of(cls, bent: "Sequence[_Bent]") -> "_Bends":
        """All that is bent."""
        rows = sorted(bent, key=lambda one: (one.place, one.header))
        places, first = np.unique(np.array([b.place for b in rows], np.int64), return_index=True)
        low, high = np.array([(b.low, b.high) for b in rows]).reshape(-1, 2, 1).swapaxes(0, 1)
        return cls(
            headers=np.array([b.header for b in rows], np.int64),
            low=low,
            span=high - low,
            table=np.concatenate([b.factors for b in rows]) if rows else np.empty(0),
            begins=np.arange(len(rows))[:, None] * _TABLE,
            places=places,
            first=first,
        )

    def at(self, potentials: NDArray[np.float64]) -> NDArray[np.float64]:
        """Factors of `places` at the potentials, float64[U, R]; beyond a table those at its end."""
        x = (potentials[self.headers] - self.low) / self.span * (_TABLE - 1)
        x = np.minimum(np.maximum(x, 0.0), _TABLE - 1 - 1e-9)
        k = x.astype(np.int64)
        x -= k
        k += self.begins
        left = self.table.take(k)
        factors = left + (self.table.take(k + 1) - left) * x
        return np.asarray(np.multiply.reduceat(factors, self.first, axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class _Bent:
    """How one header bends one machine: factors at potentials evenly from low to high."""

    place: int
    header: int
    low: float
    high: float
    factors: NDArray[np.float64]


class Activity:
    """The machines of all lines, M in a row, over a time axis of T moments.

    Args:
        plant: for its effects.
        trains: the lines.
        levels: potentials of the headers at the start.
        shares: by header path in the order of `levels`, what a consumer draws at nominal pace.
        moves, stops: what is done to the machines, and when their lines are planned to stand.
        t: seconds after the start, float64[T].
    """

    def __init__(
        self,
        plant: Plant,
        trains: Sequence[Train],
        levels: Mapping[str, float],
        shares: Mapping[str, Sequence[tuple[str, float]]],
        moves: Moves,
        stops: Breaks,
        t: NDArray[np.float64],
    ) -> None:
        self.units = [u for train in trains for u in train.machines]
        place = {u.id: i for i, u in enumerate(self.units)}
        self._paces = np.array([p for train in trains for p in train.paces])
        self._rated = np.array([r for train in trains for r in train.rated])
        told = np.array([p for train in trains for p in train.told])
        self._told = np.where(np.isfinite(told), _share_of(told, self._rated), _MOST)
        sizes = [len(train.machines) for train in trains]
        self._first = np.cumsum([0, *sizes])[:-1].astype(np.int64)
        self._line = np.repeat(np.arange(len(trains)), sizes)
        bent = [one for j, h in enumerate(shares) for one in _bent(plant, j, h, self.units)]
        self._bends = _Bends.of(bent)
        self._share = np.zeros((len(shares), len(self.units)))
        self._other = np.zeros((len(shares), 1))
        for j, header in enumerate(shares):
            for consumer, share in shares[header]:
                if consumer in place:
                    self._share[j, place[consumer]] += share
                else:
                    self._other[j] += share
        self._factor, out = _asked(self.units, moves, t)
        for k, train in enumerate(trains):
            self._factor[:, self._line == k] *= moves.pace(train.line, t)[:, None]
        broken = np.zeros((len(t), len(self.units)), dtype=bool)
        for k, train in enumerate(trains):
            mine = self._line == k
            for start, end in _breaks(train.line, stops, moves):
                broken |= mine & ((t >= start) & (t < end))[:, None]
        self._out = out
        self._stands = broken | _waiting(trains, self._first, out, t)
        held = np.array([levels[h] for h in shares]).reshape(-1, 1)
        none = np.zeros(len(self.units), dtype=bool)
        able = self._pace(held, np.ones(len(self.units)), none)[:, 0] * self._rated
        broken_now = broken[0] if len(t) else none
        self._runs = _runs(trains, able, broken_now, moves, t)

    def reference(self, trains: Sequence[Train]) -> NDArray[np.float64]:
        """What the headers' consumers drew at the paces seen of these lines, float64[H]."""
        seen = np.array([s for train in trains for s in train.seen])
        return np.asarray(self._sum(_share_of(seen, self._rated)[:, None])[:, 0])

    def drawn(self, k: int, potentials: NDArray[np.float64]) -> NDArray[np.float64]:
        """What consumers draw at the k-th moment by nameplate, at potentials float64[H, R]."""
        line = self._pace(potentials, self._factor[k], self._out[k])
        # it may turn faster than it is fed, never faster than it is told to, if anything tells it
        told = (self._told * self._factor[k])[:, None]
        pace = np.minimum(line * self._runs[k][:, None], np.maximum(told, line))
        pace[self._stands[k] | self._out[k]] = 0.0
        return self._sum(pace)

    def _sum(self, pace: NDArray[np.float64]) -> NDArray[np.float64]:
        """What is drawn at these shares of the rated paces, float64[M, R]."""
        return self._share @ (STANDSTILL + (1.0 - STANDSTILL) * pace) + self._other

    def _pace(
        self,
        potentials: NDArray[np.float64],
        factor: NDArray[np.float64],
        out: NDArray[np.bool_],
    ) -> NDArray[np.float64]:
        """The lines' paces over the rated ones, float64[M, R], while nothing stops them."""
        n = potentials.shape[1]
        able = np.repeat((self._paces * factor)[:, None], n, axis=1)
        if not self.units:
            return able
        if len(self._bends.places):
            able[self._bends.places] *= self._bends.at(potentials)
        able[out] = np.inf  # the others run on until it makes them wait
        slowest = np.minimum.reduceat(able, self._first, axis=0)[self._line]
        return _share_of(slowest, self._rated[:, None])


def _share_of(pace: NDArray[np.float64], rated: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pace over rated pace; 1 where one of them is not known."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = pace / rated
    return np.asarray(np.where(np.isfinite(share), share, 1.0))


def _runs(
    trains: Sequence[Train],
    able: NDArray[np.float64],
    broken: NDArray[np.bool_],
    moves: Moves,
    t: NDArray[np.float64],
) -> NDArray[np.float64]:
    """What share of its line's pace each machine moves at, float64[T, M].

    From that seen now it goes back to that of the last minutes, as a small stop ends; a line of
    which something is mended runs whole from then on.
    """
    seen = np.array([s for train in trains for s in train.seen])
    lately = np.array([s for train in trains for s in train.lately])
    now, soon = (np.clip(_share_of(x, able), 0.0, _MOST) for x in (seen, lately))
    now = np.where(broken, soon, now)
    found = soon + (now - soon) * np.exp(-t / _STOPS_S)[:, None]
    mended = [
        any(m.id in moves.restored for m in train.machines)
        for train in trains
        for _ in train.machines
    ]
    whole = np.array(mended, dtype=bool) & moves.on(t)[:, None]
    return np.asarray(np.where(whole, 1.0, found))


def _asked(
    units: Sequence[Unit], moves: Moves, t: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Factor on each machine's pace by the scenario, float64[T, M], and where it is out, bool."""
    on = moves.on(t)
    factor, out = np.ones((len(t), len(units))), np.zeros((len(t), len(units)), dtype=bool)
    for i, unit in enumerate(units):
        times = moves.speed.get(unit.id, 1.0) * moves.capacity.get(unit.id, 1.0)
        point = unit.with_role(Role.SPEED_SETPOINT)
        moved = moves.setpoint(point.id if point is not None else None)
        if moved is not None and moved[0] > 0:
            times *= max(0.0, moved[1]) / moved[0]
        factor[:, i] = np.where(on, times, 1.0)
        out[:, i] = moves.out(unit.id, t) | (on & (times <= 0))
    return factor, out


def _breaks(line: str, stops: Breaks, moves: Moves) -> list[tuple[float, float]]:
    """The line's planned stops as the scenario has them: (start, end), seconds."""
    spans = stops.get(line, ())
    ahead = moves.stops_of(line, [(start, end - start) for start, end in spans if start > 0])
    return [*((s, e) for s, e in spans if s <= 0), *((s, s + d) for s, d in ahead)]


def _waiting(
    trains: Sequence[Train],
    first: NDArray[np.int64],
    out: NDArray[np.bool_],
    t: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Where a machine stands since another of its line does, bool[T, M]."""
    found = np.zeros_like(out)
    for train, begin in zip(trains, first, strict=True):
        for j in range(len(train.machines)):
            stopped = out[:, begin + j]
            if not stopped.any():
                continue
            # seconds for which it has stood without a break
            since = np.where(stopped, t, np.inf)
            begun = np.where(stopped & ~np.r_[False, stopped[:-1]], t, -np.inf)
            stood = since - np.maximum.accumulate(begun)
            for i in range(len(train.machines)):
                if i != j:
                    found[:, begin + i] |= stopped & (stood >= train.waits_s(j, i))
    return found


def _bent(plant: Plant, j: int, path: str, units: Sequence[Unit]) -> Iterator[_Bent]:
    """How the potential of the j-th header bends machines' speeds, by the nameplate's effects.

    Directly, or through a process value that it shifts and that stands where it is usual.
    """
    point = plant.unit(path).with_role(Role.POTENTIAL)
    if point is None or point.spec.limits.high <= point.spec.limits.low:
        return
    low, high = point.spec.limits.low, point.spec.limits.high
    x = np.linspace(low, high, _TABLE)
    for i, unit in enumerate(units):
        factors = _factors(plant, unit, path, x)
        if factors is not None:
            yield _Bent(i, j, low, high, factors)


def _factors(
    plant: Plant, unit: Unit, header: str, x: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    effects = plant.class_of(unit.id).effects
    result: NDArray[np.float64] | None = None
    for effect in effects:
        if not _follows(plant, unit, effect, header):
            continue
        if effect.on == "speed":
            found = factors(effect, x)
            result = found if result is None else result * found
        if effect.on == "offset" and effect.point is not None:
            point = unit.point(effect.point)
            usual = point.spec.normal if point is not None else None
            if usual is None:
                continue
            value = (usual.low + usual.high) / 2.0 + amounts(effect, x)
            for other in effects:
                if other.on == "speed" and other.by == effect.point:
                    found = factors(other, value)
                    result = found if result is None else result * found
    return result


def _follows(plant: Plant, unit: Unit, effect: Effect, header: str) -> bool:
    if not effect.by.startswith(SUPPLY):
        return False
    return plant.supplier(unit.id, effect.by.removeprefix(SUPPLY)) == header
