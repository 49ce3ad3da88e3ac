"""Looking through an OPC UA server's address space: which values it offers, in which unit.

A server may be broken or hostile: circles, endless lists, names that are no text. So nodes are
looked at once each, in bounded number and depth, and what is left out is said. It never writes.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from asyncua import ua
from asyncua.client.ua_session import UaSession
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from connectors.opcua_answer import integer, kind_of, line, range_of, unit_of, value_of
from twin_core.errors import WrongKind
from twin_core.plant.survey import Survey, Tag

MOST = 50_000
"""Nodes that are looked at, at most, unless told otherwise."""
_DEEPEST = 16  # steps below the Objects folder
_TOGETHER = 50  # nodes asked about in one request: servers limit it
_REFERENCES = 1000  # references of a node in one answer
_LONGEST = 200  # characters of an address or name
_TEXT = 500  # characters of a description
_READ, _WRITE = 1, 2  # bits of an access level (OPC 10000-3, 8.57)
_SCALAR = -1  # of the attribute ValueRank
_PROPERTY = ua.NodeId(ua.Int32(ObjectIds.HasProperty))
_OBJECTS = ua.NodeId(ua.Int32(ObjectIds.ObjectsFolder))
_APPLICATION = ua.NodeId(ua.Int32(ObjectIds.Server_ServerArray))
_SPACES = ua.NodeId(ua.Int32(ObjectIds.Server_NamespaceArray))

_T = TypeVar("_T")


@dataclass
class _Found:
    """A variable on its way to becoming a tag."""

    node: ua.NodeId
    path: tuple[str, ...]
    name: str
    range: ua.NodeId | None = None
    unit: ua.NodeId | None = None


class Browser:
    """One look through a server.

    Args:
        session: open and activated.
        most: nodes that are looked at.
    """

    def __init__(self, session: UaSession, most: int) -> None:
        self._session = session
        self._most = most
        self._skipped: Counter[str] = Counter()
        self._found: dict[ua.NodeId, _Found] = {}
        self._spaces: list[str] = []

    async def survey(self, url: str) -> Survey:
        """What the server offers.

        Raises:
            OSError, TimeoutError, ua.UaError: the server does not answer, or refuses.
            WrongKind: it answers what cannot be.
        """
        heads = await self._values([_SPACES, _APPLICATION])
        if not isinstance(heads[0], list) or not all(isinstance(s, str) for s in heads[0]):
            raise WrongKind("the server's list of namespaces", "something else", "a list of text")
        self._spaces = heads[0]
        servers = heads[1] if isinstance(heads[1], list) else []
        await self._walk()
        tags = [tag async for tag in self._tags()]
        space = self._usual(tags)
        return Survey(
            url=url,
            name=line(servers[0] if servers else "", _LONGEST),
            namespace=space,
            tags=tuple(
                tag.model_copy(update={"address": tag.key.removeprefix(f"nsu={space};")})
                for tag in tags
            ),
            left_out=tuple(f"{n} left out: {why}" for why, n in sorted(self._skipped.items())),
        )

    async def _walk(self) -> None:
        """Every variable below Objects, each node once, the nearest first."""
        level: list[tuple[ua.NodeId, tuple[str, ...]]] = [(_OBJECTS, ())]
        seen = {_OBJECTS}
        while level:
            below: list[tuple[ua.NodeId, tuple[str, ...]]] = []
            for part in _parts(level, _TOGETHER):
                answers = await self._references([node for node, _ in part], self._most - len(seen))
                for (parent, path), references in zip(part, answers, strict=True):
                    for reference in references:
                        if len(seen) >= self._most:
                            self._skipped[f"more than {self._most} nodes"] = 1
                            return
                        node = _local(reference)
                        if node is None or node in seen or node.NamespaceIndex == 0:
                            self._property(parent, reference)
                            continue
                        seen.add(node)
                        if reference.ReferenceTypeId == _PROPERTY:
                            self._property(parent, reference)
                        elif len(path) >= _DEEPEST:
                            self._skipped[f"deeper than {_DEEPEST} steps"] += 1
                        else:
                            below += self._taken(node, reference, path)
            level = below

    def _taken(
        self, node: ua.NodeId, reference: ua.ReferenceDescription, path: tuple[str, ...]
    ) -> list[tuple[ua.NodeId, tuple[str, ...]]]:
        """Note a variable; what is to be looked below."""
        if reference.NodeClass not in {ua.NodeClass.Object, ua.NodeClass.Variable}:
            return []
        own = (*path, line(reference.BrowseName.Name, _LONGEST))
        if reference.NodeClass == ua.NodeClass.Variable:
            shown = line(reference.DisplayName.Text, _LONGEST)
            self._found[node] = _Found(node, own, shown)
        return [(node, own)]

    def _property(self, parent: ua.NodeId, reference: ua.ReferenceDescription) -> None:
        variable, node = self._found.get(parent), _local(reference)
        if variable is None or reference.ReferenceTypeId != _PROPERTY:
            return
        if reference.BrowseName.Name == "EURange":
            variable.range = node
        elif reference.BrowseName.Name == "EngineeringUnits":
            variable.unit = node

    async def _references(
        self, nodes: Sequence[ua.NodeId], most: int
    ) -> list[list[ua.ReferenceDescription]]:
        """What the nodes refer to downwards; a little more than `most` in all, at most."""
        asked = ua.BrowseParameters(
            RequestedMaxReferencesPerNode=ua.UInt32(_REFERENCES),
            NodesToBrowse=[
                ua.BrowseDescription(
                    NodeId=node,
                    BrowseDirection=ua.BrowseDirection.Forward,
                    ReferenceTypeId=ua.NodeId(ua.Int32(ObjectIds.HierarchicalReferences)),
                    IncludeSubtypes=True,
                    NodeClassMask=ua.UInt32(ua.NodeClass.Object | ua.NodeClass.Variable),
                    ResultMask=ua.UInt32(ua.BrowseResultMask.All),
                )
                for node in nodes
            ],
        )
        results = await self._session.browse(asked)
        found: list[list[ua.ReferenceDescription]] = [[] for _ in nodes]
        if len(results) != len(nodes):
            raise WrongKind("the server's answer", f"{len(results)} results", f"{len(nodes)}")
        total = 0
        for at, result in enumerate(results):
            answer = result
            while True:
                if not answer.StatusCode.is_good():
                    self._skipped["nodes the server would not show"] += 1
                found[at] += answer.References or []
                total += len(answer.References or [])
                if not answer.ContinuationPoint:
                    break
                enough = total > most or not answer.References
                following = ua.BrowseNextParameters(
                    ReleaseContinuationPoints=enough, ContinuationPoints=[answer.ContinuationPoint]
                )
                more = await self._session.browse_next(following)
                if enough or not more:
                    break
                answer = more[0]
        return found

    async def _tags(self) -> Any:
        """The variables that are single numbers and can be named."""
        wanted = (
            AttributeIds.DataType, AttributeIds.ValueRank, AttributeIds.AccessLevel,
            AttributeIds.UserAccessLevel, AttributeIds.Description, AttributeIds.Value,
        )  # fmt: skip
        for part in _parts(list(self._found.values()), _TOGETHER // 2):
            asked = [(f.node, attribute) for f in part for attribute in wanted]
            answers = await self._read(asked)
            extras = [node for f in part for node in (f.range, f.unit) if node is not None]
            properties = dict(zip(extras, await self._values(extras), strict=True))
            for at, found in enumerate(part):
                shown = answers[at * len(wanted) : (at + 1) * len(wanted)]
                tag = self._tag(found, shown, properties)
                if tag is not None:
                    yield tag

    def _tag(
        self, found: _Found, shown: Sequence[ua.DataValue], properties: dict[ua.NodeId, Any]
    ) -> Tag | None:
        kind, rank, access, ours, description, value = shown
        rights = integer(access, 0) & integer(ours, _READ | _WRITE)
        form = kind_of(value_of(kind, None), value)
        if form is None or integer(rank, _SCALAR) >= 0:
            self._skipped["variables that are no single numbers"] += 1
            return None
        if not rights & _READ:
            self._skipped["variables we may not read"] += 1
            return None
        address = self._address(found.node)
        if not address.isprintable() or len(address) > _LONGEST:
            self._skipped["variables whose address no plant file can hold"] += 1
            return None
        said = value_of(description, None)
        unit, unit_said = unit_of(properties.get(found.unit) if found.unit else None)
        return Tag(
            address=address,
            path=found.path,
            name=found.name,
            description=line(getattr(said, "Text", None), _TEXT),
            unit=unit,
            unit_said=unit_said,
            type=form,
            range=range_of(properties.get(found.range) if found.range else None),
            writable=bool(rights & _WRITE),
        )

    def _address(self, node: ua.NodeId) -> str:
        """The node's id with its namespace's URI: an index may be another after a restart."""
        at = node.NamespaceIndex
        uri = self._spaces[at] if at < len(self._spaces) else ""
        plain = ua.NodeId(node.Identifier, ua.Int16(0), node.NodeIdType).to_string()
        text = plain.split(";", 1)[1] if plain.startswith("ns=") else plain
        return f"nsu={uri};{text}" if uri and ";" not in uri else node.to_string()

    def _usual(self, tags: Sequence[Tag]) -> str:
        """The namespace of most addresses."""
        spaces = Counter(
            tag.key[4:].partition(";")[0] for tag in tags if tag.key.startswith("nsu=")
        )
        return spaces.most_common(1)[0][0] if spaces else ""

    async def _read(self, asked: Sequence[tuple[ua.NodeId, AttributeIds]]) -> list[ua.DataValue]:
        if not asked:
            return []
        wanted = ua.ReadParameters(
            TimestampsToReturn=ua.TimestampsToReturn.Neither,
            NodesToRead=[ua.ReadValueId(NodeId=n, AttributeId=a) for n, a in asked],
        )
        answers = await self._session.read(wanted)
        if len(answers) != len(asked):
            raise WrongKind("the server's answer", f"{len(answers)} values", f"{len(asked)}")
        return answers

    async def _values(self, nodes: Sequence[ua.NodeId]) -> list[Any]:
        answers = await self._read([(node, AttributeIds.Value) for node in nodes])
        return [value_of(answer, None) for answer in answers]


def _parts(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for at in range(0, len(items), size):
        yield items[at : at + size]


def _local(reference: ua.ReferenceDescription) -> ua.NodeId | None:
    """The node referred to, if it is one of this server."""
    node: Any = reference.NodeId
    if getattr(node, "ServerIndex", 0) or getattr(node, "NamespaceUri", None):
        return None
    return ua.NodeId(node.Identifier, node.NamespaceIndex, node.NodeIdType)
