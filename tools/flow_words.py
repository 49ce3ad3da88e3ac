"""Machines named by where they lie in the flow: “the belt after filler 4”, “capper 4's infeed”.

What lies before, after or between machines is read from the plant's feeds, what serves a line from
all that flows to it. It must never know an
asset by name.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from twin_core.plant.assets import Link, Plant
from twin_core.plant.mentions import Mention
from twin_core.value import Path

_CARRIER = r"(?:conveyors?|belts?|tracks?|chains?|transport(?:er)?|accumulation\s+table|buffer)"
_MACHINE = r"(?:machine|unit|one)"
_AFTER = (
    r"(?:after|behind|beyond|past|downstream\s+(?:of|from)|out\s+of|leaving|coming\s+(?:out\s+of|from)"
    r"|following)"
)
_BEFORE = (
    r"(?:before|ahead\s+of|in\s+front\s+of|upstream\s+(?:of|from)|into|feeding|going\s+(?:in)?to"
    r"|leading\s+to)"
)
_BETWEEN = r"between|(?:(?:that\s+)?(?:leads?|runs?|goes|going|leading|running)\s+)?from"
_OUT = r"(?:outfeed|discharge|exit|outlet)"
_IN = r"(?:infeed|intake|entry|inlet)"
_LEAD = re.compile(
    rf"\b(?P<what>{_CARRIER}|{_MACHINE})(?:\s+(?:right|just|directly|(?:that|which)\s+(?:is|lies|stands)))?\s+"
    rf"(?:(?P<after>{_AFTER})|(?P<before>{_BEFORE})|(?P<between>{_BETWEEN}))\s+(?:the\s+)?$"
    rf"|\b(?:(?P<out>{_OUT})|(?P<in>{_IN}))(?:\s+{_CARRIER})?\s+(?:of|at|on|to|from)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
"""What stands right before a machine's name and makes it the name of a neighbour."""
_TAIL = re.compile(
    rf"^(?:['’]s?)?\s+(?:(?P<out>{_OUT})|(?P<in>{_IN}))\s+{_CARRIER}\b", re.IGNORECASE
)
"""What follows upon it and does so."""
_AND = re.compile(
    r"^\s*(?:(?:of|on)\s+\w+(?:\s+\d+)?\s+)?(?:and|to|-|–)\s*(?:(?:the|its)\s+)?$", re.IGNORECASE
)
_CARRIED = re.compile(rf"^\s+(?P<carrier>{_CARRIER})\b", re.IGNORECASE)
"""“The capper to labeller belt”: what carries stands behind both its ends."""
_OF = re.compile(
    r"\s+(?:(?:left|have|we|got|there|are|is|do)\s+){0,4}(?:(?:that|which)\s+)?(?:of|for|on|at|to|feeds?|feeding|fills?|filling"
    r"|serves?|serving|suppl(?:y|ies|ying)|behind|before)\s+(?:the\s+|our\s+)?",
    re.IGNORECASE,
)
"""What joins a machine to a line that it serves."""
_CARRIES = re.compile(_CARRIER, re.IGNORECASE)


_JOINS = re.compile(
    r"\b(?:valve|damper|cross[\s-]?tie|tie|link|regulator|pump)\s+"
    r"(?:(?:that|which)\s+(?:is|lies|stands|sits)\s+)?between\s+(?:the\s+)?(?:(?:two|both)\s+)?$",
    re.IGNORECASE,
)
"""What stands before two ends and makes them the name of what joins them."""


def joined(text: str, mentions: Sequence[Mention], plant: Plant) -> tuple[Mention, ...]:
    """The mentions of a text, with one of what joins two machines in the place of both.

    “The valve between the two headers”. Nothing is changed where nothing or several join them.
    """
    found: list[Mention] = []
    left = list(mentions)
    while left:
        one = left.pop(0)
        lead = _JOINS.search(text[: one.start]) if one.kind == "unit" else None
        after = _after(text, one, left) if lead is not None else None
        ends = {*one.paths, *(after.paths if after is not None else ())}
        joins = _joining(ends, plant) if lead is not None and len(ends) > 1 else []
        if lead is None or len(joins) != 1:
            found.append(one)
            continue
        end = after.end if after is not None else one.end
        found = [m for m in found if m.end <= lead.start()]
        left = [m for m in left if m.start >= end]
        found.append(Mention("unit", text[lead.start() : end], lead.start(), end, tuple(joins)))
    return tuple(found)


def _joining(ends: set[Path], plant: Plant) -> list[Path]:
    """The machines that something flows between and two of the ends."""
    beside: dict[Path, set[Path]] = {}
    for link in plant.links:
        for end, other in ((link.source, link.target), (link.target, link.source)):
            if end in ends:
                beside.setdefault(other, set()).add(end)
    return sorted(path for path, of in beside.items() if len(of) > 1 and path in plant.units)


