"""Models that were learnt, who of them is champion, and what was foretold with them.

A model is kept as it was learnt, under its version; what is promoted is a version. It must never
hold a model that another code would read otherwise: the body is canonical JSON.
"""

from typing import Protocol

from pydantic import Field

from twin_core.simulation.calibrating.skill import Foretold
from twin_core.value import Instant, Path, Slug, Value

PARAMETERS: Slug = "parameters"
"""The kind of a line's calibrated parameters (`ParameterSet`)."""
PROCESS: Slug = "process"
"""The kind of a site's learnt process numbers (`ProcessNumbers`)."""
FAILURE_RISK: Slug = "failure-risk"
"""The kind of a machine's learnt risk of failing (`LearnedModel`)."""
REMAINING_LIFE: Slug = "remaining-life"
"""The kind of a machine's learnt running time until it fails (`LearnedModel`)."""
QUALITY: Slug = "quality"
"""The kind of a line's learnt share of rejects (`LearnedModel`)."""
CORRECTION: Slug = "correction"
"""The kind of what forecasts of a line are learnt to miss (`LearnedModel`)."""
OF_VALUES = (REMAINING_LIFE, QUALITY, CORRECTION)


class Kept(Value):
    """A model as it was learnt.

    Attributes:
        made: ledger time.
        body: the model as JSON; `report` what was found when it was judged, as JSON.
    """

    asset: Path
    model: Slug
    version: str
    made: Instant
    body: str
    report: str = ""


class Champion(Value):
    """The model that is used, and the proposal that made it so."""

    kept: Kept
    proposal: str


class Told(Value):
    """A forecast of a line's rate (per minute of its unit of flow), and what came, once it has.

    Attributes:
        version: of the line's parameters it was made with, "" = the plant file's.
    """

    line: Path
    version: str
    start: Instant
    end: Instant
    mean: float
    low: float
    high: float
    actual: float | None = Field(default=None)

    @property
    def scored(self) -> Foretold:
        """As it is scored; what came is known."""
        assert self.actual is not None
        return Foretold(start=self.start, end=self.end, mean=self.mean, low=self.low,
                        high=self.high, actual=self.actual)  # fmt: skip


class Models(Protocol):
    """The store of models, as those who learn, foretell and judge see it.

    Every method raises StoreDown where it cannot be read or written.
    """

    async def keep(self, kept: Kept) -> None:
        """Keep a model; one of that version stays as it is, under the newest report."""
        ...

    async def kept(self, asset: str, model: str, version: str) -> Kept:
        """A model that was kept.

        Raises:
            UnknownName: there is none of that version.
        """
        ...

    async def champions(self) -> tuple[Champion, ...]:
        """Every champion with its model, by asset."""
        ...

    async def foretell(self, told: Told) -> None:
        """Keep a forecast; one of the same moment stays as it is."""
        ...

    async def open(self, until: Instant) -> tuple[Told, ...]:
        """Forecasts whose time was over at `until` and of which nobody has said what came."""
        ...

    async def came(self, told: Told, actual: float | None) -> None:
        """Say what came of a forecast; None = it is not known, and the forecast is forgotten."""
        ...

    async def foretold(self, line: str, version: str) -> tuple[Told, ...]:
        """Forecasts of a version with what came, oldest first."""
        ...
