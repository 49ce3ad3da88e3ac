"""A sentence cut into clauses, each with the machine it is about and what is measured there.

Numbers that belong to names are taken out of what is read on. It must never decide what a clause
says of its machine: `changes.py` does.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agents.offline.account import IDLE, LINE, UNIT
from agents.offline.question import blanked
from tools.flow_words import joined
from twin_core.errors import BadInput
from twin_core.plant.assets import Point
from twin_core.plant.mentions import Mention
from twin_core.plant.names import Names

_BARE = IDLE | {
    "all",
    "both",
    "compare",
    "of",
    "on",
    "at",
    "in",
    "for",
    "with",
    "which",
    "better",
    "set",
}
_WORDS = re.compile(r"[^\W_]+(?:['’.,:][^\W_]+)*|[^\s\w.,;:!?()\[\]\"'“”‘’–—-]")
_ALL = re.compile(
    r"\b(?:(?:all|every|each)\s+(?:of\s+)?(?:the\s+)?(?:machines?|units?)?|everything)\s*"
    rf"(?:(?:of|on|at|in)?\s*(?:the\s+)?(?P<line>{LINE})\s*)?"
    r"(?P<but>,?\s*\b(?:but|except(?:\s+for)?|apart\s+from|besides|other\s+than|excluding)\s+"
    rf"(?:for\s+)?(?:the\s+)?{UNIT}"
    rf"(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+)(?:the\s+)?{UNIT}(?!\s+\w+s\b))*)?",
    re.IGNORECASE,
)
"""All machines of a line, or all but some."""
_ROOMS = frozenset({"buffer", "buffers", "accumulation"})
_FROM = re.compile(r"\bbetween\s+(?:the\s+)?$", re.IGNORECASE)
_BEHIND = re.compile(r"\b(?:behind|after|downstream of)\s+(?:the\s+)?$", re.IGNORECASE)
_LEADS = re.compile(r"\W*(?:and\s+|then\s+)?(?:both\s+)?(?:the\s+|its\s+)?", re.IGNORECASE)
_LISTED = re.compile(
    r"(?:\s+(?:on|of)\s+[\w ]{1,30}?)?\s*(?:,|,?\s*\b(?:and|as well as)\b)\s*(?:the\s+|its\s+)?",
    re.IGNORECASE,
)
_OPENS = re.compile(
    r"(?:^|[,;.?!]|\b(?:and|then|or|versus|vs|if|when|suppose|supposing|that)\b)\s*(?:what\s+if\s+)?"
    r"(?:both\s+)?(?:the\s+|its\s+)?$",
    re.IGNORECASE,
)
_TO = re.compile(r"(?:\s+on\s+[\w ]{1,30}?)?\s+and\s+(?:the\s+|its\s+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of a text that says one change at most.

    Attributes:
        text: as written.
        low: lower case, names of assets blanked, so that their numbers are not taken for values.
        measured: what is measured, as it was said.
        units: paths of the units named.
        vague: whether it names a unit that could be several.
        bare: whether it names units and says nothing of them.
        lines: paths of the lines named.
        joint: what stands between it and the clause before, lower case; empty at the start.
        leads: whether it begins with a unit's name, as the last of a list does.
        listed: whether its units are a list behind other words: “slow A, B and C by …”.
        told: lower case, with `UNIT` and `LINE` where names stand; “all but A” is a name.
    """

    text: str
    low: str
    measured: str
    units: tuple[str, ...]
    vague: bool
    bare: bool
    lines: tuple[str, ...] = ()
    joint: str = ""
    leads: bool = False
    listed: bool = False
    told: str = ""


def clauses(
    text: str, names: Names, near: Sequence[str], parting: "re.Pattern[str] | None"
) -> Iterator[Clause]:
    """The clauses of a text, cut where `parting` says; names are never cut.

    Args:
        text: as written.
        names: of the plant.
        near: paths of the assets the text is about: a name that could mean several means theirs.
        parting: None = the whole text is one clause.
    """
    found = joined(text, names.mentions(text), names.plant)
    lines = [p for m in found if m.kind == "line" for p in m.paths] or [*near, *_sure(found)]
    pairs = _pairs(text, found)
    # The room between two machines may be called a name that each conveyor has.
    placed = pairs or any(m.kind == "unit" and _BEHIND.search(text[: m.start]) for m in found)
    found = tuple(m for m in found if not (placed and m.text.lower() in _ROOMS))
    lists = _lists(text, found, pairs)
    told = marked(text, found)
    groups = list(_groups(told, found, names))
    for start, end, _ in groups:
        told = told[:start] + UNIT.ljust(end - start) + told[end:]
    whole = [(m.start, m.end) for m in found] + pairs + lists
    whole += [(start, end) for start, end, _ in groups]
    cuts = [] if parting is None else list(parting.finditer(text))
    cuts = [c for c in cuts if not any(a < c.end() and c.start() < b for a, b in whole)]
    starts = [0, *(cut.end() for cut in cuts)]
    ends = [*(cut.start() for cut in cuts), len(text)]
    joints = ["", *(cut.group().lower() for cut in cuts)]
    for start, end, joint in zip(starts, ends, joints, strict=True):
        within = [m for m in found if start <= m.start and m.end <= end]
        assets = [m for m in within if m.kind != "measurement"]
        low = blanked(text, assets)[start:end].lower()
        grouped = [units for first, last, units in groups if start <= first and last <= end]
        free = [m for m in within if not any(a <= m.start < b for a, b, _ in groups)]
        here = [p for m in within if m.kind == "line" for p in m.paths] or lines
        yield Clause(
            text=text[start:end].strip(" ?!.,:;"),
            low=low,
            measured=_measured(within),
            units=tuple(dict.fromkeys(u for units in grouped for u in units))
            + (_units(free, here) or (() if grouped else _holder(within, here, names))),
            vague=any(m.kind == "unit" and not _units([m], here) for m in within),
            bare=set(_WORDS.findall(low)) <= _BARE,
            lines=tuple(p for m in free if m.kind == "line" for p in m.paths),
            joint=joint,
            listed=bool(grouped) or any(start <= a and b <= end for a, b in lists),
            told=told[start:end],
            leads=any(m.kind == "unit" and _LEADS.fullmatch(text[start : m.start]) for m in within),
        )


