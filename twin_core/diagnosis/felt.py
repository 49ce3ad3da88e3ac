"""Which consumers of a header would feel what it was seen to do, by the laws of their classes.

A fault that lowers a header by a tenth of a bar stops no machine that needs far less than it has.
Where a header cannot be seen every consumer may feel it. It must never ask what a consumer shows.
"""

from twin_core.diagnosis.reach import Felt, Ways
from twin_core.diagnosis.sign import Sign, Signs
from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import Effect, Role
from twin_core.simulation.live.effects import SUPPLY, bend

_MOVED = 0.3
"""Strength from which on a header is said to have moved."""
_AT_WORST = 1.5
"""Times the shift seen to which a header may have gone between two buckets."""
_NOTICED = 0.02
"""Share of the way from unharmed to worst from which on a consumer feels it."""


def feeling(plant: Plant, signs: Signs, blind: frozenset[str]) -> Felt:
    """Who feels a header, by what it shows.

    Args:
        plant: for the links and the laws of the classes.
        signs: everything seen.
        blind: points whose silence means nothing.
    """

    def felt(header: Unit, consumer: Unit, ways: Ways) -> bool:
        point = header.with_role(Role.POTENTIAL)
        if point is None or point.id in blind:
            return True
        most = moved(signs, point.id, ways)
        if most is None:
            return False
        media = {f"{SUPPLY}{k.medium}" for k in plant.links_from(header.id, "supplies")}
        return any(_bent(e, most) for e in plant.class_of(consumer.id).effects if e.by in media)

    return felt


def moved(signs: Signs, point: str, ways: Ways) -> Sign | None:
    """The strongest sign that a header's point moved in one of these ways; None if it did not."""
    shown = [signs.get((point, shows)) for shows in ways]
    seen = [s for s in shown if s is not None and s.strength > _MOVED]
    return max(seen, key=lambda s: s.strength, default=None)


def _bent(law: Effect, sign: Sign) -> bool:
    if sign.usual is None or sign.now is None:
        return True
    worst = sign.usual + _AT_WORST * (sign.now - sign.usual)
    return bend(law, worst) - bend(law, sign.usual) > _NOTICED
