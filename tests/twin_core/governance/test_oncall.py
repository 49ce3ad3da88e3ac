"""An on-call file says what can be, or where it does not."""

import textwrap

import pytest

import twin_core.governance.oncall
from twin_core.errors import OnCallError
from twin_core.governance.oncall import OnCall

EXAMPLE = textwrap.dedent(
    "schema" + twin_core.governance.oncall.__doc__.split("schema", 1)[1].split("\n\nA step", 1)[0]
)
EXAMPLE = textwrap.dedent("    " + EXAMPLE)


def parsed(text):
    return OnCall.parse(text, "oncall.toml", "Europe/Berlin")


def test_the_example_in_the_docstring_can_be_used():
    """What is shown as an on-call file is one."""
    found = parsed(EXAMPLE)
    assert [place for place, _ in found.steps()] == [
        "approvals.standard, step 1",
        "approvals.standard, step 2",
        "pages.highest, step 1",
    ]
    assert found.rotas["first"].people == ("ada", "ben", "cleo")


@pytest.mark.catches(
    "a file that names a rota, a role or a key that is not there, and calls nobody"
)
@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("schema = 1", "schema = 2", "schema is not given or not known; allowed: schema = 1"),
        ("schema = 1", "schema = 1\ntimezone = 'UTC'", "timezone: the plant's holds"),
        ("days = 7", "days = 0", "rotas.first.days: input should be greater"),
        ("days = 7", "days = true", "rotas.first.days: input should be a valid integer"),
        ("days = 7", "day = 7", "rotas.first.day: extra inputs"),
        ("days = 7", "days = 7\ndays = 8", "not TOML"),
        ("06:00:00\ndays", "06:00:01\ndays", "rotas.first.handover: whole minutes"),
        ('"ben"', '"ada"', "rotas.first.people: ada stands there twice"),
        ('"ben"', '"b n"', "rotas.first.people.2: "),
        ("after_s = 120", 'after_s = "120"', "approvals.standard.1.after_s: "),
        ("after_s = 120", "after_s = nan", "approvals.standard.1.after_s: "),
        ("after_s = 480", "after_s = 120", "standard: a step after 120 s follows one after 120 s"),
        ('["rota:first"]', '["rota:frist"]', "step 1: there is no rota “frist”; allowed: first"),
        ('["rota:first"]', '["ada"]', "approvals.standard.1.tell.1: "),
        ('["rota:first"]', "[]", "approvals.standard.1.tell: "),
        ("role:supervisor", "role:service", "“service” is no role of people"),
        ("approvals.standard", "approvals.huge", "approvals.huge"),
        ("approvals.standard", "approvals.routine", "a routine change waits for nobody"),
        ("2026-12-27T06:00:00", "2026-12-24T06:00:00", "override 1: it ends at"),
        ("2026-12-27T06:00:00", "2027-03-28T02:30:00", "comes twice or never in Europe/Berlin"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(old, new, says):
    """Never half a file: the sentence names file, place and what is allowed."""
    assert old in EXAMPLE
    with pytest.raises(OnCallError) as refused:
        parsed(EXAMPLE.replace(old, new, 1))
    assert says in str(refused.value)
    assert str(refused.value).startswith("oncall.toml: ")


def test_what_can_be_and_was_hardly_meant_is_told():
    """People who are nobody, with the nearest names; steps after a proposal has expired."""
    found = parsed(EXAMPLE)
    assert found.doubts({"ada", "ben", "cleo", "dora", "eve"}, 900) == ()
    told = found.doubts({"ada", "ben", "clea", "eve"}, 480)
    assert told == (
        "rotas.first: there is no user “cleo”, who is passed over; nearest: clea",
        "rotas.first: there is no user “dora”, who is passed over",
        "approvals.standard, step 2: it is never told, a proposal expires after 480 s",
    )
    assert found.doubts(None, 900) == ()
