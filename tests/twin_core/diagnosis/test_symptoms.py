import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin_core.diagnosis import quay, riverside
from twin_core.diagnosis import rejects, setpoints, stops, symptoms
from twin_core.diagnosis.graph import around
from twin_core.diagnosis.weighing import gather
from twin_core.diagnosis.window import cut
from twin_core.diagnosis.wording import sign_text
from twin_core.plant.classes import Role
from twin_core.plant.document import load
from twin_core.twin import Quarantine
from twin_core.value import SECOND

NORTH = "quay/hall/north"
ONSET = quay.START + 28 * 60 * SECOND


def signs(snapshot):
    window = cut(snapshot)
    lines = snapshot.plant.lines
    return gather(
        [
            *symptoms.observe(window),
            *setpoints.observe(window),
            *(s for x in lines for s in stops.observe(window, x)),
            *(s for x in lines for s in rejects.observe(window, x)),
        ]
    )


def test_a_healthy_hour_gives_hardly_a_sign():
    """Minor stops and noise give no strong sign on any process value, speed or set-point."""
    for seed in range(1, 6):
        found = signs(quay.lived(quay.Day(seed=seed)))
        assert [s for s in found.values() if s.strength > 0.8] == []


def test_a_slow_machine_is_low_in_speed_since_its_onset():
    """A slow machine shows in its own speed while it runs free, dated to the bucket."""
    found = signs(quay.lived(quay.Day(slow={f"{NORTH}/sealer": 0.6})))
    sign = found[f"{NORTH}/sealer/pace", "low"]
    assert sign.strength > 0.9
    assert abs(sign.onset - ONSET) <= 30 * SECOND
    assert sign.now == pytest.approx(0.6 * 215, abs=3)
    assert (f"{NORTH}/doser/pace", "low") not in found


def test_a_ramp_is_low_and_falling():
    """A value that drifts away is low and falling; its rejects follow later."""
    day = quay.Day(shift={f"{NORTH}/sealer/heat": -20.0}, ramp_min=6)
    found = signs(quay.lived(day))
    assert found[f"{NORTH}/sealer/heat", "low"].strength > 0.9
    assert found[f"{NORTH}/sealer/heat", "falling"].strength > 0.8
    bad = found[f"{NORTH}/sealer/bad", "high"]
    assert bad.strength > 0.9
    assert bad.onset > found[f"{NORTH}/sealer/heat", "low"].onset


def test_a_machine_that_stops_again_and_again_breaks_its_own_law():
    """More and longer stops than the machine's law are a sign; one ordinary stop is none."""
    found = signs(quay.lived(quay.Day(stops={f"{NORTH}/boxer": (40.0, 40.0)}, seed=4)))
    assert found[f"{NORTH}/boxer/mode_now", "stopping"].strength > 0.8


