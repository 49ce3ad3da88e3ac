import sqlite3
from contextlib import closing

import pytest

from api.identity import Identity
from twin_core.errors import BadInput, NotSignedIn, StoreDown, UnknownName
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


def test_roles_are_read_at_each_request(identity, tmp_path):
    """A role taken away is gone for tokens that exist."""
    token = identity.issue("ada")
    with closing(sqlite3.connect(tmp_path / "identity.db")) as file, file:
        file.execute("UPDATE users SET roles = 'viewer'")
    assert identity.bearer(token).roles == ("viewer",)


def test_neither_password_nor_token_is_stored(identity, tmp_path):
    """The file holds hashes only."""
    token = identity.issue("ada")
    with closing(sqlite3.connect(tmp_path / "identity.db")) as file, file:
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


@pytest.mark.parametrize("days", [float("nan"), float("inf"), 1e300, -1, 0, 3651])
def test_a_token_lasts_a_time_that_can_be(identity, days):
    """Days outside 0 to 3650 are refused, and so is what is no number."""
    with pytest.raises(BadInput, match="at most 3650"):
        identity.issue("ada", days)


@pytest.mark.parametrize(
    ("user", "name", "site"),
    [
        ("\N{CYRILLIC SMALL LETTER A}da", "", "mill"),
        ("\N{ARABIC-INDIC DIGIT THREE}", "", "mill"),
        ("a" * 65, "", "mill"),
        ("ada\n", "", "mill"),
        ("", "", "mill"),
        ("\udcff", "", "mill"),
        ("system", "", "mill"),
        ("OpsTwin", "", "mill"),
        ("service", "", "mill"),
        ("bob", "Bob\nAda Byrne", "mill"),
        ("bob", "\x1b[31mBob", "mill"),
        ("bob", "   ", "mill"),
        ("bob", "b" * 101, "mill"),
        ("bob", "\udcff", "mill"),
        ("bob", "", ""),
        ("bob", "", "north mill"),
        ("bob", "", "Mill"),
    ],
)
def test_nobody_can_be_mistaken_for_another(identity, user, name, site):
    """Look-alike, reserved, endless and unprintable ids, names and sites are refused."""
    with pytest.raises(BadInput) as refusal:
        identity.add(user, name, ["viewer"], [site])
    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 300
    assert [person.user for person in identity.people()] == ["ada"]


def test_a_name_may_be_written_in_any_script(identity):
    """Names are people's own; only ids are ASCII."""
    identity.add("jozef", "Józef Łęcki", ["viewer"], ["north-mill"])
    assert identity.person("jozef").name == "Józef Łęcki"


def test_bytes_that_are_no_text_are_nobody(identity):
    """A user or password that is not text is refused, never looked up."""
    with pytest.raises(UnknownName):
        identity.remove("\udcff")
    with pytest.raises(BadInput, match="password"):
        identity.add("bob", "", ["viewer"], ["mill"], "\udcff")


def test_a_damaged_file_is_named(tmp_path, hand):
    """What is no identity store is said to be none, with its path."""
    file = tmp_path / "identity.db"
    file.write_bytes(b"garbage " * 1000)
    with pytest.raises(StoreDown, match=str(file)):
        Identity(file, hand)


def test_a_file_that_cannot_be_opened_is_named(tmp_path, hand):
    """Where the store cannot be made, its path is said."""
    file = tmp_path / "none" / "identity.db"
    with pytest.raises(StoreDown, match=str(file)):
        Identity(file, hand)


@pytest.mark.catches("a damaged hash that ends in a traceback")
def test_a_damaged_password_is_nobodys(identity, tmp_path):
    """Where the stored hash is none, no password signs in; and it is refused like a wrong one."""
    with closing(sqlite3.connect(tmp_path / "identity.db")) as file, file:
        file.execute("UPDATE users SET password = 'damaged'")
    with pytest.raises(NotSignedIn, match="user or password is wrong"):
        identity.log_in("ada", "correct horse")


def test_a_row_that_cannot_be_read_is_named(identity, tmp_path):
    """A user row that no program of ours wrote is told, with the file's path."""
    with closing(sqlite3.connect(tmp_path / "identity.db")) as file, file:
        file.execute("UPDATE users SET roles = 'king'")
    with pytest.raises(StoreDown, match="roles"):
        identity.people()
