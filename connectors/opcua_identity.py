"""What a server says of a node beside its value: by this it is known again after an update.

The names on its way down from Objects with their namespaces, its data type, its unit. A node id
may be given to another variable by the next download of a program, and a namespace's index by the
next start. It never writes.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.uaerrors import UaError

from connectors.opcua_answer import line, value_of

_DEEPEST = 16  # names on the way down to a node
_LONGEST = 200  # characters of a name
_TOGETHER = 200  # nodes asked about in one request
_OBJECTS = ua.NodeId(ua.Int32(ObjectIds.ObjectsFolder))
_SPACES = ua.NodeId(ua.Int32(ObjectIds.Server_NamespaceArray))
_BUILT_IN = {str(kind.value): kind.name for kind in ua.VariantType}
_UP = ua.BrowseDirection.Inverse
_WANTED = (AttributeIds.BrowseName, AttributeIds.DataType)


async def identified(
    wire: Any, nodes: Mapping[str, ua.NodeId], spaces: Sequence[str]
) -> dict[str, str] | None:
    """By address, what the node there is; without those that the server has not.

    Args:
        wire: a session of asyncua.
        nodes: by address.
        spaces: the server's namespaces by index, as they were when it was connected.

    Returns:
        None if the server numbers its namespaces otherwise by now.

    Raises:
        OSError, TimeoutError, ua.UaError: the server does not answer.
    """
    found: dict[str, str] = {}
    addresses = list(nodes)
    for at in range(0, len(addresses), _TOGETHER):
        part = addresses[at : at + _TOGETHER]
        here = await _identified(wire, {a: nodes[a] for a in part}, spaces)
        if here is None:
            return None
        found |= here
    return found


async def _identified(
    wire: Any, nodes: Mapping[str, ua.NodeId], spaces: Sequence[str]
) -> dict[str, str] | None:
    asked = [(node, attribute) for node in nodes.values() for attribute in _WANTED]
    shown, around = await asyncio.gather(
        _read(wire, [(_SPACES, AttributeIds.Value), *asked]), _references(wire, nodes.values())
    )
    if value_of(shown[0], None) != list(spaces):
        return None
    beside = dict(zip(nodes, around, strict=True))
    above, units = await asyncio.gather(_above(wire, beside, spaces), _units(wire, beside))
    return {
        address: ", ".join(
            (
                "/".join([*reversed(above[address]), _named(value_of(name, None), spaces)]),
                _typed(value_of(kind, None), spaces),
                units[address],
            )
        )
        for address, name, kind in zip(nodes, shown[1::2], shown[2::2], strict=True)
        if value_of(name, None) is not None
    }


async def _above(
    wire: Any, beside: Mapping[str, list[Any]], spaces: Sequence[str]
) -> dict[str, list[str]]:
    """The names of what each node hangs below, the nearest first, up to Objects."""
    above: dict[str, list[str]] = {address: [] for address in beside}
    level = dict(beside)
    for _ in range(_DEEPEST):
        parents = {
            address: min(up, key=lambda r: _named(r.BrowseName, spaces))
            for address, references in level.items()
            if (up := [r for r in references if not r.IsForward])
        }
        parents = {a: parent for a, parent in parents.items() if parent.NodeId != _OBJECTS}
        if not parents:
            break
        for address, parent in parents.items():
            above[address].append(_named(parent.BrowseName, spaces))
        nodes = list(dict.fromkeys(parent.NodeId for parent in parents.values()))
        around = dict(zip(nodes, await _references(wire, nodes, _UP), strict=True))
        level = {address: around[parent.NodeId] for address, parent in parents.items()}
    return above


async def _units(wire: Any, beside: Mapping[str, list[Any]]) -> dict[str, str]:
    """The engineering unit of each node, as the server says it."""
    where = {
        address: reference.NodeId
        for address, references in beside.items()
        for reference in references
        if reference.IsForward and reference.BrowseName.Name == "EngineeringUnits"
    }
    shown = await _read(wire, [(node, AttributeIds.Value) for node in where.values()])
    said = {address: value_of(value, None) for address, value in zip(where, shown, strict=True)}
    return {address: _unit(said.get(address)) for address in beside}


async def _references(
    wire: Any, nodes: Iterable[ua.NodeId], direction: ua.BrowseDirection = ua.BrowseDirection.Both
) -> list[list[Any]]:
    """Of each node what it hangs below, and its parts and properties."""
    asked = ua.BrowseParameters(
        NodesToBrowse=[
            ua.BrowseDescription(
                NodeId=node,
                BrowseDirection=direction,
                ReferenceTypeId=ua.NodeId(ua.Int32(ObjectIds.HierarchicalReferences)),
                IncludeSubtypes=True,
                NodeClassMask=ua.UInt32(0),
                ResultMask=ua.UInt32(ua.BrowseResultMask.All),
            )
            for node in nodes
        ]
    )
    results = await wire.browse(asked)
    return [list(result.References or []) for result in _whole(results, asked.NodesToBrowse)]


async def _read(wire: Any, asked: Sequence[tuple[ua.NodeId, AttributeIds]]) -> list[ua.DataValue]:
    if not asked:
        return []
    wanted = ua.ReadParameters(
        TimestampsToReturn=ua.TimestampsToReturn.Neither,
        NodesToRead=[ua.ReadValueId(NodeId=node, AttributeId=which) for node, which in asked],
    )
    return _whole(await wire.read(wanted), asked)


def _whole(answers: list[Any], asked: Sequence[Any]) -> list[Any]:
    if len(answers) != len(asked):
        raise UaError(f"{len(answers)} answers to {len(asked)} questions")
    return answers


def _named(name: Any, spaces: Sequence[str]) -> str:
    """A browse name with its namespace's URI: an index may be another after a restart."""
    if not isinstance(name, ua.QualifiedName):
        return "?"
    return f"{_space(name.NamespaceIndex, spaces)}{line(name.Name, _LONGEST)}"


def _typed(kind: Any, spaces: Sequence[str]) -> str:
    if not isinstance(kind, ua.NodeId):
        return "no type"
    if kind.NamespaceIndex == 0:
        return _BUILT_IN.get(str(kind.Identifier), f"i={kind.Identifier!r}")
    return f"{_space(kind.NamespaceIndex, spaces)}{line(str(kind.Identifier), _LONGEST)}"


def _space(index: int, spaces: Sequence[str]) -> str:
    if index == 0:
        return ""
    return f"{line(spaces[index], _LONGEST) if index < len(spaces) else index}:"


def _unit(shown: Any) -> str:
    if not isinstance(shown, ua.EUInformation):
        return "no unit"
    text = line(getattr(shown.DisplayName, "Text", None), _LONGEST)
    return f"{text} ({line(shown.NamespaceUri, _LONGEST)} {int(shown.UnitId or 0)})"
