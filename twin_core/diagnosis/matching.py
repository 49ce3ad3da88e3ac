"""How well each failure mode of each candidate asset explains what is seen.

A mode's score is a log-likelihood ratio against "nothing wrong here": noisy-OR over its symptoms,
seen and absent, in the direction and order its class gives them; the loss, if it starts where the
mode is; and, against it, what it leaves unexplained. A symptom in a supply only counts for modes
that can bring it about. Nothing here knows an asset or a mode by name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import log

from twin_core.diagnosis.graph import Reach, header_of, reach, supplies
from twin_core.diagnosis.lines import LineLoss
from twin_core.diagnosis.sign import Sign
from twin_core.plant.assets import Line, Plant, Unit
from twin_core.plant.classes import FailureMode, Role, Symptom
from twin_core.value import SECOND

_CHANCE = 0.03
"""Probability that a symptom is seen where nothing is wrong."""
_RULED = 0.005
"""The same for what a rule of quality or a recipe says, or a setting that was moved."""
_RESTLESS = 0.2
"""The same for what fills, empties and waits in the ordinary course of a line."""
_OPPOSITE = {"low": "high", "high": "low", "rising": "falling", "falling": "rising"}
_AXIS = {"low": "level", "high": "level", "rising": "trend", "falling": "trend"}
_UNEXPLAINED = 0.5
"""Weight of what a mode leaves unexplained, against what it explains."""
_RELAY = 0.3
"""Prior factor of modes whose cause lies elsewhere: nothing at the asset itself cures them."""
_CLOCK_S = 30.0
"""Seconds by which an effect may seem to precede its cause: buckets, clocks, smoothing."""

_NOWHERE = Reach(frozenset(), frozenset(), frozenset())
Signs = Mapping[tuple[str, str], Sign]


@dataclass(frozen=True, slots=True)
class Match:
    """How one mode at one asset fares; `mode` None: the asset, by a mode its class does not list.

    Attributes:
        score: log-likelihood ratio with prior, natural logarithm.
        seen: signs that speak for it, with what each adds; `absent` symptoms that speak against.
        against: signs that it leaves unexplained, or that show the other way.
        loses: share of the loss that starts where the mode is.
    """

    asset: str
    mode: FailureMode | None
    score: float
    seen: tuple[tuple[Sign, float], ...]
    absent: tuple[Symptom, ...]
    against: tuple[Sign, ...]
    loses: float
    reach: Reach


def gather(signs: Iterable[Sign]) -> dict[tuple[str, str], Sign]:
    """The strongest sign of each point and way of showing."""
    found: dict[tuple[str, str], Sign] = {}
    for sign in signs:
        key = (sign.point, sign.shows)
        if key not in found or found[key].strength < sign.strength:
            found[key] = sign
    return found


def candidates(plant: Plant, line: Line) -> tuple[str, ...]:
    """Units that could trouble the line: its own, and everything that supplies it."""
    return (*(u.id for u in line.units), *supplies(plant, line))


def match(
    plant: Plant,
    line: Line,
    loss: LineLoss | None,
    signs: Signs,
    blind: frozenset[str] = frozenset(),
) -> list[Match]:
    """Every mode of every candidate, best first; what `blind` points do not show means nothing."""
    assets = dict.fromkeys(candidates(plant, line))
    scope = [s for s in signs.values() if s.strength > 0.5 and s.asset in assets]
    found = []
    for asset in assets:
        unit = plant.units[asset]
        for mode in plant.class_of(asset).failure_modes:
            if not _possible(plant, unit, mode):
                continue
            found.append(_score(plant, unit, mode, loss, signs, scope, blind))
        unknown = _unknown(plant, unit, loss, scope)
        if unknown is not None:
            found.append(unknown)
    return sorted(found, key=lambda m: (-m.score, m.asset, m.mode.id if m.mode else ""))


def _score(
    plant: Plant,
    unit: Unit,
    mode: FailureMode,
    loss: LineLoss | None,
    signs: Signs,
    scope: list[Sign],
    blind: frozenset[str],
) -> Match:
    able = reach(plant, unit.id, mode)
    relay = not mode.sensor and not any(r.cures for r in mode.remedies)
    score = log(mode.prior) - 0.5 + (log(_RELAY) if relay else 0.0)
    seen: list[tuple[Sign, float]] = []
    absent: list[Symptom] = []
    against: list[Sign] = []
    groups: dict[tuple[str, str], list[Symptom]] = {}
    for symptom in mode.symptoms:
        axis = _AXIS.get(symptom.shows, symptom.shows)
        groups.setdefault((symptom.point, axis), []).append(symptom)
    for (name, axis), group in groups.items():
        points = _points(plant, unit, name)
        known = any((p, s.shows) in signs for p in points for s in group)
        if not known and all(p in blind for p in points):
            continue
        weight = 0.4 if axis == "trend" and (name, "level") in groups else 1.0
        best, ratio, contrary = _weigh(plant, points, group, signs, drifts=mode.sensor)
        if name.startswith("supply:") and not _brings_about(mode):
            ratio = min(ratio, 0.0)
        score += weight * ratio
        if best is not None and ratio > 0.2:
            seen.append((best, weight * ratio))
        elif best is None or best.strength < 0.3:
            absent.extend(s for s in group if s.weight >= 0.6)
        if contrary is not None:
            against.append(contrary)
    score += _implied(plant, unit, mode, able, signs)
    score += _order(mode, seen, loss)
    loses = _loses(plant, unit, able, loss)
    if loss is not None and loss.losing and not mode.sensor:
        score += log((0.9 * loses + 0.02) / 0.12)
    left, rest = _left(plant, able, unit.id, scope, sensor=mode.sensor)
    score += _left(plant, _NOWHERE, "", scope, sensor=True)[1] - rest
    if loss is not None and loss.losing and mode.sensor:
        score -= 2.0
    seen.sort(key=lambda pair: -pair[1])
    return Match(
        unit.id, mode, score, tuple(seen), tuple(absent), (*against, *left), loses, able,
    )  # fmt: skip


def _weigh(
    plant: Plant, points: list[str], group: list[Symptom], signs: Signs, *, drifts: bool
) -> tuple[Sign | None, float, Sign | None]:
    """The best sign of the group, its log-likelihood ratio, and a sign of the contrary."""
    present = {s.shows: [signs[p, s.shows] for p in points if (p, s.shows) in signs] for s in group}
    if drifts:
        for trend, level in (("rising", "high"), ("falling", "low")):
            if trend in present and not present[trend]:  # what its drift has come to
                found = [signs[p, level] for p in points if (p, level) in signs]
                present[trend] = [replace(s, strength=0.7 * s.strength) for s in found]
    strongest = {k: max(v, key=lambda x: x.strength) for k, v in present.items() if v}
    likely, chance, rest = 0.0, 0.0, 1.0
    for symptom in group:
        weight = min(symptom.weight, 0.97)
        strength = strongest[symptom.shows].strength if symptom.shows in strongest else 0.0
        likely += weight * strength
        if symptom.shows in strongest:
            chance += _chance(plant, strongest[symptom.shows]) * strength
        rest -= weight
    none = 1.0 - max((s.strength for s in strongest.values()), default=0.0)
    likely += max(rest, 0.03) * none
    chance += (1.0 - _CHANCE) * none
    ratio = log((likely + 0.004) / (chance + 0.004))
    contrary = None
    for symptom in group:
        opposite = _OPPOSITE.get(symptom.shows)
        if opposite is None or any(s.shows == opposite for s in group):
            continue
        for point in points:
            other = signs.get((point, opposite))
            if other is not None and other.strength > 0.5:
                contrary = other
                ratio -= 2.0 * other.strength
                break
    best = max(strongest.values(), key=lambda s: s.strength) if strongest else None
    return best, ratio, contrary


def _implied(plant: Plant, unit: Unit, mode: FailureMode, able: Reach, signs: Signs) -> float:
    """What signs at the asset add that the mode does not list but its class's effects bring about.

    Half of what a listed symptom would add, once a point.
    """
    listed = {s.point for s in mode.symptoms}
    best: dict[str, float] = {}
    for sign in signs.values():
        if sign.asset != unit.id or sign.point not in able.points or sign.strength < 0.5:
            continue
        point = plant.point(sign.point)
        if point.spec.id in listed or point.spec.role in _FOLLOWS or sign.sure:
            continue
        best[sign.point] = max(best.get(sign.point, 0.0), sign.strength * -0.5 * log(_CHANCE))
    return 0.5 * sum(best.values())


def _chance(plant: Plant, sign: Sign) -> float:
    """Probability of such a sign where nothing is wrong."""
    if sign.sure:
        return _RULED
    return _RESTLESS if plant.point(sign.point).spec.role in _FOLLOWS else _CHANCE


def _points(plant: Plant, unit: Unit, name: str) -> list[str]:
    """The points that a symptom's `point` means, empty if the plant does not measure them."""
    if name == "supplied":
        found = []
        for link in plant.links_from(unit.id, "supplies"):
            other = plant.units[link.target]
            speed = other.with_role(Role.SPEED)
            if speed is not None:
                found.append(speed.id)
            elif plant.class_of(other.id).model == "header":
                found += _points(plant, other, name)
        return found
    if name.startswith("supply:"):
        header = header_of(plant, unit.id, name.removeprefix("supply:"))
        point = header.with_role(Role.POTENTIAL) if header is not None else None
        return [point.id] if point is not None else []
    point = unit.point(name)
    return [point.id] if point is not None else []


