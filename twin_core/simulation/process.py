"""Lumped balances of the shared media: what headers hold while producers give and lines draw.

Per header: capacitance x d(potential)/dt = direction x (what producers give + what ties bring -
what is drawn). A producer's load falls linearly from its limit to nothing over its control band
around its setpoint; a tie passes conductance x opening x difference (nameplate, class parameters
`capacity`, `control_band`, `capacitance`, `direction`, `conductance`). What is drawn is inferred,
so that the balance reproduces the potentials, flows and slopes believed at the start; every
change moves it from there. Through openings into the air a header at pressure loses in
proportion to it; heat and power drawn do not follow it.

It must never know which medium it is about.
"""

from collections.abc import Mapping
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import Effect, Role
from twin_core.simulation.believing import Believing
from twin_core.simulation.bending import header_of
from twin_core.simulation.effects import SUPPLY, factors
from twin_core.simulation.media import Header, Media, Producer, Tie
from twin_core.simulation.moves import Moves
from twin_core.simulation.paths import Paths, capability, value_paths

_STEP_S = 4.0
_STANDSTILL = 0.1
"""Share of its nominal draw that a machine takes while it does not move."""


Breaks = Mapping[str, tuple[tuple[float, float], ...]]
"""Line path → (start, end) of its planned stops, seconds after the start (or before it)."""


def potentials(
    plant: Plant,
    media: Media,
    before: Mapping[str, Producer | Header | Tie],
    moves: Moves,
    stops: Breaks,
    t: NDArray[np.float64],
    random: "list[np.random.Generator]",
) -> dict[str, NDArray[np.float64]]:
    """The potential every header's consumers see on the time axis, float64[R, T] by header path.

    Args:
        plant: for the effects of its classes.
        media: at the start.
        before: for assets that are restored, how they were.
        moves: the scenario.
        stops: of every line that draws from the media: a line in a break draws little.
        t: seconds after the start, evenly spaced from 0.
        random: one generator a replication, for what is drawn and how it follows the potential.
    """
    return _Balance(plant, media, before, moves, stops, t, random).run()


