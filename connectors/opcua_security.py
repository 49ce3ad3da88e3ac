"""Which OPC UA server is trusted: the one on this machine, or the one whose certificate we hold.

asyncua asked to sign and encrypt without a pinned server certificate takes whatever certificate
it is shown (measured). So: pinned, loopback, or the plant file says in words that it is insecure.
"""

import ipaddress
from urllib.parse import urlparse

from asyncua.client.client import Client
from asyncua.crypto import security_policies

from twin_core.errors import WrongKind
from twin_core.plant.assets import Source

_POLICIES = ("Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss")
_FILES = ("certificate", "private_key", "server_certificate")


def check(source: Source) -> None:
    """Refuse a source whose server could be anybody.

    Raises:
        WrongKind: neither loopback, pinned nor allowed; or a pin without our own certificate.
    """
    host = urlparse(source.url).hostname or ""
    given = [name for name in _FILES if source.options.get(name)]
    if given and len(given) < len(_FILES):
        raise WrongKind(
            f"source {source.id}", f"only {', '.join(given)}", f"all of {', '.join(_FILES)}"
        )
    policy = source.options.get("security_policy", _POLICIES[0])
    if policy not in _POLICIES:
        raise WrongKind(f"source {source.id}", f"policy {policy}", f"one of {', '.join(_POLICIES)}")
    if given or _loopback(host) or source.options.get("allow_insecure") is True:
        return
    raise WrongKind(
        f"source {source.id}",
        f"{source.url} without a pinned server certificate",
        "a loopback address, the options certificate, private_key and server_certificate, or "
        "the option allow_insecure: true",
    )


async def secure(client: Client, source: Source) -> None:
    """Sign and encrypt with the pinned certificate, if there is one.

    Raises:
        OSError: a certificate or key file cannot be read.
    """
    if not source.options.get("server_certificate"):
        return
    policy = source.options.get("security_policy", _POLICIES[0])
    await client.set_security(
        getattr(security_policies, f"SecurityPolicy{policy}"),
        source.options["certificate"],
        source.options["private_key"],
        server_certificate=source.options["server_certificate"],
    )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
