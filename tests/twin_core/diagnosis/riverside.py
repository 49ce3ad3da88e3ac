"""The packaging plant, and signs on it, for laws that need a plant with several media."""

from functools import cache
from pathlib import Path

from api.plant_file import read_plant
from twin_core.diagnosis.lines import LineLoss
from twin_core.diagnosis.matching import Match
from twin_core.diagnosis.reach import reach
from twin_core.diagnosis.sign import Sign
from twin_core.diagnosis.weighing import Case

START = 1_700_000_000_000_000
LINE = "riverside/packaging/line1"
POWER, AIR, COOLING = (f"riverside/utilities/{x}" for x in ("power", "air", "cooling"))


@cache
def plant():
    return read_plant(Path(__file__).parents[3] / "plants" / "riverside.yaml")


def sign(point, usual, now, shows="low", **more):
    return Sign(
        point=point, shows=shows, strength=more.pop("strength", 0.99), usual=usual, now=now,
        unit="1", onset=START, onset_s=10.0, **more,
    )  # fmt: skip


def case(*signs, losing=True):
    loss = LineLoss(LINE, "{bottle}/min", 150.0, 500.0, START, 0.0, losing=losing)
    found = {(s.point, s.shows): s for s in signs}
    return Case(plant(), plant().line(LINE), loss, found, frozenset(), START)


def mode(asset, name):
    found = plant().class_of(asset).failure_mode(name)
    assert found is not None
    return found


def cause(asset, name):
    """A match of a mode with all that it could reach."""
    able = reach(plant(), asset, mode(asset, name))
    return Match(asset, mode(asset, name), 9.0, (), (), (), 1.0, able)
