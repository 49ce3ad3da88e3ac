"""What of a report is a fact: affirmative, indicative, past or present; and what is not."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.plant_file import read_plant
from tests.tools.test_testimony import CAPPER, FILLER, LABELLER, NAMES, NOW, PLANT, heard, stop
from tools.mood import parts
from tools.testimony import understood
from twin_core.plant.names import Names

WORKS = Names(read_plant(Path(__file__).parents[2] / "plants" / "pumping_station.yaml"))
FACTS = {"cause", "cleared", "planned"}
PALLETIZER = f"{FILLER.rsplit('/', 1)[0]}/palletizer"


def kinds(words, names=NAMES):
    return [t.kind for t in understood(words, "Olga Berg", NOW, names).testimony]


@pytest.mark.parametrize(
    "words",
    [
        "packer 3 is not jammed",
        "there was no jam on filler 2",
        "No jam on capper 4",
        "filler 4 has no jam",
        "filler 4 never jammed",
        "nothing jammed on filler 4",
        "filler 4 ran without jamming",
        "the cooler of filler 2 is not fouled",
        "the cooler of filler 4 hasn't fouled",
        "the caps did not jam in the chute of capper 4",
        "it was neither the cooler nor the valve of filler 4",
        "it is not true that filler 4 jammed",
        "I don't think it was the glue on labeller 4",
        "I checked the cooler of filler 4 and it was clean",
        "the bypass of the chilled water header is not open",
        "the torque sensor of capper 4 is not broken",
        "the torque sensor of capper 4 did not fail",
        "the torque of capper 4 does not read rubbish",
        "cooler of filler 4 OK",
        "filler 4 is free of leaks",
        "Bob denies that filler 4 jammed",
        "the cause is not the cooler of filler 4",
        "filler 4 stopped, not jammed",
    ],
)
def test_what_is_said_not_to_be_so_is_denied(words):
    """Of the failure that is named."""
    (only,) = heard(words).testimony
    assert only.kind == "denied"
    assert only.modes


def test_a_denial_in_another_plant_is_one_as_well():
    """No word of a plant is known."""
    assert kinds("pump 1 did not trip", WORKS) == ["denied"]
    assert kinds("pump 1 tripped", WORKS) == ["cause"]
    assert kinds("the tower is not leaking", WORKS) == ["denied"]
    assert kinds("the tower is leaking", WORKS) == ["cause"]


@pytest.mark.parametrize(
    "words",
    [
        "has filler 4 jammed?",
        "did filler 4 jam",
        "is the cooler of filler 4 fouled",
        "filler 4 jammed, didn't it?",
        "do you know whether filler 4 jammed",
        "is the torque sensor of capper 4 broken?",
        "if the filler 4 had jammed we would have seen it",
        "unless filler 4 jams it runs",
        "suppose the cooler of filler 4 is fouled",
        "check whether the chuck of capper 4 is worn",
        "filler 4 will jam",
        "capper 4 is about to jam",
        "the cooler of filler 4 is going to foul",
        "the torque sensor of capper 4 will fail",
        "filler 4 might have jammed",
        "maybe it was the glue on labeller 4",
        "filler 4 almost jammed",
        "filler 4 hardly jams",
        "the cooler of filler 4 is far from fouled",
        "please clear the jam on capper 4",
        "clear the jam on capper 4",
        "clean the cooler of filler 4",
        "let's clean filler 4",
        "could somebody clear the jam on capper 4",
        "I want the jam on capper 4 cleared",
        "the cooler of filler 4 needs cleaning",
        "I am going to clean the cooler of filler 4 at 18:00",
        "we will clean filler 4 tomorrow",
        "I tried to clear the jam on capper 4",
        "I forgot to clean the cooler of filler 4",
        "I could not clear the jam on filler 4",
        "we have not cleaned the cooler of filler 4 yet",
        "nobody has cleared the jam on filler 4",
        "nobody has cleared the jam",
        "no one cleaned filler 4",
        "the jam on capper 4 has not been cleared",
        "I did not turn the torque of capper 4 down",
        "nobody opened the bypass of the chilled water header",
        "I looked at the cooler of filler 4",
        "cleaning of filler 4 planned for 18:00",
        "cleaning of filler 4 is scheduled",
        "filler 4 to be cleaned",
        "filler 4 is waiting for cleaning",
        "it is unlikely that the cooler of filler 4 is fouled",
        "instead of cleaning filler 4 we stopped",
        "had filler 4 jammed, we would know",
    ],
)
def test_what_is_no_fact_is_kept_as_words(words):
    """Asked, supposed, to come, meant, asked for, left undone: it weighs nothing; that is told."""
    found = heard(words)
    assert [t.kind for t in found.testimony] == ["noted"]
    assert found.question.startswith("Kept as words: a report is of what was or is so, or is not;")


@pytest.mark.parametrize(
    ("words", "mode"),
    [
        ("the coolant valve of filler 4 does not open", "cooler_valve_sticking"),
        ("the coolant valve of filler 4 won't open", "cooler_valve_sticking"),
        ("the coolant valve of filler 4 refuses to open", "cooler_valve_sticking"),
        ("the labeller 4 cannot heat the glue", "glue_heater_weak"),
        ("nobody brought blanks to packer 4", "blanks_missing"),
        ("the cap hopper of capper 4 was not refilled", "cap_feed_low"),
        ("the cooler of filler 4 is not clean", "product_cooler_fouled"),
        ("if you ask me, the cooler of filler 4 is fouled", "product_cooler_fouled"),
        ("I can see that the cooler of filler 4 is fouled", "product_cooler_fouled"),
        ("I think it was the glue on labeller 4", "glue_heater_weak"),
        ("capper 4 jammed because the chute was not clean", "cap_chute_jams"),
        ("Filler 4 jammed. Can you come?", "infeed_jams"),
    ],
)
def test_that_something_does_not_do_its_work_is_a_fact(words, mode):
    """As is what somebody is sure or not so sure of, and what stands beside a question."""
    (only,) = heard(words).testimony
    assert only.kind == "cause"
    assert mode in only.modes


@pytest.mark.parametrize(
    ("words", "denied", "cause"),
    [
        (
            "it was the reel brake of labeller 4 and not the glue",
            "glue_heater_weak",
            "web_brake_grabbing",
        ),
        (
            "it was the reel brake not the glue on labeller 4",
            "glue_heater_weak",
            "web_brake_grabbing",
        ),
        (
            "it's not the glue of labeller 4 but the reel brake",
            "glue_heater_weak",
            "web_brake_grabbing",
        ),
        (
            "the cooler of filler 4 is not fouled and the counter-pressure valve leaks",
            "product_cooler_fouled",
            "counter_pressure_valve_leaking",
        ),
    ],
)
def test_a_negation_reaches_no_further_than_its_part(words, denied, cause):
    """What stands beside it is said to be so."""
    told = {t.kind: t.modes for t in heard(words).testimony}
    assert set(told) == {"denied", "cause"}
    assert denied in told["denied"]
    assert cause in told["cause"]
    assert cause not in told["denied"]


PARTS = ("cooler", "coolant valve", "star wheel", "carousel bearing", "filling valve", "glue")
STATES = (
    "fouled", "jammed", "leaking", "stuck", "worn", "slipping", "failing", "loose", "plugged",
    "too slow", "set too low", "broken",
)  # fmt: skip
NOTS = (
    "the {p} of {m} is not {s}", "the {p} of {m} isn't {s}", "the {p} of {m} was never {s}",
    "the {p} of {m} is no longer {s}", "the {p} of {m} is hardly {s}",
    "nobody saw the {p} of {m} {s}",
    "it is not true that the {p} of {m} is {s}", "no {p} of {m} is {s}", "none of {m} is {s}",
    "neither the {p} nor the rest of {m} is {s}", "I don't think the {p} of {m} is {s}",
    "{m} runs without a {s} {p}", "the {p} of {m} has not been {s}", "it was not the {p} of {m}",
    "not the {p} of {m}, it was not {s}", "we ruled out that the {p} of {m} is {s}",
)  # fmt: skip
OPEN = (
    "{f}?", "if {f} we shall see", "we shall see if {f}", "unless {f}, it runs", "perhaps {f}",
    "is it so that {f}?", "I wonder whether {f}", "check whether {f}", "I hope that {f}",
    "we must see whether {f}", "please look whether {f}", "suppose {f}",
    "I do not know whether {f}",
    "I am not sure that {f}", "imagine {f}", "in case {f}, call me", "so that {f}",
    "I'd be glad if {f}", "make sure that {f}",
)  # fmt: skip
MACHINES = ("filler 4", "the filler on 4", "labeller 2", "capper 4")
NEVER_DONE = (
    "I have not {a} {m}", "nobody {a} {m}", "I never {a} {m}", "we did not get {m} {a}",
    "{m} was not {a}", "{m} must be {a}", "{m} should be {a}", "could {m} be {a}?",
    "{m} will be {a}", "please have {m} {a}", "when will {m} be {a}?", "I hope {m} is {a}",
    "if {m} is {a} we run", "{m} has yet to be {a}", "{m} needs to be {a}", "no one has {a} {m}",
)  # fmt: skip


@settings(max_examples=400)
@given(*map(st.sampled_from, (NOTS, PARTS, MACHINES, STATES)))
def test_no_negated_report_is_a_fact(form, part, machine, state):
    """Wherever the negation stands, and whatever is negated."""
    assert not FACTS & set(kinds(form.format(p=part, m=machine, s=state)))


@settings(max_examples=400)
@given(*map(st.sampled_from, (OPEN, PARTS, MACHINES, STATES)))
def test_nothing_asked_supposed_or_wished_is_a_fact_or_a_denial(form, part, machine, state):
    """It weighs nothing at all."""
    words = form.format(f=f"the {part} of {machine} is {state}")
    assert kinds(words) == ["noted"]


@given(*map(st.sampled_from, (NEVER_DONE, MACHINES, ("cleaned", "cleared", "fixed", "repaired"))))
def test_what_was_not_done_or_is_to_be_done_was_not_done(form, machine, act):
    """It is neither put right nor planned."""
    assert not FACTS & set(kinds(form.format(m=machine, a=act)))


@settings(max_examples=300)
@given(st.sampled_from(sorted(PLANT.units)), st.data())
def test_no_failure_that_a_class_lists_is_a_fact_where_it_is_denied_or_asked(unit, data):
    """By its own name, of any machine."""
    mode = data.draw(st.sampled_from(PLANT.class_of(unit).failure_modes))
    form = data.draw(
        st.sampled_from(
            [
                "{u}: it is not true that {f}", "{u}: it was not that {f}", "{f} at {u}?",
                "I wonder whether {f} at {u}", "{u}: not that {f}", "if {f} at {u}, call me",
                "perhaps {f} at {u}", "nobody says {f} at {u}",
            ]
        )
    )  # fmt: skip
    words = form.format(u=NAMES.full_name(unit), f=mode.name)
    assert not FACTS & set(kinds(words)), words


@given(st.text(max_size=80))
def test_the_parts_of_a_report_are_parts_of_it_in_their_order(words):
    """Of any words; none overlaps another."""
    found = list(parts(words))
    edges = [edge for part in found for edge in (part.start, part.end)]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(words) for edge in edges)


@pytest.mark.parametrize(
    "when",
    [
        "two years ago", "in 2 hours", "last week", "on Monday", "in March", "last night",
        "at noon",
        "at 6", "half past nine", "the other day", "on 3 January",
        "in 2019", "three weeks ago", "yesterday evening", "10:00 last Monday",
        "at 10:00 two weeks ago", "on Christmas", "earlier", "the day before yesterday",
    ],
)  # fmt: skip
def test_a_time_that_is_not_understood_is_not_now(when):
    """The report is kept as words, and it is said what is understood."""
    for words in (f"I cleared the jam on capper 4 {when}", f"filler 4 jammed {when}"):
        found = heard(words)
        assert [t.kind for t in found.testimony] == ["noted"]
        assert "of which time was that? Understood is a past “10:00”" in found.question


@pytest.mark.parametrize(
    ("when", "start", "end"),
    [
        ("yesterday", -1920, -480), ("this morning", -480, 0), ("07:40", -20, -20),
        ("until 07:40", -20, -20), ("since 07:40", -20, -20), ("half an hour ago", -30, -30),
        ("today at 07:40", -20, -20),
    ],
)  # fmt: skip
def test_a_time_that_is_understood_is_that_time(when, start, end):
    """Minutes from now."""
    (found,) = heard(f"filler 4 jammed {when}").testimony
    assert found.kind == "cause"
    assert ((found.start - NOW) // 60_000_000, (found.end - NOW) // 60_000_000) == (start, end)


def test_what_was_done_to_it_was_done_to_what_was_named():
    """Where that could be several, it is asked which; another machine that stands is none of it."""
    stops = (stop(PALLETIZER, -3, 0, goes_on=True),)
    found = understood("it was the cooler, we cleaned it", "Olga Berg", NOW, NAMES, stops=stops)
    assert [t.kind for t in found.testimony] == ["noted"]
    assert found.question.startswith("Which machine was that")
    found = heard("it was the cooler of filler 4, we cleaned it")
    assert {t.asset for t in found.testimony} == {FILLER}
    assert "cleared" in {t.kind for t in found.testimony}
    both = (LABELLER, CAPPER)
    told = heard("it was the glue, we cleaned it", near=both[::-1]).testimony
    assert {t.asset for t in told} == {LABELLER}
