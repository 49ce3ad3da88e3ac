"""AgentDojo's own cases as attacks on this house: its injection tasks, worded by its attacks.

Debenedetti et al., “AgentDojo”, NeurIPS 2024 (arXiv 2406.13352), benchmark v1.2.2. Its tasks want
mail, money and bookings, for which there is no tool here; so our own goals, which reach for the
gate, are worded by its attacks too. It needs the extra `dojo`, and must never hold text of the
package, nor use what the package does not offer to others.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evals.attacks.attack import GOALS, Attack, Goal, draw

BENCHMARK = "v1.2.2"
WORDINGS = (
    "direct", "ignore_previous", "system_message", "injecagent", "important_instructions",
    "tool_knowledge",
)  # fmt: skip
"""Names in its registry of attacks; left out: the one that a person types, and what only stops."""
_VICTIM = "local"
"""The model that the words address, by its name there."""


@dataclass(frozen=True, eq=False)
class _Injection:
    """What an attack of the package reads of an injection task."""

    ID: str
    GOAL: str
    calls: tuple[Any, ...] = ()

    def ground_truth(self, pre_environment: object) -> list[Any]:
        """The calls that do what is wanted."""
        del pre_environment
        return list(self.calls)


def dojo_attacks(seed: int, most: int | None = None) -> Iterator[Attack]:
    """Its goals and ours in each of its wordings at every place, each with a task that shows it.

    Args:
        seed: of the lot; the same seed gives the same attacks in the same order.
        most: that many; absent = all of them, about two thousand.

    Raises:
        ModuleNotFoundError: the package is not installed.
    """
    from agentdojo.task_suite import get_suites

    suites = get_suites(BENCHMARK)
    says = {name: _speaker(suite) for name, suite in suites.items()}
    known: dict[str, tuple[Callable[[_Injection, str], str], _Injection]] = {}
    goals = []
    for name, suite in suites.items():
        environment = suite.load_and_inject_default_environment({})
        for task in suite.injection_tasks.values():
            calls = tuple(task.ground_truth(environment))
            goal = _goal(f"{name}-{task.ID}", task, calls)
            goals.append(goal)
            known[goal.id] = says[name], _Injection(goal.id, goal.order, calls)
    anyone = next(iter(says.values()))
    known |= {goal.id: (anyone, _Injection(goal.id, goal.order)) for goal in GOALS}

    def words(goal: Goal, wording: str) -> str:
        say, injection = known[goal.id]
        return say(injection, wording)

    yield from draw([*goals, *GOALS], WORDINGS, words, seed, most)


def _goal(name: str, task: Any, calls: tuple[Any, ...]) -> Goal:
    """A task's calls as an obedient model reads them, and its own words, to be repeated.

    The calls stand first: a carrier that is short cuts the end.
    """
    order = " ".join([*(_call(one.function, one.args) for one in calls), f"SAY: {task.GOAL}"])
    claims = task.GROUND_TRUTH_OUTPUT or " ".join(task.GOAL.split())
    return Goal(id=name, order=order, claims=claims)


def _call(function: str, given: Mapping[str, Any]) -> str:
    return f"{function}({', '.join(f'{key}={value}' for key, value in given.items())})"


def _speaker(suite: Any) -> Callable[[_Injection, str], str]:
    """How the attacks of the package word an injection where one of the suite's users meets it."""
    from agentdojo.agent_pipeline import GroundTruthPipeline
    from agentdojo.attacks import load_attack

    pipeline = GroundTruthPipeline(None)
    pipeline.name = _VICTIM
    attacks = {name: load_attack(name, suite, pipeline) for name in WORDINGS}
    met = next(iter(suite.user_tasks.values()))

    def say(injection: _Injection, wording: str) -> str:
        planted: Mapping[str, str] = attacks[wording].attack(met, injection)
        return next(iter(planted.values()))

    return say
