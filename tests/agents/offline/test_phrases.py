"""The offline operator's own words: no number, no asset, no point, no fault."""

import ast
import re
from pathlib import Path

import pytest

from agents import phrases
from agents.offline import grammar
from agents.offline import phrases as offline_phrases
from tests.tools.scenery import riverside
from tests.twin_core.plant_fixture import bakery
from twin_core.plant.mentions import tokens

AGENTS = Path(phrases.__file__).parent
OFFLINE = AGENTS / "offline"
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
def test_no_string_of_the_operator_could_word_a_number(file):
    """Neither a number formatted into a string, nor a digit in a string outside a pattern."""
    tree = ast.parse((AGENTS / file).read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue):
            assert node.format_spec is None, ast.unparse(node)


def test_no_rule_names_an_asset_a_point_or_a_failure_mode():
    """The grammar knows English and the trade, not this plant nor any other."""
    english = {word for cues in grammar.CUES.values() for cue in cues for word in cue.split()}
    source = {
        word
        for file in AGENTS.rglob("*.py")
        for text in strings(ast.parse(file.read_text()))
        for word in tokens(text)
    }
    for plant in (riverside(), bakery()):
        owned = {unit.id.rsplit("/", 1)[-1] for unit in plant.units.values()}
        owned |= {p.spec.id for p in plant.points if "_" in p.spec.id}
        modes = {mode.id for kind in plant.classes.values() for mode in kind.failure_modes}
        owned |= {mode for mode in modes if "_" in mode}
        owned |= {n for kind in plant.classes.values() for n in kind.nicknames if " " not in n}
        owned -= {"header", "machine"}  # kinds of balance, in the schema of class files
        assert not owned & english
        assert not owned & source


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
