"""Incidents: something is wrong with a line or an asset, from when to when, opened by what.

An incident names the readings that opened it. It must never name a cause: that is diagnosis.
"""

from typing import Literal, TypeAlias

from twin_core.canonical import digest
from twin_core.value import SECOND, Instant, Path, Slug, Value

Kind: TypeAlias = Literal["rate_loss", "stopped", "source_lost", "quarantine", "alarm"]

REMEMBERED_US = 3600 * SECOND
"""How long a closed incident stays in view."""


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
    kind: Kind
    subject: Path | Slug
    line: Path | None
    opened: Instant
    closed: Instant | None = None
    severity: int
    statement: str
    opened_by: tuple[OpenedBy, ...]


class Register:
    """Incidents that are open, and those closed lately. One open incident a kind and subject."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], Incident] = {}
        self._closed: list[Incident] = []

    def opened(
        self,
        kind: Kind,
        subject: str,
        line: str | None,
        at: Instant,
        severity: int,
        statement: str,
        by: tuple[OpenedBy, ...],
    ) -> Incident | None:
        """Open one, or None if that kind is open already for that subject."""
        if (kind, subject) in self._open:
            return None
        name = digest({"kind": kind, "subject": subject, "opened": at})[:8]
        incident = Incident(
            id=f"in-{name}", kind=kind, subject=subject, line=line, opened=at,
            severity=severity, statement=statement, opened_by=by,
        )  # fmt: skip
        self._open[kind, subject] = incident
        return incident

    def closed(self, kind: Kind, subject: str, at: Instant) -> Incident | None:
        """Close the open one of that kind and subject, if there is one."""
        incident = self._open.pop((kind, subject), None)
        if incident is None:
            return None
        done = incident.model_copy(update={"closed": at})
        self._closed.append(done)
        return done

    def view(self, now: Instant) -> tuple[Incident, ...]:
        """Open ones and those closed within the last hour, oldest first."""
        self._closed = [
            i for i in self._closed if i.closed is not None and now - i.closed <= REMEMBERED_US
        ]
        both = [*self._open.values(), *self._closed]
        return tuple(sorted(both, key=lambda i: (i.opened, i.kind, i.subject)))
