"""Alarms in the states of ISA-18.2 (names of OPC UA A&C): what stands, and what people did.

Judged on settled rows of the common grid, in plant time. Limits are for a machine that runs: none
is raised while it does not. It must never acknowledge or shelve anything by itself.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin_core.operations.alarm_journal import Activations
from twin_core.operations.alarm_limits import SIDES, Limits, Side
from twin_core.operations.alarm_state import ACTIVE, FROM, State, Transition, after
from twin_core.operations.first_out import FirstOut, Onset, groups, ranked
from twin_core.plant.alarming import Priority
from twin_core.plant.assets import Plant, Point
from twin_core.plant.classes import PointSpec
from twin_core.value import SECOND, Instant, Path, Value


class Alarm(Value):
    """One alarm of one point.

    Attributes:
        limit: the limit, in the point's unit; `side` which.
        value: what passed it; None if it was not passed when the alarm was hidden.
        state: ISA-18.2 state; `active` whether the limit is passed, also where it is hidden.
        raised: settled plant time of the activation, or of what hid it before one; `since` of the
            state.
        onset: source time of the first reading beyond the limit.
        first_out: among the alarms that stand at one unit, or at a header and its producers.
        until: end of the shelf.
        by, why: who shelved, acknowledged or took it out of service, and his reason.
    """

    point: Path
    side: Side
    limit: float
    value: float | None
    state: State
    raised: Instant
    since: Instant
    priority: Priority = "low"
    active: bool = True
    onset: Instant | None = None
    first_out: FirstOut | None = None
    until: Instant | None = None
    by: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """A transition.

    Attributes:
        active: it is shown now and its limit is passed.
        reading: time and value of the first reading beyond the limit, where one was seen.
    """

    alarm: Alarm
    transition: Transition
    active: bool
    reading: tuple[Instant, float] | None


class _Hidden(NamedTuple):
    """Why and by whom, and for a shelf until when."""

    by: str
    why: str
    until: Instant | None = None


class Alarms:
    """Every alarm limit of the plant."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._limits = Limits(plant)
        self._group = groups(plant)
        self._shown: dict[int, Alarm] = {}
        self._shelf: dict[int, _Hidden] = {}
        self._out: dict[int, _Hidden] = {}
        self._counted: set[int] = set()  # whose activation goes on and is in the journal
        self._view: tuple[Alarm, ...] | None = None
        self.activations = Activations()

    def heard(
        self, point: NDArray[np.int64], time: NDArray[np.int64], value: NDArray[np.float64]
    ) -> None:
        """Note when limits are first passed; readings of a point in the order of their time."""
        self._limits.heard(point, time, value)

    def step(
        self,
        end: Instant,
        mean: NDArray[np.float64],
        steady: NDArray[np.bool_],
        held: NDArray[np.bool_],
    ) -> list[AlarmChange]:
        """Take a row; returns every transition of an alarm that is or was shown.

        Args:
            end: of the row.
            mean: the row's means by point, NaN where nothing was believed: nothing changes then.
            steady: by point: its machine runs (or it has none); else nothing is raised.
            held: by point: quarantined; what is not believed cannot alarm, and returns.
        """
        self.activations.begin(end)
        if not len(self._limits):
            return []
        found: list[AlarmChange] = []
        over = [(a, shelf.until) for a, shelf in self._shelf.items()]
        for a, until in sorted(over, key=lambda one: (one[1] or 0, one[0])):
            if until is not None and until <= end:
                self._shelf.pop(a)
                found += self._move(a, "unshelve", until)
        passed = self._limits.step(end, mean, steady, held)
        self._counted.difference_update(passed.returned, passed.suppressed)
        for a in passed.suppressed:
            found += self._move(a, "suppress", end, was=self._state(a, suppressed=False))
        for a in passed.uncovered:
            found += self._move(a, "unsuppress", end, was=self._state(a, suppressed=True))
        for a in passed.returned:
            found += self._move(a, "return", end)
        for a in passed.raised:
            found += self._move(a, "activate", end, value=float(mean[self._limits.point[a]]))
        for a, alarm in list(self._shown.items()):
            again_s = self._spec(a).alarm.re_alarm_s
            if alarm.state == "acknowledged" and again_s is not None:
                due = alarm.since + round(again_s * SECOND)
                found += self._move(a, "re_alarm", end) if due <= end else []
        return found

    def act(
        self,
        point: str,
        transition: Transition,
        now: Instant,
        by: str = "",
        why: str = "",
        *,
        side: Side | None = None,
        until: Instant | None = None,
    ) -> list[AlarmChange]:
        """A person's transition of the alarms of a point that it is possible for.

        Args:
            point: path.
            transition: `acknowledge`, `shelve`, `unshelve`, `remove` or `restore`.
            now: plant time.
            by: who.
            why: his reason.
            side: of which; None = of both.
            until: end of a shelf; at most as far off as the plant file allows.
        """
        found: list[AlarmChange] = []
        for a in self._limits.of(self._plant.index[point]):
            was = self._state(a)
            if side not in {None, SIDES[int(self._limits.side[a])]}:
                continue
            if was not in FROM[transition]:
                continue  # it has changed since the person looked; what he sees then tells him
            if transition == "shelve":
                latest = now + round(self._spec(a).alarm.shelve_at_most_s * SECOND)
                end = latest if until is None else max(now, min(until, latest))
                self._shelf[a] = _Hidden(by, why, end)
            elif transition == "unshelve":
                self._shelf.pop(a)
            elif transition == "remove":
                self._out[a] = _Hidden(by, why)
            elif transition == "restore":
                self._out.pop(a)
            found += self._move(a, transition, now, was=was, by=by, why=why)
        return found

    @property
    def suppressed(self) -> NDArray[np.int64]:
        """Points whose alarms are suppressed by design now, as indices, ascending."""
        found: NDArray[np.int64] = np.unique(self._limits.point[self._limits.suppressed])
        return found

    def view(self) -> tuple[Alarm, ...]:
        """Every alarm that is not normal, oldest first; of those suppressed, what stood before."""
        if self._view is None:
            shown = self._firsts()
            self._view = tuple(sorted(shown, key=lambda a: (a.raised, a.point, a.side)))
        return self._view

    def _state(self, a: int, *, suppressed: bool | None = None) -> State:
        design = bool(self._limits.suppressed[a]) if suppressed is None else suppressed
        if a in self._out:
            return "out_of_service"
        if design:
            return "suppressed"
        if a in self._shelf:
            return "shelved"
        alarm = self._shown.get(a)
        return "normal" if alarm is None else alarm.state

    def _beneath(self, a: int) -> State:
        if a in self._out or self._limits.suppressed[a] or a in self._shelf:
            return self._state(a)
        return "unacknowledged" if self._limits.active[a] else "normal"

    def _move(
        self,
        a: int,
        transition: Transition,
        at: Instant,
        *,
        was: State | None = None,
        value: float | None = None,
        by: str = "",
        why: str = "",
    ) -> list[AlarmChange]:
        """Take a transition, if the state has it; a hidden alarm only notes what it hides."""
        was = was or self._shown_state(a)
        active, before = bool(self._limits.active[a]), self._shown.get(a)
        if was not in FROM[transition] or (before is None and transition in _BY_DESIGN):
            return self._noted(a, value)
        self._view = None
        latching = self._spec(a).alarm.latching
        to = after(was, transition, latching=latching, beneath=self._beneath(a))
        fresh = to == "unacknowledged" and a not in self._counted
        hidden = self._out.get(a) or self._shelf.get(a) if to in _BY_PEOPLE else None
        first = self._limits.first(a)
        alarm = Alarm(
            point=self._point(a).id,
            side=SIDES[int(self._limits.side[a])],
            limit=float(self._limits.limit[a]),
            value=value if value is not None or before is None else before.value,
            state=to,
            raised=at if fresh or before is None else before.raised,
            since=at,
            priority=self._spec(a).alarm.priority,
            active=active,
            onset=(first[0] if first else None) if active or before is None else before.onset,
            until=hidden.until if hidden is not None else None,
            by=hidden.by if hidden is not None else by,
            why=hidden.why if hidden is not None else why,
        )
        if to == "normal":
            self._shown.pop(a, None)
        else:
            self._shown[a] = alarm
        if fresh:
            self._counted.add(a)
            self.activations.add(at, int(self._limits.point[a]), int(self._limits.side[a]))
        return [AlarmChange(alarm, transition, active=to in ACTIVE, reading=first)]

    def _noted(self, a: int, value: float | None) -> list[AlarmChange]:
        """What is hidden goes on passing its limit and coming back, and nobody is told."""
        alarm = self._shown.get(a)
        if alarm is not None and alarm.active != bool(self._limits.active[a]):
            self._view = None
            seen = alarm.value if value is None else value
            changed = {"active": bool(self._limits.active[a]), "value": seen}
            self._shown[a] = alarm.model_copy(update=changed)
        return []

    def _shown_state(self, a: int) -> State:
        alarm = self._shown.get(a)
        return "normal" if alarm is None else alarm.state

    def _firsts(self) -> list[Alarm]:
        grouped: dict[str, list[int]] = defaultdict(list)
        for a, alarm in self._shown.items():
            if alarm.state in {*ACTIVE, "returned"}:
                grouped[self._group[self._point(a).unit_id]].append(a)
        found = dict(self._shown)
        for members in grouped.values():
            onsets = [onset_of(self._shown[a], self._plant.point) for a in members]
            for a, rank in zip(members, ranked(onsets), strict=True):
                found[a] = self._shown[a].model_copy(update={"first_out": rank})
        return list(found.values())

    def _point(self, a: int) -> Point:
        return self._plant.points[int(self._limits.point[a])]

    def _spec(self, a: int) -> PointSpec:
        return self._point(a).spec


def onset_of(alarm: Alarm, point: Callable[[str], Point]) -> Onset:
    """When an alarm's limit was passed; where no reading told, when it was raised."""
    found = point(alarm.point)
    return Onset(
        alarm.raised if alarm.onset is None else alarm.onset,
        round(found.spec.period_s * SECOND),
        found.source,
    )


_BY_PEOPLE = {"shelved", "out_of_service"}
_BY_DESIGN = {"suppress", "unsuppress"}
