"""`bench governance --part latency`: how soon an approval is on the wire, and read back.

Real connectors, controllers in another process of this machine, and a ledger that is durable at
every step. It must never count what happens before the last person has decided.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from evals.bench import governance_scene as scene
from evals.bench.governance_field import ANSWER_S, field, life
from evals.bench.governance_house import House, house, quiet
from evals.bench.governance_life import Move, plan
from evals.bench.row import Bar, Row
from twin_core.governance.action import Command, Outcome
from twin_core.governance.ports import CommandSink

APPROVALS, QUICK_APPROVALS = 500, 40
DISPATCH_MS, READ_BACK_MS = Bar(high=500), Bar(high=50)
_MANY = 1_000_000
_POLICY = scene.policy(
    window_steps=_MANY, writes={"point": _MANY, "area": _MANY, "approver": _MANY}
)  # fmt: skip
_WAYS = ((scene.SPEED, 400.0, 480.0), (scene.TORQUE, 2.0, 2.5))
_MOMENT_S = 0.02


class Timed:
    """A connector, and how long each of its commands took until it was read back."""

    def __init__(self, sink: CommandSink, took: list[float]) -> None:
        self._sink, self._took = sink, took

    async def execute(self, command: Command) -> Outcome:
        """Execute, and take the time."""
        began = monotonic()
        outcome = await self._sink.execute(command)
        self._took.append(monotonic() - began)
        return outcome

    async def look(self, command: Command) -> Outcome:
        """Look."""
        return await self._sink.look(command)


def measure(approvals: int) -> Iterator[Row]:
    """So many approvals on both wires by turns, one after the other."""
    with (
        tempfile.TemporaryDirectory(prefix="opstwin-latency-") as folder,
        field(Path(folder)) as here,
    ):
        pipe, process = life(approve, here.ledger(), here.ports, approvals)
        if not pipe.poll(ANSWER_S * 10):
            raise RuntimeError("the approvals were not done")
        decided, took = pipe.recv()
        process.join()
        arrived = here.report().at
    sent = sorted(at for times in arrived.values() for at in times)
    waited = 1000 * (np.array(sent) - np.array(decided))
    load = "one approval at a time, by turns on OPC UA and Modbus; SQLite, WAL, FULL"
    rows = (
        ("dispatch", "last approval → the write arrives", waited, DISPATCH_MS),
        ("read_back", "command → read back", 1000 * np.array(took), READ_BACK_MS),
    )
    for name, what, values, bar in rows:
        middle, high = np.quantile(values, [0.5, 0.99])
        yield Row(
            name=f"governance.{name}", unit="ms (p99)", n=len(values), value=float(high), bar=bar,
            load=f"{what}; {load}; median {middle:.1f} ms",
        )  # fmt: skip


def approve(pipe: Connection, ledger: Path, ports: tuple[int, int], approvals: int) -> None:
    """Approve so often; tell when each was decided, and how long each command took."""
    quiet()
    pipe.send(asyncio.run(_approved(ledger, ports, approvals)))


async def _approved(ledger: Path, ports: tuple[int, int], approvals: int) -> Any:
    decided: list[float] = []
    took: list[float] = []
    async with house(ledger, ports, policy=_POLICY, around=lambda s: Timed(s, took)) as here:
        for number in range(approvals):
            point, low, high = _WAYS[number % 2]
            old, new = (low, high) if number % 4 < 2 else (high, low)
            await _heard(here, point, old)
            draft = plan([Move(point, old, new)], here.clock.plant())
            receipt = await here.actuation.submit(draft, scene.PEOPLE["olga"])
            if receipt.state != "pending":
                raise SystemExit(f"the proposal was {receipt.state}: {receipt.reason}")
            await here.actuation.vote(receipt.proposal, scene.PEOPLE["sam"], "approved")
            decided.append(monotonic())
            await here.actuation.vote(receipt.proposal, scene.PEOPLE["sue"], "approved")
            await here.actuation.idle()
            case = await here.actuation.proposal(receipt.proposal)
            if case.stage != "verified":
                raise SystemExit(f"approval {number} ended {case.stage}: {case.result}")
    return decided, took


async def _heard(here: House, point: str, value: float) -> None:
    """Return once the twin believes where the point stands."""
    async with asyncio.timeout(ANSWER_S):
        while here.belief.value(point) != value:  # noqa: ASYNC110 nothing signals a belief
            await asyncio.sleep(_MOMENT_S)
