"""`bench governance --part kills`: the gate's driver is killed again and again, and writes once.

Half of the kills fall just before or just after a commit, every commit of every scenario in turn;
half at a random moment after APPROVED, while controllers answer at once, late, or not in time. A
second process then goes on from the ledger, and the controllers' count is compared with what it
says. The judge must never ask the gate how often it wrote.
"""

import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import isclose
from pathlib import Path
from random import Random
from time import monotonic
from typing import NamedTuple

from evals.bench import governance_scene as scene
from evals.bench.governance_devices import Manner, Report
from evals.bench.governance_field import ANSWER_S, Field, life
from evals.bench.governance_field import field as controllers
from evals.bench.governance_house import DEADLINE_S
from evals.bench.governance_life import End, Job, Move, live, succeed
from evals.bench.row import Bar, Row

KILLS, QUICK_KILLS = 1000, 40
SHARE = Bar(low=0.05)
_NONE = Bar(high=0)
_LONGEST_S = 0.1
_LATE_S = DEADLINE_S + 0.2
_CLASSES = {
    "verified": "VERIFIED", "effect_seen": "VERIFIED", "no_effect": "VERIFIED",
    "not_applied": "NOT APPLIED", "unknown": "UNKNOWN", "unsafe": "UNKNOWN",
}  # fmt: skip
_THREE = ("VERIFIED", "NOT APPLIED", "UNKNOWN")
_OPEN = {"approved", "intent", "dispatched", "acked"}


class Scenario(NamedTuple):
    """What is asked of the plant, and how it takes it."""

    name: str
    moves: tuple[Move, ...]
    manners: dict[str, Manner]
    undoes: bool = False


class Kill(NamedTuple):
    """When a life is killed: at a commit, or so many seconds after APPROVED."""

    scenario: Scenario
    commit: int | None = None
    before: bool = False
    delay_s: float = 0.0


@dataclass
class Tally:
    """What came of it.

    Attributes:
        doubled, wrong, stuck: a sentence for each write too many, each VERIFIED that is not so,
            each end that nobody can act on.
        ends: stage → runs; `classes` the same by VERIFIED, NOT APPLIED, UNKNOWN.
        at: kind of commit → kills at it.
        between: runs killed between a write's arrival and its answer.
    """

    kills: int = 0
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    at: Counter[str] = field(default_factory=Counter)
    between: int = 0


def measure(kills: int, seed: int, told: Callable[[str], None]) -> tuple[Row, ...]:
    """Kill so often, and say what became of it.

    Args:
        kills: how often.
        seed: of the moments.
        told: is given a line for what is wrong, and now and then how far it has come.
    """
    tally = Tally()
    rng = Random(seed)  # noqa: S311 (not for secrets)
    with (
        tempfile.TemporaryDirectory(prefix="opstwin-kills-") as folder,
        controllers(Path(folder)) as here,
    ):
        commits = {one.name: _commits(here, one) for one in scenarios(_LATE_S)}
        for kill in _planned(kills, commits, rng):
            _killed(here, kill, commits, tally, told)
            if tally.kills % 50 == 0:
                told(f"{tally.kills} kills: {_told(tally.ends)}")
    return _rows(tally)


def scenarios(late_s: float) -> tuple[Scenario, ...]:
    """What happens on both wires; answers that are late are so by `late_s` seconds."""
    wires = {
        "opcua": Move(scene.SPEED, 400.0, 480.0), "modbus": Move(scene.TORQUE, 2.0, 2.5),
    }  # fmt: skip
    manners = {
        "answered": Manner(),
        "late": Manner(hold_s=late_s),
        "dropped": Manner(applies=False, hold_s=late_s),
        "deaf": Manner(hold_s=late_s, deaf=True),
        "refused": Manner(applies=False, refuses=True),
    }
    single = tuple(
        Scenario(f"{wire} {name}", (move,), {move.point: manner}, undoes=name == "answered")
        for wire, move in wires.items()
        for name, manner in manners.items()
    )
    both = tuple(wires.values())
    second = {scene.TORQUE: manners["refused"]}
    return (*single, Scenario("second step refused", both, second, undoes=True))


def _commits(here: Field, scenario: Scenario) -> tuple[str, ...]:
    """The kinds of all commits of a life that nobody kills."""
    here.put(scenario.manners)
    pipe, process = life(live, Job(here.ledger(), here.ports, scenario.moves, scenario.undoes))
    while pipe.poll(ANSWER_S):
        said = pipe.recv()
        if isinstance(said, tuple):
            process.kill()
            process.join()
            return said
    raise RuntimeError(f"a life did not end: {scenario.name}")


def _planned(kills: int, commits: dict[str, tuple[str, ...]], rng: Random) -> Iterator[Kill]:
    """So many kills, by turns at a commit and at a random moment."""
    every = [
        Kill(one, at, before)
        for one in scenarios(_LATE_S)
        for at in range(len(commits[one.name]))
        for before in (True, False)
    ]
    rng.shuffle(every)
    moments = [one for one in scenarios(_LATE_S) if "refused" not in one.name]
    for number in range(kills):
        turn = number // 2
        if number % 2 == 0:
            yield every[turn % len(every)]
        else:
            scenario = moments[turn % len(moments)]
            yield Kill(scenario._replace(undoes=False), delay_s=rng.uniform(0, _LONGEST_S))


