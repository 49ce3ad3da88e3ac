"""Actions: every kind has one canonical form; what an approval binds to must never change."""

from typing import get_args

import pytest
from pydantic import TypeAdapter

from tests.twin_core.governance.scene import CAPPER, FILLER, LINE, NOW, SPEED, job, step
from twin_core.canonical import digest
from twin_core.governance import action
from twin_core.governance.action import (
    ConfirmCause,
    Inspection,
    ModelPromotion,
    Release,
    ScheduleChange,
    StockMove,
    WritePlan,
    confirmed_as,
)
from twin_core.governance.request import Kind

GOLDEN = {
    WritePlan(steps=(step(),)): "3e4d83459f05c7bb",
    job(failure_mode="worn_valve"): "d67ad5dd6f50c13a",
    Inspection(asset=FILLER, task="look"): "96150a5c46333b2e",
    ScheduleChange(
        line=LINE, orders=("o-2", "o-1"), stop_at=NOW, stop_s=600.0, reason="r"
    ): "c887254447d27cb5",
    StockMove(
        item="water", source=FILLER, target=CAPPER, quantity=40, unit="{bottle}"
    ): "f4863fff2ddb3f85",
    ModelPromotion(asset=LINE, model="parameters", version="v2", replaces="v1"): "96a04454de819d99",
    Release(point=SPEED, since=NOW): "8fbeca13db826ad7",
    ConfirmCause(
        incident="in-00000001", asset=FILLER, failure_mode="worn_valve"
    ): "7912fe8709722d01",
}
"""Each kind with the first digits of its digest."""


@pytest.mark.catches("a field's form is changed, and approvals bind to other bytes")
@pytest.mark.parametrize(("given", "first"), GOLDEN.items(), ids=lambda v: getattr(v, "kind", ""))
def test_the_form_of_each_kind_of_action_stands(given, first):
    """The digest of each kind is what it was; read back from JSON it is the same."""
    assert digest(given).startswith(first)
    read = TypeAdapter(action.Action).validate_python(given.model_dump(mode="json"))
    assert read == given


def test_every_kind_of_the_union_has_its_vector_and_policy_knows_it():
    """The union is closed: nothing is in it that no vector holds and no rule can name."""
    kinds = {member.model_fields["kind"].default for member in get_args(get_args(action.Action)[0])}
    assert {given.kind for given in GOLDEN} == kinds
    assert kinds < set(get_args(Kind))


def test_a_confirmed_cause_is_one_word():
    """Asset and mode, the asset alone, or nothing: no two causes share a word."""
    words = [confirmed_as(*one) for one in ((FILLER, "worn"), (FILLER, None), (None, None))]
    assert words == [f"{FILLER}:worn", FILLER, ""]
