"""Tokens of a provider, against a real one over HTTP: what is taken, and everything that is not."""

import asyncio
import base64
import hashlib
import hmac
import json

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from connectors.oidc import OidcProvider, Registration
from tests.issuer import CLIENT, issuing
from twin_core.errors import BadInput, NotSignedIn, SourceDown
from twin_core.value import SECOND

NOW = 1_795_340_000 * SECOND


class Clock:
    def __init__(self):
        self.s = 0.0

    def ledger(self):
        return NOW + round(self.s * SECOND)

    def monotonic(self):
        return self.s


@pytest.fixture
def issuer():
    with issuing() as found:
        yield found


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def provider(issuer, clock):
    found = OidcProvider(Registration(issuer.url, CLIENT, CLIENT), clock.ledger, clock.monotonic)
    yield found
    await found.close()


def part(tree):
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(tree).encode()).rstrip(b"=").decode()


def public_pem(issuer):
    (key,) = issuer.keys.values()
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def signed_with_the_public_key(issuer):
    """HS256 with the RSA public key as its secret, which is known to everybody."""
    said = jwt.decode(issuer.token(NOW), options={"verify_signature": False})
    body = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': 'k1'})}.{part(said)}"
    mac = hmac.new(public_pem(issuer), body.encode(), hashlib.sha256).digest()
    return f"{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def unsigned(issuer, alg="none"):
    said = jwt.decode(issuer.token(NOW), options={"verify_signature": False})
    return f"{part({'alg': alg, 'kid': 'k1'})}.{part(said)}."


def cut(issuer):
    return issuer.token(NOW)[:-4]


def moved(issuer):
    """The signature of one token under the claims of another."""
    head, _, sign = issuer.token(NOW).split(".")
    return f"{head}.{issuer.token(NOW, sub='root').split('.')[1]}.{sign}"


def other_key(**how):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return lambda issuer: issuer.token(NOW, key=key, **how)


def with_its_own_key(issuer):
    """A token that brings the key to check it with."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    own = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return issuer.token(NOW, key=key, headers={"jwk": own, "jku": "http://127.0.0.1:9/keys"})


def said(**claims):
    return lambda issuer: issuer.token(NOW, **claims)


NOW_S = NOW // SECOND
HOSTILE = {
    "alg none": unsigned,
    "alg None": lambda issuer: unsigned(issuer, "None"),
    "alg empty": lambda issuer: unsigned(issuer, ""),
    "HS256 with the public key": signed_with_the_public_key,
    "RS512": said(alg="RS512"),
    "PS256": said(alg="PS256"),
    "another's key under our kid": other_key(),
    "its own key in the header": with_its_own_key,
    "kid not known": other_key(kid="k9"),
    "kid is a path": said(headers={"kid": "../../../../etc/passwd"}),
    "kid is a URL": said(headers={"kid": "http://127.0.0.1:9/keys"}),
    "no kid": said(headers={"kid": None}),
    "crit": said(headers={"crit": ["exp"]}),
    "signature cut": cut,
    "signature of another": moved,
    "another audience": said(aud="payroll"),
    "no audience": said(aud=None),
    "two audiences, not given to us": said(aud=[CLIENT, "payroll"]),
    "given to another program": said(azp="payroll"),
    "another issuer": said(iss="https://login.example"),
    "issuer with a slash": lambda issuer: issuer.token(NOW, iss=f"{issuer.url}/"),
    "no issuer": said(iss=None),
    "no subject": said(sub=None),
    "expired": said(exp=NOW_S - 31),
    "no end": said(exp=None),
    "end is no number": said(exp="never"),
    "end is infinite": said(exp=1e308),
    "not good yet": said(nbf=NOW_S + 31),
    "given tomorrow": said(iat=NOW_S + 86_400),
    "no JWT": lambda _issuer: "a.b.c",
    "empty": lambda _issuer: "..",
    "endless": lambda issuer: issuer.token(NOW, more="x" * 20_000),
}


async def test_a_token_of_the_provider_that_is_meant_for_us_is_taken(issuer, provider):
    """Its claims come back; the keys were asked for once."""
    for token in (issuer.token(NOW), issuer.token(NOW, aud=[CLIENT]), issuer.token(NOW, azp=CLIENT),
                  issuer.token(NOW, aud=[CLIENT, "payroll"], azp=CLIENT)):  # fmt: skip
        assert (await provider.verified(token))["sub"] == "ada"
    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]


@pytest.mark.catches("a forged token, or one that is another's, is taken")
@pytest.mark.parametrize("how", HOSTILE)
async def test_a_token_that_is_not_good_is_refused_in_a_sentence(issuer, provider, how):
    """Whatever is wrong with it; the sentence quotes nothing of it."""
    token = HOSTILE[how](issuer)
    with pytest.raises(NotSignedIn) as refusal:
        await provider.verified(token)
    assert len(str(refusal.value)) < 300
    assert set(issuer.asked) <= {"/.well-known/openid-configuration", "/keys"}


async def test_clocks_may_be_half_a_minute_apart(issuer, provider):
    """The provider's clock is not ours."""
    for claims in ({"exp": NOW_S - 29}, {"nbf": NOW_S + 29, "iat": NOW_S + 29}):
        await provider.verified(issuer.token(NOW, **claims))