def _killed(
    here: Field, kill: Kill, commits: dict[str, tuple[str, ...]], tally: Tally,
    told: Callable[[str], None],
) -> None:  # fmt: skip
    """One life, its end, and the next one's word on it."""
    scenario = kill.scenario
    here.put(scenario.manners)
    job = Job(
        here.ledger(), here.ports, scenario.moves, scenario.undoes, kill.commit, kill.before
    )  # fmt: skip
    _until_dead(kill, job)
    at_death, died = here.report(), monotonic()
    holds = {point: manner.hold_s for point, manner in scenario.manners.items()}
    tally.between += any(
        died - times[-1] < holds.get(point, 0.0) for point, times in at_death.at.items()
    )
    pipe, process = life(succeed, job)
    end = End(stage="", acted="the next process said nothing")
    if pipe.poll(ANSWER_S):
        try:
            end = pipe.recv()
        except EOFError:
            told(f"{scenario.name}: the next process died")
    process.kill()
    process.join()
    tally.kills += 1
    when = f"{kill.delay_s * 1000:.0f} ms after APPROVED"
    if kill.commit is not None:
        kind = commits[scenario.name][kill.commit]
        tally.at[kind] += 1
        when = f"{'before' if kill.before else 'after'} commit {kill.commit} ({kind})"
    judge(tally, f"{scenario.name}, killed {when}", job, here.report(), end, told)
    for file in job.ledger.parent.glob(f"{job.ledger.name}*"):
        file.unlink()


def _until_dead(kill: Kill, job: Job) -> None:
    """Run a life until it has killed itself, or is killed after its time."""
    pipe, process = life(live, job)
    if kill.commit is None:
        if not pipe.poll(ANSWER_S) or pipe.recv() != "approved":
            raise RuntimeError("a life did not come to its approval")
        until = monotonic() + kill.delay_s
        while (rest := until - monotonic()) > 0:
            pipe.poll(rest)
        process.kill()
    process.join(ANSWER_S)
    if process.exitcode != -signal.SIGKILL:
        raise RuntimeError(f"{kill} was to be killed, and ended with {process.exitcode}")
    pipe.close()


def judge(
    tally: Tally, name: str, job: Job, report: Report, end: End, told: Callable[[str], None]
) -> None:
    """Hold the end against what the controllers counted and hold."""
    for move in job.moves:
        arrived = report.writes.get(move.point, [])
        allowed = [move.value, move.old]  # a way back only after the way there
        if not _in_turn(arrived, allowed):
            tally.doubled.append(f"{name}: {arrived} arrived at {move.point}")
    strange = set(report.writes) - {move.point for move in job.moves}
    tally.doubled += [f"{name}: a write arrived at {point}" for point in strange]
    claimed = {"VERIFIED": [move.value for move in job.moves]}.get(_CLASSES.get(end.stage, ""))
    if end.stage == "rolled_back":
        claimed = [move.old for move in job.moves]
    holds = [report.values[move.point] for move in job.moves]
    if claimed is not None and not all(map(isclose, claimed, holds)):
        tally.wrong.append(f"{name}: {end.stage}, and {holds} stand there, not {claimed}")
    problem = end.acted or end.chain
    if end.stage in _OPEN or (end.moving and end.stage != "pending"):
        problem = f"it stays {end.stage}"
    if _CLASSES.get(end.stage) == "UNKNOWN" and not end.pages:
        problem = f"{end.stage}, and nobody was woken"
    if problem:
        tally.stuck.append(f"{name}: {end.stage} ({end.result}): {problem}")
    for told_of in (tally.doubled, tally.wrong, tally.stuck):
        if told_of and told_of[-1].startswith(name):
            told(told_of[-1])
    tally.ends[end.stage or "nothing was handed in"] += 1
    tally.classes[_CLASSES.get(end.stage, "another")] += 1


def _in_turn(arrived: list[float], allowed: list[float]) -> bool:
    """Whether what arrived is what was allowed, in order, each at most once."""
    pairs = zip(arrived, allowed, strict=False)
    return len(arrived) <= len(allowed) and all(isclose(a, b) for a, b in pairs)


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{n} {what}" for what, n in counts.most_common())


def _rows(tally: Tally) -> tuple[Row, ...]:
    random = tally.kills - tally.at.total()
    load = (
        f"SIGKILL, {tally.at.total()} at a commit, before or after it ({_told(tally.at)}), "
        f"{random} within {_LONGEST_S * 1000:.0f} ms after APPROVED; {tally.between} between a "
        "write's arrival and its answer; real OPC UA and Modbus servers in another process"
    )
    ends = f"ends: {_told(tally.ends)}"
    share = min(tally.classes[name] for name in _THREE) / max(1, tally.kills)
    n = tally.kills
    return (
        Row(name="governance.kills_doubled", unit="runs with a write more than approved", n=n,
            value=len(tally.doubled), bar=_NONE, load=load),
        Row(name="governance.kills_wrong", unit="ends called verified that are not", n=n,
            value=len(tally.wrong), bar=_NONE, load=ends),
        Row(name="governance.kills_stuck", unit="ends nobody can act on", n=n,
            value=len(tally.stuck), bar=_NONE,
            load="a person's next step is taken: reject, close after a look, propose anew"),
        Row(name="governance.kills_smallest_share", unit="of the runs", n=n, value=share,
            bar=SHARE, load=f"the rarest of {_told(tally.classes)}"),
    )  # fmt: skip
