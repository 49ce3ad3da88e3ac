import socket

import pytest

from evals.emulator.ports import free_base, ports
from tests.evals.emulator.riverside import plant
from twin_core.errors import BadInput

LAST = 65536 - len(plant().sources)


@pytest.mark.parametrize("base", [99999, LAST + 1, 65534, 0, -5])
def test_a_base_without_a_port_for_every_source_is_refused(base):
    """A base that leaves a source without a port is refused, with what is allowed."""
    with pytest.raises(BadInput, match=rf"Port base {base}: .* allowed: 1 to {LAST}\.$"):
        ports(plant(), base)


def test_the_last_base_serves_every_source():
    """Sources take one port after the other, up to the last there is."""
    assert list(ports(plant(), LAST).values()) == list(range(LAST, 65536))


def test_two_who_look_at_once_find_different_runs():
    """Nobody listens yet where the other will: tests run side by side."""
    assert len({free_base(10) for _ in range(10)}) > 1


def test_a_run_with_a_port_in_use_is_passed_over(monkeypatch):
    """One listener inside it is enough."""
    monkeypatch.setattr("secrets.randbelow", lambda _n: 0)
    base = free_base(3)
    with socket.create_server(("127.0.0.1", base + 1)):
        assert free_base(3) > base
