"""The exam is about things that exist: every name in it stands in its plant file.

It reads the files itself and never asks the player, so that neither can excuse the other.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
import yaml

from evals.emulator.calendar import windows
from evals.emulator.component import SETPOINTS
from evals.emulator.faults import Catalogue, full_path
from evals.harness.case import (
    EPOCHS,
    Case,
    CaseFile,
    Culprit,
    Expected,
    Fact,
    Family,
    History,
    HistoryFile,
    Wanted,
)
from tests.evals.emulator import highfield, riverside
from twin_core.governance.case import Stage
from twin_core.plant.assets import Plant

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT / "evals" / "cases"
FAMILIES = get_args(Family)
PLANTS = {"riverside": riverside.plant, "pumping_station": highfield.plant}
CATALOGUES = {"riverside": "faults.yaml", "pumping_station": "faults_highfield.yaml"}
MOST_SHIFTED_MIN = 2 * (EPOCHS - 1)
POINT_FACTS = {"now", "mean", "min", "max"}


@cache
def histories() -> dict[str, History]:
    """All of them, by id."""
    tree = yaml.safe_load((CASES / "histories.yaml").read_text())
    return {h.id: h for h in HistoryFile.model_validate(tree).histories}


@cache
def family(name: str) -> tuple[Case, ...]:
    """The cases of one family."""
    file = CaseFile.model_validate(yaml.safe_load((CASES / f"{name}.yaml").read_text()))
    assert file.family == name
    return tuple(Case.model_validate({"family": name, **case}) for case in file.cases)


def cases() -> list[Case]:
    """All of them."""
    return [case for name in FAMILIES for case in family(name)]


@cache
def catalogue(plant: str) -> Catalogue:
    """The faults of a plant."""
    file = ROOT / "evals" / CATALOGUES[plant]
    return Catalogue.model_validate(yaml.safe_load(file.read_text()))


@cache
def documents() -> frozenset[str]:
    """Ids of the manuals that come with the product."""
    fronts = [f.read_text().split("---")[1] for f in (ROOT / "knowledge" / "corpus").glob("*.md")]
    return frozenset(yaml.safe_load(front)["document"] for front in fronts)


def plant_of(case: Case) -> Plant:
    """The plant that the case is played on."""
    return PLANTS[histories()[case.history].plant]()


def is_asset(plant: Plant, path: str) -> bool:
    """Whether it is a line or a unit of the plant."""
    full = full_path(path, plant.site)
    return full in plant.units or full in {line.id for line in plant.lines}


def assets_of(expected: Expected) -> Iterator[str]:
    """Every asset that an expectation names, but for those of proposals."""
    yield from expected.names
    yield from expected.names_any
    yield from expected.avoids
    yield from expected.path
    for culprit in culprits(expected):
        yield culprit.at


def culprits(expected: Expected) -> tuple[Culprit, ...]:
    """The cause and the causes."""
    one = (expected.cause,) if expected.cause is not None else ()
    return (*one, *expected.causes)


def test_histories_fill_four_epochs_of_ten() -> None:
    """At most ten histories, each of which some case is asked about."""
    assert len(histories()) <= 10
    assert {case.history for case in cases()} == set(histories())


@pytest.mark.parametrize("history", histories().values(), ids=lambda h: h.id)
def test_what_happens_in_a_history_can_happen(history: History) -> None:
    """Faults, sources and assets of its events exist, and come early enough in every epoch."""
    plant = PLANTS[history.plant]()
    for event in history.events:
        assert event.at_min + MOST_SHIFTED_MIN < history.minutes
        if event.case is not None:
            assert catalogue(history.plant).case(event.case)
        if event.silence is not None:
            assert event.silence in {s.id for s in plant.sources}
        for asset in event.order:
            assert full_path(asset, plant.site) in plant.units


@pytest.mark.parametrize("history", histories().values(), ids=lambda h: h.id)
def test_no_planned_stop_spoils_a_history(history: History) -> None:
    """No line has a planned stop while it lasts."""
    plant = PLANTS[history.plant]()
    local = datetime.fromisoformat(f"2026-01-05T{history.start}:00")
    start = int(local.replace(tzinfo=ZoneInfo(plant.timezone)).timestamp())
    end = start + round(history.minutes * 60)
    assert not [w for line in plant.lines for w in windows(plant, line.id, start, end)]


def test_the_exam_is_large_enough() -> None:
    """Every family has five cases at least; ten are for the wire, and both plants are asked."""
    found = cases()
    assert len(found) >= 120
    assert min(len(family(name)) for name in FAMILIES) >= 5
    assert sum(case.wired for case in found) >= 10
    assert sum(histories()[c.history].plant == "pumping_station" for c in found) >= 35
    assert {t.expect.language for c in found for t in c.turns} == {"en", "de", "es", "fr"}


def test_an_id_is_one_case() -> None:
    """No id stands twice, in whichever files."""
    assert [i for i, n in Counter(case.id for case in cases()).items() if n > 1] == []


def test_only_simple_cases_go_over_the_wire() -> None:
    """A wired case is a state, a cause, a proposal or an approval."""
    wired = {case.family for case in cases() if case.wired}
    assert wired <= {"state", "cause", "propose", "approval"}
    for case in cases():
        if case.wired:  # what would be, and what was before the first turn, is not known there
            assert not any(fact.when for turn in case.turns for fact in turn.expect.facts)
            assert (case.ends.unchanged, case.ends.pending) == ((), ())


@pytest.mark.parametrize("case", cases(), ids=lambda c: c.id)
def test_a_case_is_about_what_exists(case: Case) -> None:
    """Assets, points, failure modes and documents exist, and wordings differ."""
    plant = plant_of(case)
    points = {p.id for p in plant.points}
    for turn in case.turns:
        assert len({w.strip().lower() for w in turn.says}) == len(turn.says)
        expected = turn.expect
        assert [a for a in assets_of(expected) if not is_asset(plant, a)] == []
        assert set(expected.cites) <= documents()
        for culprit in culprits(expected):
            modes = plant.class_of(full_path(culprit.at, plant.site)).failure_modes
            assert set(culprit.modes) <= {mode.id for mode in modes}
        if expected.proposes is not None:
            check_wanted(plant, expected.proposes)
        for fact in expected.facts:
            check_fact(plant, fact)
    for wanted in case.ends.pending:
        check_wanted(plant, wanted)
    for point in case.ends.unchanged:
        assert sets(plant, point)
    assert {full_path(p, plant.site) for p in case.ends.points} <= points
    assert set(case.ends.state) <= set(get_args(Stage))


def sets(plant: Plant, point: str) -> bool:
    """Whether it is a set-point that a source reads."""
    index = plant.index[full_path(point, plant.site)]
    return index < len(plant.read) and plant.points[index].spec.role in SETPOINTS


def check_wanted(plant: Plant, wanted: Wanted) -> None:
    """Its asset exists, and its point can be written there."""
    assert is_asset(plant, wanted.at)
    if wanted.point:
        written = plant.point(full_path(wanted.point, plant.site))
        assert written.writable
        assert written.unit_id == full_path(wanted.at, plant.site)


def check_fact(plant: Plant, fact: Fact) -> None:
    """It has what its kind needs, room for an honest answer, and the unit of its point."""
    assert fact.within > 0 or fact.within_pct > 0
    assert all(sets(plant, point) for point in fact.when)
    if fact.short:
        assert fact.unit == "%"
    if fact.of == "number":
        assert fact.number is not None
        return
    assert fact.number is None
    if fact.of in POINT_FACTS:
        point = plant.point(full_path(fact.at, plant.site))
        assert fact.unit in {"", point.spec.unit}
    else:
        assert is_asset(plant, fact.at)


@pytest.mark.parametrize("case", cases(), ids=lambda c: c.id)
def test_every_question_can_be_answered_wrongly(case: Case) -> None:
    """Something is expected of every question, and a decision follows a question."""
    asked = False
    for turn in case.turns:
        if turn.says:
            asked = True
            assert turn.expect.model_dump(exclude_defaults=True)
        assert asked


@pytest.mark.parametrize("case", cases(), ids=lambda c: c.id)
def test_who_writes_lives_on(case: Case) -> None:
    """A case in which somebody decides or time passes goes on from its history, live."""
    moves = any(t.does or t.wait_min or t.restart for t in case.turns)
    assert case.live == moves


def test_what_is_right_in_the_end_is_treated() -> None:
    """Where the right end is asked for, some person approves something in the case."""
    for case in cases():
        if case.ends.right_end:
            assert any(t.does == "approve" and not t.refused for t in case.turns)
