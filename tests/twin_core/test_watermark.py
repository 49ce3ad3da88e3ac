"""How far the past is complete: newest source times, bounded by receive times, of live sources."""

import numpy as np
import pytest

from tests.twin_core.plant_fixture import T0, bakery
from twin_core.reading import SourceEvent
from twin_core.value import SECOND
from twin_core.watermark import LATENESS_US, SILENT_US, Watermark

LINE, HOUSE = 0, 1


def at(seconds):
    return T0 + int(seconds * SECOND)


class Heard:
    """A watermark of two sources, both up at T0."""

    def __init__(self):
        self.mark = Watermark(bakery().sources, {"line_plc", "house_plc"})
        for name in ("line_plc", "house_plc"):
            self.mark.take(SourceEvent(source=name, kind="up", time=T0))

    def says(self, source, seconds, received=None):
        time = np.array([at(seconds)])
        got = np.array([at(seconds if received is None else received)])
        self.mark.hear(np.array([source], np.int32), time, got)
        self.mark.advance()
        return self

    @property
    def seconds(self):
        return (self.mark.settled - T0) / SECOND


def test_the_site_waits_for_its_slowest_live_source():
    assert Heard().says(LINE, 50).says(HOUSE, 20).seconds == 18
    assert Heard().says(LINE, 50).says(HOUSE, 20).says(HOUSE, 60).seconds == 48


def test_it_never_goes_back_and_moves_in_whole_steps():
    heard = Heard().says(LINE, 51).says(HOUSE, 51)
    assert heard.seconds == 48
    assert heard.says(LINE, 10).seconds == 48


def test_a_source_whose_clock_runs_ahead_is_bounded_by_when_it_was_heard():
    heard = Heard().says(HOUSE, 100).says(LINE, 100, received=50)
    assert heard.seconds == 50


def test_a_lost_source_holds_nobody_back_and_one_that_is_back_does_again():
    heard = Heard().says(LINE, 50).says(HOUSE, 20)
    heard.mark.take(SourceEvent(source="house_plc", kind="down", time=at(50)))
    heard.mark.advance()
    assert heard.seconds == 48
    heard.mark.take(SourceEvent(source="house_plc", kind="up", time=at(60)))
    assert heard.says(LINE, 90).seconds == 58


def test_a_source_with_nothing_to_say_moves_on_by_being_alive():
    heard = Heard().says(LINE, 50)
    heard.mark.take(SourceEvent(source="house_plc", kind="alive", time=at(50)))
    heard.mark.advance()
    assert heard.seconds == 48


def test_silence_is_loss_and_readings_end_it():
    heard = Heard().says(LINE, 50).says(HOUSE, 50)
    assert heard.mark.tick(at(50) + SILENT_US) == []
    (lost, other) = heard.mark.tick(at(51) + SILENT_US)
    assert {lost.source, other.source} == {"line_plc", "house_plc"}
    assert not heard.mark.live.any()
    heard.says(LINE, 200)
    assert heard.mark.live.tolist() == [True, False]
    assert heard.mark.states["line_plc"].up


def test_readings_after_a_source_was_said_to_be_down_do_not_bring_it_up():
    heard = Heard().says(LINE, 50)
    heard.mark.take(SourceEvent(source="line_plc", kind="down", time=at(51), reason="refused"))
    heard.says(LINE, 52)
    state = heard.mark.states["line_plc"]
    assert (state.up, state.reason, state.since, state.last) == (False, "refused", at(51), at(52))


def test_without_any_live_source_time_passes_by_ticks():
    mark = Watermark(bakery().sources, {"line_plc", "house_plc"})
    assert not mark.advance()
    mark.tick(at(10))
    assert mark.advance()
    assert mark.settled == pytest.approx(at(10) - LATENESS_US, abs=2 * SECOND)


def test_a_source_without_points_never_holds_the_site_back():
    mark = Watermark(bakery().sources, {"line_plc"})
    mark.take(SourceEvent(source="house_plc", kind="up", time=T0))
    mark.take(SourceEvent(source="line_plc", kind="up", time=T0))
    mark.hear(np.array([LINE], np.int32), np.array([at(50)]), np.array([at(50)]))
    mark.advance()
    assert mark.settled == at(48)
    assert mark.tick(at(50) + 2 * SILENT_US)[0].source == "line_plc"
