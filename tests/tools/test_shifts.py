"""Which shift is on: by the calendar, and at a plant that names none by custom."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.tools.scenery import riverside
from tools.shifts import by_custom, shift_at, shift_meant
from twin_core.errors import WrongKind

NAMELESS = riverside().model_copy(update={"shifts": ()})
LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("now", "began", "ends"),
    [
        ("05 07:20", "05 06:00", "05 14:00"),
        ("05 14:00", "05 14:00", "05 22:00"),
        ("05 23:30", "05 22:00", "06 06:00"),
        ("05 02:00", "04 22:00", "05 06:00"),
    ],
)
def test_a_plant_that_names_no_shifts_has_those_of_custom(now, began, ends):
    """They begin at 06:00, 14:00 and 22:00."""
    when = datetime.strptime(f"2026-01-{now}", "%Y-%m-%d %H:%M").replace(tzinfo=LONDON)
    found = [f"{moment:%d %H:%M}" for moment in shift_meant(when, NAMELESS)]
    assert found == [began, ends]
    with pytest.raises(WrongKind, match="calendar"):
        shift_at(when, NAMELESS)


def test_custom_is_said_and_never_stands_in_for_a_calendar():
    """Of a plant that names shifts, only those count, also when none is on."""
    assert by_custom(NAMELESS).endswith("taken to begin at 06:00, 14:00 and 22:00.")
    assert by_custom(riverside()) == ""
    early = riverside().model_copy(update={"shifts": riverside().shifts[:1]})
    with pytest.raises(WrongKind, match="calendar"):
        shift_meant(datetime(2026, 1, 5, 23, tzinfo=LONDON), early)
