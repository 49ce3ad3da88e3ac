"""`bench governance --part database`: what was acknowledged stands, once.

Many people approve at once over the real ledger, in a process that is killed at any moment; the
next looks at what stands. The parent alone remembers what was acknowledged; it must never open a
ledger itself.
"""

import asyncio
import re
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any, NamedTuple

from evals.bench import governance_scene as scene
from evals.bench.governance_field import ANSWER_S, asked, life
from evals.bench.governance_house import House, ledger_house, quiet
from evals.bench.row import Bar, Row
from twin_core.errors import Conflict, OpsTwinError, UnknownName
from twin_core.governance.action import Command, Outcome

APPROVALS, QUICK_APPROVALS = 2000, 100
_PER_LEDGER = 200
_LONGEST_S = 0.5
_AT_ONCE = 8
_NONE = Bar(high=0)
_MANY = 1_000_000
OPEN = scene.policy(
    window_steps=_MANY, writes={"point": _MANY, "area": _MANY, "approver": _MANY}
)  # fmt: skip


class Given(NamedTuple):
    """An approval that was acknowledged."""

    proposal: str
    user: str


@dataclass(frozen=True)
class Standing:
    """What a ledger holds: approvals in its cases and in its audit chain, and what is wrong."""

    votes: dict[Given, int]
    records: dict[Given, int]
    problem: str = ""


class Unsent:
    """A connector that sends nothing, and says so."""

    def __init__(self) -> None:
        self.executed: list[str] = []

    async def execute(self, command: Command) -> Outcome:
        """Not sent."""
        self.executed.append(command.key)
        return Outcome(key=command.key, result="not_applied", sent=False, acknowledged=False)

    async def look(self, command: Command) -> Outcome:
        """The old value stands."""
        old = getattr(command.step, "old", None)
        return Outcome(
            key=command.key, result="not_applied", sent=False, acknowledged=False, read_back=old
        )


def who(user: str) -> Any:
    """Anybody of the exam, or one of fifty supervisors.

    Raises:
        UnknownName: nobody.
    """
    if user in scene.PEOPLE:
        return scene.PEOPLE[user]
    if re.fullmatch(r"s\d\d", user):
        return scene.PEOPLE["sam"].model_copy(update={"user": user, "name": f"Super {user}"})
    raise UnknownName("user", user)


# ── lives ───────────────────────────────────────────────────────────────────────────────────


def begin(pipe: Connection, ledger: Path) -> None:
    """Make a ledger in which the site may act on approval; with a proposal that waits."""
    quiet()
    pipe.send(asyncio.run(_begun(ledger)))


async def _begun(ledger: Path) -> str:
    async with ledger_house(ledger, OPEN, Unsent(), who) as here:
        await here.actuation.set_trust(scene.SITE, "act_on_approval", scene.PEOPLE["eve"], "exam")
        return await _proposed(here, forecast=True)


def approve(pipe: Connection, ledger: Path) -> None:
    """Propose and approve without end, eight at once; tell each approval that was acknowledged."""
    quiet()
    asyncio.run(_approved(pipe, ledger))


async def _approved(pipe: Connection, ledger: Path) -> None:
    async with ledger_house(ledger, OPEN, Unsent(), who) as here:
        # What the life before left waiting is taken back: only so many may wait for people.
        for case in await here.actuation.cases():
            if case.stage == "pending":
                await here.actuation.cancel(case.id, scene.PEOPLE["olga"])

        async def one() -> None:
            while True:
                name = await _proposed(here, forecast=False)
                for user in ("sam", "sue"):
                    try:
                        await here.actuation.vote(name, who(user), "approved", "because")
                    except Conflict:  # what it rested on was heard too long ago
                        here.belief.assume(scene.VALUES)
                        break
                    pipe.send(Given(name, user))

        await asyncio.gather(*(one() for _ in range(_AT_ONCE)))


async def _proposed(here: House, *, forecast: bool) -> str:
    at = here.clock.plant()
    here.belief.assume(scene.VALUES)
    draft = scene.draft(
        [scene.step(scene.SPEED, 400.0, 480.0)], at, scene.effect(at) if forecast else None
    )
    receipt = await here.actuation.submit(draft, scene.PEOPLE["olga"])
    return receipt.proposal


