"""What speaks against a mode: order, size, direction, and what its class's laws would bring.

A product at 16 °C slows its filler; a filler that keeps its speed says that the instrument, not
the product, is at 16 °C. The laws are the effects of the equipment classes. It must never be used
against an instrument's fault.
"""

from math import log

from twin_core.diagnosis.lines import LineLoss
from twin_core.diagnosis.reach import ANY, Reach
from twin_core.diagnosis.sign import Sign, Signs
from twin_core.diagnosis.symptoms import matters
from twin_core.diagnosis.weighing import INSTRUMENT, ODD, Case, chance, worth
from twin_core.plant.assets import Plant, Point, Unit
from twin_core.plant.classes import Effect, FailureMode, Role
from twin_core.simulation.live.effects import amount, factor
from twin_core.value import SECOND, Instant

_SLOWER = 0.95
"""Predicted speed over usual speed below which a fall must be seen."""
_REJECTED = 0.012
"""Predicted added share of rejects above which a rise must be seen."""
_STANDS = 0.15
"""Share of what it usually gives above which an asset is running, however badly."""
_SPIN_DOWN_S = 60.0
"""Seconds after which what has lost its drive stands."""
_DRIVEN = {"machine", "conveyor", "producer"}
"""Models that stand without their drive; through a store that has nothing some still passes."""
_GIVES = {Role.SPEED, Role.FLOW, Role.OUTPUT}
_MOST_TOO_LARGE = 4.0
"""The most that drawing too much speaks against a mode."""
_DRAWN = 0.65
"""Probability that a draw that its machine feels is seen in what its header gives."""
_CLOCK_S = 30.0
"""Seconds by which an effect may seem to precede its cause: buckets, clocks, smoothing."""
_PLAIN_CHANCE = 0.05
"""Probability where nothing is wrong below which a sign asks to be explained."""
_LEFT_OVER, _MOST_LEFT_OVER = 0.5, 4.0
"""Share of what such a sign is worth that leaving it over costs a mode, and the most of it."""
_BALANCED = {Role.FLOW, Role.POTENTIAL}
"""Roles whose contrary is a contradiction: what is given, drawn and held must add up."""
_ROLE = {"speed": (Role.SPEED, "low"), "rejects": (Role.DEFECTIVE, "high")}


def denied(plant: Plant, able: Reach, signs: Signs, blind: frozenset[str]) -> list[Sign]:
    """Signs of values that, had they really moved, would show elsewhere, and do not.

    Args:
        plant: for effects and links.
        able: what the suspected mode claims to have moved.
        signs: everything seen.
        blind: points whose silence means nothing.
    """
    found = []
    for sign in signs.values():
        if (
            sign.shows not in able.ways.get(sign.point, frozenset())
            or sign.strength < 0.5
            or sign.shows not in {"low", "high"}
        ):
            continue
        if sign.now is None or sign.usual is None:
            continue
        felt = [_felt(u, e, sign, signs, blind) for u, e in _bent_by(plant, sign.point)]
        known = [f for f in felt if f is not None]
        if (known and sum(known) < 0.5 * len(known)) or (
            not known and _alone(plant, sign, signs, blind)
        ):
            found.append(sign)
    return found


def running(plant: Plant, unit: Unit, mode: FailureMode, signs: Signs, end: Instant) -> list[Sign]:
    """Signs that the asset gives less but still gives, where the mode would have it stand.

    Args:
        plant: for what the class says its capacity follows.
        unit: the suspected asset.
        mode: the suspected mode; only an `outage` makes an asset stand.
        signs: everything seen.
        end: plant time up to which they were seen.
    """
    driven = plant.class_of(unit.id).model in _DRIVEN
    if not driven or not any(a.on == "outage" for a in mode.acts):
        return []
    carries = {e.by: e for e in plant.class_of(unit.id).effects if e.on in {"capacity", "speed"}}
    found = []
    for point in unit.points:
        sign, effect = signs.get((point.id, "low")), carries.get(point.spec.id)
        if sign is None or not sign.now or not sign.usual or sign.strength < 0.5:
            continue
        if (end - sign.onset) / SECOND < sign.onset_s + _SPIN_DOWN_S:
            continue
        share = sign.now / sign.usual if point.spec.role in _GIVES else 0.0
        if effect is not None:
            carried = factor(effect, sign.now) / max(factor(effect, sign.usual), 1e-6)
            share = carried if carried < 1.0 else share  # what cools tells nothing
        if share > _STANDS:
            found.append(sign)
    return found


