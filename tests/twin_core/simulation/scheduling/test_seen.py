"""What a plan begins from, as the twin sees it: what lines are set up for, and their pace."""

from dataclasses import replace

import numpy as np
import pytest

from tests.tools.scenery import LINE4, NOW, snapshot
from twin_core.operations.report import Report
from twin_core.plant.classes import Role
from twin_core.simulation.scheduling import seen
from twin_core.simulation.scheduling.seen import running
from twin_core.twin import Snapshot
from twin_core.value import SECOND


def showing(number: float) -> Snapshot:
    """Riverside with the product number of line 4's counting machine."""
    now = snapshot()
    plant = now.plant
    counter = plant.counter(plant.line(LINE4))
    assert counter is not None
    point = counter.with_role(Role.PRODUCT)
    assert point is not None
    value = now.value.copy()
    value[plant.index[point.id]] = number
    return replace(now, value=value)


def test_a_line_is_set_up_for_what_its_counting_machine_shows():
    """By the product's number, where it is one."""
    assert running(showing(13.0))[LINE4] == "water_1000"
    assert LINE4 not in running(showing(99.0))
    assert LINE4 not in running(showing(np.nan))


def test_what_cannot_be_heard_is_not_put_in_its_place():
    """A line whose controller is silent is set up for nothing that is known."""
    now = showing(13.0)
    lost = {name: state.model_copy(update={"up": False}) for name, state in now.sources.items()}
    assert running(replace(now, sources=lost)) == {}


def test_a_product_that_has_no_changeover_there_is_left_out():
    """The matrix would be asked for one that nobody gave."""
    now = showing(13.0)
    table = {LINE4: {"cola_500": {"lemonade_330": 5.0}}}
    plant = now.plant.model_copy(update={"changeovers": table})
    assert LINE4 not in running(replace(now, plant=plant))
    bare = now.plant.model_copy(update={"changeovers": {}})
    assert running(replace(now, plant=bare))[LINE4] == "water_1000"


@pytest.mark.parametrize(
    ("found", "share"),
    [
        ({}, 0.8),
        ({"oee": None}, None),
        ({"complete": 0.4}, None),
        ({"start": NOW - 600 * SECOND}, None),
    ],
)
def test_a_pace_is_the_oee_of_an_hour_or_more_that_was_seen(monkeypatch, found, share):
    """Of a day at most; where too little was seen there is none."""
    asked = []

    def report(_plant, _past, line, start, end):
        asked.append((line, end - start))
        whole = Report(
            asset=line, start=end - 7200 * SECOND, end=end, availability=0.9, effectiveness=0.9,
            quality=1.0, oee=0.8, planned=True, complete=0.9, seconds={}, unit="{bottle}",
            good=1.0, produced=1.0, rate=1.0, failures=0, restored=0, operating_s=6000.0,
            mtbf_s=None, mttr_s=None,
        )  # fmt: skip
        return whole.model_copy(update=found)

    monkeypatch.setattr(seen, "report", report)
    told = seen.pace(snapshot(), LINE4)
    assert (None if told is None else told.share) == share
    assert asked == [(LINE4, 86_400 * SECOND)]


def test_a_moment_alone_shows_no_pace():
    """Nothing of a day is remembered."""
    assert seen.pace(snapshot(), LINE4) is None
