"""Who a member of Slack is here."""

import pytest

from api.identity import Identity
from api.slack_links import CODE_S, SlackLinks
from tests.fakes import FakeClock
from twin_core.errors import BadInput, Busy


@pytest.fixture
def clock():
    """Turned by hand."""
    return FakeClock()


@pytest.fixture
def identity(tmp_path, clock):
    """Two people."""
    found = Identity(tmp_path / "identity.db", clock.ledger)
    found.add("olga", "Olga Berg", ["operator"], ["site"])
    found.add("sam", "Sam Toft", ["supervisor"], ["site"])
    yield found
    found.close()


@pytest.fixture
def links(identity, clock):
    """Nobody is linked."""
    return SlackLinks(identity, clock.monotonic)


def test_a_code_links_who_says_it_with_who_got_it(links, identity):
    """And the change is noted for the audit chain."""
    assert links.person("T1", "U1") is None
    assert links.link("T1", "U1", links.code("olga")).user == "olga"
    assert links.person("T1", "U1").name == "Olga Berg"
    assert links.person("T2", "U1") is None
    last = identity.store.changes(0)[-1]
    assert (last.kind, last.actor, last.body) == (
        "slack_linked", "olga", {"team": "T1", "member": "U1"}
    )  # fmt: skip


def test_a_code_is_good_once_and_for_a_while(links, clock):
    """However it is typed."""
    code = links.code("olga")
    links.link("T1", "U1", f" {code.lower().replace('-', ' ')} ")
    with pytest.raises(BadInput, match="not known"):
        links.link("T1", "U2", code)
    late = links.code("olga")
    clock.turn(CODE_S + 1)
    with pytest.raises(BadInput, match="good no more"):
        links.link("T1", "U2", late)


def test_a_newer_code_ends_the_one_before(links):
    """One at a time."""
    first = links.code("olga")
    links.code("olga")
    with pytest.raises(BadInput):
        links.link("T1", "U1", first)


def test_guessing_is_held_up(links):
    """Five tries in five minutes."""
    for _ in range(5):
        with pytest.raises(BadInput):
            links.link("T1", "U1", "AAAA-AAAA")
    with pytest.raises(Busy):
        links.link("T1", "U1", links.code("olga"))


def test_a_member_is_one_person(links):
    """The last one whose code he said."""
    links.link("T1", "U1", links.code("olga"))
    links.link("T1", "U1", links.code("sam"))
    assert links.person("T1", "U1").user == "sam"
    assert links.members("olga") == ()


def test_who_is_removed_or_unlinked_is_nobody_there(links, identity):
    """At once."""
    links.link("T1", "U1", links.code("olga"))
    links.link("T1", "U2", links.code("sam"))
    identity.remove("olga")
    assert links.person("T1", "U1") is None
    assert links.unlink("sam") == 1
    assert links.person("T1", "U2") is None


def test_who_is_disabled_has_no_right_there(links, identity):
    """He is known, and may nothing."""
    links.link("T1", "U1", links.code("olga"))
    identity.disable("olga")
    assert links.person("T1", "U1").sites == ()
