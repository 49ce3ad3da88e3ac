import pytest

from evals.emulator.ports import ports
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
