"""`bench governance --part fifty`: fifty people decide about one proposal in the same moment.

In one process, and in two on one ledger. It must never take an answer for one that says who and
when because it is polite.
"""

import asyncio
import re
import tempfile
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from evals.bench import governance_scene as scene
from evals.bench.governance_database import OPEN, Unsent, begin, who
from evals.bench.governance_field import asked, heard, life
from evals.bench.governance_house import ledger_house, quiet
from evals.bench.row import Bar, Row

PEOPLE = 50
ROUNDS, QUICK_ROUNDS = 10, 1
_NONE = Bar(high=0)


def decide(pipe: Connection, ledger: Path, proposal: str, users: list[str]) -> None:
    """Decide about one proposal, all users at once; tell how many won, and what the others heard.

    The epoch is taken that the parent says, as a second worker of the same actuator would: then
    the ledger alone is between them.
    """
    quiet()
    asyncio.run(_decided(pipe, ledger, proposal, users))


async def _decided(pipe: Connection, ledger: Path, proposal: str, users: list[str]) -> None:
    sink = Unsent()
    async with ledger_house(ledger, OPEN, sink, who) as here:
        here.belief.assume(scene.VALUES)
        pipe.send(here.actuation.standing.epoch)
        here.actuation.standing.epoch = pipe.recv()
        doors = here.actuation
        found = await asyncio.gather(
            *(doors.vote(proposal, who(user), "approved") for user in users),
            return_exceptions=True,
        )
        await doors.idle()
        refused = [str(one) for one in found if isinstance(one, BaseException)]
        pipe.send((len(users) - len(refused), refused, sink.executed))


def measure(rounds: int, told: Callable[[str], None]) -> tuple[Row, ...]:
    """Fifty decide at once, so often; where it was not one who won and 49 who were told."""
    rows = []
    for processes, name in ((1, "fifty"), (2, "fifty_apart")):
        wrong = []
        with tempfile.TemporaryDirectory(prefix="opstwin-fifty-") as folder:
            for number in range(rounds):
                wrong += _round(Path(folder) / f"{number}.sqlite", processes)
        for problem in wrong:
            told(problem)
        where = "one process" if processes == 1 else "two processes of one epoch on one ledger"
        rows.append(
            Row(name=f"governance.{name}", unit="wrong rounds or answers", n=rounds * PEOPLE,
                value=len(wrong), bar=_NONE,
                load=f"{PEOPLE} people approve in the same moment, {where}, {rounds} rounds; one "
                "wins, 49 are told who and when, one command is made")
        )  # fmt: skip
    return tuple(rows)


def _round(ledger: Path, processes: int) -> list[str]:
    """One proposal, fifty decisions; what was not as it must be."""
    proposal = asked(begin, ledger)
    users = [f"s{number:02d}" for number in range(PEOPLE)]
    lives: list[tuple[Connection, Any]] = []
    epoch = 0
    for number in range(processes):
        pipe, process = life(decide, ledger, proposal, users[number::processes], duplex=True)
        epoch = heard(pipe)
        lives.append((pipe, process))
    for pipe, _ in lives:
        pipe.send(epoch)
    found = [heard(pipe) for pipe, _ in lives]
    for _, process in lives:
        process.join()
    return wrongs(found)


def wrongs(found: list[tuple[int, list[str], list[str]]]) -> list[str]:
    """What was not as it must be, of what each process tells: won, what others heard, commands."""
    won = sum(one[0] for one in found)
    told = [text for one in found for text in one[1]]
    commands = [key for one in found for key in one[2]]
    problems = [] if won == 1 else [f"{won} won"]
    if len(commands) != 1:
        problems.append(f"{len(commands)} commands were made")
    names = re.compile(r"approved by Super s\d\d at \d\d:\d\d:\d\d UTC")
    return problems + [f"was told: {text}" for text in told if not names.search(text)]
