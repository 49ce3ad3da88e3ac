"""What a line usually makes, and when it is said to make less, shown on synthetic rows."""

import numpy as np
import pytest

from tests.twin_core.plant_fixture import T0
from twin_core.operations.throughput import Row, Throughput
from twin_core.recent import GRID_US

START = T0 // (6 * GRID_US) * (6 * GRID_US)
CASE = 12  # what the counter counts, in units of flow


class Line:
    """A line of `rate` that counts in cases and whose machines stop now and then."""

    def __init__(self, seed, rate=600.0, nominal=None, stops_per_hour=5.0, stop_rows=(2, 5)):
        self.rng = np.random.default_rng(seed)
        self.chart = Throughput()
        self.rate, self.nominal = rate, nominal
        self.stops, self.stop_rows = stops_per_hour, stop_rows
        self.k, self.carry, self.stopped, self.backlog = 0, 0.0, 0, 0.0
        self.changes = []

    def run(self, rows, factor=1.0, *, planned=True, known=True, product=1.0):
        for _ in range(rows):
            self.k += 1
            if not self.stopped and self.rng.random() < self.stops / 360:
                self.stopped = int(self.rng.integers(*self.stop_rows))
            free = self.stopped == 0
            flow = self.rate * factor / 6 if free and planned else 0.0
            if free and self.backlog > 0:
                extra = min(self.backlog, flow * 0.15)
                flow, self.backlog = flow + extra, self.backlog - extra
            if not free:
                self.stopped -= 1
                self.backlog += self.rate / 6 * 0.5
            self.carry += flow
            cases = int(self.carry // CASE)
            self.carry -= cases * CASE
            row = Row(
                end=START + self.k * GRID_US,
                rate=cases * CASE * 6.0 if known else None,
                nominal=self.nominal,
                product=product,
                free=free,
                planned=planned,
            )
            self.changes += [(self.k, change) for change in self.chart.step(row)]
        return self

    def opened(self, kind):
        return [k for k, c in self.changes if c.kind == kind and c.opens]

    def closed(self, kind):
        return [k for k, c in self.changes if c.kind == kind and not c.opens]

    def noticed(self, since):
        """Minutes from row `since` until a loss is open."""
        late = [k for k in self.opened("rate_loss") if k > since]
        early = [k for k, c in self.changes if c.kind == "rate_loss" and k <= since]
        if len(early) % 2:
            return 0.0
        return (late[0] - since) / 6 if late else np.inf

    def usual(self, product=1.0):
        return self.chart.usual(self.nominal, product)


def test_a_healthy_line_with_minor_stops_is_said_to_lose_less_than_once_in_twenty_hours():
    hours, opened = 0, 0
    for seed in range(24):
        line = Line(seed).run(8 * 360)
        hours += 8
        opened += len(line.opened("rate_loss")) + len(line.opened("stopped"))
    assert opened <= hours / 20


@pytest.mark.parametrize(("loss", "minutes"), [(0.10, 3.0), (0.15, 2.5), (0.25, 2.0)])
def test_a_slow_machine_is_noticed_within_minutes(loss, minutes):
    lines = [Line(seed).run(180).run(90, 1 - loss) for seed in range(20)]
    delays = [line.noticed(180) for line in lines]
    assert np.median(delays) <= minutes
    assert np.isfinite(delays).all()


def test_frequent_stops_are_noticed_though_every_single_one_is_minor():
    delays = []
    for seed in range(10):
        line = Line(seed).run(180)
        line.stops = 50.0
        delays.append(line.run(180).noticed(180))
    assert np.median(delays) <= 12


def test_a_loss_closes_when_the_line_makes_what_it_made_and_not_before():
    line = Line(1, stops_per_hour=0).run(120).run(60, 0.8)
    assert line.opened("rate_loss")
    assert line.closed("rate_loss") == []
    line.run(60, 0.9)
    assert line.closed("rate_loss") == []
    line.run(40)
    assert len(line.closed("rate_loss")) == 1
    assert line.closed("rate_loss")[0] - 240 <= 25


def test_a_long_loss_never_becomes_usual():
    line = Line(2).run(240).run(6 * 360, 0.8)
    assert line.usual() == pytest.approx(600, rel=0.03)
    assert line.closed("rate_loss") == []
    assert len(line.opened("rate_loss")) == 1


def test_the_minutes_between_onset_and_discovery_do_not_count_as_usual():
    line = Line(3, stops_per_hour=0).run(60)
    before = line.usual()
    line.run(30, 0.88)
    assert line.opened("rate_loss")
    assert line.usual() == pytest.approx(before, rel=0.01)


def test_a_slow_decline_is_noticed():
    line = Line(4, stops_per_hour=0).run(180)
    for step in range(180):
        line.run(1, 1 - 0.3 * step / 180)
    assert line.opened("rate_loss")
    assert line.opened("rate_loss")[0] - 180 < 120


def test_a_line_that_stands_is_stopped_after_a_minute_until_it_moves():
    line = Line(5, stops_per_hour=0).run(60).run(30, 0.0)
    assert line.opened("stopped") == [66]
    line.run(10)
    assert line.closed("stopped") == [92]


def test_a_planned_stop_is_neither_a_standstill_nor_a_loss():
    line = Line(6, stops_per_hour=0).run(60).run(60, planned=False).run(60)
    assert line.changes == []
    line = Line(6, stops_per_hour=0).run(60).run(12, 0.0).run(6, planned=False)
    assert line.closed("stopped") == [73]


def test_rows_without_data_say_nothing():
    line = Line(7, stops_per_hour=0).run(60).run(60, known=False).run(30)
    assert line.changes == []


def test_there_is_no_usual_before_five_undisturbed_minutes():
    line = Line(8, stops_per_hour=0)
    assert line.run(29).usual() is None
    assert line.run(7).usual() == pytest.approx(600, rel=0.02)


def test_another_product_has_its_own_usual_or_its_share_of_nominal():
    line = Line(9, stops_per_hour=0).run(60)
    assert line.run(6, product=2.0).usual(2.0) is None
    line = Line(9, stops_per_hour=0, nominal=580.0).run(150)
    assert line.usual() == pytest.approx(600, rel=0.02)
    line.nominal = 290.0
    assert line.run(1, 0.5, product=2.0).usual(2.0) == pytest.approx(300, rel=0.02)


def test_a_few_minutes_do_not_promise_more_than_nominal():
    line = Line(10, rate=650, nominal=600.0, stops_per_hour=0).run(60)
    assert line.usual() == 600
    assert line.run(90).usual() == pytest.approx(650, rel=0.02)
