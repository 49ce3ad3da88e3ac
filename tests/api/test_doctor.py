import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from api.doctor import examine
from api.settings import Settings


@contextmanager
def answering(status, body):
    """A server that gives every GET that answer; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "state", "says"),
    [
        (200, {"ok": True, "parts": {"pump": "running"}}, "ok", "running"),
        (503, {"ok": False, "parts": {"pump": "no space"}}, "bad", "no space"),
        (503, {"ok": False, "parts": {"ledger": "broken at record 3"}}, "bad", "at record 3"),
        (200, {"hello": 1}, "note", "not an OpsTwin server"),
        (500, {}, "note", "answered 500"),
    ],
)
@pytest.mark.catches("a server that is not well, only noted")
def test_the_server_is_told_as_it_is(tmp_path, monkeypatch, status, body, state, says):
    """A server that is not well is bad, with its own account; another program is no server."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # nobody listens there
    with answering(status, body) as url:
        checks = {c.what: c for c in examine(Settings(data=tmp_path / "data", url=url))}
    assert checks["server"].state == state
    assert says in checks["server"].found


def test_each_part_of_a_server_has_a_line_of_its_own(tmp_path, monkeypatch):
    """Sources and wires are told one below the other, none of it as JSON."""
    monkeypatch.setenv("HOME", str(tmp_path))
    parts = {"ready": True, "sources": {"plc": "up", "gas": "down"}, "certificates": {}}
    with answering(200, {"ok": True, "parts": parts}) as url:
        checks = {c.what: c for c in examine(Settings(data=tmp_path / "data", url=url))}
    lines = [line.strip() for line in checks["server"].found.splitlines()]
    assert lines == ["", "ready: true", "sources:", "plc: up", "gas: down", "certificates: none"]


@pytest.mark.catches("password hashes that every user of the machine can read")
def test_a_data_directory_that_others_look_into_is_bad(tmp_path, monkeypatch):
    """Made beforehand with wider rights it is told, with what to do; closed, it is well."""
    monkeypatch.setenv("HOME", str(tmp_path))
    data = tmp_path / "data"
    data.mkdir()
    for mode, told in ((0o755, True), (0o700, False)):
        data.chmod(mode)
        found = {c.what: c for c in examine(Settings(data=data, url="http://127.0.0.1:9"))}
        check = found["data directory"]
        assert ("(mode 0755): chmod 700" in check.found) is told
        assert not told or check.state == "bad"
