"""Questions about what lies ahead: what fails, when a job costs least, what could run better."""

import pytest

from agents.offline.plan import calls
from agents.offline.reading import read_conversation
from tests.tools.scenery import riverside
from twin_core.plant.names import Names

TOOLS = frozenset({
    "likely_to_fail", "maintenance_window", "could_run_better", "failure_risk", "remaining_life",
    "work_orders", "propose", "find_cause", "search_documents", "find_remedies",
})  # fmt: skip
NAMES = Names(riverside())


def asked(*questions):
    (reading,) = read_conversation(questions, NAMES)
    (call,) = calls(reading, {}, TOOLS)
    return call.tool, call.arguments


@pytest.mark.parametrize(
    ("question", "tool", "arguments"),
    [
        ("What is likely to fail in the next shift?", "likely_to_fail",
         {"asset": "", "horizon": "next shift"}),
        ("What is likely to fail on line 4 in the next 8 h?", "likely_to_fail",
         {"asset": "Line 4", "horizon": "8 h"}),
        ("Is anything on line 3 about to fail?", "likely_to_fail", {"asset": "Line 3"}),
        ("How healthy is filler 4?", "likely_to_fail", {"asset": "Filler 4"}),
        ("How likely does filler 4 fail in the next 8 hours?", "failure_risk",
         {"asset": "Filler 4", "horizon": "8 hours"}),
        ("When should we service filler 4?", "maintenance_window", {"asset": "Filler 4"}),
        ("When is the best time to fix capper 4 for 20 min in the next 12 h?",
         "maintenance_window", {"asset": "Capper 4", "duration": "20 min", "horizon": "12 h"}),
        ("Which maintenance window costs least for packer 3 tonight?", "maintenance_window",
         {"asset": "Packer 3", "horizon": "tonight"}),
        ("Propose a maintenance window for packer 3", "propose",
         {"asset": "Packer 3", "window": "usual"}),
        ("What could run better on line 2?", "could_run_better", {"asset": "Line 2"}),
        ("What could run better?", "could_run_better", {"asset": ""}),
        ("When was filler 4 last serviced?", "work_orders", {"asset": "Filler 4"}),
        ("Why did the rate improve on line 4?", "find_cause", {"asset": "Line 4", "span": ""}),
    ],
)  # fmt: skip
def test_what_is_asked_is_asked_of_its_tool(question, tool, arguments):
    """With what was said and nothing else."""
    assert asked(question) == (tool, arguments)


def test_a_window_that_was_told_may_be_handed_in():
    """The same window: asset, length and time ahead are those of the question before."""
    tool, arguments = asked("When can we repair filler 4 for 30 minutes?", "Propose it.")
    assert tool == "propose"
    assert arguments == {"asset": "Filler 4", "window": "30 minutes"}
