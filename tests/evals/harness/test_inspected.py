"""Inspect as the runner: the same records as ours, a log that is scored anew without a play."""

from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from evals.harness.scored import Checked, Scored
from evals.harness.sittings import Sitting, sit
from tests.evals.harness.records import case

pytest.importorskip("inspect_ai", reason="the extra evals is not installed")
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"  # Inspect leaves streams to the collector
)


CASES = (case("a", "state"), case("b", "cause"), case("c", "no_data"))
PLAN = (
    Sitting(arm="product", cases=CASES, epochs=4),
    Sitting(arm="product", plays="wire", cases=CASES[:1], epochs=1),
    Sitting(arm="no_data", cases=CASES[:2], epochs=2),
)


def _played(play):
    if (play.case.id, play.epoch, play.arm) == ("b", 1, "product"):
        raise RuntimeError("the twin was lost")
    held = play.arm == "product" and not (play.case.id == "a" and play.epoch == 3)
    return Scored(
        case=play.case.id,
        family=play.case.family,
        epoch=play.epoch,
        arm=play.arm,
        plays=play.plays,
        model="offline",
        checks=(Checked(name="facts.0", held=held, why="wanted 3, found 4"),),
        answers=("It is 4.",),
        cost=None,
        seconds=(0.25,),
    )


@pytest.fixture
def pool():
    with ThreadPoolExecutor(2) as found:
        yield found


def _key(one):
    return (one.arm, one.plays, one.case, one.epoch)


@pytest.fixture
def log_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "logs"


def test_both_runners_bring_the_same_records_and_a_log_is_scored_anew(pool, log_dir, tmp_path):
    from inspect_ai import score
    from inspect_ai.log import list_eval_logs, read_eval_log

    from evals.harness.inspected import checks, inspected, records, viewer

    def player(play):
        return pool.submit(_played, play)

    told: list[Scored] = []
    theirs = inspected(PLAN, player, "offline", told.append, log_dir)
    ours = sit(PLAN, player, "offline", lambda _: None)
    assert sorted(map(_key, theirs)) == sorted(map(_key, ours))
    same = {_key(one): one for one in ours}
    for one in theirs:
        assert one == same[_key(one)]
    assert [one.broke for one in theirs if one.broke] == ["RuntimeError: the twin was lost"]
    assert sorted(map(_key, told)) == sorted(map(_key, theirs))

    names = {log.task.replace("-", "_"): log for log in list_eval_logs(str(log_dir))}
    assert set(names) == {"product", "product_wire", "no_data"}
    log = read_eval_log(names["product"])
    assert log.results is not None
    found = {
        one.reducer: one.metrics["grouped_all"].value
        for one in log.results.scores
        if one.name == "passed"
    }
    assert found == pytest.approx({"mean": 10 / 12, "pass_at_1": 10 / 12, "pass_k_4": 1 / 3})

    anew = score(log, checks(), action="overwrite", display="none")
    assert records(anew, PLAN[0], "offline") == records(log, PLAN[0], "offline")
    assert anew.results is not None
    assert [one.metrics for one in anew.results.scores] == [
        one.metrics for one in log.results.scores
    ]

    viewer(log_dir, tmp_path / "viewer")
    assert (tmp_path / "viewer" / "index.html").is_file()


def test_one_that_hangs_is_broken_off_and_told(log_dir, monkeypatch):
    from evals.harness import inspected as theirs

    monkeypatch.setattr(theirs, "LIMIT_S", 1)
    (one,) = theirs.inspected(
        (Sitting(arm="product", cases=CASES[:1], epochs=1),),
        lambda _: Future(),
        "offline",
        lambda _: None,
        log_dir,
    )
    assert one.broke == "not done within 1 s"
    assert not one.passed
