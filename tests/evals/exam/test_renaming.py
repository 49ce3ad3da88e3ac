"""The same plant under names that say nothing."""

import re

from evals.exam.renaming import renamed
from tests.evals.emulator.riverside import plant
from tests.evals.exam.answers import answered, cause, fault


def test_every_asset_and_point_has_another_name_and_nothing_else_changes():
    """Order, links, numbers; what names a point in class, recipe and link names the new one."""
    told = renamed(plant()).plant
    assert len(told.points) == len(plant().points)
    old = {step for p in plant().points for step in p.id.split("/")}
    assert not old & {step for p in told.points for step in p.id.split("/")}
    for ours, theirs in zip(told.points, plant().points, strict=True):
        assert ours.source == theirs.source
        assert ours.address == theirs.address
        assert ours.spec.limits == theirs.spec.limits
        assert ours.spec.role == theirs.spec.role
    assert told.redundant == plant().redundant
    ids = {p.spec.id for p in told.points} | {s.id for k in told.classes.values() for s in k.points}
    for kind in told.classes.values():
        points = [s.point for m in kind.failure_modes for s in m.symptoms]
        points += [m.instrument for m in kind.failure_modes if m.instrument]
        points += [e.by for e in kind.effects]
        plain = [p for p in points if not p.startswith("supply:") and p != "supplied"]
        assert set(plain) <= ids
    for link in told.links:
        assert {link.source, link.target} <= set(told.units)
    recipe = next(iter(told.products[0].recipe.values()))
    assert set(recipe) <= ids
    assert set(told.products[0].rates) <= {x.id for x in told.lines}


def test_no_name_of_an_asset_is_left_in_what_is_told_of_assets():
    """Names and other names are gone with the ids."""
    told = renamed(plant()).plant
    for unit in told.units.values():
        assert re.fullmatch(r"u\d+", unit.name)
        assert unit.names == ()


def test_an_answer_comes_back_in_the_names_of_the_plant():
    """The mark is given where the fault was put in."""
    telling = renamed(plant())
    real = next(iter(plant().units))
    said = answered([fault()], [cause(asset=telling.path(real))]).diagnosis
    assert telling.real(said).causes[0].asset == real
