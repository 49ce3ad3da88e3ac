"""Causes with their counterfactual, or that nothing is wrong."""

import pytest

from tests.agents.house import House
from tests.fakes import FakeForecaster, FakeWorkRecords
from tests.tools.box import Box
from tests.tools.scenery import FILLER4, LINE4, NOW
from tests.tools.standins import diagnose, forecaster
from twin_core.case import Case
from twin_core.diagnosis.cause import Diagnosis, FirstOut
from twin_core.errors import SourceDown
from twin_core.evidence import Evidence
from twin_core.operations.incident import Incident
from twin_core.ports import WorkOrderRecord
from twin_core.value import SECOND

HOUR = 3600 * SECOND


async def test_a_cause_has_its_counterfactual_and_its_signs():
    """Cause, simulated check with 90 % interval, and the evidence it rests on."""
    found = await Box()("find_cause", asset="line 4")
    kinds = [e.kind for e in found.evidence]
    assert kinds == ["cause", "indicator", "counterfactual", "symptom"]
    check = found.evidence[2]
    assert check.quality == "simulated"
    assert "399 bottles/min (90 % interval 387 to 411)" in check.statement
    assert found.evidence[0].data["asset"] == FILLER4


async def test_nothing_abnormal_is_an_answer():
    """Not every line has a cause to find."""
    found = await Box()("find_cause", asset="line 2")
    assert found.status == "ok"
    assert found.text.startswith("Nothing abnormal was found on line 2")


async def test_diagnosis_and_advice_are_worked_out_once_a_run():
    """Cause, remedies and proposal of one run share them."""
    asked = forecaster()
    box = Box(forecaster=asked)
    for tool in ("find_cause", "find_remedies", "propose"):
        await box(tool, asset="line 4")
    assert [verb for verb, _ in asked.asked] == ["diagnose", "advise"]


async def test_a_check_says_since_when_it_was_measured():
    """It is another mean than the line's rate now; without its span the two would not agree."""

    def dated(now, subject, span_s):
        found = diagnose(now, subject, span_s)
        (cause,) = found.causes
        assert cause.check is not None
        check = cause.check.model_copy(update={"since": cause.onset})
        return found.model_copy(update={"causes": (cause.model_copy(update={"check": check}),)})

    found = await Box(forecaster=FakeForecaster(diagnose=dated))("find_cause", asset="line 4")
    assert "measured 403 bottles/min since 13:51:00 GMT." in found.evidence[2].statement


@pytest.mark.parametrize(
    ("beside", "probability", "lead"),
    [
        (False, 0.1, "Another possibility (10 %)"),
        (True, 0.25, "Perhaps a second cause beside it (25 %)"),
        (True, 0.4, "A second cause beside it (40 %)"),
    ],
)
async def test_a_second_cause_is_called_possible_where_it_stands(beside, probability, lead):
    """In its own sentence: one in the place of the first, or one that takes nothing from it."""
    changed = {"failure_mode": None, "probability": probability, "beside": beside}

    def two(now, subject, span_s):
        found = diagnose(now, subject, span_s)
        (cause,) = found.causes
        second = cause.model_copy(update=changed)
        return found.model_copy(update={"causes": (cause, second)})

    found = await Box(forecaster=FakeForecaster(diagnose=two))("find_cause", asset="line 4")
    assert found.evidence[1].statement.startswith(f"{lead}: something that is not")


