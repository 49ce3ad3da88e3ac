from dataclasses import replace

import pytest

from tests.twin_core.diagnosis import quay, riverside
from tests.twin_core.diagnosis.test_symptoms import signs
from twin_core.diagnosis.lines import span, weigh
from twin_core.diagnosis.matching import Match, dating, match
from twin_core.diagnosis.reach import reach
from twin_core.diagnosis.sign import Sign
from twin_core.diagnosis.weighing import Case
from twin_core.diagnosis.window import cut
from twin_core.plant.document import load
from twin_core.value import SECOND

NORTH, CELLAR = "quay/hall/north", "quay/cellar/vacuum"


def case(window, line, loss, seen):
    return Case(window.plant, line, loss, seen, frozenset(), window.end)


def best(day, n=1):
    snapshot = quay.lived(day)
    window = cut(snapshot)
    line = window.plant.line(NORTH)
    loss = weigh(window, line, span(window, 1200.0))
    found = match(case(window, line, loss, signs(snapshot)))
    return [(m.asset, m.mode.id if m.mode else None) for m in found[:n]]


@pytest.mark.parametrize(
    ("day", "cause"),
    [
        (quay.Day(slow={f"{NORTH}/sealer": 0.6}), (f"{NORTH}/sealer", "belt_slips")),
        (quay.Day(stops={f"{NORTH}/boxer": (40.0, 40.0)}), (f"{NORTH}/boxer", "tubs_jam")),
        (
            quay.Day(shift={f"{NORTH}/sealer/heat": -20.0}, ramp_min=6),
            (f"{NORTH}/sealer", "heater_weak"),
        ),
        (
            quay.Day(settings={f"{NORTH}/sealer/heat_set": 162.0}),
            (f"{NORTH}/sealer", "heat_set_low"),
        ),
        (
            quay.Day(settings={f"{NORTH}/washer/pace_set": 140.0}),
            (f"{NORTH}/washer", "pace_set_low"),
        ),
        (quay.Day(leak=20.0), (f"{CELLAR}/main", "leak")),
    ],
)
def test_the_mode_that_explains_most_comes_first(day, cause):
    """Signature, place of the loss and what is left unexplained rank the true mode first."""
    assert best(day) == [cause]


def test_a_mode_without_the_supply_it_needs_is_not_a_candidate():
    """A machine without vacuum cannot lack vacuum."""
    snapshot = quay.lived(quay.Day(slow={f"{NORTH}/sealer": 0.6}))
    window = cut(snapshot)
    line = window.plant.line(NORTH)
    loss = weigh(window, line, span(window, 1200.0))
    modes = {
        m.mode.id
        for m in match(case(window, line, loss, signs(snapshot)))
        if m.asset == f"{NORTH}/sealer" and m.mode
    }
    assert "little_vacuum" not in modes
    assert "belt_slips" in modes


def test_an_effect_is_not_its_own_cause():
    """Machines that slow down with the vacuum rank behind what took the vacuum."""
    found = best(quay.Day(leak=20.0), n=60)
    machine = next(i for i, (a, m) in enumerate(found) if m == "little_vacuum")
    assert found.index((f"{CELLAR}/main", "leak")) < machine


def test_what_only_passes_on_what_its_source_shows_ranks_behind_the_source(monkeypatch):
    """A main that is short of vacuum is no cause beside the pump that gives less."""
    relay = """
      - id: little_given
        name: too little vacuum given
        mode: LOO
        mechanism: common cause in the supply
        cause: pump weak
        detection: process parameter
        symptoms:
          - {point: vacuum, shows: low, order: 1, weight: 0.97}
          - {point: supplied, shows: low, order: 2, weight: 0.7}
        acts: [{on: capacity, size: {low: 0.2, high: 0.98}}]
        remedies: [{kind: inspection, task: Look at the pumps.}]
"""
    classes = quay.CLASSES.read_text()
    place = classes.index("      - id: leak\n")
    told = load(
        quay.text(), "quay.yaml", lambda _: classes[:place] + relay.lstrip("\n") + classes[place:]
    )
    monkeypatch.setattr(quay, "plant", lambda: told)
    snapshot = quay.lived(quay.Day(pump=0.35))
    window = cut(snapshot)
    line = window.plant.line(NORTH)
    loss = weigh(window, line, span(window, 1200.0))
    seen = signs(snapshot)
    gives = {(f"{CELLAR}/pump_1/load_now", "low"): low_load(snapshot, window.end)}
    silent = {k: s for k, s in seen.items() if "load_now" not in k[0]}

    def score(of):
        found = match(case(window, line, loss, of))
        return next(m.score for m in found if m.mode and m.mode.id == "little_given")

    assert score(silent | gives) < score(silent) - 2.0


def low_load(snapshot, end):
    return Sign(
        point=f"{CELLAR}/pump_1/load_now", shows="low", strength=0.99, usual=60.0, now=20.0,
        unit="%", onset=end - 600 * SECOND, onset_s=10.0,
    )  # fmt: skip


