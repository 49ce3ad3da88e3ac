from tests.twin_core.diagnosis import quay
from tests.twin_core.lived import START, live
from tests.twin_core.plant_fixture import BAG, LINE, OVEN
from twin_core.case import Case
from twin_core.operations.incident import Incident
from twin_core.testimony.stops import (
    MOST_REASONS,
    explained,
    explanations,
    lost_by_reason,
    reason_text,
    reasons,
    stops,
)
from twin_core.testimony.testimony import Testimony
from twin_core.value import SECOND

HELD, HOLDING, IDLE = 11, 10, 4
SLICER = f"{LINE}/slicer"
MODES = quay.plant().class_of("quay/hall/north/sealer").failure_modes
"""Failures for a machine whose own class lists none."""


def seen(*states, **how):
    snapshot = live(states, **how)
    return snapshot, stops(snapshot.plant, snapshot.past, 0, snapshot.now)


def failing(plant):
    """The plant, with a class of BAG that lists failures."""
    kind = plant.class_of(BAG).model_copy(update={"failure_modes": MODES})
    return plant.model_copy(update={"classes": {**plant.classes, kind.id: kind}})


def said(stop=None, machine=BAG, kind="planned", act="reel change", modes=(), **times):
    start = times.get("start", stop.start if stop is not None else START)
    return Testimony(
        kind=kind, asset=machine, modes=modes, act=act, words="so", who="Olga Berg",
        said=times.get("at", start), start=start, end=times.get("end", start),
        stop=stop.id if stop is not None else "",
    )  # fmt: skip


def test_states_of_standing_that_follow_each_other_are_one_stop():
    """Holding and Held are one; a wait is none."""
    _, found = seen((BAG, 60, 70, HOLDING), (BAG, 70, 240, HELD), (BAG, 400, 460, IDLE))
    assert [(s.machine, (s.start - START) // SECOND, s.seconds) for s in found] == [
        (BAG, 60, 180.0)
    ]


def test_a_stop_that_goes_on_is_known_by_the_same_id_when_it_is_over():
    """Machine and beginning are what it is known by."""
    _, (now,) = seen((BAG, 60, 9999, HELD), minutes=4)
    _, (then,) = seen((BAG, 60, 300, HELD))
    assert now.goes_on
    assert not then.goes_on
    assert now.id == then.id


def test_a_stop_is_the_same_from_wherever_one_looks():
    """Its id and its beginning do not depend on the span that is asked for."""
    snapshot, (whole,) = seen((BAG, 60, 90, HOLDING), (BAG, 90, 240, HELD))
    part = stops(snapshot.plant, snapshot.past, START + 120 * SECOND, START + 130 * SECOND)
    assert part == [whole]
    assert stops(snapshot.plant, snapshot.past, whole.end, snapshot.now) == []


def test_a_machine_that_was_starved_or_blocked_stood_for_no_reason_of_its_own():
    """Its neighbour is asked, not it."""
    _, found = seen((SLICER, 60, 240, HELD), starved=[(SLICER, 50, 250)])
    assert found == []


def test_the_reason_of_a_stop_is_the_report_made_of_it_or_of_its_time():
    """What was said of the stop itself comes before what was said of the hour."""
    _, (first, second) = seen((BAG, 60, 240, HELD), (BAG, 400, 500, HELD))
    assert explained(first, []) is None
    of_time = said(start=second.start + 30 * SECOND, act="cleaning")
    assert explained(second, [of_time]) == of_time
    assert explained(first, [of_time]) is None
    own = said(second)
    assert explained(second, [of_time, own]) == own
    assert explained(second, [said(machine=OVEN, start=second.start)]) is None


def test_what_was_put_right_just_after_a_stop_is_of_that_stop():
    """A named time is when it was mended; an act named for that time is of that time."""
    _, (second, first) = seen((BAG, 60, 240, HELD), (BAG, 400, 500, HELD))
    mended = said(kind="cleared", act="", start=first.end + 120 * SECOND)
    assert explained(first, [mended]) == mended
    assert explained(second, [mended]) is None
    assert explained(first, [said(start=first.end + 120 * SECOND)]) is None


def test_what_is_explained_at_once_is_what_is_explained_one_by_one():
    """Of the stop, of its time, of another machine, denied, kept as words: the same report each."""
    _, found = seen((BAG, 60, 240, HELD), (BAG, 400, 500, HELD), (SLICER, 100, 300, HELD))
    first, second, other = found
    told = [
        said(first), said(first, kind="denied"), said(start=second.start),
        said(other), said(other, machine=None, kind="noted", act=""),
        said(machine=SLICER, end=START + 9999 * SECOND),
    ]  # fmt: skip
    for k in range(len(told) + 1):
        reports = told[k:] + told[:k]
        one_by_one = {stop.id: explained(stop, reports) for stop in found}
        at_once = explanations(found, reports)
        assert at_once == {stop: one for stop, one in one_by_one.items() if one is not None}


def test_reasons_are_ranked_and_their_ids_are_of_that_stop_alone():
    """What was given before comes first, then the failures of the class that stop it, then acts."""
    snapshot, (second, first) = seen((BAG, 60, 240, HELD), (BAG, 400, 500, HELD))
    plant = failing(snapshot.plant)
    offered = reasons(second, plant, [])
    assert offered[0].text == "tubs jam"
    assert len(offered) <= MOST_REASONS
    assert {one.id for one in offered}.isdisjoint(one.id for one in reasons(first, plant, []))
    again = reasons(second, plant, [said(first, act="cleaning")])
    assert again[0].text == "cleaning"
    numbers = {one.text: one.number for one in offered}
    assert all(numbers.get(one.text, one.number) == one.number for one in again)
    assert len({one.number for one in again}) == len(again)


def test_what_a_diagnosis_of_then_says_is_offered_first():
    """Though another reason was given before."""
    snapshot, (second, first) = seen((BAG, 60, 240, HELD), (BAG, 400, 500, HELD))
    mode = MODES[-2]
    incident = Incident(
        id="in-00000001", kind="stopped", subject="x/y/z", line="x/y/z", opened=second.start,
        closed=second.end, severity=3, statement="It stands.", opened_by=(),
    )  # fmt: skip
    case = Case(incident=incident, asset=BAG, failure_mode=mode.id, probability=0.8)
    offered = reasons(second, failing(snapshot.plant), [said(first)], [case])
    assert (offered[0].mode, offered[0].text) == (mode.id, mode.name)


def test_standing_time_by_reason_adds_up_to_the_standing_time():
    """Clipped to the span; what has no reason comes last, under none."""
    snapshot, found = seen((BAG, 60, 240, HELD), (BAG, 400, 500, HELD))
    begin, end = START + 120 * SECOND, START + 450 * SECOND
    lost = lost_by_reason(found, [said(found[0])], snapshot.plant, begin, end)
    assert [(one.reason, one.stops, round(one.seconds)) for one in lost] == [
        ("reel change", 1, 50), ("", 1, 120),
    ]  # fmt: skip


def test_a_reason_in_words_stays_in_words():
    """Where it is neither an act nor one failure."""
    snapshot, _ = seen()
    plant = failing(snapshot.plant)
    assert reason_text(said(kind="noted", act=""), plant) == "so"
    assert reason_text(said(kind="cause", act="", modes=(MODES[0].id,)), plant) == MODES[0].name
