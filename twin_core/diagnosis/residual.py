"""What a first cause leaves unexplained: signs it does not bring about, and what goes beyond it.

A weak supply slows every machine alike; the one that is much slower than the rest has a fault of
its own, and what hardly any of them shows is nobody's supply. It must never look for the second
cause.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from twin_core.diagnosis.matching import Match
from twin_core.diagnosis.sign import Sign, Signs
from twin_core.diagnosis.symptoms import LEAST_SPEED
from twin_core.diagnosis.weighing import INSTRUMENT
from twin_core.plant.assets import Plant
from twin_core.plant.classes import Role

_PEERS = 3
"""Assets reached by the first cause from which on they tell what it does to all."""
_SHARED = 0.5
"""Share of them that show what it does."""
_BEYOND = 2.0
"""Times the smallest shift that matters by which an asset must go beyond the rest."""


def residual(plant: Plant, first: Match, signs: Signs) -> dict[tuple[str, str], Sign]:
    """The signs that the first cause does not bring about, and of others what it does not explain.

    Args:
        plant: for the roles of points.
        first: the best explanation.
        signs: everything seen.
    """
    own = {id(sign) for sign, _ in first.seen if sign.asset == first.asset}
    shared = {role: _shared(plant, first, signs, role) for role in (Role.SPEED, Role.DEFECTIVE)}
    found = {}
    for key, sign in signs.items():
        if id(sign) in own or (sign.asset == first.asset and not sign.sure):
            continue
        reached = sign.shows not in INSTRUMENT and sign.point in first.reach.ways
        left = _beyond(plant, sign, shared) if reached else sign
        if left is not None:
            found[key] = left
    return found


def _shared(plant: Plant, first: Match, signs: Signs, role: Role) -> float | None:
    """What the first cause does to a role of all it reaches, now over usual; 1: it does nothing.

    None where too few can tell.
    """
    ratios = list(_ratios(plant, first, signs, role))
    if len(ratios) < _PEERS:
        return None
    slowed = [r for r in ratios if r != 1.0]
    return float(np.median(slowed)) if len(slowed) >= _SHARED * len(ratios) else 1.0


def _ratios(plant: Plant, first: Match, signs: Signs, role: Role) -> Iterator[float]:
    for asset in first.reach.units - {first.asset}:
        point = plant.units[asset].with_role(role)
        if point is None or point.id not in first.reach.ways:
            continue
        shown = [signs.get((point.id, way)) for way in first.reach.ways[point.id]]
        seen = [s for s in shown if s is not None and s.strength > 0.5 and s.now and s.usual]
        most = max(seen, key=lambda s: s.strength, default=None)
        yield most.now / most.usual if most is not None and most.now and most.usual else 1.0


def _beyond(plant: Plant, sign: Sign, shared: Mapping[Role, float | None]) -> Sign | None:
    """The sign without what the first cause does to everybody; None where nothing is left."""
    rest = shared.get(plant.point(sign.point).spec.role)
    if rest is None or not sign.now or not sign.usual:
        return None
    if rest == 1.0:
        return sign
    beyond = sign.now / sign.usual / rest
    size = (1.0 - beyond) / LEAST_SPEED
    if plant.point(sign.point).spec.role is not Role.SPEED or size < _BEYOND:
        return None
    average = None if sign.average is None else sign.average / rest
    return replace(sign, now=sign.usual * beyond, average=average, size=size)
