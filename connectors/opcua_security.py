"""Which OPC UA server is trusted, and as whom we come: pinned certificates, users.

asyncua asked to sign and encrypt without a pinned server certificate takes whatever certificate
it is shown (measured), and asked for a user of which it lacks a part comes as nobody. So: pinned,
loopback, or the plant file says in words that it is insecure; and a user is whole or refused.
"""

import asyncio
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import urlparse

from asyncua import ua
from asyncua.client.client import Client
from asyncua.crypto import security_policies
from asyncua.crypto.uacrypto import CertProperties, load_certificate, load_private_key
from asyncua.ua.uaerrors import UaError
from cryptography.exceptions import UnsupportedAlgorithm
from pydantic import Field

from connectors.loopback import is_loopback
from connectors.opcua_certificate import described
from connectors.opcua_keys import OURS, OpcuaKeys
from connectors.vendor_error import clause
from twin_core.certificate import Certificate
from twin_core.errors import SourceDown, StoreDown, WrongKind
from twin_core.plant.source import Source
from twin_core.value import Instant, Value

_FILES = ("certificate", "private_key", "server_certificate")
_FEWEST_BITS = 2048


class OpcuaOptions(Value):
    """Options of an OPC UA source.

    Attributes:
        namespace: URI of the points' addresses; absent = namespace 0, or the address says.
        publishing_s, sampling_s, keepalive_s: plant seconds; a sampling period that is absent is
            the publishing period, a keep-alive 2 host seconds.
        events: the node whose events and alarms are heard, written as an address is; by default
            the Server object, empty = none.
        backfill_s: plant seconds back to which the history of a gap is read; 0 = it is not.
        encrypt: whether to sign and encrypt; absent = wherever the server is not on this machine
            or a certificate is named. The certificates are those of `opstwin certs`, or:
        certificate, private_key: files, ours. server_certificate: file, the only server trusted.
        user, password_file: the user we come as, and the file with his password alone in it.
        user_certificate, user_key: files; the user we come as, instead.
        allow_insecure: whether any server that answers is taken for the right one.
    """

    namespace: str | None = None
    publishing_s: float = Field(default=2.0, gt=0)
    sampling_s: float | None = Field(default=None, gt=0)
    keepalive_s: float | None = Field(default=None, gt=0)
    events: str = "ns=0;i=2253"
    backfill_s: float = Field(default=3600.0, ge=0)
    encrypt: bool | None = None
    certificate: str = ""
    private_key: str = ""
    server_certificate: str = ""
    security_policy: Literal["Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss"] = (
        "Basic256Sha256"
    )
    user: str = ""
    password_file: str = ""
    user_certificate: str = ""
    user_key: str = ""
    allow_insecure: bool = False


class OpcuaClient(Client):
    """asyncua's client, but that it never comes as a kind of user the server does not take."""

    def server_policy(self, token_type: ua.UserTokenType) -> ua.UserTokenPolicy:
        """How that kind of user is to be told.

        Raises:
            UaError: the server does not offer it (asyncua would make one up).
        """
        if all(policy.TokenType != token_type for policy in self._policy_ids):
            raise UaError(f"the server takes no user of the kind {token_type.name}")
        return super().server_policy(token_type)


class _Files(NamedTuple):
    certificate: Path
    private_key: Path
    server_certificate: Path


def check(source: Source, options: OpcuaOptions) -> None:
    """Refuse a source whose server could be anybody, or whose user could be nobody.

    Which certificates there are is not asked: that is `check_keys`.

    Raises:
        WrongKind: neither loopback, pinned nor allowed; or half of what belongs together.
    """
    what = f"source {source.id}"
    if "@" in urlparse(source.url).netloc:
        raise WrongKind(what, "a user in the address", "the options user and password_file")
    given = [name for name in _FILES if getattr(options, name)]
    if given and len(given) < len(_FILES):
        raise WrongKind(what, f"only {', '.join(given)}", f"all of {', '.join(_FILES)}")
    for one, other in (("user", "password_file"), ("user_certificate", "user_key")):
        if bool(getattr(options, one)) != bool(getattr(options, other)):
            raise WrongKind(what, f"one of {one} and {other}", "both or neither")
    if options.user and options.user_certificate:
        raise WrongKind(what, "user and user_certificate", "one of them")
    encrypted = _encrypted(source, options)
    if (options.user or options.user_certificate) and not encrypted:
        raise WrongKind(what, "a user over a wire in the clear", "the option encrypt: true")
    if given and not encrypted:
        raise WrongKind(what, "encrypt: false and certificates", "one of them")
    if not encrypted and not (
        is_loopback(urlparse(source.url).hostname or "") or options.allow_insecure
    ):
        raise WrongKind(what, f"encrypt: false for {source.url}", "the option allow_insecure: true")


