"""What is measured or counted where the question names no measurement of the plant's."""

import pytest

from tests.agents.offline.test_reading import one


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many bottles did filler 2 fill in the last hour?", "made"),
        ("how many pallets has palletizer 3 made since 13:00", "made"),
        ("How much did line 2 make in the last hour?", "made"),
        ("what has line 1 produced this shift?", "made"),
        ("packer 2 cases, last 45 min", "made"),
        ("palletizer 2 pallets, last 45 min", "made"),
        ("How many bottles did line 1 make per minute over the last hour?", "trend"),
        ("Show me the output of line 1 over the last hour", "trend"),
        ("How many bottles is line 2 making now?", "value"),
    ],
)
def test_what_left_a_machine_or_a_line_in_a_span_is_counted(question, kind):
    """Without a span it is a rate; a course stays one."""
    assert one(question).kind == kind


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("How many pallets are left in empties lane 2?", "warehouse/stores/empties_2"),
        ("how full is the pallet store?", "warehouse/stores/pallet_store"),
    ],
)
def test_what_a_place_holds_is_its_level(question, path):
    """How many or how full: the measurement needs no name."""
    found = one(question)
    assert (found.kind, found.measurement) == ("value", "level")
    assert found.paths == (f"riverside/{path}",)


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("What is the noise level of filler 2?", "noise level"),
        ("what's the sugar content at filler 3 now?", "sugar content"),
        ("What is packer 1's humidity?", "humidity"),
        ("How loud is capper 2?", "loud"),
        ("dust content packer 3", "dust content"),
    ],
)
def test_what_no_name_here_has_a_word_for_is_asked_by_all_its_words(question, thing):
    """No other measurement is taken for it, and not everything is told instead."""
    found = one(question)
    assert (found.kind, found.measurement) == ("value", thing)


@pytest.mark.parametrize(
    ("question", "kind", "measurement"),
    [
        ("What is the state of line 4?", "state", ""),
        ("What is the bowl presure of filler 4?", "value", "bowl pressure"),
        ("What is the status of work orders on line 2?", "work_orders", ""),
        ("What is the OEE of line 3?", "indicators", ""),
        ("Did somebody tinker with packer 2?", "work_orders", ""),
        ("glue on labeller 1, how hot", "value", "hot-melt glue temperature"),
        ("how hot is the glue on line 1s labeller", "value", "glue temperature"),
        ("how much bar have we got on header B", "value", "header pressure"),
    ],
)
def test_what_is_known_here_is_read_as_before(question, kind, measurement):
    """Misspelled too."""
    found = one(question)
    assert (found.kind, found.measurement) == (kind, measurement)


@pytest.mark.parametrize("word", ["mean", "average", "lowest", "highest", "maximum"])
def test_a_figure_over_a_span_is_read_from_the_course(word):
    """With the asset said, or with the one asset that has the measurement."""
    for said in ("pressure of header B", "busbar voltage"):
        found = one(f"What was the {word} {said} over the last 40 minutes?")
        assert found.kind == "trend"
        assert not found.unknown
        assert len(found.paths) == 1


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("What is the level of the conveyor between rinser 2 and filler 2?", "line2/conveyor_2"),
        ("how fast is the belt after capper 3?", "line3/conveyor_4"),
    ],
)
def test_what_lies_between_machines_is_meant_by_where_it_lies(question, path):
    """And none of them is."""
    assert one(question).paths == (f"riverside/packaging/{path}",)


def test_a_doubted_value_asks_for_what_is_wrong_with_it():
    """Its cause, not only its number."""
    for question in (
        "Can I trust the bowl pressure of filler 3?",
        "Is the vibration of filler 1 to be believed?",
    ):
        assert one(question).kind == "cause"


def test_what_was_ordered_is_a_work_order():
    """With whether it is done."""
    assert one("What was ordered for filler 2, and is it done?").kind == "work_orders"


