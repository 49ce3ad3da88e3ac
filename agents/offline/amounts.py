"""What an amount said of a machine makes of it: a share, a set-point, so much more, or a stop.

It must never take a number in another unit than it was said in, but for a rate by the hour.
"""

import re
from typing import Any

from agents.offline.laws import without_after
from agents.offline.stops import LIMITED
from agents.offline.unit import is_unit
from agents.offline.ways import way_to
from tools.length import find_length, seconds_in
from twin_core.plant.assets import Point
from twin_core.plant.classes import SETTINGS, Role
from twin_core.plant.names import Names
from twin_core.plant.words import tokens

_FOR_SOME = re.compile(r"\bfor\s+(?:about\s+|some\s+|another\s+)?[+-]?\d")
_LATER = re.compile(r"\b(?:in|after)\s+(?:about\s+)?(?:\d|an?\s|half\b)|\blater\b")
_PER_HOUR = re.compile(r"(?P<joint>/|\bper\s|\ban?\s)(?:h|hr|hour)\b")
_SET_WORDS = frozenset({"set", "sett", "setp", "poin"})
_STEM = 4
"""Letters by which words of a set-point's name are known."""
_KIND_OF_MODEL = {"producer": "capacity", "header": "demand"}
_KIND_OF_ROLE = {
    Role.SPEED: "speed",
    Role.SPEED_SETPOINT: "speed",
    Role.OUTPUT: "capacity",
    Role.FLOW: "demand",
}
_DEMAND = re.compile(r"\b(?:demand|consumption|draw|draws|use|uses|consume|consumes|leak)\b")


def relative(
    low: str,
    percent: "re.Match[str]",
    value: float,
    unit: str,
    point: Point | None,
    names: Names,
) -> dict[str, Any] | None:
    """A change in per cent of what is now."""
    way = way_to(low, percent.start("number"), percent.end("number"))
    way = -1 if value < 0 and way == 0 else way
    if way is None:
        return None
    value = abs(value)
    limit = _settings(unit, names, "%") if LIMITED.search(low) else []
    if limit and not way and (point is None or point.spec.unit == "%"):
        named = {"measurement": limit[0].spec.name}
        return {**named, "kind": "set", "value": value} if len(limit) == 1 else None
    model = names.plant.class_of(unit).model
    kind = "demand" if _DEMAND.search(low) else _KIND_OF_MODEL.get(model, "speed")
    if point is None and model == "tie" and not way:
        return absolute(low, "%", value, unit, "", None, names)  # how far a valve stands open
    if point is not None:
        if point.spec.unit == "%" and not way:
            return {"kind": "set", "value": value}
        if point.spec.role not in _KIND_OF_ROLE:
            return None
        kind = _KIND_OF_ROLE[point.spec.role] if kind == "speed" else kind
    return {"kind": kind, "value": 100.0 + way * value if way else value}


def absolute(
    low: str,
    written: str,
    value: float,
    unit: str,
    measured: str,
    point: Point | None,
    names: Names,
) -> dict[str, Any] | None:
    """A setpoint at a value; without its name, the one setpoint there that has the unit said.

    Without a unit too, the tool finds the one it fits, or says that several do.
    """
    if point is not None:
        own = names.plant.unit(unit).points
        set_by = any(p.spec.measures == point.spec.id for p in own)
        settable = point.spec.role in SETTINGS or point.spec.role is Role.SPEED or set_by
        if settable:
            return {"kind": "set", "value": value}
    if measured:
        meant = [
            p
            for p in _settings_of(measured, unit, names, written)
            if point is None or p.spec.unit == point.spec.unit
        ]
        only = {"kind": "set", "measurement": meant[0].spec.name, "value": value} if meant else {}
        return only if len(meant) == 1 else None
    settings = _settings(unit, names, written, low)
    if not written:
        # Which is meant the tool says; a number that none of them may have is no setting.
        fit = [p for p in settings if _may_be(p, value)]
        if not fit:
            return None
        named = [p for p in fit if _named_by(p, low)] if len(settings) == 1 else []
        said = {"measurement": named[0].spec.name} if named else {}
        return {"kind": "set", **said, "value": value}
    if len(settings) != 1:
        return None
    return {"kind": "set", "measurement": settings[0].spec.name, "value": value}


def _settings(unit: str, names: Names, written: str = "", low: str = "") -> list[Point]:
    """The set-points of a unit; of those with the unit of measurement said the best named ones."""
    points = [p for p in names.plant.unit(unit).points if p.spec.role in SETTINGS]
    fit = [p for p in points if is_unit(written, p.spec.unit)] if written else points
    named = {p.id: _named_by(p, low) for p in fit}
    best = max(named.values(), default=0)
    return [p for p in fit if named[p.id] == best] if best else fit


def _settings_of(measured: str, unit: str, names: Names, written: str) -> list[Point]:
    """The set-points of a unit that are called by what is measured: “its set pressure”."""
    words = {word[:_STEM] for word in tokens(measured)} - _SET_WORDS
    return [
        p
        for p in _settings(unit, names, written)
        if words <= {w[:_STEM] for w in tokens(f"{p.spec.name} {p.spec.id} {' '.join(p.names)}")}
    ]


def _named_by(point: Point, low: str) -> int:
    """How many words of its name are said."""
    words = {word[:_STEM] for word in tokens(low)}
    return len({w[:_STEM] for w in tokens(f"{point.spec.name} {point.spec.id}")} & words)


def _may_be(point: Point, value: float) -> bool:
    """Whether a set-point may be proposed to have a value."""
    within = point.spec.adjustable
    return within is not None and within.low <= value <= within.high


def by_the_minute(value: float, written: str, unit: str, names: Names) -> tuple[float, str]:
    """A rate said by the hour, where it is one that may be set by the minute; else as it is."""
    per_minute = "bpm" if written == "bph" else _PER_HOUR.sub(r"\g<joint>min", written)
    if per_minute == written or _settings(unit, names, written):
        return value, written
    fits = any(_may_be(p, value / 60) for p in _settings(unit, names, per_minute))
    return (value / 60, per_minute) if fits else (value, written)


def shifted(
    way: int, value: float, written: str, unit: str, point: Point | None, names: Names
) -> dict[str, Any] | None:
    """What is measured, or the set-point that has the unit said, by so much higher or lower."""
    if value < 0:
        return None
    if point is not None:
        return {"kind": "shift", "value": way * value}
    own = [p for p in names.plant.unit(unit).points if written and is_unit(written, p.spec.unit)]
    settings = _settings(unit, names, written) or own
    if len(settings) != 1:
        return None
    return {"kind": "shift", "measurement": settings[0].spec.name, "value": way * value}


def stop(low: str) -> dict[str, Any] | None:
    """A stop for the time that is said, from now on or from when it is said."""
    low, after = without_after(low)
    length = find_length(low)
    if _LATER.search(low) or (length is None and _FOR_SOME.search(low)):
        return None
    if length is not None and seconds_in(length) is None:
        return None
    return {"kind": "stop", "duration": length or "", **after}