def _bent_by(plant: Plant, point_id: str) -> list[tuple[Unit, Effect]]:
    """Units and effects that follow the point: its own unit's, or those it supplies."""
    point = plant.point(point_id)
    unit = plant.units[point.unit_id]
    found = [(unit, e) for e in plant.class_of(unit.id).effects if e.by == point.spec.id]
    if point.spec.role is Role.POTENTIAL and plant.class_of(unit.id).model == "header":
        for link in plant.links_from(unit.id, "supplies"):
            other = plant.units[link.target]
            by = f"supply:{link.medium}"
            found += [(other, e) for e in plant.class_of(other.id).effects if e.by == by]
    return found


def _felt(
    unit: Unit, effect: Effect, sign: Sign, signs: Signs, blind: frozenset[str]
) -> bool | None:
    """Whether the effect of the sign is seen; None where none is to be expected or seen at all."""
    if sign.now is None or sign.usual is None:
        return None
    if effect.on == "offset" and effect.point is not None:
        return _shifted(unit, effect, sign.usual, sign.now, signs, blind)
    if effect.on not in _ROLE:
        return None
    role, shows = _ROLE[effect.on]
    point = unit.with_role(role)
    if point is None or point.id in blind:
        return None
    if effect.on == "speed":
        before = max(factor(effect, sign.usual), 1e-6)
        left = factor(effect, sign.now) / before
        if left > _SLOWER or _unseen(point, left):
            return None
    elif amount(effect, sign.now) - amount(effect, sign.usual) < _REJECTED:
        return None
    other = signs.get((point.id, shows))
    return other is not None and other.strength > 0.3


def _unseen(point: Point, left: float) -> bool:
    """Whether a speed would fall by less than matters there, of what is usually asked."""
    normal = point.spec.normal
    if normal is None:
        return False
    middle = (normal.low + normal.high) / 2.0
    return (1.0 - left) * middle < 1.5 * matters(point, middle)


def _shifted(
    unit: Unit,
    effect: Effect,
    usual: float,
    now: float,
    signs: Signs,
    blind: frozenset[str],
) -> bool | None:
    """Whether a value shifted as the effect predicts; None where the shift would not be seen."""
    point = unit.point(effect.point or "")
    if point is None or point.id in blind:
        return None
    shift = amount(effect, now) - amount(effect, usual)
    if abs(shift) < 1.5 * matters(point, usual):
        return None
    ways = ("high", "rising") if shift > 0 else ("low", "falling")
    seen = [signs.get((point.id, shows)) for shows in ways]
    return any(s is not None and s.strength > 0.3 for s in seen)


def _alone(plant: Plant, sign: Sign, signs: Signs, blind: frozenset[str]) -> bool:
    """Whether a header's potential moved and no producer of it noticed."""
    point = plant.point(sign.point)
    unit = point.unit_id
    if point.spec.role is not Role.POTENTIAL or plant.class_of(unit).model != "header":
        return False
    shown = []
    for link in plant.links_into(unit, "supplies"):
        near = plant.units[link.source].with_role(Role.POTENTIAL)
        if near is not None and near.id not in blind:
            other = signs.get((near.id, sign.shows))
            shown.append(other is not None and other.strength > 0.3)
    return bool(shown) and not any(shown)


def contrary_flows(plant: Plant, able: Reach, signs: Signs, listed: set[str]) -> list[Sign]:
    """Signs of flows and potentials that go the other way than the mode would make them."""
    found = []
    for sign in signs.values():
        ways = able.ways.get(sign.point)
        if ways is None or sign.point in listed or sign.strength < 0.8 or sign.sure:
            continue
        if sign.asked or _as_told(plant, signs, sign):
            continue
        other_way = sign.shows in {"low", "high"} and sign.shows not in ways and ways & ANY
        if other_way and plant.point(sign.point).spec.role in _BALANCED:
            found.append(sign)
    return found


def _as_told(plant: Plant, signs: Signs, sign: Sign) -> bool:
    """Whether a producer gives more or less because so much is asked of it: its peers do less."""
    unit = plant.units[sign.asset]
    asked = unit.with_role(Role.OUTPUT)
    if asked is None or plant.class_of(unit.id).model != "producer":
        return False
    other = signs.get((asked.id, sign.shows))
    return other is not None and other.strength > 0.5


def out_of_order(mode: FailureMode, seen: list[tuple[Sign, float]], loss: LineLoss) -> float:
    """What speaks against the mode in the order of events, ≤ 0."""
    rank = {s.point: s.order for s in mode.symptoms}
    dated = [(rank.get(s.point.rsplit("/", 1)[1], 1), s) for s, _ in seen if s.strength > 0.5]
    penalty = 0.0
    for order, sign in dated:
        for later, other in dated:
            if later > order and _clearly_before(other, sign):
                penalty -= 0.4
    if loss.losing and not mode.sensor and dated:
        first = min(dated, key=lambda pair: pair[1].onset + pair[1].onset_s * SECOND)[1]
        late = (first.onset - loss.onset) / SECOND - first.onset_s - loss.onset_s - _CLOCK_S
        if late > 60.0:
            penalty -= min(3.0, late / 120.0)
    return penalty