def test_one_stop_is_no_rate_and_one_that_outlasts_memory_is_not_forgotten():
    """It is told as one stop, of a time before all that is remembered, and by its state alone."""
    values = quay.series(quay.Day(minor_stops=False))
    late, always = dict(values), dict(values)
    state, pace = f"{NORTH}/boxer/mode_now", f"{NORTH}/boxer/pace"
    for told, since in ((late, len(values[state]) // 2), (always, 0)):
        for point, stands in ((state, 9.0), (pace, 0.0)):
            told[point] = values[point].copy()
            told[point][since:] = stands
    once, forgotten = (signs(quay.snapshot(x))[state, "stopping"] for x in (late, always))
    assert (once.now, once.against, once.note) == (None, "law", stops.STANDS)
    assert (forgotten.now, forgotten.against) == (None, "normal")
    assert forgotten.strength > 0.9
    text, _ = sign_text(quay.plant(), forgotten)
    assert "stopped for a reason of its own before" in text
    assert "stops/h" not in text


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_what_left_for_good_is_mostly_away_from_there_and_not_before(away):
    """No longer end has a larger surplus of what is away."""
    left = symptoms._left_for_good(np.array(away))
    surplus = [2 * sum(away[k:]) - len(away[k:]) for k in range(len(away))]
    assert surplus[left] == max(surplus)
    assert left == 0 or not away[left - 1] or surplus[left - 1] <= surplus[left]


def test_a_set_point_off_its_recipe_is_a_sign_even_if_it_never_moved():
    """A recipe binds whenever the set-point was moved."""
    day = quay.Day(settings={f"{NORTH}/sealer/heat_set": 165.0}, after=0.0)
    sign = signs(quay.lived(day))[f"{NORTH}/sealer/heat_set", "low"]
    assert sign.strength > 0.9
    assert sign.against == "recipe"
    assert sign.usual == 180.0


def test_a_set_point_nobody_gave_a_value_for_is_compared_with_its_past():
    """A speed set-point without recipe or range is a sign when it is moved, and only then."""
    moved = signs(quay.lived(quay.Day(settings={f"{NORTH}/washer/pace_set": 140.0})))
    assert moved[f"{NORTH}/washer/pace_set", "low"].against == "before"
    always = signs(quay.lived(quay.Day(settings={f"{NORTH}/washer/pace_set": 140.0}, after=0.0)))
    assert (f"{NORTH}/washer/pace_set", "low") not in always


def test_only_what_bears_on_the_line_is_looked_at_and_that_as_ever():
    """Leaving the rest of the plant out changes no sign of what stays."""
    snapshot = quay.lived(quay.Day(slow={f"{NORTH}/sealer": 0.6, "quay/hall/south/doser": 0.6}))
    plant = snapshot.plant
    near = around(plant, plant.line(NORTH))
    part = {(s.point, s.shows): s for s in symptoms.observe(cut(snapshot, near))}
    whole = {(s.point, s.shows): s for s in symptoms.observe(cut(snapshot))}
    assert part == {key: s for key, s in whole.items() if s.asset in near}
    assert any("/south/doser/" in s.point for s in whole.values())


def test_a_point_of_which_nothing_is_told_may_scatter(monkeypatch):
    """Neither noise nor resolution nor a usual range: more scatter than before is a sign of it."""
    told = "resolution: 0.01, noise: 0.08, band: 1.5"
    text = quay.CLASSES.read_text()
    lines = [
        line.replace(told, "band: 1.5").replace("normal: {low: 1, high: 2.4}, ", "")
        if "{id: shake, " in line
        else line
        for line in text.splitlines()
    ]
    untold = load(quay.text(), "quay.yaml", lambda _: "\n".join(lines))
    assert untold.point(f"{NORTH}/sealer/shake").spec.normal is None
    values = quay.series(quay.Day())
    shake = values[f"{NORTH}/sealer/shake"]
    late = slice(int(28 * 60 / quay.STEP_S), None)
    shake[late] += np.random.default_rng(1).normal(0, 3, len(shake[late]))
    monkeypatch.setattr(quay, "plant", lambda: untold)
    assert signs(quay.snapshot(values))[f"{NORTH}/sealer/shake", "noisy"].strength > 0.9


def test_what_was_set_for_another_product_is_no_measure_of_this_one():
    """A change-over moves set-points, speeds and rates, and none of that is a sign."""
    washer = f"{NORTH}/washer"
    day = quay.Day(settings={f"{washer}/pace_set": 140.0})
    values = quay.series(day)
    assert (f"{washer}/pace_set", "low") in signs(quay.snapshot(values))
    for machine in quay.MACHINES:
        item = values[f"{NORTH}/{machine}/item"]
        item[int(28 * 60 / quay.STEP_S) :] = item[0] + 1
    found = signs(quay.snapshot(values))
    assert [s for s in found.values() if s.asset == washer and s.strength > 0.5] == []


def sensor(change):
    values = quay.series(quay.Day())
    change(values)
    return signs(quay.snapshot(values))


def test_a_stuck_instrument_is_seen_without_a_rule():
    """A lively point that stands still while its machine runs is stuck."""

    def change(values):
        values[f"{NORTH}/sealer/heat"][-240:] = values[f"{NORTH}/sealer/heat"][-241]

    found = sensor(change)
    assert found[f"{NORTH}/sealer/heat", "stuck"].strength > 0.9


def test_spikes_are_told_from_a_level():
    """Single readings far off are spikes, not a shift."""

    def change(values):
        values[f"{NORTH}/doser/shake"][-300::29] += 12.0

    found = sensor(change)
    assert found[f"{NORTH}/doser/shake", "spiking"].strength > 0.9
    assert (f"{NORTH}/doser/shake", "high") not in found


def test_a_point_that_falls_silent_is_missing():
    """No values for a minute from a point whose source is heard: missing."""

    def change(values):
        values[f"{NORTH}/doser/shake"][-120:] = np.nan

    found = sensor(change)
    assert found[f"{NORTH}/doser/shake", "missing"].strength > 0.9


def test_more_scatter_is_noise_and_no_level():
    """A value that begins to hunt is noisy."""

    def change(values):
        tail = values[f"{NORTH}/sealer/heat"][-300:]
        tail += 8.0 * np.random.default_rng(5).normal(size=len(tail))

    found = sensor(change)
    assert found[f"{NORTH}/sealer/heat", "noisy"].strength > 0.9


def test_what_quarantine_says_is_taken_over():
    """A quarantined point shows what its rule says, since when the rule says."""
    held = Quarantine(
        point=f"{NORTH}/sealer/heat", rule="stuck", since=ONSET, value=180.0, reason="no movement"
    )
    found = signs(quay.snapshot(quay.series(quay.Day()), quarantined=(held,)))
    sign = found[f"{NORTH}/sealer/heat", "stuck"]
    assert sign.onset == ONSET
    assert sign.against == "rule"


def test_of_what_was_not_cut_nothing_is_said():
    """A machine of another line, at no supply of this one, neither stops nor runs here."""
    values = quay.series(quay.Day(minor_stops=False))
    plant = quay.plant()
    window = cut(quay.snapshot(values), {u.id for u in plant.line("quay/hall/north").units})
    south = plant.line("quay/hall/south")
    assert stops.observe(window, south) == []
    for unit in south.units:
        assert not window.stopped(unit).any()
        assert not window.executes(unit).any()
        assert window.of_role(unit, Role.PRODUCED) is None


@pytest.mark.parametrize(("moves", "trouble"), [(0.6, False), (0.2, True)])
def test_who_waits_for_a_store_that_gives_all_it_can_wants_more_than_usual(moves, trouble):
    """After a stop a line draws faster than its store may release: nothing is wrong there."""
    site, store = riverside.plant(), "riverside/warehouse/stores/empties_4"
    steps = 60 * 60 // quay.STEP_S
    values = {p.id: np.full(steps, np.nan) for p in site.points}
    values[f"{store}/flow"] = np.where(np.arange(steps) % 120 < 60, 0.6, 0.0)
    values[f"{store}/waiting"] = np.zeros(steps)
    values[f"{store}/flow"][-150:] = moves
    values[f"{store}/waiting"][-150:] = 1.0
    window = cut(quay.snapshot(values, site=site), {store})
    seen = {s.point: s for s in symptoms.observe(window)}
    assert (f"{store}/waiting" in seen) is trouble
