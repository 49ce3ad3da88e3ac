import hashlib
import sqlite3
import threading
from contextlib import closing

import pytest
from argon2 import PasswordHasher

from api.identity import Identity
from api.identity_store import LOG_IN
from api.passwords import _NOBODY, equal, outdated
from twin_core.answer import SCOPES, Grant
from twin_core.errors import BadInput, Busy, NotSignedIn, StoreDown, UnknownName
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


FIRST_SCHEMA = """
CREATE TABLE users (user VARCHAR NOT NULL, name VARCHAR NOT NULL, roles VARCHAR NOT NULL,
    sites VARCHAR NOT NULL, password VARCHAR NOT NULL, PRIMARY KEY (user));
CREATE TABLE tokens (digest VARCHAR NOT NULL, user VARCHAR NOT NULL, expires INTEGER NOT NULL,
    PRIMARY KEY (digest));
CREATE TABLE schema (version INTEGER NOT NULL, PRIMARY KEY (version));
INSERT INTO schema VALUES (1);
INSERT INTO users VALUES ('olga', 'Olga Quinn', 'operator', 'mill', '');
"""


@pytest.mark.catches("an identity file of the first schema that is refused")
def test_a_file_of_the_first_schema_is_taken_over(tmp_path, hand):
    """Users, roles and tokens of an older file hold, the tokens for all that they were good for."""
    file = tmp_path / "identity.db"
    with closing(sqlite3.connect(file)) as old, old:
        old.executescript(FIRST_SCHEMA)
        digest = hashlib.sha256(b"kept token").hexdigest()
        old.execute("INSERT INTO tokens VALUES (?, 'olga', ?)", (digest, hand.at + DAY))
    for _ in range(2):
        taken = Identity(file, hand)
        asker = taken.bearer("kept token")
        assert (asker.user, asker.roles, asker.sites) == ("olga", ("operator",), ("mill",))
        assert asker.scopes == SCOPES
        (kept,) = taken.tokens.of("olga")
        assert kept.name == LOG_IN
        taken.close()


def test_a_file_of_a_newer_schema_is_refused(tmp_path, hand):
    """What this program does not know it does not touch."""
    file = tmp_path / "identity.db"
    with closing(sqlite3.connect(file)) as old, old:
        old.executescript(FIRST_SCHEMA)
        old.execute("UPDATE schema SET version = 4")
    with pytest.raises(StoreDown, match="schema 4 is not 3"):
        Identity(file, hand)


def test_a_user_may_hold_roles_at_assets_alone(identity):
    """He sees the sites at which he holds something, and his roles are those places'."""
    line = Grant.parse("operator@mill/pack/line4")
    identity.add("lee", "", [], [], "pass word", [line])
    lee = identity.person("lee")
    assert (lee.roles, lee.sites, lee.grants) == ((), ("mill",), (line,))
    assert lee.may("operator", "mill/pack/line4/filler/speed")
    assert not lee.may("operator", "mill/pack/line41")


def test_a_grant_ends_by_itself(identity, hand):
    """At its end, and for everybody who asks."""
    identity.add("lee", "", ["viewer"], ["mill"], "", [Grant.parse("operator@mill", hand.at + DAY)])
    hand.at += DAY - 1
    assert identity.person("lee").may("operator", "mill")
    hand.at += 1
    assert not identity.person("lee").may("operator", "mill")


def test_rights_are_changed_at_once(identity):
    """A token that exists has the roles that its holder has now."""
    token = identity.issue("ada")
    identity.set_rights("ada", ["viewer"], ["mill"], [Grant.parse("engineer@mill/pack")])
    ada = identity.bearer(token)
    assert (ada.roles, [str(g) for g in ada.grants]) == (("viewer",), ["engineer@mill/pack"])
    with pytest.raises(BadInput):
        identity.set_rights("ada", ["king"], ["mill"])
    with pytest.raises(UnknownName):
        identity.set_rights("nobody", ["viewer"], ["mill"])


