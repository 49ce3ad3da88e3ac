"""Readings as a pandas frame, for people who analyse. It holds everything in memory at once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from twin_core.reading import Batch, qualities

if TYPE_CHECKING:
    import pandas as pd


def framed(batches: Sequence[Batch], ids: Sequence[str]) -> "pd.DataFrame":
    """A row a reading, indexed by `time`: plant time, UTC, to the microsecond.

    Columns: `point` (id), `value` (NaN where it was no number), `status` (whole OPC UA code),
    `quality` (good, uncertain, bad), `late` (came behind the watermark).

    Args:
        batches: with times in plant time.
        ids: the id of each point index.
    """
    import numpy as np
    import pandas as pd

    whole = Batch.joined([Batch.of([]), *batches])
    late = np.zeros(len(whole), bool)
    late[list(whole.late)] = True
    times = pd.DatetimeIndex(whole.time.astype("datetime64[us]"), name="time").tz_localize("UTC")
    return pd.DataFrame(
        {
            "point": pd.Categorical.from_codes(whole.point, categories=pd.Index(list(ids))),
            "value": whole.value,
            "status": whole.status,
            "quality": pd.Categorical(qualities(whole.status), ["good", "uncertain", "bad"]),
            "late": late,
        },
        index=times,
    )
