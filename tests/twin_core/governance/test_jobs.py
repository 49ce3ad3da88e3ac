"""Jobs: what can be asked of people, and the life of a job that no system takes."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin_core.governance.scene import (
    CAPPER,
    FILLER,
    LINE,
    NOW,
    PLANT,
    SPEED,
    draft,
    effect,
    job,
    proposal,
    world,
)
from twin_core.errors import BadInput, OutOfRange, UnknownName, WrongKind
from twin_core.governance.action import ConfirmCause, Inspection, Release, ScheduleChange, StockMove
from twin_core.governance.admission import PEOPLE, TWIN, admit, claims, endpoint, share, touched
from twin_core.governance.case import Case
from twin_core.governance.events import (
    Cancel,
    Execute,
    JobSeen,
    Look,
    Notify,
    Proceed,
    Recover,
    Reported,
    Save,
    Submit,
    Tell,
    Tick,
    Vote,
)
from twin_core.governance.gate import decide
from twin_core.plant.production import Order, Product
from twin_core.plant.warehouse import Article, Crew, Layout, Slot, Storehouse, Warehouse
from twin_core.ports import WorkOrderRecord
from twin_core.value import SECOND

HOUR = 3600 * SECOND
_WATER = Article(id="water-6", length_m=0.2, width_m=0.2, height_m=0.2, mass_kg=3)
_DEPOT = Storehouse(
    id="depot",
    name="Depot",
    warehouse=Warehouse(
        layout=Layout(aisles=1, bays=1),
        articles=(_WATER,),
        faces={"water-6": (Slot(aisle=0, bay=0),)},
    ),
    crew=Crew(pickers=1),
)
MAKES = PLANT.model_copy(
    update={
        "products": (Product(id="water", name="Water", number=1, rates={LINE: 400}),),
        "orders": tuple(
            Order(id=f"o-{n}", product="water", line=LINE, quantity=100, unit="{bottle}")
            for n in (1, 2)
        ),
        "warehouses": (_DEPOT,),
    }
)
STOP = ScheduleChange(line=LINE, stop_at=NOW + HOUR, stop_s=600)
MOVE = StockMove(item="water", source=FILLER, target=CAPPER, quantity=40, unit="{bottle}")
FETCH = StockMove(
    item="water-6", source="depot", target="depot", quantity=4, unit="1", strategy="replenish"
)


def admitted(action, plant=MAKES):
    """Whether the action could be carried out there, now."""
    admit(plant, {"plc", "crew"}, draft(action=action, effect=None), NOW)
    return True


def altered(action, **fields):
    """An action that never went through validation, as a hostile caller could make it."""
    return action.model_copy(update=fields)


@pytest.mark.parametrize(
    "action",
    [
        STOP,
        ScheduleChange(line=LINE, orders=("o-2", "o-1")),
        altered(STOP, orders=("o-2",)),
        MOVE,
        FETCH,
        altered(FETCH, source=FILLER),
    ],
)
def test_a_job_on_what_is_known_and_still_to_come_is_admitted(action):
    """Orders of the line, a stop ahead, items and places that the plant file names."""
    assert admitted(action)


@pytest.mark.catches("a job is asked of people that nobody can do")
@pytest.mark.parametrize(
    ("action", "error"),
    [
        (altered(STOP, line="site/area/other"), UnknownName),
        (altered(STOP, line=FILLER), UnknownName),
        (altered(STOP, orders=("o-3",)), UnknownName),
        (altered(STOP, orders=("o-1", "o-1")), WrongKind),
        (ScheduleChange(line=LINE), WrongKind),
        (altered(STOP, stop_s=None), WrongKind),
        (altered(STOP, stop_at=None), WrongKind),
        (altered(STOP, stop_at=NOW), OutOfRange),
        (altered(STOP, stop_at=NOW - HOUR), OutOfRange),
        (altered(STOP, stop_at=NOW + 10**20), OutOfRange),
        *((altered(STOP, stop_s=s), OutOfRange) for s in (0.0, -1.0, math.nan, math.inf)),
        (altered(MOVE, item="wine"), UnknownName),
        (altered(MOVE, source="nowhere"), UnknownName),
        (altered(MOVE, target=SPEED), UnknownName),
        (altered(MOVE, target="depot"), UnknownName),
        (altered(MOVE, target=FILLER), WrongKind),
        (altered(MOVE, unit="kg"), WrongKind),
        (altered(FETCH, unit="{bottle}"), WrongKind),
        *((altered(MOVE, quantity=n), WrongKind) for n in (0.0, -1.0, math.nan, math.inf)),
    ],
)
def test_a_job_that_cannot_be_done_is_refused(action, error):
    """Unknown line, order, item or place; no number, no time, over already, another unit."""
    with pytest.raises(error):
        admitted(action)


@given(st.integers(-(2**62), 2**62), st.floats(allow_nan=True, allow_infinity=True))
def test_an_admitted_stop_lies_ahead_and_ends(after, seconds):
    """Whatever is admitted begins after now, and lasts a finite time above 0."""
    try:
        admitted(altered(STOP, stop_at=NOW + after, stop_s=seconds))
    except BadInput:
        return
    assert after > 0
    assert 0 < seconds < math.inf


@pytest.mark.parametrize(
    ("action", "goes", "on", "takes"),
    [
        (job(), "crew", (FILLER,), (f"{FILLER} (crew)",)),
        (STOP, PEOPLE, (LINE,), (f"{LINE} (schedule)",)),
        (MOVE, PEOPLE, (FILLER, CAPPER),
         (f"{FILLER} (stock of water)", f"{CAPPER} (stock of water)")),
        (FETCH, PEOPLE, ("site",), ("depot (stock of water-6)",)),
        (Release(point=SPEED, since=NOW), TWIN, (FILLER,), (f"{SPEED} (belief)",)),
        (ConfirmCause(incident="in-1", asset=FILLER), TWIN, (FILLER,), ("in-1 (cause)",)),
    ],
)  # fmt: skip
def test_where_each_kind_goes_and_what_it_takes(action, goes, on, takes):
    """A system, people, or the twin itself; none of them moves a point."""
    assert endpoint(MAKES, action) == goes
    assert touched(MAKES, action) == on
    assert claims(MAKES, action) == takes
    assert share(MAKES, action) == 0.0


# ── the life of a job that no system takes ──────────────────────────────────────────────────

NO_CREW = PLANT.model_copy(update={"sources": PLANT.sources[:2]})
LOOK = Inspection(asset=FILLER, task="look at the valve")


def told(action=STOP, plant=MAKES, **more) -> Any:
    """A case of which people were told, the last effects, and its draft's world."""
    asked = draft(action=action, **{"effect": None, **more})
    here = world(asked, plant=plant)
    case, effects = decide(None, Submit(proposal(asked), here), NOW)
    for event in (Vote("sam", "approved", "", "web", here), Proceed(here), Proceed(here)):
        case, effects = decide(case, event, NOW + SECOND)
    return case, effects, here


