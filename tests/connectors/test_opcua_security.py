"""Who an OPC UA server is, and as whom we come: against real servers with several certificates."""

from datetime import timedelta
from pathlib import Path

import pytest
from asyncua import ua
from cryptography.hazmat.primitives.serialization import Encoding

from api.clock import SystemClock
from connectors.opcua import OpcuaSource
from connectors.opcua_keys import OpcuaKeys
from tests.certificates import pair, revocation
from tests.connectors.test_opcua import command
from tests.contracts.test_reading_source import event, shows, until
from tests.devices import OpcUaTank
from twin_core.errors import WrongKind

CLOCK = SystemClock()
FAR = "opc.tcp://10.1.2.3:4840/"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Key and certificate of everybody, made once."""
    folder = tmp_path_factory.mktemp("certificates")
    uri = OpcUaTank.APPLICATION
    pair(folder / "server", uri)
    pair(folder / "rogue", uri)
    pair(folder / "elsewhere", "urn:test:elsewhere")
    pair(folder / "expired", uri, begin=timedelta(days=-9), end=timedelta(days=-1))
    pair(folder / "early", uri, begin=timedelta(days=1), end=timedelta(days=9))
    pair(folder / "short", uri, bits=1024)
    pair(folder / "user", "urn:test:user")
    return folder


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """Our certificate and key, made once by the product."""
    keys = OpcuaKeys(tmp_path_factory.mktemp("ours"))
    keys.make("urn:test:opstwin", ["localhost"], 2048, 30, CLOCK.ledger())
    return keys


@pytest.fixture
def keys(tmp_path, ours):
    """Our keys, nobody accepted yet."""
    found = OpcuaKeys(tmp_path / "keys")
    found.folder.mkdir()
    found.certificate.write_bytes(ours.certificate.read_bytes())
    found.key.write_bytes(ours.key.read_bytes())
    return found


@pytest.fixture
async def tank(made):
    tank = OpcUaTank()
    tank.identity = made / "server"
    yield tank
    await tank.stop()


def accept(keys, tank, path: Path):
    keys.accept(tank.url, path.with_suffix(".der").read_bytes())


def connector(tank, keys, *, url="", **options):
    given = {**tank.plant.sources[0].options, **options}
    update = {"options": given, **({"url": url} if url else {})}
    source = tank.plant.sources[0].model_copy(update=update)
    return OpcuaSource(tank.plant, source, CLOCK, jitter=lambda: 0.0, keys=keys)


async def refused(tank, keys, **options):
    """That the source is down and that nothing is sent to it; the reason."""
    await tank.start(CLOCK.plant())
    source = connector(tank, keys, encrypt=True, **options)
    try:
        down = (await until(source.readings(), event("down")))[-1]
        outcome = await source.execute(command(deadline_s=2.0))
    finally:
        await source.close()
    assert outcome.sent is False
    assert tank.writes == []
    return down.reason


# ── the server ───────────────────────────────────────────────────────────────────────────────


async def test_an_accepted_server_is_read_and_written_encrypted(tank, keys, made):
    """With its certificate accepted, a server that takes nothing in the clear is used."""
    accept(keys, tank, made / "server")
    await tank.start(CLOCK.plant())
    source = connector(tank, keys, encrypt=True)
    readings = source.readings()
    await until(readings, shows(tank, "temperature", 20.5))
    assert (await source.execute(command())).result == "verified"
    await source.close()


@pytest.mark.catches("a key file left open by a connection that was given up")
async def test_no_file_is_opened_where_giving_up_would_leave_it_open(tank, keys, made, monkeypatch):
    """Certificates and keys, ours and the user's, are handed to the library as bytes."""
    accept(keys, tank, made / "server")
    await tank.start(CLOCK.plant())
    opened = []
    monkeypatch.setattr("anyio.open_file", lambda path, **_: opened.append(path))
    user = {"user_certificate": str(made / "user.der"), "user_key": str(made / "user.pem")}
    source = connector(tank, keys, encrypt=True, **user)
    await until(source.readings(), shows(tank, "temperature", 20.5))
    await source.close()
    assert opened == []


async def test_certificates_may_be_named_as_files(tank, ours, made):
    """Three files in the options stand for the folder of keys."""
    await tank.start(CLOCK.plant())
    source = connector(
        tank,
        None,
        certificate=str(ours.certificate),
        private_key=str(ours.key),
        server_certificate=str(made / "server.der"),
    )
    await until(source.readings(), shows(tank, "temperature", 20.5))
    await source.close()


