"""The offline operator's own words: no number, no asset, no point, no fault."""

import ast
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from agents import phrases
from agents.offline import phrases as offline_phrases
from tests.tools.box import Box
from tests.tools.scenery import riverside
from tests.twin_core.plant_fixture import bakery
from twin_core.plant.words import tokens

AGENTS = Path(phrases.__file__).parent
EVALS = AGENTS.parent / "evals"
ENGLISH = frozenset({"buffer", "header", "machine", "waiting"})
"""Words of the schema of plant and class files and of any shift, whatever a class is nicknamed."""
NUMBER_WORDS = frozenset(
    {"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
     "twelve", "twenty", "thirty", "forty", "fifty", "sixty", "hundred", "thousand", "half",
     "double", "twice"}
)  # fmt: skip


def templates(module):
    return {k: v for k, v in vars(module).items() if k.isupper() and isinstance(v, str)}


@pytest.mark.parametrize("module", [offline_phrases, phrases])
def test_no_template_holds_a_number(module):
    """Digits and number words come from tools alone; the name's version is no template."""
    found = templates(module)
    assert len(found) >= 6
    for name, text in found.items():
        if name == "NAME":
            continue
        assert not re.search(r"\d", text), name
        assert not set(tokens(text)) & NUMBER_WORDS, name


@pytest.mark.parametrize(
    "file",
    [f"offline/{f.name}" for f in AGENTS.glob("offline/*.py")] + ["phrases.py", "assistant.py"],
)
def test_no_string_of_the_operator_formats_a_number(file):
    """What is put into a sentence is put in as it is."""
    tree = ast.parse((AGENTS / file).read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue):
            assert node.format_spec is None, ast.unparse(node)


@pytest.mark.parametrize("file", sorted(AGENTS.rglob("*.py")), ids=lambda file: file.name)
def test_no_rule_names_an_asset_a_point_a_failure_mode_or_a_case(file):
    """The grammar knows English and the trade, not this plant nor any other."""
    for text in strings(ast.parse(file.read_text())):
        assert not named_in(text), text


def test_no_tool_tells_a_model_of_a_plant():
    """What a model is told of the tools is the same in every plant."""
    for tool in Box().tools.values():
        arguments: Any = tool.args_schema
        told = [tool.description, json.dumps(arguments.model_json_schema())]
        assert not any(map(named_in, told)), tool.name


def test_the_check_for_names_finds_them():
    """Of lines, machines, what is measured, what fails, and cases; by name, id and nickname."""
    for text in ("why line 4", "the Filler 2", "depal", "bowl pressure", "slipping chain on four"):
        assert named_in(text), text


@cache
def owned() -> frozenset[tuple[str, ...]]:
    """What two plants, their classes and the catalogue call their own, as words."""
    cases = yaml.safe_load((EVALS / "faults.yaml").read_text())["cases"]
    names = {case["id"].replace("-", " ") for case in cases}
    for plant in (riverside(), bakery()):
        for line in plant.lines:
            names |= {line.name, *line.names}
        for unit in plant.units.values():
            names |= {unit.name, *unit.names, unit.id.rsplit("/", 1)[-1].replace("_", " ")}
        for kind in plant.classes.values():
            names |= {kind.name, *kind.nicknames}
            words = [text for p in kind.points for text in (p.id.replace("_", " "), p.name)]
            words += [text for m in kind.failure_modes for text in (m.id.replace("_", " "), m.name)]
            names |= {text for text in words if " " in text}
    return frozenset(tokens(name) for name in names) - {()} - {(word,) for word in ENGLISH}


def named_in(text: str) -> list[tuple[str, ...]]:
    """What of that a text says."""
    words = tokens(text)
    longest = max(map(len, owned()))
    pieces = [words[i:j] for i in range(len(words)) for j in range(i + 1, i + 1 + longest)]
    return [piece for piece in pieces if piece in owned()]


def strings(tree):
    """The string constants of a module that are not docstrings."""
    docs = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value
