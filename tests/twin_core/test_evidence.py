"""Evidence is known by its content, and a finding rests on some."""

import pytest
from pydantic import ValidationError

from twin_core.evidence import Evidence, Finding

SEEN = {
    "kind": "reading",
    "subject": "northmill/house/gas/main/pressure",
    "statement": "Gas pressure is 148 mbar.",
    "data": {"value": 148.0},
    "time": 1_750_000_000_000_000,
}


def test_the_same_observation_has_the_same_id_everywhere():
    first, second = Evidence(**SEEN), Evidence(**SEEN)
    assert first.id == second.id
    assert first.id.startswith("ev-")
    assert len(first.id) == 15


@pytest.mark.parametrize(
    "change",
    [{"statement": "Gas pressure is 149 mbar."}, {"data": {"value": 149.0}}, {"time": 1},
     {"quality": "simulated"}, {"origin": "Ada Byrne"}],
)  # fmt: skip
def test_another_observation_has_another_id(change):
    assert Evidence(**(SEEN | change)).id != Evidence(**SEEN).id


def test_a_finding_without_evidence_cannot_be_made():
    with pytest.raises(ValidationError):
        Finding(text="The pressure is low.", evidence=())
