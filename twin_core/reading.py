"""What a source says: readings in columns, and whether the source can be heard at all.

A reading is never without source time and status. A batch is the hot path: numpy columns, no
object per reading. It must never be changed after it was made.

Status codes are OPC UA's, whole, 32 bits (OPC 10000-4, 7.39): severity in the top two bits.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from twin_core.condition import ConditionReport
from twin_core.value import Instant, Value

GOOD = 0x00000000
GOOD_COMPLETES_ASYNCHRONOUSLY = 0x002E0000
GOOD_CLAMPED = 0x00300000
GOOD_LOCAL_OVERRIDE = 0x00960000
UNCERTAIN = 0x40000000
UNCERTAIN_LAST_USABLE_VALUE = 0x40900000
UNCERTAIN_SENSOR_NOT_ACCURATE = 0x40930000
UNCERTAIN_SIMULATED_VALUE = 0x42090000
BAD = 0x80000000
BAD_NO_COMMUNICATION = 0x80310000
BAD_CONFIGURATION_ERROR = 0x80890000
BAD_TYPE_MISMATCH = 0x80740000
BAD_OUT_OF_RANGE = 0x803C0000
BAD_SENSOR_FAILURE = 0x808C0000


class Quality(Enum):
    """The severity of a status code."""

    GOOD = "good"
    UNCERTAIN = "uncertain"
    BAD = "bad"


def quality(status: int) -> Quality:
    """The severity of an OPC UA status code (top two bits; 11 is reserved and read as Bad)."""
    return (Quality.GOOD, Quality.UNCERTAIN, Quality.BAD, Quality.BAD)[(int(status) >> 30) & 3]


def qualities(status: NDArray[np.uint32]) -> NDArray[np.str_]:
    """The severity of each status code, in words."""
    words = np.asarray([quality(severity << 30).value for severity in range(4)])
    found: NDArray[np.str_] = words[status >> np.uint32(30)]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """n readings in columns, in order of arrival.

    Attributes:
        point: index into `Plant.points`, int32[n].
        time: source time in plant time, microseconds UTC as the source wrote it, int64[n].
        value: in the point's unit; booleans 0/1, enumerations their number; NaN where the source
            gave something that is no number, float64[n].
        status: whole OPC UA status code, uint32[n].
        received: plant time of arrival here, int64[n].
        original: position → text of what came, only where it was no number.
        late: positions of what came behind the watermark, marked when it was taken in.
    """

    point: NDArray[np.int32]
    time: NDArray[np.int64]
    value: NDArray[np.float64]
    status: NDArray[np.uint32]
    received: NDArray[np.int64]
    original: dict[int, str] = field(default_factory=dict)
    late: frozenset[int] = frozenset()

    def __len__(self) -> int:
        """The number of readings."""
        return len(self.point)

    @staticmethod
    def of(rows: "list[tuple[int, int, float, int, int]]") -> "Batch":
        """A batch from (point, time, value, status, received) rows; for tests and slow sources."""
        columns = list(zip(*rows, strict=True)) if rows else [(), (), (), (), ()]
        return Batch(
            point=np.asarray(columns[0], dtype=np.int32),
            time=np.asarray(columns[1], dtype=np.int64),
            value=np.asarray(columns[2], dtype=np.float64),
            status=np.asarray(columns[3], dtype=np.uint32),
            received=np.asarray(columns[4], dtype=np.int64),
        )

    @staticmethod
    def joined(batches: "list[Batch]") -> "Batch":
        """The batches one after the other, arrival order kept."""
        original: dict[int, str] = {}
        late: set[int] = set()
        start = 0
        for batch in batches:
            original.update({start + at: text for at, text in batch.original.items()})
            late.update(start + at for at in batch.late)
            start += len(batch)
        return Batch(
            point=np.concatenate([b.point for b in batches]),
            time=np.concatenate([b.time for b in batches]),
            value=np.concatenate([b.value for b in batches]),
            status=np.concatenate([b.status for b in batches]),
            received=np.concatenate([b.received for b in batches]),
            original=original,
            late=frozenset(late),
        )


class SourceEvent(Value):
    """A source was heard, lost, or is known to be alive though nothing changed.

    Attributes:
        kind: `up` (connected; `offset_us` measured), `alive` (heard, nothing to say), `down`.
        time: plant time at which we learned it.
        offset_us: the source's clock minus plant time; subtracted from its source times.
        reason: why it is down, one clause; empty otherwise.
    """

    source: str
    kind: Literal["up", "alive", "down"]
    time: Instant
    offset_us: int = 0
    reason: str = ""


Arrival: TypeAlias = Batch | SourceEvent | ConditionReport
"""What a ReadingSource yields."""
