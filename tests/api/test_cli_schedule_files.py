"""Files that people give to the planner's commands."""

import itertools

import pytest

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
