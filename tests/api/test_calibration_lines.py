"""A calibration of the process in the terminal."""

import io

import pytest
from rich.console import Console

from api.calibration_lines import report_lines, used_lines
from tests.twin_core.simulation.processes.lived_mill import lived_mill
from tests.twin_core.simulation.sawmill import sawmill
from twin_core.simulation.processes.process_calibration import process_calibration


def drawn(lines):
    written = io.StringIO()
    screen = Console(file=written, width=200)
    for line in lines:
        screen.print(line, markup=False)
    return written.getvalue()


def body(hours, **given):
    found = process_calibration(sawmill(), lived_mill(hours, **given), None, seed=1)
    return {
        "report": found.model_dump(mode="json"), "promotable": not found.objection,
        "why_not": found.objection, "timezone": "Europe/Stockholm",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (30, ("settle blade_heat_target", "the plant file scores", "% of the reading", "better",
              "opstwin calibrate holm --propose pr-")),
        (3, ("more were looked for", "Not held against the plant file", "It is not proposed")),
    ],
)  # fmt: skip
def test_a_process_report_says_what_was_seen_and_what_may_be_done(hours, said):
    """Numbers beside the file's, the contest, and the next command or why there is none."""
    text = drawn(report_lines(body(hours, quiet=hours < 10)))
    assert [part for part in said if part not in text] == []


def test_a_site_without_learnt_numbers_stands_beside_its_lines():
    """What is used is told of lines and process alike."""
    used = {"lines": [{"line": "holm", "version": ""}], "learnt": [], "timezone": "UTC"}
    assert "holm: the plant file's parameters" in drawn(used_lines(used))
