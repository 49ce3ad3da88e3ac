"""Rare scenarios made from a plant file."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.twin_core.simulation.sawmill import sawmill
from twin_core.errors import ImpossibleScenario, TooLarge
from twin_core.plant.classes import Act, FailureMode, RemedySpec, Symptom
from twin_core.plant.document import load
from twin_core.simulation.possible import check
from twin_core.simulation.rare.extremes import BETA, extremes
from twin_core.simulation.scenario import Outage
from twin_core.value import Range

FOLDER = Path(__file__).parents[4] / "plants"
ON = ("speed", "stops", "stop_s", "rejects", "capacity", "demand", "outage", "offset", "none")


@cache
def riverside():
    text = (FOLDER / "riverside.yaml").read_text()
    return load(text, "riverside.yaml", lambda name: (FOLDER / name).read_text())


@cache
def two_hundred():
    return extremes(riverside(), 200, 1)


def test_two_hundred_of_a_plant_are_possible_and_no_two_the_same():
    """By what fails and how, and by name."""
    found = two_hundred()
    for one in found:
        check(riverside(), one.scenario)
        assert one.scenario.changes
        assert one.per_year > 0
    assert len({frozenset((p.asset, p.mode) for p in e.parts) | {*e.tripped} for e in found}) == 200
    assert len({e.scenario.name for e in found}) == 200


def test_every_family_is_there_and_the_likeliest_come_first():
    """Chance, a medium without producers, a header's failure, a supplier, rework."""
    found = two_hundred()
    assert {e.family for e in found} == {
        "coincidence", "medium lost", "common cause", "supplier gone", "wave of rework",
    }  # fmt: skip
    rates = [e.per_year for e in found]
    assert rates == sorted(rates, reverse=True)


def test_what_fails_is_in_the_plant_file():
    """Each part is a failure mode of its asset's class, each change is of a part or trips."""
    for one in two_hundred():
        for part in one.parts:
            assert riverside().class_of(part.asset).failure_mode(part.mode) is not None
        own = {part.asset for part in one.parts} | {*one.tripped}
        for change in one.scenario.changes:
            assert struck(change) in own


def test_both_compressors_can_be_out():
    """No air at all: every producer of it, none of another medium."""
    lost = [e for e in two_hundred() if e.scenario.name.startswith("No air")]
    assert lost
    for one in lost:
        assert {p.asset for p in one.parts} == {
            f"riverside/utilities/air/compressor_{k}" for k in (1, 2)
        }


def test_what_trips_hangs_on_what_failed():
    """On the header itself, or on the header that the failed producer feeds; it stands."""
    seen = 0
    for one in two_hundred():
        if one.family != "common cause":
            continue
        seen += 1
        root = one.parts[0].asset
        headers = {root} | {k.target for k in riverside().links_from(root, "supplies")}
        for asset in one.tripped:
            assert headers & {k.source for k in riverside().links_into(asset, "supplies")}
            assert any(isinstance(c, Outage) and c.asset == asset for c in one.scenario.changes)
    assert seen > 10


def test_the_line_asked_for_is_one_that_feels_it():
    """A failure on one line alone is no question about another."""
    for one in two_hundred():
        places = {p.asset.rsplit("/", 1)[0] for p in one.parts} | {
            a.rsplit("/", 1)[0] for a in one.tripped
        }
        if all("/packaging/" in place for place in places):
            assert one.scenario.line in places


def test_more_failing_by_chance_at_once_is_rarer():
    """Three together far less often than two, and all by chance less often than by one cause."""
    chance = [e for e in two_hundred() if e.family == "coincidence"]
    two, three = ([e.per_year for e in chance if len(e.parts) == n] for n in (2, 3))
    assert max(three) < max(two)
    cause = [e.per_year for e in two_hundred() if e.family == "common cause"]
    assert max(two) < max(cause) < 4 * BETA


