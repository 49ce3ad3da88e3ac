"""A proposal as a card: what would be changed is in our own words."""

import pytest

from api.card import card, changes, coarse, sizes, touched
from tests.api.house import House
from tests.twin_core.governance.scene import NOW, PEOPLE, PLANT, draft
from twin_core.governance.action import (
    ConfirmCause,
    Inspection,
    ModelPromotion,
    Release,
    ScheduleChange,
    StockMove,
    WorkOrder,
)

FILLER = "site/area/line/filler"


async def _card(house, name):
    now = await house.ledger.now()
    disabled = house.actuation.disabled(name)
    return card(await house.case(name), PLANT, house.clock, now, disabled, lambda u: PEOPLE[u].name)


async def test_a_card_says_all_that_who_decides_must_know():
    """Old and new with unit, effect with interval, risk, rule, signatures, time left, age."""
    house = await House().open()
    name = await house.propose()
    house.clock.turn(61)
    found = await _card(house, name)
    assert found.changes == ("Speed_setpoint of filler on line: 400 → 480 bottles/min",)
    assert found.asset == "Filler on line"
    assert found.effect == "+80 bottles/min (90 % interval +70 to +90) on line"
    assert (found.risk, found.major, found.of, found.needed) == ("standard change", False, 0, 1)
    assert "operators-propose" in found.rule
    assert found.needs == "1 supervisor, not the requester"
    assert (found.left_s, coarse(found.left_s)) == (839.0, "13 min")
    assert found.age_s == 61.0
    assert found.by == PEOPLE["olga"].name
    (size,) = found.sizes
    assert (size.value, size.low, size.high) == (480.0, 200.0, 700.0)


async def test_a_decided_card_says_who_decided_and_what_came_of_it():
    """And that nothing waits any more."""
    house = await House().open()
    found = await _card(house, await house.approved())
    assert not found.open
    assert found.tone == "good"
    assert "approved at" in found.signed[0]
    assert (found.left_s, found.sizes, found.needs) == (0.0, (), "")


async def test_strangers_words_do_not_reach_core_fields():
    """A title that says another change changes nothing of what the card says would be done."""
    house = await House().open()
    bad = draft().model_copy(update={"title": "Speed_setpoint: 400 → 405", "reason": "small"})
    found = await _card(house, await house.propose(bad))
    ours = " ".join((*found.changes, found.asset, found.effect, found.risk, found.needs))
    assert "405" not in ours
    assert found.title == "Speed_setpoint: 400 → 405"


@pytest.mark.parametrize(
    ("action", "told"),
    [
        (WorkOrder(asset=FILLER, task="<!channel> now", failure_mode="worn_seal", priority="high"),
         "Work order for filler on line against worn seal, priority high"),
        (Inspection(asset=FILLER, task="x"), "Inspection of filler on line"),
        (ScheduleChange(line="site/area/line", orders=("po-2", "po-1")),
         "Line: orders po-2 → po-1"),
        (ScheduleChange(line="site/area/line", stop_at=NOW, stop_s=600.0),
         "Line: planned stop at 2023-11-14 22:13 UTC, 10 min"),
        (StockMove(item="cap", source="store/a", target=FILLER, quantity=20, unit="{crate}"),
         "Move 20 crates of cap from store/a to filler on line"),
        (ModelPromotion(asset="site/area/line", model="speed", version="v2", replaces="v1"),
         "Use speed model v2 for line in place of v1"),
        (Release(point=f"{FILLER}/speed_setpoint", since=NOW),
         "Believe speed_setpoint of filler on line again"),
        (ConfirmCause(incident="in-1", asset=FILLER, failure_mode="worn_seal"),
         "Confirm as the cause of in-1: filler on line: worn seal"),
    ],
)  # fmt: skip
def test_every_action_is_worded_from_itself(action, told):
    """A task or reason, which anybody may have written, is no part of it."""
    assert changes(action, PLANT) == (told,)
    assert touched(action, PLANT)
    assert sizes(action, PLANT) == ()
