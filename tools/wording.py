"""How tools write numbers, units, times and names for people. It must never compute one.

Units come as UCUM codes and leave as people write them; times leave in the plant's time zone,
which is named. Numbers are rounded by `twin_core/units.py`, as everywhere.
"""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from twin_core.errors import UnknownName
from twin_core.plain_text import as_name
from twin_core.plant.assets import Plant
from twin_core.simulation.scenario import Estimate
from twin_core.units import number, number_text, quantity, unit_text
from twin_core.value import Instant


def percent(share: float) -> str:
    """A share (0..1) in per cent, whole from 10 % on."""
    return f"{number_text(round(100 * share, 0 if share >= 0.1 else 1))} %"


def estimate(value: Estimate) -> str:
    """A mean with its 90 % interval."""
    return (
        f"{quantity(value.mean, value.unit)} "
        f"(90 % interval {number_text(value.low)} to {number_text(value.high)})"
    )


def gain(value: Estimate) -> str:
    """A difference with its sign and its 90 % interval."""
    return (
        f"{_signed(value.mean)} {unit_text(value.unit)} "
        f"(90 % interval {_signed(value.low)} to {_signed(value.high)})"
    )


def _signed(value: float) -> str:
    return f"+{number_text(value)}" if number(value) > 0 else number_text(value)


def local(time: Instant, plant: Plant) -> datetime:
    """A moment in the plant's time zone."""
    return datetime.fromtimestamp(time / 1e6, tz=UTC).astimezone(ZoneInfo(plant.timezone))


def moment(time: Instant, plant: Plant, now: Instant | None = None) -> str:
    """`14:03:20 CET`; with its date when `now` is given and lies on another day."""
    when = local(time, plant)
    form = "%H:%M:%S %Z"
    if now is not None and local(now, plant).date() != when.date():
        form = "%Y-%m-%d %H:%M:%S %Z"
    return when.strftime(form)


def dated(time: Instant, plant: Plant) -> str:
    """`2026-11-25 22:00 GMT`."""
    return local(time, plant).strftime("%Y-%m-%d %H:%M %Z")


def period(start: Instant, end: Instant, plant: Plant, now: Instant | None = None) -> str:
    """`from 13:33:20 to 14:03:20 CET`, with dates when they differ, or from that of `now`."""
    first, last = local(start, plant), local(end, plant)
    days = {first.date(), last.date(), local(end if now is None else now, plant).date()}
    form = "%H:%M:%S" if len(days) == 1 else "%Y-%m-%d %H:%M:%S"
    return f"from {first.strftime(form)} to {last.strftime(form + ' %Z')}"


def duration(seconds: float) -> str:
    """`45 s`, `12 min`, `1.5 h`."""
    if seconds < 120:
        return f"{number_text(seconds)} s"
    if seconds < 7200:
        return f"{number_text(seconds / 60)} min"
    return f"{number_text(seconds / 3600)} h"


def plain(name: str) -> str:
    """A name inside a sentence: `Line 4` → `line 4`; `CIP skid` stays; no name is quoted."""
    name = as_name(name)
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def readable(text: str, plant: Plant) -> str:
    """The same sentence with UCUM codes behind numbers as people write them."""
    codes = {p.spec.unit for p in plant.points} | {
        f"{line.unit_of_flow}/min" for line in plant.lines if line.unit_of_flow
    }
    for code in sorted(codes, key=len, reverse=True):
        if unit_text(code) != code and unit_text(code):
            text = re.sub(rf"(?<=\d ){re.escape(code)}(?![\w/])", unit_text(code), text)
    return text


def sentence(text: str) -> str:
    """The same text with a capital first letter."""
    return text[:1].upper() + text[1:]


def called(path: str, plant: Plant) -> str:
    """What people call an asset or point, in a sentence: `filler 4`, `bagger on toast line`."""
    steps = path.split("/")
    if len(steps) >= 5:
        point = plant.point(path)
        return f"{plain(point.spec.name)} of {called(point.unit_id, plant)}"
    if len(steps) == 4:
        unit, line = plant.unit(path), plant.line(path)
        numbers = set(re.findall(r"\d+", line.name)) & set(re.findall(r"\d+", unit.name))
        if line.kind != "production" or numbers or line.name.lower() in unit.name.lower():
            return plain(unit.name)
        return f"{plain(unit.name)} on {plain(line.name)}"
    if len(steps) == 3:
        return plain(plant.line(path).name)
    if len(steps) == 2:
        return plain(next((a.name for a in plant.areas if a.id == path), path))
    if path != plant.site:
        raise UnknownName("asset", path)
    return plant.name