class _Balance:
    """The integration: explicit steps of `_STEP_S`, all replications at once."""

    def __init__(
        self,
        plant: Plant,
        media: Media,
        before: Mapping[str, Producer | Header | Tie],
        moves: Moves,
        stops: Breaks,
        t: NDArray[np.float64],
        random: "list[np.random.Generator]",
    ) -> None:
        self.plant, self.media, self.before, self.moves = plant, media, before, moves
        self.t, self.stops = t, stops
        n = len(random)
        step = float(t[1] - t[0]) if len(t) > 1 else _STEP_S
        self.sub = max(1, round(step / _STEP_S))
        self.dt = step / self.sub
        self.fine = np.asarray(np.arange((len(t) - 1) * self.sub + 1) * self.dt, np.float64)
        noise = np.stack([r.standard_normal(2) for r in random])
        self.drawn, self.follows, self.eases = {}, {}, {}
        for j, header in enumerate(media.headers.values()):
            unit = header.unit.id
            # each header its own deviation: the first pair is shared out by sign and order
            deviation = noise[:, 0] * (1.0 if j % 2 == 0 else -1.0)
            self.drawn[unit] = header.drawn * (1.0 + header.drawn_sd * deviation * 0.5)
            self.follows[unit] = header.follows * np.clip(1.0 + 0.3 * noise[:, 1], 0.2, 2.0)
            self.eases[unit] = _eases(plant, header)
        self.state = {u: np.full(n, h.potential) for u, h in media.headers.items()}
        self.n = n

    def run(self) -> dict[str, NDArray[np.float64]]:
        media, t = self.media, self.t
        if not self._moves():
            return {u: np.tile(p[:, None], (1, len(t))) for u, p in self._shifted(0.0).items()}
        plans = {u: self._producer_plan(p) for u, p in media.producers.items()}
        draws = {u: self._draw_plan(h) for u, h in media.headers.items()}
        opens = {u: self._tie_plan(k) for u, k in media.ties.items()}
        found = {u: np.empty((self.n, len(t))) for u in media.headers}
        for k in range(len(self.fine)):
            if k % self.sub == 0:
                for u, p in self._shifted(float(self.fine[k])).items():
                    found[u][:, k // self.sub] = p
            self._step(k, plans, draws, opens)
        return found

    def _moves(self) -> bool:
        """Whether anything can move: a change, or a balance that is not even."""
        media = self.media
        if any(
            abs(self._slope(h)) * 900.0 > 0.003 * abs(h.potential) for h in media.headers.values()
        ):
            return True
        mine = {*media.headers, *media.producers, *media.ties}
        touched = {p.rsplit("/", 1)[0] for p in (*self.moves.setpoints, *self.moves.offsets)}
        if any(start > 0 or end > 0 for spans in self.stops.values() for start, end in spans):
            return True
        touched |= {*self.moves.capacity, *self.moves.outages, *self.moves.restored}
        return bool(touched & mine) or bool(self.moves.demand)

    def _slope(self, header: Header) -> float:
        given = sum(
            p.gives
            for p in self.media.producers.values()
            if p.header == header.unit.id and isfinite(p.gives)
        )
        for tie in self.media.ties.values():
            if header.unit.id in tie.ends:
                a, b = tie.ends
                other = self.media.headers[b if a == header.unit.id else a]
                given += (
                    tie.conducts
                    * tie.opening
                    * (other.potential - header.potential)
                    * header.direction
                )
        return header.direction * (given - header.drawn) / header.capacitance

    def _shifted(self, now: float) -> dict[str, NDArray[np.float64]]:
        """What consumers see: the potential, with an offset the scenario puts on it."""
        found = {}
        for unit, value in self.state.items():
            point = self.media.headers[unit].unit.with_role(Role.POTENTIAL)
            shift = self.moves.offsets.get(point.id, 0.0) if point is not None else 0.0
            found[unit] = value + (shift if now >= self.moves.after_s - 1e-9 else 0.0)
        return found

    def _capability(
        self, unit: Unit, values: Mapping[str, Believing], again: Mapping[str, Believing]
    ) -> NDArray[np.float64]:
        """Factor on what the unit can give by its process values, float64[fine]."""
        effects = [
            e
            for e in self.plant.class_of(unit.id).effects
            if e.on == "capacity" and not e.by.startswith(SUPPLY)
        ]
        one = [np.random.Generator(np.random.PCG64(0))]
        paths: Paths = value_paths(
            self.plant, unit, values, again, {}, {}, self.moves, self.fine, one
        )
        found = capability(effects, paths, {k: b.value for k, b in values.items()}, on="capacity")
        result = np.ones(len(self.fine)) if found is None else found[0]
        moved = self.moves.capacity.get(unit.id, 1.0)
        result = result * np.where(self.moves.on(self.fine), moved, 1.0)
        return np.where(self.moves.out(unit.id, self.fine), 0.0, result)

    def _producer_plan(self, producer: Producer) -> tuple[NDArray[np.float64], ...]:
        """Capacity, setpoint with bias, limit along the fine axis."""
        on = self.moves.on(self.fine)
        unit = producer.unit
        again = self.before.get(unit.id)
        capacity = np.full(len(self.fine), producer.capacity if producer.running else 0.0)
        bias = np.full(len(self.fine), producer.bias)
        values: Mapping[str, Believing] = {}
        if isinstance(again, Producer):
            capacity = np.where(on, again.capacity, capacity)
            bias = np.where(on, again.bias, bias)
        capacity = capacity * self._capability(unit, producer.values, values)
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
        again = self.before.get(unit)
        if isinstance(again, Header) and header.drawn > 0:
            times *= again.drawn / header.drawn
        draws = np.where(on, times, 1.0) * self._breaks(header)
        return draws, self._capability(header.unit, header.values, {})

    def _breaks(self, header: Header) -> NDArray[np.float64]:
        """Factor on what is drawn as lines go into their planned stops and come out of them."""
        drawn = np.zeros(len(self.fine))
        at_start = 0.0
        for consumer, share in header.consumers:
            spans = self.stops.get("/".join(consumer.split("/")[:3]), ())
            stands = np.zeros(len(self.fine), dtype=bool)
            for start, end in spans:
                stands |= (self.fine >= start) & (self.fine < end)
            now = any(start <= 0 < end for start, end in spans)
            drawn += share * np.where(stands, _STANDSTILL, 1.0)
            at_start += share * (_STANDSTILL if now else 1.0)
        return drawn / at_start if at_start > 0 else np.ones(len(self.fine))

    def _tie_plan(self, tie: Tie) -> NDArray[np.float64]:
        """Conductance times opening along the fine axis."""
        on = self.moves.on(self.fine)
        since = np.clip(self.fine - self.moves.after_s, 0.0, None)
        opening = np.full(len(self.fine), tie.opening)
        again = self.before.get(tie.unit.id)
        conducts = np.full(len(self.fine), tie.conducts)
        if isinstance(again, Tie):
            conducts = np.where(on, again.conducts, conducts)
            opening = np.where(on, again.opening, opening)
        moved = self.moves.setpoint(tie.setpoint_path)
        if moved is not None:
            old, new = moved
            opening = opening + tie.scale * (new - old) * (1.0 - np.exp(-since / tie.lag_s))
        conducts = conducts * np.where(on, self.moves.capacity.get(tie.unit.id, 1.0), 1.0)
        conducts = np.where(self.moves.out(tie.unit.id, self.fine), 0.0, conducts)
        return np.asarray(conducts * np.clip(opening, 0.0, 1.0))

    def _step(
        self,
        k: int,
        plans: "Mapping[str, tuple[NDArray[np.float64], ...]]",
        draws: "Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]",
        opens: Mapping[str, NDArray[np.float64]],
    ) -> None:
        media, state = self.media, self.state
        balance = {u: np.zeros(self.n) for u in state}
        for u, producer in media.producers.items():
            capacity, setpoint, limit = (column[k] for column in plans[u])
            header = media.headers[producer.header]
            asked = 0.5 + header.direction * (setpoint - state[producer.header]) / producer.band
            fed = capacity * self._powered(producer)
            balance[producer.header] += (
                fed * limit * np.clip(asked, 0.0, 1.0) * draws[producer.header][1][k]
            )
        for u, header in media.headers.items():
            ratio = np.maximum(state[u], 1e-6) / max(abs(header.potential), 1e-6)
            follows = ratio ** self.follows[u] if header.follows else 1.0
            table, eases = self.eases[u]
            slowed = np.interp(state[u], table, eases)
            balance[u] -= self.drawn[u] * draws[u][0][k] * follows * slowed
        for u, tie in media.ties.items():
            one, two = tie.ends
            passes = opens[u][k] * (state[one] - state[two])
            balance[one] -= passes * media.headers[one].direction
            balance[two] += passes * media.headers[two].direction
        for u, header in media.headers.items():
            change = header.direction * balance[u] / header.capacitance * self.dt
            point = header.unit.with_role(Role.POTENTIAL)
            moved = state[u] + change
            if point is not None:
                moved = np.clip(moved, point.spec.limits.low, point.spec.limits.high)
            state[u] = moved

    def _powered(self, producer: Producer) -> "NDArray[np.float64] | float":
        """Factor on a producer's capacity by the headers that supply it, relative to the start."""
        result: NDArray[np.float64] | float = 1.0
        for effect in self.plant.class_of(producer.unit.id).effects:
            if effect.on != "capacity" or not effect.by.startswith(SUPPLY):
                continue
            source = header_of(self.plant, producer.unit.id, effect.by.removeprefix(SUPPLY))
            if source in self.state:
                start = np.array([self.media.headers[source].potential])
                first = max(float(factors(effect, start)[0]), 0.05)
                result = result * factors(effect, self.state[source]) / first
        return result


def _eases(plant: Plant, header: Header) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How the draw of the machines falls as the potential slows them, relative to the start."""
    point = header.unit.with_role(Role.POTENTIAL)
    low, high = (point.spec.limits.low, point.spec.limits.high) if point else (0.0, 1.0)
    table = np.linspace(low, high, 257)
    total = np.zeros(len(table))
    first = 0.0
    for consumer, share in header.consumers:
        effects: list[Effect] = [
            e
            for e in plant.class_of(consumer).effects
            if e.on == "speed"
            and e.by.startswith(SUPPLY)
            and header_of(plant, consumer, e.by.removeprefix(SUPPLY)) == header.unit.id
        ]
        moves = np.ones(len(table))
        for effect in effects:
            moves = moves * factors(effect, table)
        total += share * (_STANDSTILL + (1.0 - _STANDSTILL) * moves)
    first = float(np.interp(header.potential, table, total))
    if first <= 0:
        return table, np.ones(len(table))
    return table, total / first
