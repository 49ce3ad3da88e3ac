"""What a first cause leaves unexplained: signs it does not bring about, and what goes beyond it.

A weak supply slows every machine alike; the one that is much slower than the rest has a fault of
its own, and what hardly any of them shows is nobody's supply. It must never look for the second
cause.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from twin_core.diagnosis.felt import moved
from twin_core.diagnosis.matching import Match
from twin_core.diagnosis.reach import ANY
from twin_core.diagnosis.sign import Sign
from twin_core.diagnosis.symptoms import LEAST_SPEED
from twin_core.diagnosis.weighing import INSTRUMENT, Case, with_load
from twin_core.plant.classes import Role
from twin_core.simulation.live.effects import SUPPLY, factor

_TOGETHER = (Role.SPEED, Role.DEFECTIVE, Role.STATE)
"""Roles in which all that a first cause reaches do alike."""
_PEERS = 3
"""Assets reached by the first cause from which on they tell what it does to all."""
_SHARED = 0.5
"""Share of them that show what it does."""
_LEAST = 0.05
"""The least share of its speed that a law leaves a machine, for the comparison."""
_BEYOND = 2.0
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
        if left is not None:
            found[key] = left
    return found


def _shared(case: Case, first: Match, role: Role) -> float | None:
    """What the first cause does to a role of all it reaches, beyond the law; 1: it does nothing.

    None where too few can tell.
    """
    ratios = list(_ratios(case, first, role))
    if len(ratios) < _PEERS:
        return None
    slowed = [r for r in ratios if r != 1.0]
    return float(np.median(slowed)) if len(slowed) >= _SHARED * len(ratios) else 1.0


def _ratios(case: Case, first: Match, role: Role) -> Iterator[float]:
    plant, signs = case.plant, case.signs
    for asset in first.reach.units - {first.asset}:
        point = plant.units[asset].with_role(role)
        if point is None or point.id not in first.reach.ways:
            continue
        shown = [signs.get((point.id, way)) for way in first.reach.ways[point.id]]
        seen = [s for s in shown if s is not None and s.strength > 0.5 and s.now and s.usual]
        most = max(seen, key=lambda s: s.strength, default=None)
        if most is None or not most.now or not most.usual:
            yield 1.0
        else:
            yield most.now / most.usual / _by_law(case, first, asset, role)


def _by_law(case: Case, first: Match, asset: str, role: Role) -> float:
    """What the class says the headers do to the speed of one that hangs on them, now over usual.

    Classes differ in what they make of the same header; 1 where nothing is known.
    """
    if role is not Role.SPEED:
        return 1.0
    plant, result = case.plant, 1.0
    for effect in plant.class_of(asset).effects:
        medium = effect.by.partition(SUPPLY)[2]
        header = plant.supplier(asset, medium) if medium else None
        point = plant.units[header].with_role(Role.POTENTIAL) if header is not None else None
        if effect.on != "speed" or point is None or point.id not in first.reach.via:
            continue
        sign = moved(case.signs, point.id, first.reach.ways.get(point.id, ANY))
        if sign is not None and sign.now is not None and sign.usual is not None:
            result *= factor(effect, sign.now) / max(factor(effect, sign.usual), _LEAST)
    return max(result, _LEAST)


def _beyond(
    case: Case, first: Match, sign: Sign, shared: Mapping[Role, float | None]
) -> Sign | None:
    """The sign without what the first cause does to everybody; None where nothing is left."""
    role = case.plant.point(sign.point).spec.role
    rest = shared.get(role)
    if rest is None or not sign.now or not sign.usual:
        return None
    if rest == 1.0:
        return sign
    rest *= _by_law(case, first, sign.asset, role)
    beyond = sign.now / sign.usual / rest
    size = (1.0 - beyond) / LEAST_SPEED
    if role is not Role.SPEED or size < _BEYOND:
        return None
    return replace(sign, usual=sign.usual * rest, size=size, against="peers")
