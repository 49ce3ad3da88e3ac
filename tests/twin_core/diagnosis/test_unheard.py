"""What changed while nothing was heard is dated to that spell and no more exactly."""

from dataclasses import replace

import numpy as np
import pytest

from tests.twin_core.diagnosis import quay
from twin_core.diagnosis.diagnose import diagnose
from twin_core.diagnosis.longer import remembering
from twin_core.recent import Recent
from twin_core.value import SECOND

LINE = "quay/hall/north"
DOSER = f"{LINE}/doser"
SET = {f"{DOSER}/pace_set": 140.0}
MINUTE = 60 * SECOND
STRUCK = quay.START + 28 * MINUTE


def lived(seed=3):
    return quay.lived(quay.Day(seed=seed, settings=SET))


def deaf(snapshot, begin, end):
    """The snapshot without what was heard from `begin` to `end`, minutes from the start."""
    recent = snapshot.recent
    spell = (recent.time > quay.START + begin * MINUTE) & (recent.time <= quay.START + end * MINUTE)
    tables = [np.where(spell[:, None], np.nan, t) for t in (recent.mean, recent.low, recent.high)]
    return replace(snapshot, recent=Recent(recent.time, *tables))


def first(snapshot):
    found = diagnose(snapshot, LINE, 1800.0, 1)
    assert found.verdict == "cause"
    assert found.causes[0].asset == DOSER
    return found.causes[0]


def test_what_was_heard_all_along_is_dated_to_seconds():
    cause = first(lived())
    assert cause.onset_s <= 30
    assert abs(cause.onset - STRUCK) <= cause.onset_s * SECOND


@pytest.mark.parametrize(("begin", "end"), [(20, 30), (26, 34), (24, 28.5)])
def test_an_onset_in_a_silence_may_be_anywhere_in_it(begin, end):
    """The interval holds the truth, and reaches from the last value before to the first after."""
    cause = first(deaf(lived(), begin, end))
    assert abs(cause.onset - STRUCK) <= cause.onset_s * SECOND
    assert 2 * cause.onset_s >= (end - begin) * 60


def test_a_silence_long_before_the_onset_makes_it_no_wider():
    assert first(deaf(lived(), 5, 15)).onset_s <= 30


def test_what_changed_between_two_spells_that_are_remembered_is_dated_between_them():
    """The hour of the past ended before it came, the newest minutes begin after it."""
    snapshot = quay.lived(quay.Day(seed=3, minutes=60.0, settings=SET))
    past = snapshot.recent
    rows = slice(0, past.span(0, quay.START + 22 * MINUTE).stop)
    earlier = Recent(past.time[rows], past.mean[rows], past.low[rows], past.high[rows])
    cause = first(remembering(snapshot, earlier))
    assert abs(cause.onset - STRUCK) <= cause.onset_s * SECOND
    assert cause.onset_s >= 8 * 60
