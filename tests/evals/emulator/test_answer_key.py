import pytest

from evals.emulator.crew import Order
from evals.emulator.nameplate import read_faults
from evals.emulator.standin import Write
from tests.evals.emulator.riverside import LINE2, LINE3, LINE4, plant
from tests.evals.emulator.telling import Telling
from tests.evals.emulator.treatments import writes

CASES = read_faults()


def told(case_id: str) -> Telling:
    telling = Telling(CASES.case(case_id), 7)
    telling.turn(180)
    return telling


def stuck_pressure(asset: str) -> Order:
    mode = "bowl_pressure_sensor_stuck"
    return Order(key="k", asset=asset, task="Check the transmitter.", failure_mode=mode)


def test_without_treatment_no_end_is_reached():
    """Doing nothing is no end, and says so."""
    telling = told("loose-caps-on-two")
    telling.turn(300)
    verdict = telling.judge()
    assert not verdict.reached
    assert "no set-point was written" in verdict.sentence
    assert verdict.rate == pytest.approx(verdict.untreated)
    assert not verdict.treated


def test_a_write_that_does_not_help_is_no_correction():
    """The rate decides, not the write."""
    telling = told("loose-caps-on-two")
    index = plant().index[f"{LINE2}/filler/bowl_level_setpoint"]
    telling.treat([Write(index, 61.0)])
    telling.turn(310)
    verdict = telling.judge()
    assert not verdict.reached
    assert "% of healthy" in verdict.sentence


def test_the_five_minutes_begin_after_the_write():
    """A window that reaches back before the write proves nothing."""
    telling = told("loose-caps-on-two")
    telling.treat(writes(telling.case, telling.standin))
    telling.turn(100)
    verdict = telling.judge()
    assert not verdict.reached
    assert "s so far" in verdict.sentence


def test_a_mended_fault_is_not_corrected_by_a_write():
    """If the crew mended it, the right end was another."""
    telling = told("loose-caps-on-two")
    telling.treat(
        writes(telling.case, telling.standin),
        [Order(key="k", asset=f"{LINE2}/capper", task="Mend.", failure_mode="torque_set_low")],
    )
    telling.turn(800)
    assert "the crew mended it" in telling.judge().sentence


def test_a_mitigated_end_needs_the_forecast_and_half_of_it():
    """No forecast: not judged. Too high a forecast: not reached. A sound one: reached."""
    telling = told("warm-product-on-four")
    telling.turn(120)
    telling.treat(writes(telling.case, telling.standin))
    telling.turn(360)
    gain = (verdict := telling.judge()).rate - verdict.untreated
    assert gain > 0
    assert not verdict.reached
    assert not telling.judge(forecast=3 * gain).reached
    assert telling.judge(forecast=1.5 * gain).reached


def test_a_write_spoils_the_end_of_a_sensor_fault():
    """The process is fine: who writes has not understood."""
    telling = told("frozen-pressure-on-four")
    telling.treat([], [stuck_pressure(f"{LINE4}/filler")])
    telling.turn(20)
    assert telling.judge().reached
    index = plant().index[f"{LINE4}/filler/bowl_pressure_setpoint"]
    telling.treat([Write(index, 2.1)])
    assert not telling.judge().reached


def test_a_repair_counts_only_when_the_crew_found_it():
    """A wrong job ends with nothing found, and the end is not reached."""
    telling = told("weak-drive-on-one")
    filler = f"{telling.key.line}/filler"
    wrong = Order(key="k", asset=filler, task="Mend.", failure_mode="infeed_jams")
    telling.treat([], [wrong])
    telling.turn(800)
    assert not telling.judge().reached
    telling.treat([], [Order(key="k2", asset=filler, task="Find out.")])
    assert telling.until_reached(1200).reached


def test_an_order_that_does_not_name_the_sensor_counts_only_if_it_mends_it():
    """“Look at the filler” is no maintenance of a sensor until the crew has found the sensor."""
    telling = told("frozen-pressure-on-four")
    telling.treat([], [Order(key="k", asset=f"{LINE4}/filler", task="Find out.")])
    telling.turn(20)
    assert not telling.judge().reached
    assert telling.until_reached(600).reached


def test_a_loss_that_has_not_come_yet_cannot_be_treated():
    """A write before the stock on the way has run out is not what keeps the line well."""
    telling = told("few-empties-on-three")
    index = plant().index[f"{LINE3}/filler/bowl_level_setpoint"]
    telling.treat([Write(index, 61.0)])
    telling.turn(120)
    verdict = telling.judge(120)
    assert verdict.rate >= 0.97 * verdict.healthy
    assert not verdict.reached
    assert "left alone" in verdict.sentence


def test_a_write_that_promised_nothing_mitigates_nothing():
    """A chance gain does not fulfil a forecast of none."""
    telling = told("warm-product-on-four")
    telling.treat(writes(telling.case, telling.standin))
    telling.turn(360)
    assert telling.judge(forecast=1.0).reached
    assert not telling.judge(forecast=-1.0).reached


def test_a_pair_needs_an_end_for_each():
    """One of two set-points put right: its line is not well yet. Both: it is."""
    telling = told("two-settings-on-three")
    first, second = writes(telling.case, telling.standin)
    telling.treat([first])
    telling.turn(330)
    assert not telling.judge().reached
    telling.treat([second])
    assert telling.until_reached(900).reached