def answer(effects):
    """What the person was told, and which kind of no it was."""
    (found,) = [e for e in effects if isinstance(e, Tell)]
    return found


def test_a_job_that_no_system_takes_is_told_to_people_and_nothing_is_sent():
    """After approval people are told, once it is stored; no command is made."""
    for action, plant in ((STOP, MAKES), (MOVE, MAKES), (LOOK, NO_CREW), (job(), NO_CREW)):
        case, effects, _ = told(action, plant)
        assert (case.stage, case.step.state, case.wait.what) == ("acked", "told", "job")
        assert isinstance(effects[0], Save)
        (notice,) = [e for e in effects if isinstance(e, Notify)]
        assert f"opstwin job {case.id} done|failed" in notice.text
        assert not any(isinstance(e, Execute) for e in effects)
        assert case.holds


@pytest.mark.catches("the mere telling counts as done")
def test_a_named_persons_report_closes_it_and_is_no_measurement():
    """Done as he says it: his statement is kept as evidence in his name, whoever approved."""
    case, _, here = told()
    case, effects = decide(case, Reported("olga", "done", "stopped at two", here), NOW)
    assert (case.stage, case.step.state, case.wait) == ("effect_seen", "verified", None)
    (save,) = [e for e in effects if isinstance(e, Save)]
    kind, actor, _, body = save.entries[0]
    assert (kind, actor, body["became"]) == ("reported", "olga", "done")
    assert (body["found"]["kind"], body["found"]["origin"]) == ("testimony", "Olga")
    assert case.step.read_back is None
    assert "Olga reports that it is done: stopped at two" in case.result
    assert Case.model_validate(case.model_dump(mode="json")) == case


def test_a_report_of_what_promised_an_effect_begins_the_watch():
    """What was promised of the process is looked for, as after a work order."""
    case, _, here = told(effect=effect())
    case, _ = decide(case, Reported("olga", "done", "moved", here), NOW)
    assert case.wait is not None
    assert (case.stage, case.wait.what) == ("verified", "effect")


