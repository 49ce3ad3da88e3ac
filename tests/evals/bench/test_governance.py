"""The bench of governance measures the real policy, store and chain."""

from pathlib import Path

from evals.bench.governance_costs import APPEND, DECISION_US, VERIFY_S, Size, measure


def test_each_figure_has_its_bar_and_a_peer_where_there_is_one():
    """Small, to the end: nothing is left out, and what is counted is told."""
    size = Size(decisions=100, appended=80, chained=2_500)
    rows = {row.name: row for row in measure(Path("plants/riverside.yaml"), size)}
    decision, append, verify = (
        rows[f"governance.{name}"] for name in ("decision", "append", "verify")
    )
    assert (decision.bar, append.bar, verify.bar) == (DECISION_US, APPEND, VERIFY_S)
    assert (decision.n, append.n, verify.n) == (100, 80, 2_500)
    assert decision.peer_value
    assert append.peer_value
    together = rows["governance.append_8"]
    assert (together.bar, together.n) == (APPEND, 80)
    assert together.value
