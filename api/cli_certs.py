"""The commands `opstwin certs`: our certificate, and the servers and devices that people accept.

They work on the data directory and need no running server. Nothing is ever accepted without a
person: he types the answer, or names the fingerprint he was told by another way.
"""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli_users import Data
from api.printable import printable
from twin_core.errors import BadInput, Refused, UnknownName

if TYPE_CHECKING:
    from twin_core.certificate import Certificate, Offer
    from twin_core.value import Instant

app = typer.Typer(
    help="Certificates of OPC UA and of Modbus over TLS. Works on the data directory.",
    no_args_is_help=True,
)


@app.command("make")
def make(
    data: Data = None,
    bits: Annotated[int, typer.Option(help="Length of the RSA key: 2048 or 4096.")] = 4096,
    days: Annotated[int, typer.Option(min=1, max=7300, help="Days until it expires.")] = 1095,
    host: Annotated[
        list[str] | None, typer.Option(help="Names and addresses of this machine; default its own.")
    ] = None,
    uri: Annotated[
        str | None, typer.Option(help="Application URI; default urn:HOST:opstwin.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of the present one.")
    ] = False,
) -> None:
    """Make the certificate and key with which OpsTwin comes to servers and devices."""
    import socket

    from api.clock import SystemClock
    from api.outside_trust import keys
    from api.settings import load

    hosts = host or [socket.gethostname()]
    kept = keys(load({"data": data}))
    now = SystemClock().ledger()
    made = kept.make(uri or f"urn:{hosts[0]}:opstwin", hosts, bits, days, now, replace=replace)
    _tell(made, now)
    typer.echo(f"\n{kept.certificate}\n{kept.key} (keep it secret)")
    typer.echo("Let every server trust the certificate, by its own means.")


@app.command("show")
def show(data: Data = None) -> None:
    """Show our certificate."""
    from api.clock import SystemClock
    from api.outside_trust import keys
    from api.settings import load

    found = keys(load({"data": data})).ours()
    if found is None:
        raise BadInput("There is no certificate of ours; `opstwin certs make` makes one.")
    _tell(found, SystemClock().ledger())


@app.command("list")
def listed(data: Data = None) -> None:
    """List our certificate and every accepted server's, with their ends."""
    from api.clock import SystemClock
    from api.outside_trust import keys
    from api.settings import load

    now = SystemClock().ledger()
    for found in keys(load({"data": data})).certificates():
        typer.echo(f"{found.holder}\t{found.told(now)}\t{found.fingerprint}")


@app.command("devices")
def devices(data: Data = None) -> None:
    """List what was accepted of each source's devices, and what is there instead by now."""
    from api.outside_trust import devices_of
    from api.settings import load

    for record in devices_of(load({"data": data})):
        accepted, seen = record.accepted(), record.seen()
        typer.echo(f"{record.source}: {len(accepted)} addresses accepted")
        for at, said in seen.items():
            typer.echo(f"  {printable(at)}\n    accepted {printable(accepted[at])}")
            typer.echo(f"    now      {printable(said)}")
        if seen:
            typer.echo(
                f"  Nothing is written to them. If that is right: "
                f"opstwin certs accept {record.source} {record.fingerprint()}"
            )


@app.command("accept")
def accept(
    source: Annotated[str, typer.Argument(help="The source, as the plant file names it.")],
    seen: Annotated[str, typer.Argument(help="What `opstwin certs devices` says to name.")],
    data: Data = None,
) -> None:
    """Accept what stands at a source's addresses now, after an update of server or device."""
    from api.outside_trust import devices_of
    from api.settings import load

    record = next((one for one in devices_of(load({"data": data})) if one.source == source), None)
    if record is None:
        raise UnknownName("source of which something was accepted", source)
    found = record.accept(seen)
    for at, said in found.items():
        typer.echo(f"Accepted: {printable(at)}: {printable(said)}")


@app.command("fetch")
def fetch(
    url: Annotated[
        str, typer.Argument(help="The server: opc.tcp://HOST:PORT or modbuss://HOST:PORT.")
    ],
    data: Data = None,
    accept: Annotated[
        str | None,
        typer.Option(help="Accept the certificate of this SHA-256 fingerprint, and no other."),
    ] = None,
) -> None:
    """Show a server's certificate, and trust it from now on if you say so."""
    import asyncio

    from api.clock import SystemClock
    from api.outside_trust import keys
    from api.settings import load
    from api.wiring import offered

    settings = load({"data": data})
    kept = keys(settings)
    before = kept.accepted(url)
    now = SystemClock().ledger()
    found = asyncio.run(offered(settings, url))
    if not found:
        raise Refused(f"{printable(url)} offers no endpoint that signs and encrypts.")
    for offer in found:
        _tell(offer.certificate, now)
        typer.echo(f"  policies     {printable(', '.join(offer.policies))}")
        for warning in _warnings(offer, before, now):
            typer.echo(f"  note         {printable(warning)}")
    chosen = _chosen(found, accept, asks=at_a_terminal())
    if chosen is None:
        raise Refused(
            "Nothing was accepted. Compare the fingerprint at the server, then give it by --accept."
        )
    kept.accept(url, chosen.der)
    typer.echo(f"Accepted for {printable(url)}: {chosen.certificate.fingerprint}")


def at_a_terminal() -> bool:
    """Whether there is a person to be asked."""
    return sys.stdin.isatty()


def _chosen(found: "tuple[Offer, ...]", accept: str | None, *, asks: bool) -> "Offer | None":
    """The certificate that a person says is the right one."""
    if accept is not None:
        wanted = accept.lower().removeprefix("sha256:").replace(":", "").replace(" ", "")
        chosen = next((o for o in found if o.certificate.fingerprint == wanted), None)
        if chosen is None:
            raise Refused("The server's certificate has another fingerprint than the one given.")
        return chosen
    if not asks:
        return None
    for offer in found:
        short = offer.certificate.fingerprint[:16]
        if typer.confirm(f"Is {short}… what the server itself shows? Trust it?", default=False):
            return offer
    return None


def _warnings(offer: "Offer", before: "Certificate | None", now: "Instant") -> list[str]:
    """What is odd about a certificate."""
    found = offer.certificate
    warnings = []
    if found.state(now) != "valid":
        warnings.append(f"it {found.told(now)}" if found.state(now) == "expiring" else
                        f"it is {found.told(now)} and will be refused")  # fmt: skip
    if found.application_uri != offer.application_uri:
        warnings.append(f"the server calls itself {offer.application_uri}; it will be refused")
    if before is not None and before.fingerprint == found.fingerprint:
        warnings.append("it is accepted already")
    elif before is not None:
        warnings.append(f"another is accepted now, {before.fingerprint}; this one would replace it")
    return warnings


def _tell(found: "Certificate", now: "Instant") -> None:
    pairs = ":".join(found.fingerprint[i : i + 2] for i in range(0, 64, 2)).upper()
    rows = {
        "of": found.holder,
        "subject": found.subject,
        "issuer": found.issuer,
        "application": found.application_uri or "not given",
        "hosts": ", ".join(found.hosts) or "not given",
        "key": f"RSA, {found.key_bits} bits" if found.key_bits else "not RSA",
        "validity": found.told(now),
        "SHA-256": pairs,
    }
    for name, value in rows.items():
        typer.echo(f"  {name:<12} {printable(value)}")
