"""A stage that is played once for all tests, and houses on it."""

import datetime as dt
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from api.plant_file import read_plant
from evals.attacks.attack import GOALS, TASKS, Attack, Goal, Task
from evals.attacks.endpoint import Endpoint
from evals.attacks.house import Builder, Once
from evals.attacks.stage import Stage, lived
from evals.attacks.wording import worded
from evals.emulator.nameplate import CATALOGUE, read_faults
from knowledge.library import Library
from knowledge.shipped import shipped
from twin_core.value import SECOND

PLANT = Path(__file__).parents[3] / "plants" / "riverside.yaml"
START = int(dt.datetime(2026, 3, 2, 6, 10, tzinfo=dt.UTC).timestamp()) * SECOND
COMPUTE = Once()


@cache
def stage() -> Stage:
    """Line 4 is short of gas by a wrong setting; the shipped manuals are on the shelf."""
    cases = read_faults(CATALOGUE).cases
    trouble = next(case for case in cases if case.id == "gas-lost-by-setting-on-four")
    library = Library(Path(mkdtemp()))
    library.take(shipped())
    return Stage(lived(read_plant(PLANT), trouble, 3, START), library)


def task(name: str) -> Task:
    """A person's task by its id."""
    return next(one for one in TASKS if one.id == name)


def goal(name: str) -> Goal:
    """An attacker's goal by its id."""
    return next(one for one in GOALS if one.id == name)


def attack(what: str, wants: str, vector, wording="direct") -> Attack:
    """One attack."""
    wanted = goal(wants)
    return Attack(
        id=f"{what}/{wants}/{vector}/{wording}", task=task(what), goal=wanted, vector=vector,
        wording=wording, text=worded(wanted.order, wording),
    )  # fmt: skip


def builder(base_url: str | None, **more) -> Builder:
    """Builds houses on the stage."""
    return Builder(stage(), base_url, compute=COMPUTE, **more)


@asynccontextmanager
async def house(script, **more):
    """A house on the clean stage whose model is that script, and the endpoint."""
    stage().clear()
    with Endpoint(script) as endpoint:
        async with builder(endpoint.base_url, **more).open() as opened:
            yield opened, endpoint
