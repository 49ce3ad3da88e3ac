"""The places of a whole poll as numpy sees them: it costs no work per point or request.

It must say what `Place.decode` says, to the last bit.
"""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import ArrayLike, NDArray

from connectors.modbus_address import BITS
from connectors.modbus_map import Place
from connectors.modbus_spans import Span

_KINDS = {
    "float32": ">f4", "float64": ">f8", "int16": ">i2", "uint16": ">u2", "int32": ">i4",
    "uint32": ">u4", "int64": ">i8", "uint64": ">u8", "bool": ">u2",
}  # fmt: skip


class Columns:
    """All places of some requests, in the order of the requests.

    Args:
        spans: the requests, in the order in which `values` is given their words.

    Attributes:
        index: of the n points, int32[n].
    """

    def __init__(self, spans: Sequence[Span]) -> None:
        places = [place for span in spans for place in span.places]
        self.index = np.asarray([place.index for place in places], dtype=np.int32)
        begins = accumulate((span.count for span in spans), initial=0)
        words = [
            begin + place.register - span.start
            for begin, span in zip(begins, spans, strict=False)
            for place in span.places
        ]
        alike: dict[tuple[str, bool, bool, bool], list[int]] = {}
        for at, place in enumerate(places):
            key = place.form, place.low_first, place.swapped, place.table in BITS
            alike.setdefault(key, []).append(at)
        self._groups = [
            _Group([places[i] for i in at], at, [words[i] for i in at]) for at in alike.values()
        ]

    def values(self, words: ArrayLike) -> NDArray[np.float64]:
        """What the words show, float64[n]; NaN where they show that there is none."""
        raw = np.asarray(words, dtype=">u2")
        if len(self._groups) == 1:
            return self._groups[0].values(raw)
        found = np.empty(len(self.index))
        for group in self._groups:
            found[group.at] = group.values(raw)
        return found


class _Group:
    """Places of one type and order."""

    def __init__(self, places: Sequence[Place], at: Sequence[int], words: Sequence[int]) -> None:
        first = places[0]
        self.at = np.asarray(at)
        steps = range(first.words)[::-1] if first.low_first else range(first.words)
        self._words = np.asarray([[word + i for i in steps] for word in words])
        self._form = "bits" if first.table in BITS else first.form
        self._swapped = first.swapped
        self._kind = _KINDS[first.form]
        self._bit = np.asarray([-1 if p.bit is None else p.bit for p in places])
        self._scale = np.asarray([p.scale for p in places])
        self._offset = np.asarray([p.offset for p in places])
        self._none = np.asarray([p.none is not None for p in places])
        self._some = bool(self._none.any())
        self._floats = first.form.startswith("float")
        self._absent = next((p.none for p in places if p.none is not None), 0)

    def values(self, raw: NDArray[np.uint16]) -> NDArray[np.float64]:
        picked = raw[self._words]
        if self._swapped:
            picked = picked.byteswap()
        if self._form == "bits":
            return np.asarray(picked[:, 0] != 0, dtype=np.float64)
        if self._form == "bool":
            word = picked[:, 0].astype(np.int64)
            one = np.where(self._bit < 0, word != 0, word >> np.maximum(self._bit, 0) & 1)
            return np.asarray(one, dtype=np.float64)
        shown = picked.view(self._kind)[:, 0]
        with np.errstate(over="ignore", invalid="ignore"):
            value = np.asarray(shown, dtype=np.float64) * self._scale + self._offset
        if self._floats:
            value[~np.isfinite(value)] = np.nan
        elif self._some:
            value[self._none & (shown == self._absent)] = np.nan
        return np.asarray(value, dtype=np.float64)
