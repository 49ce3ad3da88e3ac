"""The error tree is the one that is drawn, and every leaf writes a whole sentence."""

import inspect
import pickle
import re

import pytest

from twin_core import errors


def drawn():
    """(depth, name) of every line of the tree in the docstring."""
    found = [(0, "OpsTwinError")]
    for line in errors.__doc__.splitlines():
        match = re.match(r"    ([│ ]*)[├└]── (\w+)", line)
        if match:
            found.append((len(match.group(1)) // 4 + 1, match.group(2)))
    return found


def test_the_drawing_is_the_tree():
    parents, expected = {}, {}
    for depth, name in drawn():
        parents[depth] = name
        expected[name] = parents.get(depth - 1, "Exception")
    real = {
        name: kind.__mro__[1].__name__
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.OpsTwinError)
    }
    assert real == expected


def test_every_leaf_says_what_where_and_what_was_allowed():
    sentence = str(errors.OutOfRange("Speed of the filler", 900, 200, 700, "{bottle}/min"))
    assert sentence == "Speed of the filler: 900 {bottle}/min is outside 200 to 700 {bottle}/min."
    assert str(errors.UnknownName("asset", "fillr", ["Filler 1"])) == (
        "There is no asset “fillr”. Nearest: Filler 1."
    )
    assert str(errors.PlantFileError("p.yaml", 3, 7, "unknown key “x”", "a, b")) == (
        "p.yaml:3:7: unknown key “x”; allowed: a, b"
    )
    assert str(errors.NoData("Line 3", "14:03")) == "No data from Line 3 since 14:03."


@pytest.mark.parametrize(
    ("reason", "ends"),
    [
        ("it hung up without sending a response.", "it hung up without sending a response."),
        ("it said “no.”", "it said “no.”"),
        ("why?", "why?"),
        ("and so on...", "and so on..."),
        ("it is down", "it is down."),
    ],
)
def test_a_sentence_ends_once(reason, ends):
    """Also where it quotes one that ends."""
    assert str(errors.SourceDown("plc", reason)) == f"plc does not answer: {ends}"


@pytest.mark.parametrize(
    "error",
    [
        errors.UnknownName("asset", "fillr", ["Filler 1"]),
        errors.PlantFileError("p.yaml", 3, 7, "unknown key “x”", "a, b"),
        errors.NoData("Line 3", "14:03"),
        errors.ComputeDown("a worker ended"),
    ],
)
def test_an_error_comes_back_whole_from_another_process(error):
    """What a worker raises reaches the caller as it was: kind, sentence and values."""
    back = pickle.loads(pickle.dumps(error))  # noqa: S301 our own bytes
    assert type(back) is type(error)
    assert str(back) == str(error)
    assert vars(back) == vars(error)
