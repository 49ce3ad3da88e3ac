"""Whether the connectors can use what a plant file says to them: kinds, options, addresses.

Nothing is opened and no certificate looked for: a plant file may be checked where its plant is
not. It must never say yes to what `serve` would refuse for the file's own sake.
"""

from collections.abc import Callable, Mapping
from urllib.parse import urlparse

from connectors.options import options
from connectors.push_options import PushOptions
from twin_core.errors import Unusable, WrongKind
from twin_core.plant.assets import Plant, Point
from twin_core.plant.source import Source
from twin_core.value import Value

_Points = Mapping[int, Point]


class _None(Value):
    """The options of a source that has none."""


def check(plant: Plant) -> None:
    """Refuse the first source, option or address that its connector cannot use.

    Raises:
        Unusable: what, and where it stands.
    """
    for source in plant.sources:
        checked = _CHECKS.get(source.kind)
        if checked is None:
            known = ", ".join(_CHECKS)
            what = f"source {source.id}"
            raise Unusable(what, f"kind {source.kind}", f"one of {known}", source.id, ("kind",))
        points = {i: p for i, p in enumerate(plant.points) if p.source == source.id}
        try:
            checked(source, points)
        except Unusable:
            raise
        except WrongKind as problem:
            raise Unusable(problem.what, problem.given, problem.allowed, source.id) from problem


def _opcua(source: Source, points: _Points) -> None:
    from connectors.opcua import checked

    checked(source, points)


def _modbus(source: Source, points: _Points) -> None:
    from connectors.modbus_map import places
    from connectors.modbus_security import told

    given, _, _ = told(source)
    places(points, given.word_order, given.unit_id)


def _mqtt(source: Source, points: _Points) -> None:
    from connectors.mqtt import check

    check(source, points)


def _cmms(source: Source, points: _Points) -> None:
    options(_None, source)
    what = f"source {source.id}"
    if urlparse(source.url).scheme not in {"http", "https"}:
        raise Unusable(what, source.url, "http://HOST or https://HOST", source.id, ("url",))
    for point in points.values():
        what, given = f"the source of {point.id}", f"{source.id}, which shows no values"
        raise Unusable(what, given, "a controller", point.id, ("source",))


def _replay(source: Source, points: _Points) -> None:
    from pathlib import Path

    from connectors.replay_options import ReplayOptions, address, place

    options(ReplayOptions, source)
    place(source, Path())
    for point in points.values():
        address(point)


def _http(source: Source, _points: _Points) -> None:
    options(PushOptions, source)


_CHECKS: dict[str, Callable[[Source, _Points], None]] = {
    "opcua": _opcua,
    "modbus": _modbus,
    "mqtt": _mqtt,
    "replay": _replay,
    "http": _http,
    "cmms": _cmms,
}
