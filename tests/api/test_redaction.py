"""No secret leaves by a log, an answer, an error, the audit trail or a file; far sides echo all."""

import io
import json
import logging
import sys
import threading
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import structlog
from pydantic import ValidationError

from api import doctor
from api.logs import log_to_stderr
from api.outside import influxdb_buckets
from api.plant_file import read_plant
from api.provided import Provided
from api.server import application
from api.settings import Settings, load
from api.wiring import Parts, build
from connectors.cmms import Maintenance
from evals.inprocess import World
from tests.api.house import House as Actuating
from tests.fakes import FakeClock, InlineCompute
from tests.issuer import CLIENT, issuing
from tests.twin_core.governance.scene import PLANT
from twin_core.errors import BadInput, OpsTwinError
from twin_core.plant.source import Source

START = 1_795_340_000_000_000
SITE = "riverside"
SECRETS = {
    "openai_api_key": "sk-KEY-of-the-model-4711",
    "embeddings_key": "sk-KEY-of-the-vectors-4712",
    "influxdb_token": "TOKEN-of-influx-4713",
    "uns_password": "PASSWORD-of-the-broker-4714",
}
PASSWORD, WRONG = "correct-HORSE-4715", "wrong-HORSE-4716"
MODEL = {"model": "m-1", "embeddings": "e-1"}


