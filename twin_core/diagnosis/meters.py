"""What goes missing between meters, and what is only passed on.

Where all that supplies a header and all that takes from it is metered, what comes in, less what
goes out, less what stays as the potential rises, is what is lost on the way. A flow that changed
as what is taken behind it changed is what was asked for. It must never judge a header of which
one meter is not known.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin_core.diagnosis.changepoint import Shift, shift
from twin_core.diagnosis.sign import Sign, logistic
from twin_core.diagnosis.window import Window, began
from twin_core.plant.assets import Plant, Point, Unit
from twin_core.plant.classes import Role
from twin_core.twin import GRID_S

_OVER = 12
"""Buckets over which a balance is drawn up: a level is read in steps."""
_MATTERS = 0.06
"""Share of what usually passes that is the smallest loss that matters."""
_FINE = 8.0
"""Times finer than that the balance need be known."""
_ALIKE = 0.6
"""Share to which two shifts must agree to be one meter's, or what is taken behind a flow."""
_TOGETHER_S = 120.0
"""Seconds by which what one meter does to two balances may seem apart."""
_DRIVES = 3.0
"""Spreads by which what is held before a tie must have moved to drive its flow."""
_HOURS = {"s": 1.0 / 3600.0, "min": 1.0 / 60.0, "h": 1.0}
_GIVES = {"producer", "tie"}
_TAKES = {Role.FLOW, Role.PROCESS}
"""Roles of points that may show what a consumer takes."""
STANDS_BY = 4
"""PackML number of a producer that is not asked for anything."""
_AT_MOST = 2.5
"""Per cent by which a producer's process values move for a per cent of what it gives, at most."""
_NOTHING = 0.03
"""Share of what can be read below which a value is as good as nothing."""


@dataclass(frozen=True, slots=True)
class Meters:
    """What is metered around a header: point → factor into the unit of `per_hour`."""

    header: Unit
    come: Mapping[str, float]
    go: Mapping[str, float]


def meters(plant: Plant, header: Unit) -> Meters | None:
    """The meters of all that supplies a header and takes from it; None if one has none."""
    if plant.class_of(header.id).model != "header" or header.with_role(Role.POTENTIAL) is None:
        return None
    sides: list[dict[str, float]] = []
    kinds: set[str] = set()
    into, out = plant.links_into(header.id, "supplies"), plant.links_from(header.id, "supplies")
    for neighbours in ([k.source for k in into], [k.target for k in out]):
        side: dict[str, float] = {}
        for neighbour in neighbours:
            point = _meter(plant, plant.units[neighbour])
            amount, _, time = (point.spec.unit if point is not None else "").partition("/")
            if point is None or time not in _HOURS:
                return None
            side[point.id] = 1.0 / _HOURS[time]
            kinds.add(amount)
        sides.append(side)
    if len(kinds) != 1 or not all(sides):
        return None
    return Meters(header, *sides)


def observe(window: Window) -> list[Sign]:
    """A `losing` sign of every header between whose meters something goes missing.

    Where one meter would do as much to two headers the other way round, it is the meter:
    `rising` or `falling`.
    """
    found = list(_out_of_balance(window))
    signs, blamed = [], set[str]()
    for one, first in found:
        for other, second in found:
            shared = set(one.go) & set(other.come)
            if shared and _same(first, second):
                wrong = [p for p in shared if _went_along(window, p, second)]
                if len(wrong) == 1:
                    signs.append(_of_meter(window, window.plant.point(wrong[0]), second))
                blamed |= {one.header.id, other.header.id}
    signs += [_losing(window, m, s) for m, s in found if m.header.id not in blamed and s.size > 0]
    return [s for s in signs if s.strength > 0.05]


def balanced(window: Window) -> frozenset[str]:
    """Headers whose balance is known now."""
    found = set()
    for unit in window.units:
        known = meters(window.plant, window.plant.units[unit])
        if known is not None and np.isfinite(_series(window, known)[-_OVER:]).any():
            found.add(unit)
    return frozenset(found)


def passed_on(window: Window, signs: Mapping[tuple[str, str], Sign]) -> dict[tuple[str, str], Sign]:
    """The signs, with those `asked` that follow from what is taken behind them.

    Flows of ties and headers where as much more or less is taken, or where more or less is held
    before; of a producer what it gives, and is asked for, where both go the way of what is
    taken; and what one shows that stands by.
    """
    return {
        key: replace(sign, asked=True) if _follows(window, sign) else sign
        for key, sign in signs.items()
    }


def _follows(window: Window, sign: Sign) -> bool:
    plant = window.plant
    unit, role = plant.units[sign.asset], plant.point(sign.point).spec.role
    model = plant.class_of(unit.id).model
    if sign.now is None or sign.usual is None:
        return False
    if model == "producer":
        return _stands(window, unit, sign) or _as_told(window, unit, sign, role)
    if model not in {"tie", "header"} or role is not Role.FLOW:
        return False
    moved = sign.now - sign.usual
    taken = _taken(window, unit, sign)
    return _explains(taken, moved) or _driven(window, unit, sign, moved)


