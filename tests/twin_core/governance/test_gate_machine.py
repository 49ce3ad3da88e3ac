"""Whatever people, clock, plant and crashes do: no write without a valid approval, never twice."""

import pytest

from evals.bench.governance_machine import Machine
from evals.bench.governance_machines import LEAST, run


@pytest.mark.slow
def test_no_write_without_a_valid_approval():
    """Judged by a book of its own, beside the gate's, on a few dozen machines."""
    Machine.ran.clear()
    Machine.writes = 0
    assert run(60, 5) == ""
    assert sum(steps >= LEAST for steps in Machine.ran) >= 50
    assert Machine.writes > 20
