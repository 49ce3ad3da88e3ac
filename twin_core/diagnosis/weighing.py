"""How much one sign speaks for a symptom, and against chance.

A sign's weight is the logarithm of how likely it is with the mode over how likely it is where
nothing is wrong. It must never know a failure mode.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log

from twin_core.diagnosis.lines import LineLoss
from twin_core.diagnosis.sign import Sign, Signs
from twin_core.plant.assets import Line, Plant, Point
from twin_core.plant.classes import SETTINGS, PointSpec, Role, Shows, Symptom
from twin_core.value import SECOND, Instant

_CHANCE = 0.03
"""Probability that a symptom is seen where nothing is wrong."""
_KEPT = 0.01
"""The same for what a machine keeps while it runs: it is compared with the same state."""
_WANDERS = 0.06
"""The same for a store, which works when it is asked to."""
_HELD = 0.01
"""The same for a level that holds still between its ends while its line runs."""
_FAR = 0.15
"""Of these the share for what is far beyond what matters, at least."""
_RULED = 0.002
"""The same for what a rule of quality or a recipe says, or a setting that was moved."""
RESTLESS = 0.2
"""The same for what fills, empties and waits in the ordinary course of a line."""
_LOADED = 0.4
"""The same for what a producer or store shows whenever it works harder or less."""
_LOAD_POWER = 2.5
"""Per cent by which such a value moves for a per cent of load, at most (a filter: squared)."""
_STANDS = 0.1
"""Share of what is usual below which a value does not follow a load any more: it stands."""
_SPEED_POWER = 1.2
"""The same for a per cent of speed."""
_DRIVEN = {"A", "kW", "W", "mm/s"}
"""Units of what a drive draws and of how a machine shakes."""
ODD = 0.25
"""Probability that an unknown mode shows any one sign at its asset."""
_ENDED = 0.3
"""Share of the drifts of instruments that have come to an end, and were too short to be seen."""
_EPSILON = 0.001
_EDGE = 0.02
"""Share of its span by which a level must be off empty and full."""
_SET = 0.999
"""Weight that a symptom of a set-point may have: whether it was moved is plain to see."""
_RARE_S = 600.0
"""Seconds of watching after which stops, and what follows late, count as absent if they are."""
SCATTER: dict[Shows, Shows] = {"noisy": "spiking"}
"""What a scatter shows as well where only its largest readings are seen."""
_SCATTERS = 0.7
"""Share of the scatters that show in their largest readings alone."""
_WAYS = ("low", "high", "falling", "rising")
_OPPOSITE = {"low": "high", "high": "low", "rising": "falling", "falling": "rising"}
_COME_TO: dict[Shows, Shows] = {"rising": "high", "falling": "low"}
_BINDING = 0.9
"""Weight from which on a mode is nothing but its set-point."""
_REFUTED = 4.0
"""What it costs such a mode beside that its set-point stands."""
SPEAKS = 0.2
"""Ratio, natural logarithm, from which on a sign speaks for a mode."""
FOLLOWS = {Role.STARVED, Role.BLOCKED, Role.LEVEL}
"""Roles that show what happens elsewhere."""
INSTRUMENT = {"stuck", "missing", "spiking"}
"""What only an instrument shows, whatever the process does."""
_RESTLESS_NOISE = {Role.FLOW, Role.OUTPUT, Role.SPEED}


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be explained: a line, its loss, the signs, and up to when they were looked for.

    Attributes:
        blind: points whose silence about a symptom means nothing.
        balanced: headers of which it is known whether more comes in than goes out.
    """

    plant: Plant
    line: Line
    loss: LineLoss
    signs: Signs
    blind: frozenset[str]
    end: Instant
    balanced: frozenset[str] = frozenset()


def gather(signs: Iterable[Sign]) -> dict[tuple[str, str], Sign]:
    """The strongest sign of each point and way of showing."""
    found: dict[tuple[str, str], Sign] = {}
    for sign in signs:
        key = (sign.point, sign.shows)
        if key not in found or found[key].strength < sign.strength:
            found[key] = sign
    return found


