"""Machines in flat names: `LINE1_FILLER_SPEED` stands in LINE1, FILLER as if these were folders.

Only what repeats is taken for a machine, and only in a folder that is none itself. It must never
change a tag: its name stays what the server wrote.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from twin_core.plant.classes import EquipmentClass
from twin_core.plant.likeness import likeness_of_class, words
from twin_core.plant.survey import Tag

Path = tuple[str, ...]

_LIKE = 0.75  # likeness of a name to a class from which it is a machine's
_FEWEST = 2  # tags that begin alike


@dataclass
class _Branch:
    """Names that begin alike, as a tree of their parts.

    Attributes:
        count: names in it.
        parts: by the next part.
    """

    count: int = 0
    parts: "dict[str, _Branch]" = field(default_factory=dict)

    def add(self, parts: Path) -> None:
        """Take in a name's parts from here on."""
        self.count += 1
        if parts:
            self.parts.setdefault(parts[0], _Branch()).add(parts[1:])

    def endings(self) -> frozenset[Path]:
        """The parts of its names from here on."""
        if not self.parts:
            return frozenset({()})
        return frozenset((k, *rest) for k, b in self.parts.items() for rest in b.endings())


def flat_homes(
    homes: Iterable[tuple[Path, Tag]], classes: Sequence[EquipmentClass]
) -> Iterator[tuple[Path, Tag]]:
    """The homes of tags, with machines that stand in flat names set apart.

    Args:
        homes: the names down to each tag's machine, and the tag.
        classes: whose names tell a machine from a part of one.
    """
    placed = [(above, _parts(tag), tag) for above, tag in homes]
    trees: dict[Path, _Branch] = {}
    for above, parts, _ in placed:
        trees.setdefault(above, _Branch()).add(parts)
    found = {
        above: _machines(tree, (), classes)
        for above, tree in trees.items()
        if not above or _like(above[-1], classes) < _LIKE
    }
    for above, parts, tag in placed:
        machines = found.get(above, set())
        mine = next((m for m in machines if m == parts[: len(m)] and len(parts) > len(m)), ())
        yield (*above, *_named(mine, machines)), tag


def _machines(
    branch: _Branch, path: Path, classes: Sequence[EquipmentClass], above: float = 0.0
) -> set[Path]:
    """The beginnings that are machines': like a class, or siblings whose names end alike.

    `above`: how much what they stand in is like a class. In a machine what ends alike is its
    parts, and only what is liker still is a machine.
    """
    deeper = {k: b for k, b in branch.parts.items() if b.count >= _FEWEST and b.parts}
    like = {k: _like("_".join((*path[-1:], k)), classes) for k in deeper}
    named = {k for k, likeness in like.items() if likeness >= _LIKE and likeness > above}
    shared = above < _LIKE and not named and _share_endings(list(deeper.values()))
    found: set[Path] = set()
    for key, below in deeper.items():
        here = (*path, key)
        inside = _machines(below, here, classes, max(above, like[key]))
        found |= inside or ({here} if shared or key in named else set())
    return found


def _share_endings(branches: Sequence[_Branch]) -> bool:
    """Whether two of them have names that end alike, as machines of one line do."""
    seen: set[Path] = set()
    for branch in branches:
        endings = branch.endings()
        if seen & endings:
            return True
        seen |= endings
    return False


def _parts(tag: Tag) -> Path:
    """The parts of a tag's own name; a number or letter belongs to what stands before it."""
    parts: list[str] = []
    for part in tag.path[-1].split("_"):
        if parts and (part.isdigit() or len(part) == 1):
            parts[-1] += f"_{part}"
        elif part:
            parts.append(part)
    return tuple(parts)


def _named(machine: Path, machines: set[Path]) -> Path:
    """What several machines begin with is their line's name, the rest the machine's own."""
    line = 0
    for depth in range(1, len(machine)):
        if sum(other[:depth] == machine[:depth] for other in machines) > 1:
            line = depth
    return tuple("_".join(step) for step in (machine[:line], machine[line:]) if step)


def _like(name: str, classes: Sequence[EquipmentClass]) -> float:
    said = words(name)
    return max((likeness_of_class(said, kind) for kind in classes), default=0.0)
