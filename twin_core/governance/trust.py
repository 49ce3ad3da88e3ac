"""How far each asset is trusted to us: four steps, set by an engineer, lowest by default.

A step set on a path holds for everything below it; the longest path wins. It must never be
raised by anything but a person's recorded decision.
"""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from twin_core.value import Path, Value

Step = Literal["observe", "advise", "act_on_approval", "act_by_standing_rule"]
"""Reads only; says what it would do; acts on approval; acts inside a rule signed in advance."""

STEPS: tuple[Step, ...] = ("observe", "advise", "act_on_approval", "act_by_standing_rule")


class Ladder(Value):
    """The steps of a site's assets; an asset nobody set stands at `observe`."""

    steps: dict[Path, Step] = Field(default_factory=dict)

    def step(self, asset: str) -> Step:
        """Where the asset stands: by the longest path that holds it."""
        parts = asset.split("/")
        for length in range(len(parts), 0, -1):
            found = self.steps.get("/".join(parts[:length]))
            if found is not None:
                return found
        return "observe"

    def lowest(self, assets: Iterable[str]) -> tuple[Step, str]:
        """The lowest step among the assets, and the asset that stands there.

        No asset at all stands at `observe`.
        """
        ranked = sorted((STEPS.index(self.step(asset)), asset) for asset in assets)
        return (STEPS[ranked[0][0]], ranked[0][1]) if ranked else ("observe", "nothing")

    def moved(self, asset: str, step: Step) -> "Ladder":
        """The ladder with the asset, and what has no step of its own below it, on `step`."""
        return Ladder(steps={**self.steps, asset: step})
