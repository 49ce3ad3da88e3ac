"""Which machine a group of tags is, and which tag is which of its points, each with a score.

It only proposes. What nothing is like, or is like in another unit, is told apart and why.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from twin_core.plant.classes import EquipmentClass, PointSpec
from twin_core.plant.flat_names import flat_homes
from twin_core.plant.likeness import (
    likeness,
    likeness_of_class,
    likeness_of_name,
    words,
)
from twin_core.plant.survey import Tag

_POINT = 0.7  # likeness from which a tag is proposed for a point
_CLASS = 0.42  # score from which a group is proposed to be a machine
_BY_NAME = 0.4  # weight of the group's name beside that of its points
_NAMED = 0.75  # likeness of a machine's name to its class from which it is called so
_MOST = 400  # tags of one group that are compared with the classes
_STEP = re.compile(r"[./]")
_FOLDERS = frozenset(
    (
        "status", "admin", "command", "commands", "equipmentinterlock", "parameter", "parameters",
        "parameterset", "measurements", "setpoints", "inputs", "outputs", "data", "values", "tags",
        "variables", "processvalues", "monitoring", "counters", "analog", "digital",
    )
)  # fmt: skip
"""Names of folders that sort a machine's tags and are no machine."""


@dataclass(frozen=True)
class Fit:
    """A tag that is proposed for a point."""

    tag: Tag
    spec: PointSpec
    score: float


@dataclass
class Machine:
    """A group of tags and what it is proposed to be.

    Attributes:
        path: names from the top down to the group's own.
        kind: None = like nothing that is known.
        score: 0 to 1.
        rival: another class that is nearly as like, with its score.
        fits: tags proposed for points, in the order of the class.
        rest: tags that are not, each with the reason, one clause.
    """

    path: tuple[str, ...]
    tags: list[Tag] = field(default_factory=list)
    kind: EquipmentClass | None = None
    score: float = 0.0
    rival: tuple[str, float] | None = None
    fits: list[Fit] = field(default_factory=list)
    rest: list[tuple[Tag, str]] = field(default_factory=list)


def propose(tags: Iterable[Tag], classes: Sequence[EquipmentClass]) -> list[Machine]:
    """Every group of tags, in the order found, with what it is proposed to be."""
    groups: dict[tuple[str, ...], Machine] = {}
    for path, tag in flat_homes(_homes(list(tags)), classes):
        groups.setdefault(path, Machine(path)).tags.append(tag)
    for machine in groups.values():
        _judge(machine, classes)
    for path in sorted(groups, key=len, reverse=True):
        above = groups.get(path[:-1])
        if above is not None and _is_part(groups[path], above):
            above.tags += groups.pop(path).tags
            _judge(above, classes)
    return list(groups.values())


def _is_part(group: Machine, above: Machine) -> bool:
    """Whether a group is a part of the machine above it: like nothing, or not by its own name."""
    if above.kind is None or group.kind is None:
        return above.kind is not None
    return _named(above) and not _named(group)


def _named(machine: Machine) -> bool:
    """Whether it is called what it is proposed to be."""
    if machine.kind is None or not machine.path:
        return False
    return likeness_of_class(words(machine.path[-1]), machine.kind) >= _NAMED


def _homes(tags: Sequence[Tag]) -> Iterator[tuple[tuple[str, ...], Tag]]:
    """Each tag with the names down to its machine.

    Where all names in a folder begin alike, that is the folder's machine said again; where they
    begin differently (`Conveyor1.Level`, `Conveyor2.Level`), there are several machines in it.
    """
    inside: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    placed = []
    for tag in tags:
        above, own = _split(tag)
        inside.setdefault(above, set()).update({own[:1]} - {()})
        placed.append((above, own, tag))
    for above, own, tag in placed:
        said = {word for step in own[:1] for word in words(step) if not word.isdigit()}
        again = bool(above) and len(inside[above]) == 1 and said <= set(words(above[-1]))
        yield (*above, *own[int(again) :]), tag


