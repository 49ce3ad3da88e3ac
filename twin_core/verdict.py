"""What can be said of a reading or a point: verdicts, rules, and why, in words.

`judge` says it of a reading by itself; `quality.py` against its point's past. It must never look at
what a value means.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from twin_core.columns import Columns
from twin_core.plant.classes import PointSpec
from twin_core.reading import BAD_OUT_OF_RANGE, BAD_TYPE_MISMATCH
from twin_core.value import Instant

Rule: TypeAlias = Literal[
    "type", "unit", "status", "range", "rate", "stuck", "spike", "missing", "drift", "clock"
]

BELIEVED, TYPE, STATUS, RANGE, RATE, STUCK, SPIKE, MISSING, LATE, AHEAD, TWICE = range(11)
"""Verdicts on a reading. LATE: behind the watermark; AHEAD: from the future; TWICE: known."""

CLOCK, UNIT, DRIFT = range(11, 14)
"""Verdicts on a point: its times cannot be, its unit has changed, it leaves its neighbours."""

RULES: dict[int, Rule] = {
    TYPE: "type",
    STATUS: "status",
    RANGE: "range",
    RATE: "rate",
    STUCK: "stuck",
    SPIKE: "spike",
    MISSING: "missing",
    CLOCK: "clock",
    UNIT: "unit",
    DRIFT: "drift",
}


def judge(
    columns: Columns,
    point: NDArray[np.int32],
    value: NDArray[np.float64],
    status: NDArray[np.uint32],
) -> NDArray[np.uint8]:
    """Verdict on each reading by itself: BELIEVED, TYPE, STATUS or RANGE.

    An instrument may show half its resolution beyond its limits. Integers and booleans are whole.
    """
    slack = columns.resolution[point] / 2
    code = np.full(len(point), BELIEVED, np.uint8)
    with np.errstate(invalid="ignore"):
        beyond = (value < columns.low[point] - slack) | (value > columns.high[point] + slack)
        fraction = columns.whole[point] & (value != np.floor(value))
    code[beyond] = RANGE
    code[fraction | ~np.isfinite(value)] = TYPE
    code[status >= np.uint32(0x80000000)] = STATUS
    return code


def refused_status(code: NDArray[np.uint8], status: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The status under which a refused reading is shown: its own if Bad, else what was found."""
    if not code.any():
        return status
    shown = np.where(code == RANGE, np.uint32(BAD_OUT_OF_RANGE), status)
    return np.where(code == TYPE, np.uint32(BAD_TYPE_MISMATCH), shown).astype(np.uint32)


@dataclass(frozen=True, slots=True)
class Turn:
    """A point was quarantined (`held`) or is believed again."""

    point: int
    rule: Rule
    held: bool
    since: Instant
    value: float
    note: str = ""

    def reason(self, spec: PointSpec) -> str:
        """Why, as a clause for people."""
        unit = "" if spec.unit == "1" else f" {spec.unit}"
        value = f"{self.value:.5g}{unit}"
        low, high = spec.limits.low, spec.limits.high
        return {
            "type": "what it sends is no number of its type",
            "status": "its source calls it bad",
            "range": f"{value} is outside {low:g} to {high:g}{unit}",
            "rate": f"{value} is a faster change than {spec.rate_limit or 0:g}{unit} a second",
            "stuck": f"it has stood at {value} without its usual variation",
            "spike": f"single readings such as {value} stand out from those around them",
            "missing": "nothing comes from it though its source is heard",
            "clock": "what comes from it is dated when it cannot have been: its clock is wrong",
            "unit": f"{value} is {self.note} what it was: its unit or scale seems to have changed",
            "drift": self.note,
        }[self.rule]
