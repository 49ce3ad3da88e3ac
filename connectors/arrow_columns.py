"""Arrow columns as DuckDB takes them, of numpy arrays and of texts.

They are built of their buffers: pyarrow's own `pa.array` and `pa.table` import pandas, which takes
48 MB for good. It must never copy numbers.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def table(columns: "Mapping[str, NDArray[Any] | Sequence[str]]") -> Any:
    """A table of columns of equal length: numbers, truths, or texts without half surrogates."""
    arrays = [_texts(c) if isinstance(c, Sequence) else _numbers(c) for c in columns.values()]
    return pa.Table.from_arrays(arrays, names=list(columns))


def integers(values: Iterable[int]) -> NDArray[np.int64]:
    """A column of whole numbers."""
    return np.fromiter(values, np.int64)


def _numbers(values: NDArray[Any]) -> Any:
    if values.dtype == bool:
        bits = np.packbits(values, bitorder="little")
        return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(bits)])
    whole = np.ascontiguousarray(values)
    kind = pa.from_numpy_dtype(whole.dtype)
    return pa.Array.from_buffers(kind, len(whole), [None, pa.py_buffer(whole)])


def _texts(values: Sequence[str]) -> Any:
    told = [value.encode() for value in values]
    ends = np.zeros(len(told) + 1, np.int64)
    np.cumsum([len(text) for text in told], out=ends[1:])
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(told))]
    return pa.Array.from_buffers(pa.large_string(), len(told), buffers)
