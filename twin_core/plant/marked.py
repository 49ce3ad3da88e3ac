"""YAML as plain data that remembers where every node stands in its file.

It must never know what a plant is: it finds, checks shapes, and says where something is wrong.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from twin_core.errors import PlantFileError

SCHEMA = 1

_BOOL = "tag:yaml.org,2002:bool"

_DEEPEST = 100  # levels; the parser below calls itself once a level
_REPEATED = 500_000  # nodes that aliases may add to what is written out
_LONGEST_NAME = 200


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML with the booleans of 1.2 alone: the key `on` is a word, not true."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (PyYAML's own shape)
        first: [(tag, form) for tag, form in forms if tag != _BOOL]
        for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        """The value of a node; one that has none is told with its mark."""
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, LookupError, ArithmeticError, AttributeError, TypeError) as problem:
            raise yaml.constructor.ConstructorError(
                None, None, f"“{str(node.value)[:40]}” is not a value", node.start_mark
            ) from problem


_Loader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|True|false|False)$"), list("tTfF"))

_M = TypeVar("_M", bound=BaseModel)
Loc = tuple[str | int, ...]
"""A place in a document: keys and positions from the top."""


@dataclass
class _Open:
    """A node whose end has not come yet: how much it holds, how deep it goes."""

    anchor: str | None
    keyed: bool
    inside: int = 0
    nodes: int = 1
    height: int = 1


def _survey(text: str, file: str) -> None:
    """Refuse what would exhaust stack or memory if it were built, before it is.

    Raises:
        PlantFileError: nested too deeply, anchors that multiply, or a key that is not a word.
    """
    loader = _Loader(text)
    sizes: dict[str, tuple[int, int]] = {}  # anchor → nodes, height (0 for a scalar)
    above = [_Open(None, keyed=False)]
    repeated = 0

    def refused(event: Any, problem: str, allowed: str) -> PlantFileError:
        mark = event.start_mark
        return PlantFileError(file, mark.line + 1, mark.column + 1, problem, allowed)

    try:
        while loader.check_event():
            event = loader.get_event()
            if isinstance(event, yaml.CollectionEndEvent):
                done = above.pop()
                nodes, height = done.nodes, done.height
                if done.anchor is not None:
                    sizes[done.anchor] = (nodes, height)
            elif isinstance(event, yaml.NodeEvent):
                keyed = above[-1].keyed and above[-1].inside % 2 == 0
                above[-1].inside += 1
                nodes, height = 1, 0
                if isinstance(event, yaml.AliasEvent):
                    nodes, height = sizes.get(event.anchor or "", (1, 0))
                    repeated += nodes
                    if repeated > _REPEATED:
                        raise refused(event, "aliases repeat too much", f"{_REPEATED} nodes")
                elif event.anchor is not None:
                    sizes[event.anchor] = (1, 0)
                opens = isinstance(event, yaml.CollectionStartEvent)
                if keyed and (opens or height):
                    raise refused(event, "a key must be a word", "text, not a list or mapping")
                if len(above) + height + opens > _DEEPEST:
                    raise refused(event, "nested too deeply", f"{_DEEPEST} levels")
                if opens:
                    above.append(_Open(event.anchor, isinstance(event, yaml.MappingStartEvent)))
                    continue
            else:
                continue
            above[-1].nodes += nodes
            above[-1].height = max(above[-1].height, height + 1)
    finally:
        loader.dispose()


@dataclass
class Document:
    """Plain data with the place of every node."""

    file: str
    data: Any
    marks: dict[Loc, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str, file: str) -> "Document":
        """Parse YAML, keeping marks.

        Raises:
            PlantFileError: not YAML, a key given twice, or too much to be a plant.
        """
        try:
            _survey(text, file)
            return cls._built(text, file)
        except yaml.MarkedYAMLError as problem:
            mark = problem.problem_mark or problem.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            what = (problem.problem or "not YAML").strip()
            raise PlantFileError(file, line, column, what) from problem
        except (yaml.YAMLError, ValueError) as problem:
            what = " ".join(str(problem).split())
            raise PlantFileError(file, 1, 1, f"not YAML: {what}") from problem

    @classmethod
    def _built(cls, text: str, file: str) -> "Document":
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            doc = cls(file, None)
            if node is not None:
                doc._mark(loader, node, (), set())
                doc.data = loader.construct_document(node)
        finally:
            loader.dispose()
        if not isinstance(doc.data, Mapping):
            raise PlantFileError(file, 1, 1, "the file is not a mapping", "schema: 1, site: …")
        return doc

    def _mark(self, loader: Any, node: Any, at: Loc, above: set[int]) -> None:
        self.marks[at] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if id(node) in above:
            raise self.error(at, "an anchor contains itself")
        above = above | {id(node)}
        if isinstance(node, yaml.MappingNode):
            given: set[str] = set()
            for key, _ in node.value:
                if key.value in given and key.tag != "tag:yaml.org,2002:merge":
                    self.marks[at] = (key.start_mark.line + 1, key.start_mark.column + 1)
                    raise self.error(at, f"key “{key.value}” is given twice")
                given.add(str(key.value))
            loader.flatten_mapping(node)
            # An aliased node comes by again: what it overrides must not look given twice.
            node.value = list({str(key.value): (key, value) for key, value in node.value}.values())
            for key, value in node.value:
                self._mark(loader, value, (*at, str(key.value)), above)
                self.marks[*at, str(key.value)] = (
                    key.start_mark.line + 1,
                    key.start_mark.column + 1,
                )
        elif isinstance(node, yaml.SequenceNode):
            for i, value in enumerate(node.value):
                self._mark(loader, value, (*at, i), above)

    def at(self, loc: Loc) -> Any:
        """The data at a place, None if there is nothing."""
        here = self.data
        for step in loc:
            try:
                here = here[step]
            except (KeyError, IndexError, TypeError):
                return None
        return here

    def items(self, loc: Loc) -> list[Any]:
        """The list at a place; absent is empty.

        Raises:
            PlantFileError: something else stands there.
        """
        found = self.at(loc)
        if found is None:
            return []
        if not isinstance(found, list):
            raise self.error(loc, f"{_called(loc)} must be a list")
        return found

    def mapping(self, loc: Loc) -> Mapping[str, Any]:
        """The mapping at a place; absent is empty.

        Raises:
            PlantFileError: something else stands there.
        """
        found = self.at(loc)
        if found is None:
            return {}
        if not isinstance(found, Mapping):
            raise self.error(loc, f"{_called(loc)} must be a mapping")
        return found

    def only(self, loc: Loc, allowed: set[str]) -> None:
        """Refuse keys that are not `allowed`.

        Raises:
            PlantFileError: at the first unknown key.
        """
        for key in self.mapping(loc):
            if key not in allowed:
                raise self.error(
                    (*loc, str(key)), f"unknown key “{key}”", ", ".join(sorted(allowed))
                )

    def schema(self) -> None:
        """Refuse a file of another schema than ours."""
        if self.data.get("schema") != SCHEMA:
            given = self.data.get("schema", "none")
            raise self.error(("schema",), f"schema {given} is not known", f"schema: {SCHEMA}")

    def text(self, loc: Loc) -> str:
        """The non-empty text at a place; a name is one line, for it stands in answers.

        Raises:
            PlantFileError: nothing or something else stands there.
        """
        found = self.at(loc)
        if not isinstance(found, str) or not found:
            raise self.error(loc, f"“{loc[-1]}” must be given, as text")
        if loc[-1] == "name" and not (found.isprintable() and len(found) <= _LONGEST_NAME):
            told = f"one line of printable characters, up to {_LONGEST_NAME}"
            raise self.error(loc, f"{found[:40]!r} is no name", told)
        return found

    def model(self, kind: type[_M], loc: Loc, data: Any = None) -> _M:
        """The model at a place (or made of `data`, with errors marked at that place)."""
        try:
            return kind.model_validate(self.mapping(loc) if data is None else data)
        except ValidationError as problem:
            raise self.invalid(loc, problem) from problem

    def invalid(self, loc: Loc, problem: ValidationError) -> PlantFileError:
        """The first complaint of pydantic at its own place in the file."""
        first = problem.errors()[0]
        inner = tuple(first["loc"])
        name = ".".join(str(step) for step in inner)
        if first["type"] == "extra_forbidden":
            return self.error((*loc, *inner), f"unknown key “{inner[-1]}”")
        if first["type"] == "missing":
            return self.error((*loc, *inner), f"“{name}” is missing")
        if first["type"] == "model_type":
            return self.error((*loc, *inner), f"“{name}” must be a mapping")
        allowed = str(first.get("ctx", {}).get("allowed", ""))
        said = first["msg"][:1].lower() + first["msg"][1:]
        return self.error((*loc, *inner), f"“{name}”: {said}", allowed)

    def error(self, loc: Loc, problem: str, allowed: str = "") -> PlantFileError:
        """An error at a place, or at the nearest enclosing place that has a mark."""
        while loc and loc not in self.marks:
            loc = loc[:-1]
        line, column = self.marks.get(loc, (1, 1))
        # A name of the file may hold line ends and signs that turn text round.
        said = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in problem)
        return PlantFileError(self.file, line, column, said, allowed)


def _called(loc: Loc) -> str:
    """How a place is spoken of: by its key, or as an entry of its list."""
    if isinstance(loc[-1], int) and len(loc) > 1:
        return f"entry {loc[-1] + 1} of “{loc[-2]}”"
    return f"“{loc[-1]}”"
