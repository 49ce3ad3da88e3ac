"""The command from end to end, with a player that only pretends."""

import json
from concurrent.futures import Future
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from evals.commands import app
from evals.harness.eval_commands import _exam, _plan
from evals.harness.figures import ARMS, FAMILIES
from evals.harness.scored import Checked, Scored
from evals.harness.stored import keep, read_run
from tests.evals.harness.records import run_of, scored, whole
from twin_core.errors import BadInput


def _plays(play, *, right=True):
    wants = [name for turn in play.case.turns if turn.expect.proposes for name in ["proposes"]]
    should = any(turn.expect.abstains for turn in play.case.turns)
    held = right and play.arm == "product"
    done: Future[Scored] = Future()
    done.set_result(
        Scored(
            case=play.case.id,
            family=play.case.family,
            epoch=play.epoch,
            arm=play.arm,
            plays=play.plays,
            model="offline",
            checks=tuple(Checked(name=name, held=held) for name in ("facts.0", *wants)),
            should_abstain=should,
            abstained=should and held,
        )
    )
    return done


@pytest.fixture
def outcome(monkeypatch, tmp_path):
    """Runs the command; the player is right, or not."""
    right = SimpleNamespace(is_so=True)

    @contextmanager
    def players(histories, kept, model, processes):
        assert histories
        assert kept.name == "pasts"
        assert model.model == "offline"
        assert processes
        yield lambda play: _plays(play, right=right.is_so)

    monkeypatch.setattr("evals.harness.players.players", players)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPSTWIN_MODEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("evals.harness.evaluating.find_spec", lambda _: None)

    def ran(*words, wrong=False, out=tmp_path / "runs"):
        right.is_so = not wrong
        where = ["--out", str(out)] if out else []
        return CliRunner().invoke(app, ["eval", *words, *where])

    return ran


def _error(result):
    assert isinstance(result.exception, BadInput), result.output
    return str(result.exception)


def test_a_smoke_that_is_right_leaves_records_page_and_table_and_exits_with_0(outcome, tmp_path):
    result = outcome("--smoke")
    assert result.exit_code == 0, result.output
    (folder,) = (tmp_path / "runs").iterdir()
    assert {file.name for file in folder.iterdir()} == {"run.jsonl", "report.html", "report.md"}
    assert "Inspect's log is not written" in result.stderr
    plays = len(read_run(folder).scored)
    assert f"[{plays}/{plays}] " in result.stderr
    assert "| **all** |" in result.stdout


def test_one_that_misses_a_bar_exits_with_1_and_names_it(outcome):
    result = outcome("--smoke", wrong=True)
    assert result.exit_code == 1
    assert "missed: pass^1, wanted ≥ 95 %" in result.stderr


def test_the_next_run_stands_beside_the_last_and_is_the_same_bytes_but_for_the_times(
    outcome, tmp_path, monkeypatch
):
    moments = iter([10**15, 2 * 10**15])
    monkeypatch.setattr("time.time_ns", lambda: next(moments) * 1000)
    assert "| figure |" not in outcome("--smoke").stdout
    result = outcome("--smoke")
    assert "The runs are the same bytes, but for the times." in result.stdout
    assert len(list((tmp_path / "runs").iterdir())) == 2


def test_json_tells_folder_bars_and_board(outcome):
    tree = json.loads(outcome("--smoke", "--json").stdout)
    assert set(tree["board"]) == set(ARMS)
    assert {bar["name"]: bar["met"] for bar in tree["bars"]}["unsafe writes"] is True


def test_without_its_controls_there_is_no_board_but_the_records_are_kept(outcome, tmp_path):
    result = outcome("--arms", "product", "--family", "state", "--epochs", "1")
    assert "No board without no_data" in _error(result)
    (folder,) = (tmp_path / "runs").iterdir()
    assert {one.family for one in read_run(folder).scored} == {"state"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--model", "gpt-x"], "OPENAI_API_KEY"),
        (["--family", "stat"], "There is no family “stat”"),
        (["--arms", "none"], "There is no arm “none”"),
        (["--smoke", "--epochs", "2"], "leave --epochs"),
        (["--cases", "nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_played_is_told_before_anything_is(outcome, tmp_path, words, said):
    assert said in _error(outcome(*words))
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("families", "arms", "smoke", "part"),
    [
        (None, None, False, "all"),
        (["trend", "state"], None, False, "state+trend"),
        (["state"], None, True, "state+smoke"),
        (["state"], ["product"], False, "state+product"),
    ],
)
def test_a_run_is_named_after_its_part(families, arms, smoke, part):
    exam, of_exam = _exam(None, families)
    assert _plan(exam.cases, of_exam, None, arms, smoke=smoke, wire=False)[1] == part


def test_the_smoke_of_our_exam_asks_every_family():
    exam, part = _exam(None, None)
    plan, _ = _plan(exam.cases, part, None, None, smoke=True, wire=False)
    assert {case.family for case in plan[0].cases} == set(FAMILIES)


def test_two_stored_runs_are_laid_side_by_side(outcome, tmp_path):
    keep(run_of(whole([scored("a", held=False), scored("b")]), at=1), tmp_path / "a")
    keep(run_of(whole([scored("a"), scored("b")])), tmp_path / "b")
    result = outcome("--compare", str(tmp_path / "a"), str(tmp_path / "b"), out=tmp_path / "page")
    assert result.exit_code == 0, result.output
    assert "better: a (0 % → 100 %)" in result.stdout
    assert "| pass^1 | 50 % | 100 % | +50 |" in result.stdout
    assert "1 of 2 cases got better" in (tmp_path / "page" / "report.html").read_text("utf-8")
    told = outcome("--compare", str(tmp_path / "a"), str(tmp_path / "b"), "--json", out=None)
    assert json.loads(told.stdout)["better"][0]["case"] == "a"
