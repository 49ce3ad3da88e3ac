"""Local rules as they are written, and what they hand in when they are due."""

import pytest

from tests.twin_core.governance.scene import FILLER, NOW, PLANT, PRESSURE, SPEED, TORQUE, Belief
from tests.twin_core.governance.test_local_watch import rule
from twin_core.errors import BadInput, NotWritable, OutOfRange, UnknownName, WrongKind
from twin_core.governance.action import WritePlan
from twin_core.governance.admission import admit
from twin_core.governance.grounds import broken, seen
from twin_core.governance.local_draft import STANDS, drafted
from twin_core.governance.local_rule import fitting, parse
from twin_core.governance.local_watch import Due

TEXT = f"""
schema = 1

[[rule]]
id = "low-air"
reason = "the compressor must keep its pressure"
cooldown_s = 60
most = 3
window_s = 3600
days = 30

[[rule.condition]]
point = "{PRESSURE}"
below = 1.5
unit = "bar"
for_ms = 200

[[rule.write]]
point = "{TORQUE}"
value = 1.0
unit = "N.m"
check = 0.01

[[rule.write]]
point = "{SPEED}"
value = 300
unit = "{{bottle}}/min"
check = 1
"""
SINKS = {"plc", "plc2"}


def test_a_file_says_its_rules_in_order():
    """What is written is what a person is shown, and what the digest stands for."""
    (found,) = parse(TEXT, "local.toml")
    fitting(PLANT, (found,))
    assert str(found) == (
        f"{PRESSURE} below 1.5 bar for 200 ms: {TORQUE} to 1 N.m, then {SPEED} to 300 "
        "{bottle}/min"
    )
    assert found.digest == parse(TEXT + "\n# a remark", "x")[0].digest
    assert found.digest != parse(TEXT.replace("300", "301"), "x")[0].digest


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("schema = 1", "", "allowed: schema = 1"),
        ("[[rule]]", "[[rules]]", "allowed: \\[\\[rule\\]\\]"),
        ("below = 1.5", "", "one of below and above"),
        ("below = 1.5", "below = 1.5\nabove = 3", "one of below and above"),
        ("below = 1.5", "below = nan", "rule.1.condition.0.below"),
        ("most = 3", "most = 3\nforever = true", "rule.1.forever"),
        ("cooldown_s = 60", "cooldown_s = 0", "rule.1.cooldown_s"),
        (f'point = "{TORQUE}"', f'point = "{SPEED}"', "written once"),
        ("days = 30", "days =", "not TOML"),
        ("schema = 1", TEXT, "low-air before it"),
    ],
)
def test_a_file_that_cannot_be_is_refused_with_its_place(old, new, says):
    """Each with the place and what is allowed."""
    text = TEXT + TEXT.replace("schema = 1", "") if new is TEXT else TEXT.replace(old, new, 1)
    with pytest.raises(BadInput, match=says):
        parse(text, "local.toml")


@pytest.mark.catches("a local rule for a point that belongs to the controller alone")
@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (SPEED, f"{FILLER}/trip", NotWritable),
        (SPEED, f"{FILLER}/speed", NotWritable),
        (SPEED, f"{FILLER}/absent", UnknownName),
        (PRESSURE, f"{FILLER}/absent", UnknownName),
        ('"bar"', '"kPa"', WrongKind),
        ('"N.m"', '"J"', WrongKind),
        ("value = 300", "value = 199", OutOfRange),
        (f'{SPEED}"\nvalue = 300', f'{FILLER}/recipe"\nvalue = 3.5', WrongKind),
    ],
)
def test_a_rule_that_the_plant_cannot_carry_out_is_refused(old, new, error):
    """Unknown points, other units, values outside the range, and whatever is safety-critical."""
    text = TEXT.replace(old, new)
    if "recipe" in new:
        text = text.replace('unit = "{bottle}/min"', 'unit = "1"')
    with pytest.raises(error):
        fitting(PLANT, parse(text, "local.toml"))


def test_what_is_handed_in_can_be_carried_out_and_rests_on_what_was_seen():
    """Its writes in their order, from where the points stand; grounds break as the cause does."""
    (found,) = parse(TEXT, "x")
    belief = Belief()
    belief.values[PRESSURE] = 1.2
    draft = drafted(belief(), Due(found, NOW, ((0, 1.2, NOW),)))
    assert not isinstance(draft, str)
    admit(PLANT, SINKS, draft, NOW)
    assert isinstance(draft.action, WritePlan)
    assert [(s.point, s.old, s.value) for s in draft.action.steps] == [
        (TORQUE, 2.0, 1.0),
        (SPEED, 400.0, 300.0),
    ]
    points = [PRESSURE, TORQUE, SPEED]
    assert broken(draft.basis, seen(belief(), points, NOW)) == ""
    belief.values[PRESSURE] = 1.6
    assert "stands for" in broken(draft.basis, seen(belief(), points, NOW))


def test_what_stands_already_is_left_out():
    """Of two writes the one that is needed; none needed, nothing is handed in."""
    (found,) = parse(TEXT, "x")
    belief = Belief()
    belief.values |= {PRESSURE: 1.2, TORQUE: 1.0}
    draft = drafted(belief(), Due(found, NOW, ((0, 1.2, NOW),)))
    assert not isinstance(draft, str)
    assert [s.point for s in draft.action.steps] == [SPEED]  # type: ignore[union-attr]
    belief.values[SPEED] = 300.0
    assert drafted(belief(), Due(found, NOW, ((0, 1.2, NOW),))) == STANDS


def test_a_lost_point_is_no_ground_and_an_unseen_target_none_to_write_to():
    """What on_loss acts on cannot be grounds; what is to be written must be seen."""
    lost = rule("r", {"point": TORQUE, "below": 1.5, "unit": "N.m", "on_loss": True})
    belief = Belief()
    belief.down = {"plc2"}
    draft = drafted(belief(), Due(lost, NOW, ((0, None, NOW),)))
    assert not isinstance(draft, str)
    assert [p.point for p in draft.basis.points] == [SPEED]
    assert draft.evidence[0].quality == "bad"
    belief.down = {"plc"}
    told = drafted(belief(), Due(lost, NOW, ((0, None, NOW),)))
    assert isinstance(told, str)
    assert "cannot be seen" in told