def placed(text: str, mentions: Sequence[Mention], plant: Plant) -> list[Mention]:
    """The mentions of a text; what only says where something lies means what lies there.

    Where nothing lies there the machine itself is meant, as it is named.
    """
    found: list[Mention] = []
    left = [m for m in joined(text, mentions, plant) if m.kind != "measurement"]
    while left:
        one = left.pop(0)
        after = _after(text, one, left)
        meant = _meant(text, one, after, plant) if one.kind == "unit" else None
        if meant is None:
            found.append(one)
            continue
        while found and found[-1].end > meant.start:
            found.pop()  # “conveyor” itself
        # “From the capper of line 4 to its labeller”: which line it is still counts.
        left = [m for m in left if m.start >= meant.end or m.kind == "line"]
        found.append(meant)
    return _serving(text, found, plant)


def _serving(text: str, mentions: Sequence[Mention], plant: Plant) -> list[Mention]:
    """The mentions, where a machine is told by a line that it serves: “the boiler of line 3”."""
    found: list[Mention] = []
    for one in mentions:
        last = found[-1] if found else None
        if last is not None and last.kind == "unit" and one.kind == "line":
            inside = any(p.startswith(f"{line}/") for p in last.paths for line in one.paths)
            paths = () if inside else _nearest(plant, last.paths, one.paths)
            if paths and _OF.fullmatch(text[last.end : one.start]):
                found[-1] = replace(last, text=text[last.start : one.end], end=one.end, paths=paths)
                continue
        found.append(one)
    return found


def _nearest(plant: Plant, units: Sequence[Path], lines: Sequence[Path]) -> tuple[Path, ...]:
    """Those of several machines that lie nearest before lines in what flows to them, or after."""
    for before in (True, False):
        reached = {unit.id for line in lines for unit in plant.line(line).units}
        step = reached
        while step:
            step = {
                link.source if before else link.target
                for unit in step
                for link in (plant.links_into(unit) if before else plant.links_from(unit, "feeds"))
            } - reached
            reached |= step
            found = tuple(unit for unit in units if unit in step)
            if found:
                return found
    return ()


def _after(text: str, one: Mention, left: Sequence[Mention]) -> Mention | None:
    """The next unit, where “and” joins it to this one."""
    units = [m for m in left if m.kind == "unit"]
    return units[0] if units and _AND.match(text[one.end : units[0].start]) else None


def _meant(text: str, one: Mention, after: Mention | None, plant: Plant) -> Mention | None:
    lead, tail = _LEAD.search(text[: one.start]), _TAIL.match(text[one.end :])
    behind = _CARRIED.match(text[after.end :]) if after is not None else None
    if lead is None and behind is not None and after is not None:
        links = _between(plant, one, after)
        return _mention(text, one.start, after.end + behind.end(), _carriers(links))
    if lead is None and tail is None:
        return None
    if _own_end(lead, one, plant):
        return None
    said = {k: v for m in (lead, tail) if m is not None for k, v in m.groupdict().items() if v}
    start = lead.start() if lead is not None else one.start
    end = one.end + tail.end() if tail is not None else one.end
    machine = "what" in said and not _CARRIES.fullmatch(said["what"])
    if "between" in said:
        if after is None:
            return None
        links = _between(plant, one, after)
        end = after.end
    else:
        out = "after" in said or "out" in said
        links = [
            k
            for path in one.paths
            for k in (plant.links_from if out else plant.links_into)(path, "feeds")
        ]
        if machine:
            return _mention(text, start, end, [k.target if out else k.source for k in links])
    return _mention(text, start, end, _carriers(links))


def _own_end(lead: "re.Match[str] | None", one: Mention, plant: Plant) -> bool:
    """Whether “the inlet of …” is a place of the machine itself, where it measures something."""
    if lead is None or _CARRIES.search(lead.group()):
        return False
    end = (lead["out"] or lead["in"] or "").lower()
    points = [p for path in one.paths for p in plant.units[path].points]
    return bool(end) and any(end in p.spec.name.lower().split() for p in points)


def _between(plant: Plant, one: Mention, other: Mention) -> list[Link]:
    """The links between what two names may mean."""
    ends = set(other.paths)
    return [k for path in one.paths for k in _feeds(plant, path) if ends & {k.source, k.target}]


def _carriers(links: Sequence[Link]) -> list[Path | None]:
    return [link.buffer.conveyor for link in links if link.buffer is not None]


def _feeds(plant: Plant, path: Path) -> tuple[Link, ...]:
    return (*plant.links_from(path, "feeds"), *plant.links_into(path, "feeds"))


def _mention(text: str, start: int, end: int, paths: Sequence[Path | None]) -> Mention | None:
    known = tuple(dict.fromkeys(path for path in paths if path is not None))
    return Mention("unit", text[start:end], start, end, known) if known else None
