"""Which server listens where: the plant file's addresses, or a run of ports from a base."""

from urllib.parse import urlsplit, urlunsplit

from twin_core.errors import BadInput
from twin_core.plant.assets import Plant

_LAST = 65535


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
