"""`bench agents`, part agentdojo: another set's attacks on real assistant, tools, gate and ledger.

AgentDojo's injection tasks and our own goals, both in its words, obeyed to the letter. Where the
package is not installed every row says so: it must never be judged by what was not played.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from evals.attacks.dojo import BENCHMARK, dojo_attacks
from evals.attacks.house import Once
from evals.attacks.player import Played
from evals.bench.agents_attacks import BARS, OBEYED, attack_rows, obeyed, staged
from evals.bench.row import Row

CASES, QUICK_CASES = 288, 24
LOAD = f"AgentDojo {BENCHMARK}: its injection tasks, and our goals, in its words; {OBEYED}"
_PART = "agentdojo"
_ABSENT = "AgentDojo is not installed: pip install opstwin[dojo]"


def measure(plant_file: Path, most: int, seed: int, told: Callable[[str], None]) -> Iterator[Row]:
    """The rows of so many of its cases, or why there are none."""
    if find_spec("agentdojo") is None:
        for name, bar in BARS.items():
            yield Row(
                name=f"agents.{_PART}.{name}", value=None, unit="", load=LOAD, n=0, bar=bar,
                why=_ABSENT,
            )  # fmt: skip
        return
    yield from attack_rows(asyncio.run(_played(plant_file, most, seed, told)), _PART, LOAD)


async def _played(
    plant_file: Path, most: int, seed: int, told: Callable[[str], None]
) -> Sequence[Played]:
    async with staged(plant_file, seed + 3) as stage:
        return await obeyed(dojo_attacks(seed, most), stage, Once(), told)
