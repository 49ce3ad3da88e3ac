"""Servers out of Debian's packages: found on a fresh machine, or told why not."""

from types import SimpleNamespace

import pytest

from tests import debian


@pytest.mark.parametrize(
    ("online", "why"), [(True, ""), (False, "apt-get download x: E: Unable to locate package x")]
)
def test_a_machine_that_never_fetched_its_lists_fetches_its_own(tmp_path, monkeypatch, online, why):
    """Before the first `apt-get update` no package is known, and no root may be there to run it."""
    listed = False

    def ran(folder, *words):
        nonlocal listed
        listed = listed or (online and words[-1] == "update")
        if "download" in words and not listed:
            return SimpleNamespace(returncode=100, stderr="E: Unable to locate package x\n")
        (folder / "x_1_all.deb").touch()
        return SimpleNamespace(returncode=0, stdout="", stderr="")

    monkeypatch.setattr(debian, "ran", ran)
    assert debian.unpack("x", tmp_path) == why


def test_what_takes_too_long_is_no_reason_to_fail(tmp_path):
    """A network that swallows everything is told like one that is not there."""
    assert debian.ran(tmp_path, "sleep", "5", within_s=0.05).stderr == "not done in 0.05 s"
