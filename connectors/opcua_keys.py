"""The folder `keys/`: our certificate and key, the servers people accepted, what is revoked.

    keys/application.der, application.pem   ours; the key readable by its owner alone
    keys/trusted/HOST_PORT.der              the one certificate accepted for that address
    keys/revoked/*                          certificates and revocation lists (DER or PEM)
    keys/devices/                           what devices say of themselves (`device_record.py`)

Nothing is ever accepted here by itself: `accept` is called with what a person has compared.
"""

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlparse

from connectors.opcua_certificate import der, described, listed, make, read
from twin_core.certificate import Certificate
from twin_core.errors import Conflict, StoreDown, WrongKind
from twin_core.value import Instant

OURS = "this application"
_PORTS = {"opc.tcp": 4840, "modbuss": 802}
"""Schemes whose servers are known by a certificate, and their ports."""
_ALLOWED = "opc.tcp://HOST:PORT or modbuss://HOST:PORT"
_USUAL = "opc.tcp"


class OpcuaKeys:
    """The certificates of one data directory.

    Args:
        folder: where they lie; made when first written to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.certificate = folder / "application.der"
        self.key = folder / "application.pem"
        self.devices = folder / "devices"
        self._trusted = folder / "trusted"
        self._revoked = folder / "revoked"

    def make(
        self,
        uri: str,
        hosts: Sequence[str],
        bits: int,
        days: int,
        now: Instant,
        *,
        replace: bool = False,
    ) -> Certificate:
        """Make and keep our certificate and key.

        Raises:
            Conflict: there is one already, and it is not to be replaced.
            StoreDown: the files cannot be written.
            WrongKind: a URI, host or key length that cannot be.
        """
        if not replace and (self.certificate.exists() or self.key.exists()):
            raise Conflict(
                str(self.certificate), "there is one already; every server that accepted it "
                "must accept its successor"
            )  # fmt: skip
        made = make(uri, hosts, bits, days, now)
        keep(self.key, made.key)
        keep(self.certificate, made.certificate)
        return described(made.certificate, OURS)

    def ours(self) -> Certificate | None:
        """Our certificate.

        Raises:
            StoreDown: it cannot be read.
        """
        return _described(self.certificate, OURS)

    def pin(self, url: str) -> Path:
        """Where the certificate accepted for a server's address lies.

        Raises:
            WrongKind: not an address of OPC UA, or of Modbus over TLS.
        """
        scheme, host, port = address(url)
        # Two hosts must never share a file: what is escaped is written as its code.
        plain = re.sub(r"[^a-z0-9.-]", lambda found: f"%{ord(found.group()):x}", host.lower())
        first = "" if scheme == _USUAL else f"{scheme}_"
        return self._trusted / f"{first}{plain}_{port}.der"

    def accept(self, url: str, certificate: bytes) -> Certificate:
        """Keep a server's certificate as the only one trusted at that address.

        Raises:
            StoreDown: the file cannot be written.
            WrongKind: not a certificate, or not an address.
        """
        plain = der(certificate)
        keep(self.pin(url), plain)
        return described(plain, url)

    def accepted(self, url: str) -> Certificate | None:
        """The certificate accepted for an address.

        Raises:
            StoreDown: it cannot be read.
        """
        return _described(self.pin(url), url)

    def certificates(self) -> tuple[Certificate, ...]:
        """Ours, if there is one, then every accepted one.

        Raises:
            StoreDown: one cannot be read.
        """
        ours = self.ours()
        found = [ours] if ours is not None else []
        for file in sorted(self._trusted.glob("*.der")):
            said, _, port = file.stem.rpartition("_")
            first, _, host = said.rpartition("_")
            host = re.sub(r"%([0-9a-f]+)", lambda code: chr(int(code.group(1), 16)), host)
            shown = f"[{host}]" if ":" in host else host
            server = _described(file, f"{first or _USUAL}://{shown}:{port}/")
            found += [server] if server is not None else []
        return tuple(found)

    def revoked_by(self, certificate: bytes) -> str:
        """The name of the file in `revoked/` that names a certificate; empty if none does.

        Raises:
            StoreDown: a file there is neither certificate nor list: nothing can be trusted then.
        """
        judged = read(certificate)
        for file in sorted(self._revoked.glob("*")):
            try:
                if listed(file.read_bytes(), judged):
                    return file.name
            except (OSError, ValueError) as problem:
                raise StoreDown(
                    "list of revoked certificates", f"{file}: no such list"
                ) from problem
        return ""


def address(
    url: str, ports: Mapping[str, int] = _PORTS, allowed: str = _ALLOWED
) -> tuple[str, str, int]:
    """Scheme, host and port of a server; by default one that is known by a certificate.

    Args:
        url: as the plant file has it.
        ports: the schemes that may be, and their ports.
        allowed: the same for people.

    Raises:
        WrongKind: not an address of one, or one with a user in it.
    """
    try:
        parts = urlparse(url)
        host, port = parts.hostname or "", parts.port or ports.get(parts.scheme, 0)
    except ValueError as problem:
        raise WrongKind("address", repr(url), allowed) from problem
    if parts.scheme not in ports or not host:
        raise WrongKind("address", repr(url), allowed)
    if "@" in parts.netloc:
        raise WrongKind("address", "one with a user in it", allowed)
    return parts.scheme, host, port


def _described(file: Path, holder: str) -> Certificate | None:
    try:
        return described(file.read_bytes(), holder)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as problem:
        raise StoreDown("certificate", f"{file}: not X.509 in DER or PEM") from problem


def keep(file: Path, data: bytes) -> None:
    """Write whole or not at all, readable by the owner alone.

    Raises:
        StoreDown: it cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".new")  # mode 0600
        try:
            with os.fdopen(handle, "wb") as written:
                written.write(data)
                written.flush()
                os.fsync(written.fileno())
            Path(name).replace(file)
        except BaseException:  # a cancellation too leaves no half a key behind
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as problem:
        raise StoreDown("folder of keys", f"{file}: {problem.strerror}") from problem
