"""A Compute in this process that remembers: the same pure function of the same arguments, once.

What it is asked is told apart by its bytes, so that it can be slower than need be, never wrong.
What the twin's laws work out is kept from one run to the next, until a line of them is changed.
"""

import asyncio
import functools
import hashlib
import io
import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from evals.harness.kept import code, written
from twin_core.plant.assets import Plant

_A = TypeVar("_A")
_B = TypeVar("_B")
_MOST = 400
_LAWS = ("twin_core", "api/sight.py")


class Remembering:
    """A Compute whose functions are pure, as every Compute's are.

    Attributes:
        worked, remembered: how many items were worked out, and how many were known.

    Args:
        cache: a folder that may outlive this; absent = nothing is kept.
    """

    def __init__(self, cache: Path | None = None) -> None:
        self._known: OrderedDict[bytes, Any] = OrderedDict()
        self._cache = cache
        self._lock = threading.Lock()
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

    async def tired(self) -> bool:
        """Whether somebody did not wait for what he asked; if so, it is known when this returns."""
        left = self._lock.locked()
        while self._lock.locked():
            await asyncio.to_thread(self._wait)
        return left

    def _wait(self) -> None:
        with self._lock:
            return

    async def close(self) -> None:
        """Nothing is held that would have to be let go."""

    def _one(self, function: Callable[[_A], _B], item: _A) -> _B:
        try:
            asked, plants = _key(function, item)
        except (pickle.PicklingError, TypeError, AttributeError):  # it watches: worked out anew
            self.worked += 1
            return function(item)
        with self._lock:  # who asks again meanwhile, for one was tired of waiting, waits for that
            if asked in self._known:
                self.remembered += 1
                self._known.move_to_end(asked)
            else:
                self._known[asked] = self._kept(function, item, asked, plants)
                while len(self._known) > _MOST:
                    self._known.popitem(last=False)
            known: _B = self._known[asked]
            return known

    def _kept(
        self, function: Callable[[_A], _B], item: _A, asked: bytes, plants: Sequence[Plant]
    ) -> _B:
        """From an earlier run, or worked out and kept for a later one."""
        file = self._file(function, asked)
        if file is None:
            self.worked += 1
            return function(item)
        if file.is_file():
            self.remembered += 1
            content = file.read_bytes()
        else:
            self.worked += 1
            content = _content(function(item), plants)
            written(file, content)
        # always as it is read again: what is asked of it next is told apart by its bytes
        known: _B = _Found(io.BytesIO(content), plants).load()
        return known

    def _file(self, function: Callable[..., Any], asked: bytes) -> Path | None:
        if self._cache is None or not all(map(_is_law, _within(function))):
            return None
        return self._cache / f"worked-{code(*_LAWS)[:16]}" / asked.hex()[:40]


def _key(function: Callable[..., Any], item: object) -> tuple[bytes, list[Plant]]:
    """A digest of what is asked, the same in every process, and the plants it is asked of."""
    out = io.BytesIO()
    asked = _Asked(out)
    asked.dump((function, item))
    return hashlib.sha256(out.getbuffer()).digest(), asked.plants


def _content(found: object, plants: Sequence[Plant]) -> bytes:
    """What was found, without the plants that it was asked of."""
    out = io.BytesIO()
    _Finding(out, plants).dump(found)
    return out.getvalue()


class _Asked(pickle.Pickler):
    """Writes what is asked, to be told apart: a plant as its version, a set in one order."""

    def __init__(self, out: io.BytesIO) -> None:
        super().__init__(out, protocol=5)
        self.plants: list[Plant] = []

    def persistent_id(self, shown: Any) -> object:
        if isinstance(shown, Plant):
            self.plants.append(shown)
            return "plant", shown.version, shown.kinds
        if isinstance(shown, set | frozenset):
            return "set", sorted(shown, key=repr)
        return None


class _Finding(pickle.Pickler):
    """Writes what was found; a plant it was asked of as its place among these."""

    def __init__(self, out: io.BytesIO, plants: Sequence[Plant]) -> None:
        super().__init__(out, protocol=5)
        self._place = {id(plant): place for place, plant in reversed([*enumerate(plants)])}

    def persistent_id(self, shown: Any) -> int | None:
        return self._place.get(id(shown))


class _Found(pickle.Unpickler):
    """Reads what was found, of our own cache, on the plants that it is asked of now."""

    def __init__(self, content: io.BytesIO, plants: Sequence[Plant]) -> None:
        super().__init__(content)
        self._plants = plants

    def persistent_load(self, place: int) -> Plant:
        return self._plants[place]


def _within(function: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """The functions that one is made of."""
    if isinstance(function, functools.partial):
        for part in (function.func, *filter(callable, function.args)):
            yield from _within(part)
    else:
        yield function


def _is_law(function: Callable[..., Any]) -> bool:
    place = function.__module__.replace(".", "/")
    return place.startswith("twin_core/") or f"{place}.py" in _LAWS
