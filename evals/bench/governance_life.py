"""One life of the gate's driver, until it is killed; and the next, which goes on.

The life does what people would: proposes, approves, rolls back. It must never help the gate: it
kills itself where it is told to, between two of its commits, and says nothing more.
"""

import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from evals.bench import governance_scene as scene
from evals.bench.governance_house import House, house, quiet
from twin_core.errors import OpsTwinError
from twin_core.governance.action import Draft
from twin_core.value import JSON, Instant

AHEAD_S = 30.0
"""How much later, by its own clock, the second process starts: leases are over by then."""
_TURNS = 40
_TRIES, _MOMENT_S = 20, 0.1


class Move(NamedTuple):
    """One step of a plan."""

    point: str
    old: float
    value: float


@dataclass(frozen=True)
class Job:
    """What a life is to do.

    Attributes:
        ledger: its file.
        ports: of the two controllers.
        moves: the plan.
        undoes: whether it is rolled back when it was verified.
        kill: the commit (from 0) at which the process kills itself; None = at none.
        before: whether just before that commit, or just after it.
    """

    ledger: Path
    ports: tuple[int, int]
    moves: tuple[Move, ...]
    undoes: bool = False
    kill: int | None = None
    before: bool = False


@dataclass(frozen=True)
class End:
    """How a proposal ended, as the second process has it.

    Attributes:
        stage: its stage; "" if no proposal was stored.
        moving: whether it would go on changing by itself.
        pages: notices that woke people.
        acted: what came of a person's next step; empty if it could be taken.
        chain: what is wrong with the audit chain; empty if nothing.
    """

    stage: str
    result: str = ""
    moving: bool = False
    pages: int = 0
    acted: str = ""
    chain: str = ""


def plan(moves: Sequence[Move], at: Instant) -> Draft:
    """The draft of some moves; without a forecast, so that it needs two people."""
    return scene.draft((scene.step(*move) for move in moves), at)


def live(pipe: Connection, job: Job) -> None:
    """Propose, approve and go on until killed; or tell the commits that there were."""
    quiet()
    asyncio.run(_lived(pipe, job))


async def _lived(pipe: Connection, job: Job) -> None:
    commits: list[str] = []

    def at(kinds: str, state: JSON, *, before: bool) -> None:
        if before:
            commits.append(kinds)
        if job.kill == len(commits) - 1 and job.before is before:
            os.kill(os.getpid(), signal.SIGKILL)
        if not before and state is not None and state.get("stage") == "approved":
            pipe.send("approved")

    async with house(job.ledger, job.ports, at) as here:
        doors = here.actuation
        receipt = await doors.submit(plan(job.moves, here.clock.plant()), scene.PEOPLE["olga"])
        if receipt.state != "pending":
            raise SystemExit(f"the proposal was {receipt.state}: {receipt.reason}")
        for user in ("sam", "sue"):
            await doors.vote(receipt.proposal, scene.PEOPLE[user], "approved", "it is right")
        await _settled(here)
        if job.undoes and (await doors.proposal(receipt.proposal)).stage == "verified":
            await doors.roll_back(receipt.proposal, scene.PEOPLE["eve"], "it was a trial")
            await _settled(here)
        pipe.send(tuple(commits))
        await asyncio.Event().wait()  # a service lives on until it is killed


async def _settled(here: House) -> None:
    """Let time pass until no case changes by itself."""
    for _ in range(_TURNS):
        await here.actuation.idle()
        cases = await here.actuation.cases()
        if not any(case.moving and case.stage != "pending" for case in cases):
            return
        here.clock.ahead_s += 1.0
        await here.actuation.tick()


def succeed(pipe: Connection, job: Job) -> None:
    """Start on what a killed life left, and tell how it ends."""
    quiet()
    pipe.send(asyncio.run(_succeeded(job)))


async def _succeeded(job: Job) -> End:
    async with house(job.ledger, job.ports, ahead_s=AHEAD_S) as here:
        await _settled(here)
        doors = here.actuation
        cases = await doors.cases()
        if not cases:
            return End(stage="", acted=await _handed_in(here, job))
        (case,) = cases
        urgent = {"page", "highest"}
        pages = sum(notice.level in urgent for notice in doors.notices)
        acted = await _acted(here, job, case.id)
        chain = ""
        try:
            await here.ledger.verify()
        except OpsTwinError as problem:
            chain = str(problem)
        return End(case.stage, case.result, case.moving, pages, acted, chain)


async def _acted(here: House, job: Job, name: str) -> str:
    """Take a person's next step; why it could not be taken."""
    doors = here.actuation
    case = await doors.proposal(name)
    try:
        if case.stage == "pending":
            status = await doors.vote(name, scene.PEOPLE["sam"], "rejected", "no more needed")
            return "" if status.state == "rejected" else f"rejected, it is {status.state}"
        if case.uncertain:
            await doors.resolve(name, scene.PEOPLE["eve"], "looked at the machine")
            if (await doors.proposal(name)).uncertain:
                return "closed by a person, it is uncertain still"
        return await _handed_in(here, job)
    except OpsTwinError as problem:
        return str(problem)


async def _handed_in(here: House, job: Job) -> str:
    """Propose the same points anew, from where they stand; only what can be read.

    What was written a moment ago is heard a moment later, so it is tried a few times.
    """
    reason = ""
    for _ in range(_TRIES):
        moves = []
        for point, old, value in job.moves:
            stands = here.belief.value(point)
            if stands is None:
                return ""
            back = abs(stands - value) < abs(stands - old)
            moves.append(Move(point, stands, old if back else value))
        draft = plan(moves, here.clock.plant())
        receipt = await here.actuation.submit(draft, scene.PEOPLE["olga"])
        if receipt.state == "pending":
            return ""
        reason = f"proposed anew: {receipt.reason}"
        if receipt.reason.startswith("denied by trust"):  # which falls by itself after a failure
            for point in {point for point, _, _ in job.moves}:
                unit = point.rpartition("/")[0]
                await here.actuation.set_trust(
                    unit, "act_on_approval", scene.PEOPLE["eve"], "looked at the machine"
                )
        await asyncio.sleep(_MOMENT_S)
    return reason


def found(pipe: Connection, ledger: Path, ports: tuple[int, int]) -> None:
    """Make a ledger in which the site may act on approval."""
    quiet()
    asyncio.run(_founded(ledger, ports))
    pipe.send("ready")


async def _founded(ledger: Path, ports: tuple[int, int]) -> None:
    async with house(ledger, ports) as here:
        await here.actuation.set_trust(scene.SITE, "act_on_approval", scene.PEOPLE["eve"], "exam")
