"""That nothing but this machine is reached: redirected addresses, and a guard that sees to it.

Both are needed: the first is what is meant, the second holds whatever else was forgotten. It must
never make an exception.
"""

import ipaddress
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from random import SystemRandom
from typing import Any
from urllib.parse import urlsplit

from twin_core.errors import BadInput, NotAllowed
from twin_core.plant.assets import Plant
from twin_core.plant.source import Source

WIRES: Mapping[str, str] = {"opcua": "opc.tcp", "modbus": "modbus", "mqtt": "mqtt"}
"""Kinds of source a virtual controller stands in for, and how it is spoken to."""

_KEPT = {
    "opcua": {"namespace", "publishing_s", "sampling_s", "keepalive_s", "events", "backfill_s"},
    "modbus": {
        "poll_s", "unit_id", "word_order", "answer_s", "most_registers", "gap_registers",
        "write_several",
    },
    "mqtt": {
        "payload", "host_id", "reorder_s", "answer_s", "confirm_s", "keepalive_s", "most_bytes",
    },
}  # fmt: skip
"""Options that go with it; keys, users and passwords of the real controller do not."""
_PORTS = range(10_240, 23_000)
"""Below what Linux gives to connections (from 32768) and Ray to its clients (from 23000)."""
_TRIES = 200
_LUCK = SystemRandom()  # so that two processes that ask at once are not told the same
_guarding: list[str] = []
_hooked: list[bool] = []


def is_here(host: str) -> bool:
    """Whether an address is of this machine's loopback; a name is none, but for localhost."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody has, and that no outgoing connection is given.

    A port the system picks may be another's by the time it is listened on: every connection that
    somebody opens takes one from the same range (RFC 6335, Dynamic Ports).

    Raises:
        OSError: all that were tried are taken.
    """
    for port in _LUCK.sample(_PORTS, _TRIES):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as taken:
                last = taken
            else:
                return port
    raise last


def redirected(plant: Plant, ports: Mapping[str, int], given: Mapping[str, str]) -> Plant:
    """The plant whose sources are those of `ports`, at these ports of 127.0.0.1, and of `given`.

    Every other source becomes one that nobody calls: its points are never heard.

    Args:
        plant: as it really is.
        ports: source id → port of its virtual controller.
        given: source id → URL of a simulator on this machine that is taken instead.

    Raises:
        NotAllowed: an address that is not on this machine, or is the plant's own.
        BadInput: what is given is no address, or its source is of another kind.
    """
    sources = []
    for source in plant.sources:
        if source.id in given:
            kept = _simulated(source, given[source.id])
        elif source.id in ports:
            ours = {"backfill_s": 0.0, "events": ""} if source.kind == "opcua" else {}
            url = f"{WIRES[source.kind]}://127.0.0.1:{ports[source.id]}"
            kept = _played(source, url, ours)  # it has neither a past nor alarms of its own
        else:
            silent: dict[str, Any] = {"url": "", "options": {}, "reports": None, "kind": "http"}
            sources.append(Source.model_validate({**source.model_dump(), **silent}))
            continue
        host = urlsplit(kept.url).hostname or ""
        if not is_here(host):
            raise NotAllowed("A rehearsal", f"reach {kept.url}", "an address of this machine")
        sources.append(kept)
    return plant.model_copy(update={"sources": tuple(sources)})


def _simulated(source: Source, url: str) -> Source:
    if _place(url) == _place(source.url):
        raise NotAllowed("A rehearsal", f"reach {url}, where the plant file has the real one",
                         "a simulator's own address")  # fmt: skip
    wire = WIRES.get(source.kind)
    try:
        if wire is not None and urlsplit(url).scheme == wire:
            return _played(source, url)
    except ValueError:  # no address at all; pydantic's is one too
        wire = wire or "none"
    allowed = f"{wire}://127.0.0.1:PORT" if wire else f"a source of {', '.join(WIRES)}"
    raise BadInput(f"--source {source.id}: “{url[:100]}” cannot be played; allowed: {allowed}.")


def _place(url: str) -> str:
    """Host and port of an address, however it is written."""
    return url.partition("://")[2].partition("/")[0].replace("localhost", "127.0.0.1").lower()


def _played(source: Source, url: str, more: Mapping[str, Any] | None = None) -> Source:
    kept = {k: v for k, v in source.options.items() if k in _KEPT[source.kind]}
    reports = source.reports or ("on_change" if source.on_change else None)
    told = {"url": url, "options": {**kept, **(more or {})}, "reports": reports}
    return Source.model_validate({**source.model_dump(), **told})


@contextmanager
def guarded(who: str) -> Iterator[None]:
    """Inside, this process opens no connection to another machine; who tries is refused.

    Every socket that Python opens tells the interpreter before it connects or sends (PEP 578).

    Raises:
        NotAllowed: in place of the connection.
    """
    if not _hooked:
        sys.addaudithook(_hook)  # for the life of the process; it rests while nothing is guarded
        _hooked.append(True)
    _guarding.append(who)
    try:
        yield
    finally:
        _guarding.remove(who)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _guarding or event not in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        return
    address = arguments[1]
    if isinstance(address, tuple) and address and not is_here(str(address[0])):
        raise NotAllowed("A rehearsal", f"reach {address[0]}", "an address of this machine")
