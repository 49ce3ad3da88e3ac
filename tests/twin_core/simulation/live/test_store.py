"""What comes into a store: as ordered, until it is seen; a stop of the line is no stop of it."""

import numpy as np
import pytest

from tests.twin_core.simulation import sawmill
from tests.twin_core.simulation.sawmill import LINE, T0, YARD, Mill
from twin_core.plant.document import load
from twin_core.simulation.live.start import start_of

ORDERED_AT, LOGS_PER_MIN = 250.0, 15.0
ROWS = 360
TARGET = '{id: feed_target, name: feed limit, role: setpoint, unit: "{log}/min"'
RULE = (
    '{id: order_at, name: stock at which logs are ordered, role: setpoint, unit: "{log}", '
    "limits: {low: 0, high: 400}, adjustable: {low: 10, high: 300}, measures: level}"
)
RATE = f'replenish_rate: {{unit: "{{log}}/min", value: {LOGS_PER_MIN}, description: ordered}}'


def ordering():
    """The sawmill, its deck ordering logs at a level, as fast as the line uses them."""

    def read(name):
        text = (sawmill._FOLDER / name).read_text()
        text = text.replace(f"      - {TARGET}", f"      - {RULE}\n      - {TARGET}")
        capacity = 'capacity: {unit: "{log}", value: 400'
        return text.replace(f"      {capacity}", f"      {RATE}\n      {capacity}")

    text = read("plant.yaml").replace("deck.3}", "deck.3}, order_at: {address: deck.4}")
    return load(text[: text.index("shifts:")], "plant.yaml", read)


def deck(level, **more):
    columns = {f"{YARD}/level": np.floor(level), f"{YARD}/order_at": ORDERED_AT}
    found = start_of(Mill(plant=ordering(), columns=columns, **more).snapshot(), LINE, T0).source
    assert found is not None
    return found


def falling(due, comes):
    """Logs on the deck, which began to be renewed at the rate `comes` so many rows ago."""
    left = np.arange(ROWS)[::-1] - due
    return ORDERED_AT + np.where(left >= 0, LOGS_PER_MIN, LOGS_PER_MIN - comes) * left / 6.0


@pytest.mark.parametrize("due", [1, 3, 8, 11, 12, 20, 40, 59, 60, 90])
def test_what_is_ordered_comes_from_the_moment_it_is_due(due):
    """The stock has hardly stopped falling, and yet the line is not about to run out."""
    found = deck(falling(due, LOGS_PER_MIN))
    assert found.reorder == -np.inf
    assert found.renewed * 60 == pytest.approx(4 * LOGS_PER_MIN, abs=3.0)


def test_what_does_not_come_although_ordered_is_believed_the_less_the_longer():
    """After ten minutes only what is seen counts."""
    seen = [deck(falling(due, 0.0)).renewed * 60 for due in (1, 20, 40, 60)]
    assert seen == sorted(seen, reverse=True)
    assert seen[0] == pytest.approx(4 * LOGS_PER_MIN, abs=1.0)
    assert seen[-1] == pytest.approx(0.0, abs=1.0)


def test_a_stop_of_the_line_is_no_stop_of_what_comes():
    """What the line moved and what the store gained are counted over the same minutes."""
    rate = np.full(ROWS, 60.0)
    steady = deck(np.full(ROWS, 90.0), rate=rate).renewed
    rate[-8:] = 0.0
    gained = np.full(ROWS, 90.0)
    gained[-8:] += LOGS_PER_MIN / 6.0 * np.arange(1, 9)
    assert deck(gained, rate=rate).renewed == pytest.approx(steady, rel=0.15)
