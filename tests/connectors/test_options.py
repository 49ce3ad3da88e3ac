import pytest

from connectors.modbus_security import ModbusOptions
from connectors.opcua_security import OpcuaOptions
from connectors.options import options
from twin_core.errors import WrongKind
from twin_core.plant.source import Source


def source(**given):
    return Source(id="plc", name="P", kind="x", url="x://host", options=given)


@pytest.mark.parametrize(
    ("kind", "given", "says"),
    [
        (OpcuaOptions, {"publishing": 1}, r"option publishing was given, one of namespace,"),
        (OpcuaOptions, {"publishing_s": "soon"}, r"option publishing_s: 'soon' was given, a valid"),
        (OpcuaOptions, {"sampling_s": 0}, r"option sampling_s: 0 was given, greater than 0"),
        (OpcuaOptions, {"keepalive_s": float("inf")}, r"option keepalive_s: inf was given"),
        (ModbusOptions, {"poll_s": -1}, r"option poll_s: -1 was given, greater than 0"),
        (ModbusOptions, {"unit_id": 256}, r"option unit_id: 256 was given, less than or equal"),
        (ModbusOptions, {"word_order": "mixed"}, r"'mixed' was given, 'big' or 'little' is needed"),
    ],
)
def test_an_option_that_cannot_be_is_told(kind, given, says):
    """A wrong or unknown option is one sentence: which source, which option, what is needed."""
    with pytest.raises(WrongKind, match=says) as refusal:
        options(kind, source(**given))
    assert str(refusal.value).startswith("source plc")


def test_what_is_not_given_is_usual():
    """Options are optional."""
    assert options(ModbusOptions, source()).word_order == "big"
    assert options(OpcuaOptions, source(publishing_s=5)).publishing_s == 5.0
