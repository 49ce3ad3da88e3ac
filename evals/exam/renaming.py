"""The same plant with every asset and every point under a name that says nothing.

Order, links, numbers, classes and failure modes stay. It must never leave a word from which an
asset or a quantity could be guessed.
"""

from collections.abc import Mapping
from typing import Any

from evals.exam.telling import Telling
from twin_core.plant.assets import Plant

_LEVELS = ("s", "a", "l", "u")
_WORDS = {"by", "point", "instrument", "measures", "redundant_with"}
"""Keys under which a class or a point names another point."""


def renamed(plant: Plant) -> Telling:
    """A telling in which assets are `s0/a1/l2/u3` and points `q4`, in the order of the file."""
    names = _Names(plant)
    tree = names.tree(plant.model_dump())
    told = {path: names.path(path) for path in (*plant.units, *(x.id for x in plant.lines))}
    return Telling("renamed", Plant.model_validate(tree), told)


class _Names:
    """New names for old, made once, in the order of the plant file."""

    def __init__(self, plant: Plant) -> None:
        self._site = plant.site
        self._steps: dict[str, str] = {}
        ids = [s.id for kind in plant.classes.values() for s in kind.points]
        ids += [p.spec.id for p in plant.points]
        self._points = {old: f"q{n}" for n, old in enumerate(dict.fromkeys(ids))}

    def path(self, old: str) -> str:
        """The path with every step renamed; as it is if it is none of this site."""
        if old != self._site and not old.startswith(f"{self._site}/"):
            return old
        steps = old.split("/")
        found = []
        for depth, step in enumerate(steps[:4]):
            here = "/".join(steps[: depth + 1])
            found.append(self._steps.setdefault(here, f"{_LEVELS[depth]}{len(self._steps)}"))
            if depth == 0 and step != self._site:
                return old
        return "/".join([*found, *(self.word(step) for step in steps[4:])])

    def word(self, old: str) -> str:
        """What names a point in a class: an id, `supplier:id`, `neighbour:id`, or no point."""
        if "/" in old:
            whole = self.path(f"{self._site}/{old}")
            return whole.removeprefix(f"{self.path(self._site)}/")
        role, colon, point = old.rpartition(":")
        if colon and role == "supply":
            return old
        return f"{role}{colon}{self._points.get(point, point)}"

    def tree(self, part: Any) -> Any:
        """A part of the plant's tree with the new names."""
        if isinstance(part, Mapping):
            return self._mapping(part)
        if isinstance(part, list | tuple):
            return [self.tree(item) for item in part]
        return self.path(part) if isinstance(part, str) else part

    def _mapping(self, part: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in part.items():
            if key in _WORDS and isinstance(value, str):
                found[key] = self.word(value)
            elif key in {"recipe", "tolerances"}:
                found[key] = {
                    kind: {self.word(point): v for point, v in values.items()}
                    for kind, values in value.items()
                }
            else:
                found[self.path(key)] = self.tree(value)
        if "limits" in found and "role" in found:
            found["id"] = found["name"] = self.word(part["id"])
        elif "id" in found and found["id"] != part["id"]:  # an asset, a point, a line
            found |= {k: () for k in ("names", "aliases") if k in found}
            if "name" in found:
                found["name"] = found["id"].rsplit("/", 1)[-1]
        return found
