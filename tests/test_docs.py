"""The documents tell the truth about the code."""

import re
from itertools import chain
from pathlib import Path

TESTS = Path("tests")
FAULT = re.compile(r"def (test_f\d\d_\w+)")


def test_faults_names_exactly_the_numbered_tests():
    """docs/faults.md lists every numbered test, and no test that is not there."""
    written = {name for file in TESTS.rglob("*.py") for name in FAULT.findall(file.read_text())}
    told = set(re.findall(r"`(test_f\d\d_\w+)`", Path("docs/faults.md").read_text()))
    assert told == written


def test_the_readme_shows_both_commands():
    """A stranger finds the two commands in the README."""
    text = Path("README.md").read_text()
    assert "make demo" in text
    assert "make test" in text


def test_the_readme_names_every_runtime_dependency():
    """Each dependency earns its line in the README's table, those of an extra for users too."""
    import tomllib

    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    text = Path("README.md").read_text()
    extras = {k: v for k, v in project["optional-dependencies"].items() if k != "dev"}
    items = [*project["dependencies"], *chain.from_iterable(extras.values())]
    names = [re.split(r"[;<>=\[ ]", item)[0] for item in items]
    assert [name for name in names if f"| {name} |" not in text] == []
