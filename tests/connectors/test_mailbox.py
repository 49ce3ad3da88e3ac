"""How a worker says how far it is, and hears that it shall end."""

import pickle
import threading

import pytest

from connectors.mailbox import Mailbox, mailbox
from twin_core.errors import StoreDown
from twin_core.simulation.scheduling.solve import Progress

SAID = Progress(value=90, bound=60, of=("site/hall/saw",), aim="tardiness")


def sent(box):
    """The mailbox as a worker has it."""
    return pickle.loads(pickle.dumps(box))  # noqa: S301 (our own bytes)


def test_the_newest_word_is_heard_on_the_other_side():
    """Nothing before the first; a copy that was sent elsewhere is the same mailbox."""
    with mailbox() as box:
        assert box.heard() is None
        there = sent(box)
        assert there.told(Progress(value=None, bound=0))
        assert there.told(SAID)
        assert box.heard() == SAID


def test_who_is_asked_to_end_is_told_so_until_it_has():
    """By the answer to its word, and while nothing is to be said by a call from a thread."""
    ended = threading.Event()
    with mailbox() as box:
        there = sent(box)
        with there.ending(ended.set):
            assert not ended.is_set()
            box.end()
            assert ended.wait(10)
        assert not there.told(SAID)


def test_a_worker_whose_listener_has_gone_ends():
    """Its folder is taken away under it."""
    ended = threading.Event()
    with mailbox() as box:
        there = sent(box)
        assert there.told(SAID)
    assert not there.told(SAID)
    with there.ending(ended.set):
        assert ended.wait(10)


def test_a_folder_that_cannot_be_made_or_written_is_told(monkeypatch, tmp_path):
    """No place for it is an error of ours; a word that cannot be written does not end the work."""
    with mailbox() as box:
        assert box.told(SAID)
        monkeypatch.setattr("pathlib.Path.write_text", _full)
        assert box.told(SAID)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    with pytest.raises(StoreDown, match="progress of a search"), mailbox():
        pass


def _full(*_given, **_more):
    raise OSError(28, "No space left on device")


def test_a_worker_to_which_the_folder_was_never_there_works_on(tmp_path):
    """On another machine nothing is said and nothing heard."""
    box = Mailbox(tmp_path / "elsewhere")
    ended = threading.Event()
    with box.ending(ended.set):
        assert box.told(SAID)
    assert box.told(SAID)
    assert not ended.is_set()
