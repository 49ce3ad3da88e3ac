"""Keeps watch over settled belief: alarms, lines, sources, instruments → incidents.

Called once a row of the common grid, and when a source is lost or back. Each incident names the
readings that opened it. It must never decide what is believed, nor say why something happened.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.operations.alarm import AlarmChange, Alarms
from twin_core.operations.alarm_limits import Side
from twin_core.operations.alarm_state import Transition, said
from twin_core.operations.calendar import Calendar
from twin_core.operations.chronicle import Chronicle
from twin_core.operations.counting import Counting, StateClock
from twin_core.operations.incident import Incident, OpenedBy, Register
from twin_core.operations.kpi import LineIndicators
from twin_core.operations.meter import LineMeter
from twin_core.operations.throughput import MINUTE_ROWS, STOPPED_ROWS, Change
from twin_core.plant.assets import Plant
from twin_core.plant.classes import SETTINGS
from twin_core.units import unit_text
from twin_core.value import Instant


@dataclass(frozen=True, slots=True, eq=False)
class RowSeen:
    """A row of the common grid that just closed.

    Attributes:
        mean: by point (see `Recent.mean`).
        steady: by point: its machine has been running (or it has none).
        held: by point: quarantined.
        free: by machine of the state clock: in no stop of its own.
    """

    end: Instant
    mean: NDArray[np.float64]
    steady: NDArray[np.bool_]
    held: NDArray[np.bool_]
    free: NDArray[np.bool_]


class Watch:
    """All that raises incidents in one plant."""

    def __init__(self, plant: Plant, counting: Counting, clock: StateClock) -> None:
        self._plant = plant
        self.register = Register()
        self.chronicle = Chronicle()
        self.alarms = Alarms(plant)
        calendar = Calendar(plant)
        self._meters = [
            LineMeter(plant, line, counting, clock, calendar)
            for line in plant.lines
            if LineMeter.can(plant, line)
        ]
        lines: dict[str, set[str]] = {}
        for point in plant.points:
            lines.setdefault(point.source, set()).add(plant.line(point.unit_id).id)
        self._line_of = {
            source: next(iter(of)) if len(of) == 1 else None for source, of in lines.items()
        }
        self._names = {source.id: source.name for source in plant.sources}
        wanted = [i for i, p in enumerate(plant.points) if p.spec.role in SETTINGS]
        self._setpoints = np.array(wanted, np.int64)
        self._step = np.array([plant.points[i].spec.resolution / 2 for i in wanted])
        self._set = np.full(len(wanted), np.nan)

    def row(self, seen: RowSeen) -> list[Incident]:
        """Take a row; returns incidents that were opened or closed."""
        self._changed(seen)
        alarms = self.alarms.step(seen.end, seen.mean, seen.steady, seen.held)
        found = [self._alarm(change) for change in alarms]
        for meter in self._meters:
            changes = meter.step(seen.end, seen.mean, seen.free)
            found.extend(self._line(meter, change, seen) for change in changes)
        return [incident for incident in found if incident is not None]

    def act(
        self,
        point: str,
        transition: Transition,
        at: Instant,
        by: str,
        why: str = "",
        *,
        side: Side | None = None,
        until: Instant | None = None,
    ) -> list[Incident]:
        """A person acknowledges, shelves or takes out of service alarms of a point."""
        changes = self.alarms.act(point, transition, at, by, why, side=side, until=until)
        found = [self._alarm(change) for change in changes]
        return [incident for incident in found if incident is not None]

    @property
    def nominal(self) -> dict[str, float | None]:
        """Nominal rate of every counted line, of what it makes now."""
        return {meter.line.id: meter.nominal for meter in self._meters}

    def doubted(
        self, point: int, at: Instant, reason: str, reading: tuple[Instant, float] | None
    ) -> Incident | None:
        """A point was quarantined at `at`; `reading` is what broke the rule, if there was one."""
        spec = self._plant.points[point]
        by = (
            () if reading is None else (OpenedBy(point=spec.id, time=reading[0], value=reading[1]),)
        )
        self.chronicle.note(
            at, "quarantine", spec.id, f"{self._said(point)}: not believed ({reason})."
        )
        return self.register.opened(
            "quarantine", spec.id, self._plant.line(spec.unit_id).id, at, 2,
            f"{self._said(point)} is not believed: {reason}.", by,
        )  # fmt: skip

    def trusted(self, point: int, at: Instant) -> Incident | None:
        """A point is believed again."""
        path = self._plant.points[point].id
        self.chronicle.note(at, "quarantine", path, f"{self._said(point)}: believed again.")
        return self.register.closed("quarantine", path, at)

    def lost(
        self, source: str, at: Instant, reason: str, last: tuple[int, Instant, float] | None
    ) -> Incident | None:
        """A source was lost; `last` is its newest settled reading (point, time, value)."""
        by: tuple[OpenedBy, ...] = ()
        if last is not None:
            path = self._plant.points[last[0]].id
            by = (OpenedBy(point=path, time=last[1], value=last[2]),)
        told = f"No data from {self._names.get(source, source)}: {reason or 'not connected'}."
        self.chronicle.note(at, "source", source, told)
        return self.register.opened(
            "source_lost", source, self._line_of.get(source), at, 3, told, by
        )

    def back(self, source: str, at: Instant) -> Incident | None:
        """A source can be heard again."""
        told = f"{self._names.get(source, source)} can be heard."
        self.chronicle.note(at, "source", source, told)
        return self.register.closed("source_lost", source, at)

    def indicators(self, end: Instant, up: Mapping[str, bool]) -> dict[str, LineIndicators]:
        """Of every counted line; a line whose counter cannot be heard has no rate."""
        points = self._plant.points
        return {
            m.line.id: m.indicators(end, heard=up.get(points[m.counter].source, False))
            for m in self._meters
        }

    def _alarm(self, change: AlarmChange) -> Incident | None:
        alarm = change.alarm
        point = self._plant.point(alarm.point)
        name = self._said(self._plant.index[alarm.point])
        by = f" by {alarm.by}" if alarm.by else ""
        why = f" ({alarm.why})" if alarm.why else ""
        verb, state = _TOLD[change.transition], said(alarm.state)
        now = "" if verb.endswith(state) else f", now {state}"
        told = f"{name}, {alarm.side} alarm: {verb}{by}{why}{now}."
        self.chronicle.note(alarm.since, "alarm", alarm.point, told)
        if not change.active or alarm.value is None:
            return self.register.closed("alarm", alarm.point, alarm.since)
        first = change.reading or (alarm.since, alarm.value)
        side = "above" if alarm.side == "high" else "below"
        unit = f" {unit_text(point.spec.unit)}".rstrip()
        return self.register.opened(
            "alarm", alarm.point, self._plant.line(point.unit_id).id, alarm.since, 2,
            f"{name} is {alarm.value:.4g}{unit}, {side} its limit of {alarm.limit:.4g}{unit}.",
            (OpenedBy(point=alarm.point, time=first[0], value=first[1]),),
        )  # fmt: skip

    def _line(self, meter: LineMeter, change: Change, seen: RowSeen) -> Incident | None:
        kind = change.kind
        line = meter.line.id
        if not change.opens:
            told = "runs again" if kind == "stopped" else "makes its usual rate again"
            self.chronicle.note(seen.end, "line", line, f"{meter.line.name} {told}.")
            return self.register.closed(kind, line, seen.end)
        rows = STOPPED_ROWS if kind == "stopped" else 2 * MINUTE_ROWS
        told = meter.statement(change)
        self.chronicle.note(seen.end, "line", line, told)
        return self.register.opened(
            kind, line, line, seen.end, 4 if kind == "stopped" else 3,
            told, meter.opened_by(rows),
        )  # fmt: skip

    def _changed(self, seen: RowSeen) -> None:
        """Note setpoints that somebody or something has changed."""
        now = seen.mean[self._setpoints]
        for k in np.flatnonzero(np.abs(now - self._set) > self._step).tolist():
            i = int(self._setpoints[k])
            unit = f" {unit_text(self._plant.points[i].spec.unit)}".rstrip()
            told = f"{self._said(i)}: from {self._set[k]:.6g} to {now[k]:.6g}{unit}."
            self.chronicle.note(seen.end, "setpoint", self._plant.points[i].id, told)
        self._set = np.where(np.isnan(now), self._set, now)

    def _said(self, point: int) -> str:
        found = self._plant.points[point]
        return f"{self._plant.units[found.unit_id].name}: {found.spec.name}"


_TOLD: dict[Transition, str] = {
    "activate": "raised",
    "return": "returned",
    "acknowledge": "acknowledged",
    "re_alarm": "raised again",
    "shelve": "shelved",
    "unshelve": "no longer shelved",
    "suppress": "suppressed by design",
    "unsuppress": "no longer suppressed by design",
    "remove": "out of service",
    "restore": "back in service",
}
