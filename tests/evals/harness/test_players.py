"""Which process plays what; the processes are threads here."""

import os
import select
import subprocess
import sys
import threading
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from evals.harness import players as rooms
from evals.harness.case import History
from evals.harness.players import Model, players
from evals.harness.sittings import Play
from tests.evals.harness.records import case, scored

KILLED = """
import multiprocessing, os
from concurrent.futures import ProcessPoolExecutor
from evals.harness.players import _end_with_parent
pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _end_with_parent)
print(pool.submit(os.getpid).result(), flush=True)
input()
"""
PASTS = {name: History(id=name, minutes=60) for name in ("calm", "air", "silent")}


@pytest.fixture
def opened(monkeypatch, tmp_path):
    """Players of two, who note which of them played what; who leaves notes it too."""
    noted = SimpleNamespace(played={}, left=[])

    def play(play, history, kept, model):
        assert history is PASTS[play.case.history]
        by = threading.get_ident()
        noted.played.setdefault((history.id, play.epoch), set()).add(by)
        if play.case.id == "lost":
            raise OSError("no disk")
        return scored(play.case.id, play.epoch, play.arm)

    monkeypatch.setattr(rooms, "ProcessPoolExecutor", lambda n, *_: ThreadPoolExecutor(n))
    monkeypatch.setattr(rooms, "_play", play)
    monkeypatch.setattr(rooms, "_leave", lambda model, _kept: noted.left.append(model))
    model = Model(model="offline")
    return noted, lambda: players(PASTS, tmp_path, model, 2)


def test_who_opened_a_past_plays_all_that_is_asked_about_it_and_all_have_work(opened):
    noted, players_of_two = opened
    with players_of_two() as player:
        waiting = [
            player(Play(case=case(f"{past}-{i}", history=past), epoch=epoch, arm=arm))
            for i in range(3)
            for past in PASTS
            for epoch in range(4)
            for arm in ("product", "no_data")
        ]
        assert all(done.result().passed for done in waiting)
    assert {len(by) for by in noted.played.values()} == {1}
    assert len(set.union(*noted.played.values())) == 2
    assert len(noted.left) == 2


def test_one_that_cannot_be_played_says_so_and_the_others_go_on(opened):
    _, players_of_two = opened
    with players_of_two() as player:
        lost = player(Play(case=case("lost"), epoch=0))
        assert isinstance(lost.exception(), OSError)
        assert player(Play(case=case("a"), epoch=0)).result().passed


def test_what_a_process_was_to_play_that_died_is_played_by_the_others_or_told(
    opened, monkeypatch, tmp_path
):
    """None is waited for in vain, even where every process has died."""
    dead = []

    class Mortal(ThreadPoolExecutor):
        def submit(self, *told, **more):
            if self in dead:
                raise BrokenExecutor("it died")
            return super().submit(*told, **more)

    made = [Mortal(1) for _ in range(3)]
    unused = iter(made)
    monkeypatch.setattr(rooms, "ProcessPoolExecutor", lambda *_: next(unused))
    _, players_of_two = opened
    plays = [Play(case=case(f"c{i}", history=past), epoch=0) for i in range(3) for past in PASTS]
    with players_of_two() as player:
        dead.append(made[0])
        first, *others = [player(play) for play in plays]
        assert isinstance(first.exception(), BrokenExecutor)
        assert all(done.result().passed for done in others)
        dead.append(made[1])
        assert isinstance(player(plays[0]).exception(), BrokenExecutor)
        assert player(plays[1]).cancelled()


def test_all_that_goes_over_the_wire_is_played_by_one_process_that_leaves_no_stage(
    opened, monkeypatch
):
    _, players_of_two = opened
    by, left = set(), []

    def play(play, history, _model):
        assert history is PASTS[play.case.history]
        by.add(threading.get_ident())
        return scored(play.case.id, 0, "product", plays="wire")

    monkeypatch.setattr(rooms, "_play_wired", play)
    monkeypatch.setattr(rooms, "_unwire", lambda _model: left.append("stage"))
    with players_of_two() as player:
        waiting = [
            player(Play(case=case(f"{past}-{i}", history=past), epoch=0, plays="wire"))
            for past in PASTS
            for i in range(3)
        ]
        assert all(done.result().plays == "wire" for done in waiting)
    assert len(by) == 1
    assert left == ["stage"]


def test_a_process_that_plays_ends_with_the_run_however_that_ends():
    """It would wait for work for ever, with a plant in its memory."""
    run = subprocess.Popen(
        [sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with run:
        assert run.stdout is not None
        player = os.pidfd_open(int(run.stdout.readline()))
        run.kill()
    try:
        ended, _, _ = select.select([player], [], [], 30.0)
        assert ended
    finally:
        os.close(player)
