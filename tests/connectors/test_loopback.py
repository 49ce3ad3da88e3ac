import pytest

from connectors.loopback import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_this_machine_is_known_by_its_addresses(host):
    """The whole loopback range, and the one name that means it."""
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "10.0.0.1", "0.0.0.0", "localhost.example", "127.0.0.1.example", "::ffff:10.0.0.1"]
)
def test_whatever_else_is_called_like_it_is_not(host):
    """A name that begins like this machine's is a stranger's."""
    assert not is_loopback(host)
