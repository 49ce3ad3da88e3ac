import stat

import pytest

from api.directory import DataDirectory, keep_token, stored_token
from api.identity import Identity
from connectors.database import Database
from twin_core.errors import DirectoryInUse, StoreDown


def test_one_owner_at_a_time(tmp_path):
    """A second process is told who has the directory; afterwards it is free again."""
    directory = DataDirectory(tmp_path / "data")
    other = DataDirectory(tmp_path / "data")
    with directory.locked(), pytest.raises(DirectoryInUse, match="process"), other.locked():
        pass
    with other.locked():
        pass


def test_a_token_is_kept_for_its_user_alone(tmp_path, monkeypatch):
    """The token file is readable by its user only, and tokens are kept per server."""
    monkeypatch.setenv("HOME", str(tmp_path))
    keep_token("http://a", "one")
    keep_token("http://b", "two")
    assert (stored_token("http://a"), stored_token("http://b")) == ("one", "two")
    assert stored_token("http://c") is None
    mode = (tmp_path / ".config" / "opstwin" / "tokens.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


@pytest.mark.parametrize(
    "damage", [b"", b"{bad", b"[]", b'"x"', b"\xff", b"[" * 100_000, b'{"http://a": "o\\n"}']
)
def test_a_damaged_token_file_is_no_token_and_signing_in_repairs_it(tmp_path, monkeypatch, damage):
    """What cannot be read counts as not signed in; the next token is kept all the same."""
    monkeypatch.setenv("HOME", str(tmp_path))
    keep_token("http://a", "one")
    (tmp_path / ".config" / "opstwin" / "tokens.json").write_bytes(damage)
    assert stored_token("http://a") is None
    keep_token("http://a", "two")
    assert stored_token("http://a") == "two"


def test_a_token_that_cannot_be_kept_is_told(tmp_path, monkeypatch):
    """Where no token can be kept, the path is said."""
    (tmp_path / ".config").write_text("a file in the way")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(StoreDown, match=r"tokens\.json"):
        keep_token("http://a", "one")


def test_a_directory_that_cannot_be_locked_is_named(tmp_path):
    """Where the lock cannot be made, its path is said."""
    directory = DataDirectory(tmp_path / "data")
    (tmp_path / "data" / "lock").mkdir()
    with pytest.raises(StoreDown, match="lock"), directory.locked():
        pass


@pytest.mark.catches("databases that every user of the machine can read")
def test_files_in_it_are_the_owners(tmp_path):
    """Databases are made so, whatever the directory's rights, and what lies there is made so."""
    tmp_path.chmod(0o755)
    directory = DataDirectory(tmp_path)
    Database(f"sqlite:///{directory.records}", "work records").shut()
    Identity(directory.identity, lambda: 0).close()
    for made in (directory.records, directory.identity):
        assert stat.S_IMODE(made.stat().st_mode) == 0o600
    directory.ledger.touch(0o644)
    (tmp_path / "keys").mkdir()
    directory.close_files()
    assert stat.S_IMODE(directory.ledger.stat().st_mode) == 0o600
    assert directory.open_to == "others can look into it (mode 0755): chmod 700"
