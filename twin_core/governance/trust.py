"""How far each asset is trusted to us: four steps, set by an engineer, lowest by default.

A step set on a path holds for everything below it; the longest path wins. What disappoints lowers
it by itself, one step and never below advising. It must never be raised by anything but a person's
recorded decision.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from pydantic import Field

from twin_core.value import Instant, Path, Value

Step = Literal["observe", "advise", "act_on_approval", "act_by_standing_rule"]
"""Reads only; says what it would do; acts on approval; acts inside a rule signed in advance."""

STEPS: tuple[Step, ...] = ("observe", "advise", "act_on_approval", "act_by_standing_rule")


ACTING: frozenset[Step] = frozenset({"act_on_approval", "act_by_standing_rule"})
"""Steps on which something is done at all."""


class Doubt(NamedTuple):
    """What speaks against trusting an asset as far as it is trusted: since when (ledger time)."""

    asset: str
    at: Instant
    why: str


class Ladder(Value):
    """The steps of a site's assets; an asset nobody set stands at `observe`.

    Attributes:
        since: ledger time at which a step was set or lowered; what is older than that is no doubt.
        why: what lowered a step, where it was not a person.
    """

    steps: dict[Path, Step] = Field(default_factory=dict)
    since: dict[Path, Instant] = Field(default_factory=dict)
    why: dict[Path, str] = Field(default_factory=dict)

    def step(self, asset: str) -> Step:
        """Where the asset stands: by the longest path that holds it."""
        return self.steps.get(self._holder(asset), "observe")

    def lowest(self, assets: Iterable[str]) -> tuple[Step, str]:
        """The lowest step among the assets, and the asset that stands there.

        No asset at all stands at `observe`.
        """
        ranked = sorted((STEPS.index(self.step(asset)), asset) for asset in assets)
        return (STEPS[ranked[0][0]], ranked[0][1]) if ranked else ("observe", "nothing")

    def moved(self, asset: str, step: Step, at: Instant = 0) -> "Ladder":
        """The ladder with the asset, and what has no step of its own below it, on `step`."""
        return Ladder(
            steps={**self.steps, asset: step},
            since={**self.since, asset: at},
            why={path: why for path, why in self.why.items() if path != asset},
        )

    def dated(self, at: Instant) -> "Ladder":
        """The ladder with `at` for every step of which nobody kept when it was set."""
        return self.model_copy(update={"since": {**dict.fromkeys(self.steps, at), **self.since}})

    def doubted(self, doubts: Iterable[Doubt]) -> "Ladder":
        """The ladder with each doubted asset, and all below it that acts, one step lower.

        A doubt from before a person set the step is his to have weighed; heeded once it is heeded
        for good.
        """
        found = self
        for doubt in sorted(doubts, key=lambda one: (one.at, one.asset, one.why)):
            below = [path for path in found.steps if path.startswith(f"{doubt.asset}/")]
            for path in (doubt.asset, *below):
                step, set_at = found.step(path), found.since.get(found._holder(path), 0)
                if step in ACTING and doubt.at > set_at:
                    lower = STEPS[STEPS.index(step) - 1]
                    found = found.moved(path, lower, doubt.at)
                    found = found.model_copy(update={"why": {**found.why, path: doubt.why}})
        return found

    def _holder(self, asset: str) -> str:
        """The longest path with a step of its own that holds the asset; empty if there is none."""
        parts = asset.split("/")
        above = ("/".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((path for path in above if path in self.steps), "")
