"""What is true of AssetOpsBench's tables, counted with pandas alone (`bench diagnosis`).

An answer is right if it holds every fact that is due and denies what is not there. It must never
ask the product what is true.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

_ZONE = "America/New_York"
_TELEMETRY = "dcp_test.csv"


@dataclass(frozen=True, slots=True)
class Series:
    """Readings of one column over a span: how many, their mean and extremes."""

    column: str
    count: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Due:
    """What an answer to one question must hold.

    Attributes:
        said: texts that must stand in it, whatever their case.
        unsaid: patterns of which none may.
        series: that must stand in its evidence, number for number.
        none: that there is no reading must be said, and no number given as if there were.
        rows: of the file offered; None where none is asked for.
    """

    said: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    series: tuple[Series, ...] = ()
    none: bool = False
    rows: int | None = None


class Facts:
    """The tables, read once.

    Args:
        tables: their folder.
    """

    def __init__(self, tables: Path) -> None:
        self._tables = tables
        self._telemetry = pd.read_csv(tables / _TELEMETRY)
        at = pd.to_datetime(self._telemetry["timestamp"]).dt.tz_localize(_ZONE)
        self._telemetry.index = pd.DatetimeIndex(at)
        events = pd.read_csv(tables / "event.csv")
        self.number_of: dict[str, str] = dict(
            events[["equipment_name", "equipment_id"]].drop_duplicates().itertuples(index=False)
        )
        self._orders = pd.read_csv(tables / "all_wo_with_code_component_events.csv")
        self._alerts = pd.read_csv(tables / "alert_events.csv")

    def orders(self) -> Mapping[str, int]:
        """Work orders by asset."""
        found = self._orders.groupby("equipment_name").size()
        return {str(name): int(n) for name, n in found.items()}

    def assets(self) -> Due:
        """Every asset by name, and no other of that kind."""
        numbers = "|".join(name.rsplit(" ", 1)[1] for name in self.number_of)
        return Due(
            said=(*self.number_of, f"{len(self.number_of)} assets"),
            unsaid=(rf"\bchiller (?!(?:{numbers})\b)\d+",),
        )

    def details(self, name: str) -> Due:
        """Its number, its site, what is measured of it and which alerts it has had."""
        rules = self._alerts[self._alerts["equipment_name"] == name]["rule_id"].unique()
        asset_rows = self._telemetry[self._telemetry["asset_id"] == name]
        measured = [
            column.removeprefix(f"{name.lower().replace(' ', '_')}_").removeprefix("chiller_")
            for column in asset_rows.columns[2:]
            if asset_rows[column].notna().any()
        ]
        others = [n for n in self.number_of.values() if n != self.number_of[name]]
        return Due(
            said=(
                name, self.number_of[name], "MAIN", *rules, *(m.replace("_", " ") for m in measured)
            ),
            unsaid=tuple(rf"\b{number}\b" for number in others),
        )  # fmt: skip

    def readings(self, name: str, column: str | None, start: str, end: str) -> Due:
        """What was measured from one day up to another, of one column or of all."""
        rows = self._telemetry[self._telemetry["asset_id"] == name]
        rows = rows[(rows.index >= self._day(start)) & (rows.index < self._day(end))]
        columns = [column] if column is not None else list(rows.columns[2:])
        series = tuple(
            Series(c, int(x.size), float(x.mean()), float(x.min()), float(x.max()))
            for c in columns
            if (x := rows[c].dropna()).size
        )
        if not series:
            return Due(none=True)
        return Due(
            series=series, rows=sum(s.count for s in series) + self._edges(name, rows, column)
        )

    def _day(self, day: str) -> pd.Timestamp:
        return pd.Timestamp(day, tz=_ZONE)

    def _edges(self, name: str, rows: pd.DataFrame, column: str | None) -> int:
        """Beginnings and ends of alerts in the span, which are readings of the asset as well."""
        if column is not None or rows.empty:
            return 0
        first = rows.index.min().normalize()
        last = (rows.index.max() + pd.offsets.MonthEnd(0)).normalize() + pd.Timedelta(days=1)
        count = 0
        mine = self._alerts[self._alerts["equipment_name"] == name]
        for _, some in mine.groupby("rule_id"):
            spans: list[list[pd.Timestamp]] = []
            times = [
                [pd.to_datetime(t, format="%m/%d/%y %H:%M").tz_localize(_ZONE) for t in pair]
                for pair in zip(some["start_time"], some["end_time"], strict=True)
            ]
            for begin, end in sorted(times):
                if spans and begin <= spans[-1][1]:
                    spans[-1][1] = max(spans[-1][1], end)
                else:
                    spans.append([begin, end])
            count += sum(first <= edge < last for span in spans for edge in span)
        return count


def due(facts: Facts) -> Mapping[int, Due]:
    """By the number of the question."""
    tonnage = "chiller_6_tonnage"
    both = facts.readings("Chiller 6", tonnage, "2020-06-01", "2020-06-08")
    lacking = Due(said=("no measurement called “Tonnage” of chiller 9",))
    made: dict[int, Callable[[], Due]] = {
        1: lambda: Due(said=("MAIN", "1 site")),
        2: lambda: Due(said=("MAIN", "1 site")),
        3: facts.assets,
        4: facts.assets,
        5: lambda: facts.details("Chiller 6"),
        6: lambda: facts.details("Chiller 9"),
        7: lambda: facts.details("Chiller 3"),
        8: lambda: facts.readings("Chiller 6", tonnage, "2020-12-25", "2021-01-01"),
        9: lambda: facts.readings(
            "Chiller 6", "chiller_6_chiller_%_loaded", "2020-06-01", "2020-07-01"
        ),
        10: lambda: Due(said=lacking.said, series=both.series, rows=both.rows),
        11: lambda: facts.readings("Chiller 6", None, "2020-04-24", "2020-05-01"),
        12: lambda: facts.readings("Chiller 6", None, "2020-06-01", "2020-07-01"),
    }
    return {number: make() for number, make in made.items()}


def lacks(text: str, due: Due) -> list[str]:
    """What of the words that are due an answer does not say, and what it says that it must not."""
    low = text.lower()
    missing = [f"“{said}” is not said" for said in due.said if said.lower() not in low]
    wrong = [f"{p} is said" for p in due.unsaid if re.search(p, text, re.IGNORECASE)]
    if due.none and ("there is no reading" not in low or "mean" in low):
        missing.append("that there is no reading is not said")
    return [*missing, *wrong]
