"""A virtual node's payloads: as our host decodes them, and commands as it sends them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import sparkplug
from evals.virtual.sparkplug_bytes import BOOLEAN, DOUBLE, INT32, INT64, Metric, metrics, payload


def test_our_host_reads_what_a_virtual_node_says():
    """Names, types, values, sequence and time."""
    told = [
        Metric("a/b", -2.5, DOUBLE), Metric("n", -7.0, INT32), Metric("w", 3e9, INT64),
        Metric("on", 1.0, BOOLEAN),
    ]  # fmt: skip
    found = sparkplug.decode(payload(told, seq=17, time_ms=1_700_000_000_000))
    assert found.seq == 17
    assert [(m.name, m.number(0)) for m in found.metrics] == [
        ("a/b", -2.5), ("n", -7.0), ("w", 3e9), ("on", 1.0),
    ]  # fmt: skip


@given(st.binary(max_size=200))
def test_bytes_that_are_no_payload_are_refused_and_nothing_else_happens(data):
    """Whoever sends them."""
    try:
        for metric in metrics(data):
            assert isinstance(metric.name, str)
    except ValueError:
        return


@pytest.mark.parametrize("value", [0.0, 12.5, -3.0])
def test_a_command_is_read_as_a_number(value):
    """A double, as the host sends it to a node that was born with one."""
    data = sparkplug.command("x", (DOUBLE, "double_value", value), 1)
    assert [(m.name, m.value) for m in metrics(data)] == [("x", value)]
