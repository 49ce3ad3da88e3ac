"""`opstwin propose`, `job`, `lock`, `unlock`, `locks`: what is sent, and what people read."""

import json

import pytest
from typer.testing import CliRunner

from api import cli, cli_locks, cli_propose
from api.cli import app
from twin_core.errors import BadInput

LOCK = {"asset": "s/a/l/filler", "user": "olga", "text": "by Olga since 10:00:00 UTC: belt off"}


class Server:
    """What was asked of it; it answers what it is told to."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    def post(self, path, body):
        self.asked.append((path, body))
        return self.answer

    def get(self, path):
        self.asked.append((path, None))
        return self.answer


def run(*arguments):
    """The command as a person gives it."""
    done = CliRunner().invoke(app, [*arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_locks_are_hung_taken_off_and_listed(monkeypatch):
    """Whose, on what, since when and why; and what nothing hangs on is said too."""
    server = Server([LOCK])
    monkeypatch.setattr(cli_locks, "connected", lambda _url: server)
    told = run("lock", "filler", "--reason", "belt off")
    assert told == "s/a/l/filler is locked by Olga since 10:00:00 UTC: belt off (user olga)\n"
    assert run("locks") == told
    server.answer = []
    told = run("unlock", "filler", "--reason", "she went home", "--of", "olga")
    assert told == "Nothing is locked.\n"
    assert server.asked == [
        ("/locks", {"asset": "filler", "reason": "belt off"}),
        ("/locks", None),
        ("/unlocks", {"asset": "filler", "reason": "she went home", "of": "olga"}),
    ]


def test_the_help_of_lock_says_what_it_is_not():
    """Nobody takes it for the padlock on the machine."""
    told = " ".join(run("lock", "--help").split())
    assert "It does not replace the lock on the machine" in told


def test_an_action_is_handed_in_from_a_file(monkeypatch, tmp_path):
    """Title and reason beside it; a file that is no JSON is said to be none."""
    needs = "1 supervisor, not the requester"
    server = Server({"proposal": "p-1", "state": "pending", "needs": needs})
    monkeypatch.setattr(cli_propose, "connected", lambda _url: server)
    file, action = tmp_path / "stop.json", {"kind": "schedule_change", "line": "s/a/l"}
    file.write_text(json.dumps(action))
    told = run("propose", str(file), "--title", "Stop", "--reason", "cleaning")
    assert told == "p-1 waits for 1 supervisor, not the requester.\n"
    assert server.asked == [
        ("/proposals", {"action": action, "title": "Stop", "reason": "cleaning"})
    ]
    server.answer = {"proposal": "p-2", "state": "approved", "needs": "standing rule refill"}
    told = run("propose", str(file), "--title", "Stop", "--reason", "cleaning")
    assert told == "p-2 is carried out by standing rule refill.\n"
    file.write_text("{")
    with pytest.raises(BadInput, match="cannot be read as JSON"):
        run("propose", str(file), "--title", "Stop", "--reason", "cleaning")


def test_a_job_is_done_or_failed_and_nothing_else(monkeypatch):
    """The report goes to its proposal."""
    sent = []
    monkeypatch.setattr(cli, "_act", lambda *given: sent.append(given))
    run("job", "p-1", "failed", "--reason", "no crane")
    assert sent == [("p-1", "reports", {"became": "failed", "reason": "no crane"}, None)]
    with pytest.raises(BadInput, match="allowed: done, failed"):
        run("job", "p-1", "perhaps", "--reason", "no crane")