def test_the_same_seed_gives_the_same_scenarios():
    """And another seed others; assets that fail more often make them likelier."""
    few = extremes(riverside(), 12, 3)
    assert extremes(riverside(), 12, 3) == few
    assert extremes(riverside(), 12, 4) != few
    often = extremes(riverside(), 12, 3, failures_a_year=40.0)
    assert {e.scenario for e in often} == {e.scenario for e in few}
    assert sum(e.per_year for e in often) > sum(e.per_year for e in few)


def test_a_plant_file_without_failure_modes_has_none_to_offer():
    """Nothing is invented."""
    with pytest.raises(ImpossibleScenario, match="about 0"):
        extremes(sawmill(), 1, 1)


@pytest.mark.parametrize(
    ("n", "a_year"), [(0, 4.0), (-1, 4.0), (1, 0.0), (1, float("nan")), (1, float("inf"))]
)
def test_what_cannot_be_asked_is_refused(n, a_year):
    """Fewer than one, or assets that never fail or always do."""
    with pytest.raises(ImpossibleScenario, match="1 or more"):
        extremes(riverside(), n, 1, failures_a_year=a_year)


def test_too_many_are_refused():
    """Nobody looks at a million, and a small plant has few."""
    with pytest.raises(TooLarge):
        extremes(riverside(), 10**6, 1)


def struck(change):
    """The asset of a change, or of its point."""
    return change.asset if hasattr(change, "asset") else change.point.rsplit("/", 1)[0]


def any_mode(random, kind, k):
    """A failure mode with acts of any kind and size, fit for the class or not."""
    acts = []
    for _ in range(random.integers(1, 4)):
        on = ON[random.integers(len(ON))]
        sizes = [1.0, 10.0, 1e4][random.integers(3)] * random.uniform(-1, 1, 2)
        points = [p.id for p in kind.points]
        point = points[random.integers(len(points))] if on == "offset" and points else None
        acts.append(Act(on=on, size=Range(low=min(sizes), high=max(sizes)), point=point))
    remedy = RemedySpec(
        kind="work_order", task="Mend it.", duration_s=10 ** random.uniform(-3, 6),
        cures=bool(random.integers(2)),
    )  # fmt: skip
    return FailureMode(
        id=f"m{k}", name=["", "same", "{0}", "%s"][random.integers(4)], mode="LOO", mechanism="",
        cause="", detection="", prior=10 ** random.uniform(-6, 6), acts=tuple(acts),
        remedies=(remedy,), symptoms=(Symptom(point="speed", shows="low"),),
    )  # fmt: skip


def any_plant(seed):
    """The sawmill or the bottling plant, with failure modes at random and links missing."""
    random = np.random.default_rng(seed)
    whole = [riverside(), sawmill()][random.integers(2)]
    classes = {
        name: kind.model_copy(
            update={
                "failure_modes": tuple(any_mode(random, kind, k) for k in range(random.integers(4)))
            }
        )
        for name, kind in whole.classes.items()
    }
    links = tuple(k for k in whole.links if k.kind == "feeds" or random.random() < 0.8)
    return whole.model_copy(update={"classes": classes, "links": links})


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 2**32), st.integers(1, 40))
@example(7962937, 0, 1)
def test_never_an_impossible_one_never_twice_the_same(plant_seed, seed, n):
    """Whatever the plant file says of failures: possible ones, distinct ones, or a sentence."""
    plant = any_plant(plant_seed)
    try:
        found = extremes(plant, n, seed)
    except ImpossibleScenario as why:
        assert "by its failure modes" in str(why)  # noqa: PT017
        return
    assert len(found) == n
    for one in found:
        check(plant, one.scenario)
        moved = {struck(c) for c in one.scenario.changes}
        assert moved == {p.asset for p in one.parts} | {*one.tripped}
        assert one.per_year > 0
    keys = {frozenset([*((p.asset, p.mode) for p in e.parts), *e.tripped]) for e in found}
    assert len(keys) == n
