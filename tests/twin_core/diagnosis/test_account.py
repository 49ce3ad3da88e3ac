"""In which order causes are told, and how likely each is called."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from twin_core.diagnosis.account import LISTED, _listed
from twin_core.diagnosis.matching import Match
from twin_core.diagnosis.ranking import Suspect
from twin_core.diagnosis.reach import Reach
from twin_core.diagnosis.sign import Sign
from twin_core.plant.classes import FailureMode

NOTHING = Reach({}, frozenset(), frozenset())
SIGN = Sign(
    point="pump/pace", shows="low", strength=0.9, usual=2.0, now=1.0, unit="1", onset=0, onset_s=1.0
)


def suspect(asset, mode, probability):
    told = FailureMode.model_validate(
        {
            "id": mode, "name": mode, "mode": "UST", "mechanism": "m", "cause": "c",
            "detection": "d", "symptoms": [{"point": "pace", "shows": "low"}],
            "acts": [{"on": "speed", "size": {"low": 0.2, "high": 0.9}}],
            "remedies": [{"kind": "inspection", "task": "Look."}],
        }
    )  # fmt: skip
    return Suspect(Match(asset, told, 0.0, (), (), (), 0.0, NOTHING), None, 0.0, probability)


def told(*rounds):
    return [
        (x.suspect.match.asset, round(x.probability, 3), x.beside)
        for x in _listed(rounds, named=False)
    ]


def test_a_second_cause_is_as_likely_as_it_is_where_the_first_is_in_any_of_its_modes():
    """Three modes that cannot be told apart leave no doubt where it sits."""
    first = [suspect("pump", mode, 0.3) for mode in ("worn", "leaking", "plugged")]
    found = told(first, [suspect("saw", "blunt", 0.8)])
    assert found[:2] == [("pump", 0.3, False), ("saw", 0.72, True)]


def test_what_is_left_over_does_not_come_before_what_left_it():
    """The first explanation stays first, however sure the second is."""
    found = told([suspect("pump", "worn", 0.4)], [suspect("saw", "blunt", 1.0)])
    assert [asset for asset, *_ in found] == ["pump", "saw"]


def test_a_second_cause_that_is_hardly_likely_is_not_told():
    """Nor is more told than can be read."""
    first = [suspect("pump", f"mode_{k}", 0.15) for k in range(6)]
    found = told(first, [suspect("saw", "blunt", 0.2)])
    assert len(found) == LISTED
    assert all(not beside for *_, beside in found)
    assert told([]) == []


def test_where_a_second_cause_is_likely_its_rivals_are_told_as_well():
    """The second best of what is left comes before a first cause's hardly likely rival."""
    first = [suspect("pump", "tripped", 0.95), suspect("pump", "leaking", 0.02)]
    found = told(first, [suspect("saw", "dull", 0.7), suspect("saw", "blunt", 0.2)])
    assert [(asset, beside) for asset, _, beside in found] == [
        ("pump", False), ("saw", True), ("saw", True), ("pump", False),
    ]  # fmt: skip


def named(*rounds):
    found = _listed(rounds, named=True)
    return [x.suspect.match.mode.id for x in found if x.suspect.match.mode is not None]


def test_what_the_first_may_be_instead_comes_before_two_unlikely_others():
    """Where a second cause is likely, what that may be instead comes first."""
    first = [suspect("pump", "worn", 0.7), suspect("pump", "leaking", 0.1)]
    others = [suspect("saw", "blunt", 0.2), suspect("saw", "dull", 0.15)]
    assert named([*first, *others]) == ["worn", "blunt", "leaking", "dull"]
    likely = [suspect("saw", "blunt", 0.6), suspect("saw", "dull", 0.15)]
    assert named(first, likely) == ["worn", "blunt", "dull", "leaking"]


def test_a_second_cause_too_unlikely_to_be_named_is_told_as_hardly_likely():
    """It hardly ever was one; a likely one is stated as it weighs."""
    seen = [(SIGN, 1.0)]
    pump = suspect("pump", "worn", 0.7)
    pump = replace(pump, match=replace(pump.match, seen=tuple(seen)))
    weak = _listed([[pump, suspect("saw", "blunt", 0.15)]], named=True)
    strong = _listed([[pump, suspect("saw", "blunt", 0.6)]], named=True)
    assert weak[1].probability < 0.05
    assert strong[1].probability == 0.6


@given(st.lists(st.floats(0.0, 1.0), max_size=8), st.floats(0.05, 0.95))
def test_no_second_cause_is_told_as_impossible(weights, first):
    """What comes to less than one in a hundred is left out, wherever it would stand."""
    pump = suspect("pump", "worn", first)
    pump = replace(pump, match=replace(pump.match, seen=((SIGN, 1.0),)))
    others = [suspect("saw", f"mode_{k}", p) for k, p in enumerate(weights)]
    found = _listed([[pump, *others]], named=True)
    assert all(x.probability >= 0.01 for x in found if x.beside)
