"""The whole system as processes over real wires: OPC UA, Modbus, HTTP; one stage for all."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from api.client import ServerRefusal
from evals.demo import Story
from evals.emulator.nameplate import read_faults
from evals.screen import Screen
from evals.stage import Stage

RIVERSIDE = Path("plants/riverside.yaml")


@pytest.fixture(scope="module")
def stage():
    with Stage(RIVERSIDE, line="packaging/line3", seed=11) as found:
        yield found


def asked(stage, text, after_first_progress=None):
    """The answer's body; `after_first_progress` is called once, at the first progress line."""
    answer = None
    for event, body in stage.as_user("olga").ask(text):
        if event == "progress" and after_first_progress is not None:
            after_first_progress()
            after_first_progress = None
        if event == "answer":
            answer = body
    assert answer is not None
    return answer


@pytest.mark.slow
def test_every_controller_is_heard_and_values_are_fresh(stage):
    """Within seconds of the start every point of every source is believed."""

    def heard():
        rows = stage.as_user("olga").get("/state")["points"]
        return sum(row["state"] == "good" for row in rows) >= 0.97 * len(rows)

    stage.until("every point", heard, 30)


@pytest.mark.slow
def test_a_question_is_answered_with_a_believed_rate(stage):
    """The rate of a line comes with its unit, and its evidence."""
    stage.until(
        "a rate",
        lambda: all(r["rate"] for r in stage.as_user("olga").get("/indicators")["lines"]),
        60,
    )
    answer = asked(stage, "What is the rate of line 2?")
    assert re.search(r"\d+ bottles/min", answer["text"])
    assert answer["evidence"]


@pytest.mark.slow
def test_the_command_line_works_as_the_readme_says(stage, tmp_path):
    """login, ask, proposals, audit verify, doctor: in the name of whoever signed in."""

    def opstwin(*words):
        return subprocess.run(
            [sys.executable, "-m", "api", *words, "--url", stage.url],
            capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "HOME": str(tmp_path)},  # noqa: TID251
        )  # fmt: skip

    assert opstwin("login", "olga", "--password", "wrong").returncode == 1
    done = opstwin("login", "olga", "--password", stage.password)
    assert done.returncode == 0, done.stderr
    told = opstwin("ask", "What is the rate of line 2?")
    assert re.search(r"\d+ bottles/min", told.stdout), told.stderr
    assert "offline operator" in told.stdout
    whole = json.loads(opstwin("ask", "What is the rate of line 2?", "--json").stdout)
    assert whole["evidence"]
    assert opstwin("proposals").returncode == 0
    assert "unbroken" in opstwin("audit", "verify").stdout
    refused = opstwin("trust", "riverside", "act_on_approval")
    assert refused.returncode == 1
    assert "may not" in refused.stderr
    assert "Olga Quinn (operator)" in opstwin("doctor", "--data", str(tmp_path / "d")).stdout


@pytest.mark.slow
def test_an_operator_may_not_approve_and_nothing_happens_at_observe(stage):
    """A plant starts at observe: a proposal is denied and kept as a shadow record."""
    with pytest.raises(ServerRefusal, match="may not"):
        stage.as_user("olga").post("/trust", {"asset": "riverside", "step": "act_on_approval"})
    assert stage.as_user("olga").get("/trust") == {}


@pytest.mark.slow
def test_a_line_whose_controller_is_killed_has_no_data(stage):
    """Killed after the first progress line: “no data from line 3 since …”, never an old rate."""
    control = stage.control
    answer = asked(
        stage,
        "What is the root cause of the throughput drop on line 3?",
        lambda: control.stop_source("line3_plc"),
    )
    assert "no data from line 3 since" in answer["text"].lower()
    stage.until("line 3 to be lost", lambda: _down(stage, "line3_plc"), 30)
    again = asked(stage, "What is the rate of line 3?")
    assert "no data from line 3 since" in again["text"].lower()
    assert not re.search(r"\d+ bottles/min", again["text"])
    control.start_source("line3_plc")
    stage.until("line 3 to be back", lambda: not _down(stage, "line3_plc"), 60)


@pytest.mark.slow
def test_a_story_is_told_to_its_right_end(stage):
    """Fault, question, evidence, proposal, approval, write, read-back, effect, audit: all real."""
    case = read_faults().case("slow-filler-on-three")
    verdict = Story(stage, case, automatic=True, screen=Screen(time.monotonic())).tell()
    assert verdict.reached, verdict.sentence


STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def test_nothing_that_a_stage_started_outlives_it(monkeypatch):
    """A process that does not stop when asked is killed with its workers, in a few seconds."""
    monkeypatch.setattr("evals.stage._STOP_S", 0.5)
    stage = Stage(RIVERSIDE, line="packaging/line3")
    process = subprocess.Popen(
        [sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    worker = int(process.stdout.readline())
    stage._processes.append(process)
    began = time.monotonic()
    stage.close()
    process.stdout.close()
    assert time.monotonic() - began < 5
    assert process.returncode == -signal.SIGKILL
    assert not stage.root.exists()
    stage._processes.clear()
    stage.until("the worker's end", lambda: _gone(worker), 5)


def _gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def _down(stage, source):
    rows = stage.as_user("olga").get("/sources")["sources"]
    return not next(row["up"] for row in rows if row["source"] == source)