def check_keys(source: Source, options: OpcuaOptions, keys: OpcuaKeys | None) -> None:
    """Refuse a source that is to be encrypted and names no files, unless we have them.

    Raises:
        WrongKind: our certificate or the server's is missing.
    """
    if options.server_certificate or not _encrypted(source, options):
        return
    if keys is not None and keys.pin(source.url).exists() and keys.key.exists():
        return
    missing = (
        "our own certificate"
        if keys is not None and keys.pin(source.url).exists()
        else "a pinned server certificate"
    )
    raise WrongKind(
        f"source {source.id}",
        f"{source.url} without {missing}",
        f"`opstwin certs make` and `opstwin certs fetch {source.url}`, or a loopback address, the "
        "options certificate, private_key and server_certificate, or the option "
        "allow_insecure: true",
    )


async def secure(
    client: Client, source: Source, options: OpcuaOptions, keys: OpcuaKeys | None, now: Instant
) -> None:
    """Sign and encrypt with the pinned certificate and come as the configured user, if asked to.

    Args:
        client: not connected yet.
        source: whose server it is.
        options: of the source.
        keys: our certificate and the servers that people accepted.
        now: ledger time; what is not valid then is refused.

    Raises:
        OSError: a certificate or key file cannot be read.
        SourceDown: what is in it is no certificate or key, or cannot be trusted now.
    """
    if not _encrypted(source, options):
        return
    files = _files(source, options, keys)
    server = _judged(source, files.server_certificate, source.url, now, keys)
    ours = _judged(source, files.certificate, OURS, now, None)
    if ours.application_uri:
        client.application_uri = ours.application_uri

    async def same_application(_certificate: object, told: ua.ApplicationDescription) -> None:
        if told.ApplicationUri != server.application_uri:
            raise SourceDown(
                source.id,
                f"it calls itself {told.ApplicationUri!r}, its certificate is that of "
                f"{server.application_uri!r}",
            )

    client.certificate_validator = same_application
    try:
        await client.set_security(
            getattr(security_policies, f"SecurityPolicy{options.security_policy}"),
            await _held(files.certificate),
            await _held(files.private_key),
            server_certificate=await _held(files.server_certificate),
            mode=ua.MessageSecurityMode.SignAndEncrypt,
        )
        if options.user_certificate:
            _judged(source, Path(options.user_certificate), "the user", now, None)
            proof = await _held(Path(options.user_certificate))
            key = await _held(Path(options.user_key))
            client.user_certificate = await load_certificate(proof.path_or_content, proof.extension)
            client.user_private_key = await load_private_key(
                key.path_or_content, extension=key.extension
            )
    except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
        why = f"its certificates or our key cannot be used: {clause(problem)}"
        raise SourceDown(source.id, why) from problem
    if options.user:
        client.set_user(options.user)
        client.set_password(await asyncio.to_thread(_password, source, options))


async def _held(path: Path) -> CertProperties:
    """What is in a certificate or key file.

    The library would leave it open where the connection is given up as it opens.
    """
    return CertProperties(await asyncio.to_thread(path.read_bytes), path.suffix.removeprefix("."))


def _encrypted(source: Source, options: OpcuaOptions) -> bool:
    if options.encrypt is not None:
        return options.encrypt
    named = bool(options.server_certificate)
    return named or not (is_loopback(urlparse(source.url).hostname or "") or options.allow_insecure)


def _files(source: Source, options: OpcuaOptions, keys: OpcuaKeys | None) -> _Files:
    if options.server_certificate:
        return _Files(*(Path(getattr(options, name)) for name in _FILES))
    if keys is None:
        raise SourceDown(source.id, "there is no folder of keys")
    return _Files(keys.certificate, keys.key, keys.pin(source.url))


def _judged(
    source: Source, file: Path, holder: str, now: Instant, keys: OpcuaKeys | None
) -> Certificate:
    """A certificate that may be used now.

    Raises:
        OSError: it cannot be read.
        SourceDown: it is none, not valid now, revoked, or its key too short.
    """
    data = file.read_bytes()
    try:
        found = described(data, holder)
        revoked = keys.revoked_by(data) if keys is not None else ""
    except ValueError as problem:
        why = f"its certificates or our key cannot be used: {file}: {clause(problem)}"
        raise SourceDown(source.id, why) from problem
    except StoreDown as problem:
        raise SourceDown(source.id, str(problem).rstrip(".")) from problem
    if found.state(now) in {"expired", "not yet valid"}:
        raise SourceDown(source.id, f"the certificate of {holder} is {found.told(now)}")
    if revoked:
        raise SourceDown(source.id, f"the certificate of {holder} is revoked by {revoked}")
    if found.key_bits < _FEWEST_BITS:
        raise SourceDown(
            source.id, f"the certificate of {holder} has no RSA key of {_FEWEST_BITS} bits or more"
        )
    return found


def _password(source: Source, options: OpcuaOptions) -> str:
    try:
        found = Path(options.password_file).read_text(encoding="utf-8").strip("\r\n")
    except UnicodeDecodeError as problem:
        raise SourceDown(source.id, f"{options.password_file} is not UTF-8 text") from problem
    if not found:
        raise SourceDown(source.id, f"{options.password_file} has no password in it")
    return found
