"""Looking through an address space: a real server's, broken and hostile ones included."""

import asyncio
import itertools

import pytest

from api.clock import SystemClock
from connectors.opcua import OpcuaSource
from connectors.opcua_units import ucum, unit_id
from tests.devices import OpcUaTank, ua
from twin_core.errors import SourceDown, WrongKind

CLOCK = SystemClock()


@pytest.fixture
async def tank():
    made = OpcUaTank()
    await made.start(CLOCK.plant())
    yield made
    await made.stop()


async def survey(tank, most=2000):
    source = OpcuaSource(tank.plant, tank.plant.sources[0], CLOCK)
    return await source.discover(most)


def folder(tank, name):
    return tank.server.nodes.objects.add_folder(tank._space, name)


def named(found, name):
    return next(tag for tag in found.tags if tag.path[-1] == name)


async def test_type_range_unit_description_and_rights_are_read(tank):
    """A tag has what the server says of it, and no more."""
    machine = await folder(tank, "Machine")
    item = await machine.add_variable(tank._space, "Pressure", 1.5, ua.VariantType.Double)
    await item.write_attribute(
        ua.AttributeIds.Description, ua.DataValue(ua.LocalizedText("at the nozzles"))
    )
    range_ = ua.Range(0.0, 10.0)
    await item.add_property(0, "EURange", range_)
    unit = ua.EUInformation(
        NamespaceUri="http://www.opcfoundation.org/UA/units/un/cefact",
        UnitId=unit_id("BAR"),
        DisplayName=ua.LocalizedText("bar"),
    )
    await item.add_property(0, "EngineeringUnits", unit)
    await machine.add_variable(tank._space, "Running", val=True)
    found = await survey(tank)
    tag = named(found, "Pressure")
    assert tag.path == ("Machine", "Pressure")
    assert (tag.unit, tag.unit_said, tag.type, tag.writable) == ("bar", "bar", "float", False)
    assert (tag.range.low, tag.range.high, tag.description) == (0.0, 10.0, "at the nozzles")
    assert named(found, "Running").type == "bool"
    assert named(found, "setpoint").writable


async def test_what_is_no_single_number_is_left_out_and_told(tank):
    """Texts and arrays are no readings; the survey says how many there are."""
    machine = await folder(tank, "Machine")
    await machine.add_variable(tank._space, "Text", "lemon")
    await machine.add_variable(tank._space, "Array", [1.0, 2.0])
    found = await survey(tank)
    assert not {"Text", "Array"} & {tag.path[-1] for tag in found.tags}
    assert "2 left out: variables that are no single numbers" in found.left_out


@pytest.mark.catches("a name that writes into the plant file or the terminal")
async def test_names_with_control_characters_are_made_harmless(tank):
    """What cannot be seen is replaced in names; an address that has such is left out."""
    machine = await folder(tank, "Ma\nchine: {evil: true} \x1b[2J")
    await machine.add_variable(ua.NodeId("plain", tank._space), "Tem\u202eperature", 1.0)
    await machine.add_variable(ua.NodeId("bell\x07\n", tank._space), "Bell", 1.0)
    found = await survey(tank)
    for tag in found.tags:
        assert all(step.isprintable() for step in (*tag.path, tag.name, tag.address))
    assert any(tag.address == "s=plain" for tag in found.tags)
    assert any("whose address no plant file can hold" in said for said in found.left_out)


@pytest.mark.catches("a circle walked without end")
async def test_circles_are_walked_once(tank):
    """A node that holds itself, or its parent, is looked at once."""
    first, second = await folder(tank, "First"), await folder(tank, "Second")
    for parent, child in ((first, second), (second, first), (first, first)):
        held = ua.ReferenceDescription(
            ReferenceTypeId=ua.NodeId(ua.ObjectIds.Organizes),
            IsForward=True,
            NodeId=child.nodeid,
            BrowseName=ua.QualifiedName("circle", 0),
            NodeClass=ua.NodeClass.Object,
        )
        tank.server.iserver.aspace[parent.nodeid].references.append(held)
    await second.add_variable(tank._space, "Value", 1.0)
    found = await survey(tank)
    assert [tag.path[-1] for tag in found.tags].count("Value") == 1
    assert not any("deeper" in said for said in found.left_out)