@pytest.mark.catches("a person with a password becomes a machine that pushes")
def test_whoever_has_a_password_becomes_no_pusher(identity):
    with pytest.raises(BadInput, match="token alone"):
        identity.set_rights("ada", ["pusher"], ["mill"])


def test_a_disabled_user_keeps_his_name_and_nothing_else(identity, hand):
    """No right, no token, no way in; enabled again, he signs in anew."""
    token = identity.issue("ada")
    identity.disable("ada")
    ada = identity.person("ada")
    assert (ada.name, ada.held, ada.sites) == ("Ada Byrne", (), ())
    with pytest.raises(NotSignedIn):
        identity.bearer(token)
    with pytest.raises(NotSignedIn, match="user or password is wrong"):
        identity.log_in("ada", "correct horse")
    with pytest.raises(BadInput, match="disabled"):
        identity.issue("ada")
    identity.enable("ada")
    with pytest.raises(NotSignedIn):
        identity.bearer(token)
    assert identity.bearer(identity.log_in("ada", "correct horse")).roles


def test_another_password_signs_out_who_signed_in_with_the_old_one(identity):
    """Tokens that were made for a purpose stay; those of log-ins are gone with the password."""
    made, signed_in = identity.issue("ada", name="report"), identity.log_in("ada", "correct horse")
    identity.set_password("ada", "battery staple")
    assert identity.bearer(made)
    with pytest.raises(NotSignedIn):
        identity.bearer(signed_in)
    with pytest.raises(NotSignedIn):
        identity.log_in("ada", "correct horse")
    assert identity.log_in("ada", "battery staple")


def test_a_token_is_named_scoped_listed_and_revoked_by_itself(identity, hand):
    """Each tells what it is for and when it was last used, to the minute; one is revoked alone."""
    report = identity.issue("ada", 2, "report", ["read"])
    other = identity.issue("ada", 3)
    first, second = identity.tokens.of("ada")
    assert (first.name, first.scopes, first.used) == ("report", ("read",), None)
    assert first.expires == hand.at + 2 * DAY
    hand.at += SECOND
    assert identity.bearer(report).scopes == ("read",)
    hand.at += SECOND
    identity.bearer(report)
    assert identity.tokens.of("ada")[0].used == hand.at - SECOND
    hand.at += 60 * SECOND
    identity.bearer(report)
    assert identity.tokens.of("ada")[0].used == hand.at
    identity.tokens.revoke(first.id, "tests")
    with pytest.raises(NotSignedIn):
        identity.bearer(report)
    assert identity.bearer(other).scopes == SCOPES
    for name in (first.id, second.id[2:], "t-", "%"):
        with pytest.raises(UnknownName):
            identity.tokens.revoke(name, "tests")


@pytest.mark.parametrize(
    ("name", "scopes"),
    [("a\nb", ["read"]), ("a" * 101, ["read"]), (LOG_IN, ["read"]), ("", []), ("", ["everything"])],
)
def test_a_token_that_cannot_be_is_refused(identity, name, scopes):
    with pytest.raises(BadInput):
        identity.issue("ada", 1, name, scopes)


@pytest.mark.catches("whoever guesses is never held up")
def test_who_guesses_must_wait_and_so_must_who_knows(tmp_path, hand):
    """After five wrong passwords within five minutes nobody signs in as that user for a while.

    Nor does the name tell whether it is a user's. His tokens are good all the while.
    """
    at = [0.0]
    held = Identity(tmp_path / "identity.db", hand, monotonic=lambda: at[0])
    held.add("ada", "", ["viewer"], ["mill"], "correct horse")
    token = held.issue("ada")
    for user in ("ada", "nobody"):
        for _ in range(5):
            with pytest.raises(NotSignedIn):
                held.log_in(user, "wrong")
        with pytest.raises(Busy) as refusal:
            held.log_in(user, "correct horse")
        assert refusal.value.retry_s == 300
    assert held.bearer(token)
    at[0] += 300
    assert held.log_in("ada", "correct horse")
    held.close()


