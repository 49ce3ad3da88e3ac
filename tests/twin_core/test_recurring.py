from tests.twin_core.diagnosis import quay
from twin_core.case import Case, shows_best
from twin_core.operations.incident import Incident
from twin_core.recurring import recurring
from twin_core.testimony.testimony import Testimony
from twin_core.value import SECOND

PLANT = quay.plant()
NORTH = "quay/hall/north"
SEALER = f"{NORTH}/sealer"
NOW = quay.START
HOUR = 3600 * SECOND


def case(n, mode="belt_slips", asset=SEALER, by="", hours=10.0, kind="rate_loss"):
    opened = NOW - round(hours * HOUR)
    incident = Incident(
        id=f"in-{n:08x}", kind=kind, subject=NORTH, line=NORTH, opened=opened,
        closed=opened + HOUR, severity=2, statement="North makes less.", opened_by=(),
    )  # fmt: skip
    return Case(incident=incident, asset=asset, failure_mode=mode, confirmed_by=by)


def reason(n, hours, mode="belt_slips", kind="cause"):
    at = NOW - round(hours * HOUR)
    return Testimony(
        kind=kind, asset=SEALER, modes=(mode,) if kind == "cause" else (),
        act="" if kind == "cause" else "cleaning", words="so", who="Olga Berg", said=at, start=at,
        end=at + 60 * SECOND, stop=f"st-{n:08x}",
    )  # fmt: skip


def found(cases=(), said=(), asset=NORTH, since=0):
    return recurring(asset, cases, said, since, PLANT)


def test_a_cause_that_came_once_does_not_come_back():
    """Twice it does, with its dates."""
    assert found([case(1)]) == ()
    (again,) = found([case(1, hours=30), case(2, by="Olga Berg")])
    assert (again.asset, again.what, again.confirmed) == (SEALER, "drive belt slips", 1)
    assert again.times == (NOW - 30 * HOUR, NOW - 10 * HOUR)


def test_reasons_of_stops_count_with_it_unless_they_are_of_the_same_time():
    """A stop within an incident of the same cause is that incident."""
    (again,) = found([case(1, hours=30)], [reason(1, 29.5), reason(2, 5)])
    assert (len(again.times), again.stops) == (2, ("st-00000002",))


def test_what_was_planned_does_not_come_back():
    """Cleaning every shift is no trouble."""
    assert found(said=[reason(1, 3, kind="planned"), reason(2, 5, kind="planned")]) == ()


def test_other_assets_causes_and_times_are_left_out():
    """At or below the asset, since the moment."""
    cases = [case(1, hours=30), case(2), case(3, mode="tubs_jam", hours=8)]
    assert found(cases, asset=f"{NORTH}/doser") == ()
    assert found(cases, since=NOW - 12 * HOUR) == ()
    assert len(found(cases, asset=SEALER)) == 1


def test_an_incident_shows_best_before_it_was_over():
    """Neither before it was opened, nor once the line is well again; of one that goes on, now."""
    over = case(1).incident
    assert over.opened < shows_best(over, NOW) <= over.opened + 1200 * SECOND
    short = over.model_copy(update={"closed": over.opened + 20 * SECOND})
    assert shows_best(short, NOW) == short.opened
    assert shows_best(over.model_copy(update={"closed": None}), NOW) == NOW