def test_a_cause_does_not_come_after_its_effect():
    """The same signs an hour after the loss began weigh less than before it."""
    snapshot = quay.lived(quay.Day(slow={f"{NORTH}/sealer": 0.6}))
    window = cut(snapshot)
    line = window.plant.line(NORTH)
    loss = weigh(window, line, span(window, 1200.0))
    seen = signs(snapshot)
    late = type(loss)(
        **{f: getattr(loss, f) for f in loss.__slots__} | {"onset": loss.onset - 900 * SECOND}
    )
    ours = [
        next(m for m in match(case(window, line, x, seen)) if m.mode and m.mode.id == "belt_slips")
        for x in (loss, late)
    ]
    assert ours[0].score > ours[1].score + 1.0


def without(*modes):
    """The plant with classes that do not list those failure modes."""
    plant = quay.plant()
    classes = {
        name: kind.model_copy(
            update={"failure_modes": tuple(m for m in kind.failure_modes if m.id not in modes)}
        )
        for name, kind in plant.classes.items()
    }
    return plant.model_copy(update={"classes": classes})


def test_what_no_class_lists_is_told_as_the_asset_with_its_mode_unknown(monkeypatch):
    """The machine shakes and is slow; none of its modes says so: it is the machine, and unknown."""
    told = without("belt_slips")
    monkeypatch.setattr(quay, "plant", lambda: told)
    sealer = f"{NORTH}/sealer"
    found = best(quay.Day(slow={sealer: 0.6}, shift={f"{sealer}/shake": 3.0}))
    assert found == [(sealer, None)]


def test_a_set_point_that_was_not_moved_was_not_moved():
    """However well a cold sealer fits its setting, the setting stands where it stood."""
    found = best(quay.Day(shift={f"{NORTH}/sealer/heat": -20.0}, ramp_min=6), n=60)
    names = [mode for asset, mode in found if asset == f"{NORTH}/sealer"]
    assert names.index("heat_set_low") > names.index(None)


def dated(*seen, losing=False):
    """What dates a leak of the vacuum main, of signs (point, minutes[, what it shows, weight])."""
    plant, main = quay.plant(), f"{CELLAR}/main"
    mode = plant.class_of(main).failure_mode("leak")
    assert mode is not None
    found = tuple(
        (
            Sign(
                point=point, shows=shows, strength=0.9, usual=2.0, now=1.0, unit="1",
                onset=quay.START + minutes * 60 * SECOND, onset_s=10.0,
            ),
            weight,
        )
        for point, minutes, shows, weight in ((*one, "low", 3.0)[:4] for one in seen)
    )  # fmt: skip
    sign = dating(
        plant, Match(main, mode, 9.0, found, (), (), 1.0, reach(plant, main, mode)), losing=losing
    )
    return None if sign is None else (sign.point.rsplit("/", 1)[1], sign.onset)


def test_no_effect_dates_its_cause():
    """A machine that stopped by chance before the main leaked does not make it leak earlier."""
    own, other = (f"{CELLAR}/main/vacuum", 20), (f"{NORTH}/boxer/pace", 12)
    assert dated(other, own) == ("vacuum", quay.START + 20 * 60 * SECOND)
    assert dated(other) == ("pace", quay.START + 12 * 60 * SECOND)
    assert dated() is None


def test_minor_stops_date_only_a_mode_of_which_nothing_tells_more():
    """They come by chance too: one some minutes before is not where a leak began."""
    plain = (f"{CELLAR}/main/vacuum", 20)
    stops = (f"{CELLAR}/main/drawn", 12, "stopping")
    assert dated((*stops, 1.0), plain) == ("vacuum", quay.START + 20 * 60 * SECOND)
    assert dated((*stops, 5.0), plain) == ("drawn", quay.START + 12 * 60 * SECOND)
    assert dated((*stops, 1.0)) == ("drawn", quay.START + 12 * 60 * SECOND)


def test_what_waits_in_the_ordinary_course_dates_nothing_while_a_line_loses():
    assert dated((f"{NORTH}/boxer/hungry", 12), losing=True) is None
    assert dated((f"{NORTH}/boxer/hungry", 12)) is not None


def test_a_short_drift_is_told_by_the_level_it_came_to():
    """It may have been too fast to be seen on its way: more than nothing, less than a trend."""
    asset, name = f"{riverside.LINE}/labeller", "glue_temperature_sensor_drifting"
    level = riverside.sign(f"{asset}/glue_temperature", 150.0, 127.0)
    trend = riverside.sign(f"{asset}/glue_temperature", 150.0, 127.0, "falling")

    def score(*seen):
        found = match(riverside.case(*seen, losing=False))
        return next(m.score for m in found if m.asset == asset and m.mode and m.mode.id == name)

    faint = replace(trend, strength=0.4)
    assert score() + 3.0 < score(level) < score(level, trend) - 1.0
    assert score(level, faint) == pytest.approx(score(level), abs=0.5)
