"""Whom we speak Modbus with: over TLS a device is known by its certificate, and we by ours.

Modbus/TCP Security (MB-TCP-Security v21): TLS 1.2 or later, port 802, both sides with a
certificate. A device is trusted by the one certificate that was pinned for it, or by an authority
and its name. It must never be taken for the right one by anything less. Plain Modbus knows nobody.
"""

import asyncio
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from connectors.modbus_address import Order
from connectors.opcua_certificate import der, described
from connectors.opcua_keys import OpcuaKeys, address
from connectors.options import options
from twin_core.certificate import Offer
from twin_core.errors import SourceDown, StoreDown, Unusable, WrongKind
from twin_core.plant.source import Source
from twin_core.value import Value

_PORTS = {"modbus": 502, "modbuss": 802}
_ALLOWED = "modbus://HOST:PORT or, over TLS, modbuss://HOST:PORT"
_FETCH_S = 5.0


class Telling(Value):
    """Registers that tell which device and map it is: `words` from `register` on, of a unit."""

    table: Literal["holding", "input"] = "holding"
    first: int = Field(alias="register", ge=0, le=0xFFFF)
    words: int = Field(default=1, ge=1, le=125)
    unit_id: int | None = Field(default=None, ge=0, le=255)


class ModbusOptions(Value):
    """Options of a Modbus source.

    Attributes:
        poll_s: plant seconds between two polls.
        unit_id: the device behind the address, where a point's names none.
        word_order: which word of several comes first, where an address does not say.
        answer_s: host seconds a device has for an answer.
        most_registers: one request reads at most; of bits 16 times as many.
        gap_registers: read over, though nobody asked for them; likewise.
        write_several: write with functions 15 and 16 alone, for devices without 5 and 6.
        certificate, private_key: files (PEM), ours; absent = those of `opstwin certs make`.
        identity: registers that tell which device and map it is, such as the map's version; beside
            the device identification, by which it is known again where it has one.
        server_certificate: file, the only device trusted; absent = the one accepted by
            `opstwin certs fetch`. ca_file: authorities trusted instead, for a device whose
            certificate bears the host's name, or server_name.
    """

    poll_s: float = Field(default=2.0, gt=0)
    unit_id: int = Field(default=1, ge=0, le=255)
    word_order: Order = "big"
    answer_s: float = Field(default=1.0, gt=0)
    most_registers: int = Field(default=125, ge=4, le=125)
    gap_registers: int = Field(default=16, ge=0, le=121)
    write_several: bool = False
    identity: tuple[Telling, ...] = ()
    certificate: str = ""
    private_key: str = ""
    server_certificate: str = ""
    ca_file: str = ""
    server_name: str = ""


def told(source: Source) -> tuple[ModbusOptions, str, int]:
    """The options, host and port of a source; nothing is opened.

    Raises:
        Unusable: an address or option that cannot be.
    """
    found = options(ModbusOptions, source)
    what = f"source {source.id}"
    try:
        _, host, port = address(source.url, _PORTS, _ALLOWED)
    except WrongKind as problem:
        raise Unusable(what, problem.given, problem.allowed, source.id, ("url",)) from problem
    names = ("certificate", "private_key", "server_certificate", "ca_file", "server_name")
    given = [name for name in names if getattr(found, name)]

    def wrong(said: str, allowed: str, key: str) -> Unusable:
        return Unusable(what, said, allowed, source.id, ("options", key))

    if given and not source.url.startswith("modbuss:"):
        raise wrong(f"{given[0]} without TLS", "modbuss://HOST:PORT", given[0])
    if bool(found.certificate) != bool(found.private_key):
        raise wrong("one of certificate and private_key", "both or neither", given[0])
    if found.server_certificate and found.ca_file:
        raise wrong("server_certificate and ca_file", "one of them", "ca_file")
    if found.server_name and not found.ca_file:
        raise wrong("server_name without ca_file", "both, or server_certificate", "server_name")
    return found, host, port