def weigh(
    case: Case, points: list[str], group: list[Symptom], *, drifts: bool
) -> tuple[Sign | None, float, Sign | None]:
    """The best sign of the group, its log-likelihood ratio, and a sign of the contrary."""
    signs = case.signs
    present = {s.shows: [signs[p, s.shows] for p in points if (p, s.shows) in signs] for s in group}
    partly: dict[str, float] = {}
    for scatter in present.keys() & SCATTER.keys():
        if not present[scatter]:
            largest = SCATTER[scatter]
            present[scatter] = [signs[p, largest] for p in points if (p, largest) in signs]
            partly[scatter] = _SCATTERS
    if drifts:
        for trend in present.keys() & _COME_TO.keys():
            found = [signs[p, _COME_TO[trend]] for p in points if (p, _COME_TO[trend]) in signs]
            if _most(found) > _most(present[trend]):
                present[trend] = found  # what its drift has come to
                partly[trend] = _ENDED
    strongest = {k: max(v, key=lambda x: x.strength) for k, v in present.items() if v}
    likely, by_chance, rest = 0.0, 0.0, 1.0
    set_point = any(case.plant.point(p).spec.role in SETTINGS for p in points)
    most, least = (_SET, 1.0 - _SET) if set_point else (0.97, 0.03)
    for symptom in group:
        weight = _SET if set_point and symptom.weight > _BINDING else min(symptom.weight, most)
        if symptom.shows == "stopping" or symptom.order > 1:
            weight *= min(1.0, _watched_s(case) / _RARE_S)
        rest -= weight
        if symptom.shows in strongest:
            sign = strongest[symptom.shows]
            likely += symptom.weight * partly.get(symptom.shows, 1.0) * sign.strength
            by_chance += chance(case, sign) * sign.strength
    refuted = set_point and any(s.weight > _BINDING for s in group) and not strongest
    none = 1.0 - max((s.strength for s in strongest.values()), default=0.0)
    likely += max(rest, least) * none
    by_chance += (1.0 - _CHANCE) * none
    ratio = log((likely + _EPSILON) / (by_chance + _EPSILON))
    ratio -= _REFUTED if refuted else 0.0
    contrary = _contrary(case, points, group)
    if contrary is not None:
        ratio -= 2.0 * contrary.strength
    best = max(strongest.values(), key=lambda s: s.strength) if strongest else None
    if best is not None and with_load(case, best):
        ratio = min(ratio, 0.0)  # what its load explains speaks for nothing else
    return best, ratio, contrary


def _most(signs: Iterable[Sign]) -> float:
    """How sure it is that any of the signs is there."""
    return max((s.strength for s in signs), default=0.0)


def worth(case: Case, sign: Sign, likely: float) -> float:
    """What a sign adds for something that shows it with this probability.

    Whether it is there at all is not sure either: both are weighed with its strength.
    """
    by_chance, s = chance(case, sign), sign.strength
    there = likely * s + (1.0 - likely) * (1.0 - s)
    return log((there + _EPSILON) / (by_chance * s + (1.0 - by_chance) * (1.0 - s) + _EPSILON))


def _watched_s(case: Case) -> float:
    """Seconds since anything was seen to begin."""
    onsets = [s.onset for s in case.signs.values() if s.strength > 0.8]
    first = min([case.loss.onset, *onsets]) if case.loss.losing else min(onsets, default=case.end)
    return (case.end - first) / SECOND


def _contrary(case: Case, points: list[str], group: list[Symptom]) -> Sign | None:
    for symptom in group:
        opposite = _OPPOSITE.get(symptom.shows)
        if opposite is None or any(s.shows == opposite for s in group):
            continue
        for point in points:
            other = case.signs.get((point, opposite))
            if other is not None and other.strength > 0.5 and not with_load(case, other):
                return other
    return None


def with_load(case: Case, sign: Sign) -> bool:
    """Whether a value moved no more than its asset's load makes it: currents, heat, filters.

    Of producers, of valves that hold a pressure, and of stores: a shuttle that brings nothing draws
    little. What a producer gives follows what it is asked for. Of what is driven, what its drive
    draws, how it shakes and warms: less, where it is slower. Of a header, what follows a flow that
    is asked for. A flow that is asked for; never a valve that is told where to stand, or that
    misses what it holds.
    """
    if sign.asked:
        return True
    point = case.plant.point(sign.point)
    role, model = point.spec.role, case.plant.class_of(sign.asset).model
    asked = case.plant.units[sign.asset].with_role(Role.OUTPUT)
    gives = role is Role.FLOW and asked is not None and model == "producer"
    if not (gives or role is Role.PROCESS) or sign.now is None or not sign.usual:
        return False
    if abs(sign.now) < _STANDS * abs(sign.usual):
        return False  # it stands
    if _beyond_alarm(case, sign):
        return False  # no load that it is made for takes it there
    if model == "tie" and _steered(case, point):
        return False
    if model in {"producer", "store", "tie"}:
        load = asked or case.plant.units[sign.asset].with_role(Role.FLOW)  # what is asked, if known
        return _follows(case, sign, load, _LOAD_POWER)
    if model == "header":
        return _follows(case, sign, asked, _LOAD_POWER)
    slower = sign.shows in {"low", "falling"} and _driven(case.plant, point)
    return slower and _follows(case, sign, _pace(case.plant, sign.asset), _SPEED_POWER)


