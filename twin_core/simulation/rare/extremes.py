"""Rare things that could happen to a plant, as scenarios: black swans from its own plant file.

Which assets fail, and how, comes from the classes' failure modes; what fails together, from the
links: producers of one medium, what hangs on one header, stores of one supplier, machines that
make the same. It must never invent what the plant file does not know, nor run a scenario.
"""

from collections.abc import Sequence
from math import prod

import numpy as np

from twin_core.errors import ImpossibleScenario, TooLarge
from twin_core.plant.assets import Line, Plant
from twin_core.plant.classes import FailureMode
from twin_core.simulation.possible import check
from twin_core.simulation.rare.failing import failing
from twin_core.simulation.rare.striking import WORST, Family, Striking, Struck
from twin_core.simulation.scenario import Change, Outage, Scenario
from twin_core.value import Path, Slug, Value

FAILURES_A_YEAR = 4.0
"""Of one asset, by any of its modes: a plant file gives only how the modes share them."""
BETA = 0.05
"""Share of an asset's failures that take its fellows with them (beta factor)."""

_YEAR_S = 365.25 * 86400.0
_MOST = 10_000
_PATIENCE = 500
"""Draws in a row that bring nothing new, after which there is taken to be nothing."""
_HORIZONS_S = (900.0, 1800.0, 3600.0)


class Part(Value):
    """An asset and the failure mode of its class that strikes it."""

    asset: Path
    mode: Slug


class Extreme(Value):
    """A rare scenario, what it is derived from, and how rare it roughly is.

    Attributes:
        story: one sentence.
        parts: what fails, and how.
        tripped: assets that stand because what they hang on failed.
        per_year: rough expectation of how often it happens: an order of magnitude.
    """

    scenario: Scenario
    family: Family
    story: str
    parts: tuple[Part, ...]
    tripped: tuple[Path, ...] = ()
    per_year: float


def extremes(
    plant: Plant, n: int, seed: int, *, failures_a_year: float = FAILURES_A_YEAR
) -> tuple[Extreme, ...]:
    """Distinct possible rare scenarios, the likeliest first.

    No two have the same assets failing and tripping by the same modes; each is about a line that
    it strikes most, or reaches.

    How rare: failures of an asset are shared among its modes by their priors. Independent ones
    overlap as often as Billinton and Allan, *Reliability Evaluation of Engineering Systems*, 2nd
    ed., 8.5 (frequency of overlapping outages); a common cause strikes with the beta factor of
    Fleming (1975; IEC 61508-6, annex D). Of either only the worst fifth is counted.

    Args:
        plant: its classes, links and lines.
        n: how many, 1 or more.
        seed: of every choice.
        failures_a_year: of one asset, above 0.

    Raises:
        ImpossibleScenario: fewer than `n` could be found, or an argument out of its range.
    """
    if n < 1 or not 0 < failures_a_year < float("inf"):
        raise ImpossibleScenario(
            f"{n} extremes of assets that fail {failures_a_year:g} times a year",
            "1 or more, of assets that fail more than 0 times",
        )
    if n > _MOST:
        raise TooLarge(f"{n} extremes", f"{_MOST}")
    random = np.random.Generator(np.random.PCG64(seed))
    striking = Striking(plant, random)
    found: dict[frozenset[tuple[str, str]], Extreme] = {}
    names: set[str] = set()
    turn, idle = 0, 0
    while len(found) < n and idle < _PATIENCE:
        struck = striking.draw(turn)
        turn, idle = turn + 1, idle + 1
        if struck is None:
            continue
        strikes = [(asset, mode.id) for asset, mode in struck.parts]
        key = frozenset([*strikes, *((asset, "") for asset in struck.tripped)])
        name = _name(plant, struck)
        if key not in found and name not in names:
            found[key] = _extreme(plant, striking, random, struck, name, failures_a_year)
            names.add(name)
            idle = 0
    if len(found) < n:
        raise ImpossibleScenario(
            f"{n} distinct extremes of {plant.name}", f"about {len(found)} by its failure modes"
        )
    return tuple(sorted(found.values(), key=lambda e: (-e.per_year, e.scenario.name)))


