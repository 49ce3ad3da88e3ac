from functools import cache

import numpy as np
import pytest

from tests.twin_core.diagnosis import quay
from twin_core.diagnosis.diagnose import diagnose
from twin_core.errors import UnknownName
from twin_core.value import SECOND

NORTH, CELLAR = "quay/hall/north", "quay/cellar/vacuum"
SEALER = f"{NORTH}/sealer"
ONSET = quay.START + 28 * 60 * SECOND


@cache
def found(name):
    day = {
        "well": quay.Day(),
        "slow": quay.Day(slow={SEALER: 0.6}),
        "leak": quay.Day(leak=20.0),
        "setting": quay.Day(settings={f"{SEALER}/heat_set": 158.0}),
    }[name]
    return diagnose(quay.lived(day), NORTH, 1200.0, 1)


@pytest.mark.parametrize(
    ("name", "asset", "mode"),
    [
        ("slow", SEALER, "belt_slips"),
        ("leak", f"{CELLAR}/main", "leak"),
        ("setting", SEALER, "heat_set_low"),
    ],
)
def test_the_cause_is_named_with_onset_path_and_evidence(name, asset, mode):
    """Asset and mode, dated to half a minute, with the way to the complaint and what shows it."""
    cause = found(name).causes[0]
    assert (cause.asset, cause.failure_mode) == (asset, mode)
    assert abs(cause.onset - ONSET) <= 60 * SECOND
    assert (cause.path[0], cause.path[-1]) == (asset, NORTH)
    known = {e.id for e in found(name).evidence}
    assert cause.supports
    assert set(cause.supports) | set(cause.contradicts) <= known


@pytest.mark.parametrize("name", ["slow", "leak"])
def test_the_counterfactual_holds_for_the_true_cause(name):
    """With the fault the model loses what the line lost; without it, it does not."""
    check = found(name).causes[0].check
    assert check.passed
    assert check.faulty.mean < check.healthy.mean
    assert check.explains > 0.5


def test_without_the_model_signs_alone_name_the_cause_and_nothing_is_called_checked():
    """What the counterfactual is worth can be told, for it can be left out."""
    slow = quay.lived(quay.Day(slow={SEALER: 0.6}))
    cause = diagnose(slow, NORTH, 1200.0, 1, tried=False).causes[0]
    assert cause.asset == SEALER
    assert cause.check is None


@pytest.mark.parametrize("name", ["well", "slow", "leak", "setting"])
def test_probabilities_never_add_up_to_more_than_one(name):
    """Best first; what nobody suspects has its share too."""
    chances = [c.probability for c in found(name).causes]
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) <= 1.0 + 1e-9


def test_a_healthy_line_has_no_cause():
    """Nothing is wrong: the answer says so, and blames nobody."""
    assert found("well").verdict == "normal"
    assert found("well").causes == ()


@pytest.mark.parametrize(("stops", "cause"), [(((100, 60), (40, 0)), False), (None, True)])
def test_two_stops_a_minute_ago_are_no_cause_yet(stops, cause):
    """Every machine does that now and then; who stops again and again for ten minutes is named."""
    stops = stops or tuple((s, s - 40) for s in range(640, 0, -80))
    values, boxer = quay.series(quay.Day(minor_stops=False)), f"{NORTH}/boxer"
    state, pace, made = (values[f"{boxer}/{p}"] for p in ("mode_now", "pace", "made"))
    gained = np.diff(made, prepend=made[0])
    for since, until in stops:
        stands = slice(len(state) - since // quay.STEP_S, len(state) - until // quay.STEP_S)
        state[stands], pace[stands], gained[stands] = 11.0, 0.0, 0.0
    values[f"{boxer}/made"] = made[0] + np.cumsum(gained)
    found = diagnose(quay.snapshot(values), NORTH, 1200.0, 1)
    assert (found.verdict == "cause") is cause
    assert not cause or found.causes[0].asset == boxer


def test_no_data_is_not_normal():
    """A line whose controller is silent is not judged, and the answer says since when."""
    snapshot = quay.snapshot(quay.series(quay.Day(slow={SEALER: 0.6})), down=("plc_north",))
    silent = diagnose(snapshot, NORTH, 1200.0, 1)
    assert silent.verdict == "no_data"
    assert silent.rate is None
    assert "no data" in silent.summary.lower()


def test_a_line_that_lost_for_no_visible_reason_is_unclear_or_blames_the_machine():
    """Where the evidence does not say why, no failure mode is made up."""
    values = quay.series(quay.Day(slow={SEALER: 0.6}))
    for name in ("pace", "heat", "shake"):
        values[f"{SEALER}/{name}"] = np.full_like(values[f"{SEALER}/{name}"], np.nan)
    blind = diagnose(quay.snapshot(values), NORTH, 1200.0, 1)
    first = next((c for c in blind.causes if not c.sensor), None)
    assert first is None or first.asset != SEALER or first.probability < 0.9


def test_a_unit_is_asked_about_through_its_line():
    """Asking about the machine gives the line's causes."""
    snapshot = quay.lived(quay.Day(slow={SEALER: 0.6}))
    assert diagnose(snapshot, SEALER, 1200.0, 1).causes[0].asset == SEALER


def test_an_unknown_subject_is_refused():
    """A line nobody has is no line that is well."""
    with pytest.raises(UnknownName):
        diagnose(quay.lived(quay.Day(minutes=5)), "quay/hall/west", 600.0, 1)


def test_the_same_seed_gives_the_same_diagnosis():
    """Pure: same belief, same seed, same answer, evidence ids included."""
    again = diagnose(quay.lived(quay.Day(slow={SEALER: 0.6})), NORTH, 1200.0, 1)
    assert again == found("slow")


def test_modes_of_an_asset_share_one_whole_and_a_second_cause_stands_beside():
    """An asset has one of its modes, or none; a cause of something else is no rival."""
    day = quay.Day(slow={f"{NORTH}/washer": 0.6}, settings={f"{SEALER}/heat_set": 158.0})
    causes = diagnose(quay.lived(day), NORTH, 1200.0, 1).causes
    for asset in {c.asset for c in causes}:
        assert sum(c.probability for c in causes if c.asset == asset) <= 1.0 + 1e-9
    assert {c.asset for c in causes} >= {f"{NORTH}/washer", SEALER}
    assert [c.beside for c in causes].count(False) >= 1


def test_a_store_reaches_the_line_by_what_it_feeds():
    """A cause acts along its feeds and supplies; through a header only where it draws from it."""
    found = diagnose(quay.lived(quay.Day(slow={f"{NORTH}/washer": 0.6})), NORTH, 1200.0, 1)
    washer = next(c for c in found.causes if c.asset == f"{NORTH}/washer")
    assert f"{CELLAR}/main" not in washer.path


def test_a_second_cause_explains_a_loss_or_is_an_instrument_or_a_setting():
    """What leaves no loss to explain is not told as a second cause of it."""
    harmless = quay.Day(slow={SEALER: 0.6}, shift={f"{NORTH}/boxer/heat": -7.0})
    found = diagnose(quay.lived(harmless), NORTH, 1200.0, 1)
    assert found.causes[0].asset == SEALER
    assert not [c for c in found.causes if c.beside and not c.sensor]
