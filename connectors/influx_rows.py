"""Readings out of InfluxDB's answers: the fields of `influx_lines.py` back in columns."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from connectors.influx_server import Series
from twin_core.reading import Batch

_FIELDS = ("seq", "place", "received", "value", "unusable", "special", "status", "source_time",
           "instant", "late", "text")  # fmt: skip
SELECT = "SELECT " + ", ".join(f'"{field}"' for field in _FIELDS)


@dataclass(frozen=True, slots=True)
class Rows:
    """Readings in columns, in no order; `instant` is plant time, `text` an object or None."""

    seq: NDArray[np.int64]
    place: NDArray[np.int64]
    point: NDArray[np.int32]
    time: NDArray[np.int64]
    instant: NDArray[np.int64]
    value: NDArray[np.float64]
    status: NDArray[np.uint32]
    received: NDArray[np.int64]
    late: NDArray[np.bool_]
    text: NDArray[np.object_]

    @staticmethod
    def of(series: Sequence[Series], index: Mapping[str, int]) -> "Rows":
        """Of an answer to `SELECT … GROUP BY point, lane`; points not in `index` are left out."""
        at: list[int] = []
        points: list[int] = []
        columns: list[list[Any]] = [[] for _ in _FIELDS]
        for found in series:
            point = index.get(found.tags["point"])
            if point is None:
                continue
            times, *rest = zip(*found.rows, strict=True)
            at += times
            points += [point] * len(times)
            for column, values in zip(columns, rest, strict=True):
                column.extend(values)
        has: dict[str, list[Any]] = dict(zip(_FIELDS, columns, strict=True))
        instant = [
            stamp // 1000 if exact is None else exact
            for stamp, exact in zip(at, has["instant"], strict=True)
        ]
        return Rows(
            seq=np.asarray(has["seq"], np.int64),
            place=np.asarray(has["place"], np.int64),
            point=np.asarray(points, np.int32),
            time=np.asarray(
                [
                    plant if source is None else source
                    for plant, source in zip(instant, has["source_time"], strict=True)
                ],
                np.int64,
            ),
            instant=np.asarray(instant, np.int64),
            value=np.asarray(
                [
                    float(special or (value if bad is None else bad))
                    for value, bad, special in zip(
                        has["value"], has["unusable"], has["special"], strict=True
                    )
                ],
                np.float64,
            ),
            status=np.asarray([status or 0 for status in has["status"]], np.uint32),
            received=np.asarray(has["received"], np.int64),
            late=np.asarray([bool(late) for late in has["late"]], np.bool_),
            text=np.asarray([*has["text"], None], object)[:-1],
        )

    def batch(self, take: NDArray[np.intp], *, plant_time: bool = False) -> Batch:
        """These rows, in this order; times as the source wrote them, or in plant time."""
        texts = self.text[take]
        return Batch(
            point=self.point[take],
            time=(self.instant if plant_time else self.time)[take],
            value=self.value[take],
            status=self.status[take],
            received=self.received[take],
            original={i: json.loads(text) for i, text in enumerate(texts) if text is not None},
            late=frozenset(np.flatnonzero(self.late[take]).tolist()),
        )
