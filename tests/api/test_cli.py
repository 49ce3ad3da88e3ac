import http.server
import json
import socket
import subprocess
import sys
import threading

import pytest

from api.directory import DataDirectory
from tests.commanding import running

HEAVY = (
    "chromadb", "langchain", "langgraph", "sklearn", "pandas", "pybullet", "duckdb", "asyncua",
    "pymodbus", "sqlalchemy", "fastapi", "simpy", "numpy", "pydantic", "httpx", "yaml",
)  # fmt: skip

SMALL = """\
schema: 1
site: mill
name: Mill
timezone: UTC
classes: [kinds.yaml]
sources: [{id: plc, name: PLC, kind: opcua, url: "opc.tcp://127.0.0.1:1"}]
areas:
  - id: hall
    name: Hall
    lines:
      - id: one
        name: Line one
        unit_of_flow: "{sack}"
        units:
          - id: filler
            name: Filler
            class: sack_filler
            source: plc
            flow: {in: "{sack}", takes: 1, out: "{sack}", gives: 1}
            points: {speed: {address: "s=speed"}}
"""
KINDS = """\
schema: 1
classes:
  - id: sack_filler
    name: Sack filler
    model: machine
    points: [{id: speed, name: Speed, role: speed, unit: "{sack}/min", limits: {low: 0, high: 9}}]
"""


@pytest.fixture(scope="module")
def opstwin():
    """The command as a person would run it."""
    with running() as run:
        yield run


@pytest.fixture
def plant(tmp_path):
    """A small plant file and its class file."""
    (tmp_path / "kinds.yaml").write_text(KINDS)
    file = tmp_path / "mill.yaml"
    file.write_text(SMALL)
    return file


def test_help_loads_nothing_large():
    """`opstwin --help` answers before any large package is imported."""
    code = (
        "import sys; from typer.testing import CliRunner; from api import cli; "
        "cli.add_commands(); r = CliRunner().invoke(cli.app, ['--help']); "
        "assert r.exit_code == 0, r.output; print(' '.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert not loaded.intersection(HEAVY)


def test_help_names_every_verb(opstwin):
    """The first page teaches what can be done."""
    text = opstwin("--help").stdout
    for verb in ("serve", "ask", "proposals", "approve", "reject", "rollback", "resolve", "audit",
                 "plant", "users", "login", "doctor", "emulator", "demo", "bench"):  # fmt: skip
        assert verb in text


def test_plant_check_counts_what_it_found(opstwin, plant):
    """A good file is summed up in one line."""
    done = opstwin("plant", "check", str(plant))
    assert done.returncode == 0, done.stderr
    assert "1 points" in done.stdout
    assert "No errors" in done.stdout


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("class: sack_filler", "class: sak_filler", "mill.yaml:17:13: no equipment class"),
        ("points: {speed:", "points: {sped:", "has no point “sped”; allowed: speed"),
        ("takes: 1", "takes: 0", "greater than 0"),
        ("site: mill", "site: mill\ncolour: red", "unknown key “colour”"),
        ("kinds.yaml", "none.yaml", "mill.yaml:5:11: class file “none.yaml” cannot be read"),
        ("timezone: UTC", "timezone: [", "mill.yaml:"),
    ],
)
def test_plant_check_says_what_where_and_what_was_allowed(opstwin, plant, old, new, says):
    """A bad plant file gets one sentence with file, line and column; never a traceback."""
    plant.write_text(SMALL.replace(old, new))
    done = opstwin("plant", "check", str(plant))
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_server_is_one_sentence(opstwin):
    """Without a server the command says how to start one."""
    done = opstwin("proposals", "--url", "http://127.0.0.1:9")
    assert done.returncode == 1
    assert "opstwin serve" in done.stderr
    assert "Traceback" not in done.stderr


def test_users_are_added_listed_and_removed(opstwin, tmp_path):
    """`users` works on the data directory without a server."""
    data = ("--data", str(tmp_path / "data"))
    added = opstwin("users", "add", "ada", "--role", "operator", "--site", "mill",
                    "--password", "secret one", *data)  # fmt: skip
    assert added.returncode == 0, added.stderr
    assert "ada\tada\toperator\tmill" in opstwin("users", "list", *data).stdout
    assert len(opstwin("users", "token", "ada", *data).stdout.strip()) > 40
    assert opstwin("users", "remove", "ada", *data).returncode == 0
    assert opstwin("users", "list", *data).stdout == ""
    wrong = opstwin("users", "add", "bo", "--role", "king", "--site", "mill",
                    "--password", "x", *data)  # fmt: skip
    assert wrong.returncode == 2
    assert "allowed: viewer, operator" in wrong.stderr


def serve_refused(opstwin, plant, *arguments):
    """What `serve` says where it cannot run: one sentence, nothing started."""
    done = opstwin("serve", "--plant", str(plant), *arguments, cwd=plant.parent)
    assert done.returncode in {1, 2}, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert not list(plant.parent.rglob("history.duckdb"))
    return done.stderr