CLOSED = Incident(
    id="in-00000001", kind="rate_loss", subject=LINE4, line=LINE4, opened=NOW - 26 * HOUR,
    closed=NOW - 25 * HOUR, severity=2, statement="Line 4 makes less.", opened_by=(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("said", "ago"),
    [
        ({"at": "13:00"}, HOUR),
        ({"at": "yesterday 12:00"}, 26 * HOUR),
        ({"span": "12:30 to 13:00"}, HOUR),
        ({"span": "last 30 min"}, None),
        ({}, None),
    ],
)
async def test_a_moment_of_the_past_is_asked_about_as_it_was(said, ago):
    """A time of day, a day before, the end of a span that is over; else now."""
    asked = forecaster()
    await Box(forecaster=asked)("find_cause", asset="line 4", **said)
    assert asked.moments == [None if ago is None else NOW - ago]


@pytest.mark.parametrize(
    ("span", "lost", "meant"),
    [
        ("yesterday", [(26, 25)], NOW - 26 * HOUR + 1200 * SECOND),
        ("yesterday", [(30, 29.5), (26, 25)], NOW - 26 * HOUR + 1200 * SECOND),
        ("yesterday", [(4, 3)], NOW - 14 * HOUR),
        ("yesterday", [], NOW - 14 * HOUR),
        ("this morning", [(4, 3), (26, 25)], NOW - 4 * HOUR + 1200 * SECOND),
        ("this morning", [], NOW - 2 * HOUR),
    ],
)
async def test_a_long_span_that_is_over_means_the_loss_inside_it(span, lost, meant):
    """The longest where there were several, which is told with how many; without one its end."""
    box = Box(forecaster=(asked := forecaster()))
    for n, (opened, closed) in enumerate(lost):
        times = {"opened": NOW - round(opened * HOUR), "closed": NOW - round(closed * HOUR)}
        box.window.known.append(
            Case(incident=CLOSED.model_copy(update={"id": f"in-{n:08d}", **times}))
        )
    found = await box("find_cause", asset="line 4", span=span)
    assert asked.moments == [meant]
    told = [e for e in found.evidence if e.kind == "incident"]
    assert len(told) == (meant not in {NOW - 14 * HOUR, NOW - 2 * HOUR})
    assert all(f"explained of “{span}”" in e.statement for e in told)
    assert ["the longest of 2" in e.statement for e in told] == [
        len(lost) == 2 and span == "yesterday" for _ in told
    ]


async def test_a_loss_goes_before_a_longer_alarm():
    """Of an alarm only where nothing stood or made less."""
    box = Box(forecaster=(asked := forecaster()))
    alarm = {"id": "in-00000002", "kind": "alarm", "opened": NOW - 34 * HOUR, "subject": FILLER4}
    for change in (alarm, {}):
        box.window.known.append(Case(incident=CLOSED.model_copy(update=change)))
    await box("find_cause", asset="line 4", span="yesterday")
    assert asked.moments == [CLOSED.opened + 1200 * SECOND]


@pytest.mark.parametrize(("asset", "moments"), [("line 4", [None]), ("line 2", [None, "then"])])
async def test_a_span_that_reaches_until_now_means_now_unless_now_all_is_well(asset, moments):
    """Then the loss inside it is meant, and said to be over."""
    box = Box(forecaster=(asked := forecaster()))
    line2 = LINE4.replace("4", "2")
    for n, line in enumerate((LINE4, line2)):
        update = {"id": f"in-{n:08d}", "subject": line, "line": line, "opened": NOW - 5 * HOUR}
        box.window.known.append(
            Case(incident=CLOSED.model_copy(update={**update, "closed": NOW - 4 * HOUR}))
        )
    await box("find_cause", asset=asset, span="today")
    then = NOW - 5 * HOUR + 1200 * SECOND
    assert asked.moments == [then if one == "then" else one for one in moments]


async def test_what_is_told_of_another_day_has_its_date_and_is_over():
    """Nobody takes it for today."""

    def then(now, subject, span_s):
        found = diagnose(now, subject, span_s)
        ago = {"start": found.start - 26 * HOUR, "end": found.end - 26 * HOUR}
        return found.model_copy(update=ago)

    found = await Box(forecaster=FakeForecaster(diagnose=then))("find_cause", asset="line 4")
    (verdict,) = [e for e in found.evidence if "verdict" in e.data]
    assert verdict.data["over"]
    assert "looked at from 2025-11-21 11:30:00 to 2025-11-21 12:00:00 GMT" in verdict.statement


async def test_an_incident_is_asked_about_by_its_id():
    """However old; at the moment at which it showed best. What is not known is refused."""
    asked = forecaster()
    box = Box(forecaster=asked)
    box.window.known.append(Case(incident=CLOSED))
    await box("find_cause", incident=CLOSED.id)
    assert asked.moments == [CLOSED.opened + 1200 * SECOND]
    assert asked.asked[0][1][1] == LINE4
    found = await box("find_cause", incident="in-ffffffff")
    assert found.status == "failed"
    assert found.text.count("in-00000001") == 1


@pytest.mark.parametrize(
    ("asset", "what"), [("packaging", "an area"), ("Riverside Bottling", "the site")]
)
async def test_an_area_and_the_site_are_told_by_their_lines(asset, what):
    """A cause is looked for on a line or at a machine."""
    found = await Box()("find_cause", asset=asset)
    assert found.status == "failed"
    assert f"{what}, was given, one of its lines (Line 1, Line 2" in found.text


@pytest.mark.parametrize("at", ["25:00", "tomorrow", "next week"])
async def test_a_moment_that_is_none_is_refused(at):
    """With what is allowed."""
    found = await Box()("find_cause", asset="line 4", at=at)
    assert found.status == "failed"
    assert "yesterday 14:20" in found.text


async def test_what_people_said_is_told_with_the_cause():
    """With name and words, whatever else is told."""
    said = Evidence(
        kind="testimony", subject=FILLER4, statement="Ola Nyman said: “the valve”.", time=NOW,
        origin="Ola Nyman",
    )  # fmt: skip

    def heard(now, subject, span_s):
        found = diagnose(now, subject, span_s)
        return found.model_copy(update={"evidence": (*found.evidence, said)})

    found = await Box(forecaster=FakeForecaster(diagnose=heard))("find_cause", asset="line 4")
    assert said in found.evidence


async def test_a_person_who_repeats_himself_is_told_once():
    """His last words about a machine; another person's beside them."""
    said = [
        Evidence(
            kind="testimony", subject=FILLER4, statement=f"{who} said: “{n}”.", time=NOW,
            origin=who, data={"kind": "cause", "words": str(n)},
        )
        for n in range(50) for who in ("Ola Nyman", "Eve Berg")
    ]  # fmt: skip

    def heard(now, subject, span_s):
        found = diagnose(now, subject, span_s)
        return found.model_copy(update={"evidence": (*found.evidence, *said)})

    found = await Box(forecaster=FakeForecaster(diagnose=heard))("find_cause", asset="line 4")
    assert [e for e in found.evidence if e.kind == "testimony"] == said[-2:]


async def test_what_the_crew_found_there_again_is_told_with_the_cause():
    """Twice and lately; found once or long ago it is not. Nobody to ask keeps no answer back."""

    def order(n, days):
        return WorkOrderRecord(
            reference=f"WO-{n}", key=f"k{n}", asset=FILLER4, task="Look", status="done",
            finding="cooler fouled", found_fault=True, created=NOW - days * 24 * HOUR,
        )  # fmt: skip

    class Away(FakeWorkRecords):
        async def work_orders(self, asset=None):
            raise SourceDown("maintenance", "it does not answer")

    orders = FakeWorkRecords([order(1, 90), order(2, 9), order(3, 2)])
    found = await Box(records=orders)("find_cause", asset="line 4")
    (told,) = [e for e in found.evidence if e.kind == "record"]
    assert "“cooler fouled” at filler 4 2 times (WO-2, WO-3)" in told.statement
    for records in (FakeWorkRecords([order(3, 2)]), Away()):
        found = await Box(records=records)("find_cause", asset="line 4")
        assert found.status == "ok"
        assert "record" not in {e.kind for e in found.evidence}


@pytest.mark.parametrize("through", ["tool", "assistant"])
async def test_without_failure_modes_the_first_out_is_said_and_no_cause(through):
    """Where to look first and what shows itself there, in the tool's answer and the operator's."""

    def bare(now, subject, span_s):
        del span_s
        at = now.now
        sign = Evidence(kind="symptom", subject=FILLER4, statement="It is slow.", time=at)
        first = Evidence(
            kind="symptom", subject=FILLER4, statement="First out is filler 4.", time=at,
            data={"first_out": True},
        )  # fmt: skip
        origin = FirstOut(asset=FILLER4, sign=sign.id, onset=at, onset_s=15.0, accounts=0.8)
        return Diagnosis(
            subject=subject, start=at - 1, end=at, verdict="unclear", rate=None, usual=None,
            unit="{bottle}/min", first_out=(origin,), evidence=(first, sign), summary="s",
        )  # fmt: skip

    asked = FakeForecaster(diagnose=bare)
    if through == "tool":
        found = await Box(forecaster=asked)("find_cause", asset="line 4")
        text = " ".join(e.statement for e in found.evidence)
        assert not [e for e in found.evidence if e.kind == "cause"]
    else:
        text = (await House(forecaster=asked).ask("why is line 4 slow?")).text
    assert "no failure mode is known there" in text
    assert "First out is filler 4" in text
    assert "It is slow" in text
