import pytest

from api.clock import SystemClock
from twin_core.errors import OutOfRange, WrongKind
from twin_core.value import SECOND

T0 = 1_700_000_000 * SECOND


class Host:
    """A machine whose clock somebody sets, and whose seconds nobody does."""

    def __init__(self):
        self.us, self.passed = T0, 0.0

    def clock(self, **given):
        return SystemClock(host=lambda: self.us * 1000, steady=lambda: self.passed, **given)

    def turn(self, seconds):
        self.us += round(seconds * SECOND)
        self.passed += seconds


@pytest.fixture
def host():
    return Host()


def test_plant_time_is_host_time_on_a_real_plant(host):
    """With factor 1 plant time is UTC."""
    clock = host.clock()
    assert clock.plant() == T0
    host.turn(5)
    assert clock.plant() == clock.host() == T0 + 5 * SECOND


def test_plant_time_runs_faster_from_the_origin(host):
    """Plant time leaves the origin at the factor's pace."""
    clock = host.clock(factor=20, origin=T0)
    host.turn(3)
    assert clock.plant() == T0 + 60 * SECOND
    assert clock.ledger() == T0 + 3 * SECOND


@pytest.mark.catches("ledger time stands still while a clock that was set back is behind")
@pytest.mark.parametrize("time", ["ledger", "plant"])
def test_f08_time_never_runs_backwards_and_never_stands_still(host, time):
    """A host's clock set back: time goes on at nine tenths until the host is there again."""
    clock = host.clock()
    read = getattr(clock, time)
    assert read() == T0
    host.us -= 600 * SECOND
    assert read() == T0
    for minutes in range(1, 120):
        host.turn(60)
        assert read() == max(T0 + 54 * SECOND * minutes, host.us)
    assert read() == host.us
    assert clock.host() == host.us


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
