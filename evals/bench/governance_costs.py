"""What a decision, an audit record and a whole chain cost, on the real store and engine.

In a fresh directory. It must never measure what the gate does not do.
"""

import asyncio
import json
import random
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from api.clock import SystemClock
from api.plant_file import read_plant
from connectors.ledger import SqlLedger
from connectors.ledger_file import verify_file
from evals.bench.row import Bar, Row
from twin_core.answer import Asker
from twin_core.governance.audit import EMPTY, link
from twin_core.governance.cedar import SCHEMA
from twin_core.governance.policy import Policy
from twin_core.governance.request import Request
from twin_core.governance.stakes import Stakes
from twin_core.plant.assets import Plant
from twin_core.value import SECOND

DECISION_US, APPEND, VERIFY_S = Bar(high=250), Bar(low=0.8), Bar(high=5)
RULES, ENTITIES = 50, 300
_ROUNDS = 5
_CALLERS = 1, 8
_BATCH = 20_000


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: decisions, records appended, records in the chain."""

    decisions: int
    appended: int
    chained: int


FULL = Size(decisions=50_000, appended=2_000, chained=1_000_000)
QUICK = Size(decisions=5_000, appended=300, chained=50_000)


def measure(plant_file: Path, size: Size, seed: int = 1) -> Iterator[Row]:
    """The rows, in order."""
    yield _decisions(read_plant(plant_file), size.decisions, seed)
    with tempfile.TemporaryDirectory() as folder:
        for callers in _CALLERS:
            (Path(folder) / str(callers)).mkdir()
            yield asyncio.run(_appended(Path(folder) / str(callers), size.appended, callers))
        yield asyncio.run(_verified(Path(folder) / "chain.sqlite", size.chained))


def _decisions(plant: Plant, n: int, seed: int) -> Row:
    """Questions drawn by lot, with 300 people and assets; then the same by the engine alone."""
    stream = random.Random(seed)  # noqa: S311 (not for secrets)
    assets = stream.sample(sorted(plant.units), min(200, len(plant.units)))
    roles = ("operator", "supervisor", "engineer", "viewer")
    people = [
        Asker(user=f"u{k}", name=f"U{k}", roles=(stream.choice(roles),), sites=(plant.site,))
        for k in range(ENTITIES - len(assets))
    ]
    shipped = Policy.shipped()
    more = RULES - len(shipped.ids)
    policy = Policy(
        name="bench",
        rules=shipped.rules + "".join(_rule(k, stream.choice(assets)) for k in range(more)),
    )
    asked = [
        Request(
            who=stream.choice(people), verb=stream.choice(("propose", "approve")),
            kind="write_plan", site=plant.site, assets=(stream.choice(assets),),
            stakes=Stakes(share=stream.random()),
        )
        for _ in range(n)
    ]  # fmt: skip
    ours = _timed([partial(policy.evaluate, one) for one in asked])
    alone = _alone(policy.rules, people, assets)
    peer = _timed([partial(alone, one) for one in asked[: n // 10]])
    return Row(
        name="governance.decision", unit="µs (p99)", n=n, bar=DECISION_US,
        value=float(np.quantile(ours, 0.99)) * 1e6,
        load=f"{RULES} rules, {len(people)} people and {len(assets)} assets, questions by lot",
        peer="cedarpy with all entities parsed once",
        peer_value=float(np.quantile(peer, 0.99)) * 1e6,
    )  # fmt: skip


def _rule(k: int, asset: str) -> str:
    where = f'resource in Asset::"{asset}"'
    return (
        f'@id("r{k}") forbid (principal, action, {where}) when {{ context.permille > {900 + k} }};'
    )


def _alone(
    rules: str, people: Sequence[Asker], assets: Sequence[str]
) -> Callable[[Request], object]:
    """What asks the engine the same, as its own documentation does: everything parsed once."""
    import cedarpy

    above = {"/".join(a.split("/")[:n]) for a in assets for n in range(1, a.count("/") + 2)}
    known: list[dict[str, Any]] = [
        {"uid": {"type": "Person", "id": p.user}, "attrs": {},
         "parents": [{"type": "Role", "id": r} for r in p.roles]}
        for p in people
    ]  # fmt: skip
    known += [
        {"uid": {"type": "Asset", "id": a}, "attrs": {},
         "parents": [{"type": "Asset", "id": a.rpartition("/")[0]}] if "/" in a else []}
        for a in sorted(above)
    ]  # fmt: skip
    entities = cedarpy.Entities.from_json_str(json.dumps(known))
    policies, schema = cedarpy.PolicySet.from_str(rules), cedarpy.Schema.from_str(SCHEMA)

    def ask(one: Request) -> object:
        question = {
            "principal": {"type": "Person", "id": one.who.user},
            "action": {"type": "Action", "id": one.verb},
            "resource": {"type": "Asset", "id": one.assets[0]},
            "context": {
                "kind": {"type": "Kind", "id": one.kind},
                "tier": {"type": "Tier", "id": one.tier},
                "permille": one.stakes.permille,
                "lines": one.stakes.lines,
                "money": one.stakes.amount,
                "state": {"type": "State", "id": "unknown"},
            },
        }
        return cedarpy.is_authorized(question, policies, entities, schema)

    return ask


def _timed(calls: Sequence[Callable[[], object]]) -> list[float]:
    found = []
    for call in calls:
        began = perf_counter()
        call()
        found.append(perf_counter() - began)
    return found


async def _appended(folder: Path, n: int, callers: int) -> Row:
    """Records that callers append, each waiting for his own to be durable before he goes on.

    In turns with the driver alone, one record a commit.
    """
    ledger = SqlLedger(f"sqlite:///{folder / 'ledger.sqlite'}", SystemClock())
    raw = _raw(folder / "raw.sqlite")
    body = {"why": "measured", "proposal": "p-00000001", "values": [480.0, 400.0]}
    ratios, rates = [], []

    async def appends() -> None:
        for _ in range(n // _ROUNDS // callers):
            await ledger.record("measured", "bench", "site/area", body)

    try:
        for turn in range(_ROUNDS):
            began = perf_counter()
            await asyncio.gather(*(appends() for _ in range(callers)))
            ours = n // _ROUNDS // callers * callers / (perf_counter() - began)
            _, stored, _ = link(EMPTY, at=0, kind="m", actor="bench", subject="s", body=body)
            began = perf_counter()
            for k in range(n // _ROUNDS):
                at = turn * n + k
                raw.execute("BEGIN IMMEDIATE")
                raw.execute(
                    "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)",
                    (at, at, "measured", "bench", "site/area", stored),
                )
                raw.execute("COMMIT")
            theirs = n // _ROUNDS / (perf_counter() - began)
            ratios.append(ours / theirs)
            rates.append(theirs)
    finally:
        raw.close()
        await ledger.close()
    return Row(
        name="governance.append" + (f"_{callers}" if callers > 1 else ""),
        unit="of sqlite3's rate (median)", n=n, bar=APPEND,
        value=float(np.median(ratios)), spread=float(np.ptp(ratios)) / 2,
        load=f"audit records of {callers} callers, each durable: WAL, synchronous FULL",
        peer="records/s of sqlite3 alone, same pragmas and table",
        peer_value=float(np.median(rates)),
    )  # fmt: skip


async def _verified(path: Path, n: int) -> Row:
    """A chain as the ledger stores it, checked as `opstwin audit verify` does."""
    ledger = SqlLedger(f"sqlite:///{path}", SystemClock())
    await ledger.close()
    raw = sqlite3.connect(path)
    head, rows = EMPTY, []
    for k in range(n):
        record, stored, head = link(
            head, at=k * SECOND, kind="measured", actor="bench", subject=f"p-{k % 1000:08d}",
            body={"why": "measured", "values": [float(k), 400.0]},
        )  # fmt: skip
        rows.append((k, record.at, record.kind, record.actor, record.subject, stored))
        if len(rows) == _BATCH or k == n - 1:
            raw.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)", rows)
            raw.commit()
            rows.clear()
    raw.close()
    began = perf_counter()
    found = await verify_file(path)
    took = perf_counter() - began
    if found.count != n:
        msg = f"{found.count} of {n} records were verified"
        raise RuntimeError(msg)
    return Row(
        name="governance.verify", unit="s a million records", n=n, bar=VERIFY_S,
        value=took * 1e6 / n, load="a whole chain, hashes, order, times, and columns against bytes",
    )  # fmt: skip


def _raw(path: Path) -> sqlite3.Connection:
    raw = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 5000"):
        raw.execute(f"PRAGMA {pragma}").close()
    raw.execute(
        'CREATE TABLE audit ("index" BIGINT PRIMARY KEY, at BIGINT, kind TEXT, actor TEXT, '
        "subject TEXT, stored BLOB)"
    )
    for column in ("at", "kind", "actor", "subject"):
        raw.execute(f"CREATE INDEX audit_{column} ON audit ({column})")
    return raw
