"""A stress run: every extreme put to the twin, to the policy and to the assistant; what broke.

In one process, no wires. It must never be kinder to one extreme than to another: nothing is left
out because it broke before.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from evals.stress.asking import ask
from evals.stress.asking import wrong as wrong_answer
from evals.stress.bypassing import broken
from evals.stress.playing import Stage
from evals.stress.possible import wrong as wrong_forecast
from twin_core.errors import OpsTwinError
from twin_core.plant.assets import Plant
from twin_core.simulation.forecaster import compare, forecast
from twin_core.simulation.rare.extremes import Extreme, extremes
from twin_core.simulation.scenario import Scenario
from twin_core.twin import Snapshot

_REPLICATIONS = 8
_BREAKS = (OpsTwinError, ArithmeticError, LookupError, ValueError, TypeError, AssertionError)


@dataclass(slots=True)
class Report:
    """What a stress run came to.

    Attributes:
        extremes, forecasts, proposals, questions: how many were put to the test.
        losing: extremes after which the line truly makes less than 0.7 of what it made.
        unplayed: changes that the stand-in has no word for, by kind.
        twin, policy, assistant: what broke, a line each.
    """

    extremes: int = 0
    forecasts: int = 0
    proposals: int = 0
    questions: int = 0
    losing: int = 0
    unplayed: dict[str, int] = field(default_factory=dict)
    twin: list[str] = field(default_factory=list)
    policy: list[str] = field(default_factory=list)
    assistant: list[str] = field(default_factory=list)

    @property
    def broke(self) -> int:
        """Of all."""
        return len(self.twin) + len(self.policy) + len(self.assistant)

    def lines(self) -> Iterator[str]:
        """The report as text, what broke at the end."""
        yield (
            f"{self.extremes} extremes ({self.losing} cost the line more than 30 %): "
            f"{self.forecasts} forecasts, {self.proposals} proposals, {self.questions} questions"
        )
        if self.unplayed:
            told = ", ".join(f"{n} {kind}" for kind, n in sorted(self.unplayed.items()))
            yield f"changes the stand-in has no word for: {told}"
        for part, found in (
            ("twin", self.twin), ("policy", self.policy), ("assistant", self.assistant),
        ):  # fmt: skip
            yield f"{part}: {'nothing broke' if not found else f'{len(found)} broke'}"
            yield from (f"  {line}" for line in found)


def stress(
    plant: Plant,
    n: int,
    seed: int,
    told: Callable[[str], None] = lambda _: None,
    drawn: int | None = None,
) -> Report:
    """Draw extremes of a plant and put them to the test.

    Args:
        plant: that the stand-in can play.
        n: how many are put to the test.
        seed: of everything that is drawn.
        told: hears a line after each.
        drawn: how many are drawn, of which every so-many-th is taken; None = n.
    """
    found = extremes(plant, drawn or n, seed)
    taken = found[:: max(1, len(found) // n)][:n]
    stage, report = Stage(plant, seed), Report()
    for number, one in enumerate(taken, start=1):
        before = report.broke
        _one(stage, one, seed, report)
        more = report.broke - before
        told(f"{number}/{len(taken)} {one.scenario.name}: {f'{more} broke' if more else 'held'}")
    return report


def _one(stage: Stage, one: Extreme, seed: int, report: Report) -> None:
    plant, scenario = stage.plant, one.scenario
    report.extremes += 1
    report.twin += [f"{scenario.name}: {w}" for w in _forecasts(stage.healthy, scenario, seed)]
    played = stage.play(scenario.line, scenario.changes)
    for kind in played.unplayed:
        report.unplayed[kind] = report.unplayed.get(kind, 0) + 1
    report.losing += played.share < 0.7
    report.twin += [
        f"{scenario.name}, struck: {w}" for w in _goes_on(played.snapshot, scenario, seed)
    ]
    report.forecasts += 2
    line, unit = plant.line(scenario.line), plant.unit(one.parts[0].asset)
    wrong = f"What is wrong with {line.name}? Propose the best remedy."
    asked = ask(played.snapshot, (wrong, f"What is the bottleneck of {line.name}?"), seed)
    asked += ask(stage.healthy, (f"What if {unit.name} stops for 20 min?",), seed)
    report.questions += len(asked)
    for heard in asked:
        share = played.share if heard.question == wrong else None
        report.assistant += [f"{scenario.name}: {w}" for w in wrong_answer(heard, share)]
        for draft in heard.drafts:
            report.proposals += 1
            report.policy += [f"{scenario.name}: {w}" for w in broken(played.snapshot, draft)]


def _forecasts(snapshot: Snapshot, scenario: Scenario, seed: int) -> Iterator[str]:
    """The extreme beside nothing happening, from a plant that is well."""
    baseline = scenario.model_copy(update={"name": "nothing", "changes": ()})
    try:
        (found,) = compare(snapshot, baseline, [scenario], seed, _REPLICATIONS)
    except _BREAKS as why:
        yield f"{type(why).__name__}: {why}"
        return
    yield from wrong_forecast(snapshot.plant, found.candidate)


def _goes_on(snapshot: Snapshot, scenario: Scenario, seed: int) -> Iterator[str]:
    """The line as it is some minutes after it was struck."""
    as_it_is = Scenario(name="as it is", line=scenario.line, horizon_s=scenario.horizon_s)
    try:
        found = forecast(snapshot, as_it_is, seed, _REPLICATIONS)
    except _BREAKS as why:
        yield f"{type(why).__name__}: {why}"
        return
    yield from wrong_forecast(snapshot.plant, found)