@pytest.mark.catches("a namespace index written into a plant file")
async def test_an_address_in_another_namespace_carries_its_uri(tank):
    """An index may change with a restart; the URI does not, and the connector finds it by that."""
    other = await tank.server.register_namespace("urn:test:another")
    machine = await folder(tank, "Machine")
    await machine.add_variable(ua.NodeId("Far", other), "Far", 4.25)
    tag = named(await survey(tank), "Far")
    assert tag.address == "nsu=urn:test:another;s=Far"


class Endless:
    """Answers every browse with children that nobody has seen before, deeper and deeper."""

    def __init__(self, service):
        self._numbers = itertools.count(1)
        self._service = service

    def browse(self, params):
        results = []
        for _ in params.NodesToBrowse:
            children = [
                ua.ReferenceDescription(
                    ReferenceTypeId=ua.NodeId(ua.ObjectIds.Organizes),
                    IsForward=True,
                    NodeId=ua.ExpandedNodeId(f"n{next(self._numbers)}", 2),
                    BrowseName=ua.QualifiedName("more", 2),
                    DisplayName=ua.LocalizedText("more"),
                    NodeClass=ua.NodeClass.Object,
                )
                for _ in range(100)
            ]
            results.append(ua.BrowseResult(References=children))
        return results


@pytest.mark.catches("an address space without end, walked to the end of memory")
async def test_an_endless_server_is_cut_and_that_is_told(tank, monkeypatch):
    """Of a server that grows while it is looked at, so much is looked at and no more."""
    service = tank.server.iserver.view_service
    monkeypatch.setattr(service, "browse", Endless(service).browse)
    async with asyncio.timeout(60):
        found = await survey(tank, most=5000)
    assert any("more than 5000 nodes" in said for said in found.left_out)


@pytest.mark.slow
async def test_a_hundred_thousand_nodes_are_cut_at_the_bound(tank, monkeypatch):
    """The usual bound holds against 100,000 nodes, in bounded time."""
    service = tank.server.iserver.view_service
    monkeypatch.setattr(service, "browse", Endless(service).browse)
    source = OpcuaSource(tank.plant, tank.plant.sources[0], CLOCK)
    async with asyncio.timeout(300):
        found = await source.discover()
    assert any("more than 50000 nodes" in said for said in found.left_out)


@pytest.mark.catches("a list of namespaces that is none")
async def test_a_server_whose_namespaces_are_no_list_is_refused(tank, monkeypatch):
    """Nonsense where the standard has a list of text is a sentence, not a crash."""
    space = tank.server.iserver.aspace
    node = ua.NodeId(ua.ObjectIds.Server_NamespaceArray)
    nonsense = ua.DataValue(ua.Variant([1, 2], ua.VariantType.Int32))
    monkeypatch.setattr(space[node].attributes[ua.AttributeIds.Value], "value", nonsense)
    with pytest.raises((SourceDown, WrongKind)):
        await survey(tank)


@pytest.mark.parametrize(
    ("namespace", "number", "said", "code"),
    [
        ("http://www.opcfoundation.org/UA/units/un/cefact", 4408652, "°C", "Cel"),
        ("http://www.opcfoundation.org/UA/units/un/cefact", 20529, "%", "%"),
        ("http://www.opcfoundation.org/UA/units/un/cefact", 5066068, "mm", None),
        ("http://unitsofmeasure.org", -1, "m3/h", "m3/h"),
        ("", -1, "bottles/min", None),
        ("", 2**31 - 1, "?", None),
    ],
)
def test_units_are_known_by_their_common_code(namespace, number, said, code):
    """The number of an EUInformation is a common code's letters; what is unknown stays unknown."""
    shown = ua.EUInformation(
        NamespaceUri=namespace, UnitId=number, DisplayName=ua.LocalizedText(said)
    )
    assert ucum(shown) == ({5066068: "mm"}.get(number, code), said)