def _driven(plant: Plant, point: Point) -> bool:
    """Whether a value is the drive's: what it draws, how it shakes, the heat that nobody sets."""
    unit = plant.units[point.unit_id]
    kept = any(other.spec.measures == point.spec.id for other in unit.points)
    return point.spec.unit in _DRIVEN or (point.spec.unit == "Cel" and not kept)


def _pace(plant: Plant, asset: str) -> Point | None:
    """What tells how fast it runs: its speed, or that by which it carries."""
    unit = plant.units[asset]
    carries = (unit.point(e.by) for e in plant.class_of(asset).effects if e.on == "capacity")
    return unit.with_role(Role.SPEED) or next((p for p in carries if p is not None), None)


def _steered(case: Case, point: Point) -> bool:
    """Whether the point is what a setting sets, or what a setting is to keep is missed."""
    unit = case.plant.units[point.unit_id]
    kept = {p.spec.measures for p in unit.points if p.spec.role in SETTINGS} - {None}
    if point.spec.id in kept:
        return True
    shown = [case.signs.get((f"{unit.id}/{p}", way)) for p in kept for way in _OPPOSITE]
    return any(s is not None and s.strength > 0.5 for s in shown)


def _follows(case: Case, sign: Sign, load: Point | None, power: float) -> bool:
    own, flow = _relative(sign), case.plant.units[sign.asset].with_role(Role.FLOW)
    others = [p.id for p in (load, flow) if p is not None and p.id != sign.point]
    shown = [case.signs[p, shows] for p in others for shows in _WAYS if (p, shows) in case.signs]
    told = [s for s in shown if s.asked or (load is not None and s.point == load.id)]
    moves = [_relative(s) for s in told if s.strength > 0.3]
    return any(m * own > 0 and abs(own) <= power * abs(m) for m in moves)


def _relative(sign: Sign) -> float:
    """The shift over what is usual; 0 where either is not known."""
    return (sign.now - sign.usual) / abs(sign.usual) if sign.now and sign.usual else 0.0


def _beyond_alarm(case: Case, sign: Sign) -> bool:
    """Whether the value lies where the plant file calls it no ordinary course: a store run out."""
    spec = case.plant.point(sign.point).spec
    if sign.now is None:
        return False
    low = spec.alarm_low is not None and sign.now < spec.alarm_low
    return low or (spec.alarm_high is not None and sign.now > spec.alarm_high)


def chance(case: Case, sign: Sign) -> float:
    """Probability of such a sign where nothing is wrong at the asset."""
    plant = case.plant
    spec = plant.point(sign.point).spec
    role, model = spec.role, plant.class_of(sign.asset).model
    if sign.sure:
        return _RULED
    if sign.shows == "stuck" and role is Role.LEVEL and _between(spec, sign):
        return _HELD
    fed = role is Role.LEVEL and model == "machine"  # what it is fed from is its own
    swings = role is Role.LEVEL and sign.shows == "noisy"  # what holds much does not jump
    restless = role in FOLLOWS and not (fed or swings) and not _beyond_alarm(case, sign)
    if restless or (sign.shows == "noisy" and role in _RESTLESS_NOISE):
        return RESTLESS
    if role is Role.FLOW and model == "store":
        return RESTLESS
    if with_load(case, sign):
        return _LOADED
    usual = {"machine": _KEPT, "store": _WANDERS}.get(model, _CHANCE)
    # a store or a line may wander, but not by many times what matters
    return usual * max(_FAR, min(1.0, 2.0 / max(sign.size, 1e-6)))


def _between(spec: PointSpec, sign: Sign) -> bool:
    """Whether the value lies off both ends of what can be read: empty and full hold still."""
    if sign.now is None:
        return False
    edge = _EDGE * (spec.limits.high - spec.limits.low)
    return spec.limits.low + edge < sign.now < spec.limits.high - edge
