"""What people are told is kept, the newest, and logged as loud as it is."""

import pytest
from structlog.testing import capture_logs

from api.notices import Notices
from tests.fakes import FakeClock
from twin_core.governance.events import Notify


@pytest.mark.catches("a page that a quiet log leaves out")
def test_a_page_is_logged_as_loud_as_it_is():
    """Whoever logs warnings only still reads alarms and pages."""
    notices = Notices(FakeClock())
    with capture_logs() as logged:
        for level in ("info", "alarm", "page", "highest"):
            notices.tell("p-1", Notify(level, "look"))
    assert [entry["log_level"] for entry in logged] == ["info", "warning", "error", "critical"]
    assert [entry["urgency"] for entry in logged] == [n.level for n in notices]


def test_the_newest_are_kept():
    """Memory is bounded: the oldest notices go first."""
    notices = Notices(FakeClock())
    for i in range(300):
        notices.tell("p-1", Notify("info", str(i)))
    assert (len(notices), notices[-1].text) == (200, "299")
