"""`opstwin warehouse` and its routes, over a real connection, on Riverside's depot."""

import json
from typing import Any

import pytest

from tests.api.test_schedules import Door, door
from tests.tools.scenery import PLANTS

__all__ = ["door"]

PLACES = """
lots:
  - {id: l1, article: cola, place: north, quantity: 100, age_s: 50}
  - {id: l2, article: cola, place: north, quantity: 20, age_s: 90}
needs:
  - {place: south, article: cola, quantity: 40}
  - {place: west, article: tea, quantity: 5}
hauls:
  - {source: north, target: south, cost: 2}
"""


async def test_warehouses_are_listed(door: Door, monkeypatch):
    done = await door.run(monkeypatch, "warehouse")
    assert done.exit_code == 0, done.output
    assert "Case picking depot" in done.output
    assert "riverside-picks.csv" in done.output


async def test_ways_to_pick_are_ranked_with_intervals_and_ties(door: Door, monkeypatch):
    """The newest day where nothing was ordered today; which way is used now is marked."""
    done = await door.run(monkeypatch, "warehouse", "picking")
    assert done.exit_code == 0, done.output
    assert "2026-03-04, the newest day there is: 110 orders" in done.output
    assert "order by order (now)" in done.output
    for way in ("in batches", "by zones", "in waves"):
        assert way in done.output
    assert "Best on 20 days" in done.output or "Not to be told apart" in done.output


async def test_a_file_of_ones_own_is_picked_instead(door: Door, monkeypatch, tmp_path):
    """CSV beside the command; a day of it, by another objective, as JSON."""
    rows = (PLANTS / "riverside-picks.csv").read_text().splitlines()
    file = tmp_path / "mine.csv"
    file.write_text("\n".join([rows[0], *(row for row in rows if "2026-03-03" in row)]))
    asked = ["--orders", str(file), "--day", "2026-03-03", "--objective", "flow", "--json"]
    done = await door.run(monkeypatch, "warehouse", "picking", *asked)
    assert done.exit_code == 0, done.output
    body = json.loads(done.output)
    assert (body["day"], body["of"], body["objective"]) == ("2026-03-03", "asked", "flow")
    assert body["orders"] == len({row.split(",")[0] for row in rows if "2026-03-03" in row})


async def test_a_slotting_and_rules_are_offered_beside_what_is(door: Door, monkeypatch):
    """With the articles that lie worst; with rules for several levels of service."""
    done = await door.run(monkeypatch, "warehouse", "slotting", "--day", "2026-03-03")
    assert done.exit_code == 0, done.output
    assert "judged on 110 others" in done.output
    assert "aisle-bay-side-level" in done.output
    done = await door.run(monkeypatch, "warehouse", "replenish", "--warehouse", "depot")
    assert done.exit_code == 0, done.output
    assert "lines that find" in done.output
    assert "for 99.9 %" in done.output


async def test_stock_is_rebalanced_between_places(door: Door, monkeypatch, tmp_path):
    """The oldest lots go first; what nothing can cover is said."""
    file = tmp_path / "places.yaml"
    file.write_text(PLACES)
    done = await door.run(monkeypatch, "warehouse", "rebalance", str(file))
    assert done.exit_code == 0, done.output
    moved = [line.split() for line in done.output.splitlines() if line.startswith("l")]
    assert moved == [
        ["lot", "article", "from", "to", "units", "cost"],
        ["l2", "cola", "north", "south", "20", "40"],
        ["l1", "cola", "north", "south", "20", "40"],
    ]
    assert "Not covered: 5 tea in west." in done.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["picking", "--warehouse", "moon"], "Nearest: depot"),
        (["picking", "--warehouse", "a/b?c"], "There is no warehouse"),
        (["picking", "--day", "2020-01-01"], "allowed: days from 2026-03-02 to 2026-03-04"),
        (["picking", "--day", "soon"], "body.day"),
        (["picking", "--orders", "none.csv"], "is not a file"),
        (["rebalance", "none.yaml"], "cannot be read"),
        (["rebalance"], "two warehouses or more in the plant file"),
    ],
)
async def test_what_cannot_be_is_one_sentence_that_says_what_can(
    door: Door, monkeypatch, arguments, told
):
    done = await door.run(monkeypatch, "warehouse", *arguments)
    assert told in str(done.exception)


async def test_orders_and_places_that_cannot_be_are_refused(door: Door, monkeypatch, tmp_path):
    """Goods that nobody has here; no needs; a file that is no mapping."""
    file = tmp_path / "picks.csv"
    file.write_text(
        "order,article,quantity,arrived,due\na,gold,1,2026-03-02T06:00,2026-03-02T07:00\n"
    )
    done = await door.run(monkeypatch, "warehouse", "picking", "--orders", str(file))
    assert "gold" in str(done.exception)
    for text, told in [("[]", "holds no"), ("lots: []\nneeds: []\nhauls: []\n", "body.needs")]:
        places = tmp_path / "places.yaml"
        places.write_text(text)
        done = await door.run(monkeypatch, "warehouse", "rebalance", str(places))
        assert told in str(done.exception)


async def test_days_that_cannot_be_are_refused_over_http_too(door: Door):
    """An empty day, times that are none, another objective."""
    line = {"article": "cola-6x330", "quantity": 1}
    never = [{"id": "a", "lines": [line], "arrival_s": 1e99, "due_s": 0}]
    bodies: list[tuple[dict[str, Any], int]] = [
        ({"days": {}}, 422),
        ({"days": {"2026-03-02": []}}, 422),
        ({"days": {"2026-03-02": never}}, 422),
        ({"objective": "x"}, 422),
        ({"warehouse": "moon"}, 404),
    ]
    for body, status in bodies:
        refused = await door.post("/warehouses/picking", **body)
        assert refused.status_code == status, body
