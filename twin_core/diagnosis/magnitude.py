"""A failure mode as changes of the model, its magnitudes fitted to what was observed.

Inside what the class says is plausible; at most one magnitude is left for the loss to tell. It
must never simulate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from twin_core.diagnosis import rejects, stops
from twin_core.diagnosis.matching import Match
from twin_core.diagnosis.sign import Sign
from twin_core.diagnosis.trial import Trial
from twin_core.plant.assets import Unit
from twin_core.plant.classes import SETTINGS, Act, Role
from twin_core.simulation.live.effects import amount, factor
from twin_core.simulation.scenario import (
    Capacity,
    Change,
    Demand,
    Offset,
    Outage,
    Rejects,
    SetPoint,
    Speed,
    Stops,
)
from twin_core.value import SECOND, Range

_AS_SEEN = (
    Act(on="speed", size=Range(low=0.0, high=1.0)),
    Act(on="stops", size=Range(low=0.0, high=120.0)),
    Act(on="rejects", size=Range(low=0.0, high=1.0)),
)
"""What a machine can be seen to do that costs its line, without knowing why."""
_GIVES_LESS = (Act(on="capacity", size=Range(low=0.0, high=1.0)),)
"""The same for what carries, stores or supplies."""


@dataclass(frozen=True, slots=True)
class Free:
    """A magnitude that only the loss can tell: how to make the change, and its plausible range."""

    make: Callable[[float], Change]
    size: Range
    worse_low: bool


def magnitudes(trial: Trial, match: Match) -> tuple[tuple[Change, ...], Free | None]:
    """The mode as changes of the model, with at most one magnitude left to the loss.

    Of a mode that its class does not list: what the machine was seen to do, whatever makes it.
    """
    unit = trial.window.plant.units[match.asset]
    acts = _acts(trial, match)
    changes: list[Change] = []
    free: Free | None = None
    through = _headers(trial, match)
    if through:
        return through, None
    settings = _settings(trial, match)
    if settings:
        return settings, None
    shifted = _offsets(trial, unit, acts)
    changes += [Offset(point=p, amount=a) for p, a in shifted.items()]
    stop_s = next((a.size for a in acts if a.on == "stop_s"), None)
    for act in acts:
        if act.on == "speed":
            made, free = _speed(trial, unit, act, shifted, match, free)
            changes += made
        elif act.on == "stops":
            changes += _stops(trial, unit, act, stop_s, shifted)
        elif act.on == "rejects":
            changes += _rejects(trial, unit, act, shifted)
        elif act.on == "outage":
            whole_s = max(1.0, (trial.window.end - trial.start) / SECOND)
            changes.append(Outage(asset=unit.id, duration_s=whole_s))
        elif act.on == "capacity" and free is None and not _explained(shifted, trial, unit):
            free = Free(partial(_capacity, unit.id), act.size, worse_low=True)
        elif act.on == "demand" and free is None:
            free = Free(partial(_demand, unit.id), act.size, worse_low=False)
    return tuple(changes), free


def _acts(trial: Trial, match: Match) -> tuple[Act, ...]:
    if match.mode is not None:
        return match.mode.acts
    machine = trial.window.plant.class_of(match.asset).model == "machine"
    return _AS_SEEN if machine else _GIVES_LESS


def _headers(trial: Trial, match: Match) -> tuple[Change, ...]:
    """A mode that acts through a header is put in as what the header was seen to do."""
    found: list[Change] = []
    for point in sorted(match.reach.via):
        seen = [trial.signs.get((point, shows)) for shows in ("low", "high", "falling", "rising")]
        sizes = [_mean(trial, s) - s.usual for s in seen if s is not None and s.usual is not None]
        if sizes:
            found.append(Offset(point=point, amount=max(sizes, key=abs)))
    return tuple(found)


def _capacity(asset: str, factor: float) -> Change:
    return Capacity(asset=asset, factor=factor)


def _demand(asset: str, factor: float) -> Change:
    return Demand(asset=asset, factor=factor)


def _pace(asset: str, factor: float) -> Change:
    return Speed(asset=asset, factor=factor)


def _settings(trial: Trial, match: Match) -> tuple[Change, ...]:
    """A mode that is a wrong setting is put in as that setting."""
    found = []
    for sign, _ in match.seen:
        spec = trial.window.plant.point(sign.point).spec
        setting = spec.role in SETTINGS
        if sign.asset != match.asset or sign.now is None or not setting:
            continue
        if spec.adjustable is None or not spec.adjustable.holds(sign.now):
            return ()  # where nobody may put it the model cannot either: its acts must do
        found.append(SetPoint(point=sign.point, value=sign.now))
    return tuple(found)


def _explained(shifted: dict[str, float], trial: Trial, unit: Unit) -> bool:
    """Whether an offset already bends the unit's capacity by the class's own law."""
    own = {p.rsplit("/", 1)[1] for p in shifted}
    effects = trial.window.plant.class_of(unit.id).effects
    return any(e.on == "capacity" and e.by in own for e in effects)


def _offsets(trial: Trial, unit: Unit, acts: tuple[Act, ...]) -> dict[str, float]:
    """Observed shifts of the process points the mode shifts, inside its plausible range."""
    found = {}
    for act in acts:
        if act.on != "offset" or act.point is None:
            continue
        path = f"{unit.id}/{act.point}"
        seen = [trial.signs.get((path, shows)) for shows in ("low", "high", "falling", "rising")]
        sizes = [_mean(trial, s) - s.usual for s in seen if s is not None and s.usual is not None]
        if sizes:
            found[path] = float(np.clip(max(sizes, key=abs), act.size.low, act.size.high))
    return found


def _mean(trial: Trial, sign: Sign) -> float:
    """The mean of the sign since the trial's start: what a constant fault must be to do as much."""
    found = sign.average if sign.average is not None else sign.now
    assert found is not None
    if sign.usual is None or sign.onset <= trial.start:
        return found
    share = (trial.window.end - sign.onset) / (trial.window.end - trial.start)
    return sign.usual + share * (found - sign.usual)


