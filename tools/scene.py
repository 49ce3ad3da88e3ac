"""What the asker of a run may see: the newest snapshot, names made into paths, who is silent.

Every tool looks again: a snapshot is never kept from one call to the next. It must never hand out
anything of a site the asker may not see.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from tools.hearing import silence, unheard
from tools.view import ProposalStatus, View
from tools.vocabulary import strange
from twin_core.answer import Asker
from twin_core.case import Case
from twin_core.errors import NoData, NotAllowed, UnknownName
from twin_core.evidence import Evidence
from twin_core.plant.assets import Line, Plant, Point, Unit
from twin_core.plant.classes import Role
from twin_core.plant.names import Names
from twin_core.plant.warehouse import PickOrder, Storehouse
from twin_core.plant.words import tokens
from twin_core.testimony.testimony import Testimony
from twin_core.twin import Snapshot
from twin_core.value import Instant, Path

_RATE = frozenset({"rate", "throughput", "output", "production", "making"})


class Scene:
    """One asker's sight of one plant, for one run.

    Args:
        view: belief and history.
        asker: whose sites bound it.
        names: of the view's plant, if somebody has indexed them already.
    """

    def __init__(self, view: View, asker: Asker, names: Names | None = None) -> None:
        self._view = view
        self._asker = asker
        self._names = names

    def look(self) -> Snapshot:
        """The newest snapshot.

        Raises:
            NotAllowed: the asker may not see its site.
        """
        snapshot = self._view.snapshot()
        site = snapshot.plant.site
        if site not in self._asker.sites:
            raise NotAllowed("You", f"see site {site}", f"site {site}")
        return snapshot

    def now(self) -> Instant:
        """Plant time of the newest snapshot; tells nothing else of it."""
        return self._view.snapshot().now

    def asset(self, said: str) -> Path:
        """The asset that is meant.

        Raises:
            UnknownName, AmbiguousName: with names that exist.
        """
        return self._known(self.look().plant).asset(said)

    def unit(self, said: str) -> Unit:
        """The machine, conveyor or utility that is meant.

        Raises:
            UnknownName, AmbiguousName: with names that exist.
        """
        plant = self.look().plant
        path = self.asset(said)
        if path not in plant.units:
            inside = tuple(u.name for u in plant.units.values() if u.id.startswith(path + "/"))
            raise UnknownName("machine", said, inside[:6])
        return plant.unit(path)

    def point(self, measurement: str, asset: Path) -> Point:
        """The point at or below an asset that is meant.

        Raises:
            UnknownName, AmbiguousName: with names that exist.
        """
        plant = self.look().plant
        unit = plant.units.get(asset)
        known = self._known(plant)
        unheard = [word for word in strange(measurement, known) if known.spelled(word) == word]
        if measurement not in plant.index and unheard:
            points = () if unit is None else unit.points
            raise UnknownName("measurement", measurement, tuple(p.spec.name for p in points[:4]))
        here = [
            p for u in plant.units.values() if f"{u.id}/".startswith(f"{asset}/") for p in u.points
        ]
        own = [] if unit is None else [p for p in here if _is_called(measurement, p)]
        if len(own) == 1:
            return own[0]
        try:
            return known.point(measurement, asset)
        except UnknownName:
            part = [p for p in here if _is_part(measurement, p)]
            if len(part) == 1:
                return part[0]
            if unit is None or not set(tokens(measurement)) <= _RATE:
                raise
            # How fast a machine is: its speed, or what flows where nothing turns.
            flow = unit.with_role(Role.FLOW)
            return unit.with_role(Role.SPEED) or flow or known.point("speed", asset)

    def rate_meant(self, measurement: str, asset: Path) -> Line | None:
        """The line, if its rate is what is meant, not a point of it."""
        line = self.look().plant.line(asset) if len(asset.split("/")) == 3 else None
        if line is None or line.kind != "production":
            return None
        words = set(tokens(measurement))
        return line if not words or words & _RATE else None

    def silent(self, path: str) -> Evidence | None:
        """That an asset cannot be heard, as Evidence; None if it can."""
        return silence(self.look(), path)

    def unheard(self, path: str) -> NoData | None:
        """The same as an error to raise."""
        return unheard(self.look(), path)

    def heard(self, *paths: str) -> None:
        """Nothing, if all can be heard.

        Raises:
            NoData: one cannot.
        """
        for path in paths:
            problem = self.unheard(path)
            if problem is not None:
                raise problem

    async def history(
        self, point: str, start: Instant, end: Instant, n: int
    ) -> dict[str, NDArray[np.float64]]:
        """Buckets of one point, see `View.history`."""
        self.look()
        return await self._view.history(point, start, end, n)

    async def proposals(self) -> Sequence[ProposalStatus]:
        """Proposals of the asker's sites, newest first."""
        self.look()
        return await self._view.proposals()

    def cases(self) -> Sequence[Case]:
        """Earlier incidents with what they were, oldest first."""
        self.look()
        return self._view.cases()

    def testimony(self) -> Sequence[Testimony]:
        """What people reported."""
        self.look()
        return self._view.testimony()

    async def pick_orders(self, store: Storehouse) -> Mapping[date, Sequence[PickOrder]]:
        """The order history of a warehouse by day, see `View.pick_orders`."""
        self.look()
        return await self._view.pick_orders(store)

    def _known(self, plant: Plant) -> Names:
        if self._names is None or self._names.plant is not plant:
            self._names = Names(plant)
        return self._names


def _is_called(said: str, point: Point) -> bool:
    """Whether that is one of its names, to the letter."""
    names = (point.spec.id.replace("_", " "), point.spec.name, *point.names)
    return any(tokens(said) == tokens(name) for name in names)


def _is_part(said: str, point: Point) -> bool:
    """Whether each word said is one of its name: “power”, of the power taken from the grid."""
    return bool(tokens(said)) and set(tokens(said)) <= set(tokens(point.spec.name))