def _split(tag: Tag) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names above a tag, and those inside its own name; folders that only sort left out."""
    above: list[str] = []
    for step in (part for whole in tag.path[:-1] for part in _steps(whole)):
        if _sorts(step) or (above and set(words(step)) <= set(words(above[-1]))):
            continue
        above.append(step)
    return tuple(above), tuple(step for step in _steps(tag.path[-1])[:-1] if not _sorts(step))


def _steps(name: str) -> list[str]:
    return [part.strip() for part in _STEP.split(name) if part.strip()]


def _sorts(step: str) -> bool:
    return step.lower() in _FOLDERS or "".join(words(step)) in _FOLDERS


def _judge(machine: Machine, classes: Sequence[EquipmentClass]) -> None:
    """Give a group the class that it is most like."""
    own = _own_words(machine)
    compared = machine.tags[:_MOST]
    scored = []
    name = words(machine.path[-1]) if machine.path else ()
    for order, kind in enumerate(classes):
        fits = _assigned(compared, own, kind)
        total = sum(fit.score for fit in fits)
        points = 2 * total / (len(machine.tags) + len(kind.points)) if fits else 0.0
        score = _BY_NAME * likeness_of_class(name, kind) + (1 - _BY_NAME) * points
        scored.append((score if fits else 0.0, -order, kind, fits))
    scored.sort(key=lambda row: row[:2], reverse=True)
    if not scored or scored[0][0] < _CLASS:
        machine.kind, machine.fits = None, []
        machine.score = scored[0][0] if scored else 0.0
        machine.rest = [(tag, "no equipment class is like its machine") for tag in machine.tags]
        return
    machine.score, _, machine.kind, machine.fits = scored[0]
    machine.rival = None
    if len(scored) > 1 and scored[1][0] > machine.score - 0.1:
        machine.rival = (scored[1][2].id, scored[1][0])
    machine.rest = _rest(machine, own)


def _own_words(machine: Machine) -> dict[str, tuple[str, ...]]:
    """Key → the words of a tag's own name, without those that all of its group begin with."""
    full = {
        tag.key: tuple(
            word
            for step in _STEP.split("/".join(tag.path[-2:]))[-2:]
            if step.lower() not in _FOLDERS
            for word in words(step)
        )
        for tag in machine.tags
    }
    begin = _alike_from_the_start(list(full.values())) if len(full) > 1 else 0
    said = set(words(machine.path[-1])) if machine.path else set()
    found = {}
    for key, name in full.items():
        rest = list(name[min(begin, len(name) - 1) :]) if name else []
        while len(rest) > 1 and (rest[0] in said or rest[0].isdigit()):
            rest.pop(0)
        found[key] = tuple(rest)
    return found


def _alike_from_the_start(names: Sequence[tuple[str, ...]]) -> int:
    """How many words all the names begin with."""
    count = 0
    for column in zip(*names, strict=False):
        if len(set(column)) > 1:
            break
        count += 1
    return count


def _assigned(
    tags: Sequence[Tag], own: dict[str, tuple[str, ...]], kind: EquipmentClass
) -> list[Fit]:
    """The best pairs of tag and point, each used once."""
    pairs = [
        (score, -at, -order, tag, spec)
        for at, tag in enumerate(tags)
        for order, spec in enumerate(kind.points)
        if (score := likeness(tag, own[tag.key], spec)) >= _POINT
    ]
    pairs.sort(key=lambda row: row[:3], reverse=True)
    taken: dict[str, Fit] = {}
    used: set[str] = set()
    for score, _, _, tag, spec in pairs:
        if spec.id not in taken and tag.key not in used:
            taken[spec.id] = Fit(tag, spec, score)
            used.add(tag.key)
    return [taken[spec.id] for spec in kind.points if spec.id in taken]


def _rest(machine: Machine, own: dict[str, tuple[str, ...]]) -> list[tuple[Tag, str]]:
    """The tags that are no points, and why."""
    used = {fit.tag.key for fit in machine.fits}
    rest = []
    for tag in machine.tags:
        if tag.key in used:
            continue
        like = max(
            machine.kind.points if machine.kind is not None else (),
            key=lambda spec: likeness_of_name(tag, own[tag.key], spec),
            default=None,
        )
        if like is None or likeness_of_name(tag, own[tag.key], like) < _POINT:
            rest.append((tag, "no point of the class is like it"))
        elif likeness(tag, own[tag.key], like) < _POINT:
            given = tag.unit or tag.unit_said or "no unit"
            rest.append((tag, f"like {like.id}, which is in {like.unit}; it is in {given}"))
        else:
            rest.append((tag, f"like {like.id}, for which another tag is proposed"))
    return rest
