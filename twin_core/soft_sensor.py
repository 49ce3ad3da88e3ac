"""Soft sensors: what a point should read, told by its neighbours, as fitted values in the log.

A fitted set enters the log as an entry like any other, so that a replay judges by the same models;
its `version` is a digest of its content. Fitting is in `fitting.py`. It must never be changed
after it was made, and a set never learns from what it judges.
"""

from functools import cached_property

from pydantic import Field

from twin_core.canonical import digest
from twin_core.value import Instant, Path, Value


class Input(Value):
    """A neighbour in a linear model.

    Attributes:
        weight: unit of the point per unit of the neighbour.
        low, high: where it was while the model was fitted, with a margin; outside, the model has
            nothing to say.
    """

    point: Path
    weight: float
    low: float
    high: float


class SoftSensor(Value):
    """A linear model of the ten-second mean of a point, or of its usual value alone.

    Attributes:
        inputs: neighbours; none: a *witness*, which knows only where the point usually is.
        intercept: in the point's unit.
        scale: what a healthy residual of one row counts as, standard deviation in the point's
            unit; includes its correlation in time and what it strayed in blocks left out.
        fit: share of variance explained in blocks left out (R²), at most 1.
        accuses: whether it may say that the instrument drifts; otherwise it is only heard on
            whether the process moves.
        why: if it may not: the reason, as a clause.
        rows: of ten seconds it was fitted on.
    """

    point: Path
    inputs: tuple[Input, ...] = ()
    intercept: float
    scale: float = Field(gt=0)
    fit: float = Field(le=1)
    accuses: bool
    why: str = ""
    rows: int


class SoftSensors(Value):
    """Models that were fitted together.

    Attributes:
        start, end: plant time they were fitted on.
    """

    start: Instant
    end: Instant
    sensors: tuple[SoftSensor, ...]

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits that stand for exactly these models."""
        return digest(self.model_dump(mode="json"))[:12]
