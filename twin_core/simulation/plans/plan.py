"""From a start state and a scenario to the plan that `parts.py` runs, a row a replication.

Everything is relative to now: with no change a machine keeps the speed, stops and rejects seen of
it; a change moves them by the ratio of the nameplate's effects. What is not known is drawn, the
same draws in every scenario of a seed, so that differences are paired. It must never run a line.
"""

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.classes import Role
from twin_core.simulation.live.effects import amounts
from twin_core.simulation.live.machine import MachineStart
from twin_core.simulation.live.seen import fastest
from twin_core.simulation.live.unknown import Unknown
from twin_core.simulation.plans.between import buffer_plan, store_plans
from twin_core.simulation.plans.frame import Frame
from twin_core.simulation.plans.layout import LinePlan, MachinePlan
from twin_core.simulation.plans.setting import HAZARDS, RATES, SHARES, settled
from twin_core.simulation.processes.paths import Paths, capability, extra

_LEAST = 0.2
"""Of its speed is left to a machine by its effects, where they are taken back."""


def plan_of(frame: Frame) -> LinePlan:
    """The line over the horizon, a row a replication."""
    machines = [machine_plan(frame, m) for m in frame.start.machines]
    buffers = [buffer_plan(frame, b) for b in frame.start.buffers]
    counted = frame.start.counted
    if frame.start.source is not None:
        stock, infeed = store_plans(frame, frame.start.source, gives=True)
        machines = [stock[0], infeed[0], *machines]
        buffers = [stock[1], infeed[1], *buffers]
        counted += 2
    if frame.start.sink is not None:
        stock, outfeed = store_plans(frame, frame.start.sink, gives=False)
        machines = [*machines, outfeed[0], stock[0]]
        buffers = [*buffers, outfeed[1], stock[1]]
    return LinePlan(tuple(machines), tuple(buffers), counted, frame.horizon_s)


def machine_plan(frame: Frame, machine: MachineStart) -> MachinePlan:
    """A machine, a row a replication."""
    unit, moves, t = machine.unit, frame.moves, frame.t
    again = frame.restored(machine)
    unknown = Unknown.draw(machine, again, frame.random(unit, 1))
    paths = frame.paths(unit, machine.values, again.values if again is not None else {})
    rate = _rate(frame, machine, again, paths, unknown)
    paths["speed"] = rate * 60.0 / machine.worth
    rejects = _rejects(frame, machine, again, paths, unknown)
    hazards = _hazards(frame, machine, again, paths, unknown)
    down_s = unknown.remaining_s
    if frame.start.ends_s >= 0:
        down_s = frame.start.ends_s + frame.late
    elif again is not None:
        down_s = np.minimum(down_s, moves.after_s)
    told = [np.full(len(down_s), mean_s) for _, mean_s in moves.stops.get(unit.id, ())]
    own = (unknown.stop_s, unknown.halt_s, unknown.stop_again_s)
    lengths, often = moves.laws(unit.id, t, (*own, *told), hazards, own=3)
    planned = moves.stops_of(frame.start.line.id, frame.planned)
    n, out = len(down_s), moves.outages.get(unit.id, ())
    outages = np.zeros((n, len(planned) + len(out), 2))
    outages[:] = np.array([*planned, *out]).reshape(-1, 2)
    outages[:, : len(planned), 1] += frame.late[:, None]
    at_s, (rate, rejects, *often) = settled(
        t, (np.maximum(rate, 0.0), rejects, *often), (RATES, SHARES, *[HAZARDS] * len(often))
    )
    return MachinePlan(
        at_s, rate, rejects, np.stack(often, axis=2), np.stack(lengths, axis=1), down_s, outages
    )


def _now(frame: Frame, machine: MachineStart) -> dict[str, float]:
    """Values to which what is seen of the machine belongs."""
    found = frame.reference(machine.unit, machine.values, frame.levels)
    found["speed"] = machine.setpoint * machine.reach.now * 60.0 / machine.worth
    return found


def _then(frame: Frame, again: MachineStart) -> dict[str, float]:
    """Values to which what was seen of the restored machine belongs."""
    levels = frame.before_levels.get(again.unit.id, {})
    found = frame.reference(again.unit, again.values, levels)
    found["speed"] = again.setpoint * again.reach.now * 60.0 / again.worth
    return found


