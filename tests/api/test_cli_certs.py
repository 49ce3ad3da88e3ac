"""`opstwin certs`: made, shown, fetched; accepted by a person and by nobody else."""

import asyncio
import stat
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID
from typer.testing import CliRunner

from api import cli_certs
from api.cli import app
from api.clock import SystemClock
from api.doctor import examine
from api.settings import Settings
from connectors.device_record import DeviceRecord
from connectors.opcua_keys import OpcuaKeys
from tests.certificates import pair
from tests.devices import OpcUaTank
from twin_core.errors import (
    BadInput,
    Conflict,
    Refused,
    SourceDown,
    StoreDown,
    UnknownName,
    WrongKind,
)

CLOCK = SystemClock()


def certs(data, *arguments):
    """The command as a person gives it, without a terminal to ask him on."""
    done = CliRunner().invoke(
        app, ["certs", *arguments, "--data", str(data)], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    pair(folder / "server", OpcUaTank.APPLICATION)
    pair(folder / "other", "urn:test:elsewhere", end=timedelta(days=5))
    return folder


@pytest.fixture
async def server(made):
    tank = OpcUaTank()
    tank.identity = made / "server"
    await tank.start(CLOCK.plant())
    yield tank
    await tank.stop()


def test_a_certificate_is_made_as_the_standard_asks(data):
    """URI and host names, key usages, RSA of the length asked for; the key for its owner alone."""
    said = certs(data, "make", "--bits", "2048", "--host", "line7", "--host", "10.1.2.3")
    keys = data / "keys"
    found = x509.load_der_x509_certificate((keys / "application.der").read_bytes())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["urn:line7:opstwin"]
    assert names.get_values_for_type(x509.DNSName) == ["line7"]
    assert [str(a) for a in names.get_values_for_type(x509.IPAddress)] == ["10.1.2.3"]
    use = found.extensions.get_extension_for_class(x509.KeyUsage).value
    assert use.digital_signature
    assert use.content_commitment
    assert use.key_encipherment
    assert use.data_encipherment
    extended = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert ExtendedKeyUsageOID.CLIENT_AUTH in extended
    assert not found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    key = serialization.load_pem_private_key((keys / "application.pem").read_bytes(), None)
    assert key.key_size == 2048  # type: ignore[union-attr]
    assert stat.S_IMODE((keys / "application.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    assert "line7, 10.1.2.3" in said
    assert certs(data, "show").splitlines()[-1] in said


def test_a_key_of_4096_bits_is_the_usual_one(data):
    """Without a word on it the key has 4096 bits."""
    assert "4096 bits" in certs(data, "make")


@pytest.mark.catches("a key pair replaced by the way, and every server locked out")
def test_one_that_is_there_is_not_replaced_unasked(data):
    """A second `make` refuses; with --replace it makes another."""
    certs(data, "make", "--bits", "2048")
    before = (data / "keys" / "application.der").read_bytes()
    with pytest.raises(Conflict, match="there is one already"):
        certs(data, "make", "--bits", "2048")
    assert (data / "keys" / "application.der").read_bytes() == before
    certs(data, "make", "--bits", "2048", "--replace")
    assert (data / "keys" / "application.der").read_bytes() != before


@pytest.mark.parametrize(
    "wrong", [("--bits", "1024"), ("--uri", "no uri"), ("--host", "fü ller", "--uri", "urn:a:b")]
)
def test_what_cannot_be_in_a_certificate_is_refused(data, wrong):
    """A short key, a URI or a host name that are none: refused, and nothing is kept."""
    with pytest.raises(WrongKind):
        certs(data, "make", *wrong)
    assert not (data / "keys" / "application.pem").exists()


def test_without_a_certificate_show_says_how_to_make_one(data):
    """`show` has a sentence where there is nothing to show."""
    with pytest.raises(BadInput, match="certs make"):
        certs(data, "show")


@pytest.mark.catches("trust on first use without a person")
async def test_fetching_alone_accepts_nothing(server, data):
    """Shown with fingerprint and end; not kept, for nobody said so."""
    with pytest.raises(Refused, match="Nothing was accepted"):
        await asyncio.to_thread(certs, data, "fetch", server.url)
    assert OpcuaKeys(data / "keys").certificates() == ()


@pytest.mark.parametrize("answer", [True, False])
async def test_a_person_at_a_terminal_is_asked(server, data, monkeypatch, answer):
    """What he answers is what is done; he is shown the fingerprint first."""
    asked = []

    def confirm(text, default):
        asked.append(text)
        return answer

    monkeypatch.setattr("typer.confirm", confirm)
    monkeypatch.setattr(cli_certs, "at_a_terminal", lambda: True)
    if answer:
        await asyncio.to_thread(certs, data, "fetch", server.url)
    else:
        with pytest.raises(Refused, match="Nothing was accepted"):
            await asyncio.to_thread(certs, data, "fetch", server.url)
    assert len(asked) == 1
    assert len(OpcuaKeys(data / "keys").certificates()) == int(answer)


@pytest.mark.catches("another fingerprint accepted than the one named")
async def test_only_the_fingerprint_named_is_accepted(server, data, made):
    """Named in any common writing it is kept; any other fingerprint keeps nothing."""
    other = OpcuaKeys(data / "other").accept(server.url, (made / "other.der").read_bytes())
    with pytest.raises(Refused, match="another fingerprint"):
        await asyncio.to_thread(certs, data, "fetch", server.url, "--accept", other.fingerprint)
    right = OpcuaKeys(data / "other").accept(server.url, (made / "server.der").read_bytes())
    pairs = ":".join(right.fingerprint[i : i + 2] for i in range(0, 64, 2)).upper()
    said = await asyncio.to_thread(certs, data, "fetch", server.url, "--accept", pairs)
    assert pairs in said
    assert "valid until" in said
    assert "Basic256Sha256" in said
    keys = OpcuaKeys(data / "keys")
    assert keys.pin(server.url).read_bytes() == (made / "server.der").read_bytes()
    listed = await asyncio.to_thread(certs, data, "list")
    assert right.fingerprint in listed
    assert server.url in listed


async def test_what_is_odd_is_said_before_it_is_accepted(server, data, made):
    """Another certificate than before, one that ends soon, or of another application."""
    keys = OpcuaKeys(data / "keys")
    keys.accept(server.url, (made / "server.der").read_bytes())
    await server.stop()
    server.identity = made / "other"
    await server.start(CLOCK.plant())
    fingerprint = OpcuaKeys(data / "o").accept(server.url, (made / "other.der").read_bytes())
    said = await asyncio.to_thread(
        certs, data, "fetch", server.url, "--accept", fingerprint.fingerprint
    )
    assert "another is accepted now" in said
    assert "expires in" in said
    assert OpcUaTank.APPLICATION in said


async def test_a_server_without_an_encrypted_endpoint_has_none_to_accept(data):
    """A server that only talks in the clear shows no certificate."""
    tank = OpcUaTank()
    await tank.start(CLOCK.plant())
    try:
        with pytest.raises(Refused, match="no endpoint"):
            await asyncio.to_thread(certs, data, "fetch", tank.url)
    finally:
        await tank.stop()


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("opc.tcp://127.0.0.1:1/", SourceDown),
        ("http://127.0.0.1/", WrongKind),
        ("opc.tcp://olga:s3cret@127.0.0.1:1/", WrongKind),
        ("opc.tcp://127.0.0.1:99999/", WrongKind),
    ],
)
def test_who_is_not_there_is_told(data, url, error):
    """No server, or no address of one: a sentence, without the secret that stood in it."""
    with pytest.raises(error) as told:
        certs(data, "fetch", url)
    assert "s3cret" not in str(told.value)


def test_two_addresses_never_share_a_file(tmp_path):
    """What stands in a host's name cannot lead out of the folder, nor to another's file."""
    keys = OpcuaKeys(tmp_path)
    urls = ["opc.tcp://a_4840:1", "opc.tcp://a:4840", "opc.tcp://[::1]:1", "opc.tcp://..%2f:1"]
    files = {keys.pin(url) for url in urls}
    assert len(files) == len(urls)
    assert {file.parent for file in files} == {tmp_path / "trusted"}
    assert keys.pin("opc.tcp://HOST") == keys.pin("opc.tcp://host:4840/path")


def test_doctor_tells_what_ends_soon_what_has_ended_and_what_cannot_be_read(tmp_path):
    """A note a month before the end, bad after it, and bad where a file is no certificate."""
    settings = Settings(data=tmp_path, url="http://127.0.0.1:1")
    keys = OpcuaKeys(tmp_path / "keys")

    def told():
        return {c.what: c for c in examine(settings) if c.what.startswith("certificate")}

    assert told()["certificates"].state == "note"
    for port, days, state in ((1, 5, "note"), (2, -1, "bad"), (3, 300, "ok")):
        pair(tmp_path / "a", "urn:a:b", begin=timedelta(days=-9), end=timedelta(days=days))
        keys.accept(f"opc.tcp://plc:{port}/", (tmp_path / "a.der").read_bytes())
        assert told()[f"certificate of opc.tcp://plc:{port}/"].state == state
    keys.certificate.write_text("nothing")
    assert told()["certificates"].state == "bad"
    with pytest.raises(StoreDown, match=r"application\.der"):
        keys.certificates()


@pytest.mark.catches("another device accepted by whoever has not looked")
def test_f47_a_changed_device_is_accepted_by_who_names_what_is_seen(data):
    """Both are shown; who names what is seen now accepts that, and nothing else."""
    record = DeviceRecord("plc", data / "keys" / "devices")
    assert record.strangers({"unit 1": "revision 1", "unit 2": "same"}) == {}
    assert certs(data, "devices") == "plc: 2 addresses accepted\n"
    assert "unit 1" in record.strangers({"unit 1": "revision 2", "unit 2": "same"})
    said = certs(data, "devices")
    assert "revision 1" in said
    assert "revision 2" in said
    named = said.split()[-1]
    with pytest.raises(Conflict):
        certs(data, "accept", "plc", "0" * 12)
    with pytest.raises(Conflict):
        certs(data, "accept", "plc", named[:3])
    assert "revision 2" in certs(data, "accept", "plc", named)
    assert record.strangers({"unit 1": "revision 2"}) == {}
    with pytest.raises(UnknownName):
        certs(data, "accept", "plc", named)
    (data / "keys" / "devices" / "plc.json").write_text("[]")
    with pytest.raises(StoreDown):
        record.strangers({"unit 1": "revision 2"})
