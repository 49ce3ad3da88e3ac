"""Cases and histories from their files, or one sentence that says what is wrong, where.

It must never play anything, and never let a name pass that the plant does not have.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from api.plant_file import read_plant, text_of
from evals.emulator.nameplate import catalogue_of, read_faults
from evals.harness.case import (
    Case,
    CaseFile,
    Culprit,
    Expected,
    History,
    HistoryFile,
    Onset,
    Wanted,
)
from twin_core.errors import BadInput
from twin_core.plant.assets import Plant
from twin_core.plant.marked import Document, Loc

CASES = Path(__file__).resolve().parent.parent / "cases"
"""The cases that come with us."""
PLANTS = Path(__file__).resolve().parents[2] / "plants"
HISTORIES = "histories.yaml"
_OTHERS = {HISTORIES, "paraphrases.yaml"}
_SEVERAL = 8
_M = TypeVar("_M", bound=BaseModel)


@dataclass(frozen=True)
class Exam:
    """Every case that is to be played, and the histories they are asked about, by id."""

    histories: dict[str, History]
    cases: tuple[Case, ...]


def load(path: Path = CASES) -> Exam:
    """The exam of a folder, or of one file of it.

    Raises:
        BadInput: a file that cannot be read or used, with line, what, and what was allowed.
    """
    folder = path if path.is_dir() else path.parent
    histories = {h.id: h for h in _histories(folder / HISTORIES)}
    files = sorted(folder.glob("*.yaml")) if path.is_dir() else [path]
    cases: dict[str, Case] = {}
    for file in files:
        if file.name in _OTHERS:
            continue
        for case in _cases(file, histories, cases):
            cases[case.id] = case
    if not cases:
        raise BadInput(f"{path} holds no cases; allowed: a folder of case files, or one of them.")
    return Exam(histories, tuple(cases.values()))


@cache
def plant_of(name: str) -> Plant:
    """The plant of that name, of those that come with us; read once."""
    return read_plant(PLANTS / f"{name}.yaml")


def _histories(file: Path) -> Iterator[History]:
    doc = Document.parse(text_of(file), str(file))
    found = _model(doc, HistoryFile, (), dict(doc.data))
    for i, history in enumerate(found.histories):
        at: Loc = ("histories", i)
        if history.id in {h.id for h in found.histories[:i]}:
            raise doc.error((*at, "id"), f"history “{history.id}” is given twice")
        for j, event in enumerate(history.events):
            _onset(doc, (*at, "events", j), event, history)
        yield history


def _onset(doc: Document, at: Loc, event: Onset, history: History) -> None:
    plant = plant_of(history.plant)
    if event.case is not None:
        known = [case.id for case in read_faults(catalogue_of(plant.site)).cases]
        _known(doc, (*at, "case"), "fault", event.case, known)
    if event.silence is not None:
        known = [source.id for source in plant.sources if source.kind != "cmms"]
        _known(doc, (*at, "silence"), "source", event.silence, known)
    for asset in event.order:
        _known(doc, (*at, "order", asset), "asset", asset, _assets(history.plant))
    if event.at_min > history.minutes:
        told = f"at_min {event.at_min:g} is after its end"
        raise doc.error((*at, "at_min"), told, f"0 to {history.minutes:g}")


def _cases(file: Path, histories: dict[str, History], before: dict[str, Case]) -> Iterator[Case]:
    doc = Document.parse(text_of(file), str(file))
    head = _model(doc, CaseFile, (), dict(doc.data))
    given = set(before)
    for i, tree in enumerate(head.cases):
        at: Loc = ("cases", i)
        case = _model(doc, Case, at, {"family": head.family, **tree})
        if case.id in given:
            raise doc.error((*at, "id"), f"case “{case.id}” is given twice")
        given.add(case.id)
        _known(doc, (*at, "history"), "history", case.history, histories)
        plant = histories[case.history].plant
        for j, turn in enumerate(case.turns):
            _expected(doc, (*at, "turns", j, "expect"), turn.expect, plant)
        for point in case.ends.points:
            _known(doc, (*at, "ends", "points", point), "point", point, _points(plant))
        for k, point in enumerate(case.ends.unchanged):
            _known(doc, (*at, "ends", "unchanged", k), "point", point, _points(plant))
        for k, wanted in enumerate(case.ends.pending):
            _wanted(doc, (*at, "ends", "pending", k), wanted, plant)
        if case.ends.writes != 0 and not case.live:
            told = "a case that writes lives on: live must be true"
            raise doc.error((*at, "ends"), told, "live: true, or writes: 0")
        yield case


def _expected(doc: Document, at: Loc, expected: Expected, plant: str) -> None:
    """Every name in it is one of the plant's."""
    assets, points = _assets(plant), _points(plant)
    for group in ("names", "names_any", "avoids", "path"):
        for k, asset in enumerate(getattr(expected, group)):
            _known(doc, (*at, group, k), "asset", asset, assets)
    for k, fact in enumerate(expected.facts):
        if fact.of == "number":
            if fact.number is None:
                raise doc.error((*at, "facts", k), "a fact of `number` gives the number")
            continue
        known = assets if fact.of in {"made", "rate"} else points
        _known(doc, (*at, "facts", k, "at"), "place", fact.at, known)
        for point in fact.when:
            _known(doc, (*at, "facts", k, "when", point), "point", point, points)
    culprits: list[tuple[Loc, Culprit]] = [
        ((*at, "causes", k), culprit) for k, culprit in enumerate(expected.causes)
    ]
    if expected.cause is not None:
        culprits.append(((*at, "cause"), expected.cause))
    for place, culprit in culprits:
        _known(doc, (*place, "at"), "asset", culprit.at, assets)
        of = plant_of(plant)
        unit = f"{of.site}/{culprit.at}"
        modes = [m.id for m in of.class_of(unit).failure_modes] if unit in of.units else []
        for mode in culprit.modes:
            _known(doc, (*place, "modes"), "failure mode", mode, modes)
    if expected.proposes is not None:
        _wanted(doc, (*at, "proposes"), expected.proposes, plant)


