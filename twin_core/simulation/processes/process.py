"""Lumped balances of the shared media: what headers hold while producers give and lines draw.

Per header: capacitance x d(potential)/dt = direction x (what producers give + what ties bring -
what is drawn), a lumped balance (Seborg, Edgar and Mellichamp, *Process Dynamics and Control*,
ch. 2) integrated by Euler's explicit rule, or by `stiff.py` where that would swing. A producer's
load falls linearly from its limit to nothing over its control band around its setpoint (a
proportional controller); a tie passes by `passing.py`; what is drawn follows `drawn.py` and
`activity.py`. The nameplate is in the class parameters `capacity`, `control_band`, `capacitance`,
`direction`, `rest`, each with its unit. What is drawn is inferred, so that the balance reproduces
the potentials, flows and slopes believed at the start; every change moves it from there.

It must never know which medium it is about.
"""

from collections.abc import Mapping
from functools import partial
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import Effect, Role
from twin_core.simulation.live.believing import Believing
from twin_core.simulation.live.effects import SUPPLY, factor, factors
from twin_core.simulation.numbers import Draws, Numbers
from twin_core.simulation.processes.activity import Activity, Breaks
from twin_core.simulation.processes.drawn import Drawn, Rows
from twin_core.simulation.processes.media import Header, Media, Producer
from twin_core.simulation.processes.moves import Moves
from twin_core.simulation.processes.passing import DEPTHS
from twin_core.simulation.processes.paths import Paths, capability, value_paths
from twin_core.simulation.processes.stiff import implicit
from twin_core.simulation.processes.ties import Tie

_STEP_S, _SHORTEST_STEP_S = 4.0, 0.25
_LONG_STEP_S, _SETTLES_S = 20.0, 60.0
"""Of balances that would need shorter steps than the shortest, once so long after a change."""


def potentials(
    plant: Plant,
    media: Media,
    before: Mapping[str, Media],
    moves: Moves,
    stops: Breaks,
    t: NDArray[np.float64],
    random: Numbers,
) -> dict[str, NDArray[np.float64]]:
    """The potential every header's consumers see on the time axis, float64[R, T] by header path.

    Args:
        plant: for the effects of its classes.
        media: at the start.
        before: by path of a restored asset, the media as they were.
        moves: the scenario.
        stops: of every line that draws from the media: a line in a break draws little.
        t: seconds after the start, evenly spaced from 0.
        random: of what is drawn, and how it follows the potential.
    """
    return _Balance(plant, media, before, moves, stops, t, random).run()


