"""When the plant file has a line stand, a shift begin: told as planned.

It tells the plan alone, not what came of it. It must never make up a time that is not given.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from pydantic import Field

from tools.ahead import read_ahead
from tools.arguments import Arguments
from tools.result import ToolResult, no_data
from tools.scene import Scene
from tools.shifts import shift_at
from tools.wording import called, duration, local, period, sentence
from twin_core.errors import AmbiguousName, UnknownName
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant
from twin_core.plant.production import Product, Shift
from twin_core.plant.words import tokens
from twin_core.simulation.calendar import Planned, planned_stops
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

What = Literal["stops", "break", "changeover", "cleaning", "maintenance", "shift"]
_MOST = 12
_AHEAD = timedelta(days=7)
"""How far ahead the next of something is looked for."""
_SHIFT = re.compile(r"\bshift\b", re.IGNORECASE)
_NEXT_SHIFT = re.compile(r"\b(?:next|coming)\s+shift\b", re.IGNORECASE)
_PART = re.compile(r"\bthis\s+(afternoon|evening)\b", re.IGNORECASE)
_BEGINS = {"afternoon": 12, "evening": 18}
_TODAY = re.compile(r"\btoday\b", re.IGNORECASE)
_TOMORROW = re.compile(r"\btomorrow\b", re.IGNORECASE)


class PlannedTimes(Arguments):
    """When breaks, changeovers, cleaning and shifts are planned, by the plant's calendar.

    Use it for "when is the break on …?", "which stops are planned today?", "when does the shift
    end?". For what is made, and when it is done, use production_orders.
    """

    doing: ClassVar[tuple[str, str]] = ("Looking into the plan", "of")

    line: str = Field(default="", description="whose plan; empty = every line's")
    what: What = Field(default="stops", description="stops = of every reason")
    span: str = Field(
        default="",
        description="“this shift”, “today”, “tomorrow”, “next shift”, “8 h”; empty = the next",
    )
    before: str = Field(default="", description="how long a changeover takes: from this product")
    after: str = Field(default="", description="and to this one")


@dataclass(frozen=True, slots=True)
class _Window:
    """The time that is asked about; `next_alone`: none was said, the next of each is meant."""

    start: Instant
    end: Instant
    next_alone: bool


async def planned_times(
    scene: Scene,
    line: str = "",
    what: What = "stops",
    span: str = "",
    before: str = "",
    after: str = "",
) -> ToolResult:
    """What the plant file plans, by time."""
    snapshot = scene.look()
    if what == "shift":
        return _told(_shifts(span, snapshot), "The plant file gives no shifts.")
    lines = _lines(scene, line)
    if before.strip() and after.strip():
        taken = list(
            _changeovers(
                lines,
                product_said(before, snapshot.plant),
                product_said(after, snapshot.plant),
                snapshot,
            )
        )
        return _told(taken, "The plant file does not say how long that changeover takes.")
    window = _window(span, snapshot)
    stops = [e for path in lines for e in _stops(path, what, window, snapshot)]
    kind = "planned stop" if what == "stops" else what
    when = "" if window.next_alone else f" {span.strip()}"
    lacking = f"The plant file plans no {kind} of {_names(lines, snapshot.plant)}{when}."
    return _told(stops, lacking)


def _told(found: Sequence[Evidence], lacking: str) -> ToolResult:
    if not found:
        return no_data(lacking)
    return ToolResult(status="ok", text=found[0].statement, evidence=tuple(found[:_MOST]))


def _lines(scene: Scene, said: str) -> tuple[str, ...]:
    """The line named, or that a machine named stands on; else every production line there."""
    plant = scene.look().plant
    path = scene.asset(said) if said.strip() else plant.site
    if path.count("/") >= 2:
        return ("/".join(path.split("/")[:3]),)
    return tuple(
        one.id for one in plant.lines if one.kind == "production" and one.id.startswith(f"{path}/")
    )


def _names(lines: Sequence[str], plant: Plant) -> str:
    return " or ".join(called(line, plant) for line in lines) or plant.name


def _window(span: str, snapshot: Snapshot) -> _Window:
    """The time that words say, from its beginning, which may be past.

    Raises:
        WrongKind: a time that is none.
    """
    now, plant = snapshot.now, snapshot.plant
    here = local(now, plant)
    if not span.strip():
        return _Window(now, _instant(here + _AHEAD), next_alone=True)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    start = here
    if _NEXT_SHIFT.search(span):
        start = shift_at(here, plant)[1]
    elif _SHIFT.search(span):
        start = shift_at(here, plant)[0]
    elif _TOMORROW.search(span):
        start = midnight + timedelta(days=1)
    elif _TODAY.search(span):
        start = midnight
    elif part := _PART.search(span):
        start = midnight + timedelta(hours=_BEGINS[part[1].lower()])
    end = now + round(read_ahead(span, now, plant) * SECOND)
    return _Window(_instant(start), end, next_alone=False)


def _stops(line: str, what: What, window: _Window, snapshot: Snapshot) -> Iterator[Evidence]:
    """Planned stops of a line in that time; of each reason the next one, where no time was said."""
    told: set[str] = set()
    for stop in planned_stops(snapshot.plant, line, window.start, window.end):
        if what not in {"stops", stop.reason} or (window.next_alone and stop.reason in told):
            continue
        told.add(stop.reason)
        yield _stop(line, stop, snapshot)


def _stop(line: str, stop: Planned, snapshot: Snapshot) -> Evidence:
    plant, now = snapshot.plant, snapshot.now
    lasts = (stop.end - stop.start) / SECOND
    until = (stop.start - now) / SECOND
    left = (stop.end - now) / SECOND
    when = f"in {duration(until)}" if until > 0 else "now" if left > 0 else "it is over"
    reason = stop.reason.replace("_", " ")
    return Evidence(
        kind="plan",
        subject=line,
        statement=(
            f"{sentence(called(line, plant))} has a planned {reason} of {duration(lasts)} "
            f"{period(stop.start, stop.end, plant, now)}: {when}."
        ),
        data={
            "reason": stop.reason, "start": stop.start, "end": stop.end, "lasts_s": lasts,
            "until_s": until,
        },
        time=now,
        origin="plant file",
    )  # fmt: skip


def _changeovers(
    lines: Sequence[str], before: Product, after: Product, snapshot: Snapshot
) -> Iterator[Evidence]:
    """How long the plant file gives a line from one product to another."""
    plant = snapshot.plant
    for line in lines:
        minutes = plant.changeovers.get(line, {}).get(before.id, {}).get(after.id)
        if minutes is not None:
            yield Evidence(
                kind="plan",
                subject=line,
                statement=(
                    f"A changeover from {before.name} to {after.name} takes "
                    f"{duration(60.0 * minutes)} on {called(line, plant)}."
                ),
                data={"before": before.id, "after": after.id, "lasts_s": 60.0 * minutes},
                time=snapshot.now,
                origin="plant file",
            )


def product_said(said: str, plant: Plant) -> Product:
    """The one product whose name or id holds all the words that were said.

    Raises:
        UnknownName, AmbiguousName: none does, or several.
    """
    words = set(tokens(said))
    meant = [p for p in plant.products if words <= {*tokens(p.name), *tokens(p.id)}]
    names = tuple(p.name for p in meant or plant.products)[:6]
    if not words or not meant:
        raise UnknownName("product", said, names)
    if len(meant) > 1:
        raise AmbiguousName("product", said, names)
    return meant[0]


def _shifts(span: str, snapshot: Snapshot) -> list[Evidence]:
    """The shift that is on and the one after it; of a span that names the next, that alone."""
    plant, now = snapshot.plant, snapshot.now
    here = local(now, plant)
    coming = [one for one in _calendar(here, plant) if _instant(one[2]) > now][:2]
    if _NEXT_SHIFT.search(span):
        coming = [one for one in coming if _instant(one[1]) > now][:1]
    found = []
    for shift, begins, ends in coming:
        start, end = _instant(begins), _instant(ends)
        when = period(start, end, plant, now)
        word = "is on" if start <= now else "is the next"
        left = (end - now if start <= now else start - now) / SECOND
        until = f"it ends in {duration(left)}" if start <= now else f"it begins in {duration(left)}"
        found.append(
            Evidence(
                kind="plan",
                subject=plant.site,
                statement=f"{sentence(shift.name)} {word}, {when}: {until}.",
                data={"shift": shift.id, "start": start, "end": end, "until_s": left},
                time=now,
                origin="plant file",
            )
        )
    return found


def _calendar(here: datetime, plant: Plant) -> list[tuple[Shift, datetime, datetime]]:
    """Shifts of yesterday and the week ahead with their start and end, by time."""
    found = []
    for shift in plant.shifts:
        hour, minute = (int(part) for part in shift.start.split(":"))
        for day in range(-1, _AHEAD.days + 1):
            begins = (here + timedelta(days=day)).replace(
                hour=hour, minute=minute, second=0, microsecond=0
            )
            if begins.weekday() in shift.days:
                found.append((shift, begins, begins + timedelta(minutes=shift.duration_min)))
    return sorted(found, key=lambda one: one[1])


def _instant(when: datetime) -> Instant:
    return round(when.timestamp()) * SECOND
