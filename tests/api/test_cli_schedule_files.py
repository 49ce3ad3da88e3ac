"""Files that people give to the planner's commands."""

import itertools

import pytest
from typer.testing import CliRunner

from api import cli
from api.cli_schedule import read_yaml
from twin_core.errors import BadInput


def test_a_file_that_stands_for_more_than_it_is_is_refused(tmp_path):
    """Eight lines of aliases would be a hundred million things."""
    bomb = tmp_path / "bomb.yaml"
    names = "abcdefgh"
    lines = [f"{names[0]}: &{names[0]} [x]"]
    lines += [f"{b}: &{b} [{', '.join(['*' + a] * 10)}]" for a, b in itertools.pairwise(names)]
    bomb.write_text("\n".join(lines))
    with pytest.raises(BadInput, match="more than 1,000,000 things"):
        read_yaml("FILE", bomb)


def test_a_folder_is_no_file(tmp_path):
    """It is said so."""
    with pytest.raises(BadInput, match="it is no file"):
        read_yaml("FILE", tmp_path)


def test_plain_yaml_is_read(tmp_path):
    """As it was written."""
    file = tmp_path / "shop.yaml"
    file.write_text("jobs: [{id: a}]\n")
    assert read_yaml("FILE", file) == {"jobs": [{"id": "a"}]}


@pytest.mark.parametrize(
    "given", [("--line", "line 4"), ("--horizon", "12 h"), ("--any-line",), ("--pace", "90")]
)
def test_a_shop_of_its_own_takes_nothing_of_the_plants(given, tmp_path):
    """What would be ignored is refused, by name, before anything is read or asked."""
    done = CliRunner().invoke(cli.app, ["schedule", "--shop", str(tmp_path / "none"), *given])
    assert isinstance(done.exception, BadInput)
    assert f"{given[0]}: a shop of --shop" in str(done.exception)
