"""`opstwin users`, `delegate`, `delegations`, `undelegate`: what is said, and what is done."""

from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from api import cli
from api.clock import SystemClock
from api.directory import DataDirectory
from api.identity import Identity
from twin_core.errors import OpsTwinError


@pytest.fixture
def users(tmp_path):
    """What runs `opstwin users …` on a directory and returns what it printed, or the error."""
    data = tmp_path / "data"

    def run(*words, **how):
        done = CliRunner().invoke(cli.app, ["users", *words, "--data", str(data)], **how)
        return done.output if done.exception is None else str(done.exception)

    run("add", "ada", "--role", "supervisor", "--site", "mill", "--password", "correct horse")
    return SimpleNamespace(run=run, data=data)


def identity(users):
    return Identity(DataDirectory(users.data).identity, SystemClock().ledger)


def test_a_user_of_one_line_is_added_and_listed(users):
    """A grant takes no site beside it, and may end."""
    said = users.run("add", "lee", "--grant", "operator@mill/pack/line4", "--until", "2100-01-02",
                     "--password", "battery staple")  # fmt: skip
    assert "Added lee: operator@mill/pack/line4 until 2100-01-02T00:00:00Z." in said
    assert "opstwin login lee" in said
    listed = users.run("list")
    assert "lee\tlee\t\tmill\toperator@mill/pack/line4 until 2100-01-02T00:00:00Z" in listed
    assert "ada\tada\tsupervisor\tmill\n" in listed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "x", "--password", "p"), "Role none is not known"),
        (("add", "x", "--role", "viewer", "--password", "p"), "at least one site"),
        (("add", "x", "--grant", "king@mill", "--password", "p"), "allowed: ROLE@PATH"),
        (("add", "x", "--grant", "viewer@mill", "--until", "soon", "--password", "p"), "--until"),
        (("role", "nobody", "--role", "viewer", "--site", "mill"), "There is no user"),
        (("role", "ada"), "Role none is not known"),
        (("token", "ada", "--scope", "everything"), "allowed: read, propose, decide"),
        (("revoke", "t-0000000000"), "There is no token"),
        (("tokens", "nobody"), "There is no user"),
    ],
)
def test_what_cannot_be_is_told(users, words, said):
    assert said in users.run(*words)


def test_rights_password_and_standing_are_changed(users):
    """Each by its own verb; it holds at once."""
    assert "viewer on mill; engineer@mill/pack" in users.run(
        "role", "ada", "--role", "viewer", "--site", "mill", "--grant", "engineer@mill/pack"
    )
    users.run("password", "ada", "--password", "battery staple")
    assert identity(users).log_in("ada", "battery staple")
    assert "opstwin users enable ada" in users.run("disable", "ada")
    assert identity(users).person("ada").held == ()
    users.run("enable", "ada")
    assert identity(users).person("ada").may("engineer", "mill/pack/line1")


def test_tokens_are_made_listed_and_revoked(users):
    """The list tells all but the token; one is revoked by its id."""
    token = users.run("token", "ada", "--name", "report", "--scope", "read", "--days", "3").strip()
    held = identity(users)
    assert held.bearer(token).scopes == ("read",)
    (line,) = users.run("tokens", "ada").splitlines()
    name, *told = line.split("\t")
    assert told[:2] == ["report", "read"]
    assert told[3].startswith("last used 20")
    assert token not in line
    assert f"Revoked {name} of ada." in users.run("revoke", name)
    assert users.run("tokens", "ada") == ""
    with pytest.raises(OpsTwinError):
        held.bearer(token)


def test_the_log_says_whose_account_it_was(users):
    """Whoever may write to the directory is named by the machine's own name of him."""
    (added,) = identity(users).store.changes(0)
    assert added.actor.startswith("command line (")
    assert added.kind == "user_added"


def test_a_right_is_lent_listed_and_ended_from_the_terminal(monkeypatch):
    """The commands send what was asked, in the site's time zone, and print what came back."""
    lent = {"id": "d-1", "of": "sam", "to": "olga", "role": "supervisor", "at": "mill",
            "until": 1_798_066_800_000_000}  # fmt: skip
    asked = []

    class Server:
        def __init__(self, _url):
            pass

        def zone(self):
            return "Europe/Berlin"

        def get(self, path):
            return {"timezone": self.zone(), "delegations": [lent]}

        def post(self, path, body):
            asked.append((path, body))
            return lent

    monkeypatch.setattr("api.client.Client", Server)

    def run(*words):
        return CliRunner().invoke(cli.app, words).output

    told = "d-1\tolga for sam: supervisor at mill, until 12-24 00:00:00 CET\n"
    assert run("delegate", "olga", "--role", "supervisor", "--until", "2026-12-24") == told
    assert run("delegations") == told
    assert "olga acts for sam no more" in run("undelegate", "d-1")
    body = {"user": "olga", "role": "supervisor", "until": lent["until"], "at": None}
    assert asked == [("/delegations", body), ("/delegations/d-1/endings", {})]
