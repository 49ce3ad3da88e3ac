"""The start state: what machines, buffers and stores can do, from what is believed."""

from dataclasses import replace

import numpy as np
import pytest

from tests.twin_core.simulation.sawmill import (
    BELT,
    DEBARKER,
    LINE,
    MAIN,
    PLANER,
    SAW,
    T0,
    YARD,
    Mill,
    sawmill,
)
from twin_core.errors import ImpossibleScenario, UnknownName
from twin_core.simulation.calendar import planned_stops
from twin_core.simulation.live.believing import newest
from twin_core.simulation.live.buffer import most
from twin_core.simulation.live.seen import Rows
from twin_core.simulation.live.start import start_of
from twin_core.value import SECOND


def start(**given):
    return start_of(Mill(**given).snapshot(), LINE, T0)


def of(line, path):
    return next(m for m in line.machines if m.unit.id == path)


def late(before, after, rows=360, last=48):
    column = np.full(rows, float(before))
    column[-last:] = after
    return column


def test_a_steady_line_is_read_as_it_is():
    """Commanded speed, reach, rejects and order of the machines."""
    line = start()
    names = [m.unit.id.rsplit("/", 1)[1] for m in line.machines]
    assert names == ["debarker", "saw", "planer", "stacker"]
    assert line.counted == 3
    saw = of(line, SAW)
    assert saw.setpoint == pytest.approx(1.0)
    assert saw.reach.known
    assert saw.reach.now == pytest.approx(1.0)
    assert saw.stood_s is None
    assert line.buffers[0].contents == pytest.approx(100)


def test_a_slow_machine_is_seen_as_slow_and_its_best_is_kept():
    """A saw at 70 % for eight minutes reaches 0.7 and has reached 1."""
    saw = of(start(columns={f"{SAW}/speed": late(60, 42)}, rate=late(60, 42)), SAW)
    assert saw.reach.now == pytest.approx(0.7, abs=0.01)
    assert saw.reach.best == pytest.approx(1.0, abs=0.02)


def test_a_machine_that_waits_is_not_a_slow_one():
    """The planer gets half of what it could take; its own speed shows what it can."""
    columns = {f"{SAW}/speed": late(60, 30), f"{BELT}/level": late(10, 5)}
    planer = of(start(columns=columns, rate=late(60, 30)), PLANER)
    assert planer.reach.now == pytest.approx(1.0, abs=0.01)


def test_a_machine_slowed_by_its_feed_keeps_what_it_reached_before():
    """Where the shown speed follows the feed, buckets with nothing waiting do not count."""
    columns = {
        f"{SAW}/speed": late(66, 30),
        f"{PLANER}/speed": late(66, 30),
        f"{BELT}/level": late(40, 5),
    }
    planer = of(start(columns=columns, rate=late(66, 30)), PLANER)
    assert planer.reach.now == pytest.approx(1.0, abs=0.1)


def test_a_standing_machine_says_how_long():
    """Held for two minutes."""
    columns = {f"{SAW}/state": late(6, 11, last=12), f"{SAW}/speed": late(60, 0, last=12)}
    assert of(start(columns=columns), SAW).stood_s == pytest.approx(115)
    assert of(start(columns={f"{SAW}/state": late(6, 5, last=12)}), SAW).stood_s is None


def test_rejects_are_counted():
    """Every tenth board thrown out over the last minutes."""
    scrap = np.cumsum(late(0, 1))
    saw = of(start(columns={f"{SAW}/scrap": scrap}), SAW)
    assert saw.rejects == pytest.approx(1 / 11, rel=0.2)


def test_what_is_not_believed_is_replaced_by_what_the_plant_file_says():
    """Without speed, set-point and level the nameplate stands in, less surely."""
    gone = np.full(360, np.nan)
    paths = (f"{SAW}/speed", f"{SAW}/pace", f"{BELT}/level", f"{SAW}/blade_heat")
    line = start(columns=dict.fromkeys(paths, gone), quarantined=paths)
    saw = of(line, SAW)
    assert saw.setpoint == pytest.approx(1.0)
    assert not saw.reach.known
    assert saw.reach.sd > 0.02
    assert saw.values["blade_heat"].value == pytest.approx(40)
    assert not saw.values["blade_heat"].known
    assert line.buffers[1].contents_sd > 5


