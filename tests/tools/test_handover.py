"""What the next shift is told: nothing left out in silence, everything with its evidence."""

from dataclasses import replace

import pytest

from tests.fakes import FakeWorkRecords
from tests.tools.box import Box
from tests.tools.scenery import MINUTE, NOW, Window, snapshot, waiting
from twin_core.case import Case
from twin_core.errors import SourceDown

FILLER = "riverside/packaging/line4/filler"


def kinds(found):
    """How many pieces of evidence of each kind."""
    return {kind: sum(e.kind == kind for e in found.evidence) for kind in
            ("incident", "proposal", "record", "forecast")}  # fmt: skip


async def test_it_counts_and_lists_what_happened_since_the_shift_began():
    """Of the shift that is on, by the plant's calendar."""
    found = await Box(Window())("shift_handover")
    assert found.text.startswith(
        "Handover of Riverside Bottling from 06:00:00 to 13:59:58 GMT: 1 incident, 1 still open; "
        "no changes carried out; no proposals ended otherwise; no proposals wait for a decision."
    )
    assert kinds(found)["incident"] == 1


async def test_what_waits_and_what_was_done_in_the_shift_is_told_with_who_asked():
    """A change of the shift before is not this one's."""
    window = Window()
    done = waiting().model_copy(
        update={"proposal": "p-11111111", "state": "effect_seen", "by": "olga", "at": NOW - MINUTE}
    )
    before = done.model_copy(update={"proposal": "p-22222222", "at": NOW - 600 * MINUTE})
    window.given = [waiting(), done, before]
    found = await Box(window)("shift_handover")
    assert "1 change carried out; no proposals ended otherwise; 1 proposal waits" in found.text
    told = [e.statement for e in found.evidence if e.kind == "proposal"]
    assert [line[:19] for line in told] == ["Proposal p-11111111", "Proposal p-7k3m9q2x"]
    assert "of olga" in told[0]


async def test_an_incident_says_what_it_was_and_who_says_so():
    """As diagnosed, or as a person confirmed it."""
    window = Window()
    (incident,) = window.snapshot().incidents[:1]
    mode = "product_cooler_fouled"
    case = Case(incident=incident, asset=FILLER, failure_mode=mode, probability=0.83)
    window.known = [case]
    found = await Box(window)("shift_handover", asset="line 4")
    told = str([e.statement for e in found.evidence])
    assert "It was product cooler fouled at filler 4, as diagnosed (83 %)" in told
    window.known = [case.model_copy(update={"confirmed_by": "Eve", "confirmed_at": NOW})]
    found = await Box(window)("shift_handover", asset="line 4")
    assert "confirmed by Eve" in str([e.statement for e in found.evidence])


@pytest.mark.catches("a handover that is silent about what it could not read")
async def test_what_cannot_be_had_is_said():
    """A maintenance system that does not answer; a plant whose lines tell no indicators."""

    class Away(FakeWorkRecords):
        async def work_orders(self, asset=None):
            raise SourceDown("cmms", "connection refused")

    found = await Box(Window(), records=Away())("shift_handover")
    assert "connection refused" in found.text
    assert "There are no indicators of Riverside Bottling" in found.text


async def test_a_shift_that_has_just_begun_hands_over_the_one_before():
    """Nobody wants a report of five minutes."""
    window = Window()
    late = NOW + 10 * MINUTE
    window.now = replace(snapshot(), now=late, watermark=late)
    found = await Box(window)("shift_handover")
    assert "from 06:00:00 to 14:00:00 GMT" in found.text


@pytest.mark.parametrize("span", ["this shift", "since the start of the shift", "shift to date"])
async def test_this_shift_is_what_is_told_where_nothing_is_said(span):
    """Also just after it began, when the one before is meant, and where no calendar tells."""
    for minutes in (-30, 10):
        for shifts in (snapshot().plant.shifts, ()):
            window = Window()
            when = NOW + minutes * MINUTE
            plant = snapshot().plant.model_copy(update={"shifts": shifts})
            window.now = replace(snapshot(), plant=plant, now=when, watermark=when)
            unsaid = await Box(window)("shift_handover")
            said = await Box(window)("shift_handover", span=span)
            assert unsaid.text == said.text


async def test_a_plant_that_names_no_shifts_is_told_what_they_are_taken_for():
    """From six, and that is said; a time that was said needs no such word."""
    window = Window()
    plant = snapshot().plant.model_copy(update={"shifts": ()})
    window.now = replace(snapshot(), plant=plant)
    found = await Box(window)("shift_handover")
    assert "from 06:00:00 to 13:59:58 GMT" in found.text
    assert "The plant names no shifts: they are taken to begin at 06:00" in found.text
    timed = await Box(window)("shift_handover", span="since 06:00")
    assert "from 06:00:00 to 13:59:58 GMT" in timed.text
    assert "names no shifts" not in timed.text
