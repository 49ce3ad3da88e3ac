"""A register map tried on its device: each register read once, and what is odd is told.

A map without its device is still a map; then it is told that nothing was tried. It never writes.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from connectors.backoff import SPREAD
from connectors.device_record import DeviceRecord
from connectors.modbus_exception import meaning
from connectors.modbus_identity import ModbusIdentity
from connectors.modbus_link import ModbusLink
from connectors.modbus_map import Place, places
from connectors.modbus_poll import Poll
from connectors.modbus_registers import Register, RegisterMap
from connectors.modbus_security import ModbusOptions, Peer
from connectors.modbus_spans import spans
from connectors.vendor_error import silence
from twin_core.errors import SourceDown
from twin_core.plant.assets import Point
from twin_core.plant.classes import PointSpec
from twin_core.plant.source import Source
from twin_core.plant.survey import Survey, Tag
from twin_core.plant.unit_names import ucum_of
from twin_core.ports import Clock
from twin_core.reading import BAD_NO_COMMUNICATION, Batch
from twin_core.value import Range

_HOME = "map/map/map/map"
_ANYTHING = Range(low=-1.7e308, high=1.7e308)
_ABSENT = meaning(2).status


async def survey(source: Source, peer: Peer, found: RegisterMap, clock: Clock) -> Survey:
    """The map's registers as tags; those that the device does not have are left out.

    Args:
        source: as a plant file would have it.
        peer: where it is.
        found: the map.
        clock: plant time.
    """
    silence("pymodbus")
    options = peer.options
    tried = places(
        {i: _point(i, register) for i, register in enumerate(found.registers)},
        options.word_order,
        options.unit_id,
    )
    left, doubts = list(found.left_out), list(found.doubts)
    shown: dict[int, tuple[float, int]] = {}
    try:
        shown = _columns(await _read(source, peer, list(tried.values()), clock))
    except SourceDown as problem:
        doubts.insert(0, f"no register was tried: {str(problem).rstrip('.')}")
    tags = []
    for i, register in enumerate(found.registers):
        value, status = shown.get(i, (math.nan, 0))
        if status == _ABSENT:
            at = register.at
            left.append(f"{register.path[-1]}: the device has no {at.table} {at.first}")
            continue
        if status:
            doubts.append(f"{register.path[-1]}: it was tried and {_why(status)}")
        elif shown:
            doubts += _odd(tried[i], register, value)
        tags.append(_tag(register, None if math.isnan(value) else value))
    return Survey(
        url=source.url,
        name=peer.host,
        namespace="",
        tags=tuple(tags),
        kind="modbus",
        left_out=tuple(left),
        doubts=tuple(doubts),
    )


async def _read(source: Source, peer: Peer, tried: Sequence[Place], clock: Clock) -> Batch:
    """Each register once; none that the map does not name.

    Raises:
        SourceDown: nobody answers.
    """
    told: ModbusOptions = peer.options
    link = ModbusLink(source.id, peer, told.answer_s, clock.plant)
    asked = spans(tried, told.most_registers, gap=0)
    nobody = ModbusIdentity(source.id, link, DeviceRecord(source.id), (), ())
    try:
        return await Poll(source.id, asked, link, clock, SPREAD, nobody).readings()
    finally:
        link.close()


def _columns(batch: Batch) -> dict[int, tuple[float, int]]:
    """Index → value and status."""
    return {
        int(batch.point[i]): (float(batch.value[i]), int(batch.status[i]))
        for i in range(len(batch))
    }


def _point(index: int, register: Register) -> Point:
    """A point for a register that has no home yet."""
    name = f"r{index}"
    spec = PointSpec(id=name, name=name, unit="1", limits=register.range or _ANYTHING)
    return Point(
        id=f"{_HOME}/{name}", unit_id=_HOME, spec=spec, source="map", address=register.address
    )


def _tag(register: Register, shown: float | None) -> Tag:
    form = register.at.form
    exact = form.startswith(("int", "uint")) and not {"scale", "offset"} & set(register.address)
    return Tag(
        address=register.address,
        path=register.path,
        description=register.description,
        unit=ucum_of(register.unit) if register.unit else None,
        unit_said=register.unit,
        type="bool" if form == "bool" else "int" if exact else "float",
        range=register.range,
        writable=bool(register.writable),
        shown=shown,
    )


def _odd(place: Place, register: Register, value: float) -> list[str]:
    """What is strange about a value that was read, and in which order of words it is not."""
    name, given = register.path[-1], register.range
    if given is None or given.holds(value):
        return []
    said = "no number" if math.isnan(value) else f"{value:g}"
    doubt = (
        f"{name} shows {said}, not {given.low:g} to {given.high:g}: look at its type, scale and "
        "order of words"
    )
    if place.words > 1 and not math.isnan(value):
        turned = replace(place, low_first=not place.low_first)
        other = turned.decode(place.words_of(value))
        if given.holds(other):
            order = "little" if turned.low_first else "big"
            doubt += f"; with word_order {order} it would show {other:g}"
    return [doubt]


def _why(status: int) -> str:
    if status == BAD_NO_COMMUNICATION:
        return "its unit did not answer"
    return next(
        (meaning(code).text for code in range(1, 9) if meaning(code).status == status),
        "the device showed no number",
    )