@pytest.mark.parametrize(
    ("question", "path", "measurement"),
    [
        ("how hot's the bearing on filler 2", "packaging/line2/filler", "bearing temperature"),
        ("how warm the product is where it enters filler 3", "packaging/line3/filler", "product t"),
        ("how cold is the lemonade at filler 1?", "packaging/line1/filler", "product t"),
        ("which pressure, in bar, do we have on header A", "utilities/air/header_a", "pressure"),
        ("header b, bar", "utilities/air/header_b", "header pressure"),
        ("what have they set filler 2 to", "packaging/line2/filler", "commanded machine speed"),
        ("how many degrees has the juice at filler 2", "packaging/line2/filler", "product t"),
        ("whats teh prodcut temperature at filler 2", "packaging/line2/filler", "product t"),
        ("sped of filler 2", "packaging/line2/filler", "speed"),
        ("how is filler 2 doing speedwise, what is it", "packaging/line2/filler", "speed"),
        ("what do you read on header b", "utilities/air/header_b", "header pressure"),
        ("which set speed does filler 2 have", "packaging/line2/filler", "commanded machine speed"),
        ("which torque was entered on capper 3", "packaging/line3/capper", "application torque se"),
        ("what torque is commanded at capper 3", "packaging/line3/capper", "application torque se"),
    ],
)
def test_what_is_measured_is_known_by_its_unit_its_part_or_what_is_set(question, path, measurement):
    """An adjective, a unit at the end and a word for a setting ask for a value, not for a state."""
    found = one(question)
    assert (found.kind, found.paths) == ("value", (f"riverside/{path}",))
    assert found.measurement.startswith(measurement)


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("how many grams of caffeine are in the product at filler 3", "caffeine"),
        ("what do we earn on line 2, eur", "eur"),
        ("profit on line 3 per bottle", "profit"),
        ("what turbidity, in NTU, does the water at rinser 1 have", "turbidity"),
    ],
)
def test_what_is_measured_nowhere_is_not_told_by_another_value(question, thing):
    """Money, and units of what is not measured here."""
    found = one(question)
    assert (found.kind, found.measurement) == ("value", thing)


def test_of_several_measurements_the_one_is_meant_of_which_more_is_said():
    """“The temperature of the bearing” is the bearing's, of all temperatures."""
    found = one("How has the temperature of the bearing of filler 2 gone over the last hour?")
    assert (found.kind, "bearing" in found.measurement) == ("trend", True)


def test_of_a_course_alone_what_the_place_is_there_for_is_told():
    """Of a header its pressure."""
    found = one("is air header B going up or down?")
    assert (found.kind, found.measurement) == ("trend", "header pressure")


def test_a_value_of_what_may_be_two_alike_is_told_of_both():
    """It is asked back only where many could be meant, or something would be done."""
    assert len(one("pressure of the air header?").paths) == 2
    assert len(one("how fast is the filler?").choices) == 4
    assert len(one("propose to set the compressor to 7.2 bar").choices) == 2


@pytest.mark.parametrize(
    "question", ["how fast is the shredder on 3 going", "does the shredder of line 3 run?"]
)
def test_a_machine_that_is_not_there_is_said_not_to_be(question):
    """Not its line's rate is told instead."""
    assert one(question).unknown == "shredder"


@pytest.mark.parametrize(
    ("question", "kind", "path"),
    [
        ("speed of labeller two?", "value", "packaging/line2/labeller"),
        ("set speed of packer 3", "value", "packaging/line3/packer"),
        ("how many empties have we got for line 3?", "value", "warehouse/stores/empties_3"),
        ("did the palletizer on line 1 trip?", "indicators", "packaging/line1/palletizer"),
    ],
)
def test_what_is_set_held_or_stopped_is_asked_in_many_ways(question, kind, path):
    """A number in words, a noun before “for line 3”, and “did it trip?”."""
    found = one(question)
    assert (found.kind, found.paths) == (kind, (f"riverside/{path}",))


def test_alarms_of_a_few_alike_are_told_of_each():
    """Nothing is done, so nothing need be asked back."""
    found = one("any alarm on the labellers?")
    assert (found.kind, len(found.paths), found.choices) == ("alarms", 4, ())


def test_what_refers_to_what_is_not_ours_is_not_ours():
    """“And how much of it?” is no question of output."""
    found = one("Which pills should I take for my back, and how much of it?")
    assert found.kind == "unclear"


def test_a_part_that_only_says_to_look_asks_nothing():
    """What is looked for follows."""
    found = one("Please look ahead and tell me whether anything on line 2 may fail soon.")
    assert (found.kind, found.paths) == ("prognosis", ("riverside/packaging/line2",))