@dataclass(frozen=True, slots=True)
class Peer:
    """Where a device listens; over TLS, whom we trust there and who we are."""

    host: str
    port: int
    options: ModbusOptions
    tls: bool = False
    pin: Path | None = None
    keys: OpcuaKeys | None = None

    @classmethod
    def of(cls, source: Source, keys: OpcuaKeys | None = None) -> "Peer":
        """The far side of a source.

        Raises:
            Unusable: an address or option that cannot be.
            WrongKind: over TLS, and nobody has said which certificate is the right one.
        """
        found, host, port = told(source)
        tls = source.url.startswith("modbuss:")
        pin = Path(found.server_certificate) if found.server_certificate else None
        if tls and pin is None and not found.ca_file:
            pin = keys.pin(source.url) if keys is not None else None
            if pin is None or not pin.exists():
                raise WrongKind(
                    f"source {source.id}",
                    f"{source.url} without a pinned server certificate",
                    f"`opstwin certs fetch {source.url}`, or the option server_certificate or "
                    "ca_file",
                )
        return cls(host, port, found, tls, pin, keys)

    async def dialled(self, protocol: Callable[[], asyncio.BaseProtocol]) -> Any:
        """A transport and its protocol, once we know who is there.

        Raises:
            OSError: nobody listens, a file cannot be read, or it is not the one we trust.
        """
        loop = asyncio.get_running_loop()
        if not self.tls:
            return await loop.create_connection(protocol, self.host, self.port)
        context = await asyncio.to_thread(self._context)
        made = await loop.create_connection(
            protocol,
            self.host,
            self.port,
            ssl=context,
            server_hostname=self.options.server_name or self.host,
        )
        try:
            shown = made[0].get_extra_info("ssl_object").getpeercert(binary_form=True)
            await asyncio.to_thread(self._same, shown)
        except BaseException:  # whatever it is, nobody is spoken to who was not looked at
            made[0].abort()
            raise
        return made

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.pin is not None:
            # The certificate itself is the anchor, whoever issued it and whatever name it bears.
            context.check_hostname = False
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            context.load_verify_locations(cadata=_pinned(self.pin))
        else:
            context.load_verify_locations(cafile=self.options.ca_file)
        self._introduced(context)
        return context

    def _introduced(self, context: ssl.SSLContext) -> None:
        """Our certificate and key, where we have them."""
        if self.options.certificate:
            context.load_cert_chain(self.options.certificate, self.options.private_key)
        elif self.keys is not None and self.keys.certificate.exists():
            introduce(context, self.keys)

    def _same(self, shown: bytes) -> None:
        """Refuse another certificate than the pinned one, and one that is revoked."""
        if self.pin is not None and shown != _pinned(self.pin):
            raise ssl.SSLError("the device shows another certificate than the accepted one")
        try:
            revoked = self.keys.revoked_by(shown) if self.keys is not None else ""
        except StoreDown as problem:
            raise ssl.SSLError(str(problem)) from problem
        if revoked:
            raise ssl.SSLError(f"the device's certificate is revoked by {revoked}")


def introduce(context: ssl.SSLContext, keys: OpcuaKeys) -> None:
    """Come with our own certificate; Python reads it from a file in PEM alone."""
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(ssl.DER_cert_to_PEM_cert(keys.certificate.read_bytes()))
        file.flush()
        context.load_cert_chain(file.name, keys.key)


async def offers(url: str, keys: OpcuaKeys) -> tuple[Offer, ...]:
    """The certificate that a device shows to us; it is not trusted by that.

    Raises:
        SourceDown: it does not answer, or not over TLS.
        WrongKind: not an address of Modbus over TLS.
    """
    _, host, port = address(url, _PORTS, _ALLOWED)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # nothing is said to it
    try:
        if keys.certificate.exists():
            await asyncio.to_thread(introduce, context, keys)
        async with asyncio.timeout(_FETCH_S):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except (OSError, TimeoutError) as problem:
        raise SourceDown(url, str(problem) or f"no answer within {_FETCH_S:g} s") from problem
    spoken = writer.get_extra_info("ssl_object")
    shown, version = spoken.getpeercert(binary_form=True), spoken.version()
    writer.transport.abort()
    found = described(shown, url)
    return (Offer(certificate=found, der=shown, application_uri=found.application_uri,
                  policies=(version,)),)  # fmt: skip


def _pinned(file: Path) -> bytes:
    try:
        return der(file.read_bytes())
    except WrongKind as problem:
        raise ssl.SSLError(f"{file}: {problem}") from problem
