import sqlite3

import pytest

from api.identity import Identity
from twin_core.errors import BadInput, NotSignedIn, UnknownName
from twin_core.value import SECOND

DAY = 86_400 * SECOND


class Hand:
    """A clock turned by hand."""

    def __init__(self):
        self.at = 1_000 * DAY

    def __call__(self):
        return self.at


@pytest.fixture
def hand():
    return Hand()


@pytest.fixture
def identity(tmp_path, hand):
    found = Identity(tmp_path / "identity.db", hand)
    found.add("ada", "Ada Byrne", ["operator", "supervisor"], ["mill"], "correct horse")
    yield found
    found.close()


def test_a_password_gives_a_token_and_the_token_its_holder(identity):
    """Whoever knows the password gets a token that acts as him and nobody else."""
    asker = identity.bearer(identity.log_in("ada", "correct horse"))
    assert (asker.user, asker.roles, asker.sites) == ("ada", ("operator", "supervisor"), ("mill",))


@pytest.mark.parametrize(("user", "password"), [("ada", "wrong"), ("eve", "x"), ("ada", "")])
def test_a_wrong_user_and_a_wrong_password_sound_the_same(identity, user, password):
    """The refusal does not tell which of the two was wrong."""
    with pytest.raises(NotSignedIn, match="user or password is wrong"):
        identity.log_in(user, password)


def test_a_token_expires(identity, hand):
    """A token is worth nothing after its days."""
    token = identity.issue("ada", days=1)
    hand.at += DAY
    with pytest.raises(NotSignedIn, match="expired"):
        identity.bearer(token)


def test_a_removed_user_has_no_tokens(identity):
    """With the user go his tokens."""
    token = identity.issue("ada")
    identity.remove("ada")
    with pytest.raises(NotSignedIn):
        identity.bearer(token)
    with pytest.raises(UnknownName):
        identity.person("ada")


def test_roles_are_read_at_each_request(identity):
    """A role taken away is gone for tokens that exist."""
    token = identity.issue("ada")
    identity.set_roles("ada", ["viewer"])
    assert identity.bearer(token).roles == ("viewer",)


def test_neither_password_nor_token_is_stored(identity, tmp_path):
    """The file holds hashes only."""
    token = identity.issue("ada")
    with sqlite3.connect(tmp_path / "identity.db") as file:
        stored = "\n".join(file.iterdump())
    assert token not in stored
    assert "correct horse" not in stored


@pytest.mark.parametrize(
    ("user", "roles", "sites"),
    [
        ("bo b", ["viewer"], ["mill"]),
        ("bob", ["god"], ["mill"]),
        ("bob", [], ["mill"]),
        ("bob", ["viewer"], []),
        ("ada", ["viewer"], ["mill"]),
    ],
)
def test_a_user_that_cannot_be_is_refused(identity, user, roles, sites):
    """A bad id, an unknown role, no site or a taken id is refused in a sentence."""
    with pytest.raises(BadInput):
        identity.add(user, "", roles, sites)