@pytest.mark.catches("any certificate taken for the accepted one")
async def test_f53_a_rogue_server_is_refused(tank, keys, made):
    """A server with another certificate than the accepted one is down, and gets nothing."""
    accept(keys, tank, made / "server")
    tank.identity = made / "rogue"
    assert await refused(tank, keys)


@pytest.mark.catches("a certificate whose time is over")
@pytest.mark.parametrize(
    ("name", "said"), [("expired", "expired on"), ("early", "not valid before"), ("short", "2048")]
)
async def test_f53_a_certificate_that_is_no_longer_or_not_yet_good_is_refused(
    tank, keys, made, name, said
):
    """Expired, not valid yet, or with too short a key: refused, though it was accepted."""
    accept(keys, tank, made / name)
    tank.identity = made / name
    assert said in await refused(tank, keys)


@pytest.mark.catches("our own expired certificate, sent to be refused without a word")
async def test_f53_our_own_expired_certificate_is_told(tank, keys, made):
    """When our certificate has expired we say so, and do not knock."""
    accept(keys, tank, made / "server")
    keys.certificate.write_bytes((made / "expired.der").read_bytes())
    keys.key.write_bytes((made / "expired.pem").read_bytes())
    assert "this application is expired" in await refused(tank, keys)
    assert tank.asked == []


@pytest.mark.catches("a revoked certificate that is still pinned")
@pytest.mark.parametrize("form", ["certificate", "list", "armoured list"])
async def test_f53_a_revoked_certificate_is_refused(tank, keys, made, form):
    """Named in `revoked`, as itself or in a list of its issuer, it is refused."""
    accept(keys, tank, made / "server")
    folder = keys.folder / "revoked"
    folder.mkdir()
    data = {
        "certificate": (made / "server.der").read_bytes(),
        "list": revocation(made / "server"),
        "armoured list": revocation(made / "server", Encoding.PEM),
    }[form]
    (folder / "other.crl").write_bytes(revocation(made / "rogue"))
    (folder / "this").write_bytes(data)
    assert "revoked by this" in await refused(tank, keys)


@pytest.mark.catches("a revocation list that cannot be read, passed over")
async def test_f53_with_an_unreadable_list_nobody_is_trusted(tank, keys, made):
    """What lies in `revoked` and is no list makes every server down, by its name."""
    accept(keys, tank, made / "server")
    (keys.folder / "revoked").mkdir()
    (keys.folder / "revoked" / "list.crl").write_text("no list")
    assert "list.crl" in await refused(tank, keys)


async def test_a_list_that_names_another_refuses_nobody(tank, keys, made):
    """A revocation list of another issuer leaves a server alone."""
    accept(keys, tank, made / "server")
    (keys.folder / "revoked").mkdir()
    (keys.folder / "revoked" / "list.crl").write_bytes(revocation(made / "rogue"))
    await tank.start(CLOCK.plant())
    source = connector(tank, keys, encrypt=True)
    await until(source.readings(), shows(tank, "temperature", 20.5))
    await source.close()


@pytest.mark.catches("a certificate of one application shown by another")
async def test_f53_a_certificate_of_another_application_is_refused(tank, keys, made):
    """A server that calls itself otherwise than its certificate does is down."""
    accept(keys, tank, made / "elsewhere")
    tank.identity = made / "elsewhere"
    reason = await refused(tank, keys, user="olga", password_file=_secret(keys))
    assert "urn:test:elsewhere" in reason
    assert tank.asked == []


async def test_a_file_that_is_no_certificate_is_told(tank, keys, made):
    """What cannot be read as a certificate makes the source down, with the reason."""
    accept(keys, tank, made / "server")
    keys.certificate.write_text("no certificate")
    assert "cannot be used" in await refused(tank, keys)


@pytest.mark.catches("a key that is none")
async def test_a_file_that_is_no_key_is_told(tank, keys, made):
    """What cannot be read as a key makes the source down, with the reason."""
    accept(keys, tank, made / "server")
    keys.key.write_text("no key")
    assert "cannot be used" in await refused(tank, keys)


# ── the wire and the user ────────────────────────────────────────────────────────────────────


