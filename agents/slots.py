"""Of which asset, and of which of its measurements, each figure of a sentence is.

A figure belongs to the asset named last before it, or to that named just behind it (“540 on line
3”); to assets named together in turn. The rules stand in `grounding.py`. It must never look at what
was seen.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from agents.claims import Claim
from agents.lexicon import Mention

Paths = frozenset[str]

_JOINS = re.compile(
    r"\s*(?:,|/|–|-|&|→|and|or|und|oder|et|ou|y|o|e|en|och|eller|i|lub|to|bis)?\s*(?:on|of)?\s*",
    re.IGNORECASE,
)
_AT = re.compile(
    r"[\s,(]*(?:(?:of|on|at|in|for|from|by|the|bei|beim|an|am|auf|von|vom|der|die|dem|den|des"
    r"|für|sur|de|du|la"
    r"|le|à|pour|en|el|del|su|di|della|sulla|van|op|het|voor|da|do|na|no|w|dla|på|av|för|i|is"
    r"|was|were)\s+){1,3}",
    re.IGNORECASE,
)
_BREAK = re.compile(r"[,;:–—]|\b(?:so|but|while|with|makes?|and|und|et|y)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Group:
    """Assets named together in a sentence, each with what it can mean."""

    start: int
    end: int
    members: tuple[Paths, ...]

    @property
    def paths(self) -> Paths:
        """All that its members can mean."""
        return frozenset(path for member in self.members for path in member)


def slot_of(claim: Claim, made: Sequence[Claim], groups: Sequence[Group], text: str) -> list[Paths]:
    """The assets about which evidence must hold a claim: all of these, any path of each."""
    before = next((g for g in reversed(groups) if g.end <= claim.start), None)
    after = next((g for g in groups if g.start >= claim.end), None)
    at = after is not None and _AT.fullmatch(text, claim.end, after.start) is not None
    if after is not None and at and _leads(made, groups, text):
        group = after
    elif before is not None:
        group = before
        if at and after is not None and _related(before.paths, after.paths):
            return [before.paths | after.paths]
    else:
        assert after is not None or groups
        group = after or groups[0]
    if len(group.members) == 1 or claim.kind != "number":
        return [group.paths]
    alike = [
        c
        for c in made
        if c.kind == "number" and _unit(c) == _unit(claim) and _nearest(c, groups) is group
    ]
    if len(alike) == len(group.members) and claim in alike:
        return [group.members[alike.index(claim)]]
    if len(alike) == 1:
        return list(group.members)
    return [group.paths]


def paths_of(found: Sequence[Mention]) -> Paths:
    """The assets that names mean."""
    return frozenset(path for m in found if m.kind == "asset" for path in m.paths)


def groups_in(text: str, named: Sequence[Mention], topic: Paths) -> Iterator[Group]:
    """Assets, those that are named together as one; “the filler” is that of the line spoken of."""
    group: Group | None = None
    for one in named:
        paths = one.paths
        if one.kind == "class":
            near = frozenset(p for p in paths if any(_related({p}, {t}) for t in topic))
            paths = near or paths
        if group is not None and _JOINS.fullmatch(text, group.end, one.start):
            group = replace(group, end=one.end, members=(*group.members, paths))
            continue
        if group is not None:
            yield _together(group)
        group = Group(one.start, one.end, (paths,))
    if group is not None:
        yield _together(group)


def _together(group: Group) -> Group:
    """“Filler 4 on line 4” is one asset; “lines 3 and 4” are two."""
    if len(group.members) == 2 and _related(*group.members):
        return replace(
            group, members=(max(group.members, key=lambda m: max(p.count("/") for p in m)),)
        )
    return group


def _related(some: Paths | set[str], others: Paths | set[str]) -> bool:
    return any(
        a == b or a.startswith(f"{b}/") or b.startswith(f"{a}/") for a in some for b in others
    )


def _unit(claim: Claim) -> str | None:
    return claim.number.unit if claim.number is not None else None


def _nearest(claim: Claim, groups: Sequence[Group]) -> Group:
    before = [g for g in groups if g.end <= claim.start]
    return before[-1] if before else groups[0]


def _leads(made: Sequence[Claim], groups: Sequence[Group], text: str) -> bool:
    """Whether a sentence names its assets behind their numbers: “540 on line 3, 403 on line 4”."""
    first = next((c for c in made if c.kind == "number" and _unit(c) not in {"s", "%"}), None)
    if first is None or first.start > groups[0].start:
        return False
    return _AT.fullmatch(text, first.end, groups[0].start) is not None


def measured_of(
    claim: Claim, measured: Sequence[Mention], text: str, paths: Paths | None
) -> Paths | None:
    """What a number just behind the name of a machine's measurement is of."""
    if claim.kind != "number" or _unit(claim) == "s":
        return None
    if paths is not None and not any(path.count("/") > 2 for path in paths):
        return None
    named = next((m for m in reversed(measured) if m.end <= claim.start), None)
    if named is None or _BREAK.search(text, named.end, claim.start):
        return None
    return named.paths