def _wanted(doc: Document, at: Loc, wanted: Wanted, plant: str) -> None:
    _known(doc, (*at, "at"), "asset", wanted.at, _assets(plant))
    if wanted.point:
        whole = wanted.point if "/" in wanted.point else f"{wanted.at}/{wanted.point}"
        _known(doc, (*at, "point"), "point", whole, _points(plant))


@cache
def _assets(plant: str) -> frozenset[str]:
    """Everything that has a path, without its site."""
    of = plant_of(plant)
    paths = {area.id for area in of.areas} | {line.id for line in of.lines} | set(of.units)
    return frozenset(path.removeprefix(f"{of.site}/") for path in paths) | {of.site}


@cache
def _points(plant: str) -> frozenset[str]:
    of = plant_of(plant)
    return frozenset(point.id.removeprefix(f"{of.site}/") for point in of.points)


def _known(doc: Document, at: Loc, kind: str, name: str, known: Iterable[str]) -> None:
    """Refuse a name that is not known; the nearest are named, or all where they are few."""
    every = sorted(known)
    if name in every:
        return
    near = every if len(every) <= _SEVERAL else get_close_matches(name, every, 4, 0.5)
    raise doc.error(at, f"there is no {kind} “{name}”", ", ".join(near) or f"{len(every)} others")


def _model(doc: Document, kind: type[_M], at: Loc, tree: Any) -> _M:
    try:
        return kind.model_validate(tree)
    except ValidationError as problem:
        # A key that is misspelt is also one that is missing: the misspelling helps more.
        unknown = (e["loc"] for e in problem.errors() if e["type"] == "extra_forbidden")
        for loc in unknown:
            allowed = ", ".join(_fields(kind, loc[:-1]))
            raise doc.error((*at, *loc), f"unknown key “{loc[-1]}”", allowed) from problem
        raise doc.invalid(at, problem) from problem


def _fields(kind: type[BaseModel], loc: Loc) -> list[str]:
    """The keys that may stand at a place of a model."""
    here: Any = kind
    for step in loc:
        if isinstance(step, int):
            continue
        fields = {field.alias or name: field for name, field in here.model_fields.items()}
        here = _inner(fields[step].annotation) if step in fields else None
        if here is None:
            return []
    return sorted(field.alias or name for name, field in here.model_fields.items())


def _inner(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation is made of; None if it is of none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := _inner(one))), None)