def test_serve_on_a_taken_port_starts_nothing(opstwin, plant):
    """A port that another program listens on is told before anything is opened."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert f"127.0.0.1 port {port}: another program" in serve_refused(
            opstwin, plant, "--port", str(port)
        )


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1", "", "a" * 70])
def test_serve_on_a_bad_host_starts_nothing(opstwin, plant, host):
    """An address that is not of this machine is told before anything is opened."""
    assert "--host" in serve_refused(opstwin, plant, "--host", host, "--port", "0")


def test_serve_on_a_directory_in_use_says_who_has_it(opstwin, plant, tmp_path):
    """The owner of the data directory is named in our words, before any store is opened."""
    with DataDirectory(tmp_path / "data").locked():
        said = serve_refused(opstwin, plant, "--port", "0", "--data", str(tmp_path / "data"))
    assert "is in use by process" in said


@pytest.mark.parametrize("url", ["modbus//h", "opc.tcp://h:x", "opc.tcp://h:99999", "http://[::1"])
def test_serve_with_a_source_address_that_is_none_starts_nothing(opstwin, plant, url):
    """An address given by --source is checked as one of the plant file is."""
    said = serve_refused(opstwin, plant, "--port", "0", "--source", f"plc={url}")
    assert f"Source plc: “{url}” is no address; allowed: protocol://HOST" in said


def test_serve_with_a_policy_that_is_none_opens_nothing(opstwin, plant, tmp_path):
    """A policy that cannot be read is told before any store is opened."""
    (plant.parent / "opstwin.toml").write_text('policy = "none.yaml"\n')
    assert "none.yaml cannot be read" in serve_refused(opstwin, plant, "--port", "0")


NOWHERE = """\
schema = 2
name = "p"
rules = '''
@id("r") forbid (principal, action, resource in Asset::"mill/hall/one/filer");
'''
"""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'schema = 1\nname = "\xff"', "p.toml: byte 19 is no text; allowed: TOML in UTF-8"),
        (NOWHERE.encode(), "rule r: the plant has no asset “mill/hall/one/filer”; allowed: its"),
    ],
)
def test_serve_with_a_policy_that_cannot_be_opens_nothing(opstwin, plant, content, says):
    """A policy of other bytes, or on what the plant does not have, is told in one sentence."""
    (plant.parent / "p.toml").write_bytes(content)
    (plant.parent / "opstwin.toml").write_text('policy = "p.toml"\n')
    assert says in serve_refused(opstwin, plant, "--port", "0")


def said_of(opstwin, *arguments):
    """What a bad input is answered with: one sentence and exit code 2."""
    done = opstwin(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.mark.parametrize("url", ["http://[::1", "ftp://a", "http://", "http://a:99999", "a b"])
def test_a_url_that_is_none_is_told(opstwin, url):
    """A server's address that cannot be is told with what is allowed."""
    assert "allowed: http://" in said_of(opstwin, "ask", "hi", "--url", url)


def test_a_question_that_is_no_text_is_told(opstwin):
    """Bytes that are not UTF-8 are refused before any request."""
    assert "not text" in said_of(opstwin, "ask", b"\xff", "--url", "http://127.0.0.1:9")


@pytest.mark.parametrize("proposal", ["../audit", "", "a/b", b"\xff", "p-1?x=1", "p-1\n"])
@pytest.mark.parametrize("verb", ["approve", "reject", "rollback", "resolve"])
def test_an_id_that_is_none_is_refused_before_any_request(opstwin, verb, proposal):
    """A proposal's id never becomes another path of the server."""
    assert "is not an id" in said_of(
        opstwin, verb, proposal, "--reason", "x", "--url", "http://127.0.0.1:9"
    )


@pytest.fixture
def server():
    """A server that keeps what it is posted and says that a proposal is unsafe."""
    posted = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.append((self.path, json.loads(body)))
            action = {"kind": "inspection", "asset": "s/line4/filler", "task": "Look"}
            status = {"proposal": "p-1", "title": "Raise", "action": action, "state": "unsafe",
                      "needs": "", "votes": [], "result": "told"}  # fmt: skip
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(status).encode())

        def log_message(self, *_given):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}", posted
        listening.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("verb", "door", "body"),
    [
        ("approve", "decisions", {"meaning": "approved", "reason": "why"}),
        ("reject", "decisions", {"meaning": "rejected", "reason": "why"}),
        ("rollback", "rollbacks", {"reason": "why"}),
        ("resolve", "resolutions", {"reason": "why"}),
    ],
)
def test_a_decision_goes_to_its_door(opstwin, server, verb, door, body):
    """Each verb about a proposal posts to its own door and prints how the proposal stands."""
    url, posted = server
    done = opstwin(verb, "p-1", "--reason", "why", "--url", url)
    assert done.returncode == 0, done.stderr
    assert posted == [(f"/proposals/p-1/{door}", body)]
    assert "unsafe: Raise" in done.stdout


@pytest.mark.parametrize("verb", ["reject", "resolve"])
def test_what_must_have_a_reason_is_not_sent_without(opstwin, verb):
    """To reject or to close something uncertain takes a reason."""
    done = opstwin(verb, "p-1", "--url", "http://127.0.0.1:9")
    assert done.returncode == 2
    assert "--reason" in done.stderr


def test_a_token_lifetime_and_a_damaged_store_are_told(opstwin, tmp_path):
    """Neither a lifetime that cannot be nor a damaged identity file ends in a traceback."""
    data = ("--data", str(tmp_path / "data"))
    opstwin("users", "add", "olga", "--role", "operator", "--site", "mill",
            "--password", "secret one", *data)  # fmt: skip
    assert "at most 3650" in said_of(opstwin, "users", "token", "olga", "--days", "nan", *data)
    assert "a directory is needed" in said_of(opstwin, "users", "list", "--data", "")
    for file in (tmp_path / "data").glob("identity.db*"):
        file.write_bytes(b"garbage " * 1000)
    done = opstwin("users", "list", *data)
    assert done.returncode == 1
    assert str(tmp_path / "data" / "identity.db") in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
def test_a_number_that_is_none_is_one_sentence(opstwin, number):
    """JSON has no NaN: what cannot be sent is told before any request."""
    done = opstwin("alarms", "shelve", "a/b/c/d/e", "--reason", "x", f"--minutes={number}",
                   "--url", "http://127.0.0.1:9")  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == f"opstwin: minutes: {number} is no number that can be used.\n"