def _effect(trial: Trial, unit: Unit, shifted: dict[str, float], on: str) -> float:
    """What the class's own laws make of the shifts: factor (speed) or sum (rejects, stops)."""
    result = 1.0 if on == "speed" else 0.0
    for effect in trial.window.plant.class_of(unit.id).effects:
        path = f"{unit.id}/{effect.by}"
        if effect.on != on or path not in shifted:
            continue
        at = trial.window.column(path)
        rows = trial.window.counts[:, at] & (trial.window.time <= trial.start)
        seen = trial.window.value[rows, at]
        if not len(seen):
            continue
        before = float(np.median(seen))
        after = before + shifted[path]
        if on == "speed":
            result *= factor(effect, after) / max(factor(effect, before), 1e-6)
        else:
            result += amount(effect, after) - amount(effect, before)
    return result


def _speed(
    trial: Trial,
    unit: Unit,
    act: Act,
    shifted: dict[str, float],
    match: Match,
    free: Free | None,
) -> tuple[list[Change], Free | None]:
    point = unit.with_role(Role.SPEED)
    sign = trial.signs.get((point.id, "low")) if point is not None else None
    asset = unit.id
    if sign is not None and sign.now is not None and sign.usual and sign.strength > 0.3:
        ratio = _mean(trial, sign) / sign.usual / max(_effect(trial, unit, shifted, "speed"), 1e-6)
        if ratio > 0.985:
            return [], free
        return [Speed(asset=asset, factor=float(np.clip(ratio, act.size.low, act.size.high)))], free
    waits = match.loses > 0.3 and not shifted and len(match.mode.acts if match.mode else ()) == 1
    if waits and free is None:
        # it never runs free, so its speed says nothing: what it passes on is the line's rate
        return [], Free(partial(_pace, asset), act.size, worse_low=True)
    return [], free


def _stops(
    trial: Trial, unit: Unit, act: Act, length: Range | None, shifted: dict[str, float]
) -> list[Change]:
    law = stops.law(trial.window, unit, stops.shared(trial.window, trial.line))
    more = law.now_per_hour - law.usual_per_hour - _effect(trial, unit, shifted, "stops")
    if law.log_ratio < 2.0 or more <= 0:
        return []
    bounds = length or Range(low=10.0, high=600.0)
    return [
        Stops(
            asset=unit.id,
            per_hour=float(np.clip(more, 0.0, max(act.size.high, 1.0) * 1.5)),
            mean_s=float(np.clip(law.now_s, bounds.low, bounds.high * 2.0)),
        )
    ]


def _rejects(trial: Trial, unit: Unit, act: Act, shifted: dict[str, float]) -> list[Change]:
    law = rejects.law(trial.window, unit)
    if law is None or law.score < 3.0:
        return []
    more = law.now - law.usual - _effect(trial, unit, shifted, "rejects")
    if more < 0.002:
        return []
    return [Rejects(asset=unit.id, share=float(np.clip(more, act.size.low, act.size.high)))]