def _possible(plant: Plant, unit: Unit, mode: FailureMode) -> bool:
    """Whether the unit has what the mode needs: the supply that fails, the set-point it names."""
    kind = plant.class_of(unit.id)
    for symptom in mode.symptoms:
        medium = symptom.point.partition("supply:")[2]
        if medium and header_of(plant, unit.id, medium) is None:
            return False
        spec = kind.point(symptom.point)
        setting = spec is not None and spec.role in {Role.SETPOINT, Role.SPEED_SETPOINT}
        if setting and symptom.weight > 0.9 and unit.point(symptom.point) is None:
            return False
    return not mode.sensor or mode.instrument is None or unit.point(mode.instrument) is not None


def _brings_about(mode: FailureMode) -> bool:
    """Whether the mode can lower a supply: it draws from it."""
    return any(a.on == "demand" for a in mode.acts)


def _order(mode: FailureMode, seen: list[tuple[Sign, float]], loss: LineLoss | None) -> float:
    """What speaks against the mode in the order of events, ≤ 0."""
    if not seen:
        return 0.0
    rank = {s.point: s.order for s in mode.symptoms}
    dated = [(rank.get(s.point.rsplit("/", 1)[1], 1), s) for s, _ in seen if s.strength > 0.5]
    penalty = 0.0
    for order, sign in dated:
        for later, other in dated:
            if later > order and _clearly_before(other, sign):
                penalty -= 0.4
    if loss is not None and loss.losing and not mode.sensor and dated:
        first = min(dated, key=lambda pair: pair[1].onset + pair[1].onset_s * SECOND)[1]
        late = (first.onset - loss.onset) / SECOND - first.onset_s - loss.onset_s - _CLOCK_S
        if late > 60.0:
            penalty -= min(3.0, late / 120.0)
    return penalty