def test_a_report_that_it_could_not_be_done_fails_it():
    """It ends as failed with his words, and its place is free again."""
    case, _, here = told()
    case, effects = decide(case, Reported("olga", "failed", "the line runs on", here), NOW)
    assert (case.stage, case.step.state, case.holds) == ("failed", "failed", False)
    assert not case.uncertain
    assert [e.level for e in effects if isinstance(e, Notify)] == ["alarm"]
    case, effects = decide(case, Reported("sam", "done", "now it is", here), NOW)
    assert (case.stage, answer(effects).error) == ("failed", "conflict")


@pytest.mark.catches("anybody's word closes a job")
@pytest.mark.parametrize(
    ("user", "reason", "error"),
    [
        ("vera", "done", "not_allowed"),
        ("bot", "done", "not_allowed"),
        ("far", "done", "not_allowed"),
        ("nobody", "done", "not_allowed"),
        ("olga", "", "conflict"),
    ],
)
def test_who_may_not_report_or_says_nothing_closes_nothing(user, reason, error):
    """Services, those who only look, those of elsewhere; refused and recorded."""
    case, _, here = told()
    after, effects = decide(case, Reported(user, "done", reason, here), NOW)
    assert (after.stage, after.step.state) == ("acked", "told")
    assert answer(effects).error == error
    refused = [e for s in effects if isinstance(s, Save) for e in s.entries]
    assert [e[0] for e in refused] == (["report_refused"] if error == "not_allowed" else [])


@pytest.mark.catches("a report is taken where the plant's actuator does not hear of it")
def test_a_superseded_actuator_takes_no_report():
    """Who does not own the plant any more sends the person to who does."""
    case, _, here = told()
    fenced = replace(here, fenced=True)
    after, effects = decide(case, Reported("olga", "done", "so it is", fenced), NOW)
    assert (after, answer(effects).error) == (case, "conflict")


def test_nothing_is_awaited_of_a_job_that_a_system_has():
    """Its order closes it; a person's word beside it is refused, and another's order too."""
    asked = draft(action=job(), effect=None)
    here = world(asked)
    case, _ = decide(None, Submit(proposal(asked), here), NOW)
    for _ in range(3):
        after, effects = decide(case, Reported("olga", "done", "done", here), NOW)
        assert (after, answer(effects).error) == (case, "conflict")
        case, _ = decide(case, Vote("sam", "approved", "", "web", here), NOW)
        case, _ = decide(case, Proceed(here), NOW)
    told_case, _, there = told()
    order = WorkOrderRecord(
        reference="WO-1", key="k", asset=FILLER, task="t", status="done", created=NOW
    )
    after, effects = decide(told_case, JobSeen(order, there), NOW)
    assert (after, effects) == (told_case, ())


@pytest.mark.catches("a restart reads back a job that was never sent")
def test_time_and_a_restart_only_remind_of_it():
    """Nothing is looked for; after a restart people are told again, for nobody may have been."""
    case, _, here = told()
    after, effects = decide(case, Tick(here), NOW + HOUR)
    assert (after, effects) == (case, ())
    after, effects = decide(case, Recover(here), NOW + HOUR)
    assert after.stage == "acked"
    assert any(isinstance(e, Notify) and "still to be done" in e.text for e in effects)
    assert not any(isinstance(e, Look | Execute) for e in effects)
    after, effects = decide(case, Cancel("olga", "", here), NOW + HOUR)
    assert (after.stage, answer(effects).error) == ("acked", "conflict")


def test_a_stop_that_should_have_begun_meanwhile_is_not_asked_for():
    """What was approved too late is denied: its time is over."""
    asked = draft(action=STOP, effect=None)
    here = world(asked, plant=MAKES)
    case, _ = decide(None, Submit(proposal(asked), here), NOW)
    late = world(asked, plant=MAKES, plant_now=NOW + 2 * HOUR)
    case, _ = decide(case, Vote("sam", "approved", "", "web", late), NOW)
    assert (case.stage, "time until the stop" in case.result) == ("denied", True)


@pytest.mark.catches("a job is told while everything is frozen")
def test_in_a_freeze_people_are_told_of_nothing():
    """It waits as a write does, and is told once the freeze is lifted."""
    asked = draft(action=STOP, effect=None)
    here = world(asked, plant=MAKES)
    frozen = world(asked, plant=MAKES, frozen="by Olga: smoke")
    case, _ = decide(None, Submit(proposal(asked), here), NOW)
    case, _ = decide(case, Vote("sam", "approved", "", "web", here), NOW)
    for now in (frozen, here):
        case, _ = decide(case, Proceed(now), NOW)
        case, _ = decide(case, Proceed(now), NOW)
        assert (case.stage == "acked") is (now is here)
