"""Incidents in groups, and the timeline of one: what belongs to it, in order of time.

What belongs together is read from the plant file's links: what stands on one line, what feeds it
and what supplies it. Pure; worked out when it is asked for. It must never name a cause.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from twin_core.operations.alarm import Alarm, onset_of
from twin_core.operations.alarm_state import HIDDEN
from twin_core.operations.chronicle import MOST, Entry
from twin_core.operations.first_out import FirstOut, ranked
from twin_core.operations.incident import Incident
from twin_core.plant.assets import Plant
from twin_core.value import SECOND, Instant

WINDOW_US = 900 * SECOND
"""How long before an incident opened something may have happened and still belong to it."""

MOST_ENTRIES = 200
"""Entries of one timeline; the first and the last stay when it has more."""


@dataclass(frozen=True, slots=True)
class Group:
    """The incident that opened first, and those that belong to it, in order of opening."""

    head: Incident
    members: tuple[Incident, ...]


def grouped(incidents: Sequence[Incident], plant: Plant) -> list[Group]:
    """Incidents in groups: one belongs to an earlier one whose scope holds it.

    The earlier one was still open then, and had been opened within WINDOW_US.
    """
    found: list[tuple[Incident, list[Incident]]] = []
    near: list[tuple[Incident, frozenset[str], list[Incident]]] = []
    scopes: dict[frozenset[str], frozenset[str]] = {}
    for incident in sorted(incidents, key=lambda i: (i.opened, i.id)):
        # What is not near any more is near to none that opened later.
        near = [each for each in near if _near(each[0], incident)]
        mine = _places(incident.subject, plant)
        members = next((members for _, scope, members in near if mine & scope), None)
        if members is not None:
            members.append(incident)
            continue
        lines = frozenset(plant.line(path).id for path in mine)
        if lines not in scopes:
            scopes[lines] = _scope(lines, plant)
        own: list[Incident] = []
        found.append((incident, own))
        near.append((incident, scopes[lines], own))
    return [Group(head, tuple(members)) for head, members in found]


def timeline(incident: Incident, chronicle: Sequence[Entry], plant: Plant) -> tuple[Entry, ...]:
    """What belongs to an incident, by time: from WINDOW_US before it opened until it closed."""
    scope = scope_of(incident.subject, plant)
    start = incident.opened - WINDOW_US
    entries = [
        Entry(o.time, "reading", o.point, f"Reading {o.value:.6g} opened the incident.")
        for o in incident.opened_by
    ]
    entries.append(Entry(incident.opened, "opened", incident.subject, incident.statement))
    if incident.closed is not None:
        entries.append(Entry(incident.closed, "closed", incident.subject, "The incident closed."))
    end = incident.closed
    near = [e for e in chronicle if e.time >= start and (end is None or e.time <= end)]
    ours = {s for s in {e.subject for e in near} if _places(s, plant) & scope}
    belonging = [e for e in near if e.subject in ours]
    if len(chronicle) == MOST and chronicle[0].time > start:
        entries.append(
            Entry(chronicle[0].time, "lost", incident.subject, "What was before is not remembered.")
        )
    told = {(e.time, e.subject, e.statement) for e in entries}
    entries += [e for e in belonging if (e.time, e.subject, e.statement) not in told]
    entries.sort(key=lambda e: (e.time, _ORDER[e.kind], e.subject, e.statement))
    if len(entries) > MOST_ENTRIES:
        half = MOST_ENTRIES // 2
        left_out = len(entries) - 2 * half
        at: Instant = entries[half].time
        note = Entry(at, "lost", incident.subject, f"{left_out} entries are left out here.")
        entries = [*entries[:half], note, *entries[-half:]]
    return tuple(entries)


def firsts(
    incident: Incident, alarms: Sequence[Alarm], plant: Plant
) -> list[tuple[Alarm, FirstOut | None]]:
    """Alarms that stand and belong to an incident, by onset, and which of them came first."""
    scope = scope_of(incident.subject, plant)
    start, end = incident.opened - WINDOW_US, incident.closed
    ours = [
        a
        for a in alarms
        if a.state not in HIDDEN
        and plant.point(a.point).unit_id in scope
        and start <= a.raised
        and (end is None or a.raised <= end)
    ]
    onsets = [onset_of(a, plant.point) for a in ours]
    order = sorted(range(len(ours)), key=lambda k: (onsets[k].time, ours[k].point, ours[k].side))
    ranks = ranked(onsets)
    return [(ours[k], ranks[k]) for k in order]


def scope_of(subject: str, plant: Plant) -> frozenset[str]:
    """Units whose events belong to an incident of that subject.

    Those of its line, with what supplies and feeds them from outside; for a utility or store also
    what it supplies.
    """
    return _scope(frozenset(plant.line(path).id for path in _places(subject, plant)), plant)


def _scope(lines: frozenset[str], plant: Plant) -> frozenset[str]:
    units = {unit.id for line in lines for unit in plant.line(line).units}
    scope = set(units)
    queue = sorted(units)
    while queue:
        here = queue.pop()
        for link in plant.links_into(here):
            if link.kind != "measures" and link.source not in scope:
                scope.add(link.source)
                queue.append(link.source)
    for here in units:
        if plant.line(here).kind != "production":
            scope |= {link.target for link in plant.links_from(here, "supplies")}
    return frozenset(scope)


def _places(subject: str, plant: Plant) -> frozenset[str]:
    """The units that a line, unit, point or source is."""
    if subject in plant.index:
        return frozenset({plant.point(subject).unit_id})
    if subject in plant.units:
        return frozenset({subject})
    if len(subject.split("/")) == 3:
        return frozenset(unit.id for unit in plant.line(subject).units)
    return frozenset(p.unit_id for p in plant.points if p.source == subject)


def _near(head: Incident, incident: Incident) -> bool:
    still_open = head.closed is None or head.closed >= incident.opened
    return still_open and incident.opened - head.opened <= WINDOW_US


_ORDER = {
    "lost": 0, "setpoint": 1, "source": 2, "quarantine": 3, "reading": 4, "alarm": 5, "line": 6,
    "opened": 7, "closed": 8,
}  # fmt: skip
