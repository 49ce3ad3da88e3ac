"""A failure mode of an asset as changes of the model, as bad as its class says it can be.

The other way round than diagnosis, which fits magnitudes to what was seen: here nothing was seen.
It must never make a change the plant could not be in.
"""

from collections.abc import Iterator

from twin_core.errors import ImpossibleScenario
from twin_core.plant.assets import Plant
from twin_core.plant.classes import Act, FailureMode
from twin_core.simulation.possible import check
from twin_core.simulation.scenario import (
    Capacity,
    Change,
    Demand,
    Offset,
    Outage,
    Rejects,
    Scenario,
    Speed,
    Stops,
)

_LOW_IS_BAD = {"speed", "capacity"}
_STOP_S = 30.0


def failing(
    plant: Plant,
    line: str,
    asset: str,
    mode: FailureMode,
    severity: float,
    after_s: float,
    duration_s: float,
) -> tuple[Change, ...]:
    """What the mode does, sizes cut to what a scenario can say; none where that is nothing.

    Args:
        plant: of the asset.
        line: a production line's path.
        asset: a unit's path, `mode` one of its class's.
        mode: a sensor's does nothing to the process.
        severity: 0 (the mild end of each act's plausible size) to 1 (the bad end).
        after_s: an outage begins so long after the scenario's changes take effect.
        duration_s: of an outage, above 0.
    """
    found = []
    for change in _changes(plant, asset, mode, severity, after_s, duration_s):
        alone = Scenario(name="alone", line=line, changes=(change,))
        try:
            check(plant, alone)
        except ImpossibleScenario:
            continue  # a class may list an act that this asset's model has no word for
        found.append(change)
    return tuple(found)


def _changes(
    plant: Plant, asset: str, mode: FailureMode, severity: float, after_s: float, duration_s: float
) -> Iterator[Change]:
    lengths = [_size(act, severity) for act in mode.acts if act.on == "stop_s"]
    for act in mode.acts:
        size = _size(act, severity)
        if act.on == "speed" and size < 1:
            yield Speed(asset=asset, factor=max(0.0, size))
        elif act.on == "capacity" and size < 1:
            yield Capacity(asset=asset, factor=max(0.0, size))
        elif act.on == "demand" and size > 1:
            yield Demand(asset=asset, factor=min(10.0, size))
        elif act.on == "stops" and size > 0:
            yield Stops(
                asset=asset, per_hour=size, mean_s=max([1.0, *lengths]) if lengths else _STOP_S
            )
        elif act.on == "rejects" and size > 0:
            yield Rejects(asset=asset, share=min(1.0, size))
        elif act.on == "outage" and size > 0:
            yield Outage(asset=asset, after_s=after_s, duration_s=duration_s)
        elif act.on == "offset" and act.point is not None:
            yield from _shifted(plant, f"{asset}/{act.point}", size)


def _shifted(plant: Plant, point: str, amount: float) -> Iterator[Change]:
    """The point's true value shifted, by no more than its instrument can show."""
    if point in plant.index:
        limits = plant.point(point).spec.limits
        most = limits.high - limits.low
        if amount and most > 0:
            yield Offset(point=point, amount=min(most, max(-most, amount)))


def _size(act: Act, severity: float) -> float:
    low, high = act.size.low, act.size.high
    low_is_bad = act.on in _LOW_IS_BAD or (act.on == "offset" and abs(low) > abs(high))
    mild, bad = (high, low) if low_is_bad else (low, high)
    return float(f"{mild + severity * (bad - mild):.3g}")
