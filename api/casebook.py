"""What people said, and what incidents were: kept in the ledger for good, all of it in memory.

A report or a confirmation stands in the ledger and in the audit chain by one commit. Belief is not
touched by any of it. It must never take down a report of which nobody says who made it.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

import structlog

from twin_core.case import Case, incident_of, shows_best
from twin_core.diagnosis.cause import Diagnosis
from twin_core.errors import OpsTwinError
from twin_core.governance.ports import Ledger
from twin_core.operations.incident import Incident
from twin_core.testimony.testimony import Testimony
from twin_core.twin import Snapshot
from twin_core.value import JSON, SECOND, Instant, Value

log = structlog.get_logger(__name__)

DIAGNOSED = frozenset({"rate_loss", "stopped"})
"""Kinds of incident of which it is worked out what they were."""
_SPAN_S = 1800.0
_HOURS_US = 3600 * SECOND
_DAYS_US = 86_400 * SECOND
_RECENT_DAYS = 60
_MOST_CASES = 2000
_US = "opstwin"

_V = TypeVar("_V", bound=Value)
Entry = tuple[str, str, str, JSON]
"""Kind, who, about what, what: an audit record."""


class Diagnoser(Protocol):
    """What works out what an incident was."""

    async def diagnose(
        self, snapshot: Snapshot, subject: str, span_s: float, at: Instant | None = None
    ) -> Diagnosis:
        """Why a line did what it did at a moment."""
        ...


class _Days(Generic[_V]):
    """Values by the day of which they speak, one ledger state a day."""

    def __init__(self, ledger: Ledger, prefix: str, kind: type[_V]) -> None:
        self._ledger, self._prefix, self._kind = ledger, prefix, kind
        self._versions: dict[str, int] = {}
        self._days: dict[str, list[_V]] = {}

    async def load(self) -> None:
        for key in await self._ledger.keys(self._prefix):
            found = await self._ledger.load(key)
            if found is not None:
                rows, self._versions[key] = found
                self._days[key] = [self._kind.model_validate(row) for row in rows]

    def __iter__(self) -> Iterator[_V]:
        return (one for key in sorted(self._days) for one in self._days[key])

    async def put(
        self, at: Instant, one: _V, records: Sequence[Entry], replaced: _V | None = None
    ) -> None:
        key = f"{self._prefix}{datetime.fromtimestamp(at // SECOND, UTC):%Y-%m-%d}"
        rows = [row for row in self._days.get(key, []) if row != replaced] + [one]
        body = [row.model_dump(mode="json") for row in rows]
        expected = self._versions.get(key)
        self._versions[key] = await self._ledger.save(key, body, expected, records)
        self._days[key] = rows


class Casebook:
    """Of one site. `start` reads what was kept before.

    Args:
        ledger: where it is kept.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._said = _Days(ledger, "said/", Testimony)
        self._known = _Days(ledger, "case/", Case)
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Read what was kept.

        Raises:
            StoreDown: the ledger cannot be read.
        """
        await self._said.load()
        await self._known.load()

    def testimony(self, around: Instant | None = None) -> tuple[Testimony, ...]:
        """All reports, or those that may be about a moment, in order of days."""
        if around is None:
            return tuple(self._said)
        begin, end = around - 2 * _HOURS_US, around + 2 * _HOURS_US
        return tuple(one for one in self._said if one.end >= begin and one.start <= end)

    def cases(self) -> tuple[Case, ...]:
        """Incidents with what they were, oldest first."""
        return tuple(self._known)

    def telling(self, now: Instant) -> tuple[Case, ...]:
        """The cases a diagnosis heeds: confirmed ones, and the others of the last weeks."""
        since = now - _RECENT_DAYS * _DAYS_US
        return tuple(
            one for one in self._known if one.confirmed_by or (one.asset and one.when >= since)
        )[-_MOST_CASES:]

    def case(self, incident: str) -> Case | None:
        """What is known of an incident."""
        return next((one for one in self._known if one.incident.id == incident), None)

    def incident(self, snapshot: Snapshot, name: str) -> Incident:
        """The incident of that id, of now or of any time before.

        Raises:
            UnknownName: there was none that was kept.
        """
        return incident_of(name, snapshot.incidents, self._known)

    async def say(self, reports: Iterable[Testimony], user: str, site: str) -> None:
        """Take down reports in a person's name.

        Raises:
            StoreDown: nothing of the one that failed was written.
        """
        async with self._turn:
            for one in reports:
                body = one.model_dump(mode="json")
                entry = ("testimony", user, one.asset or site, body)
                await self._said.put(one.start, one, [entry])

    async def confirm(self, case: Case, user: str) -> None:
        """Keep what an incident was, as a person confirms it; takes the place of what stood.

        Raises:
            StoreDown: nothing was written.
        """
        async with self._turn:
            case = case.after(self.case(case.incident.id))
            said = case.model_dump(include={"asset", "failure_mode", "words"})
            await self._keep(case, [("confirmed", user, case.incident.id, said)])

    async def look(self, look: Callable[[], Snapshot], diagnoser: Diagnoser) -> None:
        """Keep the incidents that were closed since, with what each was by a diagnosis of then."""
        snapshot = look()
        over = {
            one.id: one
            for one in snapshot.incidents
            if one.closed is not None and one.kind in DIAGNOSED
        }
        for case in self._known:
            if case.incident.closed is not None:
                over.pop(case.incident.id, None)
        for incident in over.values():
            case = self.case(incident.id) or await self._diagnosed(incident, snapshot, diagnoser)
            async with self._turn:
                case = self.case(incident.id) or case  # a person confirmed it, before or meanwhile
                case = case.model_copy(update={"incident": incident})
                entry = ("case", _US, incident.id, case.model_dump(mode="json"))
                await self._keep(case, [entry])

    async def _diagnosed(
        self, incident: Incident, snapshot: Snapshot, diagnoser: Diagnoser
    ) -> Case:
        try:
            at = shows_best(incident, snapshot.now)
            found = await diagnoser.diagnose(snapshot, incident.subject, _SPAN_S, at)
        except OpsTwinError as problem:
            log.warning("an incident was not diagnosed", incident=incident.id, reason=str(problem))
            return Case(incident=incident)
        if found.verdict != "cause":
            return Case(incident=incident)
        best = found.causes[0]
        return Case(
            incident=incident, asset=best.asset, failure_mode=best.failure_mode,
            probability=best.probability,
        )  # fmt: skip

    async def _keep(self, case: Case, records: Sequence[Entry]) -> None:
        before = self.case(case.incident.id)
        await self._known.put(case.when, case, records, before)
