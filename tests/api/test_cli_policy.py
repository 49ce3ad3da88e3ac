"""`opstwin policy`: what holds is printed, a file is checked, a decision is explained."""

import pytest
from typer.testing import CliRunner

from api.cli import app
from twin_core.errors import BadInput, PolicyError, UnknownName
from twin_core.governance.policy import SHIPPED

PLANT = ("--plant", "plants/riverside.yaml")
FILLER = "riverside/packaging/line4/filler"
SPEED = f"{FILLER}/speed_setpoint"


def policy(*arguments):
    """The command as a person gives it."""
    done = CliRunner().invoke(app, ["policy", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_what_is_shown_is_a_file_that_can_be_used(tmp_path):
    """The shipped policy is the pattern for one's own."""
    file = tmp_path / "own.toml"
    file.write_text(policy("show"))
    told = policy("check", str(file), *PLANT)
    assert "can be used" in told
    assert "operators-propose, supervisors-approve" in told
    assert "without --plant" not in told.lower()
    assert "Without --plant" in policy("check", str(file))
    assert 'entity Kind enum ["write_plan"' in policy("show", "--schema")


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (SHIPPED.replace('Kind::"write_plan"', 'Kind::"write"'), "rule operators-propose"),
        (SHIPPED.replace("resource)", f'resource in Asset::"{SPEED}")', 1), "is a point"),
    ],
)
def test_a_file_that_cannot_be_used_says_which_rule(tmp_path, broken, says):
    """A misspelt word, or what is no asset of the plant."""
    file = tmp_path / "own.toml"
    file.write_text(broken)
    with pytest.raises(PolicyError, match=says):
        policy("check", str(file), *PLANT)


def test_a_decision_is_explained_with_its_rule_its_size_and_who_must_agree():
    """A large change takes two."""
    small = policy("explain", "operator", "propose", SPEED, "560", *PLANT)
    assert "Allowed by operators-propose" in small
    assert "22% of the range" in small
    assert "a standard change; who must approve: 1 of supervisor, not the requester" in small
    large = policy("explain", "operator", "propose", SPEED, "660", "--now", "300", *PLANT)
    assert "It is a major change (it moves a point by 100% of its range, more than 95%)" in large
    assert "who must approve: 2 of supervisor" in large
    assert "Refused by no-permission" in policy("explain", "viewer", "propose", FILLER, *PLANT)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("boss", "approve", FILLER), UnknownName),
        (("supervisor", "aprove", FILLER), BadInput),
        (("supervisor", "approve", f"{FILLER}s"), UnknownName),
    ],
)
def test_what_cannot_be_asked_is_told(tmp_path, arguments, error):
    """No such user, action, asset."""
    with pytest.raises(error):
        policy("explain", *arguments, *PLANT, "--data", str(tmp_path))
