"""What limits a line, and where a little more would help most: sensitivities of its rate.

Each machine's speed, and what a conveyor or store may pass, is turned up and down in the twin's
model; the bottleneck is what the rate answers to most, or several where they cannot be told apart.
Beside it what would be gained by fewer and shorter stops and by larger buffers, and what the old
rules say. A pure function of (snapshot, line, horizon, step, seed). It must never rank by a rule.
"""

from collections.abc import Callable, Collection, Iterator
from functools import cache
from math import inf
from typing import Literal

import numpy as np

from twin_core.errors import ImpossibleScenario
from twin_core.plant.classes import Role
from twin_core.simulation.forecaster import MODEL_VERSION
from twin_core.simulation.limiting import signs
from twin_core.simulation.limiting.elasticity import (
    Rates,
    Turn,
    Turned,
    interval,
    largest,
    measure,
)
from twin_core.simulation.live.machine import MachineStart
from twin_core.simulation.live.seen import Seen, fastest, path_of
from twin_core.simulation.live.start import LineStart
from twin_core.simulation.measured import estimate
from twin_core.simulation.model import Experiment, Model
from twin_core.simulation.possible import check
from twin_core.simulation.scenario import (
    BufferSize,
    Capacity,
    Change,
    Estimate,
    Failures,
    Scenario,
    Speed,
)
from twin_core.simulation.starting import model_of
from twin_core.twin import Snapshot
from twin_core.value import Instant, Path, Value

HORIZON_S = 1800.0
STEP = 0.05
_LARGEST_STEP = 0.5
_REPLICATIONS = 16
"""Of one look."""
_LOOKS = 6
_TIGHT = 0.1
_STEPS = {"life": 2.0, "repair": 2.0, "buffer": 1.5}
"""What else is turned up to: half as many stops, half as long, half as much room again."""
_MATTERS = 0.02
"""An elasticity that may be as large is worth a look at the machine's stops and buffers."""
_NEAR = 1.05
"""What passes this much more than its neighbours can do limits nobody."""
_SIGN_ROWS = 180
_FEWEST_ROWS = 30

_What = tuple[Literal["speed", "capacity", "life", "repair", "buffer"], str, str]
_FLOWS = ("speed", "capacity")


class Lever(Value):
    """One thing that was turned in the model.

    Attributes:
        kind: a machine's speed; what a conveyor or store may pass; a machine's running time
            between its stops (`life`), how quickly they are mended (`repair`); the buffer from
            `asset` to `target`.
        elasticity: of the line's rate to it, with the 90 % confidence interval of the mean.
        factor: what it was turned up to; 1 where it can go no higher.
        gain: of the line's rate by that, with the 90 % confidence interval of the mean.
        limits: it may be what limits the line.
    """

    kind: Literal["speed", "capacity", "life", "repair", "buffer"]
    asset: Path
    target: Path | None = None
    elasticity: Estimate
    factor: float
    gain: Estimate
    limits: bool = False

    @property
    def sure(self) -> bool:
        """Whether turning it up surely gains."""
        return self.gain.low > 0


class Sign(Value):
    """What an old rule says limits the line; None where it cannot say."""

    rule: Literal["utilisation", "longest active period", "blocked and starved"]
    asset: Path | None


class Sensitivity(Value):
    """What a line's rate answers to.

    Attributes:
        step: share by which speeds and capacities were turned up and down.
        rate: as it is, over the horizon, with the 90 % interval of one realisation.
        bottleneck: what limits the line, most sensitive first; several cannot be told apart; none
            where the rate surely answers to nothing that was turned.
        levers: speeds and capacities, then stops and buffers; of each the most sensitive first.
        rest: 1 less the elasticities of all speeds and capacities: how far the rate is decided by
            something else (stops and their repair, planned stops, stores that run empty).
        signs: what the old rules say of the last half hour; empty where too little was seen.
    """

    line: Path
    horizon_s: float
    step: float
    rate: Estimate
    bottleneck: tuple[Path, ...]
    levers: tuple[Lever, ...]
    rest: Estimate
    signs: tuple[Sign, ...]
    replications: int
    seed: int
    model_version: str
    state_digest: str
    start: Instant