def test_a_number_beside_the_question_for_a_cause_is_what_is_shown():
    """It is no set-point to be proposed."""
    found = one("product temp 16 degC at filler 3, find out why and propose a remedy")
    assert (found.kind, found.root, found.changes) == ("cause", True, ())


@pytest.mark.parametrize(
    ("question", "query"),
    [
        (
            "According to the manual of the labeller, when is the glue too cold?",
            "glue too cold",
        ),
        ("can I change two set values at once, what do the rules say", "change set values one at"),
    ],
)
def test_which_paper_it_is_is_not_looked_for_in_it(question, query):
    """Only what it shall say."""
    found = one(question)
    assert found.kind == "documents"
    assert query.split()[0] in found.query
    assert "labeller" not in found.query


def test_the_end_of_a_shift_is_no_span():
    """“Before the shift ends” says when it is needed, not of when."""
    assert one("before the shift ends, are there any alarms?").span == ""


@pytest.mark.parametrize(
    ("question", "kind", "measurement"),
    [
        ("what percentage is the cross-tie open", "value", "valve position"),
        ("how many amps does the depal on line 2 pull", "value", "pallet hoist motor current"),
        ("to how many bar is compressor 2 set", "value", "discharge pressure setpoint"),
        ("how much profit did line 3 make today", "trend", "profit"),
        ("have we got a ticket on the chiller?", "work_orders", ""),
    ],
)
def test_shares_currents_and_money_are_no_counts(question, kind, measurement):
    """Nor is a ticket a wish for one."""
    found = one(question)
    assert (found.kind, found.measurement) == (kind, measurement)


def test_a_machine_of_which_nothing_is_known_is_said_not_to_be():
    """Rather than asking back which line is meant."""
    assert one("why is the homogeniser so slow?").unknown == "homogeniser"
    assert one("why is the output so low?").unknown == ""


@pytest.mark.parametrize(
    "question",
    [
        "how long is the change from cola to the water on line 3",
        "how many minutes to change line 3 from cola to water",
    ],
)
def test_a_change_from_product_to_product_is_a_changeover(question):
    """However it is put."""
    found = one(question)
    assert (found.kind, found.query) == ("planned", "changeover")


@pytest.mark.parametrize(
    ("question", "measurement"),
    [
        ("how many bacteria are in rinser 2?", "bacteria"),
        ("iron content of the water in rinser 1", "iron content"),
        ("how salty is the product at filler 2", "salty"),
    ],
)
def test_what_is_counted_nowhere_is_no_level(question, measurement):
    """Whatever holds it."""
    found = one(question)
    assert (found.kind, found.measurement) == ("value", measurement)


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("speed of the jockey compressor", "jockey compressor"),
        ("why is lane 9 empty", "lane 9"),
        ("what pressure is in the middle air header?", "middle air header"),
    ],
)
def test_one_of_several_alike_that_is_not_there_is_said_not_to_be(question, unknown):
    """A word or a number that none of them bears tells it apart from all of them."""
    assert one(question).unknown == unknown


def test_what_is_looked_at_is_checked():
    """Both are the same job."""
    found = one("need someone to look at the vacuum sensor on packer 3, put it in")
    assert (found.kind, found.remedy) == ("propose", "check vacuum sensor")


def test_who_asks_what_a_paper_says_asks_for_no_cause():
    """Though it be of causes."""
    found = one("Which causes does the handbook of the rinser give for plugged nozzles?")
    assert found.kind == "documents"


def test_a_word_that_only_describes_makes_no_other_machine():
    """Nor is what somebody complains of one."""
    assert one("what is wrong with the squeaky air header?").unknown == ""
    assert one("what's the reason of the wobble on line 2?").unknown == ""


def test_a_unit_behind_a_comma_leaves_a_line_its_number():
    """“Line 2, bpm” is no amount."""
    assert one("how are we doing on line 2, bpm").paths == ("riverside/packaging/line2",)


def test_what_is_filled_is_the_product():
    """Whatever people call it."""
    assert one("lemonade temp coming into filler 3").measurement.startswith("product temp")


@pytest.mark.parametrize(
    "where", ["packaging", "riverside", "the warehouse", "utilities", "line 2"]
)
def test_how_much_was_made_is_asked_of_any_place(where):
    """Of areas and sites, which are no line and stand on none, too."""
    assert one(f"how many bottles did {where} make since 6").kind == "made"