def too_small(signs: Signs, unit: Unit, mode: FailureMode) -> float:
    """What speaks against the mode where a value moved by less than the mode moves it, ≤ 0."""
    penalty = 0.0
    for act in mode.acts:
        least = min(abs(act.size.low), abs(act.size.high))
        if act.on != "offset" or act.point is None or act.size.low * act.size.high <= 0:
            continue
        path = f"{unit.id}/{act.point}"
        for level, trend in (("low", "falling"), ("high", "rising")):
            sign, moving = signs.get((path, level)), signs.get((path, trend))
            if sign is None or sign.now is None or sign.usual is None:
                continue
            share = abs(sign.now - sign.usual) / (0.7 * least)
            if share < 1.0 and (moving is None or moving.strength < 0.5):
                penalty -= 2.5 * (1.0 - share)
    return penalty


def too_large(plant: Plant, signs: Signs, unit: Unit, mode: FailureMode) -> float:
    """What speaks against the mode where more is drawn than it could ever draw, ≤ 0."""
    most = max((a.size.high - 1.0 for a in mode.acts if a.on == "demand"), default=0.0)
    penalty = 0.0
    for link in plant.links_into(unit.id, "supplies") if most > 0 else ():
        flow = plant.units[link.source].with_role(Role.FLOW)
        sign = signs.get((flow.id, "high")) if flow is not None else None
        drawn = sum(k.share or 0.0 for k in plant.links_from(link.source, "supplies"))
        if sign is None or sign.now is None or not sign.usual or not link.share or not drawn:
            continue
        share = (sign.now - sign.usual) / (most * sign.usual * link.share / drawn)
        penalty -= min(_MOST_TOO_LARGE, 2.5 * max(0.0, share - 1.0)) * sign.strength
    return penalty


def undrawn(case: Case, unit: Unit, mode: FailureMode) -> float:
    """What speaks against a mode that slows its machine by what it draws, and is not drawn, ≤ 0."""
    if not {"demand", "speed"} <= {a.on for a in mode.acts}:
        return 0.0
    penalty = 0.0
    for link in case.plant.links_into(unit.id, "supplies"):
        flow = case.plant.units[link.source].with_role(Role.FLOW)
        if flow is None or flow.id in case.blind or not link.share:
            continue
        shown = [case.signs.get((flow.id, shows)) for shows in ("high", "rising")]
        most = max((s.strength for s in shown if s is not None), default=0.0)
        penalty += log(1.0 - _DRAWN * (1.0 - most))
    return penalty


def left_over(case: Case, unit: Unit, mode: FailureMode, able: Reach) -> float:
    """What speaks against a mode whose asset shows plainly what it does not bring about, ≤ 0.

    It would need a second fault at the same asset at the same time.
    """
    most: dict[str, float] = {}
    for sign in case.signs.values():
        if sign.asset != unit.id or sign.strength < 0.5 or chance(case, sign) >= _PLAIN_CHANCE:
            continue
        if sign.shows in INSTRUMENT or (mode.sensor and sign.point in able.ways):
            continue  # of an instrument nothing it shows is to be believed
        role = case.plant.point(sign.point).spec.role
        if role is Role.OUTPUT or sign.shows in able.ways.get(sign.point, frozenset()):
            continue
        most[sign.point] = max(most.get(sign.point, 0.0), worth(case, sign, ODD))
    return -min(_MOST_LEFT_OVER, _LEFT_OVER * sum(most.values()))


def obeying(case: Case, unit: Unit) -> dict[str, set[str]]:
    """Points of the unit that went where a set-point of theirs was moved to, and that set-point."""
    found: dict[str, set[str]] = {}
    for point in unit.points:
        measured = unit.point(point.spec.measures) if point.spec.measures is not None else None
        moved = [case.signs.get((point.id, shows)) for shows in ("low", "high")]
        sign = next((s for s in moved if s is not None and s.sure and s.strength > 0.5), None)
        if measured is None or sign is None or sign.now is None:
            continue
        value = case.signs.get((measured.id, sign.shows))
        if value is None or value.now is None or value.usual is None:
            continue
        if abs(value.now - sign.now) < matters(measured, value.usual):
            found.setdefault(measured.id, set()).add(point.id)
    return found


def _clearly_before(a: Sign, b: Sign) -> bool:
    return (b.onset - a.onset) / SECOND > a.onset_s + b.onset_s + _CLOCK_S
