"""Sweep → Swept: one line's scenarios over a grid of changes, each forecast by itself.

The scenarios are the product of what is varied, the last axis fastest; all begin at the same
snapshot with the same random numbers, so that they differ by their changes alone. It must never
depend on who forecasts which of them, nor on how many do.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from twin_core.canonical import digest
from twin_core.errors import ImpossibleScenario, TooLarge
from twin_core.simulation.forecaster import forecast_of
from twin_core.simulation.model import Model
from twin_core.simulation.possible import check
from twin_core.simulation.sampling import sampled
from twin_core.simulation.scenario import Change, Forecast, Precision, Scenario, Start
from twin_core.simulation.starting import model_of
from twin_core.twin import Snapshot
from twin_core.value import Value

MOST = 10_000
"""Scenarios of one sweep."""
REPLICATIONS = 20
"""Of each scenario, where nobody says otherwise."""


class Axis(Value):
    """One thing that is varied.

    Attributes:
        name: what it is, with `…` where its value stands: “filler at … per min”.
        values: its values, in the order given.
        changes: what each of them changes.
    """

    name: str = Field(min_length=1, max_length=300)
    values: tuple[float, ...] = Field(min_length=1)
    changes: tuple[Change, ...]

    @model_validator(mode="after")
    def _a_change_a_value(self) -> "Axis":
        if len(self.values) != len(self.changes):
            raise PydanticCustomError(
                "axis", "{n} changes for {m} values",
                {"n": len(self.changes), "m": len(self.values)},
            )  # fmt: skip
        return self

    def said(self, at: int) -> str:
        """The axis at one of its values, in words."""
        return self.name.replace("…", f"{self.values[at]:g}")


class Sweep(Value):
    """A grid of scenarios: `baseline` with one change of each axis.

    Attributes:
        baseline: line, horizon and when changes take effect; changes of its own stay in all.
        axes: what is varied, the last one fastest.
    """

    baseline: Scenario
    axes: tuple[Axis, ...] = Field(min_length=1, max_length=4)

    @property
    def shape(self) -> tuple[int, ...]:
        """Values of each axis."""
        return tuple(len(axis.values) for axis in self.axes)

    @property
    def size(self) -> int:
        """How many scenarios."""
        return math.prod(self.shape)

    @cached_property
    def scenarios(self) -> tuple[Scenario, ...]:
        """Every scenario, in order."""
        return tuple(self._at(place) for place in product(*map(range, self.shape)))

    def _at(self, place: tuple[int, ...]) -> Scenario:
        pairs = list(zip(self.axes, place, strict=True))
        return self.baseline.model_copy(
            update={
                "name": ", ".join(axis.said(at) for axis, at in pairs),
                "changes": (*self.baseline.changes, *(axis.changes[at] for axis, at in pairs)),
            }
        )

    def checked(self, snapshot: Snapshot) -> "Sweep":
        """Itself, if the plant could be in each of its scenarios from there.

        Raises:
            TooLarge: more than `MOST` scenarios.
            ImpossibleScenario: one it could not be in, or two axes that vary the same.
            UnknownName: as `forecast`.
        """
        if self.size > MOST:
            raise TooLarge(f"A sweep of {self.size:,} scenarios", f"{MOST:,}")
        varied = [_what(axis.changes[0]) for axis in self.axes]
        for axis, what in zip(self.axes, varied, strict=True):
            if varied.count(what) > 1:
                raise ImpossibleScenario(f"“{axis.name}” is varied twice", "once each")
        for scenario in self.scenarios:
            check(snapshot.plant, scenario, snapshot)
        return self


class Swept(Value):
    """What came of a sweep: a forecast of each of its scenarios, in their order."""

    sweep: Sweep
    forecasts: tuple[Forecast, ...]

    @cached_property
    def digest(self) -> str:
        """Of all the forecasts: the same for the same snapshot, sweep and seed, wherever run."""
        return digest([found.model_dump(mode="json") for found in self.forecasts])

    @property
    def best(self) -> int:
        """Number of the scenario with the highest mean rate, the first of several."""
        rates = [found.rate.mean for found in self.forecasts]
        return rates.index(max(rates))


@dataclass(frozen=True, eq=False)
class Each:
    """Forecasts scenarios one by one, to be mapped over those of a sweep.

    What they start from is found once, in each process.
    """

    snapshot: Snapshot
    seed: int
    replications: int

    @cached_property
    def _models(self) -> dict[tuple[str, Start], Model]:
        return {}

    def __reduce__(self) -> tuple[object, ...]:
        """Without what was found."""
        return Each, (self.snapshot, self.seed, self.replications)

    def __call__(self, scenario: Scenario) -> Forecast:
        """As `forecaster.forecast`."""
        check(self.snapshot.plant, scenario, self.snapshot)
        start = scenario.line, scenario.start
        if start not in self._models:
            self._models[start] = model_of(self.snapshot, scenario)
        asked = [(self._models[start], scenario)]
        (found,) = sampled(asked, self.seed, self.replications, Precision())
        return forecast_of(found, self.seed)


def _what(change: Change) -> tuple[object, ...]:
    names = ("kind", "point", "asset", "source", "target")
    return tuple(getattr(change, name, None) for name in names)
