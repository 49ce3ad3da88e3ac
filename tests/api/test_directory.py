import stat

import pytest

from api.directory import DataDirectory, keep_token, stored_token
from twin_core.errors import DirectoryInUse


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