async def test_keys_are_rotated(issuer, provider, clock):
    """A new key is found when it is first used; the old one is good no longer."""
    old = issuer.token(NOW)
    await provider.verified(old)
    issuer.rotate("k2")
    with pytest.raises(NotSignedIn, match="none of the provider's keys"):
        await provider.verified(issuer.token(NOW))  # asked a moment ago
    clock.s = 11.0
    assert (await provider.verified(issuer.token(NOW)))["sub"] == "ada"
    with pytest.raises(NotSignedIn, match="none of the provider's keys"):
        await provider.verified(old)


@pytest.mark.catches("a key that the provider dropped is good as long as we run")
async def test_a_key_that_was_dropped_is_good_no_longer_after_ten_minutes(issuer, provider, clock):
    """Also where nobody comes with a new one."""
    old = issuer.token(NOW, exp=NOW_S + 3600)
    await provider.verified(old)
    issuer.rotate("k2")
    clock.s = 601.0
    with pytest.raises(NotSignedIn):
        await provider.verified(old)


@pytest.mark.catches("each token with a kid of its own makes the provider be asked")
async def test_tokens_with_strange_keys_do_not_flood_the_provider(issuer, provider, clock):
    """However many come, it is asked at most once in ten seconds."""
    for n in range(50):
        with pytest.raises(NotSignedIn):
            await provider.verified(issuer.token(NOW, headers={"kid": f"x{n}"}))
    assert issuer.asked.count("/keys") == 1


async def test_the_provider_is_away(issuer, provider, clock):
    """Keys that were had are used for an hour; then nobody signs in, and it is said why."""
    token = issuer.token(NOW, exp=NOW_S + 86_400)
    await provider.verified(token)
    issuer.down = True
    for clock.s in (700.0, 3500.0):
        await provider.verified(token)
    clock.s = 3601.0
    with pytest.raises(SourceDown, match=r"nobody can sign in there: .* answered with 503"):
        await provider.verified(token)
    issuer.down = False
    clock.s += 11.0
    await provider.verified(token)


async def test_many_who_come_at_once_wait_for_one_answer(issuer, provider):
    """The first token of each after a start is not refused because another's is being checked."""
    token = issuer.token(NOW)
    await asyncio.gather(*(provider.verified(token) for _ in range(20)))
    assert issuer.asked.count("/keys") == 1


async def test_who_goes_away_does_not_keep_the_keys_from_others(issuer, provider):
    """A request that is cancelled while the keys are fetched does not stop that."""
    token = issuer.token(NOW)
    first = asyncio.create_task(provider.verified(token))
    await asyncio.sleep(0)
    first.cancel()
    await provider.verified(token)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("issuer", "https://another.example"),
        ("jwks_uri", "http://keys.example/keys"),
        ("jwks_uri", "https://user:word@keys.example/keys"),
        ("jwks_uri", "file:///etc/passwd"),
        ("jwks_uri", None),
    ],
)
async def test_a_provider_that_points_elsewhere_is_not_followed(issuer, provider, key, told):
    """Another issuer, or keys at an address that anybody could answer for."""
    issuer.said[key] = told
    with pytest.raises(SourceDown, match=r"another issuer|no address of a provider"):
        await provider.verified(issuer.token(NOW))


@pytest.mark.parametrize("body", [b"[1]", b"nonsense", b"[" * 100_000, b" " * (2 << 20), b"\xff"])
async def test_a_provider_that_answers_nonsense_is_down(issuer, provider, body, monkeypatch):
    """Whatever comes in the place of its keys."""
    token = issuer.token(NOW)
    monkeypatch.setattr(issuer, "published", lambda: body)
    with pytest.raises(SourceDown):
        await provider.verified(token)


async def test_keys_of_other_kinds_are_left(issuer, provider):
    """Too short, for encrypting, of another curve or without a name: as if they were not there."""
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 it is refused
    wide = ec.generate_private_key(ec.SECP384R1())
    told = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(short.public_key()))
    curve = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(wide.public_key()))
    secret = {"kty": "oct", "k": "c2VjcmV0", "kid": "sym", "alg": "HS256"}
    usual = issuer.published()["keys"][0]
    issuer.more_keys = [
        {**told, "kid": "short"},
        {**curve, "kid": "wide"},
        {**usual, "kid": "enc", "use": "enc"},
        {name: usual[name] for name in ("kty", "n", "e")},
        secret,
        "no key",
        {"kty": "RSA", "kid": "half"},
    ]
    await provider.verified(issuer.token(NOW))
    for kid in ("short", "wide", "enc", "half"):
        with pytest.raises(NotSignedIn, match="none of the provider's keys"):
            await provider.verified(issuer.token(NOW, headers={"kid": kid}))


@pytest.mark.parametrize(
    "url",
    ["http://login.example", "https://ada:word@login.example", "login.example", "", "https://",
     "file:///x", "https://login.example\n"],
)  # fmt: skip
def test_an_issuer_that_could_be_anybody_is_refused(url, clock):
    """HTTPS, or this machine; and no password in an address."""
    with pytest.raises(BadInput, match="oidc_issuer") as refusal:
        OidcProvider(Registration(url, CLIENT, CLIENT), clock.ledger, clock.monotonic)
    assert "word" not in str(refusal.value).replace("password", "")


async def test_a_provider_whose_authorities_cannot_be_read_is_down(issuer, clock, tmp_path):
    """A `ca_file` that is not there is told, not passed over."""
    who = Registration(issuer.url, CLIENT, CLIENT, str(tmp_path / "none.pem"))
    provider = OidcProvider(who, clock.ledger, clock.monotonic)
    with pytest.raises(SourceDown, match="No such file"):
        await provider.verified(issuer.token(NOW))
