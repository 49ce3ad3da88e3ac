"""Two hundred people who ask every half minute: errors, and how long they wait.

A fault is in the plant, so that causes have to be found. Who is refused is told when to come again
and counted apart: it is no error, but must not happen at this load.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import httpx

from evals.bench.row import Bar, Row
from evals.demo import DEFAULT
from evals.stage import Stage

_FACTOR, _OPEN_S = 5.0, 600.0
_SESSIONS, _EVERY_S, _FOR_S, _QUICK_FOR_S, _MOST_S = 200, 30.0, 180.0, 45.0, 5.0
_STATE = (
    "what is line {n} making?", "how is filler {n} doing", "any alarms on line {n}",
    "what is the speed of capper {n}", "how did the rate of line {n} go in the last 30 minutes",
    "what is the pressure of header A", "OEE of line {n} this shift",
)  # fmt: skip
_DOCUMENTS = (
    "what does the manual say about the filler's bowl pressure",
    "what does the manual say about glue temperature of the labeller",
    "manual: capper torque", "how is the rinser cleaned according to the manual",
)  # fmt: skip
_CAUSE = ("why is line 4 slow?", "what is the cause of the loss on line 4")
_SHARES = ((0.7, _STATE), (0.2, _DOCUMENTS), (0.1, _CAUSE))


def measure(plant: Path, seed: int, told: Callable[[str], None], *, quick: bool) -> Iterator[Row]:
    """Errors, refusals and the slowest twentieth."""
    for_s = _QUICK_FOR_S if quick else _FOR_S
    with Stage(plant, line="packaging/line4", factor=_FACTOR) as stage:
        stage.control.inject(DEFAULT)
        stage.until("an incident", lambda: _open(stage), _OPEN_S)
        ends = asyncio.run(_asked(stage, seed, for_s))
    took = sorted(seconds for status, seconds in ends if status == 200)
    count = Counter(status for status, _ in ends)
    told(f"answers by status: {dict(count)}")
    load = (
        f"{_SESSIONS} sessions, each asks every {_EVERY_S:g} s for {for_s:g} s: 70 % state, trend, "
        f"alarms, 20 % documents, 10 % cause; an incident open, plant at {_FACTOR:g} times its "
        f"pace; offline operator; asker on the same two cores"
    )
    errors = sum(n for status, n in count.items() if status not in {200, 429})
    yield Row(name="api.sessions.errors", value=errors, unit="answers", load=load, n=len(ends),
              bar=Bar(high=0))  # fmt: skip
    yield Row(name="api.sessions.refused", value=count[429], unit="answers", load=load,
              n=len(ends), bar=Bar(high=0))  # fmt: skip
    yield Row(name="api.sessions.p95", value=took[int(0.95 * len(took))] if took else 1e9,
              unit="s", load=f"{load}; median {took[len(took) // 2]:.2f} s" if took else load,
              n=len(took), bar=Bar(high=_MOST_S))  # fmt: skip


def _open(stage: Stage) -> bool:
    found = stage.as_user("olga").get("/incidents")["incidents"]
    return any(one["closed"] is None for one in found)


async def _asked(stage: Stage, seed: int, for_s: float) -> list[tuple[int, float]]:
    """Status and seconds of every question."""
    headers = {"Authorization": f"Bearer {stage.token('olga')}"}
    limits = httpx.Limits(max_connections=_SESSIONS)
    async with httpx.AsyncClient(
        base_url=stage.url, headers=headers, timeout=120, limits=limits, trust_env=False
    ) as http:
        await http.post("/ask", json={"text": "why is line 4 slow?"})  # what is loaded, is loaded
        end = perf_counter() + for_s
        every = (_session(http, random.Random(f"{seed}/{n}"), n, end) for n in range(_SESSIONS))  # noqa: S311 (which question comes next)
        return [one for ends in await asyncio.gather(*every) for one in ends]


async def _session(
    http: httpx.AsyncClient, chance: random.Random, n: int, end: float
) -> list[tuple[int, float]]:
    """One person: a question, a pause, a question."""
    found: list[tuple[int, float]] = []
    await asyncio.sleep(chance.uniform(0, _EVERY_S))
    while (began := perf_counter()) < end:
        body = {"text": _question(chance), "thread": f"bench-{n}"}
        try:
            status = (await http.post("/ask", json=body)).status_code
        except httpx.HTTPError:
            status = 0
        took = perf_counter() - began
        found.append((status, took))
        await asyncio.sleep(max(0.0, _EVERY_S - took))
    return found


def _question(chance: random.Random) -> str:
    drawn = chance.random()
    for share, texts in _SHARES:
        if drawn < share:
            return chance.choice(texts).format(n=chance.randint(1, 4))
        drawn -= share
    return _STATE[0].format(n=1)