class _Balance:
    """The integration: steps of `_STEP_S` or less, longer where stiff, all replications at once."""

    def __init__(
        self,
        plant: Plant,
        media: Media,
        before: Mapping[str, Media],
        moves: Moves,
        stops: Breaks,
        t: NDArray[np.float64],
        random: Numbers,
    ) -> None:
        self.plant, self.media, self.before, self.moves = plant, media, before, moves
        self.t, self.stops = t, stops
        self.fine, self.told, self.stiff = self._fine()
        more, follows = random.normal(), random.normal()
        shares = {u: h.consumers for u, h in media.headers.items()}
        self.activity = Activity(plant, media.trains, media.levels, shares, moves, stops, self.fine)
        headers = list(media.headers.values())
        self.row = {u: j for j, u in enumerate(media.headers)}
        # neighbours deviate in opposite directions, so that ties matter
        deviation = np.outer([(-1.0) ** j for j in range(len(headers))], more)
        self.drawn = Drawn.of(headers, self.activity.reference(media.trains), deviation, follows)
        again = [before.get(u, media) for u in media.headers]
        ran = [self.activity.reference(m.trains)[j] for j, m in enumerate(again)]
        was = [m.headers[u] for u, m in zip(media.headers, again, strict=True)]
        self.drawn_again = Drawn.of(was, np.array(ran), deviation, follows)
        self.n = len(random)
        start = np.array([h.potential for h in headers])
        self.state = np.repeat(start[:, None], self.n, axis=1)
        self.runs = {u: np.full(self.n, t.running) for u, t in media.ties.items()}
        self.low, self.high = np.array([_limits(h) for h in headers]).reshape(-1, 2).T[:, :, None]
        self.lowest = {u: _lowest(h) for u, h in media.headers.items()}
        steps = np.diff(self.fine, append=self.fine[-1])
        self.moved = [
            np.array([h.direction * s / h.capacitance for h in headers])[:, None] for s in steps
        ]
        producers = list(media.producers.values())
        self.fed = np.array([self.row[p.header] for p in producers], np.int64)
        self.gain = np.array([media.headers[p.header].direction / p.band for p in producers])
        self.into = np.zeros((len(headers), len(producers)))
        self.into[self.fed, np.arange(len(producers))] = 1.0
        self.supplied = [one for j, p in enumerate(producers) for one in self._supplied(j, p)]

    def run(self) -> dict[str, NDArray[np.float64]]:
        media, t = self.media, self.t
        if not self._moves():
            return {u: np.tile(p[:, None], (1, len(t))) for u, p in self._shifted(0.0).items()}
        plans = [self._producer_plan(p) for p in media.producers.values()]
        capacity, setpoint, limit = np.array(plans).reshape(-1, 3, len(self.fine)).swapaxes(0, 1)
        draws = [self._draw_plan(h) for h in media.headers.values()]
        times, inlet = np.array(draws).reshape(-1, 2, len(self.fine)).swapaxes(0, 1)
        feeds = capacity * limit * inlet[self.fed]
        opens = {u: self._tie_plan(k) for u, k in media.ties.items()}
        found = {u: np.empty((self.n, len(t))) for u in media.headers}
        for k, at in enumerate(self.told):
            if at >= 0:
                for u, p in self._shifted(float(self.fine[k])).items():
                    found[u][:, at] = p
            self._switch(k)
            moved = partial(self._moved_by, k, feeds, setpoint, times, opens)
            if self.stiff:
                self.state = implicit(moved, self.state, self.low, self.high)
            else:
                there = self.state + moved(self.state)
                self.state = np.minimum(np.maximum(there, self.low), self.high)
        return found

    def _moved_by(
        self,
        k: int,
        feeds: Rows,
        setpoint: Rows,
        times: Rows,
        opens: "Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]",
        state: Rows,
    ) -> Rows:
        """How far each header moves in a step at potentials float64[H, C], C some times R."""
        balance = self.into @ self._fed(feeds[:, k : k + 1], setpoint[:, k : k + 1], state)
        law = self.drawn_again if self._since(k) else self.drawn
        drawn = law.at(state, self.activity.drawn(k, state))
        balance -= drawn * times[:, k : k + 1]
        self._join(balance, k, opens, state)
        return np.asarray(self.moved[k] * balance)

    def _fed(self, feeds: Rows, setpoint: Rows, state: Rows) -> Rows:
        """What producers give, float64[P, C], of what each could and is set to."""
        asked = 0.5 + self.gain[:, None] * (setpoint - state[self.fed])
        found = feeds * np.minimum(np.maximum(asked, 0.0), 1.0)
        for j, effect, source, start in self.supplied:
            found[j] *= factors(effect, state[source]) / start
        return np.asarray(found)

    def _join(
        self,
        balance: Rows,
        k: int,
        opens: "Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]",
        state: Rows,
    ) -> None:
        """Ties bring from one end what the other gets."""
        for u, tie in self.media.ties.items():
            passes = self._passes(tie, k, *opens[u], state)
            for end, sign in zip(tie.ends, (-1.0, 1.0), strict=True):
                balance[self.row[end]] += sign * self.media.headers[end].direction * passes

    def _fine(self) -> tuple[NDArray[np.float64], NDArray[np.int64], bool]:
        """Moments of the steps, which of `t` each is or -1, and whether they have to be implicit.

        Those of balances that swing are short for a while after the start and the changes.
        """
        t, longest = self.t, self._step_s()
        step, stiff = float(t[1] - t[0]) if len(t) > 1 else _STEP_S, longest < _SHORTEST_STEP_S
        subs = np.full(len(t) - 1, max(1, round(step / (_STEP_S if stiff else longest))), np.int64)
        if stiff:
            news = [
                0.0,
                self.moves.after_s,
                *(x for s in self.stops.values() for p in s for x in p),
            ]
            calm = np.all([(t[:-1] >= x + _SETTLES_S) | (t[1:] <= x) for x in news], axis=0)
            subs[calm] = max(1, round(step / _LONG_STEP_S))
        fine = [t[i] + np.arange(n) * (step / n) for i, n in enumerate(subs)]
        told = np.full(int(subs.sum()) + 1, -1, np.int64)
        told[np.cumsum([0, *subs])] = np.arange(len(t))
        return np.concatenate([*fine, t[-1:]]), told, stiff

    def _step_s(self) -> float:
        """The longest explicit step with which no header overshoots: rate x step < 2."""
        media, rates = self.media, dict.fromkeys(self.media.headers, 0.0)
        for u, p in media.producers.items():
            most = p.capacity * max(1.0, p.limit) * max(1.0, self.moves.capacity.get(u, 1.0))
            rates[p.header] += most / p.band
        for u, tie in media.ties.items():
            steepest = tie.passing.steepest() * max(tie.scale)
            for end in tie.ends:
                rates[end] += 2.0 * steepest * max(1.0, self.moves.capacity.get(u, 1.0))
        fastest = max((r / media.headers[u].capacitance for u, r in rates.items()), default=0.0)
        return min(_STEP_S, 1.0 / fastest) if fastest > 0 else _STEP_S

    def _moves(self) -> bool:
        """Whether anything can move: a change, or a balance that is not even."""
        media = self.media
        if any(
            abs(self._slope(h)) * 900.0 > 0.003 * abs(h.potential) for h in media.headers.values()
        ):
            return True
        if any(tie.levels is not None for tie in media.ties.values()):
            return True
        mine = {*media.headers, *media.producers, *media.ties}
        mine |= {unit.id for unit in self.activity.units}
        touched = {p.rsplit("/", 1)[0] for p in (*self.moves.setpoints, *self.moves.offsets)}
        if any(start > 0 or end > 0 for spans in self.stops.values() for start, end in spans):
            return True
        moves = self.moves
        touched |= {*moves.capacity, *moves.outages, *moves.restored, *moves.speed}
        return bool(touched & mine) or bool(self.moves.demand)

    def _slope(self, header: Header) -> float:
        given = sum(
            p.gives
            for p in self.media.producers.values()
            if p.header == header.unit.id and isfinite(p.gives)
        )
        for tie in self.media.ties.values():
            if header.unit.id in tie.ends:
                first, second = (self.media.headers[end].potential for end in tie.ends)
                sign = -1.0 if tie.ends[0] == header.unit.id else 1.0
                given += tie.now(first, second) * sign * header.direction
        return header.direction * (given - header.drawn) / header.capacitance

    def _shifted(self, now: float) -> dict[str, NDArray[np.float64]]:
        """What consumers see: the potential, with an offset the scenario puts on it."""
        found = {}
        for unit, value in zip(self.media.headers, self.state, strict=True):
            point = self.media.headers[unit].unit.with_role(Role.POTENTIAL)
            shift = self.moves.offsets.get(point.id) if point is not None else None
            found[unit] = value
            if point is not None and shift is not None and now >= self.moves.after_s - 1e-9:
                limits = point.spec.limits
                found[unit] = np.clip(value + shift, limits.low, limits.high)
        return found

    def _capability(self, unit: Unit, values: Mapping[str, Believing]) -> NDArray[np.float64]:
        """Factor on what the unit can give by its process values, float64[fine].

        Not those of a repair: capacity and draw seen before it hold what they did then.
        """
        effects = [
            e
            for e in self.plant.class_of(unit.id).effects
            if e.on == "capacity" and not e.by.startswith(SUPPLY)
        ]
        one = Draws(0, 1).of(0)
        paths: Paths = value_paths(self.plant, unit, values, {}, {}, {}, self.moves, self.fine, one)
        found = capability(effects, paths, {k: b.value for k, b in values.items()}, on="capacity")
        result = np.ones(len(self.fine)) if found is None else found[0]
        moved = self.moves.capacity.get(unit.id, 1.0)
        result = result * np.where(self.moves.on(self.fine), moved, 1.0)
        return np.where(self.moves.out(unit.id, self.fine), 0.0, result)

    def _producer_plan(self, producer: Producer) -> tuple[NDArray[np.float64], ...]:
        """Capacity, setpoint with bias, limit along the fine axis.

        The bias is the way between producer and header, so a repair of either brings it back.
        """
        on = self.moves.on(self.fine)
        unit = producer.unit
        capacity = np.full(len(self.fine), producer.capacity if producer.running else 0.0)
        bias = np.full(len(self.fine), producer.bias)
        for asset in (producer.header, unit.id):
            again = self.before[asset].producers.get(unit.id) if asset in self.before else None
            if again is not None:
                bias = np.where(on, again.bias, bias)
                capacity = np.where(on, again.capacity, capacity) if asset == unit.id else capacity
        capacity = capacity * self._capability(unit, producer.values)
        setpoint = np.full(len(self.fine), producer.setpoint) + bias
        limit = np.full(len(self.fine), producer.limit)
        moved = self.moves.setpoint(producer.setpoint_path)
        if moved is not None:
            old, new = moved
            setpoint = setpoint + np.where(on, new - old, 0.0)
        moved = self.moves.setpoint(producer.limit_path)
        if moved is not None:
            old, new = moved
            limit = limit * np.where(on, new / old if old > 0 else 1.0, 1.0)
        return capacity, setpoint, limit

    def _draw_plan(self, header: Header) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Factor on, and addition to, what is drawn; factor on what comes in."""
        on = self.moves.on(self.fine)
        unit = header.unit.id
        times = self.moves.demand.get(unit, 1.0)
        for producer in self.media.producers.values():
            if producer.header == unit:
                times *= self.moves.demand.get(producer.unit.id, 1.0)
        total = sum(share for _, share in header.consumers)
        for consumer, share in header.consumers:
            if consumer in self.moves.demand and total > 0:
                times += (self.moves.demand[consumer] - 1.0) * share / total
        return np.where(on, times, 1.0), self._capability(header.unit, header.values)

    def _tie_plan(self, tie: Tie) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Opening, and factor on what is passed, along the fine axis."""
        on = self.moves.on(self.fine)
        since = np.clip(self.fine - self.moves.after_s, 0.0, None)
        opening = np.full(len(self.fine), tie.opening)
        then = self.before.get(tie.unit.id)
        again = then.ties.get(tie.unit.id) if then is not None else None
        if again is not None:
            opening = np.where(on, again.opening, opening)
        moved = self.moves.setpoint(tie.setpoint_path)
        if moved is not None:
            old, new = moved
            opening = opening + tie.opens * (new - old) * (1.0 - np.exp(-since / tie.lag_s))
        factor = np.where(on, self.moves.capacity.get(tie.unit.id, 1.0), 1.0)
        factor = np.where(self.moves.out(tie.unit.id, self.fine), 0.0, factor)
        return np.asarray(np.clip(opening, 0.0, 1.0)), np.asarray(factor)

    def _passes(
        self,
        tie: Tie,
        k: int,
        opening: NDArray[np.float64],
        factor: NDArray[np.float64],
        state: Rows,
    ) -> NDArray[np.float64]:
        """What a tie brings from its first end to the second, float64[C]; an empty end gives none.

        Whether an end is empty is told by the first R columns, where the headers are.
        """
        again = self.before.get(tie.unit.id)
        law, running = tie.passing, self.runs[tie.unit.id]
        if again is not None and tie.unit.id in again.ties and self._since(k):
            law = again.ties[tie.unit.id].passing
        one, two = (state[self.row[end]] for end in tie.ends)
        passes = law.flow(tie.head(one, two), np.full(len(one), opening[k])) * factor[k]
        here, floors = passes[: self.n], [self.lowest[end] for end in tie.ends]
        dry = (one[: self.n] <= floors[0]) & (here > 0)
        dry |= (two[: self.n] <= floors[1]) & (here < 0)
        lets = running & ~dry
        return np.asarray(np.where(lets, passes.reshape(-1, self.n), 0.0).reshape(-1))

    def _switch(self, k: int) -> None:
        """Start ties at one potential of their first end and stop them at another.

        One that is mended runs.
        """
        for u, tie in self.media.ties.items():
            again, running = self.before.get(u), self.runs[u]
            if again is not None and u in again.ties and self._since(k):
                running |= True
            if tie.levels is not None:
                stops, starts = tie.levels
                sign = 1.0 if starts > stops else -1.0
                one = self.state[self.row[tie.ends[0]]]
                running |= sign * (one - starts) >= 0
                running &= sign * (one - stops) > 0

    def _since(self, k: int) -> bool:
        """Whether the changes hold at a fine step."""
        return bool(self.fine[k] >= self.moves.after_s - 1e-9)

    def _supplied(self, place: int, producer: Producer) -> list[tuple[int, Effect, int, float]]:
        """Effects of headers on a producer's capacity: of which, and the factor at the start."""
        found = []
        for effect in self.plant.class_of(producer.unit.id).effects:
            if effect.on != "capacity" or not effect.by.startswith(SUPPLY):
                continue
            source = self.plant.supplier(producer.unit.id, effect.by.removeprefix(SUPPLY))
            if source is not None and source in self.row:
                start = factor(effect, self.media.headers[source].potential)
                found.append((place, effect, self.row[source], max(start, 0.05)))
        return found


def _limits(header: Header) -> tuple[float, float]:
    """What the potential's instrument can show."""
    point = header.unit.with_role(Role.POTENTIAL)
    return (-np.inf, np.inf) if point is None else (point.spec.limits.low, point.spec.limits.high)


def _lowest(header: Header) -> float:
    """The potential at which a header has nothing left to give to a tie: only a tank runs dry."""
    point = header.unit.with_role(Role.POTENTIAL)
    if point is None or point.spec.unit not in DEPTHS:
        return -np.inf
    return point.spec.limits.low