def look(pipe: Connection, ledger: Path) -> None:
    """Tell what stands in a ledger."""
    quiet()
    pipe.send(asyncio.run(_looked(ledger)))


async def _looked(ledger: Path) -> Standing:
    votes: Counter[Given] = Counter()
    records: Counter[Given] = Counter()
    try:
        async with ledger_house(ledger, OPEN, Unsent(), who) as here:
            for case in await here.actuation.cases():
                given = [v.user for v in (*case.votes, *case.late) if v.meaning == "approved"]
                votes.update(Given(case.id, user) for user in given)
            start = 0
            while page := await here.ledger.audit(start):
                start += len(page)
                records.update(
                    Given(record.subject, record.actor)
                    for record, _ in page
                    if record.kind == "approved"
                )
            await here.ledger.verify()
    except OpsTwinError as problem:
        return Standing(votes, records, str(problem))
    return Standing(votes, records)


# ── the parent ──────────────────────────────────────────────────────────────────────────────


@dataclass
class Tally:
    """What came of it: approvals acknowledged, lost, doubled, kills, and what else was wrong."""

    acknowledged: int = 0
    lost: list[Given] = field(default_factory=list)
    doubled: list[Given] = field(default_factory=list)
    kills: int = 0
    problems: list[str] = field(default_factory=list)


def measure(approvals: int, seed: int, told: Callable[[str], None]) -> tuple[Row, ...]:
    """So many approvals, and how many of them were lost or doubled."""
    tally, rng = Tally(), Random(seed)  # noqa: S311 (not for secrets)
    with tempfile.TemporaryDirectory(prefix="opstwin-approvals-") as folder:
        for number in count():
            if tally.acknowledged >= approvals:
                break
            ledger = Path(folder) / f"{number}.sqlite"
            asked(begin, ledger)
            given: set[Given] = set()
            while len(given) < min(_PER_LEDGER, approvals - tally.acknowledged):
                given |= _killed(ledger, rng)
                tally.kills += 1
                judge(tally, given, asked(look, ledger))
            tally.acknowledged += len(given)
            told(f"{tally.acknowledged} approvals, {tally.kills} kills, {len(tally.lost)} lost")
    for problem in tally.problems:
        told(problem)
    return _rows(tally)


def _killed(ledger: Path, rng: Random) -> set[Given]:
    """One life, killed at a random moment after its first approval; what it acknowledged.

    Raises:
        RuntimeError: it acknowledged nothing, so that the next would not either.
    """
    pipe, process = life(approve, ledger)
    given: set[Given] = set()
    until = monotonic() + ANSWER_S
    waits = True
    while (rest := until - monotonic()) > 0:
        if pipe.poll(rest):
            given.add(pipe.recv())
            if waits:
                waits, until = False, monotonic() + rng.uniform(0, _LONGEST_S)
    process.kill()
    process.join()
    try:
        while pipe.poll(0):
            given.add(pipe.recv())
    except (EOFError, OSError):  # the second: in the middle of a word
        pass
    if not given:
        raise RuntimeError(f"a process acknowledged no approval within {ANSWER_S:g} s")
    return given


def judge(tally: Tally, given: set[Given], standing: Standing) -> None:
    """Hold what stands against what was acknowledged."""
    tally.lost += [
        one for one in given if not (standing.votes.get(one) and standing.records.get(one))
    ]
    tally.doubled += [
        one
        for one in standing.votes.keys() | standing.records.keys()
        if standing.votes.get(one, 0) > 1 or standing.records.get(one, 0) > 1
    ]
    if standing.problem:
        tally.problems.append(standing.problem)


def _rows(tally: Tally) -> tuple[Row, ...]:
    load = (
        f"{_AT_ONCE} proposals at once, two people each; the process that owns the ledger killed "
        f"{tally.kills} times, within {_LONGEST_S:g} s of its first approval"
    )
    values = {
        "lost": (len(tally.lost), "acknowledged approvals"),
        "doubled": (len(tally.doubled), "approvals"),
        "unopened": (len(tally.problems), "ledgers that could not be used after it"),
    }
    return tuple(
        Row(name=f"governance.database_{name}", value=value, unit=unit, n=tally.acknowledged,
            bar=_NONE, load=load)
        for name, (value, unit) in values.items()
    )  # fmt: skip
