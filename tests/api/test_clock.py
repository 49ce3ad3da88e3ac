import pytest

from api.clock import SystemClock
from twin_core.errors import OutOfRange, WrongKind
from twin_core.value import SECOND

T0 = 1_700_000_000 * SECOND


@pytest.fixture
def host(monkeypatch):
    """The host's clock, turned by hand."""
    now = {"us": T0}
    monkeypatch.setattr("api.clock.time.time_ns", lambda: now["us"] * 1000)
    return now


def test_plant_time_is_host_time_on_a_real_plant(host):
    """With factor 1 plant time is UTC."""
    assert SystemClock().plant() == T0


def test_plant_time_runs_faster_from_the_origin(host):
    """Plant time leaves the origin at the factor's pace."""
    clock = SystemClock(factor=20, origin=T0)
    host["us"] = T0 + 3 * SECOND
    assert clock.plant() == T0 + 60 * SECOND
    assert clock.ledger() == T0 + 3 * SECOND


def test_f08_ledger_time_never_runs_backwards(host):
    """Setting the host's clock back does not set ledger time back."""
    clock = SystemClock()
    assert clock.ledger() == T0
    host["us"] = T0 - 3600 * SECOND
    assert clock.ledger() == T0
    assert clock.plant() == T0 - 3600 * SECOND


def test_monotonic_time_only_grows():
    """Deadlines are measured on a clock that nobody sets."""
    clock = SystemClock()
    first = clock.monotonic()
    assert clock.monotonic() >= first


def test_a_factor_needs_an_origin_and_must_be_above_zero():
    """A factor without an origin, or not above 0, is refused."""
    with pytest.raises(WrongKind):
        SystemClock(factor=20)
    for factor in (0, -1, float("nan")):
        with pytest.raises(OutOfRange):
            SystemClock(factor=factor, origin=T0)