class Echo(BaseHTTPRequestHandler):
    """A far side that refuses, and says again everything it was told."""

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        told = dict(self.headers.items())
        said = f"{told} {self.rfile.read(length)!r}"
        body = json.dumps({"error": {"message": said}, "message": said}).encode()
        self.send_response(401, f"for {self.headers.get('Authorization')}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST  # noqa: N815 as the base class calls it

    def log_message(self, *_said):
        pass


@pytest.fixture
def echo():
    """The address of a server that echoes."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def logged(monkeypatch):
    """What the server logs on standard error: ours from debug on, warnings of libraries."""
    written, configure = io.StringIO(), structlog.configure
    monkeypatch.setattr(sys, "stderr", written)
    # a logger that is kept would write there in the tests that follow
    kept = {"cache_logger_on_first_use": False}
    monkeypatch.setattr(structlog, "configure", lambda **how: configure(**{**how, **kept}))
    log_to_stderr("debug")
    libraries = logging.StreamHandler(written)
    libraries.setLevel(logging.WARNING)
    logging.getLogger().addHandler(libraries)
    yield written.getvalue
    logging.getLogger().removeHandler(libraries)
    structlog.reset_defaults()


class Door:
    """A whole system with its secrets, entered over HTTP; keeps every answer."""

    def __init__(self, system, app):
        self.system, self.app = system, app
        self.answers: list[str] = []
        self.secrets = [*SECRETS.values(), PASSWORD, WRONG]

    async def call(self, method, path, token="", **how):
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            found = await http.request(method, path, headers=headers, **how)
        self.answers.append(f"{found.status_code} {found.headers} {found.text}")
        return found


@asynccontextmanager
async def entered(folder, echo, issuer):
    plant = read_plant(Path("plants/riverside.yaml"))
    world = World(plant, seed=3, start=START)
    known = {name: secret for name, secret in SECRETS.items() if name != "influxdb_token"}
    settings = Settings.model_validate(
        {
            "data": folder, "time_factor": 20, "time_origin": START, **MODEL, **known,
            "openai_base_url": f"{echo}/v1", "embeddings_url": f"{echo}/v1",
            "oidc_issuer": issuer.url, "oidc_client_id": CLIENT,
            "oidc_groups": {"operators": (f"operator@{SITE}",)},
        }
    )  # fmt: skip
    parts = Parts(
        plant=plant,
        clock=world.clock,
        sources=world.sources,
        sinks={source.id: world.sink for source in plant.sources},
        records=world.records,
        compute=InlineCompute(),
    )
    system = build(settings, parts)
    system.identity.add("erik", "Erik", ["engineer", "operator"], [SITE], PASSWORD)
    app = application(system)
    async with app.router.lifespan_context(app):
        yield Door(system, app)


def doors(app):
    """Every route that is read without saying more."""
    for path, methods in app.openapi()["paths"].items():
        asked = methods.get("get", {}).get("parameters", ()) if "get" in methods else None
        if asked is not None and not any(one.get("required") for one in asked):
            yield path


@pytest.mark.catches("a secret in a log line, an answer, an error, the audit trail or a file")
async def test_f74_no_secret_is_in_any_log_answer_record_or_file(
    tmp_path, echo, logged, monkeypatch
):
    """Through logins, questions, refusals and failures of each kind; far sides echo what they get.

    Only the token that a login gives is told, to him alone who signed in.
    """
    with issuing() as issuer:
        async with entered(tmp_path / "data", echo, issuer) as door:
            signed = await door.call("POST", "/login", json={"user": "erik", "password": PASSWORD})
            token = signed.json()["token"]
            door.answers.clear()
            jwt = issuer.token(door.system.clock.ledger())
            bad = issuer.token(door.system.clock.ledger(), aud="payroll")
            door.secrets += [token, jwt, bad]
            await _wrong_logins(door)
            for one in (token, jwt, bad, f"{token}x", f"{jwt}x"):
                await door.call("GET", "/me", one)
                await door.call("GET", f"/me?token={one}")
            await door.call("POST", "/ask", token, json={"text": "What is the rate of line 2?"})
            filed = "/documents?file=a.txt&title=A&equipment=filler"
            await door.call("POST", filed, token, content=b"Check the valve before you start it.")
            await door.call("POST", "/freeze", token, json={"reason": "tests"})
            await door.call("POST", "/trust", token, json={"asset": SITE, "step": "advise"})
            await door.call("POST", "/delegations", token, json={
                "user": "oidc:ada", "role": "engineer", "until": 2**52})  # fmt: skip
            for path in doors(door.app):
                await door.call("GET", path, token)
            await _broken(door, token, monkeypatch)
            records = await door.system.ledger.audit(0, 1000)
            told = logged()
        issuer.down = True
    everything = {
        "log": told,
        "answers": "\n".join(door.answers),
        "audit": "".join(stored.decode() for _, stored in records),
    }
    assert "signing in is held up" in told
    assert len(door.answers) > 50
    for file in (tmp_path / "data").rglob("*"):
        if file.is_file():
            everything[file.name] = file.read_bytes().decode("latin-1")
    assert {"identity.db", "ledger.db"} <= set(everything)
    leaks = {(where, secret) for where, said in everything.items()
             for secret in door.secrets if secret in said}  # fmt: skip
    assert leaks == set()


async def _wrong_logins(door):
    """Passwords that are wrong, in the wrong place, of the wrong kind, and too many."""
    bodies = (
        {"user": "erik", "password": WRONG},
        {"user": "nobody", "password": WRONG},
        {"user": WRONG, "password": WRONG},
        {"user": "erik", "password": [WRONG]},
        {"user": "erik", "password": WRONG * 100},
        {"user": "erik", "passwort": WRONG},
        {"user": {"password": WRONG}},
        *({"user": WRONG, "password": WRONG} for _ in range(6)),
        *({"user": "erik", "password": WRONG} for _ in range(5)),
    )
    for body in bodies:
        await door.call("POST", "/login", json=body)
    await door.call("POST", "/login", content=f'{{"user": "erik", "password": "{WRONG}'.encode())
    await door.call("POST", "/login", content=WRONG.encode())
    assert door.answers[-3].startswith("429")


async def _broken(door, token, monkeypatch):
    """A bug while secrets are held: it is a 500 that tells nothing of it."""

    def broken(given):
        held = (given, PASSWORD, door.system.settings.openai_api_key.get_secret_value())
        raise RuntimeError(f"{len(held)} things were held")

    monkeypatch.setattr(door.system.identity, "bearer", broken)
    found = await door.call("GET", "/me", token)
    assert found.status_code == 500
    monkeypatch.undo()
    monkeypatch.setattr(door.system, "view_for", lambda _asker: broken(token))
    assert (await door.call("GET", "/history?point=x", token)).status_code == 500


@pytest.mark.catches("a password in an address that a message shows")
@pytest.mark.parametrize(
    "key",
    [
        "url",
        "influxdb_url",
        "openai_base_url",
        "embeddings_url",
        "uns",
        "oidc_issuer",
        "witness_url",
    ],
)
def test_f74_no_address_in_the_settings_holds_a_password(key, tmp_path):
    """An address is shown; with a password in it it is refused, and that does not show it."""
    file = tmp_path / "opstwin.toml"
    file.write_text(f'{key} = "https://olga:{PASSWORD}@example.org/v1"')
    with pytest.raises(BadInput, match="without user and password") as refusal:
        load(environment={}, file=file)
    assert PASSWORD not in str(refusal.value)
    assert load({key: "https://example.org/a@b"}, environment={}, file=tmp_path / "none")


def test_f74_settings_show_no_secret_however_they_are_shown():
    """Printed, dumped, or told by an error, and by `opstwin doctor`."""
    settings = Settings.model_validate({**SECRETS, **MODEL, "history": "influxdb"})
    shown = [repr(settings), str(settings), settings.model_dump_json()]
    with pytest.raises(ValidationError) as refusal:
        Settings.model_validate({**SECRETS, "port": "x", "openai_api_key": [SECRETS]})
    shown += [str(one) for one in refusal.value.errors(include_input=False, include_context=False)]
    with pytest.raises(BadInput) as told:
        load({"port": "x", **{name: {"a": secret} for name, secret in SECRETS.items()}})
    shown += [str(told.value), *map(str, doctor._model(settings))]
    assert not [secret for secret in SECRETS.values() if any(secret in one for one in shown)]


def test_f74_the_token_of_the_history_is_not_told(echo):
    """A server, or a proxy before it, that says again what it was told is not quoted with it."""
    given = {"influxdb_url": echo, "influxdb_org": "o", **SECRETS}
    settings = Settings.model_validate({"history": "influxdb", **given})
    with pytest.raises(OpsTwinError, match="answers 401") as refusal:
        influxdb_buckets(settings)
    assert SECRETS["influxdb_token"] not in str(refusal.value)


async def test_f74_the_maintenance_systems_password_is_not_told(echo):
    """It may stand in a plant file's address; no error and no report shows it."""
    url = echo.replace("://", f"://olga:{PASSWORD}@")
    source = Source(id="crew", name="Crew", kind="cmms", url=url)
    maintenance = Maintenance(source)
    told = [(await maintenance.health()).detail, source.public.url]
    for act in (maintenance.records, maintenance.records):
        with pytest.raises(OpsTwinError) as refusal:
            await act()
        told.append(str(refusal.value))
    await maintenance.close()
    assert told[0] == "it answers 401"
    assert told[1] == echo
    assert not [one for one in told if PASSWORD in one]


async def test_f74_the_plant_of_a_rehearsal_has_no_password_in_it(tmp_path):
    """Whoever rehearses a proposal is given the plant, and the addresses in it without secrets."""
    crew = Source(id="c", name="C", kind="cmms", url=f"http://olga:{PASSWORD}@host:80/a?b=c")
    assert crew.public.url == "http://host:80/a?b=c"
    assert PASSWORD not in crew.public.model_dump_json()
    for same in ("opc.tcp://[::1]:4840", "mqtt://broker", "http://host/a@b"):
        source = Source(id="c", name="C", kind="opcua", url=same)
        assert source.public is source


async def test_f74_a_providers_claims_are_not_told(tmp_path):
    """Of a token that is refused the sentence says which claim, never what stood in it."""
    house = Actuating()

    async def verified(_token):
        return {"sub": f"no name {PASSWORD}"}

    assert isinstance(house.clock, FakeClock)
    provided = Provided(Settings(), verified, None)  # type: ignore[arg-type]
    with pytest.raises(OpsTwinError) as refusal:
        await provided.bearer(f"a.b.{PASSWORD}")
    assert PASSWORD not in str(refusal.value)
    assert PLANT.site
