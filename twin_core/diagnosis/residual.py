"""What a first cause leaves unexplained: signs it does not bring about, and what goes beyond it.

A weak supply slows every machine alike; the one that is much slower than the rest has a fault of
its own, and what hardly any of them shows is nobody's supply. It must never look for the second
cause.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from twin_core.diagnosis.felt import moved
from twin_core.diagnosis.matching import Match
from twin_core.diagnosis.reach import ANY
from twin_core.diagnosis.sign import Sign
from twin_core.diagnosis.symptoms import LEAST_SPEED, matters
from twin_core.diagnosis.weighing import INSTRUMENT, Case, with_load
from twin_core.plant.assets import Plant
from twin_core.plant.classes import Effect, Role
from twin_core.simulation.live.effects import SUPPLY, amount, factor

_TOGETHER = (Role.SPEED, Role.DEFECTIVE, Role.STATE)
"""Roles in which all that a first cause reaches do alike."""
_PEERS = 3
"""Assets reached by the first cause from which on they tell what it does to all."""
_SHARED = 0.5
"""Share of them that show what it does."""
_LEAST = 0.05
"""The least share of its speed that a law leaves a machine, for the comparison."""
_LAWS = 0.25
"""Share by which the laws of the classes may be off."""
_BEYOND = 4.0
"""Times the smallest shift that matters by which an asset must go beyond the rest."""


def residual(case: Case, first: Match) -> dict[tuple[str, str], Sign]:
    """The signs that the first cause does not bring about, and of others what it does not explain.

    Args:
        case: everything seen.
        first: the best explanation.
    """
    signs = case.signs
    own = {id(sign) for sign, _ in first.seen if sign.asset == first.asset}
    shared = {role: _shared(case, first, role) for role in _TOGETHER}
    found = {}
    for key, sign in signs.items():
        if id(sign) in own or (sign.asset == first.asset and not sign.sure):
            continue
        if with_load(case, sign):
            continue  # it follows what is explained or what is left
        reached = sign.shows not in INSTRUMENT and sign.point in first.reach.ways
        left = _beyond(case, first, sign, shared) if reached else sign
        if sign.shows == "stopping" and _by_law(case, first, sign.asset, Role.SPEED) <= _LEAST:
            continue  # it has nothing to run on
        if left is not None:
            found[key] = left
    return found


@dataclass(frozen=True, slots=True)
class _Shared:
    """What a first cause does to a role of all it reaches, now over usual; 1: it does nothing.

    Attributes:
        plain: as it is seen.
        beyond: over what the class's law makes of it.
    """

    plain: float
    beyond: float


def _shared(case: Case, first: Match, role: Role) -> _Shared | None:
    """What the first cause does to a role; None where too few can tell."""
    ratios = list(_ratios(case, first, role))
    if len(ratios) < _PEERS:
        return None
    slowed = [(plain, law) for plain, law in ratios if plain != 1.0]
    if len(slowed) < _SHARED * len(ratios):
        return _Shared(1.0, 1.0)
    plain, beyond = np.median([(p, p / law) for p, law in slowed], axis=0)
    return _Shared(float(plain), float(beyond))


def _ratios(case: Case, first: Match, role: Role) -> Iterator[tuple[float, float]]:
    """Now over usual of each asset reached, and what the law makes of it."""
    plant, signs = case.plant, case.signs
    for asset in first.reach.units - {first.asset}:
        point = plant.units[asset].with_role(role)
        if point is None or point.id not in first.reach.ways:
            continue
        shown = [signs.get((point.id, way)) for way in first.reach.ways[point.id]]
        seen = [s for s in shown if s is not None and s.strength > 0.5 and s.now and s.usual]
        most = max(seen, key=lambda s: s.strength, default=None)
        if most is None or not most.now or not most.usual:
            yield 1.0, 1.0
        else:
            yield most.now / most.usual, _by_law(case, first, asset, role)


def _by_law(case: Case, first: Match, asset: str, role: Role) -> float:
    """What the class makes of the speed, by what moved at its headers and itself, now over usual.

    Classes differ in what they make of the same header; 1 where nothing is known.
    """
    if role is not Role.SPEED:
        return 1.0
    plant, result = case.plant, 1.0
    for effect in plant.class_of(asset).effects:
        by = _moves(plant, asset, effect)
        sign = _moved(case, first, by) if effect.on == "speed" and by is not None else None
        if sign is not None and sign.now is not None and sign.usual is not None:
            brought = _brought(case, first, sign) if sign.asset == asset else None
            now = sign.now if brought is None else sign.usual + brought
            result *= factor(effect, now) / max(factor(effect, sign.usual), _LEAST)
    return max(result, _LEAST)


def _moves(plant: Plant, asset: str, effect: Effect) -> str | None:
    """The point that an effect follows: of the header that supplies the asset, or its own."""
    medium = effect.by.partition(SUPPLY)[2]
    if not medium:
        return f"{asset}/{effect.by}"
    header = plant.supplier(asset, medium)
    point = plant.units[header].with_role(Role.POTENTIAL) if header is not None else None
    return point.id if point is not None else None


def _moved(case: Case, first: Match, point: str) -> Sign | None:
    """The sign of a point that the first cause moves, the way it moves it."""
    able = first.reach
    if point not in able.via and point not in able.ways:
        return None
    return moved(case.signs, point, able.ways.get(point, ANY))


def _beyond(
    case: Case, first: Match, sign: Sign, shared: Mapping[Role, _Shared | None]
) -> Sign | None:
    """The sign without what the first cause does to everybody; None where nothing is left."""
    role = case.plant.point(sign.point).spec.role
    brought = _brought(case, first, sign)
    if brought is not None:
        return _further(case, sign, brought)
    others = shared.get(role)
    if others is None or not sign.now or not sign.usual:
        return None
    if others.plain == 1.0:
        return sign
    # neither is exact, the law nor that all are alike: it must go beyond both
    rest = min(others.plain, others.beyond * _by_law(case, first, sign.asset, role))
    size = (1.0 - sign.now / sign.usual / rest) / LEAST_SPEED
    if role is not Role.SPEED or size < _BEYOND:
        return None
    return replace(sign, usual=sign.usual * rest, size=size, against="peers")


def _brought(case: Case, first: Match, sign: Sign) -> float | None:
    """What the class's laws add to a value by what the first cause moved; None: no law tells."""
    point, found = case.plant.point(sign.point).spec.id, list[float]()
    for effect in case.plant.class_of(sign.asset).effects:
        by = _moves(case.plant, sign.asset, effect)
        if effect.on != "offset" or effect.point != point or by is None:
            continue
        other = _moved(case, first, by)
        if other is not None and other.now is not None and other.usual is not None:
            found.append(amount(effect, other.now) - amount(effect, other.usual))
    return sum(found) if found else None


def _further(case: Case, sign: Sign, brought: float) -> Sign | None:
    """The sign without that shift; None where little of it, or the contrary, is left."""
    if sign.now is None or sign.usual is None:
        return None
    rest = sign.now - sign.usual - brought
    size = rest / matters(case.plant.point(sign.point), sign.usual)
    if (
        rest * (sign.now - sign.usual) <= 0
        or abs(size) < _BEYOND
        or abs(rest) < _LAWS * abs(brought)
    ):
        return None
    return replace(sign, usual=sign.usual + brought, size=abs(size), against="law")
