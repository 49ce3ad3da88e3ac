"""What is only remarked before a question, and what of it is asked."""

import pytest

from tests.agents.offline.test_reading import names, one


@pytest.mark.parametrize(
    ("question", "kind", "paths"),
    [
        ("the planner is on the phone, how is line 2 doing", "state", ("line2",)),
        ("I have an auditor here who doubts it all, what is the cause of line 3 being slow",
         "cause", ("line3",)),
        ("lines 1 and 2 are moaning again - what alarms are on line 4", "alarms", ("line4",)),
        ("my relief wants to know how fast filler 3 is running", "value", ("line3/filler",)),
        ("I wonder whether packer 2 is on or off", "state", ("line2/packer",)),
        ("not sure if capper 1 is running", "state", ("line1/capper",)),
        ("the customer keeps calling, so draw up a proposal for filler 1 to 470", "propose",
         ("line1/filler",)),
        ("my bus was late, what did I miss since the shift began", "handover", ()),
    ],
)  # fmt: skip
def test_a_remark_before_a_question_is_not_asked(question, kind, paths):
    """Neither its words nor the machines it speaks of count where the question has its own."""
    found = one(question)
    assert (found.kind, found.paths) == (kind, tuple(f"riverside/packaging/{p}" for p in paths))


@pytest.mark.parametrize(
    ("question", "kind", "paths", "span"),
    [
        ("line 3 is crawling again, what is the reason", "cause", ("line3",), ""),
        ("over the last 20 minutes, how fast was filler 2", "trend", ("line2/filler",),
         "over the last 20 minutes"),
        ("filler 2, how fast is it", "value", ("line2/filler",), ""),
    ],
)  # fmt: skip
def test_what_a_question_leaves_out_the_words_before_it_say(question, kind, paths, span):
    """What is spoken of, and when."""
    found = one(question)
    assert (found.kind, found.paths) == (kind, tuple(f"riverside/packaging/{p}" for p in paths))
    assert found.span == span


def test_a_change_that_is_told_before_the_question_is_supposed():
    """It is no remark."""
    found = one("compressor 2 stands for 20 min, what does that do to line 1?")
    (change,) = found.changes
    assert (found.kind, change["asset"]) == ("what_if", "Compressor 2")


@pytest.mark.parametrize("question", ["which alarms are on currently", "writing it up, any alarms"])
def test_a_word_of_everyday_is_no_slip_of_a_measurement(question):
    """Though but two letters tell it from one."""
    found = one(question)
    assert (found.kind, found.measurement) == ("alarms", "")


def test_the_name_of_the_site_is_the_whole_plant():
    """What is asked of all of it is asked of nothing smaller."""
    assert one(f"how is {names().plant.name} doing overall").paths == ()


def test_work_to_find_a_cause_is_handed_in_as_work():
    """But who wants to be told the cause, and then has it handed in, is told."""
    assert one("propose a job to find out why filler 2 trips").kind == "propose"
    assert one("find out why filler 2 trips and hand in what helps").kind == "cause"


def test_since_the_beginning_of_a_shift_is_a_span_and_no_question_of_its_times():
    """“When is the end of the shift” asks for them."""
    assert one("what went on since the beginning of the shift").kind != "planned"
    assert one("when is the end of the shift").kind == "planned"


def test_a_noun_behind_a_name_goes_back_to_it():
    """Though others are called so too."""
    found = one("propose a job to check compressor no 2 and to restart the compressor")
    assert found.paths == ("riverside/utilities/air/compressor_2",)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("how long until filler 2 breaks", "life"),
        ("draw up a work order to see why packer 3 trips", "propose"),
        ("do we have a work order for packer 3", "work_orders"),
        ("which maintenance orders exist on packer 3", "work_orders"),
    ],
)
def test_a_verb_or_an_order_is_no_time_of_the_plan(question, kind):
    """What breaks is no break, what maintenance has to do no order of production."""
    assert one(question).kind == kind


def test_what_nobody_knows_is_not_told_by_the_whole_plant():
    """Whose state is asked must be known."""
    assert one("zorb 1 status").kind == "unclear"
    assert one("plant status").kind == "state"


def test_a_course_of_nothing_known_is_asked_back():
    """Nor is the speed told in its place."""
    assert one("qworp of capper 2, up or down over the last hour").kind == "unclear"


def test_nothing_is_handed_in_that_was_hardly_asked_for():
    """A setting that is only told of is none that is wished."""
    assert one("somebody put filler 2 on 500, who did that").kind != "propose"


def test_what_is_remarked_before_a_question_for_a_paper_is_looked_up():
    """The paper is asked about that."""
    found = one("caps are loose again, what does the handbook say")
    assert found.kind == "documents"
    assert "caps" in found.query


def test_what_is_wished_to_be_seen_of_the_past_supposes_nothing():
    """“Would” is a courtesy there."""
    found = one("Would like to see how the speed of filler 2 went during the last 20 minutes")
    assert (found.kind, found.changes) == ("trend", ())


def test_what_they_are_is_no_other_question():
    """It is told with them."""
    assert one("anything in the queue for somebody to approve, and what is it?").kind == "proposals"


def test_in_what_order_orders_are_made_is_not_when_they_are_due():
    """Nor which of them come late."""
    assert one("better sequence of the orders on line 1 please").kind == "schedule"
    assert one("orders for line 4 that get delayed?").kind == "orders"


@pytest.mark.parametrize(
    "question",
    [
        "The compressor man rang, so let me see how the air pressure on header A went since 06:00.",
        "the man from compressor 2 is here, so how has the air pressure on header A been since six",
    ],
)
def test_a_machine_that_is_only_remarked_on_is_not_asked_about(question):
    """Where the question names its place as part of what is measured."""
    assert one(question).paths == ("riverside/utilities/air/header_a",)


@pytest.mark.parametrize(
    "question",
    [
        "is the vibration of filler 1 getting worse or better since six this morning",
        "is the shaking on the line one filler getting any worse since 06:00",
        "has the vibration of filler 1 grown worse over the hour just gone",
    ],
)
def test_better_or_worse_of_one_thing_asks_which_way_it_goes(question):
    """Nothing stands beside it that it could be compared with."""
    found = one(question)
    assert (found.kind, found.measurement) == ("trend", "vibration")
    assert found.paths == ("riverside/packaging/line1/filler",)


@pytest.mark.parametrize(
    ("question", "kind", "path"),
    [
        ("was away in a meeting all morning, so what has happened on line 2 during this shift",
         "handover", "line2"),
        ("cant say I like the sound of it, so why is the capper on line 3 so slow", "cause",
         "line3/capper"),
    ],
)  # fmt: skip
def test_what_goes_on_with_so_was_only_told(question, kind, path):
    """However it begins."""
    found = one(question)
    assert (found.kind, found.paths) == (kind, (f"riverside/packaging/{path}",))


def test_a_remark_changes_nothing_where_the_question_says_what_is_changed():
    """“Without” is no stop."""
    found = one("not without asking first, so what would happen if filler 1 ran at 480 bottles/min")
    assert [change["kind"] for change in found.changes] == ["set"]
