"""Incidents: something is wrong with a line or an asset, from when to when, opened by what.

An incident names the readings that opened it. It must never name a cause: that is diagnosis.
"""

from typing import Literal

from twin_core.value import Instant, Path, Slug, Value


class OpenedBy(Value):
    """A reading that opened an incident."""

    point: Path
    time: Instant
    value: float


class Incident(Value):
    """One thing wrong.

    Attributes:
        id: `in-` and the first 8 hexadecimal digits of the digest of kind, subject, opened.
        kind: `rate_loss` (a line below what it made before), `stopped`, `source_lost`,
            `quarantine` (a point that cannot be believed), `alarm` (a process value).
        subject: line, unit, point path; for a source its id.
        opened, closed: settled plant time; None = still open.
        severity: 1 (low) to 4 (urgent).
    """

    id: str
    kind: Literal["rate_loss", "stopped", "source_lost", "quarantine", "alarm"]
    subject: Path | Slug
    line: Path | None
    opened: Instant
    closed: Instant | None = None
    severity: int
    statement: str
    opened_by: tuple[OpenedBy, ...]
