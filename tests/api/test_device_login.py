"""Signing in from a terminal at a real provider over HTTP: RFC 8628."""

from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from api import cli, client, directory
from api.device_login import signed_in
from tests.issuer import CLIENT, issuing
from twin_core.errors import BadInput, NotSignedIn, SourceDown


@pytest.fixture
def issuer():
    with issuing() as found:
        yield found


class Terminal:
    """Signs in; remembers what was shown and how long it waited."""

    def __init__(self, issuer, **way):
        self.way = {"issuer": issuer.url, "client_id": CLIENT, "scope": "openid profile",
                    "token": "id_token", **way}  # fmt: skip
        self.shown: list[str] = []
        self.waited: list[float] = []

    def sign_in(self):
        with httpx.Client(trust_env=False) as http:
            return signed_in(self.way, http, self.shown.append, self.waited.append)


def test_the_person_agrees_on_another_screen(issuer):
    """Page and code are shown; it is asked at the pace the provider wants, slower when told to."""
    issuer.answers = [
        {"error": "authorization_pending"},
        {"error": "slow_down"},
        {"id_token": "a.b.c", "access_token": "opaque"},
    ]
    terminal = Terminal(issuer)
    assert terminal.sign_in() == "a.b.c"
    assert terminal.shown == [f"Open {issuer.url}/page and enter the code WDJB-MJHT"]
    assert terminal.waited == [5.0, 5.0, 10.0]
    assert issuer.forms[0] == {"client_id": CLIENT, "scope": "openid profile"}
    assert issuer.forms[1] == {
        "client_id": CLIENT,
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": "dev-1",
    }


def test_an_access_token_is_taken_where_the_audience_is_not_the_client(issuer):
    issuer.answers = [{"id_token": "a.b.c", "access_token": "d.e.f"}]
    assert Terminal(issuer, token="access_token").sign_in() == "d.e.f"


@pytest.mark.parametrize("error", ["access_denied", "expired_token", "invalid_grant"])
def test_whoever_does_not_agree_is_not_signed_in(issuer, error):
    """The provider's word is told."""
    issuer.answers = [{"error": error}]
    with pytest.raises(NotSignedIn, match=error):
        Terminal(issuer).sign_in()


def test_nobody_is_asked_for_ever(issuer):
    """When the code's time is over, it ends."""
    terminal = Terminal(issuer)
    with pytest.raises(NotSignedIn, match="expired"):
        terminal.sign_in()
    assert sum(terminal.waited) == 60


@pytest.mark.parametrize(
    ("where", "key", "told", "problem"),
    [
        ("said", "issuer", "https://another.example", "another issuer"),
        ("said", "device_authorization_endpoint", None, "no device authorization grant"),
        ("said", "device_authorization_endpoint", "http://evil.example/d", "no safe address"),
        ("said", "token_endpoint", "http://evil.example/t", "no safe address"),
        ("said", "token_endpoint", None, "no safe address"),
        ("device", "user_code", 7, "gave no code"),
        ("device", "device_code", None, "gave no code"),
    ],
)
def test_a_provider_that_answers_otherwise_is_told(issuer, where, key, told, problem):
    """No address that anybody could answer for is asked; nothing is guessed."""
    table = getattr(issuer, where)
    if told is None:
        del table[key]
    else:
        table[key] = told
    with pytest.raises((SourceDown, BadInput), match=problem):
        Terminal(issuer).sign_in()


def test_a_provider_that_is_away_is_told(issuer):
    issuer.down = True
    with pytest.raises(SourceDown, match="another issuer"):
        Terminal(issuer).sign_in()


@pytest.mark.catches("characters of a provider that move the cursor")
def test_what_the_provider_shows_cannot_draw_on_the_terminal(issuer):
    issuer.device["user_code"] = "\x1b[2JAB"
    issuer.answers = [{"id_token": "a.b.c"}]
    terminal = Terminal(issuer)
    terminal.sign_in()
    assert "\x1b" not in terminal.shown[0]


def test_login_without_a_user_goes_to_the_provider_of_the_server(issuer, monkeypatch, tmp_path):
    """The token is kept, and who it is comes from the server."""
    issuer.device["interval"] = 0.01
    issuer.answers = [{"id_token": "a.b.c"}]
    monkeypatch.setattr(directory, "token_file", lambda: tmp_path / "tokens.json")
    way = Terminal(issuer).way

    class Server:
        url = "http://server"
        way_in: Any = way

        def __init__(self, _url):
            pass

        def get(self, path):
            return {"/login": {"provider": self.way_in}, "/me": {"user": "oidc:ada"}}[path]

    monkeypatch.setattr(client, "Client", Server)
    done = CliRunner().invoke(cli.app, ["login"])
    assert "Signed in to http://server as oidc:ada." in done.output
    assert directory.stored_token("http://server") == "a.b.c"
    Server.way_in = None
    done = CliRunner().invoke(cli.app, ["login"])
    assert "give your user id" in str(done.exception)
