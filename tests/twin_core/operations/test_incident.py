"""Incidents open once, close, and are remembered for an hour."""

from tests.twin_core.plant_fixture import LINE, T0
from twin_core.canonical import digest
from twin_core.operations.incident import OpenedBy, Register
from twin_core.value import SECOND

BY = (OpenedBy(point=f"{LINE}/bagger/produced", time=T0, value=10.0),)


def opened(register, at=T0, kind="rate_loss", subject=LINE):
    return register.opened(kind, subject, LINE, at, 3, "Less.", BY)


def test_an_incident_is_known_by_kind_subject_and_when_it_opened():
    incident = opened(Register())
    assert incident == opened(Register())
    content = {"kind": "rate_loss", "subject": LINE, "opened": T0}
    assert incident.id == f"in-{digest(content)[:8]}"
    assert incident.opened_by == BY


def test_one_of_a_kind_is_open_for_a_subject():
    register = Register()
    first = opened(register)
    assert opened(register, T0 + SECOND) is None
    assert opened(register, kind="stopped") is not None
    assert first in register.view(T0 + SECOND)


def test_a_closed_incident_keeps_its_id_and_is_seen_for_an_hour():
    register = Register()
    first = opened(register)
    closed = register.closed("rate_loss", LINE, T0 + 60 * SECOND)
    assert first is not None
    assert closed == first.model_copy(update={"closed": T0 + 60 * SECOND})
    assert register.closed("rate_loss", LINE, T0 + 61 * SECOND) is None
    assert register.view(T0 + 3600 * SECOND) == (closed,)
    assert register.view(T0 + 3700 * SECOND) == ()
    assert opened(register, T0 + 3800 * SECOND).id != first.id


def test_open_incidents_are_seen_however_old_oldest_first():
    register = Register()
    late = opened(register, T0 + 10 * SECOND, kind="stopped")
    early = opened(register)
    assert register.view(T0 + 10**6 * SECOND) == (early, late)