def marked(text: str, found: Sequence[Mention]) -> str:
    """The text in lower case, every place its own, with a mark where each name stands."""
    low = "".join("?" if c in {UNIT, LINE} else c.lower()[:1] for c in text)
    for mention in found:
        if mention.kind != "measurement":
            end = mention.end + 2 if text[mention.end :][:2] in {"'s", "’s"} else mention.end
            mark = LINE if mention.kind in {"line", "area", "site"} else UNIT
            low = low[: mention.start] + mark.ljust(end - mention.start) + low[end:]
    return low


def _groups(
    told: str, found: Sequence[Mention], names: Names
) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Where all machines of a line are meant, or all but some; and which they are."""
    for group in _ALL.finditer(told):
        if not (group.group("line") or group.group("but")):
            continue
        within = [m for m in found if group.start() <= m.start < group.end()]
        lines = [p for m in within if m.kind == "line" for p in m.paths]
        but = _units(within, lines)
        lines = lines or list(dict.fromkeys(unit.rsplit("/", 1)[0] for unit in but))
        if len(lines) == 1 and (but or not group.group("but")):
            machines = [m.id for m in names.plant.machines(names.plant.line(lines[0]))]
            if set(but) <= set(machines):
                yield group.start(), group.end(), tuple(m for m in machines if m not in but)


def _pairs(text: str, found: Sequence[Mention]) -> list[tuple[int, int]]:
    """Where two machines are named as the ends of something: “between … and …”."""
    units = [m for m in found if m.kind == "unit"]
    return [
        (one.start, two.end)
        for one, two in pairwise(units)
        if _FROM.search(text[: one.start]) and _TO.fullmatch(text[one.end : two.start])
    ]


def _lists(
    text: str, found: Sequence[Mention], pairs: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Where a list of machines stands behind other words of its clause: what is said is of each.

    Of a list that comes first the clauses themselves tell (see `changes.py`).
    """
    units = [m for m in found if m.kind == "unit"]
    spans: list[tuple[int, int]] = []
    for one, two in pairwise(units):
        if not _LISTED.fullmatch(text[one.end : two.start]) or (one.start, two.end) in pairs:
            continue
        if spans and spans[-1][1] == one.end:
            spans[-1] = spans[-1][0], two.end
        elif not _OPENS.search(text[: one.start]):
            spans.append((one.start, two.end))
    return spans


def _sure(found: Sequence[Mention]) -> list[str]:
    """The lines of the units that are named beyond doubt."""
    sure = [m.paths[0] for m in found if m.kind == "unit" and len(m.paths) == 1]
    return [path.rsplit("/", 1)[0] for path in sure]


def _units(found: Sequence[Mention], near: Sequence[str]) -> tuple[str, ...]:
    """The units that mentions mean; of those a name could mean, the ones near."""
    paths: list[str] = []
    for mention in found:
        if mention.kind == "unit":
            several = len(mention.paths) > 1
            paths += [
                p
                for p in mention.paths
                if not several or any((p + "/").startswith(n + "/") for n in near)
            ]
    return tuple(dict.fromkeys(paths))


def _measured(within: Sequence[Mention]) -> str:
    """What is measured, the first that is named: of “current speed” the speed, which is now."""
    found = [m for m in within if m.kind == "measurement"]
    pairs = pairwise([*found, None])
    return next((m.text for m, after in pairs if m is not None and _ends(m, after)), "")


def _ends(mention: Mention, after: Mention | None) -> bool:
    """Whether no other name follows right behind one."""
    return after is None or after.start - mention.end > 1


def _holder(found: Sequence[Mention], near: Sequence[str], names: Names) -> tuple[str, ...]:
    """The one unit on the line named that has what is measured there."""
    measured = _measured(found)
    if len(near) != 1 or any(m.kind == "unit" for m in found):
        return ()
    point = point_called(measured, near[0], names)
    return (point.unit_id,) if point is not None else ()


def point_called(measured: str, asset: str, names: Names) -> Point | None:
    """The one point at or below an asset that is meant; None if none is, or several could be."""
    try:
        return names.point(measured, asset) if measured else None
    except BadInput:
        return None
