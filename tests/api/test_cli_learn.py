"""`opstwin learn`: what it asks of the server, and what it refuses before."""

import json

import pytest
from typer.testing import CliRunner

from api import cli, cli_learn

SAW = "holm/mill/boards/saw"
LINE = "holm/mill/boards"


class Server:
    """A client that answers as the routes do, and remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def post(self, path, body, _wait_s=0.0):
        self.asked.append((path, body))
        if path == "/promotions":
            return {"proposal": "p-1", "state": "pending", "needs": "1 supervisor"}
        return {"judged": "it is off by 1 h.", "version": "ab12", "charts": []}

    def get(self, path, **query):
        self.asked.append((path, query))
        told = {"statement": "about 5 h are left\x1b[2J"}
        return {"text": "x", "evidence": [told], "charts": []}


@pytest.fixture
def server(monkeypatch):
    made = Server()
    monkeypatch.setattr(cli_learn, "connected", lambda _url: made)
    return made


def run(*arguments):
    return CliRunner().invoke(cli.app, ["learn", *arguments])


def test_a_model_is_learnt_and_how_to_propose_it_is_said(server):
    """Hours go along only where they were said."""
    done = run(LINE, "--what", "quality", "--days", "10")
    assert server.asked == [("/learnings", {"asset": LINE, "model": "quality", "days": 10.0})]
    assert f"opstwin learn {LINE} --what quality --propose ab12" in done.output
    run(SAW, "--hours", "4")
    assert server.asked[-1][1] == {
        "asset": SAW, "model": "failure-risk", "days": 30.0, "hours": 4.0
    }  # fmt: skip


def test_a_version_is_proposed_as_what_it_is(server):
    done = run(SAW, "--what", "remaining-life", "--propose", "ab12")
    body = {"asset": SAW, "model": "remaining-life", "version": "ab12"}
    assert server.asked == [("/promotions", body)]
    assert "p-1 waits for 1 supervisor." in done.output


def test_what_the_one_in_use_says_is_told_in_plain_text(server):
    """Nothing a plant file names steers the terminal; as JSON it is whole."""
    done = run(LINE, "--what", "quality", "--now", "--limit", "2")
    assert server.asked == [("/learnt", {"asset": LINE, "model": "quality", "limit": 2.0})]
    assert "about 5 h are left" in done.output
    assert "\x1b" not in done.output
    assert json.loads(run(SAW, "--now", "--json").output)["text"] == "x"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--now", "--propose", "ab12"),
        ("--now", "--what", "remaining-life", "--hours", "3"),
        ("--limit", "2"),
        ("--now", "--limit", "2"),
    ],
)
def test_flags_that_go_not_together_are_refused_before_anything_is_asked(server, arguments):
    done = run(SAW, *arguments)
    assert "--now" in str(done.exception)
    assert server.asked == []
