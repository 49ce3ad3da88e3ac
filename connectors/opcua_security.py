"""Which OPC UA server is trusted: the one on this machine, or the one whose certificate we hold.

asyncua asked to sign and encrypt without a pinned server certificate takes whatever certificate
it is shown (measured). So: pinned, loopback, or the plant file says in words that it is insecure.
"""

import ipaddress
from typing import Literal
from urllib.parse import urlparse

from asyncua.client.client import Client
from asyncua.crypto import security_policies
from pydantic import Field

from connectors.vendor_error import clause
from twin_core.errors import SourceDown, WrongKind
from twin_core.plant.assets import Source
from twin_core.value import Value

_FILES = ("certificate", "private_key", "server_certificate")


class OpcuaOptions(Value):
    """Options of an OPC UA source.

    Attributes:
        namespace: URI of the points' addresses; absent = namespace 0, or the address says.
        publishing_s, sampling_s, keepalive_s: plant seconds; a sampling period that is absent is
            the publishing period, a keep-alive 2 host seconds.
        certificate, private_key: files, ours. server_certificate: file, the only server trusted.
        allow_insecure: whether any server that answers is taken for the right one.
    """

    namespace: str | None = None
    publishing_s: float = Field(default=2.0, gt=0)
    sampling_s: float | None = Field(default=None, gt=0)
    keepalive_s: float | None = Field(default=None, gt=0)
    certificate: str = ""
    private_key: str = ""
    server_certificate: str = ""
    security_policy: Literal["Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss"] = (
        "Basic256Sha256"
    )
    allow_insecure: bool = False


def check(source: Source, options: OpcuaOptions) -> None:
    """Refuse a source whose server could be anybody.

    Raises:
        WrongKind: neither loopback, pinned nor allowed; or a pin without our own certificate.
    """
    host = urlparse(source.url).hostname or ""
    given = [name for name in _FILES if getattr(options, name)]
    if given and len(given) < len(_FILES):
        raise WrongKind(
            f"source {source.id}", f"only {', '.join(given)}", f"all of {', '.join(_FILES)}"
        )
    if given or _loopback(host) or options.allow_insecure:
        return
    raise WrongKind(
        f"source {source.id}",
        f"{source.url} without a pinned server certificate",
        "a loopback address, the options certificate, private_key and server_certificate, or "
        "the option allow_insecure: true",
    )


async def secure(client: Client, source: str, options: OpcuaOptions) -> None:
    """Sign and encrypt with the pinned certificate, if there is one.

    Raises:
        OSError: a certificate or key file cannot be read.
        SourceDown: what is in it is no certificate or key.
    """
    if not options.server_certificate:
        return
    try:
        await client.set_security(
            getattr(security_policies, f"SecurityPolicy{options.security_policy}"),
            options.certificate,
            options.private_key,
            server_certificate=options.server_certificate,
        )
    except (ValueError, TypeError) as problem:
        why = f"its certificates or our key cannot be used: {clause(problem)}"
        raise SourceDown(source, why) from problem


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
