"""What can strike a plant at once: by chance, through a medium, a supplier, a kind of machine.

Drawn from the classes' failure modes and the plant's links. It must never name an asset that it
does not find there, nor say how bad it gets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from twin_core.plant.assets import Line, Plant
from twin_core.plant.classes import FailureMode
from twin_core.simulation.rare.failing import failing

Family: TypeAlias = Literal[
    "coincidence", "medium lost", "common cause", "supplier gone", "wave of rework"
]

WORST = 0.2
"""Only the worst so much of what a mode can be is drawn."""
_MOST = 4
"""Assets that some of a group are at most."""
_TRIPS = {"machine", "producer", "conveyor"}


@dataclass(frozen=True, slots=True)
class Struck:
    """What strikes at once.

    Attributes:
        parts: assets, each with the mode that strikes it; at least one.
        called: what people call it, lower case.
        common: whether one cause is behind it.
        tripped: assets that stand because what they hang on failed.
    """

    family: Family
    parts: tuple[tuple[str, FailureMode], ...]
    called: str
    common: bool
    tripped: tuple[str, ...] = ()


@dataclass(eq=False)
class Striking:
    """Draws what strikes at once from what a plant offers."""

    plant: Plant
    random: np.random.Generator

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Lines whose rate can be asked for."""
        return tuple(
            line
            for line in self.plant.lines
            if line.kind == "production" and self.plant.machines(line)
        )

    @cached_property
    def reached_by(self) -> dict[str, dict[str, None]]:
        """Line → the assets whose failure it can feel: its own, and what supplies and feeds it."""
        return {line.id: _reach(self.plant, line) for line in self.lines}

    @cached_property
    def modes(self) -> dict[str, tuple[FailureMode, ...]]:
        """Asset that reaches a line → its failure modes that do something to the process."""
        found: dict[str, tuple[FailureMode, ...]] = {}
        for line, assets in self.reached_by.items():
            for asset in assets:
                if asset not in found:
                    found[asset] = tuple(
                        mode
                        for mode in self.plant.class_of(asset).failure_modes
                        if all(
                            failing(self.plant, line, asset, mode, severity, 0.0, 60.0)
                            for severity in (1.0 - WORST, 1.0)
                        )
                    )
        return {asset: modes for asset, modes in found.items() if modes}

    def draw(self, turn: int) -> Struck | None:
        """One of the family whose turn it is; None where this draw offers none."""
        families = (
            self.coincidence,
            self.medium_lost,
            self.common_cause,
            self.supplier_gone,
            self.wave_of_rework,
        )
        return families[turn % len(families)]() if self.modes else None

    def coincidence(self) -> Struck | None:
        """Two to four assets of a line's reach fail independently of each other."""
        line = self.lines[self._one(len(self.lines))].id
        assets = [a for a in self.reached_by[line] if a in self.modes]
        if len(assets) < 2:
            return None
        parts = self._by_prior(self._some(assets, 2))
        return Struck("coincidence", parts, "at once", common=False)

    def medium_lost(self) -> Struck | None:
        """Every producer of a medium fails: none is left to take over."""
        media: dict[str, list[str]] = {}
        for asset in self._of_model("producer"):
            kind = self.plant.class_of(asset)
            media.setdefault((kind.medium or kind.name).replace("_", " "), []).append(asset)
        if not media:
            return None
        medium = list(media)[self._one(len(media))]
        assets = media[medium]
        on, called = (("outage",), "no") if self._one(2) else (("capacity",), "too little")
        if self._one(2):
            return self._alike("medium lost", assets, on, f"{called} {medium}", whole=True)
        if not all(self._strikes(a, on) for a in assets):
            return None
        parts = self._by_prior(assets, on)
        return Struck("medium lost", parts, f"{called} {medium}", common=False)

    def common_cause(self) -> Struck | None:
        """A header or what feeds it fails, and assets that hang on the header trip with it."""
        header = self._pick(self._headers)
        if header is None:
            return None
        hung = [k.target for k in self.plant.links_from(header, "supplies")]
        hung = [a for a in dict.fromkeys(hung) if self.plant.class_of(a).model in _TRIPS]
        feeds = [k.source for k in self.plant.links_into(header, "supplies")]
        root = self._pick([a for a in (header, *feeds) if a in self.modes and a not in hung])
        reached = [a for a in hung if any(a in reach for reach in self.reached_by.values())]
        if root is None or not reached:
            return None
        tripped = tuple(self._some(reached, 2))
        parts = self._by_prior([root])
        return Struck("common cause", parts, "struck", common=True, tripped=tripped)

    def supplier_gone(self) -> Struck | None:
        """Stores of one kind stand at once: who serves them all does not come."""
        kinds = self._kinds(self._of_model("store"))
        kind = self._pick(list(kinds))
        if kind is None:
            return None
        return self._alike("supplier gone", kinds[kind], ("outage",), "supplier gone")

    def wave_of_rework(self) -> Struck | None:
        """Machines of one kind, or of one line, throw out what they make at once."""
        machines = self._of_model("machine")
        if self._one(2):
            kinds = self._kinds(machines)
            kind = self._pick(list(kinds))
            if kind is None:
                return None
            struck = self._alike("wave of rework", kinds[kind], ("rejects",), "wave of rework", 2)
            return struck if struck is not None and struck.common else None
        line = self.lines[self._one(len(self.lines))]
        own = {unit.id for unit in line.units}
        able = [m for m in machines if m in own and self._strikes(m, ("rejects",))]
        if len(able) < 2:
            return None
        parts = self._by_prior(self._some(able, 2), ("rejects",))
        return Struck("wave of rework", parts, f"wave of rework on {line.name}", common=True)

    def _alike(
        self,
        family: Family,
        assets: list[str],
        on: tuple[str, ...],
        called: str,
        least: int = 1,
        *,
        whole: bool = False,
    ) -> Struck | None:
        """Assets that share a failure mode, all or some, struck by it together."""
        for _, first in self._by_prior(assets[:1], on):
            alike = {a: m for a in assets for m in self._strikes(a, on) if m.id == first.id}
            if whole and len(alike) < len(assets):
                return None
            some = list(alike) if whole else self._some(list(alike), least)
            parts = tuple((a, alike[a]) for a in some)
            return Struck(family, parts, called, common=len(parts) > 1)
        return None

    @cached_property
    def _headers(self) -> list[str]:
        units = self.plant.units
        return [u for u in units if self.plant.class_of(u).model == "header"]

    def _of_model(self, model: str) -> list[str]:
        return [a for a in self.modes if self.plant.class_of(a).model == model]

    def _kinds(self, assets: Sequence[str]) -> dict[str, list[str]]:
        kinds: dict[str, list[str]] = {}
        for asset in assets:
            kinds.setdefault(self.plant.unit(asset).class_id, []).append(asset)
        return kinds

    def _strikes(self, asset: str, on: tuple[str, ...]) -> list[FailureMode]:
        """Its modes that act so; any with an empty `on`."""
        modes = self.modes.get(asset, ())
        return [m for m in modes if not on or any(act.on in on for act in m.acts)]

    def _by_prior(
        self, assets: Sequence[str], on: tuple[str, ...] = ()
    ) -> tuple[tuple[str, FailureMode], ...]:
        """One mode an asset, by the classes' priors; no entry for one that has none."""
        found = []
        for asset in assets:
            modes = self._strikes(asset, on)
            if modes:
                weights = np.array([m.prior for m in modes])
                chosen = int(self.random.choice(len(modes), p=weights / weights.sum()))
                found.append((asset, modes[chosen]))
        return tuple(found)

    def _pick(self, of: Sequence[str]) -> str | None:
        return of[self._one(len(of))] if of else None

    def _one(self, n: int) -> int:
        return int(self.random.integers(n))

    def _some(self, assets: Sequence[str], least: int) -> list[str]:
        """Some of them in the plant's order, few rather than many."""
        most = min(_MOST, len(assets))
        count = min(most, least + int(self.random.geometric(0.6)) - 1)
        chosen = self.random.choice(len(assets), size=count, replace=False)
        return [assets[k] for k in sorted(chosen.tolist())]


def _reach(plant: Plant, line: Line) -> dict[str, None]:
    """The line's units, the stores on both ends, and every asset that supplies one of them."""
    found = dict.fromkeys(unit.id for unit in line.units)
    for unit in line.units:
        stores = [k.source for k in plant.links_into(unit.id, "feeds")]
        stores += [k.target for k in plant.links_from(unit.id, "feeds")]
        found |= dict.fromkeys(s for s in stores if plant.class_of(s).model == "store")
    return dict.fromkeys(plant.upstream(list(found)))
