"""Which server listens where: the plant file's addresses, or a run of ports from a base."""

import secrets
import socket
from itertools import chain
from urllib.parse import urlsplit, urlunsplit

from twin_core.errors import BadInput, SourceDown
from twin_core.plant.assets import Plant

_LAST = 65535
_OURS = range(10_000, 32_000)
"""Where a free run is looked for: below the ports that Linux gives to clients."""


def urls(plant: Plant, base: int | None) -> dict[str, str]:
    """Source id → URL; with a base, sources in file order take one port after the other.

    Raises:
        BadInput: a source would get a port that there is none of.
    """
    count = len(plant.sources)
    if base is not None and not 1 <= base <= _LAST + 1 - count:
        raise BadInput(
            f"Port base {base}: {count} sources take one port each; "
            f"allowed: 1 to {_LAST + 1 - count}."
        )
    found = {}
    for number, source in enumerate(plant.sources):
        parts = urlsplit(source.url)
        port = parts.port if base is None else base + number
        found[source.id] = urlunsplit(parts._replace(netloc=f"{parts.hostname}:{port}"))
    return found


def ports(plant: Plant, base: int | None) -> dict[str, int]:
    """Source id → TCP port (0 if the address has none: any free one)."""
    return {name: urlsplit(url).port or 0 for name, url in urls(plant, base).items()}


def free_base(count: int) -> int:
    """The first of `count` ports in a row that are free on this machine.

    They are looked for from a random place on: others who look at this moment find others.

    Raises:
        SourceDown: there is no such run.
    """
    bases = _OURS[::count][:-1]
    start = secrets.randbelow(len(bases))
    for base in chain(bases[start:], bases[:start]):
        if all(_free(port) for port in range(base, base + count)):
            return base
    raise SourceDown("127.0.0.1", "no free run of ports")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
