"""That a rehearsal reaches nothing but this machine."""

import socket
from pathlib import Path

import pytest

from evals.virtual.loopback import free_port, guarded, is_here, redirected
from tests.devices import MODBUS_ADDRESSES, NAMES, plant
from twin_core.errors import NotAllowed

FAR = ("10.1.1.1", "plc.example.org", "127.0.0.1.example.org", "", "::2", "0.0.0.0")
TAGS = {name: f'"s=Tank.{name}"' for name in NAMES}


@pytest.mark.parametrize("host", FAR)
def test_no_other_machine_is_this_one(host):
    """By address; a name is none but localhost."""
    assert not is_here(host)
    assert all(is_here(own) for own in ("127.0.0.1", "127.8.8.8", "::1", "localhost"))


def test_what_is_played_is_redirected_and_the_rest_is_called_by_nobody():
    """Keys, users and encryption of the real controller stay behind."""
    options = '{namespace: "urn:x", encrypt: true, user: joe, password_file: /run/pw}'
    real = plant("opcua", "opc.tcp://10.1.1.1:4840/", options, TAGS)
    played = redirected(real, {"plc": 4242}, {}).sources[0]
    assert played.url == "opc.tcp://127.0.0.1:4242"
    assert played.options["namespace"] == "urn:x"
    assert not {"encrypt", "user", "password_file"} & set(played.options)
    silent = redirected(real, {}, {}).sources[0]
    assert (silent.kind, silent.url, silent.options) == ("http", "", {})


def test_a_controller_over_tls_is_played_in_the_clear_on_loopback():
    """Its certificate is not here, and is not needed."""
    real = plant("modbus", "modbuss://10.1.1.1:802", "{unit_id: 3}", MODBUS_ADDRESSES)
    assert redirected(real, {"plc": 4242}, {}).sources[0].url == "modbus://127.0.0.1:4242"


@pytest.mark.parametrize("host", [h for h in FAR if h])
def test_a_simulator_elsewhere_is_refused(host):
    """It could be the plant."""
    real = plant("opcua", "opc.tcp://10.1.1.1:4840/", '{namespace: "urn:x"}', TAGS)
    shown = f"[{host}]" if ":" in host else host
    with pytest.raises(NotAllowed):
        redirected(real, {}, {"plc": f"opc.tcp://{shown}:4840/"})


def test_inside_the_guard_no_socket_leaves_this_machine():
    """Whoever opens it; outside it rests."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with guarded("the test"):
            with socket.socket() as near:
                near.connect(listener.getsockname())
            with socket.socket() as far, pytest.raises(NotAllowed):
                far.connect(("192.0.2.1", 9))
            with socket.socket(type=socket.SOCK_DGRAM) as far, pytest.raises(NotAllowed):
                far.sendto(b"x", ("192.0.2.1", 9))


def test_a_free_port_is_none_that_a_connection_is_given():
    """What the system gives away begins above; Linux says where."""
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    found = {free_port() for _ in range(200)}
    assert len(found) > 150
    assert max(found) < first
    with socket.create_server(("127.0.0.1", min(found))):
        assert all(free_port() != min(found) for _ in range(200))