def sensitivity(
    snapshot: Snapshot,
    line: str,
    seed: int,
    horizon_s: float = HORIZON_S,
    step: float = STEP,
    looks: int = _LOOKS,
) -> Sensitivity:
    """What limits the line over the horizon, from the state it is in.

    Args:
        snapshot: belief now; settled values are the start.
        line: a production line's path.
        seed: of every random number.
        horizon_s: plant seconds, up to a day.
        step: share by which is turned, above 0 and up to 0.5.
        looks: how often at most what is not known yet is looked at, 1 or more.

    Raises:
        UnknownName: no such line.
        ImpossibleScenario: with what is allowed.
    """
    if not 0 < step <= _LARGEST_STEP:
        raise ImpossibleScenario(
            f"speeds {100 * step:g} % up and down", f"above 0 to {100 * _LARGEST_STEP:g} %"
        )
    if not 0 < horizon_s <= 86400.0:
        raise ImpossibleScenario(f"a horizon of {horizon_s:g} s", "above 0 s, up to a day")
    as_it_is = Scenario(name="as it is", line=line, horizon_s=horizon_s)
    check(snapshot.plant, as_it_is, snapshot)
    model = model_of(snapshot, as_it_is)
    run = _runner(model, horizon_s, seed)
    flows = measure(tuple(_flows(model.start, step)), run, tight=_TIGHT, looks=looks)
    influences = {what: turned.influence for what, turned in flows.items()}
    limiting = largest(influences)
    matter = {what[1] for what, column in influences.items() if interval(column)[1] >= _MATTERS}
    more = measure(tuple(_more(model.start, matter)), run, tight=_TIGHT, looks=1)
    unit = f"{snapshot.plant.line(line).unit_of_flow or '1'}/min"
    ups = {
        turn.what: turn.high for turn in (*_flows(model.start, step), *_more(model.start, matter))
    }
    levers = [
        [_lever(what, turned, ups[what], unit, limits=what in limiting) for what, turned in some]
        for some in (flows.items(), more.items())
    ]
    base = max((t.base for t in flows.values()), key=len)
    shared = min(len(column) for column in influences.values())
    rest = 1.0 - np.sum([column[:shared] for column in influences.values()], axis=0)
    return Sensitivity(
        line=line,
        horizon_s=horizon_s,
        step=step,
        rate=estimate(base, unit),
        bottleneck=tuple(asset for _, asset, _ in limiting),
        levers=tuple(
            lever for some in levers for lever in sorted(some, key=lambda x: -x.elasticity.mean)
        ),
        rest=_sure(rest, "1"),
        signs=_signs(model),
        replications=len(base),
        seed=seed,
        model_version=MODEL_VERSION,
        state_digest=snapshot.digest,
        start=model.at,
    )


def _runner(
    model: Model, horizon_s: float, seed: int
) -> Callable[[_What | None, float, int], Rates]:
    """What `measure` runs; a look's line as it is only once."""

    @cache
    def asked(what: _What | None, factor: float) -> Experiment:
        changes = () if what is None else (_change(model.start, what, factor),)
        return Experiment(model, changes, 0.0, horizon_s, seed, _LOOKS * _REPLICATIONS)

    @cache
    def run(what: _What | None, factor: float, look: int) -> Rates:
        return asked(what, factor).run(_REPLICATIONS, look * _REPLICATIONS).rates

    return run


