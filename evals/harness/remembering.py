"""A Compute in this process that remembers: the same pure function of the same arguments, once.

What it is asked is told apart by its bytes, so that it can be slower than need be, never wrong.
"""

import asyncio
import hashlib
import pickle
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

_A = TypeVar("_A")
_B = TypeVar("_B")
_MOST = 400


class Remembering:
    """A Compute whose functions are pure, as every Compute's are.

    Attributes:
        worked, remembered: how many items were worked out, and how many were known.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, Any] = OrderedDict()
        self.worked = self.remembered = 0

    async def map(
        self,
        function: Callable[[_A], _B],
        items: Iterable[_A],
        told: Callable[[int], None] | None = None,
        *,
        long: bool = False,  # noqa: ARG002 (here there is but one)
    ) -> list[_B]:
        """`[function(item) for item in items]`, in a thread of this process."""
        found: list[_B] = []
        for item in items:
            found.append(await asyncio.to_thread(self._one, function, item))
            if told is not None:
                told(len(found))
        return found

    async def close(self) -> None:
        """Nothing is held that would have to be let go."""

    def _one(self, function: Callable[[_A], _B], item: _A) -> _B:
        try:
            asked = hashlib.sha256(pickle.dumps((function, item))).digest()
        except (pickle.PicklingError, TypeError, AttributeError):  # it watches: worked out anew
            self.worked += 1
            return function(item)
        if asked not in self._known:
            self.worked += 1
            self._known[asked] = function(item)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        else:
            self.remembered += 1
            self._known.move_to_end(asked)
        known: _B = self._known[asked]
        return known
