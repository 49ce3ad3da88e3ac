"""A line's history to its parameters: what is learnt, what is missing, what differs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.twin_core.simulation.calibrating.machine_days import (
    EXECUTE,
    HELD,
    line,
    machine,
    spans,
    states,
)
from tests.twin_core.simulation.sawmill import LINE, PLANER, SAW, sawmill
from twin_core.simulation.calibrating.buffer_check import BufferCheck
from twin_core.simulation.calibrating.calibration import calibrate, differences
from twin_core.simulation.calibrating.estimated import Estimated
from twin_core.simulation.calibrating.spans import union

PLANT = sawmill()
NAMED = PLANT.unit(SAW).parameters


def told(seed, n=300, mean_s=500.0, length_s=25.0):
    """Stops that come by chance and last as long as they like."""
    random = np.random.default_rng(seed)
    at, found = 0.0, []
    for life, length in zip(
        random.exponential(mean_s, n), random.lognormal(np.log(length_s), 0.5, n), strict=True
    ):
        found += [(round(at), EXECUTE), (round(at + life + 1), HELD)]
        at = round(at + life + 1) + max(1, round(length))
    return [*found, (round(at), EXECUTE), (round(at) + 100,)]


def history(spells, unit=SAW, **given):
    m = machine(states(*spells), per_s=1.0, **given)
    m = replace(m, unit=PLANT.unit(unit))
    return replace(line(m, end=spells[-1][0]), line=LINE)


@pytest.fixture(scope="module")
def learnt():
    return calibrate(PLANT, history(told(1)))


def test_what_was_put_in_is_found(learnt):
    """Rate, time between minor stops and their length, each inside its interval."""
    (saw,) = learnt.machines
    (minor, failure) = saw.stops
    assert saw.rates[-1].value == pytest.approx(60, rel=0.005)
    assert minor.between.mean.holds(501)
    assert minor.between.law.family == "exponential"
    assert minor.length.law.family == "lognormal"
    assert minor.length.mean.value == pytest.approx(25 * np.exp(0.125), rel=0.1)
    assert minor.between_good.fits
    assert failure.between is None
    assert failure.at_least_s > 40_000


def test_what_could_not_be_estimated_is_said(learnt):
    """No failure was seen: that says how often, and of how long nothing needs to be said."""
    said = {(m.what, m.why) for m in learnt.missing}
    assert any(
        what == "time between of failures" and "no end was seen" in why for what, why in said
    )
    assert not any(what == "length of failures" for what, _ in said)


def test_the_version_is_the_content(learnt):
    """The same history gives the same version, another minute another."""
    assert calibrate(PLANT, history(told(1))).version == learnt.version
    assert calibrate(PLANT, history(told(2))).version != learnt.version
    assert learnt.version.startswith("pa-")
    assert learnt.history == history(told(1)).digest
    assert learnt.model_validate_json(learnt.model_dump_json()) == learnt


def test_what_differs_from_the_plant_file_is_told(learnt):
    """A value of the file outside the interval differs, one inside agrees."""
    found = {d.parameter: d for d in differences(PLANT, learnt)}
    assert found.keys() <= {"rated_speed", "mtbf_s", "mttr_s", "reject_rate"}
    assert found
    for name, one in found.items():
        assert one.file == NAMED[name]
        slower = name == "rated_speed" and one.seen.value <= one.file
        assert one.outside == (not slower and not one.seen.holds(one.file))
        assert ("differs from" in one.sentence) == one.outside


def test_a_buffer_is_told_beside_the_file():
    """A capacity that differs, and a travel that the file has longer than anything took."""
    check = BufferCheck(
        source=SAW, target=f"{LINE}/planer", verdict="smaller", file=100, file_travel_s=40,
        capacity=Estimated(value=80, low=78, high=82, unit="1", n=9, by="x"),
        travel_s=Estimated(value=25, low=24, high=26, unit="s", n=9, by="x"),
    )  # fmt: skip
    learnt = calibrate(PLANT, history(told(1, n=20)))
    found = differences(PLANT, learnt.model_copy(update={"machines": (), "buffers": (check,)}))
    assert [(d.parameter, d.file, d.outside) for d in found] == [
        ("capacity", 100, True), ("travel_s", 40, True)
    ]  # fmt: skip


def test_a_doubtful_law_is_a_doubt():
    """Stops of two humps are fitted by something, and it is said that nothing fits."""
    random = np.random.default_rng(3)
    at, spells = 0.0, []
    for k in range(80):
        life = 1 + random.exponential(300)
        spells += [(at, EXECUTE), (at + life, HELD)]
        at += life + (10 + random.integers(0, 3) if k % 2 else 90 + random.integers(0, 5))
    found = calibrate(PLANT, history([*spells, (at, EXECUTE), (at + 100,)]))
    assert any("length of minor stops" in d.what and "no law fits" in d.why for d in found.doubts)


def test_stops_that_come_more_often_towards_the_end_are_a_doubt():
    """A law learnt over a change is fitted, and it is said that it does not hold all along."""
    calm, often = told(5, n=120, mean_s=600.0), told(6, n=120, mean_s=200.0)
    since = calm[-1][0]
    both = [*calm[:-1], *((since + row[0], *row[1:]) for row in often)]
    found = calibrate(PLANT, history(both))
    said = [d.why for d in found.doubts if d.what == "time between of minor stops"]
    assert any("gets shorter" in why for why in said)


def test_a_silent_line_gives_a_set_that_says_so():
    """Nothing seen: nothing learnt, everything missing, nothing raised."""
    m = replace(machine(np.empty((0, 4), np.int64)), unit=PLANT.unit(SAW))
    found = calibrate(PLANT, replace(line(m, end=100), line=LINE))
    assert found.seen == 0
    assert not found.machines[0].rates
    assert {m.what for m in found.missing} >= {"time between of minor stops", "rejects"}


def test_the_shares_seen_are_of_the_span():
    """Half of the span without a state is half seen."""
    spells = [(0, EXECUTE), (500, None), (1000, EXECUTE), (1000,)]
    assert calibrate(PLANT, history(spells)).seen == pytest.approx(0.5)


@st.composite
def any_history(draw):
    """Two machines that did whatever they liked, and told it now and then."""
    machines = []
    for unit in (SAW, PLANER):
        lengths = draw(st.lists(st.integers(0, 900), max_size=40))
        told = draw(
            st.lists(st.sampled_from([None, *range(18), 6, 6, 11]), min_size=41, max_size=41)
        )
        at = np.r_[0, np.cumsum(lengths)].tolist()
        rows = [(a, s) for a, s in zip(at[:-1], told, strict=False)]
        flags = [
            union(spans(*draw(st.lists(st.tuples(*[st.integers(0, 5000)] * 2), max_size=5))))
            for _ in range(2)
        ]
        m = machine(states(*rows, (at[-1],)), starved=flags[0], blocked=flags[1], until=3600)
        counts = st.one_of(st.floats(0, 100), st.just(np.nan))
        made = np.array(draw(st.lists(counts, min_size=len(m.time), max_size=len(m.time))))
        machines.append(replace(m, unit=PLANT.unit(unit), made=made, rejected=made[::-1] / 10))
    start = draw(st.integers(0, 2000))
    planned = union(spans(*draw(st.lists(st.tuples(*[st.integers(0, 5000)] * 2), max_size=3))))
    return replace(line(*machines, start=start, end=3600, planned=planned), line=LINE)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(told=any_history(), minor_s=st.sampled_from([None, 60.0, 300.0]))
def test_whatever_a_line_did_there_is_an_answer(told, minor_s):
    """Every history gives a set that can be written down, with intervals around its values."""
    found = calibrate(PLANT, told, minor_s=minor_s)
    assert found.model_validate_json(found.model_dump_json()).version == found.version
    for one in differences(PLANT, found):
        assert one.sentence
    for buffer in found.buffers:
        assert buffer.sentence
