from pathlib import Path

import pytest

from api.plant_file import read_plant
from tools.testimony import understood
from twin_core.errors import WrongKind
from twin_core.plant.names import Names
from twin_core.testimony.stops import Stop
from twin_core.value import SECOND

PLANT = read_plant(Path(__file__).parents[2] / "plants" / "riverside.yaml")
NAMES = Names(PLANT)
NOW = 1_767_600_000 * SECOND  # 2026-01-05 08:00 UTC
MINUTE = 60 * SECOND
LINE = next(line.id for line in PLANT.lines if line.name == "Line 4")
LABELLER, FILLER = f"{LINE}/labeller", f"{LINE}/filler"


def heard(words, asset="", near=()):
    return understood(words, "Olga Berg", NOW, NAMES, asset, near)


def one(words, asset="", near=()):
    found = heard(words, asset, near)
    assert found.question == ""
    (only,) = found.testimony
    return only


@pytest.mark.parametrize(
    ("words", "kind", "asset", "act"),
    [
        ("that was us, reel change", "planned", LABELLER, "reel change"),
        ("we changed the label reel", "planned", LABELLER, "reel change"),
        ("that was us", "planned", LABELLER, "stopped by hand"),
        ("cleaning", "planned", LABELLER, "cleaning"),
        ("nobody was there, lunch", "planned", LABELLER, "nobody at the machine"),
        ("I cleared the jam", "cleared", LABELLER, ""),
        ("fixed", "cleared", LABELLER, ""),
        ("running again", "cleared", LABELLER, ""),
        ("no, it was the glue again", "cause", LABELLER, ""),
        ("it was not the glue", "denied", LABELLER, ""),
        ("not the glue this time", "denied", LABELLER, ""),
        ("it wasn't the labeller", "denied", LABELLER, ""),
        ("that was not us", "noted", LABELLER, ""),
        ("the labeller is fine", "denied", LABELLER, ""),
        ("what a day", "noted", LABELLER, ""),
    ],
)
def test_what_people_say_of_a_machine(words, kind, asset, act):
    """Planned act, all-clear, cause, denial; the rest is kept as words."""
    found = heard(words, LABELLER).testimony
    assert [(t.kind, t.asset, t.act) for t in found] == [(kind, asset, act)]
    assert found[0].words == words
    assert found[0].who == "Olga Berg"


@pytest.mark.parametrize(
    ("words", "asset"),
    [
        ("filler 4 valve was leaking", FILLER),
        ("the jam at labeller 4 is cleared", LABELLER),
        ("depal 4: photocell dirty", f"{LINE}/depalletizer"),
    ],
)
def test_a_machine_is_known_by_its_names(words, asset):
    """Names, nicknames, and what stands on the line that is spoken of."""
    assert one(words).asset == asset
    assert one("the filler leaks at the valve", LINE).asset == FILLER


@pytest.mark.parametrize("unit", {u.class_id: u.id for u in PLANT.units.values()}.values())
def test_every_failure_is_understood_by_its_own_name(unit):
    """“MACHINE: FAILURE” is a cause at that machine, of that failure, “not refilled” or not."""
    for mode in PLANT.class_of(unit).failure_modes:
        found = heard(f"{NAMES.full_name(unit)}: {mode.name}")
        told = [(t.kind, t.asset) for t in found.testimony if mode.id in t.modes]
        assert told == [("cause", unit)], (mode.name, found)


def test_a_machine_is_found_by_what_only_it_can_have():
    """Glue on line 4 is the labeller's."""
    found = one("no, it was the glue again", LINE)
    assert found.asset == LABELLER
    assert "glue_heater_weak" in found.modes
    assert "web_brake_grabbing" not in found.modes


def test_one_sentence_may_deny_one_thing_and_name_another():
    """Each is a report of its own."""
    denied, cause = heard("it was not the glue, it was the reel brake", LINE).testimony
    assert (denied.kind, cause.kind) == ("denied", "cause")
    assert cause.modes == ("web_brake_grabbing",)
    assert not set(denied.modes) & set(cause.modes)


