"""A twin that was saved and restored goes on as if it had never stopped."""

import pickle

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.twin_bytes import restored, saved
from tests.twin_core.plant_fixture import T0, Feed
from tests.twin_core.test_determinism import PLANT, SPAN, at, entries, settled
from twin_core.errors import CheckpointDamaged
from twin_core.ingest import Edit, Twin
from twin_core.value import SECOND

RELEASE = Edit(kind="release", point=PLANT.points[3].id, user="u", reason="checked")


def shown(twin):
    """All that can be seen of it, provisional belief too."""
    snapshot = twin.snapshot(at(SPAN))
    latest = [snapshot.latest(point.id) for point in PLANT.points]
    return settled(twin), latest, snapshot.sources, snapshot.revision


def take(twin, log):
    for entry in log:
        if isinstance(entry, Edit):
            twin.edit(entry, at(SPAN))
        else:
            twin.apply(entry, T0)


@settings(
    max_examples=10, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(
    seed=st.integers(0, 2**32 - 1),
    cuts=st.lists(st.integers(1, 2000), min_size=1, max_size=30),
    stop=st.integers(0, 40),
)
def test_the_rest_of_the_log_gives_what_the_whole_log_gives(seed, cuts, stop):
    log = [*entries(seed, cuts), RELEASE]
    whole = Twin(PLANT)
    take(whole, log)
    first = Twin(PLANT)
    take(first, log[:stop])
    again = restored(PLANT, saved(first))
    assert shown(again) == shown(first)
    take(again, log[stop:])
    take(first, log[stop:])
    assert shown(again)[:3] == shown(whole)[:3]
    assert shown(again) == shown(first)  # saving changes nothing


def test_a_twin_of_many_hours_is_saved_with_the_last_hour_alone():
    twin, feed = Twin(PLANT), Feed(PLANT)
    for event in feed.up():
        twin.apply(event, T0)
    sizes = []
    for hour in range(3):
        twin.apply(feed.readings(hour * 3600, (hour + 1) * 3600), at((hour + 1) * 3600))
        sizes.append(len(saved(twin)))
    assert sizes[2] < 1.02 * sizes[1]
    again = restored(PLANT, saved(twin))
    assert again.plant is PLANT
    assert again.snapshot(at(10_800)).digest == twin.snapshot(at(10_800)).digest


@pytest.mark.parametrize(
    "data", [b"", b"nonsense", pickle.dumps({"a": 1}), pickle.dumps(SECOND), pickle.dumps(Edit)]
)
def test_what_is_no_saved_twin_is_refused(data):
    with pytest.raises(CheckpointDamaged):
        restored(PLANT, data)


class Hostile:
    def __reduce__(self):  # noqa: D105 (says itself)
        return (print, ("it ran",))


def by_way_of(module, name, argument):
    """What a pickle says that calls a name as a module of ours reaches it."""
    texts = [text.encode() for text in (module, name, argument)]
    module, name, argument = (b"\x8c" + bytes([len(text)]) + text for text in texts)
    return b"\x80\x04" + module + name + b"\x93" + argument + b"\x85R."


@pytest.mark.catches("a saved twin that runs code")
@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps(Hostile()),
        by_way_of("twin_core.ingest", "np.f2py.os.system", "echo it ran"),
        by_way_of("twin_core.ingest", "np.load", "/dev/null"),
    ],
)
def test_bytes_that_would_run_something_are_refused(capfd, data):
    with pytest.raises(CheckpointDamaged, match="does not belong"):
        restored(PLANT, data)
    assert capfd.readouterr().out == ""


@settings(max_examples=50, deadline=None, derandomize=True)
@given(place=st.integers(0, 20_000), byte=st.integers(0, 255))
def test_a_damaged_byte_raises_nothing_but_our_own_error(place, byte):
    twin = Twin(PLANT)
    take(twin, entries(1, [500])[:3])
    data = bytearray(saved(twin))
    data[place % len(data)] = byte
    try:
        restored(PLANT, bytes(data))
    except CheckpointDamaged:
        return
