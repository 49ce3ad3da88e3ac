"""From a start state and a scenario to the plans that `flow.py` runs, one a replication.

Everything is relative to now: with no change a machine keeps the speed, stops and rejects seen of
it; a change moves them by the ratio of the nameplate's effects. What is not known is drawn, the
same draws in every scenario of a seed, so that differences are paired. It must never run a line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import Effect, Role
from twin_core.simulation.believing import Believing
from twin_core.simulation.bending import header_of
from twin_core.simulation.buffer import BufferStart
from twin_core.simulation.effects import SUPPLY
from twin_core.simulation.flow import (
    BufferPlan,
    BufferSetting,
    LinePlan,
    MachinePlan,
    MachineSetting,
)
from twin_core.simulation.machine import MachineStart
from twin_core.simulation.moves import Moves
from twin_core.simulation.paths import Paths, capability, extra, value_paths
from twin_core.simulation.start import LineStart
from twin_core.simulation.store import StoreStart
from twin_core.simulation.unknown import Draws, Unknown

_ENDLESS = 1e9
"""Stands for no limit in quantities, so that differences stay numbers."""
_NOTICED = 0.004
"""Relative change of a rate that is worth an event."""


@dataclass(frozen=True, eq=False)
class Planner:
    """All that a set of plans is made from.

    Attributes:
        start: the line; `before` as it was, by path of a restored asset.
        potentials: by header path, float64[R, T]; `levels` at the start; `before_levels` as they
            were, by path of a restored asset, then header path.
        planned: (start, duration) in seconds of planned stops inside the horizon.
        t: the time axis, seconds.
    """

    plant: Plant
    start: LineStart
    before: Mapping[str, LineStart]
    potentials: Mapping[str, NDArray[np.float64]]
    levels: Mapping[str, float]
    before_levels: Mapping[str, Mapping[str, float]]
    moves: Moves
    planned: tuple[tuple[float, float], ...]
    horizon_s: float
    t: NDArray[np.float64]
    draws: Draws

    def plans(self) -> list[LinePlan]:
        """One plan a replication."""
        n = self.draws.replications
        machines = [self._machine(m) for m in self.start.machines]
        buffers = [self._buffer(b) for b in self.start.buffers]
        counted = self.start.counted
        if self.start.source is not None:
            stock, infeed = self._store(self.start.source, gives=True)
            machines = [stock[0], infeed[0], *machines]
            buffers = [stock[1], infeed[1], *buffers]
            counted += 2
        if self.start.sink is not None:
            stock, outfeed = self._store(self.start.sink, gives=False)
            machines = [*machines, outfeed[0], stock[0]]
            buffers = [*buffers, outfeed[1], stock[1]]
        return [
            LinePlan(
                tuple(m[r] for m in machines), tuple(b[r] for b in buffers), counted, self.horizon_s
            )
            for r in range(n)
        ]

    def values_of(self, machine: str) -> Paths:
        """Process values and supplies of a machine of the line, float64[R, T] by point id."""
        found = next(m for m in self.start.machines if m.unit.id == machine)
        again = self._restored(found)
        return self._paths(found.unit, found.values, again.values if again is not None else {})

    def _random(self, unit: Unit, salt: int = 0) -> list[np.random.Generator]:
        return self.draws.of(3 * list(self.plant.units).index(unit.id) + salt)

    def _headers(self, unit: Unit) -> dict[str, str]:
        """`supply:MEDIUM` → header path, for the media whose potential bends the unit."""
        found = {}
        for effect in self.plant.class_of(unit.id).effects:
            if effect.by.startswith(SUPPLY):
                header = header_of(self.plant, unit.id, effect.by.removeprefix(SUPPLY))
                if header is not None and header in self.potentials:
                    found[effect.by] = header
        return found

    def _paths(
        self, unit: Unit, values: Mapping[str, Believing], again: Mapping[str, Believing]
    ) -> dict[str, NDArray[np.float64]]:
        headers = self._headers(unit)
        supplies = {by: self.potentials[header] for by, header in headers.items()}
        found = value_paths(
            self.plant,
            unit,
            values,
            again,
            supplies,
            {by: self.levels[header] for by, header in headers.items()},
            self.moves,
            self.t,
            self._random(unit),
        )
        return {**supplies, **found}

    def _reference(
        self, unit: Unit, values: Mapping[str, Believing], levels: Mapping[str, float]
    ) -> dict[str, float]:
        """Process values and supplies of the time to which what was seen belongs."""
        found = {k: b.value for k, b in values.items()}
        headers = self._headers(unit)
        found.update({by: levels[header] for by, header in headers.items() if header in levels})
        return found

    def _restored(self, machine: MachineStart) -> MachineStart | None:
        line = self.before.get(machine.unit.id)
        if line is None:
            return None
        return next((m for m in line.machines if m.unit.id == machine.unit.id), None)

    def _machine(self, machine: MachineStart) -> list[MachinePlan]:
        unit, moves, t = machine.unit, self.moves, self.t
        effects = self.plant.class_of(unit.id).effects
        random = self._random(unit, 1)
        n, on = len(random), moves.on(t)
        again = self._restored(machine)
        unknown = [Unknown.draw(machine, again, r) for r in random]
        paths: dict[str, NDArray[np.float64]] = self._paths(
            unit, machine.values, again.values if again is not None else {}
        )
        strength = np.array([[u.strength] for u in unknown])
        rate = self._rate(machine, again, effects, paths, unknown, strength)
        rate = rate * np.where(on, moves.speed.get(unit.id, 1.0), 1.0)
        rate = rate * np.where(on, moves.capacity.get(unit.id, 1.0), 1.0)
        reference = self._reference(unit, machine.values, self.levels)
        paths["speed"] = rate * 60.0 / machine.worth
        reference["speed"] = machine.setpoint * machine.reach.now * 60.0 / machine.worth
        rejects = np.tile(np.array([[u.rejects] for u in unknown]), (1, len(t)))
        hazard = np.tile(np.array([[u.stops] for u in unknown]), (1, len(t)))
        more = extra(effects, paths, reference, on="rejects")
        rejects = rejects if more is None else rejects + more * strength
        stopping = extra(effects, paths, reference, on="stops")
        stopping = np.zeros((n, len(t))) if stopping is None else stopping * strength / 3600.0
        if again is not None:
            reference = self._reference(unit, again.values, self.before_levels.get(unit.id, {}))
            reference["speed"] = again.setpoint * again.reach.now * 60.0 / again.worth
            was = extra(effects, paths, reference, on="rejects")
            healthy = np.array([[u.rejects_again] for u in unknown])
            rejects = np.where(on, healthy if was is None else healthy + was * strength, rejects)
            stops = extra(effects, paths, reference, on="stops")
            stopping = np.where(on, 0.0 if stops is None else stops * strength / 3600.0, stopping)
        rejects = np.clip(rejects + np.where(on, moves.rejects.get(unit.id, 0.0), 0.0), 0.0, 0.98)
        laws = moves.stops.get(unit.id, ())
        fewer = sum(per_s for per_s, _ in laws if per_s < 0)
        less = np.minimum(stopping, 0.0) + np.where(on, fewer, 0.0)
        repaired = on if again is not None else np.zeros(len(t), dtype=bool)
        least = np.minimum(hazard, 1.0 / unit.parameters.get("mtbf_s", 7200.0)) * (fewer == 0)
        own = np.where(repaired, 0.0, np.maximum(hazard + less, least))
        anew = np.where(repaired, np.array([[u.stops_again] for u in unknown]) + less, 0.0)
        hazards = [own, np.maximum(stopping, 0.0), np.maximum(anew, 0.0)]
        hazards += [np.tile(np.where(on, max(0.0, per_s), 0.0), (n, 1)) for per_s, _ in laws]
        mean_s = unit.parameters.get("mttr_s", 60.0)
        outages = (*self.planned, *moves.outages.get(unit.id, ()))
        plans = []
        for r, u in enumerate(unknown):
            lengths = (u.stop_s, mean_s, u.stop_again_s, *(s for _, s in laws))
            down = u.remaining_s
            if self.start.ends_s > 0:
                down = self.start.ends_s
            elif again is not None:
                down = min(down, moves.after_s)
            settings = _settings(t, rate[r], rejects[r], [h[r] for h in hazards])
            plans.append(MachinePlan(settings, lengths, down, outages))
        return plans

    def _rate(
        self,
        machine: MachineStart,
        again: MachineStart | None,
        effects: Sequence[Effect],
        paths: Paths,
        unknown: "Sequence[Unknown]",
        strength: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """The most the machine takes in, units of flow per second, float64[R, T]."""
        moves, t, on = self.moves, self.t, self.moves.on(self.t)
        flat = np.zeros(len(t))
        reach = np.stack([u.reach + (u.gained.gained(t) if u.gained else flat) for u in unknown])
        best = max(machine.reach.best, machine.reach.now)
        reach = np.clip(reach, 0.0, max(1.02 * best, machine.reach.now + 3 * machine.reach.sd))
        reference = self._reference(machine.unit, machine.values, self.levels)
        ratio = capability(effects, paths, reference, on="speed")
        if ratio is not None:
            reach = reach * ratio**strength
        if again is not None:
            best = max(best, again.reach.best, again.reach.now)
            healthy = np.array([[u.reach_again] for u in unknown])
            levels = self.before_levels.get(machine.unit.id, {})
            reference = self._reference(machine.unit, again.values, levels)
            ratio = capability(effects, paths, reference, on="speed")
            reach = np.where(on, healthy if ratio is None else healthy * ratio**strength, reach)
        reach = np.minimum(reach, 1.02 * best)
        point = machine.unit.with_role(Role.SPEED_SETPOINT)
        moved = moves.setpoint(point.id if point is not None else None)
        if moved is None:
            return np.asarray(machine.setpoint * reach)
        new = moved[1] / 60.0 * machine.worth
        held = np.array([[u.held] for u in unknown])
        # a slow machine may be limited in itself: then more is asked of it in vain
        asked = np.where(held, np.minimum(new * best, machine.setpoint * reach), new * reach)
        return np.asarray(np.where(on, asked, machine.setpoint * reach))

    def _buffer(self, buffer: BufferStart) -> list[BufferPlan]:
        moves, t = self.moves, self.t
        on = moves.on(t)
        one = self.plant.unit(buffer.link.source)
        capacity = np.full(len(t), buffer.capacity)
        size = moves.sizes.get((buffer.link.source, buffer.link.target))
        if size is not None:
            worth = next(m.worth for m in self.start.machines if m.unit.id == one.id)
            capacity = np.where(on, size * worth, capacity)
        carries = np.full((self.draws.replications, len(t)), min(buffer.carries, _ENDLESS))
        if buffer.conveyor is not None:
            carries = self._carried(buffer, buffer.conveyor, carries)
        plans = []
        drawn = np.stack([r.standard_normal(2) for r in self._random(buffer.conveyor or one, 2)])
        carries = carries * (1.0 + buffer.carries_sd * drawn[:, 1:])
        for r in range(len(drawn)):
            spread = buffer.contents_sd * float(drawn[r, 0])
            contents = float(np.clip(buffer.contents + spread, 0.0, buffer.capacity))
            settings = [BufferSetting(0.0, float(capacity[0]), float(carries[r, 0]))]
            for k in range(1, len(t)):
                last = settings[-1]
                now = (float(capacity[k]), float(carries[r, k]))
                if now[0] != last.capacity or _differs(now[1], last.carries):
                    settings.append(BufferSetting(float(t[k]), *now))
            back = contents if buffer.held_back else 0.0
            plans.append(
                BufferPlan(tuple(settings), contents, buffer.travel_s, buffer.moving, back)
            )
        return plans

    def _carried(
        self, buffer: BufferStart, conveyor: Unit, carries: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        moves, on = self.moves, self.moves.on(self.t)
        line = self.before.get(conveyor.id)
        was = None
        if line is not None:
            was = next((b for b in line.buffers if b.conveyor == conveyor), None)
        effects = self.plant.class_of(conveyor.id).effects
        paths = self._paths(conveyor, buffer.values, was.values if was is not None else {})
        reference = self._reference(conveyor, buffer.values, self.levels)
        ratio = capability(effects, paths, reference, on="capacity")
        found = carries if ratio is None else carries * ratio
        if was is not None:
            found = np.where(on, min(was.carries, _ENDLESS), found)
        factor = moves.capacity.get(conveyor.id, 1.0)
        if factor != 1.0 and not isfinite(buffer.carries):
            most = max(m.setpoint for m in self.start.machines)
            found = np.minimum(found, most)
        found = found * np.where(on, factor, 1.0)
        return np.where(moves.out(conveyor.id, self.t), 0.0, found)

    def _store(
        self, store: StoreStart, *, gives: bool
    ) -> tuple[
        tuple[list[MachinePlan], list[BufferPlan]], tuple[list[MachinePlan], list[BufferPlan]]
    ]:
        """Stock with what renews it, then the way between store and line."""
        n, t, moves = self.draws.replications, self.t, self.moves
        on, unit = moves.on(t), store.unit
        passes = np.full(len(t), min(store.passes, _ENDLESS))
        renewed = np.full(len(t), store.renewed)
        line = self.before.get(unit.id)
        was = (line.source if gives else line.sink) if line is not None else None
        if was is not None:
            passes = np.where(on, min(was.passes, _ENDLESS), passes)
            renewed = np.where(on, was.renewed, renewed)
        factor = moves.capacity.get(unit.id, 1.0)
        if factor != 1.0:
            nominal = max(m.setpoint for m in self.start.machines)
            passes = np.where(on, np.minimum(passes, nominal) * factor, passes)
        flow = unit.with_role(Role.FLOW)
        for point in unit.points:
            moved = moves.setpoint(point.id)
            if moved is None or flow is None or moved[0] <= 0:
                continue
            if point.spec.measures == flow.spec.id:
                passes = np.where(on, passes * moved[1] / moved[0], passes)
            elif point.spec.measures is None and point.spec.unit == flow.spec.unit:
                renewed = np.where(on, renewed * moved[1] / moved[0], renewed)
        passes = np.where(moves.out(unit.id, t), 0.0, passes)
        stock = min(store.stock, _ENDLESS)
        room = min(store.room, _ENDLESS)
        between = store.link.buffer
        space = between.capacity * store.worth if between is not None else 0.0
        travel = between.travel_s if between is not None else 0.0
        renew = MachinePlan(_settings(t, renewed, np.zeros(len(t)), []))
        kept = BufferPlan((BufferSetting(0.0, stock + room),), stock)
        ways, passing = [], []
        for r in self._random(unit, 2):
            # stores count whole units of their own; how much of one is under way is not known
            lies = store.underway + (float(r.random()) - 0.5) * store.worth
            fits = min(space, max(0.0, lies))
            ways.append(BufferPlan((BufferSetting(0.0, space),), fits, travel, store.moving))
            more = np.maximum(passes + (lies - fits) / self.horizon_s, 0.0)
            passing.append(MachinePlan(_settings(t, more, np.zeros(len(t)), [])))
        return ([renew] * n, [kept] * n), (passing, ways)


def _differs(a: float, b: float) -> bool:
    return abs(a - b) > _NOTICED * max(abs(a), abs(b)) if a < inf and b < inf else a != b


def _settings(
    t: NDArray[np.float64],
    rate: NDArray[np.float64],
    rejects: NDArray[np.float64],
    hazards: "list[NDArray[np.float64]]",
) -> tuple[MachineSetting, ...]:
    """Settings where something changed enough to be noticed."""
    columns = [rate, rejects, *hazards]
    if all(float(np.ptp(c)) == 0.0 for c in columns):
        return (_setting(0.0, columns, 0),)
    found = [_setting(0.0, columns, 0)]
    for k in range(1, len(t)):
        last = found[-1]
        if (
            _differs(float(rate[k]), last.rate)
            or abs(float(rejects[k]) - last.rejects) > 5e-4
            or any(
                abs(float(h[k]) - was) > 0.02 * max(was, 2e-4)
                for h, was in zip(hazards, last.hazards, strict=True)
            )
        ):
            found.append(_setting(float(t[k]), columns, k))
    return tuple(found)


def _setting(at_s: float, columns: "list[NDArray[np.float64]]", k: int) -> MachineSetting:
    rate, rejects, *hazards = (float(c[k]) for c in columns)
    return MachineSetting(at_s, max(rate, 0.0), rejects, tuple(hazards))