def test_instruments_are_meant_only_where_one_is_spoken_of():
    """“The web tension” is not its transmitter."""
    modes = {m.id: m for m in PLANT.class_of(LABELLER).failure_modes}
    assert not any(modes[m].sensor for m in one("web tension lost", LABELLER).modes)


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        ("cleaning", 0, 0),
        ("cleaning at 07:40", -20, -20),
        ("cleaning 10 min ago", -10, -10),
        ("cleaning from 07:40 to 07:50", -20, -10),
        ("cleaning yesterday at 08:00", -1440, -1440),
        ("cleaning on 4 January 2026 at 08:00", -1440, -1440),
        ("cleaning on 4 January 2026", -1920, -480),
        ("cleaning for 10 min between 07:00 and 07:50", -60, -10),
        ("cleaning from 7 am to 7:30", -60, -30),
        ("cleaning yesterday 13:00 to 14:00", -1140, -1080),
        ("cleaning from 13:00 to 14:00 on 4 January 2026", -1140, -1080),
    ],
)
def test_the_time_said_or_now(words, start, end):
    """Plant time, by the plant's clock."""
    found = one(words, LABELLER)
    assert ((found.start - NOW) // MINUTE, (found.end - NOW) // MINUTE) == (start, end)
    assert found.said == NOW


def test_a_time_that_is_none_is_refused():
    """It says what was allowed."""
    with pytest.raises(WrongKind, match="Time of day"):
        heard("cleaning from 25:00 to 26:00", LABELLER)


@pytest.mark.parametrize(
    "when", ["tomorrow at 10:00", "next shift", "on 31 February 2020 at 10:00", "99999999 days ago"]
)
def test_a_report_is_of_what_was(when):
    """What is to come, or never was, is not taken for another time."""
    with pytest.raises(WrongKind, match="needed"):
        heard(f"reel change {when}", LABELLER)


def test_what_could_be_several_is_asked_back():
    """In one sentence, with the machines that it could be; a stop that stands out answers it."""
    found = heard("it was the glue")
    assert found.question.startswith("Which machine was that: Labeller 1")
    assert [t.kind for t in found.testimony] == ["noted"]
    assert one("it was the glue", near=(LABELLER,)).asset == LABELLER
    assert one("that was us, reel change", near=(LABELLER,)).asset == LABELLER


def test_what_is_not_understood_is_kept_and_said_so():
    """Nothing is guessed."""
    found = heard("blah blah")
    assert [(t.kind, t.asset, t.words) for t in found.testimony] == [("noted", None, "blah blah")]
    assert found.question.startswith("Kept as words")


def test_the_same_words_mean_the_same():
    """Nothing is learnt between two reports."""
    assert heard("no, it was the glue again", LINE) == heard("no, it was the glue again", LINE)


CAPPER, BELT = f"{LINE}/capper", f"{LINE}/conveyor_3"
TORQUE = {m.id for m in PLANT.class_of(CAPPER).failure_modes if m.instrument == "torque"}


@pytest.mark.parametrize(
    "words",
    [
        "don't believe the torque",
        "the torque reading is off",
        "I would not trust that torque",
        "torque shows rubbish",
        "the torque can't be right",
        "torque transducer is broken",
        "nobody here goes by the torque, ignore the torque",
    ],
)
def test_what_is_not_to_be_believed_is_an_instrument(words):
    """Whatever it is called: a fault of that instrument, and none of the process it measures."""
    found = one(words, CAPPER)
    assert (found.kind, set(found.modes)) == ("cause", TORQUE)


@pytest.mark.parametrize("point", ["bowl_level", "bowl_pressure", "product_temperature"])
@pytest.mark.parametrize(
    "words", ["I don't trust the {} of filler 4", "filler 4: {} reads nonsense"]
)
def test_any_quantity_of_a_machine_may_be_doubted(point, words):
    """Only its own instruments are meant."""
    modes = {m.id: m.instrument for m in PLANT.class_of(FILLER).failure_modes}
    found = one(words.format(point.replace("_", " ")))
    assert {modes[m] for m in found.modes} == {point}


def test_how_an_instrument_fails_is_heard():
    """“drifts” is not “stuck”; without it every way is meant."""
    assert one("the torque sensor drifts", CAPPER).modes == ("torque_sensor_drifting",)
    assert one("the torque hangs, don't believe it", CAPPER).kind == "cause"


def test_an_instrument_that_is_trusted_is_denied_as_a_cause():
    """What it shows is then so; what it shows is no cause."""
    for words in ("the torque reading is fine", "I do trust the torque", "not the torque sensor"):
        found = one(words, CAPPER)
        assert (found.kind, set(found.modes)) == ("denied", TORQUE), words
    assert heard("the torque reading is low", CAPPER).testimony[0].kind == "noted"


def test_that_it_was_so_is_not_believed_of_no_instrument():
    """A doubt about a cause denies the cause."""
    assert one("I don't believe it was the glue", LABELLER).kind == "denied"
    assert one("I doubt that it was the glue", LABELLER).kind == "denied"


@pytest.mark.parametrize(
    "words",
    [
        "something is off",
        "something is wrong again",
        "it's acting up",
        "strange noise",
        "not happy",
    ],
)
def test_that_something_is_the_matter_says_not_what(words):
    """It is noted at the machine, and asked back."""
    found = heard(words, FILLER)
    assert [(t.kind, t.asset) for t in found.testimony] == [("noted", FILLER)]
    assert "what was the matter" in found.question
    assert "which machine" not in found.question


@pytest.mark.parametrize(
    ("words", "asset"),
    [
        ("the belt after filler 4 slips", ""),
        ("the belt after the filler slips", LINE),
        ("the conveyor before the capper slips", LINE),
        ("the conveyor between the filler and the capper on 4 slips", ""),
        ("the filler-capper conveyor on 4 slips", ""),
        ("the filler-capper conveyor slips", LINE),
        ("chain of filler 4's discharge conveyor slips", ""),
        ("the infeed belt of capper 4 slips", ""),
    ],
)
def test_a_conveyor_is_known_by_where_it_lies(words, asset):
    """Before, after, between machines; by its name without a number on the line spoken of."""
    found = one(words, asset)
    assert (found.asset, found.modes) == (BELT, ("chain_slipping",))


def test_a_machine_is_known_by_its_neighbour():
    """“The machine after the filler”, by the plant's feeds."""
    assert one("the machine after the filler jammed", LINE).asset == CAPPER


def test_of_many_conveyors_of_a_line_it_is_asked_which():
    """Each by its name."""
    asked = heard("the conveyor on 4 slips").question
    assert asked.startswith("Which machine was that: Depalletizer-rinser conveyor 4, ")
    assert "Filler-capper conveyor 4" in asked


@pytest.mark.parametrize(
    "words",
    [
        "capper 4 was us",
        "that was us, capper 4",
        "capper 4: that was me",
        "we switched capper 4 off",
    ],
)
def test_who_owns_up_names_the_machine(words):
    """Before or after it."""
    found = one(words)
    assert (found.kind, found.asset, found.act) == ("planned", CAPPER, "stopped by hand")


def test_a_machine_that_is_named_later_is_not_what_was_denied_before():
    """Each part of a sentence is about what it speaks of."""
    found = heard("it wasn't the glue, capper 4 jammed", LINE).testimony
    assert [(t.kind, t.asset) for t in found] == [("denied", LABELLER), ("cause", CAPPER)]
    assert one("that was us, the capper", LINE).asset == CAPPER


def stop(machine, start, end, *, goes_on=False):
    return Stop(
        id=f"st-{abs(start):08d}", machine=machine, start=NOW + start * MINUTE,
        end=NOW + end * MINUTE, goes_on=goes_on,
    )  # fmt: skip


def test_without_a_time_the_stop_is_meant_that_goes_on_or_the_last():
    """And it is said so; whoever names a time means that."""
    going, over = stop(CAPPER, -3, 0, goes_on=True), stop(FILLER, -20, -10)
    found = understood("that was us", "Olga Berg", NOW, NAMES, stops=(going, over))
    assert [(t.asset, t.stop, t.start) for t in found.testimony] == [
        (CAPPER, going.id, going.start)
    ]
    assert found.assumed == "Taken to be of the stop of Capper 4 since 07:57, which goes on."
    found = understood("cleared the filler", "Olga Berg", NOW, NAMES, LINE, stops=(going, over))
    assert [(t.kind, t.stop, t.end) for t in found.testimony] == [("cleared", over.id, over.end)]
    assert found.assumed == "Taken to be of the stop of Filler 4 from 07:40 to 07:50."
    found = understood("capper 4 was us at 07:00", "Olga Berg", NOW, NAMES, stops=(going, over))
    assert [(t.stop, t.start) for t in found.testimony] == [("", NOW - 60 * MINUTE)]
    assert found.assumed == ""


def test_what_was_put_right_is_the_failure_that_is_named_beside():
    """With the time at which it was."""
    found = one("fixed capper 4 at 07:40, caps jammed in the chute")
    assert (found.kind, found.modes) == ("cleared", ("cap_chute_jams",))
    assert found.start == NOW - 20 * MINUTE