def test_a_counter_that_begins_again_is_not_a_loss():
    """A reset to 0 in the middle leaves rates and rejects as they were."""
    out = np.floor(np.arange(360) * 10.0)
    out[200:] -= out[200]
    saw = of(start(columns={f"{SAW}/out": out}), SAW)
    assert saw.reach.now == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("path", [f"{PLANER}/out", f"{PLANER}/scrap"])
def test_a_counter_that_jumps_is_not_a_count(path):
    """A leap of a billion within ten seconds is none of the machine's making."""
    count = np.floor(np.arange(360) * 10.0) if path.endswith("out") else np.zeros(360)
    count[-5:] += 1e9
    line = start(columns={path: count})
    assert line.buffers[1].moving == pytest.approx(1.0, rel=0.05)
    assert of(line, PLANER).rejects < 0.01


def test_what_was_asked_for_stands_in_for_a_missing_command():
    """Without commanded speed the nameplate's is what speeds are judged by, held up or not."""
    gone = {f"{PLANER}/pace": np.nan}
    for columns in (gone, {**gone, f"{PLANER}/out": np.nan}):
        planer = of(start(columns=columns), PLANER)
        assert planer.setpoint * planer.reach.now == pytest.approx(66 / 60, rel=0.01)


def test_a_command_of_nothing_leaves_a_running_machine_its_speed():
    """A commanded speed that reads 0 while the machine runs is none."""
    planer = of(start(columns={f"{PLANER}/pace": late(66, 0, last=3)}), PLANER)
    assert planer.setpoint * planer.reach.now == pytest.approx(66 / 60, rel=0.01)


def test_a_bad_newest_reading_leaves_the_last_that_was_believed():
    """The command of ten seconds ago holds although the newest one came with a Bad status."""
    snapshot = Mill(columns={f"{PLANER}/pace": late(50, 60)}).snapshot()
    value = snapshot.value.copy()
    value[snapshot.plant.index[f"{PLANER}/pace"]] = np.nan
    rows = Rows(replace(snapshot, value=value), T0)
    assert newest(rows, f"{PLANER}/pace", T0) == 60.0


def test_a_quarantine_of_now_says_nothing_of_an_hour_ago():
    """A belt whose speed is doubted today was believed then."""
    columns = {f"{BELT}/speed": late(15, 30)}
    doubted = Mill(columns=columns, quarantined=(f"{BELT}/speed",)).snapshot()
    before = start_of(doubted, LINE, T0 - 1800 * SECOND, usual=True).buffers[1]
    assert before.carries == pytest.approx(0.5 * 100 / 60, rel=0.05)


def test_a_machine_that_an_effect_stops_by_the_book_and_that_runs_has_a_start():
    """A nameplate factor of nothing the whole hour divides nothing by nothing."""
    plant = sawmill(without=", floor: 0.3")
    snapshot = Mill(plant=plant, columns={f"{MAIN}/draft": 1.0}).snapshot()
    assert of(start_of(snapshot, LINE, T0), SAW).slows is None


def test_a_line_must_feed_itself_in_a_row():
    """A missing link between two machines is said, not stumbled over."""
    link = "  - {kind: feeds, from: mill/boards/planer, to: mill/boards/stacker,"
    plant = sawmill(without=f"{link} buffer: {{capacity: 40, travel_s: 5}}}}\n")
    with pytest.raises(ImpossibleScenario, match="does not feed"):
        start_of(Mill(plant=plant).snapshot(), LINE, T0)


def test_a_conveyor_that_holds_up_the_line_is_seen():
    """The planer could take 66 and gets 30 although the belt before it is full."""
    columns = {f"{BELT}/level": late(10, 70)}
    belt = start(columns=columns, rate=late(60, 30)).buffers[1]
    assert belt.held_back
    assert belt.carries == pytest.approx(0.5, rel=0.05)
    free = start().buffers[1]
    assert not free.held_back
    assert free.carries == pytest.approx(100 / 60)