def _rate(
    frame: Frame,
    machine: MachineStart,
    again: MachineStart | None,
    paths: Paths,
    unknown: Unknown,
) -> NDArray[np.float64]:
    """The most the machine takes in, units of flow per second, float64[R, T].

    Never more than its speed's instrument can show, whatever the readings were.
    """
    unit, moves, t, on = machine.unit, frame.moves, frame.t, frame.moves.on(frame.t)
    effects, strength = frame.plant.class_of(unit.id).effects, unknown.slows[:, None]
    reach = np.tile(unknown.reach[:, None], (1, len(t)))
    if unknown.gained is not None:
        reach = reach + unknown.gained.gained(t)
    best = max(machine.reach.best, machine.reach.now)
    # what it reached at best while it was bent is no limit of what it reaches unbent
    best = max(best, min(best / max(machine.bent, _LEAST), 1.0))
    reach = np.clip(reach, 0.0, max(1.02 * best, machine.reach.now + 3 * machine.reach.sd))
    ratio = capability(effects, paths, _now(frame, machine), on="speed")
    if ratio is not None:
        reach = reach * ratio**strength
    if again is not None:
        best = max(best, again.reach.best, again.reach.now)
        healthy = unknown.reach_again[:, None]
        ratio = capability(effects, paths, _then(frame, again), on="speed")
        reach = np.where(on, healthy if ratio is None else healthy * ratio**strength, reach)
    reach = np.minimum(reach, 1.02 * best)
    point = machine.unit.with_role(Role.SPEED_SETPOINT)
    moved = moves.setpoint(point.id if point is not None else None)
    rate = machine.setpoint * reach
    if moved is not None:
        new = moved[1] / 60.0 * machine.worth
        held = unknown.held[:, None]
        # a slow machine may be limited in itself: then more is asked of it in vain
        rate = np.where(on, np.where(held, np.minimum(new * best, rate), new * reach), rate)
    factor = moves.speed.get(unit.id, 1.0) * moves.capacity.get(unit.id, 1.0)
    rate = rate * np.where(on, factor, 1.0) * moves.pace(frame.start.line.id, t)
    return np.minimum(rate, fastest(unit) * machine.worth)


def _rejects(
    frame: Frame,
    machine: MachineStart,
    again: MachineStart | None,
    paths: Paths,
    unknown: Unknown,
) -> NDArray[np.float64]:
    """Share thrown out, float64[R, T]."""
    unit, on = machine.unit, frame.moves.on(frame.t)
    effects, strength = frame.plant.class_of(unit.id).effects, unknown.spoils[:, None]
    share = np.tile(unknown.rejects[:, None], (1, len(frame.t)))
    more = extra(effects, paths, _now(frame, machine), on="rejects")
    share = share if more is None else share + more * strength
    if again is not None:
        healthy = unknown.rejects_again[:, None]
        more = extra(effects, paths, _then(frame, again), on="rejects")
        share = np.where(on, healthy if more is None else healthy + more * strength, share)
    factor, added = frame.moves.rejects.get(unit.id, (1.0, 0.0))
    share = np.where(on, share * factor + added, share)
    return np.asarray(np.clip(share, 0.0, 1.0))


def _hazards(
    frame: Frame,
    machine: MachineStart,
    again: MachineStart | None,
    paths: Paths,
    unknown: Unknown,
) -> list[NDArray[np.float64]]:
    """Stops per running second by law, float64[R, T] each.

    The laws: its own, what effects add, its own again after a repair, then the scenario's, which
    may also take away from its own.
    """
    unit, on = machine.unit, frame.moves.on(frame.t)
    effects = frame.plant.class_of(unit.id).effects
    shape = (frame.draws.replications, len(frame.t))
    laws = frame.moves.stops.get(unit.id, ())
    fewer = np.where(on, sum(per_s for per_s, _ in laws if per_s < 0), 0.0)
    repaired = on & (again is not None)
    own = np.broadcast_to(unknown.stops[:, None], shape)
    anew = np.broadcast_to(unknown.stops_again[:, None], shape)
    added = np.zeros(shape)
    for effect in effects:
        if effect.on == "stops" and effect.by in paths:
            added += amounts(effect, paths[effect.by]) / 3600.0
    scenario = [np.broadcast_to(np.where(on, max(0.0, per_s), 0.0), shape) for per_s, _ in laws]
    return [
        np.where(repaired, 0.0, np.maximum(own + fewer, 0.0)),
        added * unknown.halts[:, None],
        np.where(repaired, np.maximum(anew + fewer, 0.0), 0.0),
        *scenario,
    ]
