"""What people said and what incidents were, over restarts of a real ledger."""

import pytest

from api.casebook import Casebook
from connectors.ledger import SqlLedger
from tests.fakes import FakeClock, FakeForecaster, FakeLedger
from tests.tools.scenery import LINE4, NOW, snapshot
from tests.tools.standins import diagnose
from twin_core.case import Case, shows_best
from twin_core.errors import StoreDown, UnknownName
from twin_core.operations.incident import Incident
from twin_core.testimony.testimony import Testimony
from twin_core.value import SECOND

DAY = 86_400 * SECOND
CLOSED = Incident(
    id="in-00000001", kind="rate_loss", subject=LINE4, line=LINE4, opened=NOW - 3000 * SECOND,
    closed=NOW - 600 * SECOND, severity=2, statement="Line 4 makes less.", opened_by=(),
)  # fmt: skip


def said(at=NOW, words="so"):
    return Testimony(
        kind="cause", asset=f"{LINE4}/filler", words=words, who="Ola Nyman", said=at, start=at,
        end=at,
    )  # fmt: skip


def seen(*incidents):
    return snapshot().__class__(**{**vars(snapshot()), "incidents": tuple(incidents)})


async def test_reports_and_cases_outlive_the_process(tmp_path):
    """Read again they are what they were, and are added to."""
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}", FakeClock())
    book = Casebook(ledger)
    await book.say([said(NOW - DAY), said(), said(words="again")], "ola", "riverside")
    await book.confirm(Case(incident=CLOSED, confirmed_by="Ola Nyman"), "ola")
    again = Casebook(ledger)
    await again.start()
    assert again.testimony() == book.testimony() == (said(NOW - DAY), said(), said(words="again"))
    assert again.cases() == book.cases()
    await again.say([said(words="third")], "ola", "riverside")
    assert len(again.testimony()) == 4
    records = [(r.kind, r.actor, r.subject) for r, _ in await ledger.audit()]
    assert records[0] == ("testimony", "ola", f"{LINE4}/filler")
    assert records[3] == ("confirmed", "ola", CLOSED.id)
    await ledger.verify()
    await ledger.close()


async def test_what_could_not_be_stored_was_not_said():
    """No record, no report."""
    ledger = FakeLedger()
    book = Casebook(ledger)
    ledger.down = True
    with pytest.raises(StoreDown):
        await book.say([said()], "ola", "riverside")
    assert book.testimony() == ()


async def test_a_closed_incident_is_kept_with_what_it_was_then():
    """Diagnosed once, at the moment at which it showed best."""
    book, asked = Casebook(FakeLedger()), FakeForecaster(diagnose=diagnose)
    now = seen(CLOSED, CLOSED.model_copy(update={"id": "in-00000002", "closed": None}))
    for _ in range(2):
        await book.look(lambda: now, asked)
    (case,) = book.cases()
    best = diagnose(now, LINE4, 1800.0).causes[0]
    assert (case.asset, case.failure_mode) == (best.asset, best.failure_mode)
    assert case.confirmed_by == ""
    assert asked.moments == [shows_best(CLOSED, now.now)]


async def test_a_confirmation_is_never_replaced_by_a_diagnosis():
    """Confirmed while it was open, the incident is only closed."""
    book, asked = Casebook(FakeLedger()), FakeForecaster(diagnose=diagnose)
    still = CLOSED.model_copy(update={"closed": None})
    await book.confirm(Case(incident=still, asset=LINE4 + "/capper", confirmed_by="Ola"), "ola")
    await book.look(lambda: seen(CLOSED), asked)
    (case,) = book.cases()
    assert (case.asset, case.confirmed_by, case.incident) == (LINE4 + "/capper", "Ola", CLOSED)
    assert asked.moments == []


async def test_a_confirmation_given_while_it_is_diagnosed_stands():
    """Whoever comes last writes it down; what a person says is kept all the same."""
    book = Casebook(FakeLedger())
    said = Case(incident=CLOSED, asset=LINE4 + "/capper", confirmed_by="Ola")

    class Slow(FakeForecaster):
        async def diagnose(self, *asked):
            await book.confirm(said, "ola")
            return await super().diagnose(*asked)

    await book.look(lambda: seen(CLOSED), Slow(diagnose=diagnose))
    assert book.cases() == (said,)


async def test_only_what_may_be_about_a_moment_is_weighed():
    """Reports within two hours of it; cases that were confirmed, or are of the last weeks."""
    book = Casebook(FakeLedger())
    await book.say([said(NOW - DAY), said()], "ola", "riverside")
    assert book.testimony(NOW) == (said(),)
    old = CLOSED.model_copy(update={"opened": NOW - 100 * DAY, "id": "in-00000009"})
    await book.confirm(Case(incident=old, asset=LINE4 + "/filler"), "opstwin")
    assert book.telling(NOW) == ()
    await book.confirm(Case(incident=old, asset=LINE4 + "/filler", confirmed_by="Ola"), "ola")
    assert [one.incident.id for one in book.telling(NOW)] == ["in-00000009"]


async def test_an_incident_is_found_by_its_id_however_old():
    """One that was never kept is not known, and the newest are named."""
    book = Casebook(FakeLedger())
    await book.confirm(Case(incident=CLOSED), "opstwin")
    assert book.incident(seen(), CLOSED.id) == CLOSED
    with pytest.raises(UnknownName):
        book.incident(seen(), "in-ffffffff")