def _explains(due: float | None, moved: float) -> bool:
    return due is not None and moved * due > 0 and abs(due) >= _ALIKE * abs(moved)


def _as_told(window: Window, unit: Unit, sign: Sign, role: Role) -> bool:
    """Whether a producer gives more, or less, as it is asked to and as is taken, and shows no more.

    Its process values may move by `_AT_MOST` times as many per cent as what it gives.
    """
    plant, shifts = window.plant, []
    for of in (Role.FLOW, Role.OUTPUT):
        point = unit.with_role(of)
        value = window.snapshot.recent.mean[:, plant.index[point.id]] if point is not None else None
        shifts.append(_moved(value, window, sign) if value is not None else None)
    given, asked = shifts
    if not given or not asked or given * asked < 0 or sign.now is None or sign.usual is None:
        return False
    flow = unit.with_role(Role.FLOW)
    assert flow is not None
    if role is Role.PROCESS:
        now = float(window.snapshot.settled_value[plant.index[flow.id]])
        own, load = (sign.now - sign.usual) / _size(sign.usual), given / _size(now - given)
        if own * load < 0 or abs(own) > _AT_MOST * abs(load):
            return False
    elif role not in {Role.FLOW, Role.OUTPUT}:
        return False
    return _explains(_taken(window, unit, sign), given)


def _size(x: float) -> float:
    return max(abs(x), 1e-9)


def _stands(window: Window, unit: Unit, sign: Sign) -> bool:
    """Whether a producer stands by and a value of it was and is as good as nothing."""
    state = unit.with_role(Role.STATE)
    if state is None or window.snapshot.settled_value[window.plant.index[state.id]] != STANDS_BY:
        return False
    limits = window.plant.point(sign.point).spec.limits
    least = _NOTHING * (limits.high - limits.low)
    return max(abs(sign.now or 0.0), abs(sign.usual or 0.0)) < least


def _meter(plant: Plant, unit: Unit) -> Point | None:
    """What measures all that goes through a neighbour of a header."""
    model = plant.class_of(unit.id).model
    if model == "machine":
        return unit.with_role(Role.SPEED)
    return unit.with_role(Role.FLOW) if model in _GIVES else None


def _sum(window: Window, side: Mapping[str, float]) -> NDArray[np.float64]:
    """What the meters of a side show together, amount per hour, float64[T]."""
    mean, index = window.snapshot.recent.mean, window.plant.index
    return np.asarray(sum(mean[:, index[p]] * k for p, k in side.items()), dtype=np.float64)


def _series(window: Window, known: Meters) -> NDArray[np.float64]:
    """What goes missing, amount per hour, over the last buckets, float64[T]; NaN where unknown."""
    net = _averaged(_sum(window, known.come) - _sum(window, known.go))
    point = known.header.with_role(Role.POTENTIAL)
    assert point is not None
    held = window.snapshot.recent.mean[:, window.plant.index[point.id]]
    holds = known.header.parameters.get("capacitance", 0.0)
    holds *= known.header.parameters.get("direction", 1.0)
    change = np.full_like(net, np.nan)
    change[_OVER:] = (held[_OVER:] - held[:-_OVER]) / (_OVER * GRID_S)
    return np.asarray(net - holds * change)


