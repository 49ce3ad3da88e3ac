"""The derived points of a plant file: what they are made of, in which unit, in which order.

A derived point is a Point that no controller has: no source reads it, nobody can write it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from twin_core.errors import ExpressionError
from twin_core.expression import Term, parse
from twin_core.plant.assets import DERIVED, Point
from twin_core.plant.classes import PointSpec
from twin_core.plant.formula import Formula
from twin_core.plant.marked import Document, Loc
from twin_core.plant.measured import folded

_ROW_S = 10.0
"""A row of the twin's grid, on which derived points are settled."""
_DEEPEST = 50
"""Derived points that may rest on one another in a row."""
KEYS = frozenset(
    {"expr", "name", "names", "aliases", "unit", "limits", "normal", "alarm_low", "alarm_high",
     "band"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Declared:
    """A derived point as the file has it, at its place, in a unit."""

    at: Loc
    unit: str
    name: str

    @property
    def path(self) -> str:
        """The id it will have."""
        return f"{self.unit}/{self.name}"


def derive(doc: Document, declared: Sequence[Declared], read: Mapping[str, Point]) -> list[Point]:
    """Every derived point, each after those that it is made of.

    Args:
        doc: the plant file.
        declared: in file order; ids are known to be new.
        read: every point that a source reads, by path and alias.

    Raises:
        PlantFileError: at the key that is wrong, with the column inside the expression.
    """
    return _Deriving(doc, declared, read).all()


class _Deriving:
    def __init__(
        self, doc: Document, declared: Sequence[Declared], read: Mapping[str, Point]
    ) -> None:
        self._doc = doc
        self._declared = {each.path: each for each in declared}
        self._read = read
        self._done: dict[str, Point] = {}
        self._under: list[str] = []

    def all(self) -> list[Point]:
        for path in self._declared:
            self._point(path)
        return list(self._done.values())

    def _point(self, path: str) -> Point:
        """The point of that path, made if it was not yet; calls itself for what it rests on."""
        if path in self._read:
            return self._read[path]
        if path in self._done:
            return self._done[path]
        declared, doc = self._declared[path], self._doc
        if path in self._under:
            circle = " → ".join([*self._under[self._under.index(path) :], path])
            raise doc.error((*declared.at, "expr"), f"derived from itself: {circle}")
        if len(self._under) == _DEEPEST:
            allowed = f"{_DEEPEST} that rest on one another"
            raise doc.error((*declared.at, "expr"), "too many derived points in a row", allowed)
        self._under.append(path)
        at = declared.at
        doc.only(at, set(KEYS))
        text, given = doc.text((*at, "expr")), dict(doc.mapping(at))
        own = {k: given.pop(k) for k in ("names", "aliases") if k in given}
        given.pop("expr")
        given.setdefault("name", declared.name.replace("_", " "))
        # Checked before the expression: its unit is what the result must be in.
        spec = doc.model(PointSpec, at, {**given, "id": declared.name})
        try:
            formula, period_s = self._formula(declared, text, spec.unit)
        except ExpressionError as problem:
            raise doc.error((*at, "expr"), _said(problem), problem.allowed) from problem
        spec = spec.model_copy(update={"period_s": period_s})
        self._under.pop()
        self._done[path] = doc.model(
            Point,
            at,
            {"id": path, "unit_id": declared.unit, "spec": spec, "source": DERIVED,
             "address": None, "formula": formula, **own},
        )  # fmt: skip
        return self._done[path]

    def _formula(self, declared: Declared, text: str, unit: str) -> tuple[Formula, float]:
        """The formula, and the longest period of what it rests on."""
        term = parse(text)
        meant: dict[str, Point] = {}

        def unit_of(ref: Term) -> str:
            if ref.ref not in meant:
                meant[ref.ref] = self._point(self._path(declared, ref))
            return meant[ref.ref].spec.unit

        checked = folded(term, unit_of, unit)
        if not meant:
            raise ExpressionError(term.column, "it refers to no point", "at least one")
        formula = Formula.of(text, checked, {ref: point.id for ref, point in meant.items()})
        return formula, max(_ROW_S, *(point.spec.period_s for point in meant.values()))

    def _path(self, declared: Declared, ref: Term) -> str:
        """Which point a reference means: of this unit, from here by `..`, or from the site."""
        given = ref.ref
        if "/" not in given:
            path = f"{declared.unit}/{given}"
        elif given.startswith("."):
            steps = declared.unit.split("/")
            for step in given.split("/"):
                if step == "..":
                    steps = steps[:-1]
                elif step != ".":
                    steps.append(step)
            path = "/".join(steps)
        else:
            site = declared.unit.split("/")[0]
            path = given if given.startswith(f"{site}/") else f"{site}/{given}"
        if path not in self._read and path not in self._declared:
            here = [p for p in (*self._read, *self._declared) if p.startswith(f"{declared.unit}/")]
            near = ", ".join(p.rsplit("/", 1)[1] for p in here) or "none"
            raise ExpressionError(ref.column, f"no point “{given}”", f"of this unit: {near}")
        return path


def _said(problem: ExpressionError) -> str:
    return f"column {problem.column} of the expression: {problem.problem}"
