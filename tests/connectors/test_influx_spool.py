"""The disk buffer: what was put comes out, once, in order, whatever happens to the process."""

import errno
import os
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import influx_spool
from connectors.influx_spool import Spool
from twin_core.errors import StoreDown

lines = st.lists(st.text("abc, =", min_size=1, max_size=8), min_size=1, max_size=4)


def emptied(spool, most=3):
    found = []
    while spool.waiting:
        some, taken = spool.take(most)
        assert len(some) <= most
        found += [line.decode() for line in some]
        spool.let_go(taken)
    assert spool.lines_waiting == 0
    return found


@settings(max_examples=25, deadline=None)
@given(puts=st.lists(lines, max_size=6), most=st.integers(1, 5), file=st.integers(1, 60))
def test_what_was_put_comes_out_in_order(puts, most, file, tmp_path_factory):
    """For any puts, batch size and file size; also the second time, by another object."""
    folder = tmp_path_factory.mktemp("spool")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(influx_spool, "_FILE", file)
        first = Spool(folder)
        for put in puts:
            first.put(put)
        first.close()
        second = Spool(folder)
        expected = [line for put in puts for line in put]
        assert emptied(second, most) == expected
        second.put(["more"])
        assert emptied(second, most) == ["more"]
        second.close()
        assert list(folder.glob("*.lp")) == []


@settings(max_examples=25, deadline=None)
@given(puts=st.lists(lines, min_size=1, max_size=5), cut=st.integers(0, 200))
@pytest.mark.catches("half a put taken for a whole one")
def test_a_put_cut_short_was_never_there(puts, cut, tmp_path_factory):
    """Cut at any byte, exactly the puts before are there, and the next one follows them."""
    folder = tmp_path_factory.mktemp("spool")
    spool, ends = Spool(folder), []
    for put in puts:
        spool.put(put)
        ends.append(spool.put_bytes)
    spool.close()
    file = folder / "000000000001.lp"
    os.truncate(file, min(cut, ends[-1]))
    again = Spool(folder)
    again.put(["next"])
    whole = [put for put, end in zip(puts, ends, strict=True) if end <= cut]
    assert emptied(again) == [line for put in whole for line in put] + ["next"]
    again.close()


def test_damage_in_the_middle_is_told_not_cut_off(tmp_path):
    """A changed byte before whole puts is damage, and nothing is thrown away."""
    spool = Spool(tmp_path)
    spool.put(["one"])
    spool.put(["two"])
    spool.close()
    file = tmp_path / "000000000001.lp"
    file.write_bytes(file.read_bytes().replace(b"one", b"0ne"))
    before = file.read_bytes()
    with pytest.raises(StoreDown, match="damaged between bytes 0 and"):
        Spool(tmp_path)
    assert file.read_bytes() == before


def test_it_is_bounded_and_says_so(tmp_path):
    """Past the bound a put is refused whole; when something was let go of there is room again."""
    spool = Spool(tmp_path, 100)
    spool.put(["x" * 60])
    with pytest.raises(StoreDown, match="full, nothing more is taken"):
        spool.put(["y" * 60])
    assert emptied(spool) == ["x" * 60]
    spool.put(["y" * 200])  # what waits alone always fits, or it could never be sent
    assert emptied(spool) == ["y" * 200]
    spool.close()


@pytest.mark.catches("a full disk that leaves half a put behind")
def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    """A put that the disk refuses is not there, and the next one is whole."""
    spool = Spool(tmp_path)
    spool.put(["one"])
    sync = os.fsync

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreDown, match="No space left"):
        spool.put(["lost"])
    monkeypatch.setattr(os, "fsync", sync)
    spool.put(["two"])
    copy = shutil.copytree(tmp_path, tmp_path / "copy")
    assert emptied(spool) == ["one", "two"]
    assert emptied(Spool(copy)) == ["one", "two"]
    spool.close()


def test_a_folder_that_cannot_be_is_told(tmp_path):
    """Not a folder: an error of the store, at once."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreDown):
        Spool(tmp_path / "file")