def test_a_full_belt_before_a_machine_that_has_just_become_slow_holds_nobody_up():
    """It turns as fast as it counts: the planer is slow, whatever lies before it."""
    slow = late(66, 30, last=14)
    columns = {f"{BELT}/level": late(10, 70, last=14), f"{PLANER}/speed": slow}
    belt = start(columns=columns, rate=late(60, 30, last=14)).buffers[1]
    assert not belt.held_back
    columns[f"{PLANER}/speed"] = late(66, 60, last=14)
    assert start(columns=columns, rate=late(60, 30, last=14)).buffers[1].held_back


def test_a_stacker_that_counts_tens_needs_a_longer_look():
    """What comes in stacks is judged over minutes, not by the buckets without one."""
    line = start(columns={f"{BELT}/level": 12.0})
    assert not line.buffers[1].held_back
    assert line.buffers[2].carries == float("inf")


@pytest.mark.parametrize(("level", "held"), [(1.1, False), (8.0, True)])
def test_before_a_machine_that_counts_stacks_it_is_counted_what_came(level, held):
    """Two stacks of 20 in ten minutes, the third all but made: 5.4 a minute pass and not 4."""
    rows = np.arange(360)
    stacks = np.cumsum(np.where((rows % 20 == 19) & (rows < 345), 20.0, 0.0))
    columns = {f"{PLANER}/out": stacks, f"{BELT}/level": np.full(360, level)}
    columns |= {f"{PLANER}/{name}": np.full(360, 9.0) for name in ("speed", "pace")}
    belt = start(columns=columns, rate=np.where(rows < 354, 6.0, 0.0)).buffers[1]
    assert belt.held_back is held
    assert belt.carries * 60 == pytest.approx(5.4 if held else 100.0)


def test_a_full_belt_behind_a_machine_that_stands_holds_nobody_up():
    """Where the machine after it is held or blocked the belt is not to blame."""
    for bent in ({f"{PLANER}/state": late(6, 11)}, {f"{PLANER}/blocked": late(0, 1)}):
        belt = start(columns={f"{BELT}/level": late(10, 70), **bent}, rate=late(60, 30)).buffers[1]
        assert not belt.held_back


def test_a_full_belt_in_a_break_holds_nobody_up():
    """Nothing passed while everybody was out: that says nothing of what the belt can carry."""
    plant = sawmill(shifts=True)
    (stop,) = planned_stops(plant, LINE, T0 - 43_200 * SECOND, T0)
    end = stop.end + 60 * SECOND
    rows = np.arange(360)[::-1] * -10 * SECOND + end
    out = (rows > stop.start) & (rows <= stop.end)
    columns = {f"{BELT}/level": np.where(out, 70, 10), f"{PLANER}/state": np.where(out, 5, 6)}
    mill = Mill(plant=plant, end=end, rate=np.where(out, 0, 60), columns=columns)
    belt = start_of(mill.snapshot(), LINE, end).buffers[1]
    assert not belt.held_back
    assert belt.carries == pytest.approx(100 / 60)


def test_a_slow_counter_is_looked_at_for_long_after_a_break_too():
    """People come back a little late: the few rows since the break are no whole look."""
    plant = sawmill(shifts=True)
    (stop,) = planned_stops(plant, LINE, T0 - 43_200 * SECOND, T0)
    end = stop.end + 160 * SECOND
    out = np.arange(360)[::-1] * -10 * SECOND + end > stop.start
    columns = {f"{BELT}/level": np.where(out, 70, 10), f"{PLANER}/state": np.where(out, 5, 6)}
    columns |= {f"{PLANER}/{name}": np.full(360, 6.0) for name in ("speed", "pace")}
    mill = Mill(plant=plant, end=end, rate=np.where(out, 0, 6), columns=columns)
    assert not start_of(mill.snapshot(), LINE, end).buffers[1].held_back


def test_a_loss_that_the_supply_explains_is_no_trend_of_the_machine():
    """Suction falls, the saw slows as its class says: the trend is the suction's."""
    draft = np.full(360, 5.0)
    draft[-60:] = np.linspace(4.0, 3.0, 60)
    speed = 60 * np.clip(1 - 0.7 * (4.0 - draft) / 2.0, 0.3, 1.0)
    columns = {f"{MAIN}/draft": draft, f"{SAW}/speed": speed, f"{BELT}/level": 5.0}
    saw = of(start(columns=columns, rate=speed), SAW)
    assert saw.reach.now == pytest.approx(0.65, abs=0.02)
    assert not saw.reach.trend.heading
    alone = of(start(columns={f"{SAW}/speed": speed, f"{BELT}/level": 5.0}, rate=speed), SAW)
    assert alone.reach.trend.slope < 0


