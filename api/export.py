"""GET /export: readings as CSV or Parquet, streamed as they are read; memory stays bounded."""

import io
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api.routes import AskerOf, SystemOf
from twin_core.errors import BadInput
from twin_core.reading import Batch, qualities
from twin_core.value import Instant

if TYPE_CHECKING:
    import pyarrow as pa

router = APIRouter()

_MEDIA = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
_LATEST = 2**53 - 1


@router.get("/export")
async def export(
    system: SystemOf,
    _asker: AskerOf,
    point: Annotated[tuple[str, ...], Query(min_length=1, max_length=10_000)],
    start: Annotated[Instant, Query(ge=0, le=_LATEST)],
    end: Annotated[Instant | None, Query(ge=0, le=_LATEST)] = None,
    format: Literal["csv", "parquet"] = "csv",  # noqa: A002 (the name people know it by)
) -> StreamingResponse:
    """Readings of points with `start ≤ plant time < end` (microseconds; absent = now).

    A row a reading, by time, then point: time (UTC), point, value (absent where it was no
    number), status, quality, late, text (where it was no number). A stream that is cut short ends
    with an error of the connection, never as if it were whole.
    """
    snapshot = system.pump.snapshot()
    plant, until = snapshot.plant, snapshot.now if end is None else end
    if until < start:
        raise BadInput("end: before start.")
    for path in point:
        if plant.point(path).formula is not None:
            inputs = ", ".join(p.id for p in plant.rests_on(path))
            raise BadInput(
                f"{path} is derived and has no readings; export what it rests on: {inputs}."
            )
    indices = sorted({plant.index[plant.point(path).id] for path in point})
    batches = system.historian.heard(indices, start, until)
    written = _written(batches, [p.id for p in plant.points], _WRITERS[format])
    return StreamingResponse(written, media_type=_MEDIA[format])


async def _written(
    batches: AsyncIterator[Batch], ids: Sequence[str], writer: "Callable[[Any, pa.Schema], Any]"
) -> AsyncIterator[bytes]:
    """The bytes of the file, some for each batch."""
    import asyncio

    buffer = io.BytesIO()
    empty = _table(Batch.of([]), ids)
    file = writer(buffer, empty.schema)

    def written(batch: Batch) -> bytes:
        file.write_table(_table(batch, ids))
        return _drained(buffer)

    async for batch in batches:
        yield await asyncio.to_thread(written, batch)
    file.close()
    yield _drained(buffer)


def _drained(buffer: io.BytesIO) -> bytes:
    """What has been written since it was last asked; the writer goes on counting from there."""
    some = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return some


def _csv(buffer: io.BytesIO, schema: "pa.Schema") -> Any:
    from pyarrow import csv

    return csv.CSVWriter(buffer, schema)


def _parquet(buffer: io.BytesIO, schema: "pa.Schema") -> Any:
    from pyarrow import parquet

    return parquet.ParquetWriter(buffer, schema)


_WRITERS = {"csv": _csv, "parquet": _parquet}


def _table(batch: Batch, ids: Sequence[str]) -> "pa.Table":
    import pyarrow as pa

    late = np.zeros(len(batch), bool)
    late[list(batch.late)] = True
    texts = [batch.original.get(i) for i in range(len(batch))] if batch.original else None
    return pa.table(
        {
            "time": pa.array(batch.time, pa.timestamp("us", tz="UTC")),
            "point": pa.array([ids[i] for i in batch.point.tolist()], pa.string()),
            "value": pa.array(batch.value, pa.float64(), mask=np.isnan(batch.value)),
            "status": batch.status,
            "quality": pa.array(qualities(batch.status).tolist(), pa.string()),
            "late": late,
            "text": pa.array(texts or [None] * len(batch), pa.string()),
        }
    )