def _change(line: LineStart, what: _What, factor: float) -> Change:
    kind, asset, target = what
    if kind == "speed":
        return Speed(asset=asset, factor=factor)
    if kind == "capacity":
        return Capacity(asset=asset, factor=factor)
    if kind == "life":
        return Failures(asset=asset, life=factor)
    if kind == "repair":
        return Failures(asset=asset, repair=1.0 / factor)
    machine = next(m for m in line.machines if m.unit.id == asset)
    buffer = next(b for b in line.buffers if b.link.source == asset)
    return BufferSize(
        source=asset, target=target, capacity=factor * buffer.capacity / machine.worth
    )


def _flows(line: LineStart, step: float) -> Iterator[Turn[_What]]:
    """What may limit the line: every machine, and what lies between and can pass hardly more."""
    able = [_able(m) for m in line.machines]
    for machine, rate in zip(line.machines, able, strict=True):
        most = fastest(machine.unit) * machine.worth
        high = 1.0 if rate * (1.0 + step) > most else 1.0 + step
        yield Turn(("speed", machine.unit.id, ""), 1.0 - step, high)
    for j, buffer in enumerate(line.buffers):
        if buffer.conveyor is not None and buffer.carries < _NEAR * min(able[j : j + 2]):
            yield Turn(("capacity", buffer.conveyor.id, ""), 1.0 - step, 1.0 + step)
    for store, rate in ((line.source, able[0]), (line.sink, able[-1])):
        if store is not None and store.passes < _NEAR * rate:
            yield Turn(("capacity", store.unit.id, ""), 1.0 - step, 1.0 + step)


def _able(machine: MachineStart) -> float:
    return machine.setpoint * machine.reach.now


def _more(line: LineStart, matter: Collection[str]) -> Iterator[Turn[_What]]:
    """What could be bettered where the rate answers: stops, their repair, buffers beside."""
    for machine in line.machines:
        if machine.unit.id in matter:
            yield Turn(("life", machine.unit.id, ""), 1.0, _STEPS["life"])
            yield Turn(("repair", machine.unit.id, ""), 1.0, _STEPS["repair"])
    for buffer in line.buffers:
        ends = buffer.link.source, buffer.link.target
        if any(end in matter for end in ends) and 0 < buffer.capacity < inf:
            yield Turn(("buffer", *ends), 1.0, _STEPS["buffer"])


def _lever(what: _What, turned: Turned, high: float, unit: str, *, limits: bool) -> Lever:
    kind, asset, target = what
    return Lever(
        kind=kind,
        asset=asset,
        target=target or None,
        elasticity=_sure(turned.influence, "1"),
        factor=high,
        gain=_sure(turned.gain, unit),
        limits=limits,
    )


def _sure(column: Rates, unit: str) -> Estimate:
    low, high = interval(column)
    return Estimate(mean=float(column.mean()), low=low, high=high, unit=unit)


def _signs(model: Model) -> tuple[Sign, ...]:
    """The old rules over the last half hour, where every machine says when it waits."""
    seen = [Seen(model.rows, m.unit) for m in model.start.machines]
    starved = [_told(one, Role.STARVED) for one in seen]
    blocked = [_told(one, Role.BLOCKED) for one in seen]
    if any(np.isfinite(column).sum() < _FEWEST_ROWS for column in (*starved, *blocked)):
        return ()
    waits = np.stack([one.waiting[-_SIGN_ROWS:] for one in seen], axis=1)
    down = np.stack([one.standing[-_SIGN_ROWS:] for one in seen], axis=1)
    said = {
        "utilisation": signs.busiest(waits, down),
        "longest active period": signs.longest_active(waits),
        "blocked and starved": signs.pointed_at(
            [float(np.nanmean(column)) for column in starved],
            [float(np.nanmean(column)) for column in blocked],
        ),
    }
    return tuple(
        Sign(rule=rule, asset=None if place is None else seen[place].unit.id)
        for rule, place in said.items()
    )


def _told(seen: Seen, role: Role) -> Rates:
    return seen.rows.mean(path_of(seen.unit, role))[-_SIGN_ROWS:]
