"""What keeps coming back, counted with its dates."""

from tests.fakes import FakeWorkRecords
from tests.tools.box import Box
from tests.tools.scenery import FILLER4, LINE4, NOW, Window, riverside
from twin_core.case import Case
from twin_core.errors import SourceDown
from twin_core.operations.incident import Incident
from twin_core.ports import WorkOrderRecord
from twin_core.testimony.testimony import Testimony
from twin_core.value import SECOND

HOUR = 3600 * SECOND
MODE = riverside().class_of(FILLER4).failure_modes[0]


def window(*hours):
    """Line 4's filler failed so many hours ago, each time in the same way."""
    found = Window()
    for n, ago in enumerate(hours):
        opened = NOW - ago * HOUR
        incident = Incident(
            id=f"in-{n:08x}", kind="rate_loss", subject=LINE4, line=LINE4, opened=opened,
            closed=opened + HOUR, severity=2, statement="Line 4 makes less.", opened_by=(),
        )  # fmt: skip
        found.known.append(Case(incident=incident, asset=FILLER4, failure_mode=MODE.id))
    return found


def order(n, ago):
    return WorkOrderRecord(
        reference=f"WO-{n}", key=f"k{n}", asset=FILLER4, task="Look", status="done",
        finding="valve worn", found_fault=True, created=NOW - ago * HOUR,
    )  # fmt: skip


async def test_what_came_again_is_told_with_its_dates():
    """Causes of incidents and findings of the crew, each counted by itself."""
    box = Box(window(50, 26, 3), records=FakeWorkRecords([order(1, 90), order(2, 10)]))
    found = await box("recurring_causes", asset="line 4")
    assert found.text.startswith("2 things came back on line 4 since 2025-10-23")
    _, cause, finding = found.evidence
    assert cause.statement == (
        f"{MODE.name[0].upper()}{MODE.name[1:]} at filler 4: 3 times (2025-11-20 12:00 GMT, "
        "2025-11-21 12:00 GMT, 2025-11-22 11:00 GMT)."
    )
    assert "“valve worn” at filler 4 2 times (WO-1, WO-2)" in finding.statement


async def test_where_nothing_came_again_that_is_said():
    """Also where maintenance cannot be asked: then that is said too."""

    class Away(FakeWorkRecords):
        async def work_orders(self, asset=None):
            raise SourceDown("maintenance", "it does not answer")

    found = await Box(window(3), records=Away())("recurring_causes", asset="line 4")
    assert found.status == "ok"
    assert found.text.startswith("Nothing came back on line 4")
    assert "Work orders are not among it" in found.text


async def test_days_say_how_far_back():
    """What is older is left out."""
    found = await Box(window(50, 26, 3))("recurring_causes", asset="filler 4", days=1)
    assert found.text.startswith("Nothing came back on filler 4")


async def test_reasons_of_stops_stand_in_the_work_history():
    """How often which was given, at or below the asset."""
    box = Box()
    for n, act in enumerate(["cleaning", "reel change", "cleaning"]):
        box.window.said.append(
            Testimony(
                kind="planned", asset=FILLER4, act=act, words=act, who="Ola Nyman", said=NOW,
                start=NOW, end=NOW, stop=f"st-{n}",
            )
        )  # fmt: skip
    told = (await box("work_orders", asset="line 4")).evidence[-1]
    assert "how often: “cleaning” 2, “reel change” 1." in told.statement
    assert len((await box("work_orders", asset="line 3")).evidence) == 3