def _averaged(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of the last buckets, NaN where one of them is unknown."""
    found = np.full_like(x, np.nan)
    if len(x) > _OVER:
        windows = np.lib.stride_tricks.sliding_window_view(x, _OVER)
        found[_OVER:] = windows[1:].mean(axis=1)
    return found


def _out_of_balance(window: Window) -> Iterator[tuple[Meters, Shift]]:
    for unit in sorted(window.units):
        known = meters(window.plant, window.plant.units[unit])
        if known is None:
            continue
        missing = _series(window, known)
        fine = np.isfinite(missing)
        if not fine[-_OVER:].all():
            continue
        seen = shift(missing, fine, _least(window, known) / _FINE)
        if seen is not None and abs(seen.size) > 0.5 * _least(window, known):
            yield known, seen


def _least(window: Window, known: Meters) -> float:
    come = _sum(window, known.come)
    seen = np.abs(come[np.isfinite(come)])
    return max(_MATTERS * float(np.quantile(seen, 0.75)) if len(seen) else 0.0, 1e-6)


def _same(first: Shift, second: Shift) -> bool:
    """Whether two balances went the opposite way, by as much, at one time."""
    small, large = sorted((abs(first.size), abs(second.size)))
    apart = abs(first.onset - second.onset) * GRID_S
    near = apart < _TOGETHER_S + (first.width + second.width) * GRID_S
    return first.size * second.size < 0 and small >= _ALIKE * large and near


def _strength(window: Window, known: Meters, seen: Shift) -> float:
    return seen.certainty * logistic((abs(seen.size) / _least(window, known) - 1.0) / 0.2)


def _onset(window: Window, seen: Shift) -> tuple[int, float]:
    """When it began, and by how many seconds that may be wrong: each value looks back."""
    row = min(max(round(seen.onset) - _OVER // 4, 0), len(window.time) - 1)
    return began(window, row), (seen.width + _OVER / 2) * GRID_S


def _went_along(window: Window, point: str, behind: Shift) -> bool:
    """Whether a meter shows as much more or less as seems to be missing behind it."""
    value = window.snapshot.recent.mean[:, window.plant.index[point]]
    since = np.arange(len(value)) >= behind.onset
    before, latest = value[~since & np.isfinite(value)], value[-_OVER:]
    if not len(before) or not np.isfinite(latest).any():
        return False
    moved = float(np.nanmedian(latest) - np.median(before))
    return moved * behind.size > 0 and abs(moved) >= _ALIKE * abs(behind.size)


def _losing(window: Window, known: Meters, seen: Shift) -> Sign:
    point = known.header.with_role(Role.POTENTIAL)
    assert point is not None
    flow = next(iter(known.come))
    per = 1.0 / known.come[flow]
    onset, onset_s = _onset(window, seen)
    return Sign(
        point=point.id, shows="losing", strength=_strength(window, known, seen),
        usual=seen.before * per, now=(seen.before + seen.size) * per,
        unit=window.plant.point(flow).spec.unit, onset=onset, onset_s=onset_s, against="law",
        size=abs(seen.size) / _least(window, known),
    )  # fmt: skip


def _of_meter(window: Window, point: Point, behind: Shift) -> Sign:
    """The meter that would explain what is missing behind it: it shows too much, or too little."""
    value = window.snapshot.recent.mean[:, window.plant.index[point.id]]
    now = float(np.nanmedian(value[-_OVER:]))
    onset, onset_s = _onset(window, behind)
    return Sign(
        point=point.id, shows="rising" if behind.size > 0 else "falling", strength=1.0,
        usual=now - behind.size, now=now, unit=point.spec.unit, onset=onset, onset_s=onset_s,
        against="law", sure=True, note="the meters before and behind it say otherwise",
    )  # fmt: skip


def _taken(window: Window, unit: Unit, sign: Sign) -> float | None:
    """By how much what is taken behind a tie or header changed since the sign began."""
    plant = window.plant
    header, flow = unit.id, unit.with_role(Role.FLOW)
    if plant.class_of(unit.id).model != "header":
        links = plant.links_from(unit.id, "supplies")
        header = links[0].target if len(links) == 1 else ""
    if flow is None or header not in plant.units:
        return None
    known = meters(plant, plant.units[header])
    if known is not None:
        taken = _moved(_sum(window, known.go), window, sign)
        return None if taken is None else taken * _HOURS[flow.spec.unit.partition("/")[2]]
    drawn = _drawn(plant, header, flow.spec.unit)
    return _moved(_sum(window, drawn), window, sign) if drawn is not None else None


def _drawn(plant: Plant, header: str, unit: str) -> Mapping[str, float] | None:
    """What shows how much each consumer of a header takes; None where one shows it not.

    What one gives may be of another kind: a pump gives water and takes power. So each has to have
    one point, and no more, in the unit in which the header's flow is told.
    """
    found: dict[str, float] = {}
    for link in plant.links_from(header, "supplies"):
        shown = [
            p.id
            for p in plant.units[link.target].points
            if p.spec.unit == unit and p.spec.role in _TAKES
        ]
        if len(shown) != 1:
            return None
        found[shown[0]] = 1.0
    return found or None


def _moved(x: NDArray[np.float64], window: Window, sign: Sign) -> float | None:
    """By how much a series moved since the sign began."""
    before = x[_before(window, sign) & np.isfinite(x)]
    latest = x[np.isfinite(x)][-_OVER:]
    return float(np.median(latest) - np.median(before)) if len(before) and len(latest) else None


def _driven(window: Window, unit: Unit, sign: Sign, moved: float) -> bool:
    """Whether what is held before a tie went the way of its flow, or behind it the other way."""
    plant = window.plant
    if plant.class_of(unit.id).model != "tie":
        return False
    before = [plant.units[k.source] for k in plant.links_into(unit.id, "supplies")]
    behind = [plant.units[k.target] for k in plant.links_from(unit.id, "supplies")]
    if len(before) != 1 or len(behind) != 1:
        return False
    return _went(window, before[0], sign) * moved > 0 or _went(window, behind[0], sign) * moved < 0


def _went(window: Window, header: Unit, sign: Sign) -> float:
    """Which way a header's potential went since the sign began, beyond what it scatters; else 0."""
    point = header.with_role(Role.POTENTIAL)
    if point is None:
        return 0.0
    held = _averaged(window.snapshot.recent.mean[:, window.plant.index[point.id]])
    before = held[_before(window, sign) & np.isfinite(held)]
    if not len(before) or not np.isfinite(held[-1]):
        return 0.0
    usual = float(np.median(before))
    scatter = max(1.4826 * float(np.median(np.abs(before - usual))), point.spec.noise / _OVER)
    gone = float(held[-1]) - usual
    return gone if abs(gone) > _DRIVES * scatter else 0.0


def _before(window: Window, sign: Sign) -> NDArray[np.bool_]:
    """The buckets before the sign began; the first ones, if it has been there all the time."""
    rows = np.arange(len(window.time))
    return np.asarray((window.time <= sign.onset) | (rows < 2 * _OVER))
