"""A stand-in OpenID provider over HTTP: discovery, keys made on the fly, tokens, device grant."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

CLIENT = "opstwin"


class Issuer:
    """What it says and signs; tests change it as they please.

    Attributes:
        asked: paths that were asked for, in order.
        down: every request is answered with 503.
        answers: what `/token` says next, in order; the last one again and again.
    """

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"
        self.keys: dict[str, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey] = {
            "k1": rsa.generate_private_key(public_exponent=65537, key_size=2048)
        }
        self.asked: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.down = False
        self.said = {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint": f"{self.url}/token",
            "device_authorization_endpoint": f"{self.url}/device",
        }
        self.more_keys: list[object] = []
        self.device = {
            "device_code": "dev-1",
            "user_code": "WDJB-MJHT",
            "verification_uri": f"{self.url}/page",
            "expires_in": 60,
            "interval": 5,
        }
        self.answers: list[dict[str, object]] = [{"error": "authorization_pending"}]

    def rotate(self, kid, key=None):
        """Sign with another key from now on; the old one is no longer published."""
        self.keys = {kid: key or ec.generate_private_key(ec.SECP256R1())}

    def token(self, at, kid=None, key=None, alg=None, headers=None, **claims):
        """A token good for ten minutes from `at` (microseconds), with what a test changes.

        A claim of None is left out.
        """
        kid = kid or next(iter(self.keys))
        key = key or self.keys[kid]
        alg = alg or ("RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256")
        now = at // 1_000_000
        usual = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "ada",
            "name": "Ada Byrne",
            "groups": ["operators"],
            "iat": now,
            "exp": now + 600,
        }
        body = {name: said for name, said in {**usual, **claims}.items() if said is not None}
        head = {"kid": kid, **(headers or {})}
        given = {name: told for name, told in head.items() if told is not None}
        return jwt.encode(body, key, algorithm=alg, headers=given)

    def published(self):
        """The key set."""
        return {"keys": [*(_public(kid, key) for kid, key in self.keys.items()), *self.more_keys]}

    def answer(self, path, form):
        """Status and body of an answer."""
        self.asked.append(path)
        if form:
            self.forms.append(form)
        if self.down:
            return 503, {"error": "down"}
        if path == "/token":
            told = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            return (400 if "error" in told else 200), told
        found = {
            "/.well-known/openid-configuration": self.said,
            "/keys": self.published(),
            "/device": self.device,
        }.get(path)
        return (404, {"error": "not found"}) if found is None else (200, found)


def _public(kid, key):
    if isinstance(key, rsa.RSAPrivateKey):
        told = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
        return {**told, "kid": kid, "use": "sig", "alg": "RS256"}
    told = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
    return {**told, "kid": kid, "use": "sig", "alg": "ES256"}


@contextmanager
def issuing():
    """An issuer that listens on this machine until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self._say({})

        def do_POST(self):
            length = int(self.headers.get("Content-Length", 0))
            form = parse_qs(self.rfile.read(length).decode())
            self._say({name: values[0] for name, values in form.items()})

        def log_message(self, *_said):
            pass

        def _say(self, form):
            status, told = issuer.answer(self.path, form)
            body = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