def _clearly_before(a: Sign, b: Sign) -> bool:
    return (b.onset - a.onset) / SECOND > a.onset_s + b.onset_s + _CLOCK_S


def _loses(plant: Plant, unit: Unit, able: Reach, loss: LineLoss | None) -> float:
    """Share of the loss that starts at assets whose flow the mode disturbs."""
    if loss is None or not loss.losing:
        return 0.0
    share = 0.0
    for asset, part in loss.shares.items():
        own = asset == unit.id and bool(able.lines)
        flow = {Role.SPEED, Role.STATE, Role.DEFECTIVE}
        moved = asset in able.units and any(
            p.id in able.points for p in plant.units[asset].points if p.spec.role in flow
        )
        feeds = any(
            {k.source, k.target} == {asset, unit.id}
            and plant.line(k.source) != plant.line(k.target)
            for k in (*plant.links_into(asset, "feeds"), *plant.links_from(asset, "feeds"))
        )
        if own or moved or (feeds and bool(able.lines)):
            share += part
    return min(1.0, share)


_FOLLOWS = {Role.STARVED, Role.BLOCKED, Role.LEVEL}
"""Roles that show what happens elsewhere: nobody's own symptom, and cheap to leave unexplained."""


def _left(
    plant: Plant, able: Reach, asset: str, scope: list[Sign], *, sensor: bool
) -> tuple[tuple[Sign, ...], float]:
    """Strong signs the mode does not explain, and what they cost; one asset counts once."""
    costs: dict[str, float] = {}
    left = []
    for sign in scope:
        if sign.point in able.points:
            continue
        point = plant.point(sign.point)
        line = plant.line(sign.asset)
        downstream = not sensor and line.id in able.lines
        factor = 1.0
        if point.spec.role in _FOLLOWS or (downstream and point.spec.role is Role.SPEED):
            factor = 0.1
        elif sign.asset == asset and sensor:
            factor = 1.0
        elif sign.asset in able.units:
            factor = 0.35
        elif downstream:
            factor = 0.7
        cost = factor * _UNEXPLAINED * sign.strength * -log(_RULED if sign.sure else _CHANCE)
        costs[sign.asset] = max(costs.get(sign.asset, 0.0), cost)
        if factor > 0.3:
            left.append(sign)
    total = sum(c / (1 + k) for k, c in enumerate(sorted(costs.values(), reverse=True)))
    return tuple(left), total


def _unknown(plant: Plant, unit: Unit, loss: LineLoss | None, scope: list[Sign]) -> Match | None:
    """The asset itself, by a mode its class does not list: only as good as what is odd there."""
    here = [s for s in scope if s.asset == unit.id]
    share = loss.shares.get(unit.id, 0.0) if loss is not None and loss.losing else 0.0
    if not here and share < 0.2:
        return None
    points = frozenset(p.id for p in unit.points)
    line = plant.line(unit.id)
    lines = frozenset({line.id}) if line.kind == "production" else frozenset[str]()
    able = Reach(points, frozenset({unit.id}), lines)
    odd = sorted((0.45 * s.strength * -log(_CHANCE) for s in here), reverse=True)
    score = -1.5 + sum(o / (1 + 2 * k) for k, o in enumerate(odd))
    if loss is not None and loss.losing:
        score += log((0.9 * share + 0.02) / 0.12)
    left, rest = _left(plant, able, unit.id, scope, sensor=False)
    score += _left(plant, _NOWHERE, "", scope, sensor=True)[1]
    return Match(unit.id, None, score - rest, tuple((s, 1.0) for s in here), (), left, share, able)