def _extreme(
    plant: Plant,
    striking: Striking,
    random: np.random.Generator,
    struck: Struck,
    name: str,
    failures_a_year: float,
) -> Extreme:
    """The scenario of it."""
    assets = (*(asset for asset, _ in struck.parts), *struck.tripped)
    line = _feels(plant, striking, random, assets)
    horizon_s = _HORIZONS_S[int(random.integers(len(_HORIZONS_S)))]
    after_s = 60.0 * int(random.integers(int(horizon_s / 3 / 60)))
    changes: list[Change] = []
    longest_s = 60.0
    for asset, mode in struck.parts:
        severity = 1.0 - WORST * float(random.random())
        # those that fail by chance do not begin in the same minute
        late_s = 0.0 if struck.common else 60.0 * int(random.integers(5))
        long_s = 60.0 * round(_repair_s(mode) * float(random.uniform(1, 6)) / 60.0 + 1)
        longest_s = max(longest_s, long_s)
        changes += failing(plant, line.id, asset, mode, severity, late_s, long_s)
    changes += [Outage(asset=asset, duration_s=longest_s) for asset in struck.tripped]
    scenario = Scenario(
        name=name, line=line.id, horizon_s=horizon_s, after_s=after_s,
        changes=tuple(changes),
    )  # fmt: skip
    check(plant, scenario)
    return Extreme(
        scenario=scenario,
        family=struck.family,
        story=_story(plant, struck, line, after_s),
        parts=tuple(Part(asset=asset, mode=mode.id) for asset, mode in struck.parts),
        tripped=struck.tripped,
        per_year=_per_year(plant, struck, failures_a_year),
    )


def _feels(
    plant: Plant, striking: Striking, random: np.random.Generator, assets: Sequence[str]
) -> Line:
    """The line that most of what fails belongs to, else one that it reaches."""
    own = {x.id: sum(plant.line(a).id == x.id for a in assets) for x in striking.lines}
    most = max(own.values())
    reached = [x for x in striking.lines if not striking.reached_by[x.id].keys().isdisjoint(assets)]
    felt = [x for x in reached if own[x.id] == most]
    return felt[int(random.integers(len(felt)))]


def _name(plant: Plant, struck: Struck) -> str:
    """Such as “No air: Compressor 1 and Compressor 2 (compressor tripped)”."""
    modes = {mode.name for _, mode in struck.parts}
    names = [plant.unit(asset).name for asset, _ in struck.parts]
    if len(modes) == 1:
        said = f"{_listed(names)} ({modes.pop()})"
    else:
        said = _listed([f"{n} ({m.name})" for n, (_, m) in zip(names, struck.parts, strict=True)])
    if struck.tripped:
        said += f" takes {_listed([plant.unit(a).name for a in struck.tripped])} with it"
    return f"{struck.called[:1].upper()}{struck.called[1:]}: {said}"


def _story(plant: Plant, struck: Struck, line: Line, after_s: float) -> str:
    fails = [f"{plant.unit(a).name} has “{m.name}” from {m.cause}" for a, m in struck.parts]
    why = "by one cause" if struck.common else "by chance at the same time"
    if len(fails) == 1:
        why = "and nothing takes its place"
    if struck.tripped:
        names = [plant.unit(a).name for a in struck.tripped]
        why = f"and {_listed(names)} trip with it"
    return f"In {after_s / 60:g} min {_listed(fails)}, {why}; {line.name} is asked for its rate."


def _per_year(plant: Plant, struck: Struck, failures_a_year: float) -> float:
    rates = [_rate(plant, asset, mode) * failures_a_year * WORST for asset, mode in struck.parts]
    if struck.common:
        # what takes its fellows with it is a share of what strikes the one that fails least
        return float(f"{BETA * min(rates):.2g}")
    repairs = [_repair_s(mode) / _YEAR_S for _, mode in struck.parts]
    overlapping = prod(rate * r for rate, r in zip(rates, repairs, strict=True))
    return float(f"{overlapping * sum(1.0 / r for r in repairs):.2g}")


def _rate(plant: Plant, asset: str, mode: FailureMode) -> float:
    """Its share of the asset's failures."""
    modes = plant.class_of(asset).failure_modes
    return mode.prior / sum(m.prior for m in modes)


def _repair_s(mode: FailureMode) -> float:
    """The shortest job that cures it; the longest of any where none does; a minute at least."""
    cures = [r.duration_s for r in mode.remedies if r.cures and r.kind == "work_order"]
    jobs = [r.duration_s for r in mode.remedies]
    return max(60.0, min(cures) if cures else max(jobs))


def _listed(said: Sequence[str]) -> str:
    """A, B and C."""
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)