def test_an_effect_stronger_than_the_nameplate_is_learned():
    """A hot blade should leave 80 % of the speed and leaves 70 %; rejects likewise."""
    heat, speed, scrap = late(40, 66), late(60, 42), np.cumsum(late(0, 1))
    columns = {f"{SAW}/blade_heat": heat, f"{SAW}/speed": speed, f"{SAW}/scrap": scrap}
    saw = of(start(columns=columns, rate=speed), SAW)
    assert saw.slows == pytest.approx(np.log(0.7) / np.log(0.8), rel=0.1)
    assert saw.rejects == pytest.approx(1 / 8, rel=0.25)
    assert saw.spoils == pytest.approx((saw.rejects - 0.002) / (0.2 * 11 / 40), rel=0.05)
    assert of(start(), SAW).slows is None
    assert of(start(), SAW).spoils is None


def test_a_speed_that_wanders_is_not_sure():
    """Half the buckets at 40 %, half at full speed: somewhere between, widely."""
    speed = np.full(360, 60.0)
    speed[-40:] = np.where(np.arange(40) // 4 % 2 == 0, 24.0, 60.0)
    saw = of(start(columns={f"{SAW}/speed": speed}, rate=speed), SAW)
    assert 0.5 < saw.reach.now < 0.9
    assert saw.reach.sd > 0.05


def test_a_buffer_nobody_measures_is_guessed_from_its_neighbours():
    """The stacker is faster than what passes, so little lies before it."""
    assert start().buffers[2].contents == pytest.approx(5, abs=1)


def test_nothing_after_the_moment_is_looked_at():
    """The start of eight minutes ago does not know what has happened since."""
    bent = Mill(columns={f"{SAW}/speed": late(60, 30)}, rate=late(60, 30)).snapshot()
    then = T0 - 490 * SECOND
    saw = of(start_of(bent, LINE, then, usual=True), SAW)
    assert saw.reach.now == pytest.approx(1.0)


def test_a_store_that_runs_low_is_seen_to_empty():
    """Twelve logs left and no new ones: nothing is renewed."""
    level = np.linspace(12 + 15 * 60, 12, 360)
    deck = start(columns={f"{YARD}/level": level}).source
    assert deck is not None
    assert deck.stock == pytest.approx(48)
    assert deck.renewed == pytest.approx(0.0, abs=0.02)


def test_a_planned_stop_is_known_to_end():
    """In the middle of a half-hour break the line stands for a quarter of an hour more."""
    plant = sawmill(shifts=True)
    midday = T0 - T0 % (86_400 * SECOND) + (8 * 60 + 15) * 60 * SECOND  # 10:15 in Oslo, summer
    state = late(6, 2, last=90)
    columns = {f"{m}/state": state for m in (SAW, PLANER, DEBARKER)}
    snapshot = Mill(plant=plant, end=midday, columns=columns).snapshot()
    line = start_of(snapshot, LINE, midday)
    assert line.ends_s == pytest.approx(900)
    assert of(line, SAW).stops.mean()[0] < 2 / 3000


def test_only_a_line_with_machines_has_a_start():
    """A utility has none, an unknown line even less."""
    snapshot = Mill().snapshot()
    with pytest.raises(ImpossibleScenario, match="no machines"):
        start_of(snapshot, "holm/house/suction", T0)
    with pytest.raises(UnknownName):
        start_of(snapshot, "holm/mill/nothing", T0)


def test_a_whole_load_at_once_is_not_what_a_belt_carries():
    """A pallet every third minute is a third of one a minute; bottles are counted as they come."""
    pallets, bottles = np.zeros(60), np.full(60, 80.0)
    pallets[17::18] = 1.0
    bottles[30] = 95.0
    assert most(pallets) == pytest.approx(1.0 / 18.0, rel=0.2)
    assert most(bottles) == 95.0
    assert most(np.full(4, np.nan)) == 0.0