def test_an_address_that_guesses_many_names_is_held_up(tmp_path, hand, monkeypatch):
    """Fifty tries within five minutes from one address, whatever the names; others go on."""
    monkeypatch.setattr("api.identity.equal", lambda stored, password: stored == password != "")
    held = Identity(tmp_path / "identity.db", hand, monotonic=lambda: 0.0)
    for n in range(50):
        with pytest.raises(NotSignedIn):
            held.log_in(f"user{n}", "x", "10.0.0.9")
    with pytest.raises(Busy, match="from this address"):
        held.log_in("user99", "x", "10.0.0.9")
    with pytest.raises(NotSignedIn):
        held.log_in("user99", "x", "10.0.0.10")
    held.close()


def test_signing_in_rightly_uses_nothing_up(identity):
    """Whoever knows his password is never held up by signing in often."""
    for _ in range(7):
        identity.log_in("ada", "correct horse")


def test_a_hash_of_other_parameters_is_replaced_when_its_owner_signs_in(identity, tmp_path):
    """What was hashed more weakly once is hashed anew with the password that only he knows."""
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("correct horse")
    with closing(sqlite3.connect(tmp_path / "identity.db")) as file, file:
        file.execute("UPDATE users SET password = ?", (weak,))
    assert identity.log_in("ada", "correct horse")
    with closing(sqlite3.connect(tmp_path / "identity.db")) as file:
        (stored,) = file.execute("SELECT password FROM users").fetchone()
    assert "m=65536,t=3,p=4" in stored
    assert identity.log_in("ada", "correct horse")


@pytest.mark.catches("a token for the old password, asked for as it was changed")
def test_a_password_that_is_changed_while_somebody_signs_in_with_it(identity, monkeypatch):
    """What was right when it was compared gives no token once it is the old one."""

    def compare(stored, password):
        identity.set_password("ada", "battery staple")
        return equal(stored, password)

    monkeypatch.setattr("api.identity.equal", compare)
    with pytest.raises(NotSignedIn):
        identity.log_in("ada", "correct horse")
    assert identity.tokens.of("ada") == []


def test_an_unknown_user_takes_the_same_work_as_a_wrong_password(identity, monkeypatch):
    """A hash is compared in either case, with the parameters of a real one."""
    compared = []

    def compare(stored, _password):
        compared.append(stored)
        return False

    monkeypatch.setattr("api.identity.equal", compare)
    for user in ("ada", "nobody"):
        with pytest.raises(NotSignedIn):
            identity.log_in(user, "x")
    assert [bool(stored) for stored in compared] == [True, False]
    assert not outdated(_NOBODY)


def test_every_change_is_noted_with_who_made_it_and_no_secret(identity):
    """The log tells who, what and when, in order; no password and no token stands in it."""
    token = identity.issue("ada", name="report")
    identity.set_rights("ada", ["viewer"], ["mill"])
    identity.set_password("ada", "battery staple")
    identity.disable("ada")
    identity.enable("ada")
    identity.remove("ada")
    noted = identity.store.changes(0)
    assert [one.kind for one in noted] == [
        "user_added", "token_issued", "user_rights", "user_password", "user_disabled",
        "user_enabled", "user_removed",
    ]  # fmt: skip
    assert {(one.actor, one.subject) for one in noted} == {("opstwin", "ada")}
    assert [one.at for one in noted] == sorted({one.at for one in noted})
    assert [one.kind for one in identity.store.changes(noted[4].at)] == [
        "user_enabled", "user_removed",
    ]  # fmt: skip
    told = "".join(one.model_dump_json() for one in noted)
    for secret in (token, "horse", "staple", "argon2"):
        assert secret not in told


def test_two_processes_change_people_at_the_same_moment(identity, tmp_path, hand):
    """Neither loses its change, nor its line in the log."""
    other = Identity(tmp_path / "identity.db", hand)
    start = threading.Barrier(2)

    def adds(whose, name):
        start.wait()
        for n in range(20):
            whose.add(f"{name}{n}", "", ["viewer"], ["mill"])

    both = [threading.Thread(target=adds, args=one) for one in ((identity, "a"), (other, "b"))]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(identity.people()) == 41
    assert len(identity.store.changes(0)) == 41
    other.close()