@pytest.mark.catches("a connection to whoever answers")
def test_f54_a_server_that_could_be_anybody_is_refused(tank, keys, ours):
    """Neither loopback, accepted, nor allowed in words: refused, with what would be allowed."""
    with pytest.raises(WrongKind, match="allow_insecure"):
        connector(tank, None, url=FAR)
    with pytest.raises(WrongKind, match="opstwin certs fetch"):
        connector(tank, keys, url=FAR)
    with pytest.raises(WrongKind, match="pinned"):
        connector(tank, keys, encrypt=True)
    with pytest.raises(WrongKind, match="allow_insecure"):
        connector(tank, keys, url=FAR, encrypt=False)
    connector(tank, keys, url=FAR, allow_insecure=True)
    with pytest.raises(WrongKind, match="private_key"):
        connector(tank, keys, url=FAR, server_certificate="server.der")
    with pytest.raises(WrongKind, match="Basic256Sha256"):
        connector(tank, keys, security_policy="None")


@pytest.mark.catches("a wire in the clear where an encrypted one was asked for")
@pytest.mark.parametrize("weaker", ["NoSecurity", "Basic256Sha256_Sign"])
async def test_f54_a_server_that_offers_less_is_refused(tank, keys, made, weaker):
    """A server that would only talk in the clear, or only sign, is down, and gets nothing."""
    accept(keys, tank, made / "server")
    tank.policy = getattr(ua.SecurityPolicyType, weaker)
    assert await refused(tank, keys, user="olga", password_file=_secret(keys))
    assert tank.asked == []


async def test_a_user_comes_with_the_password_of_the_file(tank, keys, made):
    """The password stands in a file of its own; the server is given both."""
    accept(keys, tank, made / "server")
    tank.tokens, tank.password = [ua.UserNameIdentityToken], "s3cret"
    await tank.start(CLOCK.plant())
    source = connector(tank, keys, encrypt=True, user="olga", password_file=_secret(keys))
    await until(source.readings(), shows(tank, "temperature", 20.5))
    await source.close()
    assert tank.asked[0] == ("olga", "s3cret")


@pytest.mark.parametrize(
    ("secret", "said"), [("wrong", "BadUserAccessDenied"), ("", "no password")]
)
async def test_a_user_with_another_password_is_told(tank, keys, made, secret, said):
    """A password that the server does not take, or none, makes the source down."""
    accept(keys, tank, made / "server")
    tank.tokens, tank.password = [ua.UserNameIdentityToken], "s3cret"
    reason = await refused(tank, keys, user="olga", password_file=_secret(keys, secret))
    assert said in reason or "denied" in reason.lower()
    assert "s3cret" not in reason


async def test_a_user_may_be_a_certificate(tank, keys, made):
    """A user certificate and its key are the user."""
    accept(keys, tank, made / "server")
    tank.tokens = [ua.X509IdentityToken]
    await tank.start(CLOCK.plant())
    files = {"user_certificate": str(made / "user.der"), "user_key": str(made / "user.pem")}
    source = connector(tank, keys, encrypt=True, **files)
    await until(source.readings(), shows(tank, "temperature", 20.5))
    await source.close()
    assert tank.asked


@pytest.mark.catches("coming as nobody where the server takes no user")
@pytest.mark.parametrize("user", ["name", "certificate"])
async def test_f54_where_a_user_is_configured_nobody_comes_as_nobody(tank, keys, made, user):
    """A server that takes only anonymous clients is down for a source with a user."""
    accept(keys, tank, made / "server")
    tank.tokens = [ua.AnonymousIdentityToken]
    options = {
        "name": {"user": "olga", "password_file": _secret(keys)},
        "certificate": {
            "user_certificate": str(made / "user.der"),
            "user_key": str(made / "user.pem"),
        },
    }[user]
    assert "takes no user" in await refused(tank, keys, **options)
    assert tank.asked == []


@pytest.mark.catches("half a user that would come as nobody, or a password in the clear")
def test_f54_half_a_user_is_refused_and_so_is_one_in_the_clear(tank, keys):
    """Both halves or neither, only encrypted, and never in the address."""
    for half in ({"user": "olga"}, {"password_file": "f"}, {"user_certificate": "f"}):
        with pytest.raises(WrongKind, match="both or neither"):
            connector(tank, keys, **half)
    with pytest.raises(WrongKind, match="encrypt: true"):
        connector(tank, keys, user="olga", password_file="f")
    with pytest.raises(WrongKind, match="one of them"):
        connector(tank, keys, user="olga", password_file="f", user_certificate="f", user_key="f")
    with pytest.raises(WrongKind) as told:
        connector(tank, keys, url="opc.tcp://olga:s3cret@127.0.0.1:4840/")
    assert "s3cret" not in str(told.value)
    with pytest.raises(WrongKind, match="password"):
        connector(tank, keys, password="s3cret")


def _secret(keys, text="s3cret"):
    file = keys.folder / "password"
    file.write_text(f"{text}\n")
    return str(file)
