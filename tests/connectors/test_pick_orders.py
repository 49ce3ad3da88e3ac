"""An order history from a file: by day, in local time, and each bad row by its number."""

from datetime import date

import pandas as pd
import pytest

from connectors import pick_orders
from connectors.pick_orders import read_orders
from twin_core.errors import BadInput, TooLarge

HEAD = "order,article,quantity,arrived,due\n"
ROWS = (
    "so-1,bolts,2,2026-03-02T06:10,2026-03-02T08:00\n"
    "so-1,glue,1,2026-03-02T06:10,2026-03-02T08:00\n"
    "so-3,bolts,5,2026-03-03 00:00,2026-03-03T01:00+01:00\n"
    "so-2,bolts,1,2026-03-02T23:59:59,2026-03-03T07:00\n"
)
ZONE = "Europe/Copenhagen"


def written(tmp_path, text, name="picks.csv"):
    file = tmp_path / name
    file.write_text(text)
    return file


def test_rows_become_orders_of_the_day_on_which_they_came(tmp_path):
    """Seconds after that day's local midnight; lines of one order together."""
    days = read_orders(written(tmp_path, HEAD + ROWS), ZONE)
    assert list(days) == [date(2026, 3, 2), date(2026, 3, 3)]
    first, late = days[date(2026, 3, 2)]
    assert [(line.article, line.quantity) for line in first.lines] == [("bolts", 2), ("glue", 1)]
    assert (first.arrival_s, first.due_s) == (6 * 3600 + 600, 8 * 3600)
    assert (late.arrival_s, late.due_s) == (86_399, 86_400 + 7 * 3600)
    (next_day,) = days[date(2026, 3, 3)]
    assert (next_day.arrival_s, next_day.due_s) == (0, 3600)


def test_a_parquet_file_reads_the_same(tmp_path):
    """Numbers and times of its own types."""
    text = written(tmp_path, HEAD + ROWS)
    frame = pd.read_csv(text)
    frame["arrived"] = pd.to_datetime(frame["arrived"], format="mixed")
    file = tmp_path / "picks.parquet"
    frame.to_parquet(file)
    assert read_orders(file, ZONE) == read_orders(text, ZONE)


def test_a_day_on_which_the_clocks_change_is_counted_as_it_is(tmp_path):
    """At 12:00 on 29 March 2026 eleven hours of the day are over."""
    file = written(tmp_path, HEAD + "a,bolts,1,2026-03-29T12:00,2026-03-29T13:00\n")
    ((order,),) = read_orders(file, ZONE).values()
    assert order.arrival_s == 11 * 3600


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "picks.csv"),
        (HEAD, "no order in it"),
        ("order,article,quantity\na,b,1\n", "no column arrived, due"),
        (HEAD + "a,bolts,none,2026-03-02T06:10,2026-03-02T08:00\n", "row 1"),
        (HEAD + "a,bolts,1.5,2026-03-02T06:10,2026-03-02T08:00\n", "row 1"),
        (HEAD + "a,bolts,inf,2026-03-02T06:10,2026-03-02T08:00\n", "row 1"),
        (HEAD + "a,bolts,nan,2026-03-02T06:10,2026-03-02T08:00\n", "row 1"),
        (HEAD + "a,bolts,0,2026-03-02T06:10,2026-03-02T08:00\n", "row 1"),
        (HEAD + "a,,1,2026-03-02T06:10,2026-03-02T08:00\n", "row 1"),
        (HEAD + "a,bolts,1,soon,2026-03-02T08:00\n", "row 1"),
        (HEAD + ",bolts,1,2026-03-02T06:10,2026-03-02T08:00\n", "names no order"),
        (HEAD + ROWS + "so-1,nails,1,2026-03-02T06:11,2026-03-02T08:00\n", "two times"),
        (HEAD + "a,bolts,1,2026-03-02T06:10,2020-03-02T08:00\n", "cannot be"),
    ],
)
def test_what_is_no_order_is_told_with_its_place(tmp_path, text, told):
    with pytest.raises(BadInput, match=told):
        read_orders(written(tmp_path, text), ZONE)


def test_a_file_that_is_not_there_and_one_that_is_too_long_are_refused(tmp_path, monkeypatch):
    with pytest.raises(BadInput, match="is not a file"):
        read_orders(tmp_path / "none.csv", ZONE)
    with pytest.raises(BadInput, match="cannot be read"):
        read_orders(written(tmp_path, "no parquet", "x.parquet"), ZONE)
    monkeypatch.setattr(pick_orders, "MOST_ROWS", 3)
    with pytest.raises(TooLarge):
        read_orders(written(tmp_path, HEAD + ROWS), ZONE)


def test_a_hostile_name_is_a_name(tmp_path):
    """Quotes in a file's name and in a column's leave its query whole."""
    file = written(tmp_path, HEAD.replace("order", '"Order "') + ROWS, "it's; --.csv")
    assert len(read_orders(file, ZONE)) == 2
